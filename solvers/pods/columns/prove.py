"""From an assignment to bounds on its tiers, and to a better assignment where the groups on the way hold one.

Tier after tier, the earlier ones held at their values: bound by column generation, choose among the groups it
found, and where value and bound do not meet, list every group that an answer above the value could hold and
choose among these, which settles the tier. The assignment is never lost: only a clean, better one takes its
place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from solvers.engine import Found
from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.bound import PRICED
from solvers.pods.check.floors import MOST_POINTS
from solvers.pods.check.score import tier_values
from solvers.pods.columns.bounding import SCALE, Bounded, bound_tier
from solvers.pods.columns.choosing import assignment_of, choose
from solvers.pods.columns.diving import dive, nearest
from solvers.pods.columns.floors import Floor, bound_floor
from solvers.pods.columns.improving import Improver
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool, groups_in
from solvers.pods.columns.pricing import Group, Pricer
from solvers.pods.columns.worthy import WorthyPricer
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import Assignment, PodPrices
from solvers.result import Status, TierValue, sort_key

SHARE, FLOOR_SHARE = 0.3, 0.5
"""Part of the time left that a tier before the last one may take: a sum, and a floor with all its levels."""

ROUGH = 2e-4
"""So near the linear program's value, in parts of it, a bound is good enough to choose among groups first."""

TRIAL = 0.15
"""Part of the time of a tier after which its bound must be within `HOPELESS` of the value, in parts of it, if
the searches of pods do not even come to their ends."""

HOPELESS = 0.1

MOST_SEATS = 3_000_000
"""With more eligible seats, or ten times as many in all slots, the tables of the pricing are too large."""

MOST_LISTED = 40_000
"""Groups that are listed at most to settle a tier."""

SEARCHED = 2_000_000
"""Nodes of a pod's search for them at most."""


CHOSEN = 4_000
"""Groups that are chosen among at once, at most."""

CHOICE_SECONDS = 5.0
"""Of that choice, at most: where it takes longer, parts of an answer bring more."""

PATIENCE = 60
"""Neighbourhoods in a row that bring nothing, after which no more are looked at."""


@dataclass(frozen=True)
class Proof:
    """The best assignment known, and per tier what no answer passes that keeps the tiers before at
    its values.

    prices: what the bounds rest on, a tier each. searched: tiers whose bound is lower than their prices say,
    because all groups that an answer above it could hold were searched. floor_prices: what the bounds of
    floors rest on (`check.floors`).
    """

    assignment: Assignment
    bounds: dict[str, int]
    prices: tuple[PodPrices, ...]
    searched: tuple[str, ...] = ()
    floor_prices: tuple[PodPrices, ...] = ()


def prove(
    instance: PodsInstance,
    assignment: Assignment,
    limits: Limits,
    known: Mapping[str, int] | None = None,
    seen: Iterable[Assignment] = (),
) -> Proof:
    """Bound the tiers of a clean assignment, by as much of the time as brings something: a tier that stays
    far from its bound after a first try is left. known: bounds of tiers that hold whatever the others reach.
    seen: further assignments whose groups are worth knowing."""
    seats = int(instance.eligible.sum())
    slots = max((rhythm.n_slots for rhythm in instance.rhythms), default=1)
    if seats > MOST_SEATS or seats * slots > 10 * MOST_SEATS:
        return Proof(assignment, {}, ())
    prover = _Prover(instance, assignment, limits, dict(known or {}))
    for other in seen:
        prover.pool.add(groups_in(instance, other))
    try:
        prover.run()
    finally:
        prover.pricer.close()
    return prover.proof()


