"""Feeds: who gets one, what it holds in which form, and the notice that it ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from matcher.calendar.events import Mailbox
from matcher.calendar.feed import Version, render_feed, render_tombstone, shown_in_feed
from matcher.calendar.feed_json import feed_jcal, feed_json
from matcher.domain.feed import FeedScope, Subject
from matcher.domain.session import Session, State
from matcher.domain.settings import Channel
from matcher.service.feed_views import shared_view
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
from matcher.store.networks import find_network, lock_network
from matcher.store.recipients import Recipient, recipient
from matcher.store.sessions import sessions_of_member
from matcher.texts.sessions import View, in_words
from matcher.texts.words import Words, words_for, words_of

TOMBSTONE_FOR = timedelta(days=30)
"""How long an ended feed still answers, with a calendar that says so: clients then drop the old events."""

NOTED_EVERY = timedelta(hours=1)


class _Events(dict[Version, bytes]):
    """Events in bytes, so that a feed of which one session changed is not written anew as a whole, and people
    who share a session and a language share its event. Bounded: a full one begins again."""

    MOST = 10_000

    def __setitem__(self, key: Version, value: bytes) -> None:
        if len(self) >= self.MOST:
            self.clear()
        super().__setitem__(key, value)


_EVENTS = _Events()


class Form(StrEnum):
    """How a feed is written, by its media type."""

    CALENDAR = "text/calendar"
    JCAL = "application/calendar+json"
    JSON = "application/json"


class Ended(Exception):
    """A feed that ended long ago."""


@dataclass(frozen=True)
class Rendered:
    """A feed's bytes, the ETag of its calendar (without quotes) and since when it is this one (whole seconds,
    UTC). The other forms are made from the same, and so have no version of their own."""

    data: bytes
    etag: str
    modified_at: datetime


@dataclass(frozen=True)
class _Content:
    """What a feed holds, in words, before it has a form. `ended`: the UID of the note that it ended, and
    since when."""

    name: str
    sessions: tuple[Session, ...]
    words: Words
    organizer: Mailbox
    cancelled_for: timedelta
    ended: tuple[str, datetime] | None = None

    def calendar(self, now: datetime) -> bytes:
        """As iCalendar."""
        if self.ended is not None:
            return render_tombstone(self.name, *self.ended, self.organizer, self.words)
        return render_feed(
            self.sessions,
            name=self.name,
            organizer=self.organizer,
            as_of=now,
            cancelled_for=self.cancelled_for,
            words=self.words,
            rendered=_EVENTS,
        )

    def written(self, form: Form, calendar: bytes, now: datetime) -> bytes:
        """In a form; `calendar` is the first of them."""
        if form is Form.CALENDAR:
            return calendar
        if form is Form.JCAL:
            return feed_jcal(calendar)
        if self.ended is not None:
            return feed_json(self.name, (), self.ended[1])
        return feed_json(self.name, shown_in_feed(self.sessions, now, self.cancelled_for))


def subscribe(
    connection: Connection,
    network: str,
    subject: Subject,
    now: datetime,
    days: int | None = None,
    language: str | None = None,
) -> tuple[Feed, str]:
    """A new feed, and its token, which is shown once. `days`: when it ends by itself.

    Raises `NotFound`, `Conflict` for a member who gets invites.
    """
    settings = lock_network(connection, network).settings  # no publication misses the new feed
    if subject.scope is FeedScope.MEMBER:
        who = recipient(connection, network, subject.name)
        channel = who.channel or settings.channel
        if channel is not Channel.FEED:
            raise Conflict(
                f"{subject.name!r} gets invites, and would see every session twice: set their channel to "
                "'feed' first."
            )
    expires = None if days is None else now + timedelta(days=days)
    return add_feed(connection, network, subject, now, expires, language)


def rotate(connection: Connection, network: str, identifier: str, now: datetime) -> tuple[Feed, str]:
    """End a feed, and make another about the same, until the same day. Raises `NotFound`, `Conflict`."""
    lock_network(connection, network)
    before = find_feed(connection, network, identifier)
    revoke_feed(connection, network, identifier, now)
    return add_feed(connection, network, before.subject, now, before.expires_at, before.language)


def look_up(database: Database, token: str, now: datetime) -> FeedState:
    """The feed that a token opens, and what is known of its bytes. Raises `NotFound`, `Ended`."""
    with database.read() as connection:
        return _opened(connection, token, now)


def read_feed(database: Database, token: str, now: datetime, form: Form = Form.CALENDAR) -> Rendered:
    """The bytes of a feed now. Raises `NotFound`, `Ended`."""
    with database.read() as connection:
        state = _opened(connection, token, now)
        content = _content(connection, state, now)
    calendar = content.calendar(now)
    data, etag = content.written(form, calendar, now), _etag(calendar)
    if content.ended is not None:
        return Rendered(data, etag, content.ended[1].replace(microsecond=0))
    if state.fresh and etag == state.etag and state.modified_at is not None:
        return Rendered(data, etag, state.modified_at)
    leaving = [s.changed_at + content.cancelled_for for s in content.sessions if s.state is State.CANCELLED]
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


def _content(connection: Connection, state: FeedState, now: datetime) -> _Content:
    settings = find_network(connection, state.network).settings
    feed = state.feed
    words = words_for(feed.language or "en")
    who = None
    if feed.subject.scope is FeedScope.MEMBER:
        who = recipient(connection, state.network, feed.subject.name)
        words = words_for(feed.language, who.member.country) if feed.language else words_of(who.member)
    organizer = Mailbox(settings.organizer_name, settings.organizer_email)
    cancelled_for = timedelta(days=settings.cancelled_days)
    ended = feed.ended_at(now)
    if ended is not None:
        note = f"{feed.id}@{settings.uid_domain}", ended
        return _Content(settings.organizer_name, (), words, organizer, cancelled_for, note)
    if who is not None:
        stored = sessions_of_member(connection, state.network, who.id)
        view = View(words, who.id)
        name: str = who.member.name
        found: Iterable[Session] = _of_member(who, who.channel or settings.channel, stored)
    else:
        name, view, found = shared_view(connection, state.network, feed.subject, settings, words)
    shown = tuple(in_words(session, view) for session in found)
    title = words("feed.name", network=settings.organizer_name, what=name)
    return _Content(title, shown, words, organizer, cancelled_for)


def _of_member(who: Recipient, channel: Channel, stored: list[tuple[Session, datetime]]) -> list[Session]:
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
