"""Rows of an integer program, collected in bundles of arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, IntArray, Program

Numbers = NDArray[np.integer]


class Rows:
    """Columns with their bounds, and rows least <= A x <= most; both only grow."""

    def __init__(self) -> None:
        self._bounds: list[tuple[IntArray, IntArray]] = []
        self._entries: list[tuple[IntArray, IntArray, IntArray]] = []
        self._sides: list[tuple[IntArray, IntArray]] = []
        self.n_columns = 0
        self.n_rows = 0

    def columns(self, number: int, lower: IntArray | int = 0, upper: IntArray | int = 1) -> IntArray:
        """New columns; their numbers."""
        self._bounds.append((_wide(lower, number), _wide(upper, number)))
        self.n_columns += number
        return np.arange(self.n_columns - number, self.n_columns)

    def add(
        self,
        key: Numbers,
        column: Numbers,
        coefficient: Numbers | int = 1,
        least: Numbers | int = -NO_BOUND,
        most: Numbers | int = NO_BOUND,
    ) -> None:
        """One row for each distinct key, in rising order, made of the entries with that key."""
        if not len(key):
            return
        keys, row = np.unique(key, return_inverse=True)
        self._entries.append(
            (row.astype(np.int64) + self.n_rows, np.asarray(column, np.int64), _wide(coefficient, len(key)))
        )
        self._sides.append((_wide(least, len(keys)), _wide(most, len(keys))))
        self.n_rows += len(keys)

    def lower(self, columns: IntArray) -> IntArray:
        """Lower bounds of columns."""
        return _joined(self._bounds, 2)[0][columns]

    def bounds(self, begin: int) -> tuple[IntArray, IntArray]:
        """Lower and upper bounds of the columns from `begin` on."""
        lower, upper = _joined(self._bounds, 2)
        return lower[begin:], upper[begin:]

    def program(self) -> Program:
        """What has been collected."""
        lower, upper = _joined(self._bounds, 2)
        row, column, coefficient = _joined(self._entries, 3)
        least, most = _joined(self._sides, 2)
        return Program(lower, upper, row, column, coefficient, least, most)


def _wide(number: Numbers | int, length: int) -> IntArray:
    return np.broadcast_to(np.asarray(number, np.int64), length)


def _joined(bundles: Sequence[tuple[IntArray, ...]], parts: int) -> list[IntArray]:
    return [np.concatenate([np.zeros(0, np.int64), *(one[k] for one in bundles)]) for k in range(parts)]
