"""The half-hours of a cycle: who is free in which, which local weekly time each one is, and how unsocial.

Slot k is the 30 minutes from 00:00 UTC of the cycle's first day plus 30 k minutes. A weekly time is a number
0..335: half-hours since local midnight of the weekday on which the cycle begins.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.free_time import SLOT_MINUTES, SLOTS_PER_DAY, Calendar
from matcher.domain.member import Member
from matcher.domain.program import Program

WEEK_SLOTS = 7 * SLOTS_PER_DAY
_DAY_MINUTES = 24 * 60
_SLOT = timedelta(minutes=SLOT_MINUTES)

_BURDEN_BY_HOUR = (30, 30, 30, 30, 30, 24, 16, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 2, 5, 8, 12, 18, 30, 30)
_WEEKEND = 12

Bits = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def burden_points(weekday: int, hour: int, caregiver: bool) -> int:
    """How unsocial half an hour is that begins at this local time: 0 at 9-17 on workdays, up to 30 at night.

    Lunch time and the last working hour cost 1, evenings and early mornings more from hour to hour, Saturday
    and Sunday (ISO weekdays 6 and 7) 12 on top. For caregivers everything outside 9-17 counts twice.
    """
    points = _BURDEN_BY_HOUR[hour]
    if caregiver and not 9 <= hour < 17:
        points *= 2
    return points + (_WEEKEND if weekday >= 6 else 0)


@cache
def _burden_table(caregiver: bool) -> Numbers:
    """Burden by ISO weekday - 1 and hour, as one row of 168."""
    return np.array([burden_points(d, h, caregiver) for d in range(1, 8) for h in range(24)], dtype=np.int64)


class Slots:
    """The half-hours of one program's cycle. Rows per zone are made once."""

    def __init__(self, program: Program) -> None:
        cycle = program.cycle
        self.cycle = cycle
        self.origin = datetime.combine(cycle.start, time.min, UTC)
        days = (cycle.end - cycle.start).days + 1
        self.count = days * SLOTS_PER_DAY
        self.weeks = range(0, days // 7, cycle.weeks_between_sessions)
        self.minutes = cycle.session_minutes
        self.length = -(-cycle.session_minutes // SLOT_MINUTES)
        self._calendar = Calendar(cycle.start, cycle.end)
        self._local: dict[str, Numbers] = {}
        self._weekly: dict[str, Numbers] = {}
        self._burden: dict[tuple[str, bool], Numbers] = {}

    def instant(self, slot: int) -> datetime:
        """When a slot begins."""
        return self.origin + slot * _SLOT

    def number(self, instant: datetime) -> int | None:
        """The slot that begins at an instant; None off the grid or outside the cycle."""
        slot, rest = divmod(instant - self.origin, _SLOT)
        return slot if not rest and 0 <= slot < self.count else None

    def first_from(self, instant: datetime) -> int:
        """The first slot that begins at or after an instant, 0..count."""
        return min(max(-((self.origin - instant) // _SLOT), 0), self.count)

    def covering(self, start: datetime, end: datetime) -> slice:
        """The slots of the cycle that an interval touches."""
        first = max((start - self.origin) // _SLOT, 0)
        beyond = max(-((self.origin - end) // _SLOT), first)
        return slice(first, min(beyond, self.count))

    def free(self, member: Member) -> Bits:
        """A member's free slots, packed eight to a byte, the first in the lowest bit."""
        whole = self._calendar.free(member)
        return np.frombuffer(whole.to_bytes(self.count // 8, "little"), dtype=np.uint8)

    def unpack(self, bits: Bits) -> Mask:
        """Packed slots as one bool each."""
        return np.unpackbits(bits, bitorder="little").view(np.bool_)

    def runs(self, free: Mask) -> Mask:
        """Where a session can begin: slots with `length` free ones in a row from them on."""
        starts = free.copy()
        for step in range(1, self.length):
            starts[:-step] &= free[step:]
            starts[-step:] = False
        return starts

    def weekly(self, zone: str) -> Numbers:
        """Slots by session week and weekly time in a zone, shape (len(weeks), 336); -1 where there is none.

        None where the clock skips the time, or the cycle has not begun or has ended; the earlier of two where
        the clock repeats it.
        """
        found = self._weekly.get(zone)
        if found is None:
            local = self._local_minutes(zone)
            week, minute = np.divmod(local, 7 * _DAY_MINUTES)
            stride = self.cycle.weeks_between_sessions
            used = (week >= 0) & (week % stride == 0) & (week // stride < len(self.weeks))
            slots = np.flatnonzero(used)[::-1]
            found = np.full((len(self.weeks), WEEK_SLOTS), -1, dtype=np.int64)
            found[week[slots] // stride, minute[slots] // SLOT_MINUTES] = slots
            self._weekly[zone] = found
        return found

    def burden(self, zone: str, caregiver: bool) -> Numbers:
        """Points of `burden_points` of a session that begins in each slot, summed over its half-hours."""
        found = self._burden.get((zone, caregiver))
        if found is None:
            minute = (self._local_minutes(zone) + self.cycle.start.weekday() * _DAY_MINUTES) % (
                7 * _DAY_MINUTES
            )
            single = _burden_table(caregiver)[minute // 60]
            found = single.copy()
            for step in range(1, self.length):
                found[:-step] += single[step:]
            self._burden[zone, caregiver] = found
        return found

    def _local_minutes(self, zone: str) -> Numbers:
        """Local minutes since local midnight of the cycle's first day, at the beginning of each slot."""
        found = self._local.get(zone)
        if found is None:
            table = ZoneInfo(zone)
            found = np.arange(self.count, dtype=np.int64) * SLOT_MINUTES
            for day in range(0, self.count, SLOTS_PER_DAY):
                offsets = [self._offset(table, day), self._offset(table, day + SLOTS_PER_DAY)]
                if offsets[0] == offsets[1]:
                    found[day : day + SLOTS_PER_DAY] += offsets[0]
                else:
                    found[day : day + SLOTS_PER_DAY] += [
                        self._offset(table, slot) for slot in range(day, day + SLOTS_PER_DAY)
                    ]
            self._local[zone] = found
        return found

    def _offset(self, table: ZoneInfo, slot: int) -> int:
        offset = self.instant(slot).astimezone(table).utcoffset()
        assert offset is not None
        return offset // timedelta(minutes=1)
