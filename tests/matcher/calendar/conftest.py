"""Readers for iCalendar bytes that owe nothing to our own writer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

LINE = re.compile(r"([A-Z0-9-]+)((?:;[^:]*)?):(.*)")


class ZoneReader:
    """A VTIMEZONE as a plain client reads it: the offset of the observance with the latest onset so far."""

    def __init__(self, data: bytes, until: datetime) -> None:
        assert data.endswith(b"\r\n")
        text = data.decode("ascii").replace("\r\n ", "")
        self.text = text
        onsets: list[tuple[datetime, timedelta, timedelta]] = []
        for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\r\n(.*?)END:", text, re.S):
            fields = {m[1]: m[3] for line in part.split("\r\n") if (m := LINE.fullmatch(line))}
            start = datetime.strptime(fields["DTSTART"], "%Y%m%dT%H%M%S")
            before, after = _offset(fields["TZOFFSETFROM"]), _offset(fields["TZOFFSETTO"])
            local = [start]
            if "RRULE" in fields:
                rule = rrulestr(fields["RRULE"], dtstart=start)
                local = rule.between(start, until, inc=True)
                assert start > until or local[0] == start, "DTSTART must be the first instance of its rule"
            onsets += [(moment - before, before, after) for moment in local]
        self.onsets = sorted(onsets)

    def offset(self, instant: datetime) -> timedelta:
        """The offset in force at an instant (UTC, without tzinfo)."""
        return [after for at, _, after in self.onsets if at <= instant][-1]

    def changes(self, start: datetime, end: datetime) -> list[tuple[datetime, timedelta, timedelta]]:
        """The onsets in [start, end) that change the offset."""
        return [c for c in self.onsets if start <= c[0] < end and c[1] != c[2]]


def _offset(text: str) -> timedelta:
    size = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]), seconds=int(text[5:7] or 0))
    return -size if text[0] == "-" else size


def table_changes(
    table: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[datetime, timedelta, timedelta]]:
    """Every change of offset of a zone's own table, looked up hour by hour around days that differ."""

    def offset(moment: datetime) -> timedelta:
        found = moment.replace(tzinfo=UTC).astimezone(table).utcoffset()
        assert found is not None
        return found

    changes = []
    day, minute, at_day = start, timedelta(minutes=1), offset(start)
    while day < end:
        after = day + timedelta(days=1)
        at_after = offset(after)
        if at_day != at_after:
            moment = day
            while offset(moment) == at_day:
                moment += 15 * minute
            while offset(moment - minute) != at_day:
                moment -= minute
            if moment < end:
                changes.append((moment, offset(moment - minute), offset(moment)))
        day, at_day = after, at_after
    return changes


@pytest.fixture(scope="session")
def zone_reader() -> type[ZoneReader]:
    return ZoneReader


@pytest.fixture(scope="session")
def changes_of_table() -> Callable[..., list[tuple[datetime, timedelta, timedelta]]]:
    return table_changes
