"""From an assignment to bounds on its tiers, and to a better assignment where the groups on the way hold one.

Tier after tier, the earlier ones held at their values: bound by column generation, choose among the groups it
found, and where value and bound do not meet, list every group that an answer above the value could hold and
search for the best choice among these. The assignment is never lost: only a clean, better one takes its
place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from solvers.engine import Found
from solvers.limits import Limits
from solvers.pods.check.audit import check
from solvers.pods.check.bound import PRICED
from solvers.pods.check.floors import MOST_POINTS
from solvers.pods.check.score import tier_values
from solvers.pods.columns.bounding import SCALE, Bounded, bound_tier
from solvers.pods.columns.branching import Tree
from solvers.pods.columns.choosing import assignment_of, choose
from solvers.pods.columns.diving import dive, nearest
from solvers.pods.columns.floors import Floor, bound_floor
from solvers.pods.columns.improving import Improver
from solvers.pods.columns.listing import Listing, list_groups
from solvers.pods.columns.master import Rows
from solvers.pods.columns.pool import Pool, groups_in
from solvers.pods.columns.pricing import Group, Pricer
from solvers.pods.columns.worthy import WorthyPricer
from solvers.pods.instance import PodsInstance
from solvers.pods.solution import Assignment, PodPrices
from solvers.result import TierValue, sort_key

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

FIRST_GAP = 200
"""The first try lists the groups of answers that fall short of the bound by one such part of it at most."""

MOST_LISTED = 1_000_000
"""Groups that are listed at most to settle a tier, or to lower its bound."""

SEARCHED = 2_000_000
"""Nodes of a pod's search for them at most."""


CHOSEN = 4_000
"""Groups that are chosen among at once, at most."""

CHOICE_SECONDS = 5.0
"""Of that choice, at most: where it takes longer, parts of an answer bring more."""

