"""An independent check of a rota's sessions against the plan: who, when, and nobody in two places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from matcher.domain.errors import Fault
from matcher.domain.rota_plan import PlanSession, RotaPlan
from matcher.domain.session import Schedule, Session, State
from matcher.planning.sessions.check import overlaps


def check_sessions(
    schedule: Schedule, plan: RotaPlan, commitments: Sequence[Session], not_before: datetime | None
) -> list[Fault]:
    """Everything wrong with the schedule of a rota; empty when every session is as the plan says.

    Checked of sessions that begin at or after `not_before`: time and turns are those of the plan, nobody
    attends but members, expert and facilitators, the quorum does; each session of the plan takes place or has
    a reason. UIDs are unique, and nobody is in two sessions at once, `commitments` included.
    """
    faults = []
    wanted = {
        (one.key, one.pairing, meeting.index): (one, meeting)
        for one in plan.series
        for meeting in one.sessions
        if not_before is None or meeting.start >= not_before
    }
    seen: set[object] = set()
    uids: set[str] = set()
    for position, session in enumerate(schedule.sessions):
        path = f"sessions[{position}]"
        if session.uid in uids:
            faults.append(Fault(f"{path}.uid", "occurs twice"))
        uids.add(session.uid)
        past = not_before is not None and session.start < not_before
        if session.state is State.CANCELLED or past:
            continue
        place = (session.key, session.kind, session.index)
        seen.add(place)
        if place not in wanted:
            if session.roles or session.guests:
                faults.append(Fault(path, "is not in the rota, and has facilitators"))
            continue
        series, meeting = wanted[place]
        allowed = {*series.members, *_people(meeting), series.expert}
        for reason in _off(session, meeting, allowed, series.quorum):
            faults.append(Fault(path, f"{series.title}: {reason}"))
    told = {(one.key, one.kind, one.index) for one in schedule.unscheduled}
    for place in wanted.keys() - seen - told:
        old = [one for one in schedule.sessions if (one.key, one.kind, one.index) == place]
        if not any(not_before is not None and one.start < not_before for one in old):
            faults.append(Fault("sessions", f"{place} neither takes place nor has a reason"))
    faults.extend(overlaps([*schedule.sessions, *commitments]))
    return faults


def _off(session: Session, meeting: PlanSession, allowed: set[str | None], quorum: int) -> Iterator[str]:
    if (session.start, session.end) != (meeting.start, meeting.end):
        yield f"takes place at {session.start:%Y-%m-%d %H:%M} UTC, not at {meeting.start:%Y-%m-%d %H:%M}"
    if session.roles != {turn.member: turn.role for turn in meeting.turns if turn.member}:
        yield "has other facilitators than the rota"
    if strangers := set(session.attendees) - allowed:
        yield f"is attended by {sorted(strangers)}"
    if len(set(session.attendees) & set(meeting.attending)) < quorum:
        yield f"has fewer than its quorum of {quorum}"


def _people(meeting: PlanSession) -> set[str]:
    return {turn.member for turn in meeting.turns if turn.member}
