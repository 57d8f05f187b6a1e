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
from solvers.pods.columns.pricing import Priced, Pricer
from solvers.pods.columns.steps import descend
from solvers.pods.solution import PodPrices

SCALE = 1000
"""Prices are whole numbers of so many parts of a unit of the tier."""

FIRST_NODES = 20_000
"""Nodes that the pricing of one pod takes at most in the first rounds."""

SMALL = 2_000
"""Up to so many members x pods the linear program needs no start."""

STEPS = 150
"""Subgradient steps before the first linear program."""

_AT_ONCE = 32
_ROUGH = 2e-4
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
    exact: bool

    def is_near(self, precision: float) -> bool:
        """Whether it is within `precision`, a part of it, of the linear program's value."""
        if self.converged:
            return True
        return self.relaxed is not None and self.total <= self.relaxed * self.prices.scale * (1 + precision)

    @property
    def bound(self) -> int:
        """The bound in the tier's own unit."""
        return self.total // self.prices.scale


def bound_tier(
    rows: Rows,
    pool: Pool,
    pricer: Pricer,
    value: int,
    limits: Limits,
    *,
    precision: float = 0.0,
    before: Bounded | None = None,
    master: Master | None = None,
) -> Bounded | None:
    """Bound the tier of `rows`; ends early where `value` is met, or the bound is within `precision` (a part
    of it) of the linear program. None when not even one round was done.

    The pool holds an answer that keeps every row, and takes in the groups that are found. before: an earlier
    end, to go on from. master: the linear program to use instead of the plain one; it is closed."""
    bounding = _Bounding(rows, pool, pricer, value, limits, precision)
    if before is not None:
        bounding.best, bounding.center = before, rows.duals(before.prices)
    elif rows.instance.n_members * rows.instance.n_pods > SMALL:
        start = np.zeros(rows.n_prices)
        start[: rows.instance.n_members] = max(1, value) / max(1, rows.instance.n_members)
        bounding.tolerance = int(_ROUGH * max(1, value) * SCALE / max(1, rows.instance.n_pods))
        descend(rows, pool, bounding.step, start, SCALE, STEPS, limits)
    master = master or Master(rows, pool)
    try:
        bounding.rounds(master)
    finally:
        master.close()
    return bounding.best


class _Bounding:
    """The best bound so far, and how the next prices are asked."""

    def __init__(
        self, rows: Rows, pool: Pool, pricer: Pricer, value: int, limits: Limits, precision: float
    ) -> None:
        self.precision = precision
        self.rows, self.pool, self.pricer, self.value, self.limits = rows, pool, pricer, value, limits
        self.best: Bounded | None = None
        self.center: Duals | None = None
        self.nodes = FIRST_NODES
        self.tolerance = 0
        self.new = 0
        self.complete = True

    def rounds(self, master: Master) -> None:
        """Linear program and pricing in turn, until the bound is met, or no group is missing."""
        smoothing, precise = _SMOOTHING, _PRECISION
        while not self.limits.over:
            found = master.solve(self.limits)
            if found is None:
                return
            relaxed, duals = found
            center = duals if self.center is None else self.center
            if self.best is not None:
                gap = max(0, self.best.total - int(relaxed * SCALE))
                self.tolerance = int(precise * gap / max(1, self.rows.instance.n_pods))
            if self.price(smoothing * center + (1 - smoothing) * duals) is None:
                return
            assert self.best is not None
            done = self.best.bound <= max(self.value, int(relaxed + 1e-6))
            if not self.new and not done:
                if smoothing > 0:
                    smoothing = smoothing / 2 if smoothing > 0.1 else 0.0
                elif not self.complete:
                    self.nodes *= 4
                elif self.tolerance == 0:
                    done = True
                else:
                    precise = 0.0
            elif smoothing < _SMOOTHING:
                smoothing = min(_SMOOTHING, smoothing + 0.1)
            self.best = replace(self.best, relaxed=relaxed, converged=done)
            if self.best.is_near(self.precision):
                return

    def step(self, asked: Duals) -> int | None:
        """As `price`; None also where the bound is met."""
        total = self.price(asked)
        return None if self.best is not None and self.best.bound <= self.value else total

    def price(self, asked: Duals) -> int | None:
        """Price every pod near these duals and keep the bound if it is the best; None where the time is
        over."""
        prices = self.rows.prices(asked, SCALE, self.pool.least_satisfaction)
        known = self.pool.best(prices)
        priced: list[Priced] = []
        for first in range(0, len(known), _AT_ONCE):
            if self.limits.over:
                return None
            priced += self.pricer.price(
                prices,
                known,
                known - SCALE,
                pods=range(first, min(first + _AT_ONCE, len(known))),
                tolerance=self.tolerance,
                node_limit=self.nodes,
            )
        numbers = np.array([one.bound for one in priced], np.int64)
        total = granted(self.rows.instance, prices) + int(numbers.sum())
        self.new = self.pool.add(group for one in priced for group, _ in one.groups)
        self.complete = all(one.complete for one in priced)
        if self.best is None or total < self.best.total:
            self.best = Bounded(replace(prices, pod=numbers), total, None, False, self.complete)
            self.center = asked
            self.limits.tell("columns", tier=self.rows.tier, value=self.value, bound=self.best.bound)
        return total
