"""Rules that no network holds: one budget over two roles, not both ways, crossing quotas, caps on breaks.

Each is one row: sum of coefficient * pair <= limit. They are checked on every answer, with or without a
model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd

import numpy as np

from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import PairsInstance


@dataclass(frozen=True)
class SideRow:
    """sum over pairs of (learner_cost[learner] + guide_cost[guide] + pair_cost[learner, guide]) <= most.

    Sparse: `learners` with `learner_costs`, `guides` with `guide_costs`, `pairs` with `pair_costs`.
    """

    code: str
    name: str
    learners: Index
    learner_costs: IntArray
    guides: Index
    guide_costs: IntArray
    pairs: Edges
    pair_costs: IntArray
    most: int

    def load(self, answer: Edges) -> int:
        """The left side for an answer."""
        total = int(_cost(self.learners, self.learner_costs, answer.learner).sum())
        total += int(_cost(self.guides, self.guide_costs, answer.guide).sum())
        if len(self.pairs):
            wide = int(max(self.pairs.guide.max(initial=0), answer.guide.max(initial=0))) + 1
            keys = self.pairs.learner.astype(np.int64) * wide + self.pairs.guide
            total += int(
                _cost(keys, self.pair_costs, answer.learner.astype(np.int64) * wide + answer.guide).sum()
            )
        return total


def _cost(who: IntArray | Index, costs: IntArray, asked: IntArray | Index) -> IntArray:
    """Costs of `asked` by look-up in the sparse (who, costs); 0 where absent."""
    found = np.zeros(len(asked), np.int64)
    if len(who):
        order = np.argsort(who, kind="stable")
        at = np.minimum(np.searchsorted(who, asked, sorter=order), len(who) - 1)
        hit = who[order[at]] == asked
        found[hit] = costs[order[at]][hit]
    return found


def side_rows(instance: PairsInstance, network: Network) -> list[SideRow]:
    """Every linear side constraint of an instance that could bite, but for both-ways rows (see
    `both_ways_rows`)."""
    none, zero = np.zeros(0, np.int32), np.zeros(0, np.int64)
    empty = Edges(none, none, none)
    rows = []
    for budget in instance.budgets:
        need, capacity = int(instance.need[budget.learner]), int(instance.capacity[budget.guide])
        if budget.learner_cost * need + budget.guide_cost * capacity <= budget.most:
            continue
        rows.append(
            SideRow(
                "budget",
                str(instance.learner_ids[budget.learner]),
                np.array([budget.learner], np.int32),
                np.array([budget.learner_cost], np.int64),
                np.array([budget.guide], np.int32),
                np.array([budget.guide_cost], np.int64),
                empty,
                zero,
                budget.most,
            )
        )
    for quota in network.side_quotas:
        ones = np.ones(len(quota.members), np.int64)
        received = quota.side == "received"
        rows.append(
            SideRow(
                "quota",
                quota.name,
                quota.members if received else none,
                ones if received else zero,
                none if received else quota.members,
                zero if received else ones,
                empty,
                zero,
                quota.most,
            )
        )
    if instance.most_broken is not None and len(instance.previous) > instance.most_broken:
        keep = len(instance.previous) - instance.most_broken
        costs = np.full(len(instance.previous), -1, np.int64)
        rows.append(
            SideRow("most_broken", "most_broken", none, zero, none, zero, instance.previous, costs, -keep)
        )
    return rows


def tight_rows(instance: PairsInstance, network: Network) -> list[SideRow]:
    """The same rows for models: each budget as the facets of its whole-number answers, which a linear
    relaxation cannot cut across."""
    rows = []
    for row in side_rows(instance, network):
        if row.code != "budget":
            rows.append(row)
            continue
        i, j = int(row.learners[0]), int(row.guides[0])
        learner_cost, guide_cost = int(row.learner_costs[0]), int(row.guide_costs[0])
        need, capacity = int(instance.need[i]), int(instance.capacity[j])
        for a, b, most in budget_facets(learner_cost, guide_cost, row.most, need, capacity):
            rows.append(
                replace(
                    row, learner_costs=np.array([a], np.int64), guide_costs=np.array([b], np.int64), most=most
                )
            )
    return rows


def budget_facets(
    learner_cost: int, guide_cost: int, most: int, need: int, capacity: int
) -> list[tuple[int, int, int]]:
    """Rows a x + b y <= c that describe the convex hull of the whole (x, y), 0 <= x <= need, 0 <= y <=
    capacity, with learner_cost x + guide_cost y <= most (the corners of a staircase; Andrew's monotone
    chain)."""
    widest = need if learner_cost == 0 else min(need, most // learner_cost)
    hull: list[tuple[int, int]] = []
    for x in range(widest + 1):
        left = most - learner_cost * x
        y = capacity if guide_cost == 0 else min(capacity, left // guide_cost)
        while len(hull) >= 2 and _turns_left(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    facets = []
    if hull[0][1] < capacity:
        facets.append((0, 1, hull[0][1]))
    if widest < need:
        facets.append((1, 0, widest))
    for (x1, y1), (x2, y2) in pairwise(hull):
        a, b = y1 - y2, x2 - x1
        if a > 0:
            shared = gcd(a, b)
            facets.append((a // shared, b // shared, (a * x1 + b * y1) // shared))
    return facets


def _turns_left(one: tuple[int, int], two: tuple[int, int], three: tuple[int, int]) -> bool:
    """Whether the middle point lies on or below the line between the others."""
    return (two[0] - one[0]) * (three[1] - one[1]) >= (two[1] - one[1]) * (three[0] - one[0])


def mutual_pairs(instance: PairsInstance, pairs: Edges) -> tuple[IntArray, IntArray]:
    """Positions (k, back) in `pairs` of i -> j and j -> i, each two once; k == back where somebody guides
    themselves."""
    none = np.zeros(0, np.int64)
    if instance.both_ways or not len(pairs):
        return none, none
    learner_of = np.full(instance.n_guides, -1, np.int64)
    both = np.flatnonzero(instance.guide_of_learner >= 0)
    learner_of[instance.guide_of_learner[both]] = both
    m = np.int64(instance.n_guides)
    keys = pairs.learner * m + pairs.guide
    back_learner, back_guide = (
        learner_of[pairs.guide],
        instance.guide_of_learner[pairs.learner].astype(np.int64),
    )
    back = np.where((back_learner >= 0) & (back_guide >= 0), back_learner * m + back_guide, -1)
    order = np.argsort(keys, kind="stable")
    at = order[np.minimum(np.searchsorted(keys, back, sorter=order), len(keys) - 1)]
    hit = np.flatnonzero((back >= 0) & (keys[at] == back) & (keys <= back))
    return hit, at[hit]


def both_ways_rows(instance: PairsInstance, answer: Edges) -> list[SideRow]:
    """One row for each two people who guide each other in `answer` (they are made when needed, not all at
    once)."""
    none, zero = np.zeros(0, np.int32), np.zeros(0, np.int64)
    rows = []
    for k, back in zip(*(side.tolist() for side in mutual_pairs(instance, answer)), strict=True):
        at = np.array([k] if k == back else [k, back], np.int64)
        pairs = Edges(answer.learner[at], answer.guide[at], answer.points[at])
        name = f"{instance.learner_ids[answer.learner[k]]} and {instance.guide_ids[answer.guide[k]]}"
        costs = np.ones(len(at), np.int64)
        rows.append(SideRow("both_ways", name, none, zero, none, zero, pairs, costs, len(at) - 1))
    return rows


def broken_rows(instance: PairsInstance, network: Network, answer: Edges) -> list[SideRow]:
    """The side constraints that an answer breaks; empty when it may stand."""
    broken = [row for row in side_rows(instance, network) if row.load(answer) > row.most]
    return broken + both_ways_rows(instance, answer)


def broken_minimums(instance: PairsInstance, answer: Edges) -> Index:
    """Guides with some learners but fewer than their minimum load, where that is forbidden."""
    if not instance.all_or_nothing:
        return np.zeros(0, np.int32)
    load = np.bincount(answer.guide, minlength=instance.n_guides)
    return np.flatnonzero((load > 0) & (load < instance.min_load)).astype(np.int32)
