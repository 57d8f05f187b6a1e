"""An independent check of a schedule: plain Python on the members' own words, no bitsets, no search."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matcher.domain.errors import Fault
from matcher.domain.family import Family
from matcher.domain.member import Member
from matcher.domain.program import Program
from matcher.domain.session import Schedule, Session, State
from matcher.planning.sessions.clashes import clashes

if TYPE_CHECKING:
    from matcher.planning.sessions.meetings import Group

NIGHT_ENDS, NIGHT_BEGINS = 6 * 60, 22 * 60
_MINUTE = timedelta(minutes=1)
_SLOT = timedelta(minutes=30)


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
    first_open = 0
    if not_before is not None:
        first_open = (not_before.date() - program.cycle.start).days // 7 + 2
    due = {i for i, week in enumerate(session_weeks(program)) if week >= first_open}
    faults = list(_identity_faults(schedule, dict.fromkeys(pairs, due), not_before))
    for position, session in _coming(schedule, not_before):
        for reason in (*_session_faults(session, program), *_absences(session, members)):
            faults.append(Fault(f"sessions[{position}]", f"{' with '.join(session.key)}: {reason}"))
    faults.extend(overlaps([*schedule.sessions, *commitments]))
    return faults


def check_groups(
    schedule: Schedule,
    groups: Sequence[Group],
    members: Mapping[str, Member],
    program: Program,
    *,
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> list[Fault]:
    """Everything wrong with a schedule of groups; empty when every session is where and for whom it may be.

    Checked: each session is at its group's wall time in the week of its index, inside the cycle; all members
    attend, but for those who are in another session then; the quorum can come; each member can come to the
    least share of the sessions; each group has, for each of its weeks, a session or a reason; UIDs are
    unique; no person attends two meetings at once, `commitments` included. Sessions that begin before
    `not_before` are history: only their overlaps are looked at.
    """
    times: dict[str, dict[int, datetime]] = {}
    due: dict[tuple[str, ...], set[int]] = {}
    begun: dict[str, set[int]] = defaultdict(set)
    for session in schedule.sessions:
        if session.state is State.SCHEDULED and not_before is not None and session.start < not_before:
            begun[session.key[0]].add(session.index)
    for group in groups:
        times[group.id] = dict(_wall_times(group, program))
        due[group.id,] = {
            week
            for week, start in times[group.id].items()
            if week not in begun[group.id] and (not_before is None or start >= not_before)
        }
    faults = list(_identity_faults(schedule, due, not_before))
    known = {group.id: group for group in groups}
    busy = _calendars([*schedule.sessions, *commitments])
    comes: dict[str, Counter[str]] = defaultdict(Counter)
    for position, session in _coming(schedule, not_before):
        if session.key[0] not in known:
            continue  # told already
        group = known[session.key[0]]
        wall = times[group.id].get(session.index)
        away = dict(_away(session, members))
        can = [one for one in session.attendees if one not in away]
        comes[group.id].update([*can, ""])
        for reason in _group_faults(session, group, wall, len(can), program, busy):
            faults.append(Fault(f"sessions[{position}]", f"{group.id}: {reason}"))
    for group in groups:
        if comes[group.id]:
            faults.extend(_share_faults(group, times[group.id], comes[group.id], due, members, program))
    faults.extend(overlaps([*schedule.sessions, *commitments]))
    return faults


def check_meetings(
    schedule: Schedule,
    groups: Sequence[Group],
    periods: Mapping[str, tuple[datetime, datetime]],
    members: Mapping[str, Member],
    program: Program,
    *,
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> list[Fault]:
    """Everything wrong with a schedule of groups that meet once, each in a period of its own (by id).

    Checked: each session has the cycle's length, and lies in its group's period and the cycle; all members
    attend, but for those who are in another session then; the quorum can come; each group has a session or a
    reason, unless its period is over; UIDs are unique; no person attends two meetings at once, `commitments`
    included. Sessions that begin before `not_before` are history: only their overlaps are looked at.
    """
    length = timedelta(minutes=program.cycle.session_minutes)
    due: dict[tuple[str, ...], set[int]] = {
        (group.id,): {0}
        if not_before is None or not_before + length <= periods[group.id][1] - _SLOT
        else set()
        for group in groups
    }
    faults = list(_identity_faults(schedule, due, not_before))
    known = {group.id: group for group in groups}
    busy = _calendars([*schedule.sessions, *commitments])
    for position, session in _coming(schedule, not_before):
        if session.key[0] not in known:
            continue  # told already
        group = known[session.key[0]]
        first, last = periods[group.id]
        away = dict(_away(session, members))
        reasons = list(_attendance_faults(session, group, len(session.attendees) - len(away), busy))
        if session.end - session.start != length:
            reasons.append(
                f"lasts {session.end - session.start}, not {program.cycle.session_minutes} minutes"
            )
        if session.start < first or session.end > last or not _inside(session.start, session.end, program):
            reasons.append("is outside its round's period")
        faults += [Fault(f"sessions[{position}]", f"{group.id}: {reason}") for reason in reasons]
    faults.extend(overlaps([*schedule.sessions, *commitments]))
    return faults


def check_move(
    moved: Session,
    members: Mapping[str, Member],
    program: Program,
    quorum: int,
    others: Sequence[Session],
) -> list[Fault]:
    """What stands against a single session at the time that it has been given; empty where nothing does.

    Checked: the cycle; of a pair also grid, length and week, as in `check_schedule`; both of a pair, of a
    group a `quorum` and all who facilitate, can come; nobody is in one of `others` then. `members`
    by id, with what their own calendars take.
    """
    reasons: list[str] = []
    away = dict(_away(moved, members))
    if moved.family is Family.PAIRS:
        reasons += _session_faults(moved, program)
        reasons += [f"{person} {why}" for person, why in away.items()]
    else:
        if not _inside(moved.start, moved.end, program):
            reasons.append("is outside the cycle")
        leads = [person for person in away if person in moved.roles]
        reasons += [f"{person} {away[person]}, and facilitates" for person in leads]
        group = [one for one in moved.attendees if one not in moved.guests]
        can = sum(one not in away for one in group)
        if can < quorum:
            reasons.append(f"{can} could come, and {quorum} are needed")
    faults = [Fault("start", reason) for reason in reasons]
    for one, other in clashes([moved], others):
        person = next(who for who in one.attendees if who in other.attendees)
        faults.append(Fault("start", f"{person} is in another session then ({other.title})"))
    return faults


def session_weeks(program: Program) -> range:
    """The weeks in which pairs meet, counted from 0 at the cycle's first day. Only whole weeks count."""
    weeks = ((program.cycle.end - program.cycle.start).days + 1) // 7
    return range(0, weeks, program.cycle.weeks_between_sessions)


