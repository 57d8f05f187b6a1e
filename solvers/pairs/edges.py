"""Where eligible pairs come from: the oracle that the solver prices, and explicit edges as one oracle.

Notation: learner i has value u_i, guide j has price v_j, an eligible pair (i, j) has points w_ij. u and v are
tuples, one whole number per tier; points count in the last tier only, so a pair is *violated* when
(0, ..., 0, w_ij) > u_i + v_j lexicographically. `PriceView` carries the upper tiers of u_i and of -v_j as
dense ranks in one common order, so that the test is on four whole numbers whatever the number of tiers:

    rank[i] < rank[j], or rank[i] == rank[j] and w_ij > value[i] + price[j]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Index = NDArray[np.int32]
NOT_ELIGIBLE = -1


@dataclass(frozen=True)
class PriceView:
    """Potentials as the oracle needs them (see the module). Shapes (learners,) and (guides,)."""

    learner_rank: Index
    learner_value: IntArray
    guide_rank: Index
    guide_price: IntArray

    @classmethod
    def flat(cls, n_learners: int, n_guides: int, learner_value: int = -1) -> PriceView:
        """One rank for all and no prices: with the default value every eligible pair is violated."""
        return cls(
            np.zeros(n_learners, np.int32),
            np.full(n_learners, learner_value, np.int64),
            np.zeros(n_guides, np.int32),
            np.zeros(n_guides, np.int64),
        )


@dataclass(frozen=True)
class Edges:
    """Pairs side by side: learner and guide numbers and points (0-1000), all of one length."""

    learner: Index
    guide: Index
    points: Index

    def __len__(self) -> int:
        return len(self.learner)


class EdgeOracle(Protocol):
    """All eligible pairs, without listing them. Every answer is exact, over all of them, and repeatable."""

    @property
    def n_learners(self) -> int:
        """How many learners there are; they are numbered from 0."""

    @property
    def n_guides(self) -> int:
        """How many guides there are; they are numbered from 0."""

    def points(self, learners: Index, guides: Index) -> Index:
        """Points of the given pairs, `NOT_ELIGIBLE` for those that no rule lets meet."""

    def violated(self, view: PriceView, most: int, least_points: int = 0) -> Edges:
        """Per learner, the `most` (>= 1) most violated pairs with at least `least_points`; empty if none is.

        Most violated: highest guide rank first, then highest w_ij - price[j]; ties by a fixed hash of (i, j).
        """

    def count(self, least_points: int = 0) -> int:
        """How many eligible pairs there are with at least `least_points`."""

    def row(self, learner: int) -> Edges:
        """Every eligible pair of one learner, by guide number."""

    def column(self, guide: int) -> Edges:
        """Every eligible pair of one guide, by learner number."""
