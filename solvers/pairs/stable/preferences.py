"""Each learner's guides in the order of preference, fetched as far as they are asked for.

Preference: own wish, then points, then the learner's lot. A short list of everybody's best pairs comes from
one call of the oracle; who gets to its end has their whole row ranked, of which the next stretch is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import Edges, IntArray, PriceView
from solvers.pairs.instance import PairsInstance
from solvers.pairs.stable.blocking import standing
from solvers.pairs.stable.wishes import NO_WISH, Wishes
from solvers.pairs.ties import seeded_lots

_SHORT, _STRETCH = 32, 256


class Preferences:
    """A cursor per learner over the guides that they have not asked yet."""

    def __init__(self, instance: PairsInstance, wishes: Wishes | None, seed: int) -> None:
        """Fetch the short lists: memory is 24 bytes per learner and entry, of which there are at most 32."""
        self._edges, self._wishes, self._seed = instance.edges, wishes, seed
        n = instance.n_learners
        self.rows_ranked = 0
        found = self._edges.violated(PriceView.flat(n, instance.n_guides), _SHORT)
        rank, lot = self._ranks(found)
        order = np.lexsort((lot, rank, found.learner))
        self._guide, self._points = found.guide[order], found.points[order]
        counts = np.bincount(found.learner, minlength=n)
        self._start = np.concatenate(([0], np.cumsum(counts)))
        self._whole = counts < _SHORT
        self._sure = self._start[1:].copy()
        for i in np.flatnonzero(~self._whole).tolist():
            # The oracle cut a class of equal points by its own lots, and knows no wishes: only what is
            # certainly ahead of all that it left out may be asked.
            start, end = self._start[i : i + 2]
            points = self._points[start:end]
            self._sure[i] = start + (0 if wishes is not None else int((points > points.min()).sum()))
        self.rewind()

    def rewind(self) -> None:
        """Back to the best of everybody."""
        self._at = self._start[:-1].copy()
        self._more: dict[int, tuple[Edges, bool]] = {}
        self._last: dict[int, tuple[int, int]] = {}

    def next(self, learner: int, reject: NDArray[np.int32], more: bool) -> tuple[int, int] | None:
        """The next guide and the points of the pair, None at the end of the list.

        reject (guides,): pairs with fewer points than this would be turned down, and may be left out.
        more: whether rows may still be ranked; without it the short list is all there is.
        """
        i = learner
        if i not in self._more:
            at = int(self._at[i])
            if at < (self._sure[i] if more else self._start[i + 1]):
                self._at[i] = at + 1
                return int(self._guide[at]), int(self._points[at])
            if self._whole[i] or not more:
                return None
            if at > self._start[i]:
                one = Edges(
                    *(np.array([c[at - 1]], np.int32) for c in (np.full(at, i), self._guide, self._points))
                )
                rank, lot = self._ranks(one)
                self._last[i] = int(rank[0]), int(lot[0])
            self._rank_row(i, reject)
            self._at[i] = 0
        while True:
            stretch, whole = self._more[i]
            at = int(self._at[i])
            if at < len(stretch):
                self._at[i] = at + 1
                return int(stretch.guide[at]), int(stretch.points[at])
            if whole or not more:
                return None
            self._rank_row(i, reject)
            self._at[i] = 0

    def _rank_row(self, learner: int, reject: NDArray[np.int32]) -> None:
        """Keep the next stretch of a learner's row, behind the last pair that was asked."""
        self.rows_ranked += 1
        row = self._edges.row(learner)
        rank, lot = self._ranks(row)
        behind = row.points >= reject[row.guide]
        if learner in self._last:
            last_rank, last_lot = self._last[learner]
            behind &= (rank > last_rank) | ((rank == last_rank) & (lot > last_lot))
        at = np.flatnonzero(behind)
        at = at[np.lexsort((lot[at], rank[at]))]
        whole = len(at) <= _STRETCH
        at = at[:_STRETCH]
        if len(at):
            self._last[learner] = int(rank[at[-1]]), int(lot[at[-1]])
        self._more[learner] = Edges(row.learner[at], row.guide[at], row.points[at]), whole

    def _ranks(self, pairs: Edges) -> tuple[IntArray, IntArray]:
        """The learners' standing and lot of each pair; pairs come by learner."""
        wish = np.full(len(pairs), NO_WISH)
        if self._wishes is not None and len(pairs):
            starts = np.flatnonzero(np.diff(pairs.learner, prepend=-1)).tolist()
            for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
                wish[start:end] = self._wishes.learner_wish(int(pairs.learner[start]), pairs.guide[start:end])
        return standing(wish, pairs.points), seeded_lots(self._seed, 0, pairs.learner, pairs.guide)
