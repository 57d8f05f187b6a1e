"""Who can come to a weekly time, session by session. This plain Python is the definition of record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matcher.candidates.free_time import DAY_MINUTES, SLOT_MINUTES
from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.weeks import COMFORT, session_starts
from matcher.domain.member import Member

_SLOT = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True)
class Attendance:
    """To how many of its sessions a member can come, and what that is worth."""

    sessions: int
    comes: int
    ease: int

    @property
    def always(self) -> bool:
        """To every session."""
        return self.comes == self.sessions

    @property
    def half(self) -> bool:
        """To at least half of them."""
        return 2 * self.comes >= self.sessions


def attendance(context: PodContext, member: Member, rhythm: tuple[int, int], start: int) -> Attendance:
    """Of one member at the weekly time `start` (minutes after Monday 00:00 in the context's zone)."""
    cycle, (minutes, every) = context.program.cycle, rhythm
    weekday, minute = start // DAY_MINUTES + 1, start % DAY_MINUTES
    starts = session_starts(cycle, context.zone, weekday, minute, minutes, every)
    origin = datetime.combine(cycle.start, time.min, UTC)
    free = context.free(member)
    comes, comfortable = 0, True
    for begin in starts:
        end = begin + timedelta(minutes=minutes)
        first, beyond = (begin - origin) // _SLOT, -((origin - end) // _SLOT)
        taken = ((1 << (beyond - first)) - 1) << first
        comes += free & taken == taken
        local = begin.astimezone(ZoneInfo(member.time_zone))
        at = local.hour * 60 + local.minute
        comfortable = comfortable and COMFORT[0] <= at and at + minutes <= COMFORT[1]
    worth = context.policy.worth
    ease = worth.attendance * comes // len(starts) + (worth.comfort if comfortable else 0)
    return Attendance(len(starts), comes, ease)
