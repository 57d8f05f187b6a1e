"""Bounds on the tiers that are floors: the lowest satisfaction of a new seat, the points of the weakest pod.

A floor restricts groups to those that reach it. Where column generation over these proves that one of the
earlier tiers falls short of the value it is held at, no answer reaches that level, nor any above it; the
prices say so without the solver (`check.floors`). The nearest level is tried first, then steps that double,
then what lies between. What prices leave open is searched for an answer that reaches it; where every group
that such an answer could hold is listed, and no choice among them is one, the level is out as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from solvers.limits import Limits
from solvers.pods.check.floors import levels_of
from solvers.pods.columns.bounding import SCALE, Bounded, bound_tier
from solvers.pods.columns.choosing import assignment_of, choose
from solvers.pods.columns.diving import dive, nearest
from solvers.pods.columns.master import Master, Rows
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Group
from solvers.pods.columns.worthy import NO_GROUP, WorthyPricer
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import Assignment, PodPrices
from solvers.result import Status

MOST_LISTED = 20_000
SEARCHED = 1_000_000
"""Groups that are listed at most to settle a level, and nodes of a pod's search for them."""

CHOSEN, CHOICE_SECONDS = 4_000, 5.0
"""Groups that are chosen among before that, and seconds for it, at most."""

SHARE = 0.25
"""Part of the time left that one level may take."""


class Verdict(Enum):
    """Whether answers that keep the earlier tiers reach a level."""

    REACHED = "reached"
    OUT = "out"
    OPEN = "open"


@dataclass(frozen=True)
class Floor:
    """One floor to be raised, and the tiers before it: names and values of the sums, and the satisfaction
    that new seats reach where `lowest` is one of them. name: "lowest" or "weakest"."""

    name: str
    held: tuple[tuple[str, int], ...]
    satisfaction: int = 0

    def reach(self, level: int) -> tuple[int, int | None]:
        """What the groups of an answer at this level reach: satisfaction of new seats, points of a pod."""
        return (level, None) if self.name == "lowest" else (self.satisfaction, level)


@dataclass(frozen=True)
class Floored:
    """What no answer passes that keeps the earlier tiers (None: not known); the prices that say so or, where
    `searched`, bound it less closely."""

    bound: int | None
    prices: PodPrices | None = None
    searched: bool = False


Offer = Callable[[Assignment], int]
"""Takes an assignment that could be better, and returns the value of the floor reached so far."""


def bound_floor(
    instance: PodsInstance, floor: Floor, value: int, known: Iterable[Group], offer: Offer, limits: Limits
) -> Floored:
    """Bound a floor that has reached `value`, and look for answers that reach more: these are offered.

    known: groups worth knowing from the beginning."""
    levels, groups = levels_of(instance, floor.name, value), list(known)

    def level(at: int) -> _Level:
        time = replace(limits, seconds=limits.elapsed + SHARE * limits.left)
        return _Level(instance, floor, levels[at], groups, time)

    low, step, top, prices = 0, 1, len(levels), None
    while low < top and not limits.over:
        at = min(low + step - 1, len(levels) - 1) if prices is None else (low + top) // 2
        with level(at) as tried:
            if tried.price() is Verdict.OUT:
                top, prices = at, tried.proof
            else:
                low, step = at + 1, 2 * step
    if prices is None:
        return Floored(None)
    reached, searched, open_ = value, False, top
    while not limits.over:
        start = sum(one <= reached for one in levels) if isinstance(levels, list) else reached - value
        if start >= open_:
            break
        at = (start + open_) // 2
        with level(at) as tried:
            verdict = tried.search(offer)
        if verdict is Verdict.REACHED:
            reached = max(levels[at], tried.reached)
        else:
            open_ = at
            if verdict is Verdict.OUT:
                top, searched = at, True
    return Floored(max(reached, levels[top - 1] if top else value), prices, searched)


