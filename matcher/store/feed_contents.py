"""Which version of their contents feeds have: what changes with the sessions that they hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from matcher.domain.feed import FeedGroup, FeedScope, Subject
from matcher.domain.session import Session
from matcher.store.tables import feed_contents, members

BATCH = 500


def subject_values(subject: Subject) -> dict[str, str]:
    """The columns that name a subject."""
    group = subject.group
    values = {"scope": subject.scope.value, "subject": subject.name}
    return values | ({"program": group.program} if group else {subject.scope.value: subject.name})


def add_contents(connection: Connection, network: str, subject: Subject, now: datetime) -> None:
    """Begin to count versions for a subject, where nobody did."""
    known = select(feed_contents.c.version).where(
        feed_contents.c.network_id == network,
        feed_contents.c.scope == subject.scope.value,
        feed_contents.c.subject == subject.name,
    )
    if connection.execute(known).first() is None:
        row = {"network_id": network, **subject_values(subject), "version": 1, "changed_at": now}
        connection.execute(insert(feed_contents).values(row))


def touch_feeds_of(connection: Connection, network: str, changed: Iterable[Session], now: datetime) -> None:
    """Say that these sessions changed, to the feeds of their people, groups, organizations and programs."""
    people: set[str] = set()
    touched: set[Subject] = set()
    for session in changed:
        people.update(session.people)
        touched.add(Subject(FeedScope.PROGRAM, session.program))
        group = FeedGroup(program=session.program, family=session.family, kind=session.kind, key=session.key)
        touched.add(Subject.of_group(group))
    wanted = sorted(people)
    for begin in range(0, len(wanted), BATCH):
        query = select(members.c.organization).where(
            members.c.network_id == network, members.c.id.in_(wanted[begin : begin + BATCH])
        )
        for organization in connection.execute(query.distinct()).scalars():
            touched.add(Subject(FeedScope.ORGANIZATION, organization))
    touched.update(Subject(FeedScope.MEMBER, person) for person in people)
    touch(connection, network, touched, now)


def touch(connection: Connection, network: str, subjects: Iterable[Subject], now: datetime) -> None:
    """Say that the feeds of these subjects changed: their next readers get new bytes. Subjects without a feed
    have nothing to change."""
    by_scope: dict[FeedScope, set[str]] = {}
    for subject in subjects:
        by_scope.setdefault(subject.scope, set()).add(subject.name)
    for scope, names in sorted(by_scope.items()):
        wanted = sorted(names)
        for begin in range(0, len(wanted), BATCH):
            mine: Any = (feed_contents.c.network_id == network) & (feed_contents.c.scope == scope.value)
            mine &= feed_contents.c.subject.in_(wanted[begin : begin + BATCH])
            connection.execute(
                update(feed_contents).where(mine).values(version=feed_contents.c.version + 1, changed_at=now)
            )
