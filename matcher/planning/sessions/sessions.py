"""Sessions for pairs: a series over the cycle's real weeks, at times that are free for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from matcher.domain.errors import Fault, InputError, UnknownIdError
from matcher.domain.member import Member
from matcher.domain.policy import Kind
from matcher.domain.program import Program
from matcher.domain.rota_policy import Agenda
from matcher.domain.session import (
    DOMAIN,
    Key,
    Obstacle,
    Schedule,
    SeriesKey,
    Session,
    State,
    Unscheduled,
)
from matcher.domain.session_text import Why
from matcher.planning.sessions.agenda import AGENDAS, pair_text, shown_name
from matcher.planning.sessions.series import Series, Timetable, lot, place_all
from matcher.planning.sessions.slots import Slots
from matcher.planning.sessions.writer import Meeting, SessionWriter, check_instants, foreign_sessions

Place = tuple[Key, int]
"""A session within one schedule: the key of its series, and its index."""


def schedule_sessions(
    pairs: Sequence[tuple[str, str]],
    members: Mapping[str, Member],
    program: Program,
    *,
    seed: int,
    changed_at: datetime,
    network: str = "network",
    kind: Kind | None = None,
    plan: str | None = None,
    domain: str = DOMAIN,
    why: Mapping[tuple[str, str], Why] | None = None,
    agenda: Agenda = AGENDAS.pair,
    previous: Sequence[Session] = (),
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> Schedule:
    """Give each pair (learner id, guide id) a session in every session week of the program's cycle.

    A series keeps one weekly time in the guide's zone where it can. Other weeks get a near time, and weeks
    without any get an `Unscheduled` with the reason. Pairs with the fewest choices choose first.

    `previous` is the last schedule of the same network, program, cycle and kind: sessions that are still
    possible stay as they are, changed ones keep their UID and raise their SEQUENCE, those of pairs that are
    gone are cancelled. `commitments` are sessions of other schedules whose time is taken. `not_before` is
    "now": nothing that began earlier is touched, and nothing is put there. `changed_at` is written on what
    changes. `kind` is the program's first unless given; `why` adds reasons per pair, `agenda` has
    the parts of sessions; UIDs end in `domain`.

    Raises `UnknownIdError` for a pair of unknown people, `InputError` for a pair named twice, a person paired
    with themselves, sessions of another schedule in `previous`, or instants without an offset.
    """
    kind = kind or program.kinds[0]
    scope = (network, program.id, program.cycle.id, kind)
    _check(pairs, members, previous, scope, (changed_at, not_before))
    slots = Slots(program)
    wanted = sorted(set(pairs))
    people = {person for pair in wanted for person in pair}
    timetable = Timetable(slots, (members[person] for person in people), seed, not_before)
    for session in commitments:
        if session.state is State.SCHEDULED:
            timetable.commit(session.attendees, session.start, session.end)
    before = {(session.key, session.index): session for session in previous}
    series: dict[Key, Series] = {
        pair: Series(members[pair[0]], members[pair[1]], lot(seed, *scope, *pair)) for pair in wanted
    }
    _keep(timetable, series, before, not_before)
    place_all(timetable, list(series.values()))

    made: list[Session] = []
    missing: list[Unscheduled] = []
    writer = SessionWriter(plan, domain, changed_at)
    length = timedelta(minutes=slots.minutes)
    for one in series.values():
        own = SeriesKey(network=network, program=program.id, cycle=program.cycle.id, kind=kind, key=one.pair)
        told: list[Unscheduled] = []
        for index in range(len(slots.weeks)):
            old = before.pop((one.pair, index), None)
            if index in one.placed:
                meeting = Meeting(
                    index=index,
                    start=slots.instant(one.placed[index]),
                    length=length,
                    time_zone=one.guide.time_zone,
                    attendees=one.pair,
                    text=pair_text(
                        kind, one.learner, one.guide, index, len(slots.weeks), slots.minutes,
                        (why or {}).get(one.pair, Why()), agenda,
                    ),
                )  # fmt: skip
                made.append(writer.session(own, meeting, old))
            elif old is not None and index in one.closed:
                made.append(old)
            else:
                if old is not None:
                    made.append(writer.cancelled(old))
                if index not in one.closed:
                    told.append(_unscheduled(timetable, own, one, index))
        if told and len(told) == len(slots.weeks) - len(one.closed) and not one.placed:
            told = [_unscheduled(timetable, own, one, None)]
        missing += told
    for old in before.values():
        over = not_before is not None and old.start < not_before
        made.append(old if over else writer.cancelled(old))
    made.sort(key=lambda session: (session.key, session.index))
    return Schedule(sessions=tuple(made), unscheduled=tuple(missing))


def _check(
    pairs: Sequence[tuple[str, str]],
    members: Mapping[str, Member],
    previous: Sequence[Session],
    scope: tuple[str, str, str, Kind],
    instants: tuple[datetime | None, ...],
) -> None:
    check_instants(*instants)
    faults = []
    seen: set[tuple[str, str]] = set()
    for position, (learner, guide) in enumerate(pairs):
        for person in (learner, guide):
            if person not in members:
                raise UnknownIdError("member", person, f"It is named in pairs[{position}].")
        if learner == guide:
            faults.append(Fault(f"pairs[{position}]", f"{learner!r} cannot meet themselves"))
        if (learner, guide) in seen:
            faults.append(Fault(f"pairs[{position}]", f"{learner!r} with {guide!r} is named twice"))
        seen.add((learner, guide))
    faults += foreign_sessions(previous, scope)
    if faults:
        raise InputError("These pairs cannot be scheduled.", faults)


def _keep(
    timetable: Timetable,
    series: Mapping[Key, Series],
    before: Mapping[Place, Session],
    not_before: datetime | None,
) -> None:
    """Settle what stays: sessions that began already, then those to come that are still possible."""
    slots = timetable.slots
    coming: list[Session] = []
    for session in before.values():
        one = series.get(session.key)
        if session.state is State.SCHEDULED:
            if not_before is not None and session.start < not_before:
                timetable.commit(session.attendees, session.start, session.end)
                if one is not None:
                    one.closed.add(session.index)
            elif one is not None:
                coming.append(session)
    for one in series.values():
        one.closed.update(index for index in range(len(slots.weeks)) if timetable.over(one, index))
    length = timedelta(minutes=slots.minutes)
    for session in sorted(coming, key=lambda session: (session.start, session.uid)):
        one = series[session.key]
        slot = slots.number(session.start)
        right = (
            slot is not None and session.end - session.start == length and session.index < len(slots.weeks)
        )
        if right and slot is not None and timetable.fits(one, session.index, slot):
            timetable.occupy(one, session.index, slot)
            one.kept.add(session.index)


def _unscheduled(timetable: Timetable, own: SeriesKey, series: Series, index: int | None) -> Unscheduled:
    """Why a week, or (None) the whole cycle, has no session for a pair."""
    learner, guide = series.learner, series.guide
    free, guide_free, common = timetable.minutes(series, index)
    names = f"{shown_name(learner)} and {shown_name(guide)}"
    if index is None:
        span = "in any session week of the cycle"
    else:
        day = timetable.slots.cycle.start + timedelta(weeks=timetable.slots.weeks[index])
        span = f"in the week from {day:%Y-%m-%d}"
    numbers = f"{_hours(free)} and {_hours(guide_free)} free, {_hours(common)} in common"
    needed = f"{timetable.slots.minutes} minutes are needed"
    if not free or not guide_free:
        reason = Obstacle.NO_AVAILABILITY
        idle = [shown_name(m) for m, minutes in ((learner, free), (guide, guide_free)) if not minutes]
        sentence = f"{' and '.join(idle)} offered no free time {span} ({numbers}): ask for hours."
    elif not common:
        reason = Obstacle.NO_COMMON_TIME
        sentence = (
            f"{names} are never free at the same time {span} ({numbers}; {needed}): ask for other hours."
        )
    elif not timetable.could_hold(series, index):
        reason = Obstacle.TOO_SHORT
        sentence = (
            f"{names} have no common time that is long enough {span} ({numbers}; {needed} in one piece)."
        )
    else:
        reason = Obstacle.TAKEN
        sentence = f"Other sessions take all common time of {names} {span} ({numbers}): ask for more hours."
    return Unscheduled(
        **dict(own),
        attendees=series.pair,
        index=index,
        reason=reason,
        free_minutes=(free, guide_free),
        common_minutes=common,
        sentence=sentence,
    )


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60}.{minutes % 60 * 10 // 60} h"
