"""The turns instance: sessions whose times are known, and who may facilitate them. Numbers only."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solvers.faults import require, within

Index = NDArray[np.int32]
Whole = NDArray[np.int64]

MAX_TURNS = 100_000
MAX_PEOPLE = 20_000
MAX_CARRIED = 1_000_000
MAX_COST = 1_000_000
FULL = 100
"""The capacity of somebody who takes a full share; also what one turn adds to a ledger (hundredths)."""


class Order(StrEnum):
    """The named orders of tiers; `check.score` says which tiers each has."""

    QUICK = "quick"
    FULL = "full"
    COST = "cost"


class Role(IntEnum):
    """What a turn is: its facilitator leads, helps to lead, or learns by watching."""

    LEAD = 0
    CO = 1
    SHADOW = 2


@dataclass(frozen=True)
class Choices:
    """Who may take which turn, in rows by turn. start (T + 1,): turn t's entries are start[t]..start[t + 1].

    person (entries,): numbers, rising in a row. burden (entries,): how unsocial the turn is for the person,
    0..MAX_COST. preference (entries,): how much they would like it, 0..MAX_COST.
    """

    start: Whole
    person: Index
    burden: Index
    preference: Index

    @classmethod
    def of(cls, turns: int, rows: Sequence[tuple[int, int, int, int]]) -> Choices:
        """From (turn, person, burden, preference) rows, each turn and person once."""
        table = np.array(sorted(rows), np.int64).reshape(-1, 4)
        start = np.zeros(turns + 1, np.int64)
        np.cumsum(np.bincount(table[:, 0], minlength=turns), out=start[1:])
        person, burden, preference = (table[:, k].astype(np.int32) for k in (1, 2, 3))
        return cls(start, person, burden, preference)

    def __len__(self) -> int:
        return len(self.person)

    @cached_property
    def turn(self) -> Index:
        """Turn of each entry, shape (entries,)."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))

    def entry(self, turn: int, person: int) -> int:
        """Number of the entry of a turn and a person; -1 where they may not take it."""
        begins, people = self._plain
        low, high = begins[turn], begins[turn + 1]
        at = bisect_left(people, person, low, high)
        return at if at < high and people[at] == person else -1

    @cached_property
    def _plain(self) -> tuple[list[int], list[int]]:
        """start and person as plain numbers, which one look-up after the other reads far faster."""
        return self.start.tolist(), self.person.tolist()


@dataclass(frozen=True)
class Windows:
    """Of some turns, nobody takes more than so many: spacing, caps of a period, times that overlap.

    start (W + 1,): the turns of window w are turn[start[w]..start[w + 1]], each once. most (W,): so many of
    them for one person. cost (W,): of each one more than `most`, per person; 0: no more are allowed.
    code (W,): number in `codes` of the rule it stands for.
    """

    start: Whole
    turn: Index
    most: Index
    cost: Index
    code: Index
    codes: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[tuple[str, Sequence[int], int, int]]) -> Windows:
        """From (code, turns, most, cost) rows."""
        codes = tuple(dict.fromkeys(row[0] for row in rows))
        start = np.cumsum([0, *(len(row[1]) for row in rows)]).astype(np.int64)
        turn = np.array([one for row in rows for one in sorted(row[1])], np.int32)
        most, cost = (np.array([row[k] for row in rows], np.int32) for k in (2, 3))
        code = np.array([codes.index(row[0]) for row in rows], np.int32)
        return cls(start, turn, most, cost, code, codes)

    def __len__(self) -> int:
        return len(self.most)

    def turns(self, w: int) -> Index:
        """Turns of window w."""
        return self.turn[int(self.start[w]) : int(self.start[w + 1])]


