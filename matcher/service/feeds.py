"""What a feed holds: a member's sessions, or the notice that it ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from matcher.calendar.events import Mailbox
from matcher.calendar.feed import render_feed, render_tombstone
from matcher.domain.session import Session, State
from matcher.domain.settings import Channel
from matcher.service.notices import seen_by, withdrawn_from
from matcher.store.database import Connection, Database
from matcher.store.errors import Conflict, NotFound
from matcher.store.feeds import (
    Feed,
    FeedState,
    add_feed,
    feed_of,
    find_feed,
    keep_rendered,
    note_accesses,
    revoke_feed,
)
from matcher.store.networks import find_network
from matcher.store.recipients import Recipient, recipient
from matcher.store.sessions import sessions_of_member

TOMBSTONE_FOR = timedelta(days=30)
"""How long an ended feed still answers, with a calendar that says so: clients then drop the old events."""

NOTED_EVERY = timedelta(hours=1)


class Ended(Exception):
    """A feed that ended long ago."""


@dataclass(frozen=True)
class Rendered:
    """A feed's bytes, their ETag (without quotes) and since when they are these (whole seconds, UTC)."""

    data: bytes
    etag: str
    modified_at: datetime


def subscribe(
    connection: Connection, network: str, member: str, now: datetime, days: int | None = None
) -> tuple[Feed, str]:
    """A new feed for a member, and its token, which is shown once. `days`: when it ends by itself.

    Raises `NotFound`, `Conflict` for a member who gets invites.
    """
    who = recipient(connection, network, member)
    channel = who.channel or find_network(connection, network).settings.channel
    if channel is not Channel.FEED:
        raise Conflict(
            f"{member!r} gets invites, and would see every session twice: set their channel to 'feed' first."
        )
    expires = None if days is None else now + timedelta(days=days)
    return add_feed(connection, network, member, now, expires)


def rotate(connection: Connection, network: str, identifier: str, now: datetime) -> tuple[Feed, str]:
    """End a feed, and make another for the same member and until the same day. Raises `NotFound`,
    `Conflict`."""
    before = find_feed(connection, network, identifier)
    revoke_feed(connection, network, identifier, now)
    return add_feed(connection, network, before.member, now, before.expires_at)


def look_up(database: Database, token: str, now: datetime) -> FeedState:
    """The feed that a token opens, and what is known of its bytes. Raises `NotFound`, `Ended`."""
    with database.read() as connection:
        return _opened(connection, token, now)


def read_feed(database: Database, token: str, now: datetime) -> Rendered:
    """The bytes of a feed now. Raises `NotFound`, `Ended`."""
    with database.read() as connection:
        state = _opened(connection, token, now)
        ended = state.feed.ended_at(now)
        settings = find_network(connection, state.network).settings
        organizer = Mailbox(settings.organizer_name, settings.organizer_email)
        if ended is not None:
            uid = f"{state.feed.id}@{settings.uid_domain}"
            data = render_tombstone(settings.organizer_name, uid, ended, organizer)
            return Rendered(data, _etag(data), ended.replace(microsecond=0))
        who = recipient(connection, state.network, state.feed.member)
        stored = sessions_of_member(connection, state.network, who.id)
    shown = _shown(who, who.channel or settings.channel, stored)
    cancelled_for = timedelta(days=settings.cancelled_days)
    data = render_feed(
        shown,
        name=f"{settings.organizer_name}: {who.member.name}",
        organizer=organizer,
        as_of=now,
        cancelled_for=cancelled_for,
    )
    leaving = [s.changed_at + cancelled_for for s in shown if s.state is State.CANCELLED]
    etag = _etag(data)
    if state.fresh and etag == state.etag and state.modified_at is not None:
        return Rendered(data, etag, state.modified_at)
    with database.write() as connection:
        fresh_until = min((moment for moment in leaving if moment > now), default=None)
        modified = keep_rendered(connection, state, etag, fresh_until, now)
    return Rendered(data, etag, modified)


def _opened(connection: Connection, token: str, now: datetime) -> FeedState:
    state = feed_of(connection, token, now)
    if state is None:
        raise NotFound("feed", "of this address")
    ended = state.feed.ended_at(now)
    if ended is not None and now >= ended + TOMBSTONE_FOR:
        raise Ended
    return state


def _shown(who: Recipient, channel: Channel, stored: list[tuple[Session, datetime]]) -> list[Session]:
    """What a member's feed holds: all their sessions; after a switch to invites those that had been in it,
    the coming ones as cancelled."""
    if channel is Channel.FEED:
        return [seen_by(session, who) for session, _ in stored]
    switched = who.switched_at
    if switched is None:
        return []
    shown = []
    for session, made in stored:
        if made < switched:
            over = session.end <= switched
            change = {"changed_at": switched}
            left = withdrawn_from(session, who).model_copy(update=change)
            shown.append(seen_by(session, who) if over else left)
    return shown


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


@dataclass
class FeedUses:
    """Counts reads of feeds in memory, and writes them down hourly at most: reading writes nothing as a
    rule. What was not written is lost when the process ends."""

    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, database: Database, state: FeedState, now: datetime) -> None:
        """One more read of a feed."""
        key = (state.network, state.feed.id)
        last = state.feed.accessed_at
        due = last is None or now - last >= NOTED_EVERY
        with self._lock:
            count = self._counts.get(key, 0) + 1
            self._counts[key] = count
            if due:
                del self._counts[key]
        if due:
            with database.write() as connection:
                note_accesses(connection, *key, count, now)
