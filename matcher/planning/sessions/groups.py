"""Sessions for groups with a weekly time of their own: on the real dates of the cycle, whatever clocks do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time

from matcher.candidates.free_time import SLOT_MINUTES
from matcher.domain.errors import Fault, InputError, UnknownIdError
from matcher.domain.family import Family
from matcher.domain.member import Member
from matcher.domain.program import Program
from matcher.domain.session import (
    DOMAIN,
    Obstacle,
    Schedule,
    SeriesKey,
    Session,
    State,
    Unscheduled,
    WeeklySlot,
)
from matcher.planning.sessions.meetings import Desk, Group, meetings_of
from matcher.planning.sessions.slots import Slots
from matcher.planning.sessions.writer import Meeting, SessionWriter, check_instants, foreign_sessions


def find_times(
    groups: Sequence[Group],
    members: Mapping[str, Member],
    program: Program,
    *,
    previous: Sequence[Session] = (),
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> list[Group]:
    """The groups in the order of ids, each with a weekly time that other sessions leave it.

    A group keeps its time where all of its sessions can take place, or where it meets at that time already
    and some still can. Else it gets the time at which all can, and the most members can come; the nearest to
    its own among equals. Where there is none it keeps its own, and `schedule_groups` tells what is lost.
    """
    desk = Desk(Slots(program), members, not_before)
    desk.engage_in((*commitments, *(one for one in previous if desk.begun(one))))
    found = []
    for group in sorted(groups, key=lambda one: one.id):
        own = SeriesKey(network="n", program="p", cycle="c", family=Family.PODS, key=("g",))
        mine = [one for one in previous if one.key == (group.id,) and one.state is State.SCHEDULED]
        closed = {one.index for one in mine if desk.begun(one)}
        meetings, told = meetings_of(desk, own, group, program, closed)
        stays = {meeting.start for meeting in meetings} & {one.start for one in mine}
        if group.slot is not None and not stays and not _whole(meetings, told):
            group, meetings = _another_time(desk, own, group, group.slot, program, closed, meetings)
        for meeting in meetings:
            desk.engage(meeting.attendees, meeting.start, meeting.start + meeting.length)
        found.append(group)
    return found


def _whole(meetings: Sequence[Meeting], told: Sequence[Unscheduled]) -> bool:
    """Whether all sessions inside the cycle take place."""
    return bool(meetings) and all(one.reason is Obstacle.OUTSIDE_CYCLE for one in told)


def _another_time(
    desk: Desk,
    own: SeriesKey,
    group: Group,
    slot: WeeklySlot,
    program: Program,
    closed: set[int],
    present: list[Meeting],
) -> tuple[Group, list[Meeting]]:
    best: tuple[tuple[int, int, int], Group, list[Meeting]] | None = None
    minute = ((slot.weekday - 1) * 24 + slot.start.hour) * 60 + slot.start.minute
    for at in range(0, 7 * 24 * 60, SLOT_MINUTES):
        start = time(at // 60 % 24, at % 60)
        changed = slot.model_copy(update={"weekday": at // (24 * 60) + 1, "start": start})
        moved = replace(group, slot=changed)
        meetings, told = meetings_of(desk, own, moved, program, closed)
        if _whole(meetings, told):
            come = sum(
                desk.free(one, meeting.start, meeting.start + meeting.length)
                for meeting in meetings
                for one in meeting.attendees
            )
            away = abs(at - minute)
            rank = (-come, min(away, 7 * 24 * 60 - away), at)
            if best is None or rank < best[0]:
                best = rank, moved, meetings
    return (group, present) if best is None else best[1:]


def schedule_groups(
    groups: Sequence[Group],
    members: Mapping[str, Member],
    program: Program,
    *,
    family: Family,
    changed_at: datetime,
    network: str = "network",
    plan: str | None = None,
    domain: str = DOMAIN,
    previous: Sequence[Session] = (),
    commitments: Sequence[Session] = (),
    not_before: datetime | None = None,
) -> Schedule:
    """Give each group the sessions of its slot over the program's cycle.

    A member whose own calendar does not allow a session attends it all the same: the slot was chosen so that
    enough others can come. One who is in another session then (of `commitments`, or of a group before in the
    order of ids) does not attend that one. A session that fewer than the quorum could come to does not take
    place, and a group with a member who could come to too few gets none; each time with the reason.

    The other arguments are those of `schedule_sessions`. Raises `UnknownIdError`, `InputError` as it does.
    """
    scope = (network, program.id, program.cycle.id, family)
    check_instants(changed_at, not_before)
    _check(groups, members, previous, scope)
    before: dict[str, dict[int, Session]] = defaultdict(dict)
    for session in previous:
        before[session.key[0]][session.index] = session
    desk = Desk(Slots(program), members, not_before)
    desk.engage_in((*commitments, *(one for one in previous if desk.begun(one))))

    made: list[Session] = []
    missing: list[Unscheduled] = []
    writer = SessionWriter(plan, domain, changed_at)
    for group in sorted(groups, key=lambda one: one.id):
        own = SeriesKey(
            network=network, program=program.id, cycle=program.cycle.id, family=family, key=(group.id,)
        )
        old = before.pop(group.id, {})
        begun = [one for one in old.values() if desk.begun(one) and one.state is State.SCHEDULED]
        closed = {one.index for one in begun}
        meetings, told = meetings_of(desk, own, group, program, closed)
        made += begun
        for meeting in meetings:
            desk.engage(meeting.attendees, meeting.start, meeting.start + meeting.length)
            made.append(writer.session(own, meeting, old.get(meeting.index)))
        stay = closed | {meeting.index for meeting in meetings}
        made += [writer.cancelled(one) for one in old.values() if one.index not in stay]
        missing += told
    for rest in before.values():
        made += [one if desk.begun(one) else writer.cancelled(one) for one in rest.values()]
    made.sort(key=lambda session: (session.key, session.index))
    return Schedule(sessions=tuple(made), unscheduled=tuple(missing))


def _check(
    groups: Sequence[Group],
    members: Mapping[str, Member],
    previous: Sequence[Session],
    scope: tuple[str, str, str, Family],
) -> None:
    faults = list(foreign_sessions(previous, scope))
    seen: set[str] = set()
    for position, group in enumerate(groups):
        for person in group.members:
            if person not in members:
                raise UnknownIdError("member", person, f"It is named in groups[{position}].")
        if len(set(group.members)) != len(group.members) or len(group.members) < 2:
            faults.append(Fault(f"groups[{position}]", f"{group.id!r} needs two or more different members"))
        if not 2 <= group.quorum <= len(group.members):
            faults.append(Fault(f"groups[{position}]", f"a quorum of {group.quorum} is out of 2..members"))
        if group.id in seen:
            faults.append(Fault(f"groups[{position}]", f"{group.id!r} is named twice"))
        seen.add(group.id)
    if faults:
        raise InputError("These groups cannot be scheduled.", faults)