@dataclass(frozen=True)
class Attending:
    """Who is in a session whoever facilitates it, one row each, rising by session, then person.

    hours (rows,): what a turn of the session takes of that person's budget, in place of the turn's `hours`.
    """

    session: Index
    person: Index
    hours: Index

    def __len__(self) -> int:
        return len(self.session)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int]] = ()) -> Attending:
        """From (session, person, hours) rows."""
        table = np.array(sorted(rows), np.int32).reshape(-1, 3)
        return cls(*(table[:, k].copy() for k in range(3)))

    def rows(self) -> list[tuple[int, int, int]]:
        """(session, person, hours) of each, as plain numbers."""
        return list(zip(self.session.tolist(), self.person.tolist(), self.hours.tolist(), strict=True))


@dataclass(frozen=True)
class Held:
    """Turns and who takes them, one row each."""

    turn: Index
    person: Index

    def __len__(self) -> int:
        return len(self.turn)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int]]) -> Held:
        """From (turn, person) rows."""
        table = np.array(rows, np.int32).reshape(-1, 2)
        return cls(table[:, 0].copy(), table[:, 1].copy())

    def rows(self) -> list[tuple[int, int]]:
        """(turn, person) of each, as plain numbers."""
        return list(zip(self.turn.tolist(), self.person.tolist(), strict=True))


