"""Prices by subgradient steps: a fair start for the linear program, which does badly with few groups.

At given prices the best group of every pod is taken; a member in too many of them becomes dearer, one in too
few cheaper. The direction is the mean of the last ones (Camerini, Fratta and Maffioli 1975), the length that
of Polyak for a goal somewhat below the best bound; the goal draws nearer where steps bring nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solvers.limits import Limits
from solvers.pods.check.bound import worths_of
from solvers.pods.columns.master import Duals, Rows, entries_of
from solvers.pods.columns.pool import Pool
from solvers.pods.solution import PodPrices

_REACH = 0.05
"""The first goal is so much below the best bound, in parts of it."""

_PATIENCE = 6
_MEMORY = 0.6

Price = Callable[[Duals], int | None]
"""Prices every pod near these duals, takes the groups it finds into the pool, and returns the bound in units
of 1 / scale; None where the time is over."""


def descend(
    rows: Rows, pool: Pool, price: Price, start: Duals, scale: int, steps: int, limits: Limits
) -> None:
    """So many steps from `start`, or fewer where they bring no more."""
    most = rows.limits()[1][: rows.n_prices]
    point, direction = start.copy(), np.zeros(len(start))
    best, best_point, reach, idle = np.inf, start.copy(), _REACH, 0
    for _ in range(steps):
        if limits.over:
            return
        total = price(point)
        if total is None:
            return
        bound = total / scale
        if bound < best:
            idle = 0 if best - bound > 1e-4 * abs(best) else idle + 1
            best, best_point = bound, point.copy()
        else:
            idle += 1
        if idle > _PATIENCE:
            reach, idle = reach / 2, 0
            point, direction = best_point.copy(), np.zeros(len(start))
            if reach < 1e-4:
                break
            continue
        used = usage(rows, pool, rows.prices(point, scale)) - most
        direction = used + _MEMORY * direction
        norm = float(direction @ direction)
        if norm == 0:
            break
        goal = best - reach * max(1.0, abs(best))
        point = np.maximum(0, point + direction * max(0.0, bound - goal) / norm)


def usage(rows: Rows, pool: Pool, prices: PodPrices) -> Duals:
    """What the best groups of all pods at these prices use of every row that has a price."""
    total = np.zeros(rows.n_prices)
    for column in entries_of(rows, pool, pool.leaders(prices)):
        for row, number in zip(column.rows, column.coefficients, strict=True):
            if row < rows.n_prices:
                total[row] += number
    worths, start = worths_of(rows.instance, prices), rows.instance.n_members + len(rows.hours)
    for k, i in enumerate(rows.first):
        total[start + k] += float(worths.placing[i] > prices.credit[i])
    return total
