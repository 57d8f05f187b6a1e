"""Why not this pair, and what is that one worth: exact costs of forcing and of forbidding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.limits import Limits
from solvers.pairs.edges import NOT_ELIGIBLE, EdgeOracle, Edges, Index, IntArray, PriceView
from solvers.pairs.explain.outcome import IMPOSSIBLE, Outcome, ask, unchanged
from solvers.pairs.explain.state import State, column, holds
from solvers.pairs.instance import PairsInstance


def least_loss(state: State, learner: int, guide: int, points: int) -> IntArray:
    """u_i + v_j - w_ij, one number per flow tier: forcing the pair loses at least that, lexicographically."""
    pair = Edges(column(learner), column(guide), column(points))
    worth = state.network.pair_worth(state.wide, pair)[:, 0]
    potentials = state.flow.potentials()
    loss: IntArray = potentials[:, learner] - potentials[:, state.n + guide] - worth
    return loss


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