class _Level:
    """One level of a floor, to be used as a context: the groups that reach it, and what prices them."""

    def __init__(
        self, instance: PodsInstance, floor: Floor, level: int, known: Sequence[Group], limits: Limits
    ) -> None:
        self.instance, self.floor, self.level, self.limits = instance, floor, level, limits
        self.satisfaction, self.points = floor.reach(level)
        self.pool = Pool(instance, self.satisfaction, self.points)
        self.pool.add(known)
        self.pricer = WorthyPricer(instance, limits.workers, self.satisfaction, self.points)
        self.proof: PodPrices | None = None
        self.reached = 0
        self._last: tuple[Rows, Bounded, int] | None = None

    def __enter__(self) -> _Level:
        return self

    def __exit__(self, *_: object) -> None:
        self.pricer.close()

    def price(self) -> Verdict:
        """Whether prices prove that no answer is at the level: `proof`, then."""
        if self._lacks_a_pod():
            return Verdict.OUT
        for k, (tier, value) in enumerate(self.floor.held):
            if value <= 0:  # nothing falls short of that
                continue
            rows = Rows.of(self.instance, tier, self.floor.held[:k])
            master = _Forgiving(rows, self.pool, 10 * (1 + value))
            found = bound_tier(rows, self.pool, self.pricer, value - 1, self.limits, master=master)
            if found is None:
                return Verdict.OPEN
            if found.bound < value:
                self.proof = replace(found.prices, least_points=self.points)
                return Verdict.OUT
            self._last = rows, found, value
            if not found.converged:
                return Verdict.OPEN
        return Verdict.OPEN

    def _lacks_a_pod(self) -> bool:
        """Whether a pod that must run has no group at the level."""
        if not self.floor.held or not any(map(self.pricer.must_run, range(self.instance.n_pods))):
            return False
        rows = Rows.of(self.instance, self.floor.held[0][0], ())
        prices = rows.prices(np.zeros(rows.n_prices), SCALE, self.satisfaction)
        known = self.pool.best(prices)
        numbers = [one.bound for one in self.pricer.price(prices, known, known)]
        if NO_GROUP not in numbers:
            return False
        self.proof = replace(prices, pod=np.array(numbers, np.int64), least_points=self.points)
        return True

    def search(self, offer: Offer) -> Verdict:
        """Look for an answer at the level: among groups of a dive, then among known ones, then among all that
        it could hold."""
        if self.price() is Verdict.OUT:
            return Verdict.OUT
        if self._last is None or self.limits.over:
            return Verdict.OPEN
        rows, found, value = self._last
        if self._offered(offer, dive(rows, self.pool, self.pricer, found, (), self._part(0.3))):
            return Verdict.REACHED
        few = nearest(self.pool, found.prices, CHOSEN)
        soon = self._part(0.3)
        soon = replace(soon, seconds=min(soon.seconds, self.limits.elapsed + CHOICE_SECONDS))
        _, groups = choose(rows, self.pool, few, (), soon, found.bound)
        if self._offered(offer, groups):
            return Verdict.REACHED
        every = self._all_worth(found, value)
        if every is None:
            return Verdict.OPEN
        chosen, groups = choose(rows, self.pool, every, (), self.limits, found.bound)
        if self._offered(offer, groups):
            return Verdict.REACHED
        none = chosen.status is Status.INFEASIBLE or (chosen.bound is not None and chosen.bound < value)
        return Verdict.OUT if none else Verdict.OPEN

    def _offered(self, offer: Offer, groups: Sequence[Group]) -> bool:
        if groups:
            self.reached = offer(assignment_of(self.instance, groups))
        return self.reached >= self.level

    def _part(self, share: float) -> Limits:
        return replace(self.limits, seconds=self.limits.elapsed + share * self.limits.left)

    def _all_worth(self, found: Bounded, value: int) -> list[int] | None:
        """Numbers of all groups that an answer at the level can hold; None where they are too many."""
        # Such an answer falls short of the bound by at most `gap`, and so does each of its groups by itself.
        gap = found.total - SCALE * value
        floor = found.prices.pod - gap - 1
        listed: list[Group] = []
        for p in range(self.instance.n_pods):
            if self.limits.over:
                return None
            (priced,) = self.pricer.price(
                found.prices, floor, floor, pods=[p], whole=True, listed=MOST_LISTED, node_limit=SEARCHED
            )
            listed += [group for group, _ in priced.groups]
            if not priced.complete or len(listed) > MOST_LISTED:
                return None
        self.pool.add(listed)
        return sorted({n for group in listed if (n := self.pool.number(group)) is not None})


class _Forgiving(Master):
    """A master problem in which held tiers may be missed and pods that must run left out, at a high price:
    under a floor there may be no answer, and prices must say so."""

    def __init__(self, rows: Rows, pool: Pool, dear: int) -> None:
        super().__init__(rows, pool)
        least, _ = rows.limits()
        first = rows.instance.n_members + len(rows.hours) + len(rows.first)
        for at in range(first, rows.n_prices):
            self.program.add(-dear, [at], [-1])
        for p in np.flatnonzero(least[rows.n_prices :] > 0).tolist():
            self.program.add(-dear, [rows.n_prices + p], [1])
