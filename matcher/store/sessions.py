"""Sessions as they are now, and the weeks for which no time was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, insert, or_, select, tuple_, update

from matcher.domain.family import Family
from matcher.domain.feed import FeedScope, Subject
from matcher.domain.policy import Kind
from matcher.domain.session import Key, Session, State, Unscheduled
from matcher.store.errors import NotFound
from matcher.store.feed_contents import touch_feeds_of
from matcher.store.tables import members, session_people, sessions, unscheduled

BATCH = 500
MOST_NETWORKS = 10


Named = tuple[Family, Kind | None, Key]
"""A series within a program's cycle."""


@dataclass(frozen=True)
class Scope:
    """The sessions that one plan of a program replaces: those of the same cycle, family and kind; and those
    of `others`, series of other families that it gives times to, or of all of other `families`."""

    program: str
    cycle: str
    family: Family
    kind: Kind | None
    others: frozenset[Named] = frozenset()
    families: frozenset[Family] = frozenset()

    def holds(self, session: Session) -> bool:
        """Whether a session is one of these."""
        if (session.program, session.cycle) != (self.program, self.cycle):
            return False
        own = (session.family, session.kind) == (self.family, self.kind) or session.family in self.families
        return own or (session.family, session.kind, session.key) in self.others


@dataclass(frozen=True)
class SessionFilter:
    """Which sessions: each condition that is not None must hold. `first` and `last` bound the start, the
    latter is exclusive; `member` attends, or did; `plan` is the one that last changed them."""

    family: Family | None = None
    program: str | None = None
    member: str | None = None
    plan: str | None = None
    state: State | None = None
    first: datetime | None = None
    last: datetime | None = None


def session_id(session: Session) -> str:
    """The id of a session in the store: the left side of its UID."""
    return session.uid.partition("@")[0]


def find_session(connection: Connection, network: str, identifier: str) -> Session:
    """One session. Raises `NotFound`."""
    query = select(sessions.c.body).where(sessions.c.network_id == network, sessions.c.id == identifier)
    body = connection.execute(query).scalar()
    if body is None:
        raise NotFound("session", identifier)
    return Session.model_validate_json(body)


def sessions_with_uid(connection: Connection, uid: str, network: str | None) -> list[Session]:
    """The session with this UID, of one network or of any: others may use the same domain."""
    query = select(sessions.c.body).where(sessions.c.uid == uid)
    if network is not None:
        query = query.where(sessions.c.network_id == network)
    rows = connection.execute(query.order_by(sessions.c.network_id).limit(MOST_NETWORKS)).scalars()
    return [Session.model_validate_json(body) for body in rows]


def list_sessions(
    connection: Connection,
    network: str,
    wanted: SessionFilter,
    after: tuple[datetime, str] | None,
    most: int,
) -> list[Session]:
    """Up to `most` sessions by start and id, those after the place `after`."""
    query = _matching(network, wanted)
    columns = query.selected_columns
    if after is not None:
        start = bindparam(None, after[0], type_=sessions.c.start.type)
        identifier = bindparam(None, after[1], type_=sessions.c.id.type)
        query = query.where(tuple_(columns.start, columns.id) > tuple_(start, identifier))
    query = query.order_by(columns.start, columns.id).limit(most)
    return [Session.model_validate_json(row.body) for row in connection.execute(query)]


