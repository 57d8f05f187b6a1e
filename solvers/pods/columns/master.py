"""The master problem: which of the known groups run, as a linear program, whose duals are prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from solvers.engine import NO_BOUND, GrowingProgram
from solvers.limits import Limits
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Group
from solvers.pods.columns.units import IntArray
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import PodPrices

Duals = NDArray[np.float64]
"""Prices as a vector, one number per row that ties pods together; see `Rows.prices`."""


@dataclass(frozen=True)
class Rows:
    """The rows of one tier's master problem: members, hours, first seats, held tiers, broken seats, pods.

    hours, first: members with such a row. held: (tier, value) of the earlier ones. capped: whether broken
    seats are.
    """

    instance: PodsInstance
    tier: str
    held: tuple[tuple[str, int], ...]
    hours: tuple[int, ...]
    first: tuple[int, ...]

    @classmethod
    def of(cls, instance: PodsInstance, tier: str, held: Sequence[tuple[str, int]]) -> Rows:
        """The rows that a tier needs, the earlier ones held."""
        longest = sorted((pod.hours for pod in instance.pods), reverse=True)
        several = np.flatnonzero(instance.room > 1).tolist()
        counted = {tier, *(name for name, _ in held)} & {"placed", "priority"}
        return cls(
            instance,
            tier,
            tuple(held),
            tuple(i for i in several if sum(longest[: instance.room[i]]) > instance.hours_left[i]),
            tuple(several) if counted else (),
        )

    @property
    def capped(self) -> bool:
        """Whether there is a row on broken seats."""
        return self.instance.most_broken is not None

    @property
    def n_prices(self) -> int:
        """How many rows have a price."""
        fixed = self.instance.n_members + len(self.hours) + len(self.first)
        return fixed + len(self.held) + int(self.capped)

    def limits(self) -> tuple[IntArray, IntArray]:
        """least and most of each row, pods last."""
        instance = self.instance
        most = [
            *instance.room.tolist(),
            *instance.hours_left[list(self.hours)].tolist(),
            *(0 for _ in self.first),
            *(-value for _, value in self.held),
        ]
        if instance.most_broken is not None:
            most.append(instance.most_broken - len(instance.previous))
        pinned = set(instance.pinned.pod.tolist())
        runs = [int(pod.must_run or p in pinned) for p, pod in enumerate(instance.pods)]
        least = [-NO_BOUND] * len(most) + runs
        return np.array(least, np.int64), np.array([*most, *(1 for _ in runs)], np.int64)

    def prices(self, duals: Duals, scale: int, least_satisfaction: int = 0) -> PodPrices:
        """Whole-number prices near a vector of duals (in units of the tier, not 1 / scale)."""
        n, whole = self.instance.n_members, np.maximum(0, np.rint(duals * scale)).astype(np.int64)
        hours, credit = np.zeros(n, np.int64), np.zeros(n, np.int64)
        at = n + len(self.hours)
        hours[list(self.hours)] = whole[n:at]
        credit[list(self.first)] = whole[at : at + len(self.first)]
        at += len(self.first)
        held = tuple(
            (name, price, value) for (name, value), price in zip(self.held, whole[at:].tolist(), strict=False)
        )
        return PodPrices(
            tier=self.tier,
            scale=scale,
            member=whole[:n],
            hours=hours,
            credit=credit,
            held=held,
            broken=int(whole[at + len(held)]) if self.capped else 0,
            pod=np.zeros(self.instance.n_pods, np.int64),
            least_satisfaction=least_satisfaction,
        )

    def duals(self, prices: PodPrices) -> Duals:
        """The vector that `prices` makes of it."""
        held = [price for _, price, _ in prices.held]
        whole = [
            *prices.member.tolist(),
            *prices.hours[list(self.hours)].tolist(),
            *prices.credit[list(self.first)].tolist(),
            *held,
            *([prices.broken] if self.capped else []),
        ]
        return np.array(whole, np.float64) / prices.scale

    def free(self, tier: str) -> PodPrices:
        """No prices at all: what a tier counts in groups, by itself."""
        alone = Rows(self.instance, tier, (), (), ())
        return alone.prices(np.zeros(alone.n_prices), 1)


@dataclass(frozen=True)
class Column:
    """What one unknown adds to the tier, and its coefficients in rows."""

    worth: int
    rows: list[int]
    coefficients: list[int]


def first_entries(rows: Rows) -> list[Column]:
    """Whether a member with room for several pods is placed: one unknown each of `rows.first`."""
    start = rows.instance.n_members + len(rows.hours)
    held = start + len(rows.first)
    out = []
    for k, i in enumerate(rows.first):
        counts = {"placed": 1, "priority": int(rows.instance.priority[i])}
        entries = {start + k: 1}
        for t, (name, _) in enumerate(rows.held):
            entries[held + t] = -counts.get(name, 0)
        out.append(Column(counts.get(rows.tier, 0), list(entries), list(entries.values())))
    return out


class Groups(Protocol):
    """Groups by number, with what each is worth."""

    def worths(self, prices: PodPrices) -> IntArray:
        """What each group is worth once it has paid, in units of 1 / scale."""

    def group(self, number: int) -> Group:
        """One group."""


def entries_of(rows: Rows, pool: Groups, chosen: Iterable[int]) -> Iterator[Column]:
    """Whether a group of these runs: one unknown each."""
    instance, n = rows.instance, rows.instance.n_members
    worth = pool.worths(rows.free(rows.tier)).tolist()
    held = [pool.worths(rows.free(name)).tolist() for name, _ in rows.held]
    kept = pool.worths(rows.free("kept")).tolist() if rows.capped else []
    hours = {i: n + k for k, i in enumerate(rows.hours)}
    first = {i: n + len(hours) + k for k, i in enumerate(rows.first)}
    for g in chosen:
        group = pool.group(g)
        entries = dict.fromkeys(group.members, 1)
        for i in group.members:
            if i in hours:
                entries[hours[i]] = instance.pods[group.pod].hours
            if i in first:
                entries[first[i]] = -1
        for k, values in enumerate(held):
            entries[n + len(hours) + len(first) + k] = -values[g]
        if rows.capped:
            entries[rows.n_prices - 1] = -kept[g]
        entries[rows.n_prices + group.pod] = 1
        yield Column(worth[g], list(entries), list(entries.values()))


class Master:
    """The linear program over the groups of a pool."""

    def __init__(self, rows: Rows, pool: Pool) -> None:
        self.rows, self.pool = rows, pool
        self.program = GrowingProgram(*rows.limits())
        self._taken = 0
        for column in first_entries(rows):
            self.program.add(column.worth, column.rows, column.coefficients, 1)

    def solve(self, limits: Limits) -> tuple[float, Duals] | None:
        """Value and duals of the rows with prices; None where there is no optimum in time."""
        for column in entries_of(self.rows, self.pool, range(self._taken, len(self.pool))):
            self.program.add(column.worth, column.rows, column.coefficients)
        self._taken = len(self.pool)
        found = self.program.solve(limits)
        return None if found is None else (found.value, found.row_prices[: self.rows.n_prices])

    def close(self) -> None:
        """Give the solver's memory back."""
        self.program.close()
