"""Content lines and components (RFC 5545, sections 3.1 and 3.6), forgiving, and without what is private.

Only the properties that tell of time are kept: titles, places, people and notes are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from matcher.calendar.busy.report import (
    LONGEST_UID,
    MOST_BYTES,
    MOST_COMPONENTS,
    MOST_DEPTH,
    Refused,
)

KEPT = frozenset(
    [
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXRULE",
        "EXDATE",
        "RECURRENCE-ID",
        "SEQUENCE",
        "TRANSP",
        "STATUS",
        "METHOD",
        "FREEBUSY",
        "PRIORITY",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "X-LIC-LOCATION",
    ]
)
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_BREAK = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]+(?=[;:])")
_HEAD = re.compile(r'((?:[^":]|"[^"]*")*):', re.DOTALL)
_PARAMETER = re.compile(r';([^=;:"]+)=((?:[^";]|"[^"]*")*)')


@dataclass(frozen=True)
class Line:
    """A property: its parameters (names in capitals, quotes gone) and its value as written."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass
class Component:
    """A component, its properties in order, and those inside it. `closed`: its END was there."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)
    closed: bool = False

    def first(self, name: str) -> Line | None:
        """The first property of a name."""
        return next((line for line in self.lines if line.name == name), None)

    def every(self, name: str) -> Iterator[Line]:
        """All properties of a name."""
        return (line for line in self.lines if line.name == name)

    def word(self, name: str) -> str:
        """The first value of a property that is one word, in capitals; "" without it."""
        line = self.first(name)
        return line.value.strip().upper() if line is not None else ""

    @property
    def uid(self) -> str | None:
        """Its UID, cut to a length that can be told."""
        line = self.first("UID")
        return line.value.strip()[:LONGEST_UID] if line is not None and line.value.strip() else None


def components(data: bytes, kept: Collection[str] = KEPT) -> list[Component]:
    """The calendars in a file, with the properties in `kept`.

    Raises `Refused`: too large, no calendar, too many components, too deep.
    """
    if len(data) > MOST_BYTES:
        raise Refused("too-large")
    text = _text(data)
    found: list[Component] = []
    stack: list[Component] = []
    count = 0
    for line in _BREAK.split(_FOLD.sub("", text)):
        match = _NAME.match(line)
        if match is None:
            continue
        name = match[0].upper()
        if name == "BEGIN":
            component = Component(line[6:].strip().upper()[:40])
            count += component.name != "VALARM"  # most events have some; the size bounds them
            if count > MOST_COMPONENTS:
                raise Refused("too-many-components")
            if len(stack) >= MOST_DEPTH:
                raise Refused("too-deep")
            if stack:
                stack[-1].parts.append(component)
            elif component.name == "VCALENDAR":
                found.append(component)
            stack.append(component)
        elif name == "END":
            _close(stack, line[4:].strip().upper()[:40])
        elif stack and name in kept and (found_line := _line(name, line)) is not None:
            stack[-1].lines.append(found_line)
    if not found:
        raise Refused("not-a-calendar")
    return found


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _close(stack: list[Component], name: str) -> None:
    """End the innermost component of a name; those inside it end unclosed. An END of nothing is ignored."""
    if not any(one.name == name for one in stack):
        return
    while (component := stack.pop()).name != name:
        pass
    component.closed = True


def _line(name: str, line: str) -> Line | None:
    match = _HEAD.match(line)
    if match is None:
        return None
    parameters = {key.upper(): value.replace('"', "") for key, value in _PARAMETER.findall(match[1])}
    return Line(name, parameters, line[match.end() :])