class _Prover:
    def __init__(
        self, instance: PodsInstance, assignment: Assignment, limits: Limits, known: dict[str, int]
    ) -> None:
        self.instance, self.limits, self.known = instance, limits, known
        self.assignment = assignment
        self.pool = Pool(instance)
        self.pool.add(groups_in(instance, assignment))
        self.pricer: Pricer = Pricer(instance, limits.workers)
        self.bounds: dict[str, int] = {}
        self.prices: dict[str, PodPrices] = {}
        self.floor_prices: list[PodPrices] = []
        self.searched: list[str] = []

    def proof(self) -> Proof:
        return Proof(
            self.assignment,
            self.bounds,
            tuple(self.prices.values()),
            tuple(self.searched),
            tuple(self.floor_prices),
        )

    @property
    def values(self) -> list[TierValue]:
        return tier_values(self.instance, self.assignment.seats, self.assignment.slot)

    def run(self) -> None:
        held: list[tuple[str, int]] = []
        names = [tier.name for tier in self.values]
        for at, name in enumerate(names):
            if self.limits.over:
                return
            if name not in PRICED:
                self._floor(at, held)
                self._restrict(name, self.values[at].value)
            else:
                last = at == len(names) - 1
                share = self.limits.left * (1.0 if last else SHARE)
                self._tier(at, held, replace(self.limits, seconds=self.limits.elapsed + share))
                value = self._value(at)
                held.append((name, value))

    def _floor(self, at: int, held: list[tuple[str, int]]) -> None:
        """Bound a floor, and raise it where that goes."""
        name, _, value = self.values[at]
        if value is None:  # nobody counts towards it: no answer does better
            return

        def offer(other: Assignment) -> int:
            self._keep(other)
            now = self.values[at].value
            return MOST_POINTS if now is None else now

        time = replace(self.limits, seconds=self.limits.elapsed + FLOOR_SHARE * self.limits.left)
        floor = Floor(name, tuple(held), self.pool.least_satisfaction)
        groups = [*groups_in(self.instance, self.assignment), *self.pool.groups]
        found = bound_floor(self.instance, floor, value, groups, offer, time)
        if found.bound is not None and self.values[at].value is not None:
            self.bounds[name] = found.bound
            self.searched += [name] if found.searched else []
            self.floor_prices += [found.prices] if found.prices is not None else []

    def _restrict(self, name: str, value: int | None) -> None:
        """Go on with the groups that reach a floor only."""
        if value is None:
            return
        old, self.pool = self.pool, Pool(
            self.instance,
            value if name == "lowest" else self.pool.least_satisfaction,
            value if name == "weakest" else self.pool.least_points,
        )  # fmt: skip
        self.pool.add((*groups_in(self.instance, self.assignment), *old.groups))
        self.pricer.close()
        self.pricer = WorthyPricer(
            self.instance, self.limits.workers, self.pool.least_satisfaction, self.pool.least_points
        )

    def _value(self, at: int) -> int:
        value = self.values[at].value
        assert value is not None  # a tier that is a sum has a value always
        return value

    def _tier(self, at: int, held: list[tuple[str, int]], limits: Limits) -> None:
        """Bound one tier, the earlier ones held, and look for a better assignment where they do not meet."""
        name = self.values[at].name
        if self.known.get(name) == self._value(at):
            self.bounds[name] = self._value(at)
            return
        rows = Rows.of(self.instance, name, held)
        found: Bounded | None = None
        for share, precision in ((TRIAL, ROUGH), (0.5, ROUGH), (0.5, 0.0)):
            part = replace(limits, seconds=limits.elapsed + limits.left * share)
            found = bound_tier(
                rows, self.pool, self.pricer, self._value(at), part, precision=precision, before=found
            )
            if found is None:
                return
            self.prices[name] = replace(found.prices, least_points=self.pool.least_points)
            self.bounds[name] = found.bound
            gap = found.bound - self._value(at)
            if gap <= 0 or (not found.exact and gap > HOPELESS * max(1, abs(found.bound))):
                return
            if not found.is_near(precision):
                continue
            if found.converged:
                part = limits
            if self._settled(at, rows, found, part) or found.converged:
                return

    def _settled(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> bool:
        """Look for a better assignment with the groups and prices of the bound; whether that settled the
        tier."""

        def part(share: float) -> Limits:
            return replace(limits, seconds=limits.elapsed + share * limits.left)

        self._dive(at, rows, found, part(0.5))
        if self._value(at) >= found.bound:
            return True
        soon = replace(limits, seconds=limits.elapsed + min(CHOICE_SECONDS, 0.25 * limits.left))
        self._choose(at, rows, nearest(self.pool, found.prices, CHOSEN), soon, found.bound)
        if self._value(at) >= found.bound or self._search(at, rows, found, part(0.8)):
            return True
        before = self._value(at)
        self._improve(at, rows, found, part(1.0))
        if self._value(at) >= found.bound:
            return True
        return self._value(at) > before and self._search(at, rows, found, part(1.0))

    def _dive(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> None:
        """Look for a better assignment by fixing groups of the linear program one after another."""
        start = groups_in(self.instance, self.assignment)
        self._keep(assignment_of(self.instance, dive(rows, self.pool, self.pricer, found, start, limits)))
        limits.tell("columns", tier=rows.tier, value=self._value(at), bound=found.bound)

    def _improve(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> None:
        """Look for a better assignment around this one."""
        improver = Improver(rows, self.pool, self.pricer, found, self.limits.seed)
        while not limits.over and self._value(at) < found.bound and improver.failures < PATIENCE:
            groups = improver.look(groups_in(self.instance, self.assignment), limits)
            self._keep(assignment_of(self.instance, groups))
            limits.tell("columns", tier=rows.tier, value=self._value(at), bound=found.bound)

    def _choose(self, at: int, rows: Rows, chosen: Iterable[int], limits: Limits, bound: int) -> Found:
        """Look for a better assignment among known groups."""
        start = groups_in(self.instance, self.assignment)
        found, groups = choose(rows, self.pool, list(chosen), start, limits, bound)
        if groups:
            self._keep(assignment_of(self.instance, groups))
        limits.tell("columns", tier=rows.tier, value=self._value(at), bound=self.bounds.get(rows.tier))
        return found

    def _keep(self, other: Assignment) -> None:
        """Take a clean assignment that is better."""
        mine = sort_key(self.values)
        if sort_key(tier_values(self.instance, other.seats, other.slot)) > mine and not check(
            self.instance, other.seats, other.slot
        ):
            self.assignment = other

    def _search(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> bool:
        """List every group that an answer above the value can hold, and choose among these; whether that
        settled the tier."""
        prices = found.prices
        # Such an answer falls short of the bound by at most `gap`, and so does each of its groups by itself.
        gap = found.total - SCALE * (self._value(at) + 1)
        floor = prices.pod - gap - 1
        listed: list[Group] = []
        for p in range(self.instance.n_pods):
            if limits.over:
                return False
            (priced,) = self.pricer.price(
                prices, floor, floor, pods=[p], whole=True, listed=MOST_LISTED, node_limit=SEARCHED
            )
            listed += [group for group, _ in priced.groups]
            if not priced.complete or len(listed) > MOST_LISTED:
                return False
        start = groups_in(self.instance, self.assignment)
        self.pool.add(listed)
        numbers = [n for group in (*listed, *start) if (n := self.pool.number(group)) is not None]
        chosen = self._choose(at, rows, np.unique(numbers).tolist(), limits, found.bound)
        if chosen.bound is None:
            return False
        name = self.values[at].name
        if chosen.bound < self.bounds[name]:
            self.bounds[name] = max(chosen.bound, self._value(at))
            self.searched.append(name)
        return chosen.status is Status.OPTIMAL
