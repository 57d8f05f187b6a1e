"""Eligible pairs that are listed one by one, as an `EdgeOracle`."""

from __future__ import annotations

import numpy as np

from solvers.faults import InstanceError
from solvers.pairs.edges import NOT_ELIGIBLE, Edges, Index, IntArray, PriceView
from solvers.pairs.instance import MAX_POINTS


class ExplicitEdges:
    """An oracle over explicit columns, kept row-wise (by learner, then guide) with an index by guide.

    Memory is 24 bytes an edge; building sorts once, `violated` reads every edge twice.
    """

    def __init__(self, n_learners: int, n_guides: int, edges: Edges) -> None:
        """Take the eligible pairs, in any order. Raises InstanceError for bad numbers and repeated pairs."""
        if not len(edges.learner) == len(edges.guide) == len(edges.points):
            raise InstanceError("edges", "has ragged columns")
        for name, column, high in (
            ("learner", edges.learner, n_learners - 1),
            ("guide", edges.guide, n_guides - 1),
            ("points", edges.points, MAX_POINTS),
        ):
            wrong = np.flatnonzero((column < 0) | (column > high))
            if len(wrong):
                at = int(wrong[0])
                raise InstanceError(f"edges[{at}].{name}", f"is {int(column[at])}; it must lie in 0..{high}")
        keys = edges.learner.astype(np.int64) * max(n_guides, 1) + edges.guide
        guide, points = edges.guide, edges.points
        if (keys[1:] <= keys[:-1]).any():  # not in order yet
            order = np.argsort(keys, kind="stable")
            keys, guide, points = keys[order], guide[order], points[order]
            twice = np.flatnonzero(keys[1:] == keys[:-1])
            if len(twice):
                first, second = sorted((int(order[twice[0]]), int(order[twice[0] + 1])))
                raise InstanceError(f"edges[{second}]", f"names the same pair as edges[{first}]")
        self._n, self._m = n_learners, n_guides
        self._keys: IntArray = keys
        self._guide: Index = guide.astype(np.int32)
        self._points: Index = points.astype(np.int32)
        self._start: IntArray = np.searchsorted(keys, np.arange(n_learners + 1) * max(n_guides, 1)).astype(
            np.int64
        )
        narrow = self._guide.astype(np.min_scalar_type(max(n_guides, 1)))  # 16 bits sort by radix
        self._by_guide: Index = np.argsort(narrow, kind="stable").astype(np.int32)
        self._guide_start: IntArray = np.concatenate(
            ([0], np.cumsum(np.bincount(self._guide, minlength=n_guides)))
        ).astype(np.int64)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def n_learners(self) -> int:
        """How many learners there are."""
        return self._n

    @property
    def n_guides(self) -> int:
        """How many guides there are."""
        return self._m

    def all(self) -> Edges:
        """Every eligible pair, by learner, then by guide."""
        return Edges(self._learners_of(np.arange(len(self))), self._guide.copy(), self._points.copy())

    def points(self, learners: Index, guides: Index) -> Index:
        """Points of the given pairs, `NOT_ELIGIBLE` for those not listed."""
        out = np.full(len(learners), NOT_ELIGIBLE, np.int32)
        if len(self) and len(learners):
            keys = learners.astype(np.int64) * self._m + guides
            at = np.minimum(np.searchsorted(self._keys, keys), len(self) - 1)
            found = self._keys[at] == keys
            out[found] = self._points[at[found]]
        return out

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """Per learner, the `most` most violated pairs, best first; ties by `ties.tie_hash`, lower first."""
        if most < 1:
            raise ValueError(f"most must be at least 1, not {most}")
        if not len(self):
            return self._at(np.zeros(0, np.int64))
        from solvers.pairs.explicit.kernel import most_violated

        at, _ = most_violated(
            self._start,
            self._guide,
            self._points,
            np.ascontiguousarray(view.learner_rank, np.int32),
            np.ascontiguousarray(view.learner_value, np.int64),
            np.ascontiguousarray(view.guide_rank, np.int32),
            np.ascontiguousarray(view.guide_price, np.int64),
            most,
            least_points,
        )
        return self._at(at)

    def count(self, least_points: int = 0) -> int:
        """How many pairs are listed with at least `least_points`."""
        return int(np.count_nonzero(self._points >= least_points))

    def row(self, learner: int) -> Edges:
        """Every eligible pair of one learner, by guide number."""
        return self._at(np.arange(self._start[learner], self._start[learner + 1]))

    def column(self, guide: int) -> Edges:
        """Every eligible pair of one guide, by learner number."""
        return self._at(
            self._by_guide[self._guide_start[guide] : self._guide_start[guide + 1]].astype(np.int64)
        )

    def _at(self, positions: IntArray) -> Edges:
        return Edges(self._learners_of(positions), self._guide[positions], self._points[positions])

    def _learners_of(self, positions: IntArray) -> Index:
        return (self._keys[positions] // max(self._m, 1)).astype(np.int32)
