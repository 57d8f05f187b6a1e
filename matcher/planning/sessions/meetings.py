"""One group's meetings: its weekly time on the dates of a cycle, and who can come to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from matcher.domain.member import Member
from matcher.domain.program import Program
from matcher.domain.rota_policy import Agenda
from matcher.domain.session import Obstacle, SeriesKey, Session, State, Unscheduled, WeeklySlot
from matcher.domain.session_text import Label, SessionText, Why
from matcher.planning.sessions.agenda import AGENDAS, NO_REASONS, group_text
from matcher.planning.sessions.slots import Mask, Slots
from matcher.planning.sessions.writer import Meeting
from matcher.texts.sessions import View
from matcher.texts.sessions import title as title_of


@dataclass(frozen=True)
class Group:
    """A group to meet. `quorum`: so many members must be able to come to each session; each of them, but for
    those who are `spared`, must be able to come to at least `least_percent` of the sessions. `slot` None: it
    has no time, and `no_time` tells the reason. `name` is what it is called, with a `label` of what meets;
    `about` and `success` frame what they work on, `why` tells why these people were matched; `agenda`: the
    parts of their sessions."""

    id: str
    name: str
    members: tuple[str, ...]
    slot: WeeklySlot | None
    quorum: int
    least_percent: int = 50
    spared: frozenset[str] = frozenset()
    label: Label | None = None
    about: str = ""
    success: str = ""
    why: Why = NO_REASONS
    no_time: str = ""
    agenda: Agenda = AGENDAS.pod

    @property
    def title(self) -> str:
        """Its name with what meets, in English."""
        return title_of(SessionText(label=self.label, title=self.name), View())


def meeting_time(program: Program, slot: WeeklySlot, week: int) -> datetime:
    """When a group with this slot meets in a week of the cycle (0: the one that begins on its first day).

    A wall time that the clock skips is read with the offset from before, and one that it repeats is the
    earlier of the two, as RFC 5545, section 3.3.5, has it.
    """
    first = program.cycle.start
    day = first + timedelta(days=(slot.weekday - first.isoweekday()) % 7, weeks=week)
    return datetime.combine(day, slot.start, ZoneInfo(slot.time_zone)).astimezone(UTC)


def meeting_weeks(program: Program, slot: WeeklySlot) -> range:
    """The weeks of the cycle in which a group with this slot meets; only whole weeks count."""
    days = (program.cycle.end - program.cycle.start).days + 1
    return range(0, min(days // 7, slot.weeks or days), slot.every_weeks)


class Desk:
    """Who can come when: free time from the profiles, and the sessions that people are in already."""

    def __init__(self, slots: Slots, members: Mapping[str, Member], not_before: datetime | None) -> None:
        self.slots = slots
        self.not_before = not_before
        self.members = members
        self._free: dict[str, Mask] = {}
        self._engaged: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)

    def begun(self, session: Session) -> bool:
        """Whether a session began before "now"."""
        return self.not_before is not None and session.start < self.not_before

    def engage(self, people: Sequence[str], start: datetime, end: datetime) -> None:
        """Take the time of a session from its people."""
        for person in people:
            self._engaged[person].append((start, end))

    def engage_in(self, sessions: Iterable[Session]) -> None:
        """Take the time of sessions that take place."""
        for session in sessions:
            if session.state is State.SCHEDULED:
                self.engage(session.attendees, session.start, session.end)

    def engaged(self, person: str, start: datetime, end: datetime) -> bool:
        """Whether somebody is in another session then."""
        return any(first < end and start < last for first, last in self._engaged[person])

    def free(self, person: str, start: datetime, end: datetime) -> bool:
        """Whether a profile offers all of an interval, which lies in the cycle."""
        if person not in self._free:
            self._free[person] = self.slots.unpack(self.slots.free(self.members[person]))
        return bool(self._free[person][self.slots.covering(start, end)].all())

    def inside(self, start: datetime, end: datetime) -> bool:
        """Whether an interval lies inside the cycle's days (UTC)."""
        last = self.slots.instant(self.slots.count)
        return self.slots.origin <= start and end <= last


def meetings_of(
    desk: Desk, own: SeriesKey, group: Group, program: Program, closed: set[int]
) -> tuple[list[Meeting], list[Unscheduled]]:
    """The sessions of a group, and what does not take place, with the reason."""

    def missing(index: int | None, reason: Obstacle, sentence: str) -> Unscheduled:
        values = dict(own) | {"attendees": group.members, "index": index, "reason": reason}
        return Unscheduled(**values, sentence=sentence)

    slot = group.slot
    if slot is None:
        why = group.no_time or f"{group.title} has no weekly time that enough of its members can come to."
        return [], [missing(None, Obstacle.NO_COMMON_TIME, why)]
    length = timedelta(minutes=slot.minutes)
    weeks = meeting_weeks(program, slot)
    comes = dict.fromkeys(group.members, 0)
    meetings: list[Meeting] = []
    told: list[Unscheduled] = []
    count = 0
    for number, week in enumerate(weeks):
        start = meeting_time(program, slot, week)
        end = start + length
        past = week in closed or (desk.not_before is not None and start < desk.not_before)
        day = f"{start.astimezone(ZoneInfo(slot.time_zone)):%Y-%m-%d %H:%M} ({slot.time_zone})"
        if not desk.inside(start, end):
            if not past:
                why = f"{group.title} would meet at {day}, outside the cycle's days in UTC."
                told.append(missing(week, Obstacle.OUTSIDE_CYCLE, why))
            continue
        here = tuple(one for one in group.members if past or not desk.engaged(one, start, end))
        able = [one for one in here if desk.free(one, start, end)]
        if not past and len(able) < group.quorum:
            away = len(group.members) - len(here)
            why = (
                f"{len(able)} of {len(group.members)} could come to {group.title} at {day}, and "
                f"{group.quorum} are needed" + (f"; {away} are in other sessions then." if away else ".")
            )
            told.append(missing(week, Obstacle.TAKEN if away else Obstacle.NO_COMMON_TIME, why))
            continue
        count += 1
        for one in able:
            comes[one] += 1
        if not past:
            people = [desk.members[one] for one in group.members]
            text = group_text(
                group.label, group.name, people, number, len(weeks), slot.minutes, group.agenda,
                about=group.about, success=group.success, why=group.why,
            )  # fmt: skip
            meetings.append(Meeting(week, start, length, slot.time_zone, here, text))
    few = [one for one, times in comes.items() if times * 100 < group.least_percent * count]
    short = [one for one in few if one not in group.spared]
    if meetings and short:
        taken = any(set(one.attendees) != set(group.members) for one in meetings)
        why = (
            f"{len(short)} of the {len(group.members)} members of {group.title} could come to fewer than "
            f"{group.least_percent} % of its sessions: give it another time."
        )
        return [], [missing(None, Obstacle.TAKEN if taken else Obstacle.NO_COMMON_TIME, why)]
    if told and len(told) == len(weeks):
        return [], [missing(None, told[0].reason, f"No session takes place. The first: {told[0].sentence}")]
    return meetings, told
