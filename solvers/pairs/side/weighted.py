"""Points weighed by learner: the flows that bound floors on sums (Lagrangian relaxation).

A floor f asks of every learner with a guide that their points add up to f: sum_j w_ij x_ij - f y_i >= 0,
where y_i says whether they have one. With a price l_i >= 0 per learner the rows move into the objective,
and what is left is a circulation whose pair arcs are worth (scale + l_i) w_ij and whose first place arcs are
worth -l_i f. Its certified optimum bounds every answer that keeps the floor. With scale 0 the last tier is
the weighed slack of the rows: where even its optimum is below zero, no answer keeps the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import EdgeOracle, Edges, Index, IntArray, PriceView
from solvers.pairs.flow.circulation import price_view
from solvers.pairs.flow.network import Network, packing_of
from solvers.pairs.flow.pricing import PricedFlow
from solvers.pairs.instance import MAX_POINTS, PairsInstance

APART = 4 * MAX_POINTS
"""A price step weighs so much against points, where points are worth nothing."""

FIRST = 8
"""Pairs asked for beside those wanted at first: rounded prices may put others before them."""


@dataclass(frozen=True)
class WeightedOracle:
    """The eligible pairs of `inner`, those of learner i worth factor[i] times their points."""

    inner: EdgeOracle
    factor: IntArray

    @property
    def n_learners(self) -> int:
        """As within."""
        return self.inner.n_learners

    @property
    def n_guides(self) -> int:
        """As within."""
        return self.inner.n_guides

    def points(self, learners: Index, guides: Index) -> Index:
        """As within: plain points."""
        return self.inner.points(learners, guides)

    def count(self, least_points: int = 0) -> int:
        """As within."""
        return self.inner.count(least_points)

    def row(self, learner: int) -> Edges:
        """As within."""
        return self.inner.row(learner)

    def column(self, guide: int) -> Edges:
        """As within."""
        return self.inner.column(guide)

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """Per learner, at least `most` violated pairs, or all where there are fewer (plain points).

        Learners of one factor k share a sweep with prices divided by k and rounded down, which shows every
        violated pair and a few others; those are taken out, and more asked for where they hide others.
        """
        parts = [
            self._of(int(factor), view, np.flatnonzero(self.factor == factor), most, least_points)
            for factor in np.unique(self.factor)
        ]
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Edges.__annotations__]
        order = np.argsort(columns[0], kind="stable")
        return Edges(*(column[order] for column in columns))

    def _of(self, factor: int, view: PriceView, learners: IntArray, most: int, least: int) -> Edges:
        n, never = self.n_learners, np.int32(int(view.guide_rank.max(initial=0)) + 1)
        if factor:
            value, price = view.learner_value // factor, view.guide_price // factor
        else:
            value, price = view.learner_value * APART + APART // 2, view.guide_price * APART
        asked, found = learners, []
        each = most + (FIRST if factor > 1 else 0)
        while len(asked):
            rank = np.full(n, never, np.int32)
            rank[asked] = view.learner_rank[asked]
            shown = self.inner.violated(PriceView(rank, value, view.guide_rank, price), each, least)
            above = view.learner_rank[shown.learner] < view.guide_rank[shown.guide]
            reduced = factor * shown.points.astype(np.int64)
            reduced -= view.learner_value[shown.learner] + view.guide_price[shown.guide]
            real = above | (reduced > 0)
            good = np.bincount(shown.learner[real], minlength=n)
            full = np.bincount(shown.learner, minlength=n) >= each
            again = full & (good < most) if each < self.n_guides else np.zeros(n, bool)
            kept = real & ~again[shown.learner]
            found.append(Edges(shown.learner[kept], shown.guide[kept], shown.points[kept]))
            asked, each = np.flatnonzero(again), min(4 * each, max(1, self.n_guides))
        if not found:
            found = [Edges(*(np.zeros(0, np.int32) for _ in range(3)))]
        return Edges(
            *(np.concatenate([getattr(one, name) for one in found]) for name in Edges.__annotations__)
        )


@dataclass(frozen=True)
class WeightedNetwork(Network):
    """A network whose last tier is worth `scale` units each, and factor[i] a point in pairs of learner i."""

    base: Network
    scale: int
    factor: IntArray

    def pair_worth(self, instance: PairsInstance, edges: Edges) -> IntArray:
        """Worth of pair arcs, shape (tiers, len(edges))."""
        worth = self.base.pair_worth(instance, edges)
        worth[-1] *= self.scale
        worth[-1] += (self.factor[edges.learner] - self.scale) * edges.points
        return worth


@dataclass(frozen=True)
class Weighted:
    """A certified flow, and its bound per tier (tiers,), the last in units of 1 / scale."""

    flow: PricedFlow
    bound: IntArray


def weigh(
    relaxed: PricedFlow, prices: IntArray, floor: int, scale: int, limits: Limits, first: Edges | None
) -> Weighted:
    """The bound that prices (learners,), whole numbers from 0, prove of answers with at least `floor` points
    for each learner with a guide. `first`: pairs to list from the beginning.

    Raises InstanceError when the numbers do not fit, OverTimeError when the limits end first."""
    base = relaxed.network
    factor = scale + prices
    worth = base.worth.copy()
    worth[-1] *= scale
    worth[-1, first_places(base)] -= (prices * floor)[base.head[first_places(base)]]
    parents = 2 * len(np.unique(base.place_parent))
    crossings = max(1, min(base.n_learners, base.n_guides))
    last = base.tiers[-1]
    span = scale * last.span + int(prices.max(initial=0)) * (MAX_POINTS * crossings + floor * parents)
    tiers = (*base.tiers[:-1], replace(last, span=span))
    parts = {name: getattr(base, name) for name in Network.__dataclass_fields__}
    parts |= {"worth": worth, "tiers": tiers, "packing": packing_of(tiers)}
    network = WeightedNetwork(**parts, base=base, scale=scale, factor=factor)
    instance = replace(relaxed.instance, edges=WeightedOracle(relaxed.instance.edges, factor))
    quiet = replace(limits, report=lambda _: None)
    flow = PricedFlow(instance, quiet, relaxed.effort, network=network, first=relaxed.first)
    if first is not None:
        flow.list_more(first)
    flow.optimize(quiet)
    return Weighted(flow, flow.flow.lifted(flow.potentials)[0])


def first_places(network: Network) -> IntArray:
    """The arc of each learner's first place, of those who want one."""
    place = np.flatnonzero(network.head < network.n_learners)
    _, at = np.unique(network.head[place], return_index=True)
    arcs: IntArray = place[at]
    return arcs


def pairs_that_matter(weighted: Weighted, gap: int, most_pairs: int) -> Edges | None:
    """Every eligible pair of answers that have the upper tiers of the bound and are at most `gap` below it in
    the last; None if they are too many."""
    flow = weighted.flow
    n, m = flow.network.n_learners, flow.network.n_guides
    potentials = flow.potentials
    potentials[-1, :n] -= gap + 1
    view, most = price_view(potentials, n, m), 16
    while True:
        pairs = flow.instance.edges.violated(view, most)
        if len(pairs) > most_pairs:
            return None
        if most >= m or not len(pairs) or int(np.bincount(pairs.learner).max()) < most:
            return pairs
        most = min(4 * most, m)
