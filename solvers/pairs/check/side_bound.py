"""Bounds with prices on rules beside the flow, derived again without the solver (Lagrangian relaxation).

A rule sum a x <= most with a price p >= 0 may be added to the objective as p (most - sum a x): no answer that
keeps the rule loses by it. So a certificate for the changed worths bounds every such answer. Whether each row
really is a rule of the instance, or follows from one, is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.check.bound import PricedWorth, derive
from solvers.pairs.edges import Edges, Index, IntArray
from solvers.pairs.flow.network import Network, build_network
from solvers.pairs.instance import Budget, PairsInstance, no_edges
from solvers.pairs.solution import PricedRow, SideDuals


def side_bounds(
    instance: PairsInstance,
    sides: Sequence[SideDuals],
    learners: Sequence[int] | None = None,
    listed: Edges | None = None,
    blocks: Iterable[Edges] | None = None,
) -> list[list[int]]:
    """What no answer that keeps every rule, and the held rows, can pass: per certificate and tier, in units
    of 1 / scale of flow, by one pass over the pairs (the other arguments are those of `bound_from_duals`).

    Raises InstanceError when a certificate is of another instance, or prices what is no rule of it.
    """
    network = build_network(instance)
    priced = [_priced(instance, network, side) for side in sides]
    jobs = [(worth, side.duals) for (worth, _), side in zip(priced, sides, strict=True)]
    found = derive(instance, jobs, learners, listed, blocks)
    return [
        [total + limit for total, limit in zip(totals, most, strict=True)]
        for totals, (_, most) in zip(found, priced, strict=True)
    ]


def _priced(instance: PairsInstance, network: Network, side: SideDuals) -> tuple[PricedWorth, list[int]]:
    """The worths of a certificate, and what its prices grant an answer that uses nothing."""
    names = [tier.name for tier in network.tiers]
    first = len(names) - len(side.duals.tiers)
    if first < 0 or list(side.duals.tiers) != names[first:]:
        raise InstanceError("side_duals.tiers", f"are not the last of {', '.join(names)}")
    if len(side.scale) != len(side.duals.tiers) or side.scale[-1] != 1 or min(side.scale) < 1:
        raise InstanceError("side_duals.scale", "needs one number of at least 1 per tier, and 1 for the last")
    scale = np.array(side.scale, np.int64)
    worth = network.worth[first:] * scale[:, None]
    most = [0] * len(scale)
    priced: list[tuple[Edges, IntArray]] = []
    for row in side.rows:
        price = np.array(row.price, np.int64)
        if len(price) != len(scale) or tuple(row.price) < (0,) * len(scale):
            raise InstanceError("side_duals.rows", f"the price of {row.code} is below zero, or not per tier")
        arcs, costs, pairs, pair_cost, limit = _row(instance, network, names, first, row)
        worth[:, arcs] -= price[:, None] * costs  # no row names an arc twice
        priced.append((pairs, np.tile((price * pair_cost)[:, None], len(pairs))))
        most = [total + limit * p for total, p in zip(most, row.price, strict=True)]
    edges, pair_price = _gathered(priced, instance.n_guides, len(scale))
    return PricedWorth(network, first, scale, worth, edges, pair_price), most


def closed_tiers(side: SideDuals, bound: Sequence[int], value: Sequence[int]) -> list[int]:
    """The bounds, in units of flow, that a certificate gives an answer of `value` (its tiers, in units of
    flow): up to the first tier that is not exactly at its bound, because later ones rest on that."""
    out: list[int] = []
    for limit, unit, reached in zip(bound, side.scale, value, strict=True):
        out.append(limit // unit)
        if limit != unit * reached:
            break
    return out


def held_values(side: SideDuals) -> dict[str, int]:
    """Tier -> the value, in units of flow, that answers must reach for the certificate to speak of them."""
    return {row.name: row.most for row in side.rows if row.code == "held"}


def _row(
    instance: PairsInstance, network: Network, names: list[str], first: int, row: PricedRow
) -> tuple[Index, IntArray, Edges, int, int]:
    """Arcs with costs, pairs with one cost, and the limit of a row, from the instance's own rules."""
    none = np.zeros(0, np.int32)
    if row.code == "budget":
        _check_budget(instance, row)
        places, givings = _places(network, [row.learner]), _givings(network, [row.guide])
        costs = np.repeat((row.learner_cost, row.guide_cost), (len(places), len(givings)))
        return np.concatenate((places, givings)), costs.astype(np.int64), no_edges(), 0, row.most
    if row.code == "quota":
        quota = next((one for one in instance.quotas if one.name == row.name), None)
        if quota is None:
            raise InstanceError("side_duals.rows", f"there is no quota {row.name!r}")
        members = quota.members.tolist()
        arcs = _places(network, members) if quota.side == "received" else _givings(network, members)
        return arcs, np.ones(len(arcs), np.int64), no_edges(), 0, quota.most
    if row.code == "most_broken":
        if instance.most_broken is None:
            raise InstanceError("side_duals.rows", "there is no cap on broken pairs")
        previous = instance.previous
        return none, none.astype(np.int64), previous, -1, instance.most_broken - len(previous)
    if row.code == "both_ways":
        both = _both_ways(instance, row)
        return none, none.astype(np.int64), both, 1, len(both) - 1
    if row.name not in names[:first]:
        raise InstanceError("side_duals.rows", f"{row.name!r} is no tier before those that are bounded")
    tier = names.index(row.name)
    arcs = np.flatnonzero(network.worth[tier]).astype(np.int32)
    pairs = instance.previous if tier == network.kept_tier else no_edges()
    return arcs, -network.worth[tier, arcs], pairs, -1, -row.most


