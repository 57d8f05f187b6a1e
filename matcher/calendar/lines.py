"""Components as content lines of `text/calendar`, folded (RFC 5545, section 3.1).

icalendar folds a line character by character, a fifth of the time that calendars take to write; here only
the places where a line is cut are looked at.
"""

from __future__ import annotations

from icalendar import Component

MOST_OCTETS = 74
"""Octets of content in one physical line; the blank that begins a continued line is the 75th."""

_ESCAPES = b"\\^"
"""Begin an escape of two characters in a text, or in a parameter (RFC 6868)."""


def lines_of(component: Component) -> bytes:
    """A component with all that it holds, each line ended by CRLF."""
    return b"".join(folded(str(line)) for line in component.content_lines() if line)


def folded(line: str) -> bytes:
    """One content line in UTF-8 as physical lines of at most 75 octets, CRLF at the end.

    Neither a character nor an escape is cut in two: clients that unfold late would not understand them.
    """
    data = line.encode()
    pieces = []
    begin = 0
    while len(data) - begin > MOST_OCTETS:
        end = begin + MOST_OCTETS
        while data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        if data[end - 1] in _ESCAPES:
            end -= 1
        pieces.append(data[begin:end])
        begin = end
    pieces.append(data[begin:])
    return b"\r\n ".join(pieces) + b"\r\n"
