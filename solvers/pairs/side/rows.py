"""Side constraints as rows over arcs and pairs, the one form that programs and prices share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.network import Network
from solvers.pairs.instance import PairsInstance, no_edges
from solvers.pairs.side.constraints import SideRow, mutual_pairs, tight_rows
from solvers.pairs.solution import PricedRow


@dataclass(frozen=True)
class LinearRow:
    """sum arc_costs * flow[arcs] + sum pair_costs * x[pairs] <= most. Neither arcs nor pairs repeat.

    `rule` names it where a price is told (its price is empty)."""

    arcs: IntArray
    arc_costs: IntArray
    pairs: Edges
    pair_costs: IntArray
    most: int
    rule: PricedRow


def linear_rows(instance: PairsInstance, network: Network) -> list[LinearRow]:
    """Every side row but those against both ways (see `mutual_rows`)."""
    n, m = network.n_learners, network.n_guides
    place = np.flatnonzero(network.head < n)
    giving = np.flatnonzero((network.tail >= n) & (network.tail < n + m))
    places = _by_person(network.head[place].astype(np.int64), place, n)
    givings = _by_person(network.tail[giving].astype(np.int64) - n, giving, m)
    return [_linear(row, places, givings) for row in tight_rows(instance, network)]


def mutual_rows(instance: PairsInstance, pairs: Edges) -> list[LinearRow]:
    """One row for each two of `pairs` that are one pair both ways."""
    none = np.zeros(0, np.int64)
    rows = []
    for k, back in zip(*(side.tolist() for side in mutual_pairs(instance, pairs)), strict=True):
        at = np.array([k] if k == back else [k, back], np.int64)
        both = Edges(pairs.learner[at], pairs.guide[at], pairs.points[at])
        rule = PricedRow(
            "both_ways", (), len(at) - 1, learner=int(pairs.learner[k]), guide=int(pairs.guide[k])
        )
        rows.append(LinearRow(none, none, both, np.ones(len(at), np.int64), len(at) - 1, rule))
    return rows


def hold_row(instance: PairsInstance, network: Network, tier: int, value: int) -> LinearRow:
    """A tier (not the last) kept at `value` or more, in units of flow."""
    arcs = np.flatnonzero(network.worth[tier])
    pairs = instance.previous if tier == network.kept_tier else no_edges()
    costs = np.full(len(pairs), -1, np.int64)
    rule = PricedRow("held", (), value, name=network.tiers[tier].name)
    return LinearRow(arcs, -network.worth[tier, arcs], pairs, costs, -value, rule)


def _by_person(who: IntArray, arcs: IntArray, people: int) -> tuple[IntArray, IntArray]:
    order = np.argsort(who, kind="stable")
    return np.searchsorted(who[order], np.arange(people + 1)), arcs[order]


def _linear(row: SideRow, places: tuple[IntArray, IntArray], givings: tuple[IntArray, IntArray]) -> LinearRow:
    arcs: list[IntArray] = []
    costs: list[IntArray] = []
    for people, each, (start, of) in (
        (row.learners, row.learner_costs, places),
        (row.guides, row.guide_costs, givings),
    ):
        for who, cost in zip(people.tolist(), each.tolist(), strict=True):
            if cost:
                arcs.append(of[start[who] : start[who + 1]])
                costs.append(np.full(len(arcs[-1]), cost, np.int64))
    rule = _rule(row)
    if not arcs:
        none = np.zeros(0, np.int64)
        return LinearRow(none, none, row.pairs, row.pair_costs, row.most, rule)
    return LinearRow(np.concatenate(arcs), np.concatenate(costs), row.pairs, row.pair_costs, row.most, rule)


def _rule(row: SideRow) -> PricedRow:
    if row.code != "budget":
        return PricedRow("quota" if row.code == "quota" else "most_broken", (), row.most, name=row.name)
    return PricedRow(
        "budget",
        (),
        row.most,
        learner=int(row.learners[0]),
        guide=int(row.guides[0]),
        learner_cost=int(row.learner_costs[0]),
        guide_cost=int(row.guide_costs[0]),
    )
