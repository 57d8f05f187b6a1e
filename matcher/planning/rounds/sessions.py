"""Sessions for the groups of rounds: one each, at a time free for all, inside the round's own period."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from matcher.candidates.free_time import SLOT_MINUTES
from matcher.domain.family import Family
from matcher.domain.session import Obstacle, Schedule, SeriesKey, Session, State, Unscheduled
from matcher.domain.session_text import SessionText, Why
from matcher.planning.rounds.ends import groups_of
from matcher.planning.sessions.agenda import group_text
from matcher.planning.sessions.check import check_meetings
from matcher.planning.sessions.meetings import Group
from matcher.planning.sessions.scheduling import begin, passed
from matcher.planning.sessions.slots import WEEK_SLOTS, Mask, Slots
from matcher.planning.sessions.writer import Meeting, SessionWriter, check_instants
from matcher.planning.words import counted
from matcher.texts.sessions import View, title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcher.documents.read import NetworkSource
    from matcher.domain.member import Member
    from matcher.domain.program import Program
    from matcher.domain.rounds_plan import PlanGroup, RoundsPlan
    from matcher.planning.sessions.scheduling import Occasion

Period = tuple[datetime, datetime]


def schedule_rounds(
    source: NetworkSource, plan: RoundsPlan, when: Occasion
) -> tuple[Schedule, dict[str, Member]]:
    """A session for each group of each round that is not over, checked before they leave, and the members
    concerned by id.

    It lies between the first day of the round's week and that of the next round, at the time at which most
    members can come (all, where there is one), in the first such week, least unsocial for them; a session
    that was there before stays where as many can come. Members who cannot come attend it all the same where
    the policy's quorum can; who is in another session then does not. A group without such a time is told of
    with the reason. Errors as in `scheduling.begin`.
    """
    check_instants(when.changed_at, when.not_before)
    entries = [one for one in groups_of(plan) if when.only is None or (one.group,) in when.only]
    concerned = {person for one in entries for person in one.members}
    concerned |= {person for session in when.previous for person in session.attendees}
    program, members = begin(source, plan, concerned)
    policy = next(one for one in source.header.policies if one.id == program.policy)
    quorum, last = policy.pods.quorum, len(plan.rounds)
    texts = {one.group: _text(one, members, program, last) for one in entries if len(one.members) > 1}
    groups = [_group(one, texts[one.group], quorum) for one in entries if one.group in texts]
    periods = _periods(plan, program)
    of_group = {one.group: periods[one.round] for one in entries}
    before = {one.key[0]: one for one in when.previous}
    writer = SessionWriter(when.name, when.domain, when.changed_at)
    diary = _Diary(program, members, when)
    made: list[Session] = []
    missing: list[Unscheduled] = []
    for group in groups:
        own = SeriesKey(
            network=source.header.id,
            program=program.id,
            cycle=program.cycle.id,
            family=Family.ROUNDS,
            key=(group.id,),
        )
        old = before.pop(group.id, None)
        if old is not None and diary.begun(old):
            made.append(old)
            continue
        found = diary.place(own, group, texts[group.id], of_group[group.id], old)
        if isinstance(found, Meeting):
            diary.engage(found.attendees, found.start, found.start + found.length)
            made.append(writer.session(own, found, old))
            continue
        missing += [found] if found is not None else []
        made += [writer.cancelled(old)] if old is not None else []
    made += [one if diary.begun(one) else writer.cancelled(one) for one in before.values()]
    made.sort(key=lambda session: (session.key, session.index))
    schedule = Schedule(sessions=tuple(made), unscheduled=tuple(missing))
    passed(
        check_meetings(
            schedule,
            groups,
            of_group,
            members,
            program,
            commitments=when.commitments,
            not_before=when.not_before,
        )
    )
    return schedule, members


def _group(entry: PlanGroup, text: SessionText, quorum: int) -> Group:
    size = len(entry.members)
    return Group(
        id=entry.group,
        name=title(text, View()),
        members=entry.members,
        slot=None,
        quorum=min(size, max(2, -(-quorum * size // 100))),
    )


def _text(entry: PlanGroup, members: Mapping[str, Member], program: Program, rounds: int) -> SessionText:
    people = [members[one] for one in entry.members]
    pairs = len(entry.first) + len(entry.again)
    why = Why(fresh_pairs=len(entry.first), all_pairs=pairs)
    text = group_text("round", program.name, people, 0, 1, program.cycle.session_minutes, why=why)
    return text.model_copy(update={"number": entry.round, "count": rounds})


def _periods(plan: RoundsPlan, program: Program) -> dict[int, Period]:
    """From when until when each round may meet: until the next one begins, or the cycle ends."""
    starts: list[date] = [one.week_of or program.cycle.start for one in plan.rounds]
    ends = [*starts[1:], program.cycle.end + timedelta(days=1)]
    instants = [
        [datetime.combine(day, time.min, UTC) for day in pair] for pair in zip(starts, ends, strict=True)
    ]
    return {one.number: (first, last) for one, (first, last) in zip(plan.rounds, instants, strict=True)}


class _Diary:
    """Who is free in which half-hour of the cycle, and who is in a session already."""

    def __init__(self, program: Program, members: Mapping[str, Member], when: Occasion) -> None:
        self._slots = Slots(program)
        self._members, self._now = members, when.not_before
        self._free: dict[str, Mask] = {}
        self._open: dict[str, Mask] = {}
        self._length = timedelta(minutes=program.cycle.session_minutes)
        kept = (one for one in when.previous if self.begun(one))
        for session in (*when.commitments, *kept):
            if session.state is State.SCHEDULED:
                self.engage(session.attendees, session.start, session.end)

    def begun(self, session: Session) -> bool:
        """Whether a session began before "now"."""
        return self._now is not None and session.start < self._now

    def engage(self, people: Sequence[str], start: datetime, end: datetime) -> None:
        """Take the time of a session from its people."""
        for person in people:
            self._unengaged(person)[self._slots.covering(start, end)] = False

    def _unengaged(self, person: str) -> Mask:
        if person not in self._open:
            self._open[person] = np.ones(self._slots.count, bool)
        return self._open[person]

    def _offered(self, person: str) -> Mask:
        if person not in self._free:
            self._free[person] = self._slots.unpack(self._slots.free(self._members[person]))
        return self._free[person]

    def place(
        self, own: SeriesKey, group: Group, text: SessionText, period: Period, old: Session | None
    ) -> Meeting | Unscheduled | None:
        """Where the group meets, or why it does not; None where its period is over."""
        slots = self._slots
        first, beyond = (slots.first_from(instant) for instant in period)
        if self._now is not None:
            first = max(first, slots.first_from(self._now))
        last = beyond - slots.length
        if last < first:
            return None
        here = np.array([slots.runs(self._unengaged(one))[first : last + 1] for one in group.members])
        can = np.array([slots.runs(self._offered(one))[first : last + 1] for one in group.members]) & here
        able = can.sum(axis=0)
        enough = np.flatnonzero(able >= group.quorum)
        if not len(enough):
            return self._unscheduled(own, group, first, beyond)
        at = enough[able[enough] == able[enough].max()]
        stays = -1 if old is None or old.state is not State.SCHEDULED else slots.number(old.start)
        burden = np.zeros(len(at), np.int64)
        worst = np.zeros(len(at), np.int64)
        for k, one in enumerate(group.members):
            member = self._members[one]
            own_burden = np.where(can[k, at], slots.burden(member.time_zone, member.caregiver)[first + at], 0)
            burden += own_burden
            worst = np.maximum(worst, own_burden)
        week = (first + at) // WEEK_SLOTS
        best = at[np.lexsort((at, burden + worst, week, first + at != stays))[0]]
        chosen = int(first + best)
        attendees = tuple(one for k, one in enumerate(group.members) if here[k, best])
        people = [self._members[one] for one in group.members]
        zones = Counter(one.time_zone for one in people)
        return Meeting(
            index=0,
            start=slots.instant(chosen),
            length=self._length,
            time_zone=min(zones, key=lambda zone: (-zones[zone], zone)),
            attendees=attendees,
            text=text,
        )

    def _unscheduled(self, own: SeriesKey, group: Group, first: int, beyond: int) -> Unscheduled:
        free = np.array([self._offered(one)[first:beyond] for one in group.members])
        starts = np.array([self._slots.runs(self._offered(one))[first:beyond] for one in group.members])
        none = [one for one, row in zip(group.members, free, strict=True) if not row.any()]
        days = [self._slots.instant(slot).date() for slot in (first, beyond - 1)]
        told = f"{group.title} has no time from {days[0]} to {days[1]} at which {group.quorum} of the "
        told += f"{len(group.members)} can come"
        reason = Obstacle.NO_COMMON_TIME
        if len(group.members) - len(none) < group.quorum:
            reason = Obstacle.NO_AVAILABILITY
            told += f": {counted(len(none), 'person names', 'people name')} no free time then"
        elif bool((starts.sum(axis=0) >= group.quorum).any()):
            reason = Obstacle.TAKEN
            told += ": other sessions take it"
        return Unscheduled(
            **dict(own),
            attendees=group.members,
            reason=reason,
            free_minutes=tuple((free.sum(axis=1) * SLOT_MINUTES).tolist()),
            common_minutes=int(free.all(axis=0).sum()) * SLOT_MINUTES,
            sentence=f"{told}.",
        )
