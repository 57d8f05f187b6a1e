"""The bound of one tier by column generation: prices from a linear program over known groups, groups from
pricing every pod, round by round.

Every round's prices, made whole, give a true bound (`check.bound`); the best one is kept. The prices asked at
lie between those of the best bound and those of the linear program (smoothing: Wentges 1997; Pessoa et al.
2018), because the latter jump about while few groups are known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solvers.limits import Limits
from solvers.pods.check.bound import granted
from solvers.pods.columns.master import Duals, Master, Rows
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Pricer
from solvers.pods.columns.units import IntArray
from solvers.pods.solution import PodPrices

SCALE = 1000
"""Prices are whole numbers of so many parts of a unit of the tier."""

FIRST_NODES = 20_000
"""Nodes that the pricing of one pod takes at most in the first rounds."""

_SMOOTHING = 0.8
_PRECISION = 0.1


@dataclass(frozen=True)
class Bounded:
    """The best prices with their pods' numbers, what they bound the tier by in units of 1 / scale, the value
    of the linear program (None before the first), and whether no group is left that could lower it."""

    prices: PodPrices
    total: int
    relaxed: float | None
    converged: bool

    @property
    def bound(self) -> int:
        """The bound in the tier's own unit."""
        return self.total // self.prices.scale


def bound_tier(
    rows: Rows, pool: Pool, pricer: Pricer, value: int, limits: Limits, least_satisfaction: int = 0
) -> Bounded | None:
    """Bound the tier of `rows`; ends early where `value` is met. None when not even one round was done.

    The pool holds an answer that keeps every row, and takes in the groups that are found."""
    master = Master(rows, pool)
    try:
        return _rounds(rows, pool, pricer, master, value, limits, least_satisfaction)
    finally:
        master.close()


def _rounds(
    rows: Rows, pool: Pool, pricer: Pricer, master: Master, value: int, limits: Limits, floor: int
) -> Bounded | None:
    best: Bounded | None = None
    center: Duals | None = None
    smoothing, nodes = _SMOOTHING, FIRST_NODES
    while not limits.over:
        found = master.solve(limits)
        if found is None:
            break
        relaxed, duals = found
        if center is None:
            center = duals
        asked = smoothing * center + (1 - smoothing) * duals
        prices = rows.prices(asked, SCALE, floor)
        gap = SCALE if best is None else max(1, best.total - int(relaxed * SCALE))
        tolerance = int(_PRECISION * gap / max(1, rows.instance.n_pods))
        outcome = price_all(rows, pool, pricer, prices, limits, tolerance, nodes)
        if outcome is None:
            break
        total, numbers, complete, new = outcome
        if best is None or total < best.total:
            best = Bounded(replace(prices, pod=numbers), total, relaxed, False)
            center = asked
        limits.tell("columns", tier=rows.tier, value=value, bound=best.bound)
        if best.bound <= max(value, int(relaxed + 1e-6)):
            return replace(best, relaxed=relaxed, converged=True)
        if not new:
            if smoothing > 0.01:
                smoothing = smoothing / 2 if smoothing > 0.1 else 0.0
            elif not complete:
                nodes *= 4
            else:
                return replace(best, relaxed=relaxed, converged=True)
        elif smoothing < _SMOOTHING:
            smoothing = min(_SMOOTHING, smoothing + 0.1)
    return best


def price_all(
    rows: Rows,
    pool: Pool,
    pricer: Pricer,
    prices: PodPrices,
    limits: Limits,
    tolerance: int,
    nodes: int,
) -> tuple[int, IntArray, bool, int] | None:
    """Price every pod: the bound in units of 1 / scale, the pods' numbers, whether every search came to its
    end, and how many new groups there are. None where the limits end first."""
    known = pool.best(prices)
    priced = []
    for first in range(0, rows.instance.n_pods, 16):
        if limits.over:
            return None
        pods = range(first, min(first + 16, rows.instance.n_pods))
        priced += pricer.price(prices, known, known - prices.scale, pods=pods, tolerance=tolerance,
                               node_limit=nodes)  # fmt: skip
    numbers = np.array([one.bound for one in priced], np.int64)
    new = pool.add(group for one in priced for group, _ in one.groups)
    return (
        granted(rows.instance, prices) + int(numbers.sum()),
        numbers,
        all(one.complete for one in priced),
        new,
    )
