"""VTIMEZONE components (RFC 5545, section 3.6.5) with yearly rules, which every client reads rightly.

Rules come from the zone's POSIX footer, and are used from the first year from which they give exactly the
offsets of the zone's own table. Changes before that year, and all changes of a zone whose rules no footer
can tell (Morocco suspends summer time in Ramadan), are written out one by one for the years asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from matcher.calendar.lines import lines_of
from matcher.calendar.posix import Dates, PosixZone, YearDay, YearlyRule, footer, parse

_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_FIXED_SINCE = datetime(1970, 1, 1)


@dataclass(frozen=True)
class _Change:
    """An offset that begins at a moment (UTC, without tzinfo)."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool

    @property
    def key(self) -> tuple[datetime, timedelta, timedelta]:
        return self.at, self.before, self.after

    @property
    def local(self) -> datetime:
        """The onset by the clock in force before it, as DTSTART wants it."""
        return self.at + self.before


@lru_cache(maxsize=1024)
def vtimezone_bytes(zone: str, first_year: int, last_year: int) -> bytes:
    """The VTIMEZONE of an IANA zone as iCalendar text, right for these years (UTC, inclusive)."""
    return lines_of(vtimezone(zone, first_year, last_year))


def vtimezone(zone: str, first_year: int, last_year: int) -> Timezone:
    """The VTIMEZONE of an IANA zone, right from `first_year` to `last_year` (UTC, inclusive).

    Where rules hold they hold beyond `last_year` too. The larger of two offsets is the DAYLIGHT one, also
    where the law calls winter the exception (Ireland, Morocco): clients expect daylight time to be ahead.
    """
    return timezone_of(zone, ZoneInfo(zone), parse(footer(zone)), first_year, last_year)


def timezone_of(
    name: str, table: ZoneInfo, rules: PosixZone | None, first_year: int, last_year: int
) -> Timezone:
    """`vtimezone` from a zone's table and footer given apart."""
    component = Timezone()
    component.add("TZID", name)
    start = datetime(first_year - 1, 1, 1)
    changes = _changes(table, start, datetime(last_year + 1, 1, 1))
    since = _rules_hold_since(rules, changes, table, first_year, last_year)
    if since == first_year and _same_start(rules, table, first_year):
        assert rules is not None
        _add_rules(component, rules, first_year - 1)
        return component
    if not changes:
        moment = start.replace(tzinfo=UTC).astimezone(table)
        offset = _offset(moment)
        _add(component, _Change(_FIXED_SINCE - offset, offset, offset, moment.tzname() or name, False))
        return component
    opening = start.replace(tzinfo=UTC).astimezone(table)
    offset = _offset(opening)
    daylight = _is_daylight(opening, _negative(table, changes))
    _add(component, _Change(start - offset, offset, offset, opening.tzname() or name, daylight))
    until = datetime(since, 1, 1) if since else datetime.max
    for change in changes:
        if change.at < until:
            _add(component, change)
    if since:
        assert rules is not None
        _add_rules(component, rules, since)
    return component


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None
    return offset


