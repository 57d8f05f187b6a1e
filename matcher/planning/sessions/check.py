"""An independent check of a schedule: plain Python on the members' own words, no bitsets, no search."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matcher.domain.errors import Fault
from matcher.domain.member import Member
from matcher.domain.program import Program
from matcher.domain.session import Schedule, Session, State

NIGHT_ENDS, NIGHT_BEGINS = 6 * 60, 22 * 60
_MINUTE = timedelta(minutes=1)


def check_schedule(
    schedule: Schedule,
    pairs: Sequence[tuple[str, str]],
    members: Mapping[str, Member],
    program: Program,
    *,
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> list[Fault]:
    """Everything wrong with a schedule; empty when every session is where it may be.

    Checked: each session starts on the half-hour grid of UTC, has the cycle's length, lies in the week of
    its index by its stated zone, inside the cycle and inside the free time of both; each pair has, for each
    session week, a session or a reason; UIDs are unique; no person attends two meetings at once,
    `commitments` included. Sessions that begin before `not_before` are history: only their overlaps are
    looked at.
    """
    faults = list(_identity_faults(schedule, pairs, program, not_before))
    for position, session in enumerate(schedule.sessions):
        if session.state is State.CANCELLED or (not_before is not None and session.start < not_before):
            continue
        for reason in _session_faults(session, members, program):
            faults.append(Fault(f"sessions[{position}]", f"{session.learner} with {session.guide}: {reason}"))
    faults.extend(_overlaps([*schedule.sessions, *commitments]))
    return faults


def session_weeks(program: Program) -> range:
    """The weeks in which pairs meet, counted from 0 at the cycle's first day. Only whole weeks count."""
    weeks = ((program.cycle.end - program.cycle.start).days + 1) // 7
    return range(0, weeks, program.cycle.weeks_between_sessions)


def _identity_faults(
    schedule: Schedule, pairs: Sequence[tuple[str, str]], program: Program, not_before: datetime | None
) -> Iterator[Fault]:
    uids: dict[str, int] = {}
    known = set(pairs)
    told: dict[tuple[str, str], set[int | None]] = defaultdict(set)
    for position, session in enumerate(schedule.sessions):
        if uids.setdefault(session.uid, position) != position:
            yield Fault(f"sessions[{position}].uid", f"also the UID of sessions[{uids[session.uid]}]")
        if session.state is State.SCHEDULED:
            pair = (session.learner, session.guide)
            if session.index in told[pair]:
                yield Fault(f"sessions[{position}].index", f"{session.index} occurs twice for {pair}")
            told[pair].add(session.index)
            past = not_before is not None and session.start < not_before
            if pair not in known and not past:
                yield Fault(f"sessions[{position}]", f"{pair} is not a pair of this plan")
    for position, missing in enumerate(schedule.unscheduled):
        pair = (missing.learner, missing.guide)
        if missing.index in told[pair]:
            yield Fault(f"unscheduled[{position}]", f"session {missing.index} of {pair} is scheduled")
        told[pair].add(missing.index)
    first_open = 0
    if not_before is not None:
        first_open = (not_before.date() - program.cycle.start).days // 7 + 2
    for pair in pairs:
        expected = {i for i, week in enumerate(session_weeks(program)) if week >= first_open}
        lost = sorted(expected - {i for i in told[pair] if i is not None})
        if lost and None not in told[pair]:
            yield Fault("sessions", f"{pair}: sessions {lost} are neither scheduled nor given a reason")


def _session_faults(session: Session, members: Mapping[str, Member], program: Program) -> Iterator[str]:
    cycle = program.cycle
    if session.start.minute % 30 or session.start.second or session.start.microsecond:
        yield f"starts at {session.start:%H:%M} UTC, off the half-hour grid"
    if session.end - session.start != timedelta(minutes=cycle.session_minutes):
        yield f"lasts {session.end - session.start}, not {cycle.session_minutes} minutes"
    first = datetime.combine(cycle.start, time.min, UTC)
    last = datetime.combine(cycle.end + timedelta(days=1), time.min, UTC)
    if not (first <= session.start and session.end <= last):
        yield "is outside the cycle"
    if session.index >= len(session_weeks(program)):
        yield f"has index {session.index} of {len(session_weeks(program))} session weeks"
    else:
        day = (session.start.astimezone(ZoneInfo(session.time_zone)).date() - cycle.start).days
        if day // 7 != session_weeks(program)[session.index]:
            yield f"is in week {day // 7}, not in the week of session {session.index}"
    for person in session.attendees:
        moment = session.start
        while moment < session.end:
            why = _not_free(members[person], moment)
            if why:
                yield f"{person} {why} at {moment:%Y-%m-%d %H:%M} UTC"
                break
            moment += _MINUTE


def _not_free(member: Member, moment: datetime) -> str:
    """Why a member cannot meet in the minute that begins at `moment`; "" when they can."""
    local = moment.astimezone(ZoneInfo(member.time_zone))
    minute = local.hour * 60 + local.minute
    spans = (s for s in member.availability if s.day == local.isoweekday())
    if not any(s.start_minute <= minute < s.end_minute for s in spans):
        return "has not offered the time"
    if not member.night_ok and not NIGHT_ENDS <= minute < NIGHT_BEGINS:
        return "sleeps"
    if any(b.start < moment + _MINUTE and moment < b.end for b in member.busy):
        return "is busy"
    if any(leave.start <= local.date() <= leave.end for leave in member.leave):
        return "is on leave"
    return ""


def _overlaps(sessions: Sequence[Session]) -> Iterator[Fault]:
    calendars: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.state is State.SCHEDULED:
            for person in session.attendees:
                calendars[person].append(session)
    for person, meetings in calendars.items():
        meetings.sort(key=lambda session: (session.start, session.uid))
        for one, next_one in itertools.pairwise(meetings):
            if next_one.start < one.end:
                yield Fault("sessions", f"{person} would be in {one.uid} and {next_one.uid} at once")
