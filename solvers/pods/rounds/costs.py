"""What meetings cost in the search, as matrices over pairs of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pods.rounds.check.score import meetings
from solvers.pods.rounds.instance import IntArray, RoundsInstance


@dataclass(frozen=True)
class Costs:
    """Over pairs of people, shapes (n, n), symmetric: what a first meeting in the open rounds costs in
    repeats, who must never meet, and who belong to one organization."""

    repeat: IntArray
    forbidden: NDArray[np.bool_]
    own: NDArray[np.bool_]

    @classmethod
    def of(cls, instance: RoundsInstance) -> Costs:
        """The matrices of an instance."""
        n, home = instance.n_people, instance.organization
        repeat = np.zeros((n, n), np.int64)
        met = instance.met
        repeat[met.first, met.second] += met.weight
        repeat[met.second, met.first] += met.weight
        for (i, j), times in meetings(instance.held).items():
            repeat[i, j] += times * instance.repeat_weight
            repeat[j, i] += times * instance.repeat_weight
        forbidden = np.zeros((n, n), bool)
        one, other = instance.apart.T
        forbidden[one, other] = forbidden[other, one] = True
        if len(instance.competitors):
            k = len(instance.organization_ids)
            rivals = np.zeros((k, k), bool)
            one, other = instance.competitors.T
            rivals[one, other] = rivals[other, one] = True
            forbidden |= rivals[np.ix_(home, home)]
        if len(instance.language_ids):
            speaks = instance.speaks.astype(np.float32)
            forbidden |= speaks @ speaks.T == 0
            np.fill_diagonal(forbidden, False)
        own = home[:, None] == home[None, :]
        np.fill_diagonal(own, False)
        return cls(repeat, forbidden, own)

    def charge(self, repeat: int, forbidden: int) -> IntArray:
        """One cost per pair: 1 for the own organization, and so much for each unit of the others."""
        return self.own + repeat * self.repeat + forbidden * self.forbidden
