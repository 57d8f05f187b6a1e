"""Who said that they come to which session, and which other times they proposed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update

from matcher.domain.session import Session
from matcher.store.errors import NotFound
from matcher.store.sessions import session_id
from matcher.store.tables import attendance, proposals

BATCH = 500
AnswerState = Literal["accepted", "declined", "tentative"]
ProposalState = Literal["open", "taken", "refused", "overtaken"]


@dataclass(frozen=True)
class Answer:
    """What somebody answered about a session at a time; `stamped_at` is the answer's own DTSTAMP."""

    network: str
    session: str
    member: str
    state: AnswerState
    start: datetime
    end: datetime
    sequence: int
    stamped_at: datetime
    answered_at: datetime
    note: str = ""

    def holds(self, session: Session) -> bool:
        """Whether it is about the time at which the session takes place now."""
        return (self.start, self.end) == (session.start, session.end)


@dataclass(frozen=True)
class Proposal:
    """Another time that somebody proposed for a session: open -> taken or refused by a coordinator, or
    overtaken by a later one, or by the session itself."""

    network: str
    id: str
    session: str
    member: str
    sequence: int
    start: datetime
    end: datetime
    note: str
    state: ProposalState
    stamped_at: datetime
    created_at: datetime
    decided_at: datetime | None = None


def find_answer(connection: Connection, network: str, session: str, member: str) -> Answer | None:
    """Somebody's latest answer about a session, whatever time it is about."""
    query = select(attendance).where(
        attendance.c.network_id == network, attendance.c.session == session, attendance.c.member == member
    )
    row = connection.execute(query).first()
    return None if row is None else _answer(row)


def put_answer(connection: Connection, answer: Answer) -> None:
    """Store an answer, in place of the one before."""
    row = asdict(answer)
    row["network_id"] = row.pop("network")
    key = {name: row[name] for name in ("network_id", "session", "member")}
    connection.execute(delete(attendance).where(*(attendance.c[name] == key[name] for name in key)))
    connection.execute(insert(attendance).values(row))


def answers_to(
    connection: Connection, network: str, sessions: Iterable[Session]
) -> dict[str, dict[str, Answer]]:
    """The answers that hold about the present times of these sessions, by the session's id and the member's;
    of those who attend only."""
    known = {session_id(one): one for one in sessions}
    found: dict[str, dict[str, Answer]] = {}
    wanted = sorted(known)
    for begin in range(0, len(wanted), BATCH):
        query = select(attendance).where(
            attendance.c.network_id == network, attendance.c.session.in_(wanted[begin : begin + BATCH])
        )
        for row in connection.execute(query.order_by(attendance.c.session, attendance.c.member)):
            answer = _answer(row)
            session = known[answer.session]
            if answer.holds(session) and answer.member in session.attendees:
                found.setdefault(answer.session, {})[answer.member] = answer
    return found


def list_answers(
    connection: Connection,
    network: str,
    after: tuple[str, str],
    most: int,
    member: str | None = None,
    state: str | None = None,
) -> list[Answer]:
    """Up to `most` answers by session and member, those above the place `after`."""
    columns = attendance.c
    place = tuple_(columns.session, columns.member)
    query = select(attendance).where(columns.network_id == network, place > tuple_(*after))
    if member is not None:
        query = query.where(columns.member == member)
    if state is not None:
        query = query.where(columns.state == state)
    rows = connection.execute(query.order_by(columns.session, columns.member).limit(most))
    return [_answer(row) for row in rows]


def add_proposal(connection: Connection, proposal: Proposal) -> None:
    """Store a proposal; one of the same person that is open for the session is overtaken by it."""
    overtake(connection, proposal.network, proposal.session, proposal.created_at, proposal.member)
    row = asdict(proposal)
    row["network_id"] = row.pop("network")
    connection.execute(insert(proposals).values(row))


def overtake(
    connection: Connection, network: str, session: str, now: datetime, member: str | None = None
) -> None:
    """Open proposals for a session, of one person or all, are asked no more."""
    query = update(proposals).where(
        proposals.c.network_id == network, proposals.c.session == session, proposals.c.state == "open"
    )
    if member is not None:
        query = query.where(proposals.c.member == member)
    connection.execute(query.values(state="overtaken", decided_at=now))


def find_proposal(connection: Connection, network: str, identifier: str) -> Proposal:
    """One proposal. Raises `NotFound`."""
    query = select(proposals).where(proposals.c.network_id == network, proposals.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("proposal", identifier)
    return _proposal(row)


def latest_proposal(connection: Connection, network: str, session: str, member: str) -> Proposal | None:
    """The one that somebody made last for a session."""
    columns = proposals.c
    query = select(proposals).where(
        columns.network_id == network, columns.session == session, columns.member == member
    )
    row = connection.execute(query.order_by(columns.id.desc()).limit(1)).first()
    return None if row is None else _proposal(row)


def decide_proposal(
    connection: Connection, proposal: Proposal, state: ProposalState, now: datetime
) -> Proposal:
    """Say what became of an open one."""
    connection.execute(
        update(proposals)
        .where(proposals.c.network_id == proposal.network, proposals.c.id == proposal.id)
        .values(state=state, decided_at=now)
    )
    return find_proposal(connection, proposal.network, proposal.id)


def list_proposals(
    connection: Connection,
    network: str,
    after: str,
    most: int,
    state: str | None = None,
    session: str | None = None,
) -> list[Proposal]:
    """Up to `most` proposals as they came, those with ids above `after`."""
    columns = proposals.c
    query = select(proposals).where(columns.network_id == network, columns.id > after)
    if state is not None:
        query = query.where(columns.state == state)
    if session is not None:
        query = query.where(columns.session == session)
    return [_proposal(row) for row in connection.execute(query.order_by(columns.id).limit(most))]


def _answer(row: Row[Any]) -> Answer:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Answer(**found)


def _proposal(row: Row[Any]) -> Proposal:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Proposal(**found)
