"""Why not this pair, and what is that one worth: exact costs of forcing and of forbidding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import NOT_ELIGIBLE, EdgeOracle, Edges, Index, IntArray, PriceView
from solvers.pairs.explain.outcome import IMPOSSIBLE, Outcome, ask, unchanged
from solvers.pairs.explain.state import State, column, difference, holds, together
from solvers.pairs.flow.certificate import lexicographic_sign
from solvers.pairs.flow.circulation import price_view
from solvers.pairs.instance import PairsInstance

LISTED = 16
"""Guides looked at per learner for what is nearest to being used."""


def least_losses(state: State, pairs: Edges) -> IntArray:
    """u_i + v_j - w_ij, shape (tiers, pairs): forcing a pair loses at least that, lexicographically, against
    the optimum of the flow."""
    potentials = _tightened(state)
    worth = state.network.pair_worth(state.wide, pairs)
    loss: IntArray = potentials[:, pairs.learner] - potentials[:, state.n + pairs.guide] - worth
    return loss


def nearest_learners(state: State, guides: Index) -> dict[int, tuple[int, tuple[int, ...]]]:
    """For guides with places over, the learner whose pair with them loses least by the duals, and per tier a
    bound, read lexicographically: no answer with one more learner there loses less. Guides whom nobody's
    list shows are left out.

    One pass of the oracle lists each learner's best such guides. What a list does not show loses no less
    than its last pair.
    """
    instance, n, m = state.instance, state.n, state.instance.n_guides
    if not len(guides):
        return {}
    priced = price_view(state.flow.potentials(), n, m)
    rank = np.full(m, -1, np.int32)
    rank[guides] = priced.guide_rank[guides] + 1
    view = PriceView(np.zeros(n, np.int32), np.zeros(n, np.int64), rank, priced.guide_price)
    most = LISTED + int(np.bincount(state.answer.learner, minlength=1).max())
    shown = instance.edges.violated(view, most, state.least_points)
    before = np.isin(instance.previous.guide, guides)
    known = Edges(*(getattr(instance.previous, name)[before] for name in ("learner", "guide", "points")))
    pairs = difference(together(shown, known), state.answer)
    if not len(pairs):
        return {}
    loss = least_losses(state, pairs)
    full = np.flatnonzero(np.bincount(shown.learner, minlength=n) >= most)
    last = np.searchsorted(shown.learner, full, side="right") - 1
    ends = least_losses(state, Edges(shown.learner[last], shown.guide[last], shown.points[last]))
    beyond = min((tuple(end) for end in ends.T.tolist()), default=None)
    found: dict[int, tuple[int, tuple[int, ...]]] = {}
    for k in np.lexsort((pairs.learner, *loss[::-1])).tolist():
        guide = int(pairs.guide[k])
        if guide not in found:
            least = tuple(loss[:, k].tolist())
            least = least if beyond is None else min(least, beyond)
            found[guide] = int(pairs.learner[k]), least
    return found


def _tightened(state: State) -> IntArray:
    """Potentials (tiers, nodes) with those of learners who have all they want as high as their pairs let, and
    those of guides with places over as low as these let.

    Arcs at their upper bound gain reduced cost by that, arcs at their lower lose some: the potentials prove
    the same optimum, and more about what is not in it.
    """
    net, flow, n = state.network, state.flow.flow, state.n
    potentials, pairs = state.flow.potentials(), state.relaxed
    free = np.flatnonzero((net.tail >= n) & (net.tail < net.hub) & (flow < net.upper))
    _move(potentials, net.tail[free], net.worth[:, free] + potentials[:, net.head[free]], -1)
    full = np.bincount(pairs.learner, minlength=n) == state.instance.need
    kept = full[pairs.learner]
    pairs = Edges(pairs.learner[kept], pairs.guide[kept], pairs.points[kept])
    worth = net.pair_worth(state.wide, pairs) + potentials[:, n + pairs.guide]
    _move(potentials, pairs.learner, worth, 1)
    return potentials


def _move(potentials: IntArray, nodes: Index, limits: IntArray, way: int) -> None:
    """Raise (way 1) potentials of nodes to the lowest of their limits, or lower them (-1) to the highest."""
    order = np.lexsort((*(way * limits)[::-1], nodes))
    who, first = np.unique(nodes[order], return_index=True)
    limit = limits[:, order[first]]
    moved = lexicographic_sign(way * (limit - potentials[:, who])) > 0
    potentials[:, who[moved]] = limit[:, moved]


def force(
    state: State, learner: int, guide: int, points: int | None = None, limits: Limits | None = None
) -> Outcome:
    """The best answer with the pair in it. `points` are needed for a pair that is not eligible (an override).

    `limits` as in `outcome.ask`: they allow a solve from scratch where nothing else proves the cost.
    """
    if points is None:
        points = int(state.instance.edges.points(column(learner), column(guide))[0])
        if points == NOT_ELIGIBLE:
            raise ValueError("the pair is not eligible: give the points it would have")
    if holds(state.answer, learner, guide):
        return unchanged(state)
    worth = points

    def change(asked: State) -> None:
        asked.flow.pin(learner, guide, worth)

    return ask(state, change, lambda: pinned_too(state.instance, learner, guide, worth), limits)


def forbid(state: State, learner: int, guide: int, limits: Limits | None = None) -> Outcome:
    """The best answer without the pair: the difference is what the pair is worth.

    Raises ValueError for a pair that is pinned. `limits` as in `force`.
    """
    if holds(state.instance.pinned, learner, guide):
        raise ValueError("the pair is pinned: forbidding it would contradict that")
    if not holds(state.answer, learner, guide):
        return unchanged(state)
    if state.instance.most_broken == 0 and holds(state.instance.previous, learner, guide):
        return IMPOSSIBLE

    def change(asked: State) -> None:
        asked.flow.ban(learner, guide)

    return ask(state, change, lambda: without(state.instance, learner, guide), limits)


def exchange(state: State, forced: Edges, banned: Edges, limits: Limits | None = None) -> Outcome:
    """The best answer with all of `forced` (with the points that they have) and none of `banned`, which are
    pairs of the answer and not pinned. `limits` as in `force`."""
    ins = list(zip(forced.learner.tolist(), forced.guide.tolist(), forced.points.tolist(), strict=True))
    outs = list(zip(banned.learner.tolist(), banned.guide.tolist(), strict=True))

    def change(asked: State) -> None:
        for learner, guide in outs:
            asked.flow.ban(learner, guide)
        for learner, guide, points in ins:
            asked.flow.pin(learner, guide, points)

    def changed() -> PairsInstance:
        instance = state.instance
        for learner, guide in outs:
            instance = without(instance, learner, guide)
        for learner, guide, points in ins:
            instance = pinned_too(instance, learner, guide, points)
        return instance

    return ask(state, change, changed, limits)


def pinned_too(instance: PairsInstance, learner: int, guide: int, points: int) -> PairsInstance:
    """The instance with one pair more that must be in the answer."""
    before, pinned = instance.previous, instance.pinned
    other = (before.learner != learner) | (before.guide != guide)
    return replace(
        instance,
        pinned=Edges(
            np.append(pinned.learner, column(learner)),
            np.append(pinned.guide, column(guide)),
            np.append(pinned.points, column(points)),
        ),
        previous=Edges(before.learner[other], before.guide[other], before.points[other]),
    )


class _Without:
    """An oracle without one pair."""

    def __init__(self, inner: EdgeOracle, learner: int, guide: int) -> None:
        self.inner, self.learner, self.guide = inner, learner, guide
        self.n_learners, self.n_guides = inner.n_learners, inner.n_guides

    def points(self, learners: Index, guides: Index) -> Index:
        """As within, but for the pair."""
        out = self.inner.points(learners, guides).copy()
        out[(learners == self.learner) & (guides == self.guide)] = NOT_ELIGIBLE
        return out

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """As within: one pair more is asked for, so that the missing one takes nobody's place."""
        found = self.inner.violated(view, most + 1, least_points)
        found = self._less(found)
        position = np.arange(len(found))
        first = np.append(True, found.learner[1:] != found.learner[:-1])[: len(found)]
        run = np.maximum.accumulate(np.where(first, position, 0))
        keep = position - run < most
        return Edges(found.learner[keep], found.guide[keep], found.points[keep])

    def count(self, least_points: int = 0) -> int:
        """As within, less the pair."""
        own = int(self.inner.points(column(self.learner), column(self.guide))[0])
        return self.inner.count(least_points) - (own != NOT_ELIGIBLE and own >= least_points)

    def row(self, learner: int) -> Edges:
        """As within, less the pair."""
        return self._less(self.inner.row(learner))

    def column(self, guide: int) -> Edges:
        """As within, less the pair."""
        return self._less(self.inner.column(guide))

    def _less(self, edges: Edges) -> Edges:
        keep = (edges.learner != self.learner) | (edges.guide != self.guide)
        return Edges(edges.learner[keep], edges.guide[keep], edges.points[keep])


def without(instance: PairsInstance, learner: int, guide: int) -> PairsInstance:
    """The instance in which one pair is not eligible (a cap on breaks then counts it as broken)."""
    before = instance.previous
    other = (before.learner != learner) | (before.guide != guide)
    broken = instance.most_broken
    if broken is not None and not other.all():
        broken = max(0, broken - 1)
    return replace(
        instance,
        edges=_Without(instance.edges, learner, guide),
        previous=Edges(before.learner[other], before.guide[other], before.points[other]),
        most_broken=broken,
    )
