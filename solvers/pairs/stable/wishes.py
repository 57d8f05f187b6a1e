"""Who would rather have whom: the sides' own rankings, for the stable order and for blocking pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from solvers.pairs.edges import Index, IntArray

NO_WISH = np.int64(2**31 - 1)
"""The rank of whoever is not named: after everyone who is."""


class Wishes(Protocol):
    """Ranks by own wish, lower is better, `NO_WISH` for the unnamed. Then points decide, then lots."""

    def learner_wish(self, learner: int, guides: Index) -> IntArray:
        """How one learner ranks the given guides."""

    def guide_wish(self, guide: int, learners: Index) -> IntArray:
        """How one guide ranks the given learners."""


class NoWishes:
    """Nobody names anybody: both sides go by points, then lots."""

    def learner_wish(self, learner: int, guides: Index) -> IntArray:
        """All unnamed."""
        return np.full(len(guides), NO_WISH)

    def guide_wish(self, guide: int, learners: Index) -> IntArray:
        """All unnamed."""
        return np.full(len(learners), NO_WISH)


class ListedWishes:
    """Wishes as lists, best first: learner number -> guide numbers, and guide number -> learner numbers."""

    def __init__(self, learners: Mapping[int, Sequence[int]], guides: Mapping[int, Sequence[int]]) -> None:
        self.learners = {i: tuple(wished) for i, wished in learners.items() if wished}
        self.guides = {j: tuple(wished) for j, wished in guides.items() if wished}

    def learner_wish(self, learner: int, guides: Index) -> IntArray:
        """Place in the learner's list, from 0."""
        return _places(self.learners.get(learner, ()), guides)

    def guide_wish(self, guide: int, learners: Index) -> IntArray:
        """Place in the guide's list, from 0."""
        return _places(self.guides.get(guide, ()), learners)


def _places(wished: Sequence[int], others: Index) -> IntArray:
    out = np.full(len(others), NO_WISH)
    for place, number in enumerate(wished):
        out[others == number] = place
    return out
