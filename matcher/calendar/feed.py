"""Feeds: calendars that people subscribe to (METHOD:PUBLISH, RFC 5546, section 3.2.1)."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration

from matcher.calendar.events import Mailbox, assemble, event, frame, plain
from matcher.calendar.lines import lines_of
from matcher.domain.session import Session, State
from matcher.texts.words import ENGLISH, Words

REFRESH = timedelta(hours=12)
CANCELLED_FOR = timedelta(days=14)

Version = tuple[object, ...]
"""All that an event's bytes depend on: who left a group, leads its session, or may not read a name sees
another version than the others."""


def render_feed(
    sessions: Iterable[Session],
    *,
    name: str,
    organizer: Mailbox,
    color: str = "teal",
    refresh: timedelta = REFRESH,
    as_of: datetime | None = None,
    cancelled_for: timedelta = CANCELLED_FOR,
    rendered: MutableMapping[Version, bytes] | None = None,
    words: Words = ENGLISH,
) -> bytes:
    """A feed of sessions as `text/calendar` bytes; the same data give the same bytes.

    The sessions are in words already; `words` are those of what is added to them. `name` is shown as the
    calendar's, `color` is a CSS3 colour name (RFC 7986, section 5.9), `refresh` how
    often clients should ask. There are no attendees in feeds: other people's addresses are not for
    subscribers. With `as_of` ("now"), cancelled sessions go `cancelled_for` after their cancellation, but
    never the last event of a feed: some clients refuse to sync to nothing. Without it they all stay.

    Feeds of several people hold the same events: with one `rendered` for all of them, each version of an
    event is made once only.

    Raises `ValueError` for two sessions with one UID.
    """
    kept = shown_in_feed(sessions, as_of, cancelled_for)
    calendar = _head(name, color, refresh)
    made = {} if rendered is None else rendered
    events = []
    for session in kept:
        version = _version(session, words, organizer)
        lines = made.get(version)  # once: other threads may empty what is shared
        if lines is None:
            lines = made[version] = lines_of(event(session, organizer, words))
        events.append(lines)
    return assemble(calendar, kept, events)


def render_tombstone(
    name: str, uid: str, ended_at: datetime, organizer: Mailbox, words: Words = ENGLISH
) -> bytes:
    """What an ended feed holds: one all-day note (`uid`) on the day it ended, in UTC, and nothing else.

    Clients then drop the events they had; a calendar without any event some of them would not take, and after
    an error they would keep the old ones for ever.
    """
    calendar = _head(name, "gray", REFRESH)
    note = Event()
    note.add("UID", uid)
    note.add("DTSTAMP", ended_at)
    note.add("DTSTART", ended_at.astimezone(UTC).date())
    note.add("SUMMARY", words("feed.ended"))
    note.add("DESCRIPTION", words("feed.ended_more", address=organizer.address))
    note.add("TRANSP", "TRANSPARENT")
    note["ORGANIZER"] = organizer.calendar_address()
    return assemble(calendar, (), [lines_of(note)])


def _head(name: str, color: str, refresh: timedelta) -> Calendar:
    calendar = frame("PUBLISH")
    title = plain(name, one_line=True)
    calendar.add("NAME", title)
    calendar.add("X-WR-CALNAME", title)
    calendar.add("COLOR", color)
    calendar.add("REFRESH-INTERVAL", refresh, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(refresh))
    return calendar


def _version(session: Session, words: Words, organizer: Mailbox) -> Version:
    when = session.start, session.end, session.time_zone, session.changed_at
    told = session.title, session.description, session.conference
    return session.uid, session.sequence, session.state, *when, *told, words, organizer


def shown_in_feed(
    sessions: Iterable[Session], as_of: datetime | None, cancelled_for: timedelta
) -> list[Session]:
    """The sessions that a feed holds at a moment (None: all of them), by start; see `render_feed`."""
    found = sorted(sessions, key=lambda session: (session.start, session.uid))
    if len({session.uid for session in found}) != len(found):
        raise ValueError("a feed cannot hold two sessions with one UID")
    if as_of is None:
        return found
    kept = [s for s in found if s.state is not State.CANCELLED or s.changed_at + cancelled_for > as_of]
    if not kept and found:
        kept = [max(found, key=lambda session: (session.changed_at, session.start, session.uid))]
    return kept
