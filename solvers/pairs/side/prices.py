"""Prices on side constraints: a bound over all eligible pairs by one more flow (Lagrangian relaxation).

A row sum a x <= most with a price p >= 0 moves into the objective: worth c x becomes c x + p (most - a x),
which is no less for every answer that keeps the row. What is left is a circulation again, only its arcs are
worth otherwise, so its certified optimum bounds every answer. Prices are tuples like worths, one whole
number per tier, lexicographically at least zero. Any such prices give a true bound; good ones come from a
linear relaxation over few pairs (see `closing`).

Upper tiers are counted in units of 1 / `unit_of`, because good prices there are fractions (halves, where all
costs are ones, and thirds and quarters too otherwise); the last tier, points, in units of one, so that the
oracle prices pairs as ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import Edges, IntArray
from solvers.pairs.flow.certificate import duals_from, lexicographic_sign
from solvers.pairs.flow.circulation import price_view
from solvers.pairs.flow.network import Network, packing_of
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import PairsInstance
from solvers.pairs.side.rows import LinearRow
from solvers.pairs.side.split import Split
from solvers.pairs.solution import PricedRow, SideDuals

NEAR = 100
"""Points below their prices that pairs may be and still be listed for the next prices."""


@dataclass(frozen=True)
class PricedNetwork(Network):
    """A network whose worths bear prices: tiers from `first_tier` of `base` on, `scale` units each.

    `priced` pairs are worth `pair_price` (tiers, pairs) less; they must be listed by whoever prices the
    others."""

    base: Network
    first_tier: int
    scale: IntArray
    priced: Edges
    pair_price: IntArray

    def pair_worth(self, instance: PairsInstance, edges: Edges) -> IntArray:
        """Worth of pair arcs, prices taken off: shape (tiers, len(edges))."""
        worth = self.base.pair_worth(instance, edges)[self.first_tier :] * self.scale[:, None]
        if len(self.priced):
            keys, at = np.unique(_keys(self.priced, self.n_guides), return_index=True)
            asked = _keys(edges, self.n_guides)
            found = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            hit = np.flatnonzero(keys[found] == asked)
            worth[:, hit] -= self.pair_price[:, at[found[hit]]]
        return worth

    @property
    def crowd(self) -> int:
        """The most priced pairs of one learner: so many may hide others from the oracle's lists."""
        return int(np.bincount(self.priced.learner).max()) if len(self.priced) else 0


@dataclass(frozen=True)
class PricedBound:
    """A bound on the tiers from `first_tier` on, in 1 / scale units of flow, the flow that certifies it, and
    the rows that have a price in it."""

    first_tier: int
    scale: IntArray
    bound: IntArray
    flow: PricedFlow
    rows: tuple[PricedRow, ...] = ()

    def certificate(self) -> SideDuals:
        """The bound as it travels."""
        duals = duals_from(self.flow.network, self.flow.potentials, self.flow.least_points)
        return SideDuals(duals, tuple(self.scale.tolist()), self.rows)


def price_rows(
    relaxed: PricedFlow,
    rows: Sequence[LinearRow],
    prices: IntArray,
    limits: Limits,
    *,
    unit: int = 12,
    first_tier: int = 0,
    start: PricedFlow | None = None,
    near: PricedBound | None = None,
    network: Network | None = None,
    at_once: bool = False,
) -> PricedBound:
    """The bound that `prices`, shape (rows, tiers from first_tier on), prove over all eligible pairs.

    unit: upper tiers are counted in units of 1 / unit. start: a flow over all tiers without prices, from
    which the priced one is found by repair (`relaxed` where there is none); near: a bound on the same tiers
    by like prices, whose flow is nearer still. network: that of `relaxed` with arcs narrowed, where only a
    part of the answers is to be bounded. at_once: the flow is not made an optimum, so the bound is true, but
    not the best of these prices.

    Raises InstanceError when the numbers do not fit, OverTimeError when the limits end first."""
    instance, base = relaxed.instance, network or relaxed.network
    used = np.flatnonzero(prices.any(axis=1)).tolist()
    priced_network = _priced(base, instance, [rows[r] for r in used], prices[used], first_tier, unit)
    quiet = replace(limits, report=lambda _: None)
    if near is not None:
        flow = near.flow.again(priced_network, near.flow.potentials, quiet, NEAR)
    else:
        start = start or relaxed
        before = start.potentials
        potentials = before[first_tier:] * priced_network.scale[:, None]
        names = [tier.name for tier in base.tiers]
        for r in used:
            if rows[r].rule.code == "held":  # a tier kept at a price adds to the worth, so to what is paid
                potentials += prices[r][:, None] * before[names.index(rows[r].rule.name)]
        flow = start.again(priced_network, potentials, quiet)
    flow.list_more(priced_network.priced)
    if at_once:
        flow.bound_as_is()
    else:
        flow.optimize(quiet)
    assert flow.bound is not None
    most = np.array([rows[r].most for r in used], np.int64)
    priced = tuple(replace(rows[r].rule, price=tuple(prices[r].tolist())) for r in used)
    return PricedBound(first_tier, priced_network.scale, flow.bound + most @ prices[used], flow, priced)


