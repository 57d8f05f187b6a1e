"""Sessions of a plan beside a rota: series that it gives times to keep them, while they still pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matcher.domain.member import Member, Status
from matcher.domain.session import Key, Schedule, Session, State
from matcher.planning.sessions.clashes import clashes
from matcher.planning.sessions.meetings import Desk
from matcher.planning.sessions.slots import Slots
from matcher.planning.sessions.writer import SessionWriter

if TYPE_CHECKING:
    from matcher.documents.read import NetworkSource
    from matcher.domain.rota_plan import PlanSeries
    from matcher.planning.families import Ends
    from matcher.planning.sessions.scheduling import Occasion


def beside_rota(
    ends: Ends,
    source: NetworkSource,
    plan: Any,
    when: Occasion,
    held: Sequence[PlanSeries],
    replaced: Sequence[Session] = (),
) -> Schedule:
    """Sessions for a plan of pairs or groups, of which a published rota holds some series.

    Those keep the rota's times and facilitators, with their members as the plan has them, where at each
    session to come so many can come as the rota asks for, and nobody is in two places. All others get their
    own times. `replaced`: sessions as they were before the rota; what the plan would make of them without it
    is told beside.
    """
    if not held:
        return ends.schedule(source, plan, when)[0]
    members = {one.id: one for one in source.people() if isinstance(one, Member)}
    people: dict[Key, tuple[str, ...]] = {
        key: who for key, who, _, _ in ends.series(plan) if when.only is None or key in when.only
    }
    program = next(one for one in source.header.programs if one.id == plan.program)
    desk = Desk(Slots(program), members, when.not_before)
    kept: dict[Key, list[Session]] = {}
    taken = [*when.commitments]
    for series in held:
        if series.key in people:
            before = [one for one in when.previous if one.key == series.key]
            found = _kept(desk, series, people[series.key], before, when)
            if found is not None and next(clashes(found, taken), None) is None:
                kept[series.key] = found
                taken += found
    rest = replace(
        when,
        only=frozenset(people.keys() - kept.keys()),
        previous=[one for one in when.previous if one.key not in kept],
        commitments=taken,
    )
    made = ends.schedule(source, plan, rest)[0]
    before = [one for one in when.previous if one.key in kept and desk.begun(one)]
    before += [one for one in replaced if one.key in kept and not desk.begun(one)]
    alone = replace(
        when,
        only=frozenset(kept),
        previous=list({one.uid: one for one in reversed(before)}.values()),
        commitments=[*when.commitments, *made.sessions],
    )
    sessions = sorted(
        [*made.sessions, *(one for found in kept.values() for one in found)], key=lambda s: (s.key, s.index)
    )
    instead = ends.schedule(source, plan, alone)[0].sessions if kept else ()
    return made.model_copy(update={"sessions": tuple(sessions), "instead": instead})


def _kept(
    desk: Desk, series: PlanSeries, people: Sequence[str], before: Sequence[Session], when: Occasion
) -> list[Session] | None:
    """The sessions of a series at the rota's times; None where one of them does not pass."""
    planned = {one.index: one for one in series.sessions}
    writer = SessionWriter(when.name, when.domain, when.changed_at)
    found = []
    quorum = min(series.quorum, len(people))
    for session in before:
        if desk.begun(session) or session.state is State.CANCELLED:
            found.append(session)
            continue
        meeting = planned.get(session.index)
        if meeting is None or meeting.start != session.start:
            return None
        guests = tuple(one for one in session.guests if _active(desk.members, one) and one not in people)
        able = [one for one in people if one in meeting.attending or _free(desk, one, session)]
        if len(able) < quorum:
            return None
        here = tuple(one for one in people if one in session.attendees or one in able)
        roles = {one: role for one, role in session.roles.items() if one in here or one in guests}
        changes = {"attendees": (*here, *guests), "guests": guests, "roles": roles}
        same = all(getattr(session, name) == value for name, value in changes.items())
        found.append(session if same else writer.changed(session, changes))
    return found if any(one.state is State.SCHEDULED for one in found) else None


def _active(members: Mapping[str, Member], person: str) -> bool:
    return person in members and members[person].status is Status.ACTIVE


def _free(desk: Desk, person: str, session: Session) -> bool:
    return desk.free(person, session.start, session.end)
