"""What a coordinator makes of a proposal for another time: the session moves, or stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from matcher.domain.family import Family
from matcher.domain.member import BusyInterval, Member
from matcher.domain.program import Program
from matcher.domain.session import Session, State
from matcher.planning.sessions.check import check_move
from matcher.planning.sessions.writer import succeeding
from matcher.service.attendance.mails import REFUSAL, RefusalNotice
from matcher.service.attendance.repairs import quorum_of
from matcher.service.notices import announce, seen_by
from matcher.store.attendance import Proposal, decide_proposal, find_proposal
from matcher.store.busy import intervals_of
from matcher.store.database import Connection
from matcher.store.documents import header_of
from matcher.store.errors import Conflict
from matcher.store.networks import NetworkRow, lock_network
from matcher.store.outbox import Letter, post
from matcher.store.plans import find_plan
from matcher.store.recipients import recipients
from matcher.store.sessions import SessionFilter, find_session, list_sessions, put_sessions

DAY = timedelta(days=1)


def take_up(connection: Connection, network: str, identifier: str, now: datetime) -> tuple[Proposal, Session]:
    """Move a session to the time that somebody proposed, if everything allows it, and tell its people.

    Returns the proposal, and the session as it is now. Raises `NotFound`, `Conflict` with what stands against
    it, or what has to be done instead.
    """
    row = lock_network(connection, network)
    proposal, session = _open(connection, network, identifier, now)
    if proposal.start <= now:
        raise Conflict("The proposed time is past: refuse it.")
    if proposal.end - proposal.start != session.end - session.start:
        raise Conflict(
            f"The session lasts {session.end - session.start}, the proposed time "
            f"{proposal.end - proposal.start}: refuse it."
        )
    if session.family is Family.ROTA or find_plan(connection, network, session.plan or "").family == "rota":
        raise Conflict(
            "A rota gives this session its time and its facilitators: make a plan of the family rota, "
            f"retime the session in it to {proposal.start:%Y-%m-%dT%H:%MZ} by an edit, and publish it."
        )
    moment = now.replace(microsecond=0)
    changes = {"start": proposal.start, "end": proposal.end, "changed_at": moment}
    moved = succeeding(session, session.model_copy(update=changes))
    _check(connection, row, moved, now)
    put_sessions(connection, network, [moved], now)
    proposal = decide_proposal(connection, proposal, "taken", now)
    announce(connection, row, [moved], moved.plan, now)
    return proposal, moved


def refuse(connection: Connection, network: str, identifier: str, now: datetime) -> Proposal:
    """Leave a session where it is, and send a DECLINECOUNTER to who proposed another time (RFC 5546, section
    3.2.8). Raises `NotFound`, `Conflict`."""
    row = lock_network(connection, network)
    proposal, session = _open(connection, network, identifier, now)
    person = recipients(connection, network, [proposal.member])[proposal.member]
    letter = Letter(
        kind=REFUSAL,
        member=proposal.member,
        message_id=f"<{proposal.id}@{row.settings.uid_domain}>",
        body=RefusalNotice(proposal=proposal.id, session=seen_by(session, person)).model_dump_json(),
        due_at=now,
        uid=session.uid,
        plan=session.plan,
        starts_at=session.start,
    )
    post(connection, network, [letter], now)
    return decide_proposal(connection, proposal, "refused", now)


def _open(connection: Connection, network: str, identifier: str, now: datetime) -> tuple[Proposal, Session]:
    """An open proposal, and its session to come."""
    proposal = find_proposal(connection, network, identifier)
    if proposal.state != "open":
        raise Conflict(f"The proposal {identifier!r} is {proposal.state}: nothing more can be done with it.")
    session = find_session(connection, network, proposal.session)
    if session.state is State.CANCELLED or session.start <= now:
        what = "is cancelled" if session.state is State.CANCELLED else "has begun"
        raise Conflict(f"The session {proposal.session!r} {what}: it does not move any more.")
    return proposal, session


def _check(connection: Connection, network: NetworkRow, moved: Session, now: datetime) -> None:
    program = _program(connection, moved)
    near = SessionFilter(state=State.SCHEDULED, first=moved.start - DAY, last=moved.end)
    others = [
        one for one in list_sessions(connection, network.id, near, None, 100_000) if one.uid != moved.uid
    ]
    group = [one for one in moved.attendees if one not in moved.guests]
    quorum = quorum_of(connection, moved, len(group))
    faults = check_move(moved, _people(connection, moved), program, quorum, others)
    if faults:
        raise Conflict("The session cannot move to the proposed time; see errors.", faults)


def _program(connection: Connection, session: Session) -> Program:
    """The session's program in the cycle that it is of. Raises `Conflict` where that is another by now."""
    header = header_of(connection, session.network)
    program = next((one for one in header.programs if one.id == session.program), None)
    if program is None or program.cycle.id != session.cycle:
        raise Conflict("The session is of a cycle that is over: it does not move any more.")
    return program


def _people(connection: Connection, session: Session) -> dict[str, Member]:
    """The attendees, busy also when their own calendars say so."""
    found = recipients(connection, session.network, session.attendees)
    taken = intervals_of(connection, session.network, session.attendees)
    people = {}
    for one in found.values():
        busy = tuple(BusyInterval.model_validate(each) for each in taken.get(one.id, ()))
        people[one.id] = one.member.model_copy(update={"busy": (*one.member.busy, *busy)})
    return people