def unit_of(rows: Sequence[LinearRow]) -> int:
    """Into how many parts a place is to be divided in prices of these rows."""
    ones = all((row.arc_costs == 1).all() and (row.pair_costs == 1).all() for row in rows)
    return 2 if ones else 12


def shadow_prices(split: Split, network: Network, rows: Sequence[LinearRow], unit: int) -> IntArray:
    """Prices of rows that speak for an answer by closed places: what the best closed arc or barred pair of a
    full row would add to its worth. Shape (rows, tiers), at least zero, in the units of `price_rows`."""
    flow = split.flow
    potentials, carried, instance = flow.potentials, flow.flow.flow, flow.instance
    scale = _scale(len(network.tiers), unit)
    prices = np.zeros((len(rows), len(scale)), np.int64)
    held = _keys(split.pairs, network.n_guides)
    for r, row in enumerate(rows):
        load = int(row.arc_costs @ carried[row.arcs])
        load += int(row.pair_costs[np.isin(_keys(row.pairs, network.n_guides), held)].sum())
        if load < row.most:
            continue
        arcs = row.arcs[carried[row.arcs] < network.upper[row.arcs]]
        gain = network.worth[:, arcs] + potentials[:, network.head[arcs]] - potentials[:, network.tail[arcs]]
        cost = row.arc_costs[carried[row.arcs] < network.upper[row.arcs]]
        heads = network.n_learners + row.pairs.guide
        barred = network.pair_worth(instance, row.pairs)
        barred = barred + potentials[:, heads] - potentials[:, row.pairs.learner]
        gain, cost = np.concatenate((gain, barred), axis=1), np.append(cost, row.pair_costs)
        per_unit = (gain[:, cost > 0] * scale[:, None]) // cost[cost > 0]
        prices[r] = max(map(tuple, per_unit.T.tolist()), default=(0,) * len(scale))
    return not_negative(prices)


def near_pairs(priced: PricedBound, gap: IntArray, most_pairs: int) -> Edges | None:
    """Every eligible pair whose reduced cost is, lexicographically, no lower than -gap; None if that is too
    many.

    Only these can be in an answer that beats one which falls short of the bound by `gap`.
    """
    flow = priced.flow
    instance, n = flow.instance, flow.network.n_learners
    potentials = flow.potentials
    potentials[:, :n] -= gap[:, None]
    potentials[-1, :n] -= 1
    view = price_view(potentials, n, flow.network.n_guides)
    most = 16
    while True:
        pairs = instance.edges.violated(view, most, flow.least_points)
        if len(pairs) > most_pairs:
            return None
        if not len(pairs) or int(np.bincount(pairs.learner).max()) < min(most, instance.n_guides):
            return pairs
        if most >= instance.n_guides:
            return pairs
        most *= 2