def _changes(table: ZoneInfo, start: datetime, end: datetime) -> list[_Change]:
    """Every change of offset in [start, end), found by looking once a week and halving."""
    found: list[tuple[datetime, datetime, datetime]] = []
    week = timedelta(days=7)  # no zone changes twice within one

    def local(moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(table)

    low = start
    while low < end:
        high = min(low + week, end)
        if local(low).utcoffset() != local(high).utcoffset():
            left, right = low, high
            while right - left > timedelta(seconds=1):
                middle = (left + (right - left) / 2).replace(microsecond=0)
                if local(middle).utcoffset() == local(low).utcoffset():
                    left = middle
                else:
                    right = middle
            if right < end:
                found.append((right, local(left), local(right)))
        low = high
    changes = [
        _Change(at, _offset(before), _offset(after), after.tzname() or "", False)
        for at, before, after in found
    ]
    negative = _negative(table, changes)
    return [replace(c, daylight=_is_daylight(local(c.at), negative)) for c in changes]


def _negative(table: ZoneInfo, changes: Sequence[_Change]) -> bool:
    """Whether the zone's table calls winter the exception (a negative `dst()`)."""
    moments = (change.at.replace(tzinfo=UTC).astimezone(table) for change in changes)
    return any((moment.dst() or timedelta(0)) < timedelta(0) for moment in moments)


def _is_daylight(moment: datetime, negative: bool) -> bool:
    dst = moment.dst() or timedelta(0)
    return dst == timedelta(0) if negative else dst > timedelta(0)


def _predicted(rules: PosixZone, year: int) -> list[_Change]:
    assert rules.summer_begins is not None
    assert rules.standard_begins is not None
    summer_is_later = rules.summer > rules.standard
    return [
        _Change(
            rules.summer_begins.onset(year) - rules.standard,
            rules.standard,
            rules.summer,
            rules.summer_name,
            summer_is_later,
        ),
        _Change(
            rules.standard_begins.onset(year) - rules.summer,
            rules.summer,
            rules.standard,
            rules.standard_name,
            not summer_is_later,
        ),
    ]


def _rules_hold_since(
    rules: PosixZone | None, changes: Sequence[_Change], table: ZoneInfo, first_year: int, last_year: int
) -> int | None:
    """The first year from which the rules give exactly the table's changes; None when they never do."""
    if rules is None or rules.summer_begins is None or rules.standard_begins is None:
        return None
    if rules.summer_begins.recurrences() is None or rules.standard_begins.recurrences() is None:
        return None
    predicted = {
        change.key for year in range(first_year - 1, last_year + 2) for change in _predicted(rules, year)
    }
    actual = {change.key for change in changes}
    since = None
    for year in range(last_year, first_year - 1, -1):
        start, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)
        in_year = {key for key in predicted if start <= key[0] < end}
        if len(in_year) != 2 or in_year != {key for key in actual if start <= key[0] < end}:
            break
        since = year
    return since


def _same_start(rules: PosixZone | None, table: ZoneInfo, year: int) -> bool:
    """Whether the rules of the year before lead to the offset in force when the year begins."""
    assert rules is not None
    start = datetime(year, 1, 1)
    before = max(
        (c for y in (year - 2, year - 1) for c in _predicted(rules, y) if c.at <= start), key=lambda c: c.at
    )
    return before.after == start.replace(tzinfo=UTC).astimezone(table).utcoffset()


def _add_rules(component: Timezone, rules: PosixZone, year: int) -> None:
    assert rules.summer_begins is not None
    assert rules.standard_begins is not None
    for rule, change in zip(
        (rules.summer_begins, rules.standard_begins), _predicted(rules, year), strict=True
    ):
        for dates in rule.recurrences() or ():
            _add(component, change, _first_onset(rule, dates, year), dates)


def _first_onset(rule: YearlyRule, dates: Dates | YearDay, year: int) -> datetime:
    """The rule's first onset in or after a year that falls on these dates."""
    for later in range(year, year + 29):
        onset = rule.onset(later)
        if isinstance(dates, YearDay) or onset.month == dates.month:
            return onset
    raise AssertionError("the dates of a rule repeat every 28 years")


def _add(
    component: Timezone, change: _Change, onset: datetime | None = None, dates: Dates | YearDay | None = None
) -> None:
    part = TimezoneDaylight() if change.daylight else TimezoneStandard()
    part.add("DTSTART", onset or change.local)
    part.add("TZNAME", change.name)
    part.add("TZOFFSETFROM", change.before)
    part.add("TZOFFSETTO", change.after)
    if dates is not None:
        part.add("RRULE", _rrule(dates))
    component.add_component(part)


def _rrule(dates: Dates | YearDay) -> dict[str, object]:
    if isinstance(dates, YearDay):
        return {"FREQ": "YEARLY", "BYYEARDAY": dates.day}
    rule: dict[str, object] = {"FREQ": "YEARLY", "BYMONTH": dates.month}
    if dates.days:
        rule["BYMONTHDAY"] = list(dates.days)
    if dates.weekday is not None:
        week = "" if dates.week is None else str(dates.week)
        rule["BYDAY"] = week + _WEEKDAYS[dates.weekday]
    return rule
