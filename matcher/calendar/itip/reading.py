"""REPLY, COUNTER and REFRESH as calendar programs send them (RFC 5546, sections 3.2.3, 3.2.6 and 3.2.7).

Read forgivingly: folded and unfolded lines, any order, other programs' own properties, several calendars.
Nothing but what an answer says is kept: no title, place or description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from matcher.calendar.busy.lines import KEPT, Component, Line, components
from matcher.calendar.busy.report import Refused, Report, Skipped
from matcher.calendar.busy.rules import rule_parts
from matcher.calendar.busy.values import Length, Moment, length, moment
from matcher.calendar.busy.zones import Zones
from matcher.domain.errors import PeerloomError

METHODS = frozenset(["REPLY", "COUNTER", "REFRESH"])
MOST_BYTES = 200_000
MOST_EVENTS = 50
MOST_ATTENDEES = 200
MOST_OBSERVANCES = 50
LONGEST_NOTE = 500
_PROPERTIES = KEPT | {"ATTENDEE", "ORGANIZER", "DTSTAMP", "COMMENT"}
_ESCAPE = re.compile(r"\\([\\;,nN])")
_SEQUENCE = re.compile(r"\d{1,9}", re.ASCII)


class NoAnswer(PeerloomError):
    """A calendar that is none of the three, or cannot be read as one; `code` is a reason of
    `matcher.service.attendance.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Attendee:
    """Who answers: their address in lower case, and the PARTSTAT in capitals, "" without one."""

    address: str
    partstat: str


@dataclass(frozen=True)
class Scheduling:
    """One message about one event. `sequence` 0 where it has none (RFC 5545, section 3.8.7.4); `stamped_at`:
    its DTSTAMP; `organizer`: the address that it is for. `occurrence`: it names a single recurrence."""

    method: str
    uid: str
    sequence: int
    stamped_at: datetime | None
    attendees: tuple[Attendee, ...]
    organizer: str
    note: str
    occurrence: bool
    _event: Component
    _zones: tuple[Component, ...]

    def times(self, own: str) -> tuple[datetime, datetime] | None:
        """Start and end in UTC, as a COUNTER proposes them; `own`: the IANA zone for times without one. None
        where they are missing, broken, or no time of day."""
        first = self._event.first("DTSTART")
        if first is None:
            return None
        zones = self._zone_table(own)
        try:
            start = _moment_of(first, zones)
            if start.is_date:
                return None
            found = _instant(start), datetime.fromtimestamp(self._end(start, zones), UTC)
        except (Skipped, OverflowError, OSError, ValueError):
            return None
        return found if found[0] < found[1] else None

    def occurrence_at(self, own: str) -> datetime | None:
        """The moment that RECURRENCE-ID names; None without one that can be read."""
        line = self._event.first("RECURRENCE-ID")
        try:
            return None if line is None else _instant(_moment_of(line, self._zone_table(own)))
        except Skipped:
            return None

    def _end(self, start: Moment, zones: Zones) -> int:
        last = self._event.first("DTEND")
        if last is not None:
            return _moment_of(last, zones).seconds
        lasts = self._event.first("DURATION")
        return (length(lasts.value) if lasts is not None else Length(0, 0)).end_of(start)

    def _zone_table(self, own: str) -> Zones:
        """Rules of zones that would take long to work out are left out: their times count as the reader's."""
        return Zones(ZoneInfo(own), [one for one in self._zones if _simple(one)], Report())


def read_scheduling(data: bytes) -> Scheduling:
    """The answer in a calendar. Of several events the first speaks, one without RECURRENCE-ID before others.

    Raises `NoAnswer`: "bad-calendar", "too-large", "not-an-answer" (another METHOD), "no-uid".
    """
    if len(data) > MOST_BYTES:
        raise NoAnswer("too-large")
    try:
        calendars = components(data, _PROPERTIES)
    except Refused:
        raise NoAnswer("bad-calendar") from None
    calendar = next((one for one in calendars if one.word("METHOD") in METHODS), None)
    if calendar is None:
        raise NoAnswer("not-an-answer")
    events = [one for one in calendar.parts if one.name == "VEVENT"][:MOST_EVENTS]
    if not events:
        raise NoAnswer("bad-calendar")
    event = min(events, key=lambda one: one.first("RECURRENCE-ID") is not None)
    line = event.first("UID")
    uid = line.value.strip() if line is not None else ""
    if not uid or len(uid) > 255 or not uid.isprintable():
        raise NoAnswer("no-uid")
    organizer = event.first("ORGANIZER")
    comment = event.first("COMMENT")
    return Scheduling(
        method=calendar.word("METHOD"),
        uid=uid,
        sequence=_sequence(event.first("SEQUENCE")),
        stamped_at=_stamp(event.first("DTSTAMP")),
        attendees=tuple(_attendee(one) for one in list(event.every("ATTENDEE"))[:MOST_ATTENDEES]),
        organizer=_address(organizer.value) if organizer is not None else "",
        note=_text(comment.value) if comment is not None else "",
        occurrence=event.first("RECURRENCE-ID") is not None,
        _event=event,
        _zones=tuple(one for one in calendar.parts if one.name == "VTIMEZONE"),
    )


def _attendee(line: Line) -> Attendee:
    address = _address(line.value)
    if "@" not in address and "EMAIL" in line.parameters:  # some write a URN there (RFC 7986, section 6.2)
        address = line.parameters["EMAIL"].strip().lower()
    return Attendee(address, line.parameters.get("PARTSTAT", "").strip().upper())


def _address(value: str) -> str:
    """The address of a CAL-ADDRESS (RFC 5545, section 3.3.3) in lower case."""
    scheme, colon, rest = value.strip().partition(":")
    found = rest if colon and scheme.lower() == "mailto" else value.strip()
    return unquote(found).strip().lower()[:320]


def _text(value: str) -> str:
    """A TEXT without its escapes (section 3.3.11), in one line that can be stored."""
    plain = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return " ".join("".join(c for c in plain if c.isprintable() or c.isspace()).split())[:LONGEST_NOTE]


def _sequence(line: Line | None) -> int:
    match = _SEQUENCE.fullmatch(line.value.strip()) if line is not None else None
    return int(match[0]) if match is not None else 0


def _stamp(line: Line | None) -> datetime | None:
    """A DTSTAMP; always in UTC (section 3.8.7.2), whatever it says of zones."""
    try:
        found = moment(line.value, {}, Zones(ZoneInfo("UTC"), (), Report())) if line is not None else None
        return None if found is None else _instant(found)
    except Skipped:
        return None


def _moment_of(line: Line, zones: Zones) -> Moment:
    return moment(line.value, line.parameters, zones)


def _instant(found: Moment) -> datetime:
    try:
        return datetime.fromtimestamp(found.seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise Skipped("bad-value") from None


def _simple(zone: Component) -> bool:
    """Whether a VTIMEZONE is like those that programs write: a few observances, each by a yearly rule."""
    if len(zone.parts) > MOST_OBSERVANCES:
        return False
    try:
        rules = [rule_parts(line.value) for part in zone.parts for line in part.every("RRULE")]
    except (Skipped, ValueError):
        return False
    fine = {"BYSECOND", "BYMINUTE", "BYHOUR"}
    return all(rule.get("FREQ") == "YEARLY" and fine.isdisjoint(rule) for rule in rules)