def _matching(network: str, wanted: SessionFilter) -> Select[Any]:
    query = select(sessions).where(sessions.c.network_id == network)
    for column in ("family", "program", "plan", "state"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(sessions.c[column] == value)
    if wanted.member is not None:
        here = (session_people.c.network_id == network) & (session_people.c.session == sessions.c.id)
        query = query.join(session_people, here).where(session_people.c.member == wanted.member)
    if wanted.first is not None:
        query = query.where(sessions.c.start >= wanted.first)
    if wanted.last is not None:
        query = query.where(sessions.c.start < wanted.last)
    return query


def sessions_of_member(connection: Connection, network: str, member: str) -> list[tuple[Session, datetime]]:
    """All sessions of one member, cancelled ones and those they left too, by start, each with the moment when
    they were first in it."""
    query = _matching(network, SessionFilter(member=member)).add_columns(
        session_people.c.created_at.label("since")
    )
    rows = connection.execute(query.order_by(sessions.c.start, sessions.c.id))
    return [(Session.model_validate_json(row.body), row.since) for row in rows]


def sessions_about(connection: Connection, network: str, subject: Subject) -> list[Session]:
    """All sessions that a feed of a group, an organization or a program is about, cancelled ones too, by
    start. Those of an organization are the ones that its present members attend, or left."""
    query = _matching(network, SessionFilter())
    group = subject.group
    if group is not None:
        values = _scope_values(group.program, "", group.family, group.kind) | _key_values(group.key)
        del values["cycle"]
        query = query.where(*(sessions.c[name] == value for name, value in values.items()))
    elif subject.scope is FeedScope.ORGANIZATION:
        own = (
            select(session_people.c.session)
            .join(
                members,
                (members.c.network_id == session_people.c.network_id)
                & (members.c.id == session_people.c.member),
            )
            .where(session_people.c.network_id == network, members.c.organization == subject.name)
        )
        query = query.where(sessions.c.id.in_(own))
    else:
        query = query.where(sessions.c.program == subject.name)
    rows = connection.execute(query.order_by(sessions.c.start, sessions.c.id))
    return [Session.model_validate_json(row.body) for row in rows]


def series_of(connection: Connection, network: str, session: Session) -> list[Session]:
    """All sessions of the series that a session is of, in its cycle, cancelled ones too, by start."""
    own = _scope_values(session.program, session.cycle, session.family, session.kind)
    query = _matching(network, SessionFilter()).where(
        *(sessions.c[name] == value for name, value in (own | _key_values(session.key)).items())
    )
    rows = connection.execute(query.order_by(sessions.c.start, sessions.c.id))
    return [Session.model_validate_json(row.body) for row in rows]


def sessions_in(connection: Connection, network: str, scope: Scope) -> list[Session]:
    """All sessions of a scope, cancelled ones too, by family, kind, key and index."""
    query = select(sessions.c.body).where(sessions.c.network_id == network, _about(scope))
    found = (Session.model_validate_json(body) for (body,) in connection.execute(query))
    return sorted(
        filter(scope.holds, found), key=lambda one: (one.family, one.kind or "", one.key, one.index)
    )


def commitments(connection: Connection, network: str, scope: Scope, since: datetime) -> list[Session]:
    """Sessions outside of the scope that take place, and end after `since`; by start."""
    query = (
        select(sessions.c.body)
        .where(sessions.c.network_id == network)
        .where(sessions.c.state == State.SCHEDULED, sessions.c["end"] > since)
        .order_by(sessions.c.start, sessions.c.id)
    )
    if not scope.others:
        query = query.where(~_about(scope))
    found = (Session.model_validate_json(body) for body in connection.execute(query).scalars())
    return [one for one in found if not scope.holds(one)]


def _about(scope: Scope) -> Any:
    """The sessions of a scope, and, where it has others, all of their families in its program's cycle."""
    kinds = {(scope.family, scope.kind), *((family, kind) for family, kind, _ in scope.others)}
    values = [_scope_values(scope.program, scope.cycle, *kind) for kind in sorted(kinds, key=str)]
    return or_(*(and_(*(sessions.c[name] == one for name, one in row.items())) for row in values))


def _scope_values(program: str, cycle: str, family: Family, kind: Kind | None) -> dict[str, str]:
    return {"program": program, "cycle": cycle, "family": family.value, "kind": kind.value if kind else ""}


def _key_values(key: Key) -> dict[str, str]:
    return {"key": key[0], "second": key[1] if len(key) > 1 else ""}


def put_sessions(connection: Connection, network: str, changed: Sequence[Session], now: datetime) -> None:
    """Store sessions, new ones and new versions of known ones; each names the plan that changed it. Feeds
    that hold them have new contents from then on."""
    for begin in range(0, len(changed), BATCH):
        rows = [_row(network, session) for session in changed[begin : begin + BATCH]]
        query = select(sessions.c.id).where(sessions.c.network_id == network)
        known = set(connection.execute(query.where(sessions.c.id.in_([row["id"] for row in rows]))).scalars())
        fresh = [row | {"created_at": now} for row in rows if row["id"] not in known]
        if fresh:
            connection.execute(insert(sessions), fresh)
        later = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["id"] in known]
        if later:
            values: dict[str, Any] = {
                name: bindparam(f"new_{name}") for name in rows[0] if name not in ("network_id", "id")
            }
            connection.execute(
                update(sessions)
                .where(
                    sessions.c.network_id == bindparam("new_network_id"),
                    sessions.c.id == bindparam("new_id"),
                )
                .values(values),
                later,
            )
        _put_people(connection, network, changed[begin : begin + BATCH], now)
    touch_feeds_of(connection, network, changed, now)


def _put_people(connection: Connection, network: str, changed: Sequence[Session], now: datetime) -> None:
    """Store who knows of these sessions, where they are not stored yet."""
    columns = session_people.c
    wanted = {(session_id(session), person) for session in changed for person in session.people}
    query = select(columns.session, columns.member).where(
        columns.network_id == network, columns.session.in_([session_id(session) for session in changed])
    )
    known = {(row.session, row.member) for row in connection.execute(query)}
    fresh = [
        {"network_id": network, "session": session, "member": person, "created_at": now}
        for session, person in sorted(wanted - known)
    ]
    if fresh:
        connection.execute(insert(session_people), fresh)


def _row(network: str, session: Session) -> dict[str, Any]:
    return {
        "network_id": network,
        "id": session_id(session),
        "uid": session.uid,
        "plan": session.plan,
        **_scope_values(session.program, session.cycle, session.family, session.kind),
        **_key_values(session.key),
        "start": session.start,
        "end": session.end,
        "state": session.state.value,
        "sequence": session.sequence,
        "body": session.model_dump_json(),
        "changed_at": session.changed_at,
    }


def put_unscheduled(connection: Connection, network: str, plan: str, found: Iterable[Unscheduled]) -> None:
    """Store what a plan's publication found no time for, in place of what was stored before."""
    connection.execute(
        delete(unscheduled).where(unscheduled.c.network_id == network, unscheduled.c.plan == plan)
    )
    rows = [
        {
            "network_id": network,
            "plan": plan,
            "number": number,
            "body": one.model_dump_json(),
        }
        for number, one in enumerate(found)
    ]
    if rows:
        connection.execute(insert(unscheduled), rows)


def list_unscheduled(
    connection: Connection, network: str, plan: str, after: int, most: int
) -> list[tuple[int, Unscheduled]]:
    """Up to `most` of a plan's series and weeks without a time, numbered, those above the number `after`."""
    query = (
        select(unscheduled.c.number, unscheduled.c.body)
        .where(unscheduled.c.network_id == network, unscheduled.c.plan == plan)
        .where(unscheduled.c.number > after)
        .order_by(unscheduled.c.number)
        .limit(most)
    )
    return [(number, Unscheduled.model_validate_json(body)) for number, body in connection.execute(query)]
