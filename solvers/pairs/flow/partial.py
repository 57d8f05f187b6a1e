"""Price every eligible pair once, and afterwards only those that potentials moved enough to matter.

A pass also lists the pairs that are less than `MARGIN` points from being violated. What it leaves unlisted is
then at least that far away, learner by learner, and stays so until the potentials at both ends have fallen by
as much together. So a later pass searches only the learners who may have a violated pair with some guide, and
for the others only the guides whose price fell more than most. The answer is that of a whole pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.pairs.edges import EdgeOracle, Edges, IntArray, PriceView
from solvers.pairs.flow.circulation import price_view

MARGIN = 6
"""Points by which a pair may miss being violated and is listed all the same."""

_NEVER = 2**30


class PartialPricing:
    """Finds the violated pairs of one flow, round by round; whatever it returns must be listed at once.

    Holds true between calls: no unlisted pair gains in a tier before the last, and where it loses in none of
    them, its reduced cost is at most -slack[i] in the last one; learners with a negative slack are unknown.
    """

    def __init__(self, oracle: EdgeOracle, most: int, least_points: int) -> None:
        self._oracle, self._most, self._least = oracle, most, least_points
        self._slack: IntArray = np.full(oracle.n_learners, -_NEVER, np.int64)
        self._before: IntArray | None = None
        self.searched = 0

    def violated(self, potentials: IntArray) -> Edges:
        """Every violated pair that is not listed (per learner at most `most`, the worst), and some nearly so.

        potentials: shape (tiers, nodes). `searched` then tells how many learners were priced with all guides.
        """
        n, m = self._oracle.n_learners, self._oracle.n_guides
        view = price_view(potentials, n, m)
        afresh = np.ones(n, bool)
        moved = np.zeros(m, bool)
        if self._before is not None:
            fallen = self._before[:, : n + m] - potentials[:, : n + m]
            other = (fallen[:-1] != 0).any(axis=0)
            left = self._slack - fallen[-1, :n]
            left[other[:n]] = -_NEVER
            drop = -fallen[-1, n:]
            drop[other[n:]] = _NEVER
            quiet = _quiet_drop(left, drop)
            self._slack = left - quiet
            afresh, moved = self._slack < 0, drop > quiet
        self._before = potentials[:, : n + m].copy()
        self.searched = int(afresh.sum())
        found = self._search(view, afresh, np.ones(m, bool))
        more = self._search(view, ~afresh, moved)
        return Edges(
            np.concatenate((found.learner, more.learner)),
            np.concatenate((found.guide, more.guide)),
            np.concatenate((found.points, more.points)),
        )

    def _search(self, view: PriceView, learners: NDArray[np.bool_], guides: NDArray[np.bool_]) -> Edges:
        """Pairs of these learners and guides that are violated or nearly so; notes the slack they leave."""
        if not learners.any() or not guides.any():
            nothing = np.zeros(0, np.int32)
            return Edges(nothing, nothing, nothing)
        chosen = PriceView(
            np.where(learners, view.learner_rank, _NEVER).astype(np.int32),
            view.learner_value - MARGIN,
            np.where(guides, view.guide_rank, -1).astype(np.int32),
            view.guide_price,
        )
        found = self._oracle.violated(chosen, self._most, self._least)
        full = np.bincount(found.learner, minlength=len(learners)) >= self._most
        slack = np.where(full, -_NEVER, MARGIN)
        if not guides.all():
            slack = np.minimum(self._slack, slack)
        self._slack = np.where(learners, slack, self._slack)
        return found


def _quiet_drop(left: IntArray, drop: IntArray) -> int:
    """How much guides may have fallen in price to count as quiet: what makes the least work.

    A learner with less slack left must be searched with all guides, a guide that fell more with all learners.
    """
    n, m = len(left), len(drop)
    left, drop = np.sort(left), np.sort(drop)
    near = drop[m // 2] + np.arange(-MARGIN, MARGIN + 1)
    choices = np.unique(np.append(near, drop[m - 1 - m // 50]))
    work = np.searchsorted(left, choices) / n + (m - np.searchsorted(drop, choices, "right")) / m
    return int(choices[int(np.argmin(work))])
