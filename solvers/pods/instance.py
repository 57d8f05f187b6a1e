"""The pods instance: complete, checked and frozen before any model exists. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from solvers.faults import require, within

Index = NDArray[np.int32]
Flags = NDArray[np.bool_]
Pairs = NDArray[np.int32]
"""Shape (rows, 2): two numbers a row."""

MAX_SIZE = 200
MAX_WORTH = 1_000_000_000
"""No single number of points is beyond it, in either direction."""

WEEK_MINUTES = 7 * 24 * 60


class Order(StrEnum):
    """The named orders of tiers; `check.score` says which tiers each has."""

    WELFARE = "welfare"
    FLOOR = "floor"


@dataclass(frozen=True)
class Need:
    """Members with one ability that a pod needs.

    ability: column of `able`. worth: points for the first, the second, ... such member, never rising;
    further ones bring nothing. least: how many there must be (a hard rule).
    """

    ability: int
    worth: tuple[int, ...]
    least: int = 0


@dataclass(frozen=True)
class Pod:
    """One group that may run, with the rules on who is in it.

    least..most: size when it runs. must_run: it has to. priority: 0..1000, weight of running.
    least_organizations: at least so many. most_share: at most so many percent of its members from one.
    sponsor: organization number, -1 for none; presence: its people must, must not or may be in it.
    languages: language numbers, one of which all members speak; none given: no such rule.
    rhythm: number of its rhythm, -1 when it needs no meeting time. slot: the one it must meet in, -1 for any.
    quorum: percent of its members (rounded up) who can come to every session.
    hours: what it takes of each member's budget.
    """

    least: int
    most: int
    must_run: bool = False
    priority: int = 0
    least_organizations: int = 1
    most_share: int = 100
    sponsor: int = -1
    presence: Literal["any", "present", "absent"] = "any"
    needs: tuple[Need, ...] = ()
    languages: tuple[int, ...] = ()
    rhythm: int = -1
    slot: int = -1
    quorum: int = 100
    hours: int = 0


@dataclass(frozen=True)
class Rhythm:
    """Weekly slots of one length and cadence, and who can come to them. Shapes (n, slots) and (slots,).

    always: to every session. half: to at least half of them (so always implies half).
    ease: points that the member adds to a pod that meets then.
    start: minutes after Monday 00:00 of the instance's week, 0..10079, rising. minutes: length of a session.
    """

    always: Flags
    half: Flags
    ease: NDArray[np.int16]
    start: Index
    minutes: int

    @property
    def n_slots(self) -> int:
        """Number of slots."""
        return len(self.start)


@dataclass(frozen=True)
class PairTerms:
    """Points for two members who are in one pod, in rows by member: symmetric, no entry twice, none (i, i).

    start (n + 1,): member i's entries are start[i]..start[i + 1]; other, value (entries,): others rise in a
    row.
    """

    start: NDArray[np.int64]
    other: Index
    value: Index

    @classmethod
    def of(cls, n: int, pairs: Pairs, value: Index) -> PairTerms:
        """From pairs (rows, 2), each once in either direction, with one value a row."""
        one = np.concatenate([pairs[:, 0], pairs[:, 1]])
        other = np.concatenate([pairs[:, 1], pairs[:, 0]])
        both = np.concatenate([value, value]).astype(np.int32)
        order = np.lexsort((other, one))
        start = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(one, minlength=n), out=start[1:])
        return cls(start, other[order].astype(np.int32), both[order])


@dataclass(frozen=True)
class Seats:
    """Who is in which pod: member and pod numbers, one row a seat."""

    member: Index
    pod: Index

    def __len__(self) -> int:
        return len(self.member)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int]]) -> Seats:
        """From (member, pod) rows."""
        table = np.array(rows, np.int32).reshape(-1, 2)
        return cls(table[:, 0].copy(), table[:, 1].copy())

    def rows(self) -> list[tuple[int, int]]:
        """(member, pod) of each seat, as plain numbers."""
        return list(zip(self.member.tolist(), self.pod.tolist(), strict=True))


@dataclass(frozen=True)
class PodsInstance:
    """What to solve. n members, P pods, organizations, abilities and languages numbered from 0.

    points (n, P): points of a seat. eligible (n, P): who may sit where.
    satisfaction (n, P): how far a seat meets the member's wishes, 0..1000, for the order floor; may be None.
    capacity (n,): pods at most. budget (n,): hours at most, in the unit of `Pod.hours`.
    organization (n,). newcomer, veteran (n,): flags. priority (n,): 0..1000, weight of being placed.
    able (n, abilities), speaks (n, languages): flags.
    rivals: organizations that never share a pod. apart: members who never do. together: members who are in
    the same pods, always.
    organization_worth: points for a pod's first, second, ... organization, never rising.
    most_newcomers: percent of a pod's members; veteran_each: a pod has as many veterans as newcomers.
    pinned: seats that must be in the answer. A pin sets aside, for its member, eligibility, language, half
    attendance, capacity and budget.
    previous: seats worth keeping (avoidable breaks only), every one eligible, none pinned.
    changes: "tier" puts kept seats before points, "bonus" adds `bonus` points to each, "off" neither.
    most_broken: how many of `previous` may be dropped.
    """

    member_ids: Sequence[str]
    pod_ids: Sequence[str]
    organization_ids: Sequence[str]
    pods: tuple[Pod, ...]
    points: Index
    eligible: Flags
    organization: Index
    capacity: Index
    budget: Index
    newcomer: Flags
    veteran: Flags
    priority: Index
    able: Flags
    speaks: Flags
    pair_terms: PairTerms
    rivals: Pairs
    apart: Pairs
    together: Pairs
    pinned: Seats
    previous: Seats
    rhythms: tuple[Rhythm, ...] = ()
    satisfaction: NDArray[np.int16] | None = None
    organization_worth: tuple[int, ...] = ()
    most_newcomers: int = 100
    veteran_each: bool = False
    order: Order = Order.WELFARE
    changes: Literal["tier", "bonus", "off"] = "tier"
    bonus: int = 0
    most_broken: int | None = None

    @property
    def n_members(self) -> int:
        """Number of members."""
        return len(self.member_ids)

    @property
    def n_pods(self) -> int:
        """Number of pods that may run."""
        return len(self.pod_ids)

    @property
    def n_organizations(self) -> int:
        """Number of organizations."""
        return len(self.organization_ids)

    @cached_property
    def room(self) -> Index:
        """Pods at most per member, shape (n,): the capacity, or the pins where these are more."""
        pins = np.bincount(self.pinned.member, minlength=self.n_members)
        return np.maximum(self.capacity, pins).astype(np.int32)

    @cached_property
    def hours_left(self) -> Index:
        """Hours at most per member, shape (n,): the budget, or what the pins take where that is more."""
        hours = np.array([pod.hours for pod in self.pods], np.int64)
        taken = np.zeros(self.n_members, np.int64)
        np.add.at(taken, self.pinned.member, hours[self.pinned.pod])
        return np.maximum(self.budget, taken).astype(np.int32)

    @cached_property
    def rivals_of(self) -> dict[int, set[int]]:
        """Per organization that has any: those it never shares a pod with."""
        return _partners(self.rivals)

    @cached_property
    def apart_from(self) -> dict[int, set[int]]:
        """Per member who has any: those who never are in the same pod."""
        return _partners(self.apart)

    @cached_property
    def together_with(self) -> dict[int, set[int]]:
        """Per member who has any: those who are in the same pods."""
        return _partners(self.together)

    def __post_init__(self) -> None:
        n, count, orgs = self.n_members, self.n_pods, self.n_organizations
        require("pods", len(self.pods) == count, f"has {len(self.pods)} entries, needs {count}")
        for name, array, shape in (
            ("points", self.points, (n, count)),
            ("eligible", self.eligible, (n, count)),
            ("newcomer", self.newcomer, (n,)),
            ("veteran", self.veteran, (n,)),
            ("able", self.able, (n, self.able.shape[-1])),
            ("speaks", self.speaks, (n, self.speaks.shape[-1])),
        ):
            require(name, array.shape == shape, f"has shape {array.shape}, needs {shape}")
        for name, index, low, high in (
            ("organization", self.organization, 0, orgs - 1),
            ("capacity", self.capacity, 0, MAX_SIZE),
            ("budget", self.budget, 0, 1_000_000),
            ("priority", self.priority, 0, 1000),
        ):
            require(name, index.shape == (n,), f"has shape {index.shape}, needs {(n,)}")
            within(name, index, low, high)
        within("points", self.points, -MAX_WORTH, MAX_WORTH)
        if self.satisfaction is not None:
            require("satisfaction", self.satisfaction.shape == (n, count), f"needs shape {(n, count)}")
            within("satisfaction", self.satisfaction, 0, 1000)
        _falling("organization_worth", self.organization_worth)
        require("most_newcomers", 0 <= self.most_newcomers <= 100, "must lie in 0..100")
        require("bonus", 0 <= self.bonus <= MAX_WORTH, f"must lie in 0..{MAX_WORTH}")
        require("most_broken", self.most_broken is None or self.most_broken >= 0, "must not be negative")
        self._check_terms(n)
        for name, pairs, size in (("rivals", self.rivals, orgs), ("apart", self.apart, n)):
            _check_pairs(name, pairs, size)
        _check_pairs("together", self.together, n)
        self._check_seats(n, count)
        for p, (name, pod) in enumerate(zip(self.pod_ids, self.pods, strict=True)):
            self._check_pod(f"pods[{p}] {name!r}", pod)
        for r, rhythm in enumerate(self.rhythms):
            self._check_rhythm(f"rhythms[{r}]", rhythm)

    def _check_terms(self, n: int) -> None:
        terms = self.pair_terms
        good = len(terms.start) == n + 1 and len(terms.other) == len(terms.value) == terms.start[-1]
        require("pair_terms", bool(good), "has ragged columns")
        within("pair_terms", terms.other, 0, n - 1)
        within("pair_terms", terms.value, -MAX_WORTH, MAX_WORTH)
        one = np.repeat(np.arange(n, dtype=np.int64), np.diff(terms.start))
        keys = one * max(1, n) + terms.other
        require("pair_terms", bool((np.diff(keys) > 0).all()), "names a pair twice, or is out of order")
        require("pair_terms", not (one == terms.other).any(), "pairs a member with themselves")
        mirrored = np.lexsort((one, terms.other))
        same = (terms.other[mirrored] == one).all() and (one[mirrored] == terms.other).all()
        same = same and (terms.value[mirrored] == terms.value).all()
        require("pair_terms", bool(same), "is not symmetric")

    def _check_seats(self, n: int, count: int) -> None:
        taken = np.zeros(0, np.int64)
        for name, seats in (("pinned", self.pinned), ("previous", self.previous)):
            require(name, len(seats.member) == len(seats.pod), "has ragged columns")
            within(name, seats.member, 0, n - 1)
            within(name, seats.pod, 0, count - 1)
            keys = seats.member.astype(np.int64) * max(1, count) + seats.pod
            require(name, len(np.unique(keys)) == len(keys), "names a seat twice")
            require(name, not np.isin(keys, taken).any(), "repeats pinned seats")
            taken = keys
        fine = self.eligible[self.previous.member, self.previous.pod].all()
        require("previous", bool(fine), "names seats that are not eligible")

    def _check_pod(self, name: str, pod: Pod) -> None:
        require(name, 1 <= pod.least <= pod.most <= MAX_SIZE, f"needs 1 <= least <= most <= {MAX_SIZE}")
        require(name, 0 <= pod.priority <= 1000, "priority must lie in 0..1000")
        require(name, pod.least_organizations >= 1, "least_organizations must be at least 1")
        require(name, 1 <= pod.most_share <= 100, "most_share must lie in 1..100")
        require(name, 0 <= pod.quorum <= 100, "quorum must lie in 0..100")
        require(name, 0 <= pod.hours <= 1_000_000, "hours must lie in 0..1000000")
        require(name, -1 <= pod.sponsor < self.n_organizations, "sponsor is no organization")
        require(name, pod.presence == "any" or pod.sponsor >= 0, "presence needs a sponsor")
        require(name, all(0 <= k < self.speaks.shape[1] for k in pod.languages), "languages has one too many")
        require(name, -1 <= pod.rhythm < len(self.rhythms), "rhythm is no number of a rhythm")
        slots = self.rhythms[pod.rhythm].n_slots if pod.rhythm >= 0 else 0
        require(name, -1 <= pod.slot < slots or pod.slot == -1, "slot is none of its rhythm")
        for need in pod.needs:
            require(name, 0 <= need.ability < self.able.shape[1], "needs an ability that does not exist")
            require(name, 0 <= need.least <= pod.most, "a need has least outside 0..most")
            _falling(name, need.worth)

    def _check_rhythm(self, name: str, rhythm: Rhythm) -> None:
        shape = (self.n_members, rhythm.n_slots)
        for table in (rhythm.always, rhythm.half, rhythm.ease):
            require(name, table.shape == shape, f"has shape {table.shape}, needs {shape}")
        require(name, not (rhythm.always & ~rhythm.half).any(), "always must imply half")
        within(name, rhythm.start, 0, WEEK_MINUTES - 1)
        require(name, bool((np.diff(rhythm.start) > 0).all()), "start must rise")
        require(name, 1 <= rhythm.minutes <= WEEK_MINUTES, f"minutes must lie in 1..{WEEK_MINUTES}")


def no_pairs() -> Pairs:
    """An empty list of pairs."""
    return np.zeros((0, 2), np.int32)


def _partners(pairs: Pairs) -> dict[int, set[int]]:
    out: dict[int, set[int]] = {}
    for a, b in pairs.tolist():
        out.setdefault(a, set()).add(b)
        out.setdefault(b, set()).add(a)
    return out


def _falling(name: str, worth: tuple[int, ...]) -> None:
    good = all(a >= b for a, b in pairwise(worth)) and all(0 <= one <= MAX_WORTH for one in worth)
    require(name, good, "needs worths that never rise and are not negative")


def _check_pairs(name: str, pairs: Pairs, size: int) -> None:
    require(name, pairs.ndim == 2 and pairs.shape[1] == 2, "needs two numbers a row")
    within(name, pairs, 0, size - 1)
    require(name, not (pairs[:, 0] == pairs[:, 1]).any(), "pairs something with itself")
