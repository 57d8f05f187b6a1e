"""Free time of members on the real days of a cycle, as bitsets of UTC slots, of 30 minutes each unless told.

Bit k stands for the 30 minutes from 00:00 UTC of the first day plus 30 k minutes; the last slot ends at
24:00 UTC of the last day. A slot is free when every minute of it lies in a weekly span (in the member's own
zone, on each real date, so that changes of the clock are right), outside 22:00-06:00 local unless the member
allows nights, and no part of it is busy or on leave. Bitsets are whole numbers: `a & b` is common time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from matcher.domain.member import BusyInterval, Leave, Member

SLOT_MINUTES = 30
SLOTS_PER_DAY = 48
SLOTS_PER_WEEK = 7 * SLOTS_PER_DAY
DAY_MINUTES = 1440
MORNING, NIGHT = 6 * 60, 22 * 60
_CHANGE_MINUTES = 720
"""No zone changes its clock twice within so many minutes."""

Span = tuple[int, int]
Week = tuple[tuple[int, int, int], ...]
"""Weekly spans as day, first minute and last: numbers are hashed and compared much sooner than models."""
Piece = tuple[int, int, int]
"""From minute, to minute (UTC, from the calendar's start), and the zone's offset in minutes between them."""


class Calendar:
    """Turns availability, busy time and leave into bitsets over the days `start`..`end` (both included).

    `minutes`: how long a slot is; a day has a whole number of them.
    """

    def __init__(self, start: date, end: date, minutes: int = SLOT_MINUTES) -> None:
        self.start, self.end, self.minutes = start, end, minutes
        self.days = (end - start).days + 1
        self.per_day = DAY_MINUTES // minutes
        self.n_slots = self.days * self.per_day
        self._origin = datetime(start.year, start.month, start.day, tzinfo=UTC)
        looks = range(0, self.days * DAY_MINUTES + 1, _CHANGE_MINUTES)
        self._looks = [self._origin + timedelta(minutes=minute) for minute in looks]
        self._pieces: dict[str, tuple[Piece, ...]] = {}
        per_week = 7 * self.per_day
        self._each_week = sum(1 << k * per_week for k in range(self.n_slots // per_week + 2))
        self._weeks: dict[tuple[Week, bool, int], int] = {}
        self._templates: dict[tuple[str, Week, bool], int] = {}

    def free(self, member: Member) -> int:
        """The slots in which a member is free."""
        template = self.template(member)
        if template and (member.busy or member.leave):
            return template & ~self.taken(member.time_zone, member.busy, member.leave)
        return template

    def template(self, member: Member) -> int:
        """The slots of the weekly availability alone; the same for all who share zone, spans and nights."""
        if not member.availability:
            return 0
        spans = tuple([(span.day, span.start_minute, span.end_minute) for span in member.availability])
        key = (member.time_zone, spans, member.night_ok)
        found = self._templates.get(key)
        if found is None:
            found = self._templates[key] = self._weekly(*key)
        return found

    def taken(self, zone: str, busy: Iterable[BusyInterval], leave: Iterable[Leave]) -> int:
        """The slots of which some part is busy or on leave."""
        slots, slot = 0, timedelta(minutes=self.minutes)
        for interval in busy:
            first = (interval.start - self._origin) // slot
            beyond = -((self._origin - interval.end) // slot)
            slots |= self._run(first, beyond)
        for absence in leave:
            from_minute = (absence.start - self.start).days * DAY_MINUTES
            to_minute = ((absence.end - self.start).days + 1) * DAY_MINUTES
            for low, high, offset in self.pieces_of(zone):
                first = max(low, from_minute - offset)
                beyond = min(high, to_minute - offset)
                if first < beyond:
                    slots |= self._run(first // self.minutes, -(-beyond // self.minutes))
        return slots

    def _weekly(self, zone: str, spans: Week, night_ok: bool) -> int:
        pieces = self.pieces_of(zone)
        if any(low % self.minutes for low, _, _ in pieces):
            # A slot may lie across two pieces: join their minutes before they become slots.
            by_day = _minutes_by_day(spans, night_ok)
            return self._slots([one for piece in pieces for one in self._intervals(piece, by_day)])
        slots = 0
        for piece in pieces:
            phase = piece[2] % self.minutes
            week = self._weeks.get((spans, night_ok, phase))
            if week is None:
                week = self._weeks[spans, night_ok, phase] = _slots_of_week(
                    spans, night_ok, phase, self.minutes
                )
            slots |= self._tiled(piece, week)
        return slots

    def _intervals(self, piece: Piece, by_day: list[list[Span]]) -> Iterable[Span]:
        """Minutes from the calendar's start that lie in a weekly span, in one piece."""
        low, high, offset = piece
        for day in range((low + offset) // DAY_MINUTES, (high - 1 + offset) // DAY_MINUTES + 1):
            weekday = (self.start + timedelta(days=day)).isoweekday()
            midnight = day * DAY_MINUTES - offset
            for start, end in by_day[weekday]:
                begin, finish = max(low, midnight + start), min(high, midnight + end)
                if begin < finish:
                    yield begin, finish

    def _slots(self, intervals: Iterable[Span]) -> int:
        """The slots that lie wholly in the intervals, those that touch taken together."""
        slots = 0
        for begin, finish in _joined(list(intervals)):
            slots |= self._run(-(-begin // self.minutes), finish // self.minutes)
        return slots

    def _tiled(self, piece: Piece, week: int) -> int:
        """The slots of one piece that begins with a slot: a local week (`_slots_of_week`) laid end to end."""
        low, high, offset = piece
        first, count = low // self.minutes, (high - low) // self.minutes
        local = (low + offset) // self.minutes + self.start.weekday() * self.per_day
        tiled = (week * self._each_week) >> (local % (7 * self.per_day))
        return (tiled & ((1 << count) - 1)) << first

    def _run(self, first: int, beyond: int) -> int:
        """The bits first..beyond-1, cut to the calendar."""
        first, beyond = max(first, 0), min(beyond, self.n_slots)
        return ((1 << (beyond - first)) - 1) << first if first < beyond else 0

    def pieces_of(self, zone: str) -> tuple[Piece, ...]:
        """The calendar cut at the zone's changes of the clock: minutes from its start, and the offset."""
        found = self._pieces.get(zone)
        if found is None:
            found = self._pieces[zone] = tuple(self._cut(ZoneInfo(zone)))
        return found

    def _cut(self, zone: ZoneInfo) -> Iterable[Piece]:
        def offset_at(minute: int) -> int:
            offset = (self._origin + timedelta(minutes=minute)).astimezone(zone).utcoffset()
            assert offset is not None
            return offset // timedelta(minutes=1)

        begin, offset = 0, offset_at(0)
        offsets = [moment.astimezone(zone).utcoffset() for moment in self._looks]
        for look in [k for k, (one, next_) in enumerate(pairwise(offsets)) if one != next_]:
            same, changed = look * _CHANGE_MINUTES, (look + 1) * _CHANGE_MINUTES
            while changed - same > 1:
                middle = (same + changed) // 2
                if offset_at(middle) == offset:
                    same = middle
                else:
                    changed = middle
            if changed < self.days * DAY_MINUTES:
                yield begin, changed, offset
                begin, offset = changed, offset_at(changed)
        yield begin, self.days * DAY_MINUTES, offset


@lru_cache(maxsize=4)
def calendar_of(start: date, end: date, minutes: int = SLOT_MINUTES) -> Calendar:
    """The calendar of these days, shared by all who ask, so that each weekly pattern is laid out once."""
    return Calendar(start, end, minutes)


def _minutes_by_day(spans: Week, night_ok: bool) -> list[list[Span]]:
    """Local minutes per ISO weekday (index 1-7), nights cut off unless they are allowed."""
    by_day: list[list[Span]] = [[] for _ in range(8)]
    for day, start, end in spans:
        if not night_ok:
            start, end = max(start, MORNING), min(end, NIGHT)
        if start < end:
            by_day[day].append((start, end))
    return by_day


def _slots_of_week(spans: Week, night_ok: bool, phase: int, length: int) -> int:
    """Bit k stands for the `length` local minutes that begin k * `length` + `phase` minutes after Monday's
    midnight.

    `phase` is below `length`; the last slot may reach into the next week.
    """
    by_day = _minutes_by_day(spans, night_ok)
    minutes = [
        (day * DAY_MINUTES + start - phase, day * DAY_MINUTES + end - phase)
        for day in range(8)
        for start, end in by_day[day % 7 + 1]
    ]
    slots = 0
    for begin, finish in _joined(minutes):
        first, beyond = max(0, -(-begin // length)), min(finish // length, 7 * DAY_MINUTES // length)
        if first < beyond:
            slots |= ((1 << (beyond - first)) - 1) << first
    return slots


def _joined(intervals: list[Span]) -> list[Span]:
    """The same minutes as few, ordered intervals."""
    joined: list[Span] = []
    for begin, end in sorted(intervals):
        if joined and begin <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined
