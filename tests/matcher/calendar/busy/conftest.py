"""Calendars in a few words, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from matcher.calendar.busy.reading import read

WINDOW = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 10, 1, tzinfo=UTC))


def calendar(*components: str) -> bytes:
    """A file that holds these components, each written with "|" between its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *(line for one in components for line in one.split("|"))]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str, uid: str = "one") -> str:
    """A VEVENT with a title that nobody may see again."""
    return "|".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Secret title", *lines, "END:VEVENT"])


@pytest.fixture
def times():
    """The taken times as texts such as "2026-10-05 08:00/09:00" in UTC, and the codes of what was skipped."""

    def run(*components, zone="Europe/Berlin", window=WINDOW):
        found = read(calendar(*components), zone, tuple(int(one.timestamp()) for one in window))
        return [text(*span) for span in found.spans], [one.code for one in found.report.told]

    return run


def text(start: int, end: int) -> str:
    """A span in UTC; the end's date only where it is another one."""
    begin, finish = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    form = "%H:%M" if begin.date() == finish.date() else "%Y-%m-%d %H:%M"
    return f"{begin:%Y-%m-%d %H:%M}/{finish:{form}}"
