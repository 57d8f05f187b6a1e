"""Feeds: what they are about, the hash of their tokens, and which bytes they held last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, insert, select, update

from matcher.domain.feed import FeedScope, Subject
from matcher.store.errors import Conflict, NotFound
from matcher.store.feed_contents import add_contents, subject_values
from matcher.store.ids import new_id, new_secret, secret_hash
from matcher.store.tables import feed_contents, feeds, members, networks, organizations, programs


@dataclass(frozen=True)
class Feed:
    """One subscription address; it ends when it is revoked, or expires. `language`: that of its texts, None
    for the member's own (English, where it is about more than one)."""

    id: str
    subject: Subject
    language: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    accessed_at: datetime | None
    accesses: int

    def ended_at(self, now: datetime) -> datetime | None:
        """When it ended, None while it lives."""
        ends = [end for end in (self.revoked_at, self.expires_at) if end is not None and end <= now]
        return min(ends, default=None)


@dataclass(frozen=True)
class FeedState:
    """A feed with what is known of its bytes. `etag` and `modified_at` are those of the last rendering, None
    before the first; `fresh`: whether they hold still. `source` names the versions of what is rendered."""

    network: str
    feed: Feed
    source: str
    etag: str | None
    modified_at: datetime | None
    fresh: bool


_OWNERS: dict[FeedScope, Table] = {
    FeedScope.MEMBER: members,
    FeedScope.ORGANIZATION: organizations,
    FeedScope.PROGRAM: programs,
}


def add_feed(
    connection: Connection,
    network: str,
    subject: Subject,
    now: datetime,
    expires_at: datetime | None = None,
    language: str | None = None,
) -> tuple[Feed, str]:
    """Make a feed. The second value is its token, which cannot be shown again. Raises `NotFound` for a
    member, organization or program that is not there."""
    named = Subject(FeedScope.PROGRAM, subject.group.program) if subject.group else subject
    table = _OWNERS[named.scope]
    query = select(table.c.id).where(table.c.network_id == network, table.c.id == named.name)
    if connection.execute(query).first() is None:
        raise NotFound(named.scope.value, named.name)
    feed = Feed(new_id("feed"), subject, language, now, expires_at, None, None, 0)
    token = new_secret()
    connection.execute(
        insert(feeds).values(
            network_id=network,
            id=feed.id,
            **subject_values(subject),
            language=language,
            token_hash=secret_hash(token),
            created_at=now,
            expires_at=expires_at,
        )
    )
    add_contents(connection, network, subject, now)
    return feed, token


def find_feed(connection: Connection, network: str, identifier: str) -> Feed:
    """One feed. Raises `NotFound`."""
    query = select(feeds).where(feeds.c.network_id == network, feeds.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("feed", identifier)
    return _feed(row)


def list_feeds(
    connection: Connection,
    network: str,
    after: str,
    most: int,
    scope: FeedScope | None = None,
    name: str | None = None,
) -> list[Feed]:
    """Up to `most` feeds with ids above `after`, of one scope or all; `name`: of the subject of this name."""
    query = select(feeds).where(feeds.c.network_id == network, feeds.c.id > after)
    if scope is not None:
        query = query.where(feeds.c.scope == scope.value)
    if name is not None:
        query = query.where(feeds.c.subject == name)
    return [_feed(row) for row in connection.execute(query.order_by(feeds.c.id).limit(most))]


def revoke_feed(connection: Connection, network: str, identifier: str, now: datetime) -> Feed:
    """End a feed. Raises `NotFound`, `Conflict` where it has ended already."""
    found = find_feed(connection, network, identifier)
    if found.ended_at(now) is not None:
        raise Conflict(f"The feed {identifier!r} has ended already: make a new one.")
    connection.execute(
        update(feeds).where(feeds.c.network_id == network, feeds.c.id == identifier).values(revoked_at=now)
    )
    return replace(found, revoked_at=now)


def note_accesses(connection: Connection, network: str, identifier: str, count: int, now: datetime) -> None:
    """Add to how often a feed was read, and remember when it was last."""
    connection.execute(
        update(feeds)
        .where(feeds.c.network_id == network, feeds.c.id == identifier)
        .values(accesses=feeds.c.accesses + count, accessed_at=now)
    )


def feed_of(connection: Connection, token: str, now: datetime) -> FeedState | None:
    """The feed that a token opens, with its state; None where there is none. One query.

    Bytes that were made from another version of the sessions, of who or what it is about, or of the network
    are not fresh.
    """
    row = connection.execute(_STATE, {"hash": secret_hash(token)}).first()
    if row is None:
        return None
    source = f"{row.contents_version}.{row.owner_version}.{row.network_version}"
    fresh = row.rendered_from == source and (row.fresh_until is None or now < row.fresh_until)
    return FeedState(row.network_id, _feed(row), source, row.etag, row.modified_at, fresh)


def _state() -> Select[Any]:
    owners = [
        (table, (table.c.network_id == feeds.c.network_id) & (table.c.id == feeds.c[scope.value]))
        for scope, table in _OWNERS.items()
    ]
    contents = (
        (feed_contents.c.network_id == feeds.c.network_id)
        & (feed_contents.c.scope == feeds.c.scope)
        & (feed_contents.c.subject == feeds.c.subject)
    )
    query = (
        select(
            feeds,
            feed_contents.c.version.label("contents_version"),
            func.coalesce(*(table.c.version for table, _ in owners)).label("owner_version"),
            networks.c.version.label("network_version"),
        )
        .join(networks, networks.c.id == feeds.c.network_id)
        .join(feed_contents, contents)
    )
    for table, here in owners:
        query = query.outerjoin(table, here)
    return query.where(feeds.c.token_hash == bindparam("hash"))


_STATE = _state()


def keep_rendered(
    connection: Connection, state: FeedState, etag: str, fresh_until: datetime | None, now: datetime
) -> datetime:
    """Remember which bytes a feed holds; returns since when: whole seconds, later than for others."""
    modified = now.replace(microsecond=0)
    if state.etag == etag and state.modified_at is not None:
        modified = state.modified_at
    elif state.modified_at is not None:
        modified = max(modified, state.modified_at + timedelta(seconds=1))
    connection.execute(
        update(feeds)
        .where(feeds.c.network_id == state.network, feeds.c.id == state.feed.id)
        .values(
            rendered_from=state.source,
            etag=etag,
            modified_at=modified,
            fresh_until=fresh_until,
        )
    )
    return modified


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        row.id,
        Subject(FeedScope(row.scope), row.subject),
        row.language,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.accessed_at,
        row.accesses,
    )
