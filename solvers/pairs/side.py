"""Rules that no network holds: one budget over two roles, not both ways, crossing quotas, caps on breaks.

Each is one row: sum of coefficient * pair <= limit. They are checked on every answer, with or without a model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.instance import PairsInstance
from solvers.pairs.network import Network


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
            total += int(_cost(keys, self.pair_costs, answer.learner.astype(np.int64) * wide + answer.guide).sum())
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
    """Every linear side constraint of an instance that could bite, but for both-ways rows (see `both_ways_rows`)."""
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
        rows.append(SideRow("most_broken", "most_broken", none, zero, none, zero, instance.previous, costs, -keep))
    return rows


def both_ways_rows(instance: PairsInstance, answer: Edges) -> list[SideRow]:
    """One row for each two people who guide each other in `answer` (they are made when needed, not all at once)."""
    if instance.both_ways or not len(answer):
        return []
    none, zero = np.zeros(0, np.int32), np.zeros(0, np.int64)
    learner_of = np.full(instance.n_guides, -1, np.int32)
    both = np.flatnonzero(instance.guide_of_learner >= 0)
    learner_of[instance.guide_of_learner[both]] = both
    m = np.int64(instance.n_guides)
    keys = answer.learner.astype(np.int64) * m + answer.guide
    back_learner, back_guide = learner_of[answer.guide], instance.guide_of_learner[answer.learner]
    mutual = (back_learner >= 0) & (back_guide >= 0)
    back = back_learner.astype(np.int64) * m + back_guide
    hit = np.flatnonzero(mutual & np.isin(back, keys) & (keys < back))
    rows = []
    for at in hit:
        pairs = Edges(
            np.array([answer.learner[at], back_learner[at]], np.int32),
            np.array([answer.guide[at], back_guide[at]], np.int32),
            np.zeros(2, np.int32),
        )
        name = f"{instance.learner_ids[answer.learner[at]]} and {instance.guide_ids[answer.guide[at]]}"
        rows.append(SideRow("both_ways", name, none, zero, none, zero, pairs, np.ones(2, np.int64), 1))
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
