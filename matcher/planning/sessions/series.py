"""The search behind `schedule_sessions`: one weekly time per pair, nobody in two places at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from matcher.candidates.free_time import SLOT_MINUTES
from matcher.domain.member import Member
from matcher.planning.sessions.slots import WEEK_SLOTS, Bits, Mask, Numbers, Slots

_HELD = 10**9
_MOST_STARTS_TRIED = 24
_MOST_MOVED = 2
_LOST_PLACE = 40  # about what an hour from 18:00 costs two people
_DAY = WEEK_SLOTS // 7


@dataclass(eq=False)
class Series:
    """One pair's sessions: the slot of each session week that has one.

    `kept` sessions may not move. `closed` weeks get none: they are over.
    """

    learner: Member
    guide: Member
    lot: int
    placed: dict[int, int] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)

    @property
    def pair(self) -> tuple[str, str]:
        """Ids of learner and guide."""
        return self.learner.id, self.guide.id


Placed = tuple[Series, int]
"""A session: its series and its index."""


def lot(seed: int, *words: str) -> int:
    """A number 0..2^32-1 that looks random and is the same for the same seed and words."""
    text = "\x1f".join((str(seed), *words))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


class Timetable:
    """Everyone's free and taken slots while series are placed.

    `offered` is the free time of the profiles, `usable` what is left of it after commitments and the past,
    `open` what is left after the sessions placed so far: rows of packed bits, one per person.
    """

    def __init__(
        self, slots: Slots, members: Iterable[Member], seed: int, not_before: datetime | None
    ) -> None:
        people = sorted(members, key=lambda member: member.id)
        self.slots = slots
        self._row = {member.id: row for row, member in enumerate(people)}
        self._offered = np.zeros((len(people), slots.count // 8), dtype=np.uint8)
        for row, member in enumerate(people):
            self._offered[row] = slots.free(member)
        usable = self._offered.copy()
        self.first = slots.first_from(not_before) if not_before else 0
        if self.first:
            usable &= np.packbits(np.arange(slots.count) >= self.first, bitorder="little")
        self._usable = usable
        self._open = usable.copy()
        self._owner: dict[tuple[int, int], Placed] = {}
        self._waiting = np.zeros(len(people), dtype=np.int64)
        self._lottery = np.random.default_rng(seed).permutation(WEEK_SLOTS)

    def commit(self, people: Iterable[str], start: datetime, end: datetime) -> None:
        """Take the time of a meeting that is not ours to move from those of its people whom we know."""
        taken = self.slots.covering(start, end)
        for person in people:
            if person in self._row:
                for rows in (self._usable, self._open):
                    _clear(rows[self._row[person]], range(taken.start, taken.stop))

    def fits(self, series: Series, index: int, slot: int) -> bool:
        """Whether a session of this week can begin in a slot: both are free, and in no other session."""
        in_week = bool((self.slots.weekly(series.guide.time_zone)[index] == slot).any())
        return in_week and self._is_open(series, slot)

    def occupy(self, series: Series, index: int, slot: int) -> None:
        """Put a session there."""
        series.placed[index] = slot
        taken = range(slot, slot + self.slots.length)
        for row in self._rows(series):
            _clear(self._open[row], taken)
            for one in taken:
                self._owner[row, one] = (series, index)

    def release(self, series: Series, index: int) -> int:
        """Take a placed session away, and return where it was."""
        slot = series.placed.pop(index)
        for row in self._rows(series):
            for one in range(slot, slot + self.slots.length):
                self._open[row, one >> 3] |= np.uint8(1 << (one & 7))
                del self._owner[row, one]
        return slot

    def expect(self, series: Iterable[Series]) -> None:
        """Tell which series are still to be placed: time is kept whole for people with several."""
        for one in series:
            for row in self._rows(one):
                self._waiting[row] += 1

    def choices(self, series: Series) -> int:
        """How many slots a session of the series could begin in, were there no other sessions."""
        weekly = self.slots.weekly(series.guide.time_zone)
        starts = self.slots.runs(self._common(self._usable, series))
        return int((starts[weekly] & (weekly >= 0)).sum())

    def place(self, series: Series) -> None:
        """Give each open week of a series a session.

        The weekly time that the most weeks can hold wins, then the least unsocial one that does not spoil the
        time of further sessions, then the lot. A week that cannot hold it takes the best time near it.
        """
        weekly = self.slots.weekly(series.guide.time_zone)
        allowed = self.slots.runs(self._common(self._open, series))[weekly] & (weekly >= 0)
        for index in series.closed | series.kept:
            allowed[index] = weekly[index] == series.placed.get(index, -2)
        cost = self._cost(series, weekly) + _LOST_PLACE * self._lost(series)[weekly]
        held = allowed.sum(axis=0)
        total = np.where(allowed, cost, 0).sum(axis=0)
        score = held * _HELD - total * WEEK_SLOTS - self._lots(series)
        stable = int(score.argmax())
        for row in self._rows(series):
            self._waiting[row] -= 1
        if not held[stable]:
            return
        for index in range(len(weekly)):
            if index in series.kept or index in series.closed:
                continue
            if allowed[index, stable] and self._is_open(series, int(weekly[index, stable])):
                self.occupy(series, index, int(weekly[index, stable]))
                continue
            slot = self._near(series, stable, weekly[index], allowed[index], cost[index])
            if slot is not None:
                self.occupy(series, index, slot)

    def make_room(self, series: Series, index: int) -> bool:
        """Place a session by moving one that is in its way within its own week; False when none can."""
        weekly = self.slots.weekly(series.guide.time_zone)[index]
        starts = self.slots.runs(self._common(self._usable, series))
        wanted = np.flatnonzero(starts[weekly] & (weekly >= 0))
        cost = self._cost(series, weekly)[wanted]
        tried: set[frozenset[Placed]] = set()
        for at in wanted[np.lexsort((self._lots(series)[wanted], cost))]:
            slot = int(weekly[at])
            blockers = frozenset(
                self._owner[row, one]
                for row in self._rows(series)
                for one in range(slot, slot + self.slots.length)
                if (row, one) in self._owner
            )
            movable = all(other_index not in other.kept for other, other_index in blockers)
            if not movable or len(blockers) > _MOST_MOVED or blockers in tried:
                continue
            if len(tried) == _MOST_STARTS_TRIED:
                return False
            tried.add(blockers)
            if self._move_aside(blockers, series, index, slot):
                return True
        return False

    def minutes(self, series: Series, index: int | None) -> tuple[int, int, int]:
        """Free minutes of learner and guide, and common ones, in a session week or (None) in all."""
        weekly = self.slots.weekly(series.guide.time_zone)
        chosen = weekly if index is None else weekly[index]
        used = chosen[chosen >= self.first]
        learner, guide = (self.slots.unpack(self._offered[row])[used] for row in self._rows(series))
        step = SLOT_MINUTES
        return int(learner.sum()) * step, int(guide.sum()) * step, int((learner & guide).sum()) * step

    def could_hold(self, series: Series, index: int | None) -> bool:
        """Whether the profiles alone leave a long enough common time in a session week (None: in any)."""
        weekly = self.slots.weekly(series.guide.time_zone)
        chosen = weekly if index is None else weekly[index]
        starts = self.slots.runs(self._common(self._offered, series))
        return bool(starts[chosen[chosen >= self.first]].any())

    def over(self, series: Series, index: int) -> bool:
        """Whether a session week has no slot left that begins late enough."""
        return bool((self.slots.weekly(series.guide.time_zone)[index] < self.first).all())

    def _move_aside(self, blockers: frozenset[Placed], series: Series, index: int, slot: int) -> bool:
        """Place a session, and those in its way elsewhere in their weeks; undone when one cannot be."""
        moving = sorted(blockers, key=lambda placed: (placed[0].lot, placed[0].pair, placed[1]))
        old = [self.release(other, other_index) for other, other_index in moving]
        self.occupy(series, index, slot)
        for done, (other, other_index) in enumerate(moving):
            row = self.slots.weekly(other.guide.time_zone)[other_index]
            allowed = self.slots.runs(self._common(self._open, other))[row] & (row >= 0)
            near = int(np.flatnonzero(row == old[done])[0])
            found = self._near(other, near, row, allowed, self._cost(other, row))
            if found is None:
                for again, again_index in moving[:done]:
                    self.release(again, again_index)
                self.release(series, index)
                for (again, again_index), was in zip(moving, old, strict=True):
                    self.occupy(again, again_index, was)
                return False
            self.occupy(other, other_index, found)
        return True

    def _near(self, series: Series, stable: int, row: Numbers, allowed: Mask, cost: Numbers) -> int | None:
        """The best other slot of one week: little unsocial, on a near day, at a near time of day."""
        options = np.flatnonzero(allowed)
        days = np.abs(options // _DAY - stable // _DAY)
        halves = np.abs(options % _DAY - stable % _DAY)
        penalty = cost[options] + 2 * days + halves
        for at in options[np.lexsort((self._lots(series)[options], penalty))]:
            if self._is_open(series, int(row[at])):
                return int(row[at])
        return None

    def _cost(self, series: Series, slots: Numbers) -> Numbers:
        """Unsocial points of both, the worse-off counted twice, at each slot (nonsense at -1)."""
        learner, guide = (
            self.slots.burden(member.time_zone, member.caregiver)[slots]
            for member in (series.learner, series.guide)
        )
        return learner + guide + np.maximum(learner, guide)

    def _lost(self, series: Series) -> Numbers:
        """How many places for further sessions a session lost that began in each slot, 0..2.

        A run of open slots loses one where the session leaves rests on both sides that are too short together
        (half an hour before and half an hour after). Only people with more series to come count.
        """
        length = self.slots.length
        lost = np.zeros(self.slots.count, dtype=np.int64)
        for row in self._rows(series):
            if self._waiting[row] > 1:
                open_slots = self.slots.unpack(self._open[row])
                before, from_here = _runs_around(open_slots)
                after = np.maximum(from_here - length, 0)
                lost += (before + from_here) // length > before // length + after // length + 1
        return lost

    def _lots(self, series: Series) -> Numbers:
        return np.roll(self._lottery, series.lot % WEEK_SLOTS)

    def _rows(self, series: Series) -> tuple[int, int]:
        return self._row[series.learner.id], self._row[series.guide.id]

    def _common(self, rows: Bits, series: Series) -> Mask:
        learner, guide = self._rows(series)
        return self.slots.unpack(rows[learner] & rows[guide])

    def _is_open(self, series: Series, slot: int) -> bool:
        learner, guide = self._rows(series)
        return slot + self.slots.length <= self.slots.count and all(
            int(self._open[learner, one >> 3] & self._open[guide, one >> 3]) >> (one & 7) & 1
            for one in range(slot, slot + self.slots.length)
        )


def _runs_around(open_slots: Mask) -> tuple[Numbers, Numbers]:
    """For each slot, how many open ones end right before it, and how many begin with it."""
    places = np.arange(len(open_slots))
    closed_before = np.maximum.accumulate(np.where(open_slots, -1, places))
    before = places - np.concatenate(([-1], closed_before[:-1])) - 1
    reverse = np.minimum.accumulate(np.where(open_slots, len(open_slots), places)[::-1])[::-1]
    return before, reverse - places


def place_all(timetable: Timetable, series: Sequence[Series]) -> None:
    """Place every series, those with the fewest choices first; then make room for what is left."""
    choices = {one.pair: timetable.choices(one) for one in series}
    order = sorted(series, key=lambda one: (choices[one.pair], one.lot, one.pair))
    timetable.expect(one for one in order if choices[one.pair])
    for one in order:
        if choices[one.pair]:
            timetable.place(one)
    for one in order:
        if choices[one.pair]:
            for index in range(len(timetable.slots.weeks)):
                if index not in one.placed and index not in one.closed:
                    timetable.make_room(one, index)


def _clear(row: Bits, slots: range) -> None:
    for one in slots:
        row[one >> 3] &= np.uint8(255 ^ (1 << (one & 7)))