def _coming(schedule: Schedule, not_before: datetime | None) -> Iterator[tuple[int, Session]]:
    """Sessions that take place and are not history, with their positions."""
    for position, session in enumerate(schedule.sessions):
        past = not_before is not None and session.start < not_before
        if session.state is State.SCHEDULED and not past:
            yield position, session


def _identity_faults(
    schedule: Schedule, due: Mapping[tuple[str, ...], set[int]], not_before: datetime | None
) -> Iterator[Fault]:
    """`due`: by key of each series of the plan, the indices that need a session or a reason."""
    uids: dict[str, int] = {}
    told: dict[tuple[str, ...], set[int | None]] = defaultdict(set)
    for position, session in enumerate(schedule.sessions):
        if uids.setdefault(session.uid, position) != position:
            yield Fault(f"sessions[{position}].uid", f"also the UID of sessions[{uids[session.uid]}]")
        if session.state is State.SCHEDULED:
            if session.index in told[session.key]:
                yield Fault(f"sessions[{position}].index", f"{session.index} occurs twice for {session.key}")
            told[session.key].add(session.index)
            past = not_before is not None and session.start < not_before
            if session.key not in due and not past:
                yield Fault(f"sessions[{position}]", f"{session.key} is not in this plan")
    for position, missing in enumerate(schedule.unscheduled):
        if missing.index in told[missing.key]:
            yield Fault(f"unscheduled[{position}]", f"session {missing.index} of {missing.key} is scheduled")
        told[missing.key].add(missing.index)
    for key, expected in due.items():
        lost = sorted(expected - told[key])
        if lost and None not in told[key]:
            yield Fault("sessions", f"{key}: sessions {lost} are neither scheduled nor given a reason")


def _session_faults(session: Session, program: Program) -> Iterator[str]:
    cycle = program.cycle
    if session.start.minute % 30 or session.start.second or session.start.microsecond:
        yield f"starts at {session.start:%H:%M} UTC, off the half-hour grid"
    if session.end - session.start != timedelta(minutes=cycle.session_minutes):
        yield f"lasts {session.end - session.start}, not {cycle.session_minutes} minutes"
    if not _inside(session.start, session.end, program):
        yield "is outside the cycle"
    if session.attendees != session.key:
        yield f"is attended by {session.attendees}"
    if session.index >= len(session_weeks(program)):
        yield f"has index {session.index} of {len(session_weeks(program))} session weeks"
    else:
        day = (session.start.astimezone(ZoneInfo(session.time_zone)).date() - cycle.start).days
        if day // 7 != session_weeks(program)[session.index]:
            yield f"is in week {day // 7}, not in the week of session {session.index}"


def _inside(start: datetime, end: datetime, program: Program) -> bool:
    """Whether an interval lies inside the cycle's days (UTC)."""
    first = datetime.combine(program.cycle.start, time.min, UTC)
    last = datetime.combine(program.cycle.end + timedelta(days=1), time.min, UTC)
    return first <= start and end <= last


