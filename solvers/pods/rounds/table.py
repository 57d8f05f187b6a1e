"""Rounds as arrays that the kernels change in place, and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pods.rounds.instance import Index, Round


@dataclass
class Table:
    """Open rounds as arrays; the shapes are those of `kernel.anneal`."""

    seat: Index
    group: Index
    size: Index
    fixed: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        rounds: Sequence[Sequence[Sequence[int]]],
        people: int,
        fixed: Sequence[Collection[int]] = (),
    ) -> Table:
        """The table of rounds of groups of person numbers; `fixed`: by round, who stays in their group."""
        groups = max((len(one) for one in rounds), default=0)
        places = max((len(group) for one in rounds for group in one), default=0)
        seat = np.full((len(rounds), groups, places), -1, np.int32)
        group_of = np.full((len(rounds), people), -1, np.int32)
        size = np.zeros((len(rounds), groups), np.int32)
        for r, one in enumerate(rounds):
            for g, group in enumerate(one):
                seat[r, g, : len(group)] = group
                group_of[r, list(group)] = g
                size[r, g] = len(group)
        stays = np.zeros((len(rounds), people), bool)
        for r, who in enumerate(fixed):
            stays[r, list(who)] = True
        return cls(seat, group_of, size, stays)

    def rounds(self) -> tuple[Round, ...]:
        """The groups of each round in their one order: people by number, groups by their first person."""
        return tuple(
            canonical([self.seat[r, g, : self.size[r, g]].tolist() for g in range(self.seat.shape[1])])
            for r in range(self.seat.shape[0])
        )


def canonical(groups: Sequence[Sequence[int]]) -> Round:
    """A round in its one order; empty groups are dropped."""
    return tuple(sorted(tuple(sorted(group)) for group in groups if group))
