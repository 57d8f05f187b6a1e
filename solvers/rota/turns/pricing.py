"""A bound from row prices, in whole numbers: what it says holds, whatever the prices are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, IntArray, Program

SCALE = 2**20
"""Prices are rounded to parts of this."""


def bound_by_prices(program: Program, objective: IntArray, prices: NDArray[np.float64]) -> int:
    """A number that objective @ x never passes where x keeps the program (Lagrange: every row is charged its
    price, and each column takes the better of its bounds). prices (rows,): >= 0 for what `most` is worth.
    """
    price = np.rint(prices * SCALE).astype(np.int64)
    price[(price > 0) & (program.most >= NO_BOUND)] = 0
    price[(price < 0) & (program.least <= -NO_BOUND)] = 0
    charged = np.zeros(program.n_columns, np.int64)
    np.add.at(charged, program.column, program.coefficient * price[program.row])
    reduced = objective * SCALE - charged
    side = np.where(price > 0, program.most, program.least)
    rows = int((price[price != 0] * side[price != 0]).sum())
    return (
        rows + int(np.where(reduced > 0, reduced * program.upper, reduced * program.lower).sum())
    ) // SCALE
