"""Dates, times and lengths of iCalendar (RFC 5545, section 3.3), as moments that know their zone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from matcher.calendar.busy.lines import Line
from matcher.calendar.busy.report import Skipped
from matcher.calendar.busy.zones import Zones

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?", re.ASCII)
_LENGTH = re.compile(
    r"([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Moment:
    """A local time in a zone; of a date, its midnight in the member's zone."""

    local: datetime
    zone: tzinfo
    is_date: bool = False

    @property
    def seconds(self) -> int:
        """Seconds since 1970 in UTC. A time that the clock skips counts by the offset from before, one that
        it repeats is the earlier (section 3.3.5). Raises `Skipped` beyond the years 1-9999."""
        try:
            return int((self.local.replace(tzinfo=self.zone) - _EPOCH).total_seconds())
        except (OverflowError, ValueError):
            raise Skipped("bad-value") from None

    def moved(self, local: datetime) -> Moment:
        """Another time in the same zone."""
        return replace(self, local=local)

    def within(self, zone: tzinfo) -> Moment:
        """The same instant by the clock of another zone. Raises `Skipped` beyond the years 1-9999."""
        if zone is self.zone:
            return self
        try:
            return replace(
                self,
                local=self.local.replace(tzinfo=self.zone).astimezone(zone).replace(tzinfo=None),
                zone=zone,
            )
        except (OverflowError, ValueError):
            raise Skipped("bad-value") from None


@dataclass(frozen=True)
class Length:
    """How long something takes: days of the calendar, then seconds that pass (section 3.3.6)."""

    days: int
    seconds: int

    def end_of(self, start: Moment) -> int:
        """When it ends, in seconds since 1970. Raises `Skipped`."""
        try:
            later = start.moved(start.local + timedelta(days=self.days))
        except OverflowError:
            raise Skipped("bad-value") from None
        return later.seconds + self.seconds


NOTHING, DAY = Length(0, 0), Length(1, 0)


def moment(text: str, parameters: dict[str, str], zones: Zones) -> Moment:
    """A DATE or DATE-TIME, floating ones in the member's zone. Raises `Skipped`."""
    match = _MOMENT.fullmatch(text.strip().upper())
    if match is None:
        raise Skipped("bad-value")
    year, month, day, hour, minute, second, utc = match.groups()
    try:
        on = date(int(year), int(month), int(day))
        if hour is None:
            return Moment(datetime.combine(on, time()), zones.own, is_date=True)
        clock = time(int(hour), int(minute), min(int(second or 0), 59))  # 60 is a leap second
    except ValueError:
        raise Skipped("bad-value") from None
    name = parameters.get("TZID")
    zone: tzinfo = UTC if utc else zones.own if name is None else zones.named(name)
    return Moment(datetime.combine(on, clock), zone)


def moments(line: Line, zones: Zones) -> list[Moment]:
    """The list of an EXDATE, or of an RDATE without periods. Raises `Skipped`."""
    return [moment(one, line.parameters, zones) for one in line.value.split(",") if one.strip()]


def length(text: str) -> Length:
    """A DURATION. Raises `Skipped`."""
    match = _LENGTH.fullmatch(text.strip().upper())
    if match is None or not any(match.groups()[1:]):
        raise Skipped("bad-value")
    sign, *numbers = match.groups()
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in numbers)
    found = Length(weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)
    if sign == "-" and found != NOTHING:
        raise Skipped("ends-before-start")
    return found


def period(text: str, parameters: dict[str, str], zones: Zones) -> tuple[Moment, Length]:
    """A PERIOD: a start, and an end or a length (section 3.3.9). Raises `Skipped`."""
    begin, slash, rest = text.partition("/")
    start = moment(begin, parameters, zones)
    if not slash:
        raise Skipped("bad-value")
    if rest.strip()[:1].upper() in ("P", "+", "-"):
        return start, length(rest)
    return start, between(start, moment(rest, parameters, zones))


def between(start: Moment, end: Moment) -> Length:
    """From a start to an end: whole days between dates, else the time that passes. Raises `Skipped`."""
    if start.is_date and end.is_date:
        found = Length((end.local - start.local).days, 0)
    else:
        found = Length(0, end.seconds - start.seconds)
    if found.days < 0 or found.seconds < 0:
        raise Skipped("ends-before-start")
    return found
