"""Feeds: whose they are, the hash of their tokens, and which bytes they held last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from matcher.store.errors import Conflict, NotFound
from matcher.store.ids import new_id, new_secret, secret_hash
from matcher.store.tables import feed_contents, feeds, members, networks

BATCH = 500


@dataclass(frozen=True)
class Feed:
    """One subscription address of a member; it ends when it is revoked, or expires."""

    id: str
    member: str
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
    version: int
    source: str
    etag: str | None
    modified_at: datetime | None
    fresh: bool


def add_feed(
    connection: Connection, network: str, member: str, now: datetime, expires_at: datetime | None = None
) -> tuple[Feed, str]:
    """Make a feed of a member. The second value is its token, which cannot be shown again. Raises
    `NotFound`."""
    query = select(members.c.id).where(members.c.network_id == network, members.c.id == member)
    if connection.execute(query).first() is None:
        raise NotFound("member", member)
    feed = Feed(new_id("feed"), member, now, expires_at, None, None, 0)
    token = new_secret()
    connection.execute(
        insert(feeds).values(
            network_id=network,
            id=feed.id,
            member=member,
            token_hash=secret_hash(token),
            created_at=now,
            expires_at=expires_at,
        )
    )
    known = select(feed_contents.c.member).where(
        feed_contents.c.network_id == network, feed_contents.c.member == member
    )
    if connection.execute(known).first() is None:
        row = {"network_id": network, "member": member, "version": 1, "changed_at": now}
        connection.execute(insert(feed_contents).values(row))
    return feed, token


def find_feed(connection: Connection, network: str, identifier: str) -> Feed:
    """One feed. Raises `NotFound`."""
    query = select(feeds).where(feeds.c.network_id == network, feeds.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("feed", identifier)
    return _feed(row)


def list_feeds(connection: Connection, network: str, member: str | None, after: str, most: int) -> list[Feed]:
    """Up to `most` feeds, of one member or of all, with ids above `after`."""
    query = select(feeds).where(feeds.c.network_id == network, feeds.c.id > after)
    if member is not None:
        query = query.where(feeds.c.member == member)
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

    Bytes that were made from another version of the sessions, the member or the network are not fresh.
    """
    query = (
        select(
            feeds,
            feed_contents.c.version,
            feed_contents.c.etag,
            feed_contents.c.modified_at,
            feed_contents.c.rendered_from,
            feed_contents.c.fresh_until,
            members.c.version.label("member_version"),
            networks.c.version.label("network_version"),
        )
        .join(members, (members.c.network_id == feeds.c.network_id) & (members.c.id == feeds.c.member))
        .join(networks, networks.c.id == feeds.c.network_id)
        .join(
            feed_contents,
            (feed_contents.c.network_id == feeds.c.network_id) & (feed_contents.c.member == feeds.c.member),
        )
        .where(feeds.c.token_hash == secret_hash(token))
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    source = f"{row.version}.{row.member_version}.{row.network_version}"
    fresh = row.rendered_from == source and (row.fresh_until is None or now < row.fresh_until)
    return FeedState(row.network_id, _feed(row), row.version, source, row.etag, row.modified_at, fresh)


def keep_rendered(
    connection: Connection, state: FeedState, etag: str, fresh_until: datetime | None, now: datetime
) -> datetime:
    """Remember which bytes a feed holds; returns since when (whole seconds, later than that of other bytes).

    Nothing is stored where the content changed since `state` was read.
    """
    modified = now.replace(microsecond=0)
    if state.etag == etag and state.modified_at is not None:
        modified = state.modified_at
    elif state.modified_at is not None:
        modified = max(modified, state.modified_at + timedelta(seconds=1))
    connection.execute(
        update(feed_contents)
        .where(feed_contents.c.network_id == state.network, feed_contents.c.member == state.feed.member)
        .where(feed_contents.c.version == state.version)
        .values(
            rendered_from=state.source,
            etag=etag,
            modified_at=modified,
            fresh_until=fresh_until,
        )
    )
    return modified


def touch_contents(connection: Connection, network: str, people: Iterable[str], now: datetime) -> None:
    """Say that these members' feeds changed: their next readers get new bytes."""
    wanted = sorted(set(people))
    for begin in range(0, len(wanted), BATCH):
        batch = wanted[begin : begin + BATCH]
        mine = (feed_contents.c.network_id == network) & feed_contents.c.member.in_(batch)
        known = set(connection.execute(select(feed_contents.c.member).where(mine)).scalars())
        connection.execute(
            update(feed_contents).where(mine).values(version=feed_contents.c.version + 1, changed_at=now)
        )
        fresh: list[dict[str, Any]] = [
            {"network_id": network, "member": member, "version": 1, "changed_at": now}
            for member in batch
            if member not in known
        ]
        if fresh:
            connection.execute(insert(feed_contents), fresh)


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        row.id,
        row.member,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.accessed_at,
        row.accesses,
    )