def _check_budget(instance: PairsInstance, row: PricedRow) -> None:
    """Whether the row follows from that person's budget, by trying every whole pair of numbers."""
    mine = [b for b in instance.budgets if (b.learner, b.guide) == (row.learner, row.guide)]
    if not mine or row.learner_cost < 0 or row.guide_cost < 0:
        raise InstanceError("side_duals.rows", f"learner {row.learner} has no such budget")
    if not any(_implies(instance, budget, row) for budget in mine):
        name = instance.learner_ids[row.learner]
        raise InstanceError("side_duals.rows", f"the budget of {name} does not imply its row")


def _implies(instance: PairsInstance, budget: Budget, row: PricedRow) -> bool:
    for x in range(int(instance.need[row.learner]) + 1):
        left = budget.most - budget.learner_cost * x
        if left < 0:
            break
        y = int(instance.capacity[row.guide])
        if budget.guide_cost:
            y = min(y, left // budget.guide_cost)
        if row.learner_cost * x + row.guide_cost * y > row.most:
            return False
    return True


def _both_ways(instance: PairsInstance, row: PricedRow) -> Edges:
    """A pair and the same two people the other way round (one pair where somebody guides themselves)."""
    if instance.both_ways:
        raise InstanceError("side_duals.rows", "this instance allows pairs both ways")
    guide_of = instance.guide_of_learner
    back = np.flatnonzero(guide_of == row.guide)
    if not 0 <= row.learner < instance.n_learners or not len(back) or guide_of[row.learner] < 0:
        raise InstanceError("side_duals.rows", f"pair ({row.learner}, {row.guide}) has no way back")
    pairs = sorted({(row.learner, row.guide), (int(back[0]), int(guide_of[row.learner]))})
    learner, guide = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    return Edges(learner, guide, instance.edges.points(learner, guide))


def _places(network: Network, learners: list[int]) -> Index:
    return np.flatnonzero(np.isin(network.head, learners) & (network.head < network.n_learners)).astype(
        np.int32
    )


def _givings(network: Network, guides: list[int]) -> Index:
    ends = np.array(guides, np.int64) + network.n_learners
    return np.flatnonzero(np.isin(network.tail, ends)).astype(np.int32)


def _gathered(priced: list[tuple[Edges, IntArray]], n_guides: int, tiers: int) -> tuple[Edges, IntArray]:
    """Every priced pair once, with the sum of its prices (tiers, pairs)."""
    if not priced:
        return no_edges(), np.zeros((tiers, 0), np.int64)
    m = max(n_guides, 1)
    keys = np.concatenate([pairs.learner.astype(np.int64) * m + pairs.guide for pairs, _ in priced])
    prices = np.concatenate([price for _, price in priced], axis=1)
    keys, first, slot = np.unique(keys, return_index=True, return_inverse=True)
    total = np.zeros((tiers, len(keys)), np.int64)
    np.add.at(total.T, slot, prices.T)
    points = np.concatenate([pairs.points for pairs, _ in priced])[first]
    return Edges((keys // m).astype(np.int32), (keys % m).astype(np.int32), points), total