@dataclass(frozen=True)
class TurnsInstance:
    """What to solve. T turns of sessions, n people, organizations and classes numbered from 0.

    session (T,): which session a turn belongs to. role (T,): a `Role`. hours (T,): what it takes of the
    budget of somebody who comes for it alone; of those who are in the session anyway see `attending`.
    class_of (T,): the ledger that it counts in, one of `class_ids`.
    choices: who may take which turn (eligible by role and training, free then, not blocked).
    organization (n,). most (n,): turns at most. budget (n,): hours at most, in the unit of `hours`.
    capacity (n,): 0..1000, share of turns that is fair, in percent of a full one; 0: takes turns where
    needed, outside fairness.
    carried (n, classes): the ledgers of cycles before in hundredths of a turn, with what newcomers and people
    back from leave are credited; carried_burden (n,): unsocial burden of cycles before.
    windows: see there. mixed: nobody leads a session with a co-facilitator of the own organization.
    organization_most (k,): turns at most per organization, -1 for any. organization_share (k,): turns that
    are its fair share; those above are counted.
    wanted (n, 3): how many more turns of each role somebody needs before they may go up; 0 for none.
    pinned: turns whose person is fixed (by hand, or because they are over); a pin sets aside for its person
    choices, windows, most, budget and organization_most. open_turns: turns that stay open (past ones nobody
    took).
    previous: who takes which turn in the plan before, where a change could be avoided: in `choices`, not
    pinned. changes: "tier" puts kept turns before fairness, "off" does not count them.
    most_broken: how many of `previous` may change.
    order "cost": `spread_cost` (classes,) for each unit of a class's spread (see `check.score`).
    """

    turn_ids: Sequence[str]
    person_ids: Sequence[str]
    organization_ids: Sequence[str]
    class_ids: Sequence[str]
    session: Index
    role: Index
    hours: Index
    class_of: Index
    choices: Choices
    organization: Index
    most: Index
    budget: Index
    capacity: Index
    carried: Whole
    carried_burden: Whole
    windows: Windows
    organization_most: Index
    organization_share: Index
    wanted: Index
    pinned: Held
    open_turns: Index
    previous: Held
    attending: Attending = field(default_factory=Attending.of)
    mixed: bool = True
    order: Order = Order.QUICK
    changes: str = "tier"
    most_broken: int | None = None
    spread_cost: Index = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def n_turns(self) -> int:
        """Number of turns."""
        return len(self.turn_ids)

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.person_ids)

    @property
    def n_classes(self) -> int:
        """Number of ledgers."""
        return len(self.class_ids)

    @property
    def n_organizations(self) -> int:
        """Number of organizations."""
        return len(self.organization_ids)

    @cached_property
    def pins_of(self) -> dict[int, tuple[int, ...]]:
        """Per person who has any: the turns pinned to them."""
        out: dict[int, list[int]] = {}
        for t, i in self.pinned.rows():
            out.setdefault(i, []).append(t)
        return {i: tuple(turns) for i, turns in out.items()}

    def hours_of(self, turn: Index, person: Index) -> Whole:
        """What each turn takes of the budget of a person, whether they may take it or not; shape as given."""
        whole = self.hours[turn].astype(np.int64)
        one = self.attending
        if not len(one):
            return whole
        known = one.session.astype(np.int64) * self.n_people + one.person
        asked = self.session[turn].astype(np.int64) * self.n_people + person
        at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        return np.where(known[at] == asked, one.hours[at], whole)

    def hours_for(self, turn: int, person: int) -> int:
        """What one turn takes of the budget of one person."""
        return self._attends.get((int(self.session[turn]), person), int(self.hours[turn]))

    @cached_property
    def _attends(self) -> dict[tuple[int, int], int]:
        return {(session, person): hours for session, person, hours in self.attending.rows()}

    @cached_property
    def room(self) -> Index:
        """Turns at most per person, shape (n,): `most`, or the pins where these are more."""
        pins = np.bincount(self.pinned.person, minlength=self.n_people)
        return np.maximum(self.most, pins).astype(np.int32)

    @cached_property
    def hours_left(self) -> Index:
        """Hours at most per person, shape (n,): the budget, or what the pins take where that is more."""
        taken = np.zeros(self.n_people, np.int64)
        np.add.at(taken, self.pinned.person, self.hours_of(self.pinned.turn, self.pinned.person))
        return np.maximum(self.budget, taken).astype(np.int32)

    @cached_property
    def organization_room(self) -> Index:
        """Turns at most per organization, shape (k,), -1 for any: the bound, or the pins where more."""
        pins = np.bincount(self.organization[self.pinned.person], minlength=self.n_organizations)
        room = np.where(self.organization_most < 0, -1, np.maximum(self.organization_most, pins))
        return room.astype(np.int32)

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Shape (n, classes): whose load fairness looks at: capacity above 0, and a turn of the class that
        they may take or that is pinned to them."""
        out = np.zeros((self.n_people, self.n_classes), np.bool_)
        out[self.choices.person, self.class_of[self.choices.turn]] = True
        out[self.pinned.person, self.class_of[self.pinned.turn]] = True
        return out & (self.capacity > 0)[:, None]

    def window_room(self, w: int, person: int) -> int:
        """How many turns of hard window w a person may take: `most`, or the pins in it where more."""
        pins = self.pins_of.get(person, ())
        inside = len(set(pins) & set(self.windows.turns(w).tolist())) if pins else 0
        return max(int(self.windows.most[w]), inside)

    def __post_init__(self) -> None:
        turns, n, k, classes = self.n_turns, self.n_people, self.n_organizations, self.n_classes
        require("turns", turns <= MAX_TURNS, f"has {turns} turns; {MAX_TURNS} is the most")
        require("people", n <= MAX_PEOPLE, f"has {n} people; {MAX_PEOPLE} is the most")
        for name, ids in (
            ("turns", self.turn_ids),
            ("people", self.person_ids),
            ("organizations", self.organization_ids),
            ("classes", self.class_ids),
        ):
            require(name, len(set(ids)) == len(ids), "names something twice")
        require("classes", classes >= 1, "needs at least one")
        for name, array, shape, low, high in (
            ("session", self.session, (turns,), 0, max(0, MAX_TURNS - 1)),
            ("role", self.role, (turns,), 0, len(Role) - 1),
            ("hours", self.hours, (turns,), 0, 1_000_000),
            ("class_of", self.class_of, (turns,), 0, classes - 1),
            ("organization", self.organization, (n,), 0, k - 1),
            ("most", self.most, (n,), 0, MAX_TURNS),
            ("budget", self.budget, (n,), 0, 1_000_000),
            ("capacity", self.capacity, (n,), 0, 10 * FULL),
            ("carried", self.carried, (n, classes), 0, MAX_CARRIED),
            ("carried_burden", self.carried_burden, (n,), 0, 1_000_000_000),
            ("organization_most", self.organization_most, (k,), -1, MAX_TURNS),
            ("organization_share", self.organization_share, (k,), 0, MAX_TURNS),
            ("wanted", self.wanted, (n, len(Role)), 0, MAX_TURNS),
        ):
            require(name, array.shape == shape, f"has the shape {array.shape}, needs {shape}")
            within(name, array, low, high)
        self._check_choices()
        self._check_windows()
        self._check_attending()
        self._check_held()
        require("changes", self.changes in ("tier", "off"), "must be 'tier' or 'off'")
        require("most_broken", self.most_broken is None or self.most_broken >= 0, "must not be negative")
        priced = self.order is Order.COST
        require(
            "spread_cost", self.spread_cost.shape == ((classes,) if priced else (0,)), "has another shape"
        )
        within("spread_cost", self.spread_cost, 0, MAX_COST)

    def _check_choices(self) -> None:
        rows = self.choices
        good = len(rows.start) == self.n_turns + 1 and rows.start[0] == 0
        good = good and len(rows.person) == len(rows.burden) == len(rows.preference) == rows.start[-1]
        require("choices", bool(good and (np.diff(rows.start) >= 0).all()), "has ragged columns")
        within("choices", rows.person, 0, self.n_people - 1)
        within("choices", rows.burden, 0, MAX_COST)
        within("choices", rows.preference, 0, MAX_COST)
        keys = rows.turn.astype(np.int64) * max(1, self.n_people) + rows.person
        require("choices", bool((np.diff(keys) > 0).all()), "names a turn and person twice, or out of order")

    def _check_windows(self) -> None:
        w = self.windows
        good = len(w.start) == len(w.most) + 1 and w.start[0] == 0 and w.start[-1] == len(w.turn)
        good = good and len(w.most) == len(w.cost) == len(w.code)
        require("windows", bool(good and (np.diff(w.start) >= 0).all()), "has ragged columns")
        within("windows", w.turn, 0, self.n_turns - 1)
        within("windows", w.most, 0, MAX_TURNS)
        within("windows", w.cost, 0, MAX_COST)
        within("windows", w.code, 0, len(w.codes) - 1)
        keys = np.repeat(np.arange(len(w), dtype=np.int64), np.diff(w.start)) * max(1, self.n_turns) + w.turn
        require("windows", bool((np.diff(keys) > 0).all()), "names a turn twice, or out of order")

    def _check_attending(self) -> None:
        one = self.attending
        require("attending", len(one.session) == len(one.person) == len(one.hours), "has ragged columns")
        known = bool(np.isin(one.session, self.session).all())
        require("attending", known, "names a session that no turn is of")
        within("attending", one.person, 0, self.n_people - 1)
        within("attending", one.hours, 0, 1_000_000)
        keys = one.session.astype(np.int64) * max(1, self.n_people) + one.person
        require(
            "attending", bool((np.diff(keys) > 0).all()), "names a session and person twice, or out of order"
        )

    def _check_held(self) -> None:
        fixed: set[int] = set()
        for name, rows in (("pinned", self.pinned), ("previous", self.previous)):
            require(name, len(rows.turn) == len(rows.person), "has ragged columns")
            within(name, rows.turn, 0, self.n_turns - 1)
            within(name, rows.person, 0, self.n_people - 1)
            turns = rows.turn.tolist()
            require(name, len(set(turns)) == len(turns), "names a turn twice")
            require(name, fixed.isdisjoint(turns), "repeats pinned turns")
            fixed |= set(turns)
        within("open_turns", self.open_turns, 0, self.n_turns - 1)
        require("open_turns", fixed.isdisjoint(self.open_turns.tolist()), "names turns that somebody takes")
        able = all(self.choices.entry(t, i) >= 0 for t, i in self.previous.rows())
        require("previous", able, "names people who may not take their turn")
