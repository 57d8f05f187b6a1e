"""The linear relaxation of a large program over few of its columns, and a bound over all of them.

A relaxation knows the columns on a list; its row prices then price every column, those that could be worth
something enter the list, until none is left. What the prices prove is counted again in whole numbers and
holds whatever the prices are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, IntArray, Program, relax
from solvers.limits import Limits

Flags = NDArray[np.bool_]

SCALE = 2**20
"""Prices are rounded to parts of this."""

ROUNDS = 12
ENTERING = 5_000
"""Columns that enter the list in one round, the best first."""


@dataclass(frozen=True)
class Priced:
    """What row prices say of a program: a bound on the objective, and each column's reduced cost, in parts of
    1 / SCALE. values: of the relaxation, 0 off the list."""

    scaled: int
    reduced: IntArray
    values: NDArray[np.float64]

    @property
    def bound(self) -> int:
        """No answer is worth more."""
        return self.scaled // SCALE

    def useless(self, value: int) -> Flags:
        """Columns that are 0 in every answer worth `value` or more (shape (columns,); lower bounds of 0)."""
        return self.scaled + self.reduced < SCALE * value


def priced(program: Program, objective: IntArray, listed: Flags, limits: Limits) -> Priced | None:
    """Bound objective @ x over the program. `listed`: columns to begin with; those that enter are added.

    None where not even a first relaxation ended within the limits.
    """
    best: Priced | None = None
    for _ in range(ROUNDS):
        if limits.over:
            break
        part, columns = compact(program, listed)
        relaxed = relax(part, objective[columns], limits)
        if relaxed is None:
            break
        values = np.zeros(program.n_columns)
        values[columns] = relaxed.values
        found = _priced(program, objective, relaxed.row_prices, values)
        if best is None or found.scaled < best.scaled:
            best = found
        entering = np.flatnonzero(~listed & (found.reduced * program.upper > SCALE // 1000))
        if not len(entering):
            return found
        listed[entering[np.argsort(-found.reduced[entering], kind="stable")][:ENTERING]] = True
    return best


def _priced(
    program: Program, objective: IntArray, prices: NDArray[np.float64], values: NDArray[np.float64]
) -> Priced:
    """Lagrange: every row is charged its price, and each column takes the better of its bounds."""
    price = np.rint(prices * SCALE).astype(np.int64)
    price[(price > 0) & (program.most >= NO_BOUND)] = 0
    price[(price < 0) & (program.least <= -NO_BOUND)] = 0
    charged = np.zeros(program.n_columns, np.int64)
    np.add.at(charged, program.column, program.coefficient * price[program.row])
    reduced = objective * SCALE - charged
    side = np.where(price > 0, program.most, program.least)[price != 0]
    columns = np.where(reduced > 0, reduced * program.upper, reduced * program.lower)
    return Priced(int((price[price != 0] * side).sum()) + int(columns.sum()), reduced, values)


def compact(program: Program, kept: Flags) -> tuple[Program, IntArray]:
    """The program with the kept columns alone, the others being 0, and the numbers of those."""
    columns = np.flatnonzero(kept)
    number = np.cumsum(kept) - 1
    inside = kept[program.column]
    smaller = replace(
        program,
        lower=program.lower[columns],
        upper=program.upper[columns],
        row=program.row[inside],
        column=number[program.column[inside]],
        coefficient=program.coefficient[inside],
    )
    return smaller, columns


def tightened(program: Program) -> Program:
    """The same answers, without rows that the bounds of the columns keep anyway."""
    by, low, high = program.coefficient, program.lower[program.column], program.upper[program.column]
    ends = [np.zeros(program.n_rows, np.int64) for _ in range(2)]
    np.add.at(ends[0], program.row, np.minimum(by * low, by * high))
    np.add.at(ends[1], program.row, np.maximum(by * low, by * high))
    needed = (ends[0] < program.least) | (ends[1] > program.most)
    number = np.cumsum(needed) - 1
    inside = needed[program.row]
    return replace(
        program,
        row=number[program.row[inside]],
        column=program.column[inside],
        coefficient=by[inside],
        least=program.least[needed],
        most=program.most[needed],
    )
