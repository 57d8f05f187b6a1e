"""Weekly meeting times on the real dates of a cycle: which half hours each takes, whatever the clocks do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.free_time import DAY_MINUTES, SLOT_MINUTES, Calendar
from matcher.domain.program import Cycle

Numbers = NDArray[np.int64]

Beat = tuple[int, int, int]
"""Minutes of a session, weeks between two, and within how many weeks of the cycle, from its first day on."""

COMFORT = (8 * 60, 18 * 60)
"""Sessions that begin and end between these minutes of the day are comfortable."""


def wall_instant(cycle: Cycle, zone: ZoneInfo, weekday: int, minute: int, week: int) -> datetime:
    """When clocks in a zone show a weekly time in a week of the cycle, which begins with its first day (UTC).

    A time that the clock skips is read with the offset from before, of one that it repeats the earlier is
    taken, as RFC 5545, section 3.3.5, has it.
    """
    day = cycle.start + timedelta(days=7 * week + (weekday - cycle.start.isoweekday()) % 7)
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def session_starts(
    cycle: Cycle, zone: str, weekday: int, minute: int, minutes: int, every: int, weeks: int | None = None
) -> list[datetime]:
    """When the sessions of a weekly time begin (UTC): on every `every`-th week of the cycle, from the first,
    within its first `weeks` (None: all).

    `weekday` is ISO, `minute` of the day as clocks in `zone` show it. Weeks begin with the cycle's first day.
    Sessions that do not lie within the cycle's days (UTC) are left out. A time that the clock skips is moved
    by what it skips, of one that it repeats the earlier is taken.
    """
    table = ZoneInfo(zone)
    days = (cycle.end - cycle.start).days + 1
    first = datetime.combine(cycle.start, time.min, UTC)
    last = first + timedelta(days=days)
    found = []
    for week in range(0, min(days // 7, weeks or days), every):
        start = wall_instant(cycle, table, weekday, minute, week)
        if first <= start and start + timedelta(minutes=minutes) <= last:
            found.append(start)
    return found


@dataclass(frozen=True)
class Week:
    """The weekly slots of one rhythm. start (S,): minutes after Monday 00:00 of the zone's week, rising.

    begin, end (S, K): minutes from the cycle's first midnight (UTC) of each session; sessions (S,): how many
    of the K columns count, the others are 0.
    """

    zone: str
    minutes: int
    every_weeks: int
    start: Numbers
    begin: Numbers
    sessions: Numbers

    @classmethod
    def of(cls, cycle: Cycle, zone: str, rhythm: Beat, grid: int) -> Week:
        """All slots on a grid of so many minutes that have at least one session."""
        minutes, every, weeks = rhythm
        origin = datetime.combine(cycle.start, time.min, UTC)
        rows: list[tuple[int, list[int]]] = []
        for weekday in range(1, 8):
            for minute in range(0, DAY_MINUTES, grid):
                starts = session_starts(cycle, zone, weekday, minute, minutes, every, weeks)
                if starts:
                    rows.append(
                        (
                            (weekday - 1) * DAY_MINUTES + minute,
                            [(start - origin) // timedelta(minutes=1) for start in starts],
                        )
                    )
        widest = max((len(begins) for _, begins in rows), default=0)
        begin = np.zeros((len(rows), widest), np.int64)
        for s, (_, begins) in enumerate(rows):
            begin[s, : len(begins)] = begins
        return cls(
            zone=zone,
            minutes=minutes,
            every_weeks=every,
            start=np.array([start for start, _ in rows], np.int64),
            begin=begin,
            sessions=np.array([len(begins) for _, begins in rows], np.int64),
        )

    def attended(self, free: NDArray[np.bool_]) -> NDArray[np.int16]:
        """How many sessions of each slot each of some people can come to, shape (people, S).

        `free`: their half hours, shape (people, slots of the calendar).
        """
        people = len(free)
        busy = np.zeros((people, free.shape[1] + 1), np.int32)
        np.cumsum(~free, axis=1, out=busy[:, 1:])
        first = self.begin // SLOT_MINUTES
        beyond = -(-(self.begin + self.minutes) // SLOT_MINUTES)
        out = np.zeros((people, len(self.start)), np.int16)
        for k in range(self.begin.shape[1]):
            comes = busy[:, beyond[:, k]] == busy[:, first[:, k]]
            out += comes & (k < self.sessions)
        return out

    def comfortable(self, calendar: Calendar, zone: str) -> NDArray[np.bool_]:
        """Slots of which every session lies in working hours of a zone, shape (S,)."""
        pieces = calendar.pieces_of(zone)
        begins = np.array([low for low, _, _ in pieces], np.int64)
        offsets = np.array([offset for _, _, offset in pieces], np.int64)
        local = (self.begin + offsets[np.searchsorted(begins, self.begin, side="right") - 1]) % DAY_MINUTES
        good = (local >= COMFORT[0]) & (local + self.minutes <= COMFORT[1])
        counts = np.arange(self.begin.shape[1])[None, :] < self.sessions[:, None]
        return np.asarray((good | ~counts).all(axis=1), np.bool_)
