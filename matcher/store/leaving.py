"""What becomes of pairs, groups and sessions when people are taken out of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from matcher.domain.session import Session
from matcher.store.feed_contents import touch_feeds_of
from matcher.store.sessions import put_sessions
from matcher.store.tables import plan_seats, plan_series, session_people, sessions

BATCH = 500


def leave_series(connection: Connection, network: str, people: Collection[str], now: datetime) -> None:
    """Take these people out of all plans and sessions, before they are removed.

    What is left with fewer than two people goes; others meet on without them. Nobody is told.
    """
    wanted = sorted(people)
    for begin in range(0, len(wanted), BATCH):
        some = wanted[begin : begin + BATCH]
        _leave_plans(connection, network, some)
        _leave_sessions(connection, network, some, now)


def _leave_plans(connection: Connection, network: str, people: list[str]) -> None:
    seats = plan_seats.c
    mine = (seats.network_id == network) & seats.member.in_(people)
    query = select(seats.plan, seats.key, seats.second).where(mine).distinct()
    touched = [tuple(row) for row in connection.execute(query)]
    connection.execute(delete(plan_seats).where(mine))
    for begin in range(0, len(touched), BATCH):
        some = touched[begin : begin + BATCH]
        query = select(seats.plan, seats.key, seats.second).where(
            seats.network_id == network, tuple_(seats.plan, seats.key, seats.second).in_(some)
        )
        left = Counter(tuple(row) for row in connection.execute(query))
        gone = [one for one in some if left[one] < 2]
        for table in (plan_series, plan_seats):
            place = tuple_(table.c.plan, table.c.key, table.c.second)
            connection.execute(delete(table).where(table.c.network_id == network, place.in_(gone)))


def _leave_sessions(connection: Connection, network: str, people: list[str], now: datetime) -> None:
    columns = session_people.c
    query = (
        select(sessions.c.id, sessions.c.plan, sessions.c.body)
        .join(session_people, (columns.network_id == network) & (columns.session == sessions.c.id))
        .where(sessions.c.network_id == network, columns.member.in_(people))
        .distinct()
    )
    gone: dict[str, Session] = {}
    changed: list[Session] = []
    for identifier, plan, body in connection.execute(query).all():
        session = Session.model_validate_json(body)
        rest = tuple(one for one in session.attendees if one not in people)
        if len(rest) < 2:
            gone[identifier] = session
            continue
        changes = {
            "plan": plan,
            "attendees": rest,
            "roles": {one: role for one, role in session.roles.items() if one not in people},
            "guests": tuple(one for one in session.guests if one not in people),
            "left": {one: since for one, since in session.left.items() if one not in people},
        }
        changed.append(session.model_copy(update=changes))
    put_sessions(connection, network, changed, now)
    touch_feeds_of(connection, network, gone.values(), now)
    for begin in range(0, len(gone), BATCH):
        some = list(gone)[begin : begin + BATCH]
        connection.execute(delete(sessions).where(sessions.c.network_id == network, sessions.c.id.in_(some)))