TURN = 3.0
"""Seconds that the search of the listed groups and the one around the answer take in turn at first; twice as
many each time."""

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
        for share in (TRIAL, 0.5, 0.5):
            precision = 0.0 if found is not None and found.is_near(ROUGH) else ROUGH
            found = bound_tier(
                rows,
                self.pool,
                self.pricer,
                self._value(at),
                _part(limits, share),
                precision=precision,
                before=found,
            )
            if found is None:
                return
            self.prices[name] = replace(found.prices, least_points=self.pool.least_points)
            self.bounds[name] = min(found.bound, self.bounds.get(name, found.bound))
            gap = found.bound - self._value(at)
            if gap <= 0 or (not found.exact and gap > HOPELESS * max(1, abs(found.bound))):
                return
            if not found.is_near(ROUGH):
                continue
            if share == TRIAL and not found.converged:
                self._dive(at, rows, found, _part(limits, share))
                continue
            part = limits if found.converged else _part(limits, share)
            if self._settled(at, rows, found, part) or found.converged:
                return

    def _settled(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> bool:
        """Look for a better assignment with the groups and prices of the bound; whether that settled the
        tier."""
        self._dive(at, rows, found, _part(limits, 0.5))
        if self._value(at) >= found.bound:
            return True
        soon = replace(limits, seconds=limits.elapsed + min(CHOICE_SECONDS, 0.05 * limits.left))
        self._choose(at, rows, nearest(self.pool, found.prices, CHOSEN), soon, found.bound)
        improver = Improver(rows, self.pool, self.pricer, found, self.limits.seed)
        tree: Tree | None = None
        seconds, refused = TURN, -1
        while self._value(at) < self.bounds[rows.tier] and not limits.over:
            value = self._value(at)
            turn = replace(limits, seconds=min(limits.seconds, limits.elapsed + seconds))
            self._improve(at, rows, improver, found, turn)
            if refused != self._value(at) and (tree is None or (tree.done and tree.partial)):
                better = self._tree(at, rows, found, tree, limits)
                refused = self._value(at) if better is None else -1
                if tree is not None and better is not None:
                    tree.close()
                tree = better or tree
            if tree is not None:
                self._search(at, rows, tree, limits, seconds)
            if (tree is None or tree.done) and improver.failures >= PATIENCE and value == self._value(at):
                break
            seconds *= 2
        if tree is not None:
            tree.close()
        return self._value(at) >= self.bounds[rows.tier]

    def _dive(self, at: int, rows: Rows, found: Bounded, limits: Limits) -> None:
        """Look for a better assignment by fixing groups of the linear program one after another."""
        start = groups_in(self.instance, self.assignment)
        self._keep(assignment_of(self.instance, dive(rows, self.pool, self.pricer, found, start, limits)))
        limits.tell("columns", tier=rows.tier, value=self._value(at), bound=found.bound)

    def _improve(self, at: int, rows: Rows, improver: Improver, found: Bounded, limits: Limits) -> None:
        """Look for a better assignment around this one."""
        bound = self.bounds[rows.tier]
        while not limits.over and self._value(at) < bound and improver.failures < PATIENCE:
            groups = improver.look(groups_in(self.instance, self.assignment), limits)
            self._keep(assignment_of(self.instance, groups))
            limits.tell("columns", tier=rows.tier, value=self._value(at), bound=bound)

    def _choose(self, at: int, rows: Rows, chosen: Iterable[int], limits: Limits, bound: int) -> Found:
        """Look for a better assignment among known groups."""
        start = groups_in(self.instance, self.assignment)
        found, groups = choose(rows, self.pool, list(chosen), start, limits, bound)
        if groups:
            self._keep(assignment_of(self.instance, groups))
        limits.tell("columns", tier=rows.tier, value=self._value(at), bound=self.bounds.get(rows.tier))
        return found

    def _clean(self, groups: Sequence[Group]) -> bool:
        """Whether groups keep every rule."""
        other = assignment_of(self.instance, groups)
        return not check(self.instance, other.seats, other.slot)

    def _keep(self, other: Assignment) -> None:
        """Take a clean assignment that is better."""
        mine = sort_key(self.values)
        if sort_key(tier_values(self.instance, other.seats, other.slot)) > mine and not check(
            self.instance, other.seats, other.slot
        ):
            self.assignment = other

    def _tree(self, at: int, rows: Rows, found: Bounded, old: Tree | None, limits: Limits) -> Tree | None:
        """A search among every group that an answer above the value can hold, or where these are too many,
        among those of answers that fall less short of the bound; None where `old` has as many, or time ends.
        """
        before = [self.prices[name] for name, _ in rows.held if name in self.prices]
        full = found.total - SCALE * (self._value(at) + 1)
        least = 0 if old is None else old.gap
        gap = max(1, found.total // FIRST_GAP) if old is None else 2 * least
        best: tuple[Listing, int] | None = None
        while not limits.over:
            gap = min(gap, full)
            listing = list_groups(
                rows, self.pool, self.pricer, found, before, gap, limits, MOST_LISTED, SEARCHED
            )
            if listing is not None:
                best = listing, gap
                if gap == full or 4 * len(listing) > MOST_LISTED:
                    break
                gap *= 2
            elif best is not None or gap // 2 <= least:
                break
            else:
                gap //= 2
        if best is None:
            return None
        return Tree(rows, best[0], found, best[1], self._value(at), self._clean)

    def _search(self, at: int, rows: Rows, tree: Tree, limits: Limits, seconds: float) -> None:
        """Go on with a search: for a better assignment, and a closer bound."""
        tree.run(self._value(at), limits, seconds)
        if tree.groups:
            self.pool.add(tree.groups)
            self._keep(assignment_of(self.instance, tree.groups))
        name, bound = rows.tier, max(tree.bound, self._value(at))
        if bound < self.bounds[name]:
            self.bounds[name] = bound
            if name not in self.searched:
                self.searched.append(name)


def _part(limits: Limits, share: float) -> Limits:
    """So much of the time left."""
    return replace(limits, seconds=limits.elapsed + share * limits.left)
