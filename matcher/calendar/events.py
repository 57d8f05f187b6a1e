"""One session as a VEVENT, and the frame around events. Feeds and invites are made of both."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Parameters, vCalAddress, vText, vUri

from matcher.calendar.lines import lines_of
from matcher.calendar.zones import vtimezone_bytes
from matcher.domain.session import Session, State
from matcher.texts.words import ENGLISH, Words

PRODUCT = "-//Peerloom//Peerloom//EN"


@dataclass(frozen=True)
class Mailbox:
    """A name and an e-mail address.

    Raises `ValueError` when the address has no "@", or holds white space or control characters.
    """

    name: str
    address: str

    def __post_init__(self) -> None:
        local, at, domain = self.address.rpartition("@")
        if not (local and at and domain) or any(c.isspace() or not c.isprintable() for c in self.address):
            raise ValueError(f"{self.address!r} is not an e-mail address")

    def calendar_address(self) -> vCalAddress:
        """The CAL-ADDRESS with its CN (RFC 5545, section 3.3.3)."""
        address = vCalAddress("mailto:" + quote(self.address, safe="!$'*+-./=@_~&"))
        name = plain(self.name, one_line=True).replace('"', "'")  # few clients know RFC 6868
        if name:
            address.params["CN"] = vText(name)
        return address


def plain(text: str, *, one_line: bool = False) -> str:
    """Text as RFC 5545 allows it: line ends as one "\\n", no control characters, and, if wanted, one line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if lines.replace("\n", "").isprintable():  # the common case, and the quick one
        clean = lines
    else:
        clean = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join(clean.split()) if one_line else clean


def event(session: Session, organizer: Mailbox, words: Words = ENGLISH) -> Event:
    """The properties that feeds and invites share; `session` is in words already (`texts.sessions.in_words`).

    DTSTAMP is the last change of the session, so that the same data give the same bytes. A cancelled
    session has STATUS:CANCELLED, is transparent, and says so in its summary in these `words`, for clients
    that show no status. A link to meet at is its LOCATION, which all clients show, and its CONFERENCE
    (RFC 7986, section 5.11).
    """
    cancelled = session.state is State.CANCELLED
    start, end = _moments(session)
    summary = plain(session.title, one_line=True)
    component = Event()
    component.add("UID", session.uid)
    component.add("DTSTAMP", session.changed_at)
    component.add("SEQUENCE", session.sequence)
    component.add("DTSTART", start)
    component.add("DTEND", end)
    component.add("SUMMARY", words("session.cancelled", title=summary) if cancelled else summary)
    if session.description:
        component.add("DESCRIPTION", plain(session.description))
    if session.conference is not None:
        place = Parameters(VALUE="URI", FEATURE=["AUDIO", "VIDEO"], LABEL=words("session.join"))
        component.add("LOCATION", session.conference)
        component.add("CONFERENCE", vUri(session.conference), parameters=place)
    component.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    component.add("TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
    component.add("LAST-MODIFIED", session.changed_at)
    component["ORGANIZER"] = organizer.calendar_address()
    return component


def frame(method: str) -> Calendar:
    """A calendar without events. No UID: some clients take that of the calendar for every event's."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def assemble(calendar: Calendar, sessions: Iterable[Session], events: Iterable[bytes]) -> bytes:
    """The calendar's text: its own properties, the time zones that the sessions use, the events."""
    head, end, rest = lines_of(calendar).partition(b"END:VCALENDAR\r\n")
    assert end
    assert not rest
    return b"".join((head, *_zones(sessions), *events, end))


def _zones(sessions: Iterable[Session]) -> list[bytes]:
    years: dict[str, tuple[int, int]] = {}
    for session in sessions:
        if session.time_zone != "UTC":
            first, last = years.get(session.time_zone, (session.start.year, session.end.year))
            years[session.time_zone] = min(first, session.start.year), max(last, session.end.year)
    return [vtimezone_bytes(zone, *span) for zone, span in sorted(years.items())]


def _moments(session: Session) -> tuple[datetime, datetime]:
    """Start and end by the clock of the stated zone; in UTC where that clock shows the time twice.

    The second of two equal local times cannot be written with a TZID (RFC 5545, section 3.3.5: it refers to
    the first), and some programs take the first for the second. After a start in UTC the end is too: read
    wrongly it could lie before the start.
    """
    if session.time_zone == "UTC":
        return session.start, session.end
    zone = ZoneInfo(session.time_zone)
    start, end = session.start.astimezone(zone), session.end.astimezone(zone)
    if _is_repeated(start):
        return session.start, session.end
    return start, session.end if _is_repeated(end) else end


def _is_repeated(local: datetime) -> bool:
    """Whether the clock shows this time twice."""
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]
