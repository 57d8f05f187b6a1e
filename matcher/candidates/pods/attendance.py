"""Who can come to a weekly time, session by session. This plain Python is the definition of record."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from matcher.candidates.pods.context import PodContext
from matcher.candidates.pods.weeks import COMFORT, Beat
from matcher.domain.member import Member


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


def comes(context: PodContext, member: Member, rhythm: Beat, start: int) -> int:
    """To how many sessions of the weekly time `start` (minutes after Monday 00:00 in the context's zone) a
    member can come."""
    free = context.free(member)
    return sum(free & taken == taken for _, taken in context.sessions(rhythm, start))


def attendance(context: PodContext, member: Member, rhythm: Beat, start: int) -> Attendance:
    """Of one member at a weekly time, as `comes` takes it."""
    sessions, attended = context.sessions(rhythm, start), comes(context, member, rhythm, start)
    zone, comfortable = ZoneInfo(member.time_zone), True
    for begin, _ in sessions:
        local = begin.astimezone(zone)
        at = local.hour * 60 + local.minute
        comfortable = comfortable and COMFORT[0] <= at and at + rhythm[0] <= COMFORT[1]
    worth = context.policy.worth
    ease = worth.attendance * attended // len(sessions) + (worth.comfort if comfortable else 0)
    return Attendance(len(sessions), attended, ease)
