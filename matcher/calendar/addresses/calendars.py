"""A calendar at an address: an .ics file that is polled, or free/busy times over CalDAV (RFC 4791)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from xml.etree import ElementTree

from matcher.calendar.addresses.guard import Guard
from matcher.calendar.addresses.https import SECONDS, Answer, Login, ask
from matcher.calendar.addresses.problems import AddressProblem
from matcher.calendar.busy.report import Span

_CALDAV = "urn:ietf:params:xml:ns:caldav"
_TEXT = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNSUPPORTED = (400, 403, 405, 409, 415, 422, 500, 501)
"""How servers answer a REPORT that they do not know."""


@dataclass(frozen=True)
class Validators:
    """What tells whether a file has changed (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What a conditional request sends."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True)
class Fetched:
    """The calendar's bytes; None where it has not changed."""

    data: bytes | None
    validators: Validators


def fetch_file(guard: Guard, url: str, known: Validators, seconds: float = SECONDS) -> Fetched:
    """The file at an address, unless it is still the one that `known` tells of. Raises `AddressProblem`."""
    headers = {"Accept": "text/calendar, */*;q=0.1", **known.headers}
    answer = ask(guard, url, headers=headers, seconds=seconds)
    if answer.status == 304 and known.headers:
        return Fetched(None, known)
    _require(answer, 200)
    return Fetched(
        answer.body, Validators(_short(answer.headers, "etag"), _short(answer.headers, "last-modified"))
    )


def fetch_busy(
    guard: Guard, url: str, login: Login | None, window: Span, seconds: float = SECONDS
) -> Fetched:
    """The taken times of a CalDAV calendar: by free-busy-query (RFC 4791, section 7.10), or where the server
    has none, by a query of its events that take time. Raises `AddressProblem`."""
    end = monotonic() + seconds
    answer = _report(guard, url, login, _FREE_BUSY.format(*map(_utc, window)), end)
    if answer.status == 200 and b"BEGIN:VCALENDAR" in answer.body:
        return Fetched(answer.body, Validators())
    if answer.status not in (200, 207, *_UNSUPPORTED):
        _require(answer, 200)
    answer = _report(guard, url, login, _EVENTS.format(*map(_utc, window)), end)
    if answer.status in _UNSUPPORTED:
        raise AddressProblem("no-free-busy", answer.status)
    _require(answer, 207)
    return Fetched(_calendars_in(answer.body), Validators())


_FREE_BUSY = (
    '<?xml version="1.0" encoding="utf-8"?><C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">'
    '<C:time-range start="{0}" end="{1}"/></C:free-busy-query>'
)
_EVENTS = (
    '<?xml version="1.0" encoding="utf-8"?><C:calendar-query xmlns:D="DAV:" '
    'xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter>'
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="{0}" end="{1}"/>'
    "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)


def _report(guard: Guard, url: str, login: Login | None, body: str, end: float) -> Answer:
    headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    return ask(
        guard,
        url,
        method="REPORT",
        headers=headers,
        body=body.encode(),
        login=login,
        seconds=end - monotonic(),
    )


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _calendars_in(body: bytes) -> bytes:
    """The calendars in the answer to a query, one after the other. Raises `AddressProblem`."""
    if _TEXT.search(body):
        raise AddressProblem("bad-answer")  # entities that unfold without end
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise AddressProblem("bad-answer") from None
    found = [one.text for one in root.iter(f"{{{_CALDAV}}}calendar-data") if one.text]
    return "\r\n".join(found or ["BEGIN:VCALENDAR\r\nEND:VCALENDAR"]).encode()


def _require(answer: Answer, status: int) -> None:
    if answer.status == status:
        return
    if answer.status in (401, 403):
        raise AddressProblem("login-needed", answer.status)
    if answer.status in (404, 410):
        raise AddressProblem("not-there", answer.status)
    raise AddressProblem("server-error", answer.status)


def _short(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "")
    return value if 0 < len(value) <= 200 else None