def settled(
    priced: PricedBound, gap: IntArray, pairs: Edges
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """What no answer within `gap` of the bound can do otherwise: bounds (lower, upper) of the structural
    arcs, and of the given pairs. One unit against a reduced cost beyond the gap costs more than the gap."""
    network, potentials = priced.flow.network, priced.flow.potentials
    arcs = network.worth + potentials[:, network.head] - potentials[:, network.tail]
    lower, upper = network.lower.astype(np.int64), network.upper.astype(np.int64)
    full = lexicographic_sign(arcs - gap[:, None]) > 0
    empty = lexicographic_sign(arcs + gap[:, None]) < 0
    worth = network.pair_worth(priced.flow.instance, pairs)
    reduced = worth + potentials[:, network.n_learners + pairs.guide] - potentials[:, pairs.learner]
    taken = lexicographic_sign(reduced - gap[:, None]) > 0
    left = lexicographic_sign(reduced + gap[:, None]) < 0
    return (
        np.where(full, upper, lower),
        np.where(empty, lower, upper),
        taken.astype(np.int64),
        1 - left.astype(np.int64),
    )


def _priced(
    base: Network,
    instance: PairsInstance,
    rows: Sequence[LinearRow],
    prices: IntArray,
    first_tier: int,
    unit: int,
) -> PricedNetwork:
    tiers = base.tiers[first_tier:]
    scale = _scale(len(tiers), unit)
    worth = base.worth[first_tier:] * scale[:, None]
    pairs = [row.pairs for row in rows if len(row.pairs)]
    keys = np.concatenate([_keys(p, base.n_guides) for p in pairs]) if pairs else np.zeros(0, np.int64)
    keys, slot = np.unique(keys, return_inverse=True)
    pair_price = np.zeros((len(tiers), len(keys)), np.int64)
    begin = 0
    for row, price in zip(rows, prices, strict=True):
        worth[:, row.arcs] -= price[:, None] * row.arc_costs
        if len(row.pairs):
            at = slot[begin : begin + len(row.pairs)]
            pair_price[:, at] += price[:, None] * row.pair_costs  # no row names a pair twice
            begin += len(row.pairs)
    learner, guide = keys // max(1, base.n_guides), keys % max(1, base.n_guides)
    points = instance.edges.points(learner.astype(np.int32), guide.astype(np.int32))
    change = np.abs(worth - base.worth[first_tier:] * scale[:, None])
    parents = 2 * (len(np.unique(base.place_parent)) + len(np.unique(base.guide_parent)))
    crossings = 2 * min(base.n_learners, base.n_guides)
    spans = [
        tier.span * int(scale[t])
        + parents * int(change[t].max(initial=0))
        + min(crossings, len(keys)) * int(np.abs(pair_price[t]).max(initial=0))
        for t, tier in enumerate(tiers)
    ]
    priced_tiers = tuple(replace(tier, span=span) for tier, span in zip(tiers, spans, strict=True))
    kept = None if base.kept_tier is None or base.kept_tier < first_tier else base.kept_tier - first_tier
    parts = {name: getattr(base, name) for name in Network.__dataclass_fields__}
    parts |= {"worth": worth, "tiers": priced_tiers, "kept_tier": kept, "packing": packing_of(priced_tiers)}
    return PricedNetwork(
        **parts,
        base=base,
        first_tier=first_tier,
        scale=scale,
        priced=Edges(learner.astype(np.int32), guide.astype(np.int32), points),
        pair_price=pair_price,
    )


def _scale(tiers: int, unit: int) -> IntArray:
    scale = np.full(tiers, unit, np.int64)
    scale[-1] = 1
    return scale


def _keys(pairs: Edges, n_guides: int) -> IntArray:
    keys: IntArray = pairs.learner.astype(np.int64) * max(1, n_guides) + pairs.guide
    return keys


def decode(prices: np.ndarray, weights: Sequence[int], unit: int) -> IntArray:
    """Whole-number tuples (rows, tiers) near `prices`, duals of an objective that weighs the tiers by
    `weights`, in units of 1 / unit but for the last tier. Weights of 0, last ones, say nothing."""
    rest = prices.astype(np.float64)
    digits = np.zeros((len(rest), len(weights)), np.int64)
    for t, weight in enumerate(weights):
        if not weight:
            break
        step = weight / unit if t < len(weights) - 1 else weight
        digits[:, t] = np.rint(rest / step)
        rest = rest - digits[:, t] * step
    return digits


def not_negative(prices: IntArray) -> IntArray:
    """The same tuples (rows, tiers), those lexicographically below zero set to zero."""
    kept = prices.copy()
    kept[lexicographic_sign(prices.T) < 0] = 0
    return kept
