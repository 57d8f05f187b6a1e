"""Units: members who belong together act as one, here for all methods of the family."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.instance import Pairs

Int = NDArray[np.int64]


class Units(NamedTuple):
    """Which members belong together: `of` (n,) number of the unit of each, `members` in order of units."""

    of: Int
    start: Int
    members: Int

    @property
    def number(self) -> int:
        """Number of units."""
        return len(self.start) - 1


def units_of(n: int, together: Pairs) -> Units:
    """Connected groups of members who belong together, numbered by their first member."""
    root = list(range(n))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in together.tolist():
        one, other = sorted((find(a), find(b)))
        root[other] = one
    _, of = np.unique(np.array([find(i) for i in range(n)], np.int64), return_inverse=True)
    members = np.argsort(of, kind="stable")
    return Units(of.astype(np.int64), starts(np.bincount(of)), members.astype(np.int64))


def starts(count: NDArray[Any]) -> Int:
    """Where rows of these lengths begin, and the last one ends."""
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def reduced(how: np.ufunc, table: NDArray[Any], units: Units) -> NDArray[Any]:
    """A table by members (first axis) as one by units."""
    if units.number == len(table):
        return table
    out: NDArray[Any] = how.reduceat(table[units.members], units.start[:-1], axis=0)
    return out
