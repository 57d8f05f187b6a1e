"""From the linear program to an answer in whole numbers: fix groups one after another, and price in between.

The groups that the program takes nearly whole are fixed, their members and pods are gone, and the pods that
are left are priced for the members that are left, so that groups enter which fit what is fixed already
(diving: Sadykov, Vanderbeck, Pessoa, Tahiri and Uchoa 2019). Two meetings of a member at one time, which the
bound leaves out, are kept apart here. Earlier tiers may be missed at a price; whoever asked decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solvers.engine import GrowingProgram
from solvers.limits import Limits
from solvers.pods.check.audit import meet_together
from solvers.pods.columns.bounding import SCALE, Bounded
from solvers.pods.columns.master import Duals, Rows, entries_of, first_entries
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Group, Pricer
from solvers.pods.solution import PodPrices

NEAR = 4_000
"""So many groups at most, those that fall least short at the prices, are in the first program."""

WHOLE = 0.999
LIKELY = 0.75
"""Groups that the program takes to this part are fixed together, where none is whole."""

AGAIN = 3
"""Linear programs and pricings in turn after each fixing, at most."""

NODES = 3_000
"""Nodes that the pricing of one pod takes at most."""

SHORT = 20
"""What a unit of an earlier tier costs that is missed, in times its price."""


def dive(
    rows: Rows, pool: Pool, pricer: Pricer, found: Bounded, start: Iterable[Group], limits: Limits
) -> list[Group]:
    """Groups of an answer near the bound `found`: no pod, place, hour or time of a member is used twice. The
    pool takes in what is found on the way. Fewer groups than there could be where time ends.

    start: groups worth knowing from the beginning."""
    part = Partial(rows, pool, pricer, found, limits)
    try:
        numbers = {n for group in start if (n := pool.number(group)) is not None}
        part.take(sorted(numbers.union(nearest(pool, found.prices, NEAR))))
        values: Values | None = None
        while part.open.any() and not limits.over:
            values = part.solve(AGAIN if part.fixed else 0)
            if values is None or not part.fix_likely(values):
                break
        if limits.over and values is not None:
            part.fix_rest(values)
        return [pool.groups[g] for g in part.fixed]
    finally:
        part.program.close()


def nearest(pool: Pool, prices: PodPrices, most: int, among: Sequence[int] | None = None) -> list[int]:
    """The groups of a pool, or `among` them, that fall least short of their pods' numbers: so many at
    most."""
    numbers = np.arange(len(pool)) if among is None else np.array(among, np.int64)
    short = prices.pod[[pool.groups[g].pod for g in numbers.tolist()]] - pool.worths(prices)[numbers]
    found: list[int] = numbers[np.argsort(short, kind="stable")[:most]].tolist()
    return found


Values = NDArray[np.float64]


class Partial:
    """A part of an answer, `fixed` (numbers of the pool), and the linear program over what goes with it.

    open (P,): pods without a fixed group. room, hours (n,): what members have left."""

    def __init__(self, rows: Rows, pool: Pool, pricer: Pricer, found: Bounded, limits: Limits) -> None:
        self.rows, self.pool, self.pricer, self.limits = rows, pool, pricer, limits
        self.instance = rows.instance
        self.found = found
        self.program = GrowingProgram(*rows.limits())
        self.column: dict[int, int] = {}
        """Group number to column of the program."""
        self.fixed: list[int] = []
        self._out: set[int] = set()
        self.open = np.ones(self.instance.n_pods, bool)
        self.room = self.instance.room.astype(np.int64)
        self.hours = self.instance.hours_left.astype(np.int64)
        self.first = len(rows.first)
        for column in first_entries(rows):
            self.program.add(column.worth, column.rows, column.coefficients, 1)
        self._excuses()

    def _excuses(self) -> None:
        """Columns by which held tiers and pods that must run may be missed, at a high price."""
        least, _ = self.rows.limits()
        n = self.rows.n_prices
        fixed = self.instance.n_members + len(self.rows.hours) + len(self.rows.first)
        high = 1 + int(np.abs(self.pool.worths(self.rows.free(self.rows.tier))).max(initial=1))
        for at in range(fixed, n):
            price = next((p for k, (_, p, _) in enumerate(self.found.prices.held) if fixed + k == at), 0)
            self.program.add(-(SHORT * price // SCALE) - 1, [at], [-1])
        for p in np.flatnonzero(least[n:] > 0).tolist():
            self.program.add(-SHORT * high, [n + p], [1])
        self.first += (n - fixed) + int((least[n:] > 0).sum())

    def take(self, numbers: Iterable[int]) -> None:
        """Let groups of the pool that go with the fixed ones into the program."""
        new = [g for g in numbers if g not in self.column and self._fits(self.pool.groups[g])]
        for g, column in zip(new, entries_of(self.rows, self.pool, new), strict=True):
            self.column[g] = self.first + len(self.column)
            self.program.add(column.worth, column.rows, column.coefficients, 1)

    def _fits(self, group: Group) -> bool:
        """Whether a group goes with those that are fixed."""
        if not self.open[group.pod]:
            return False
        hours = self.instance.pods[group.pod].hours
        if any(self.room[i] < 1 or self.hours[i] < hours for i in group.members):
            return False
        inside = set(group.members)
        return not any(
            meet_together(self.instance, group.pod, group.slot, other.pod, other.slot)
            and not inside.isdisjoint(other.members)
            for other in (self.pool.groups[g] for g in self.fixed)
        )

    def solve(self, again: int) -> Values | None:
        """The program's columns at its optimum, after so many pricings of what is left at most."""
        values: Values | None = None
        for turn in range(again + 1):
            relaxed = self.program.solve(self.limits)
            if relaxed is None:
                return values
            values = relaxed.values
            if turn == again or self.limits.over:
                break
            if not self._price(relaxed.row_prices[: self.rows.n_prices]):
                break
        return values

    def _price(self, duals: Duals) -> int:
        """Price the open pods for the members who are left; how many groups came in."""
        prices = self.rows.prices(duals, SCALE, self.pool.least_satisfaction)
        gone = (self.room < 1) & (self.instance.room > 0)
        prices = replace(prices, member=np.where(gone, np.int64(2**40), prices.member))
        known = self.pool.best(prices)
        pods = np.flatnonzero(self.open).tolist()
        priced = self.pricer.price(prices, known, known - SCALE, pods=pods, node_limit=NODES)
        groups = [group for one in priced for group, _ in one.groups]
        self.pool.add(groups)
        before = len(self.column)
        self.take(sorted({n for group in groups if (n := self.pool.number(group)) is not None}))
        return len(self.column) - before

    def fix(self, numbers: Iterable[int]) -> None:
        """Fix groups that the program knows; what does not go with them is out."""
        for g in numbers:
            group = self.pool.groups[g]
            if not self._fits(group):
                continue
            self.program.fix(self.column[g], 1)
            self._use(g)
        kept = set(self.fixed)
        for g, at in self.column.items():
            if g not in kept and g not in self._out and not self._fits(self.pool.groups[g]):
                self.program.fix(at, 0)
                self._out.add(g)

    def _use(self, g: int) -> None:
        group = self.pool.groups[g]
        self.fixed.append(g)
        self.open[group.pod] = False
        self.room[list(group.members)] -= 1
        self.hours[list(group.members)] -= self.instance.pods[group.pod].hours

    def fix_likely(self, values: Values) -> bool:
        """Fix the groups that are whole, else the likely ones, else the likeliest; whether there was any."""
        known = len(values)  # the last pricing may have brought more
        parts = {g: float(values[at]) for g, at in self.column.items() if at < known and g not in self.fixed}
        taken = sorted((-part, g) for g, part in parts.items() if part > 1e-6)
        if not taken:
            return False
        floor = WHOLE if -taken[0][0] >= WHOLE else min(LIKELY, -taken[0][0])
        self.fix(g for value, g in taken if -value >= floor)
        return True

    def fix_rest(self, values: Values) -> None:
        """Fix whatever goes with the rest, by the program's last values and then by prices, without asking it
        again: for where time ends."""
        known = len(values)
        worth = {g: float(values[at]) if at < known else 0.0 for g, at in self.column.items()}
        by_price = nearest(self.pool, self.found.prices, len(self.column), list(self.column))
        for g in sorted(by_price, key=lambda one: -worth[one]):
            group = self.pool.groups[g]
            if g not in self.fixed and self._fits(group):
                self._use(g)