def _wall_times(group: Group, program: Program) -> Iterator[tuple[int, datetime]]:
    """The weeks in which a group is to meet, each with the instant of its wall time, day by day."""
    slot, cycle = group.slot, program.cycle
    for number in range((cycle.end - cycle.start).days // 7 * 7 + 7 if slot else 0):
        day = cycle.start + timedelta(days=number)
        week = number // 7
        whole = week < ((cycle.end - cycle.start).days + 1) // 7 and (
            slot is None or slot.weeks is None or week < slot.weeks
        )
        if slot and whole and day.isoweekday() == slot.weekday and week % slot.every_weeks == 0:
            yield week, datetime.combine(day, slot.start, ZoneInfo(slot.time_zone)).astimezone(UTC)


def _group_faults(
    session: Session,
    group: Group,
    wall: datetime | None,
    can: int,
    program: Program,
    busy: Mapping[str, Sequence[Session]],
) -> Iterator[str]:
    if wall is None:
        yield f"has no meeting in week {session.index}"
    elif session.start != wall:
        yield f"starts at {session.start:%Y-%m-%d %H:%M} UTC, not at the time of its slot ({wall:%H:%M} UTC)"
    if group.slot and session.end - session.start != timedelta(minutes=group.slot.minutes):
        yield f"lasts {session.end - session.start}, not {group.slot.minutes} minutes"
    if not _inside(session.start, session.end, program):
        yield "is outside the cycle"
    yield from _attendance_faults(session, group, can, busy)


def _attendance_faults(
    session: Session, group: Group, can: int, busy: Mapping[str, Sequence[Session]]
) -> Iterator[str]:
    if strangers := set(session.attendees) - set(group.members):
        yield f"is attended by {sorted(strangers)}, who are no members"
    for person in set(group.members) - set(session.attendees):
        others = (one for one in busy[person] if one.uid != session.uid)
        if not any(one.start < session.end and session.start < one.end for one in others):
            yield f"{person} does not attend, and is in no other session then"
    if can < group.quorum:
        yield f"{can} could come, and {group.quorum} are needed"


def _share_faults(
    group: Group,
    times: Mapping[int, datetime],
    comes: Mapping[str, int],
    due: Mapping[tuple[str, ...], set[int]],
    members: Mapping[str, Member],
    program: Program,
) -> Iterator[Fault]:
    """Members who could come to too few: of the sessions to come, and of the past weeks by their profiles."""
    assert group.slot is not None
    length = timedelta(minutes=group.slot.minutes)
    past = [start for week, start in times.items() if week not in due[group.id,]]
    past = [start for start in past if _inside(start, start + length, program)]
    for person in group.members:
        if person in group.spared:
            continue
        before = sum(absence(members[person], start, start + length) is None for start in past)
        if (comes.get(person, 0) + before) * 100 < group.least_percent * (comes[""] + len(past)):
            yield Fault("sessions", f"{person} could come to too few sessions of {group.id}")


def _absences(session: Session, members: Mapping[str, Member]) -> list[str]:
    return [f"{person} {why}" for person, why in _away(session, members)]


def _away(session: Session, members: Mapping[str, Member]) -> Iterator[tuple[str, str]]:
    """Attendees who cannot come, and why not."""
    for person in session.attendees:
        why = absence(members[person], session.start, session.end)
        if why is not None:
            yield person, why


def absence(member: Member, start: datetime, end: datetime) -> str | None:
    """Why a member cannot meet in some minute of an interval, looked at one by one; None when they can."""
    zone = ZoneInfo(member.time_zone)
    spans = [(span.day, span.start_minute, span.end_minute) for span in member.availability]
    near = [taken for taken in member.busy if taken.start < end + _MINUTE and start < taken.end]
    moment = start
    while moment < end:
        local = moment.astimezone(zone)
        weekday, minute = local.isoweekday(), local.hour * 60 + local.minute
        why = None
        if not any(day == weekday and first <= minute < beyond for day, first, beyond in spans):
            why = "has not offered the time"
        elif not member.night_ok and not NIGHT_ENDS <= minute < NIGHT_BEGINS:
            why = "sleeps"
        elif near and any(taken.start < moment + _MINUTE and moment < taken.end for taken in near):
            why = "is busy"
        elif member.leave and any(leave.start <= local.date() <= leave.end for leave in member.leave):
            why = "is on leave"
        if why is not None:
            return f"{why} at {moment:%Y-%m-%d %H:%M} UTC"
        moment += _MINUTE
    return None


def _calendars(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    """What each person attends."""
    calendars: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.state is State.SCHEDULED:
            for person in session.attendees:
                calendars[person].append(session)
    return calendars


def overlaps(sessions: Sequence[Session]) -> Iterator[Fault]:
    """Nobody can be in two sessions at once."""
    for person, meetings in _calendars(sessions).items():
        meetings.sort(key=lambda session: (session.start, session.uid))
        for one, next_one in itertools.pairwise(meetings):
            if next_one.start < one.end:
                yield Fault("sessions", f"{person} would be in {one.uid} and {next_one.uid} at once")
