"""When a component recurs: RRULE, RDATE, EXRULE and EXDATE (RFC 5545, section 3.8.5) within a window.

Rules are worked out in local time, which is what they speak of; each time then becomes an instant of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dateutil.rrule import rrulestr

from matcher.calendar.busy.lines import Component
from matcher.calendar.busy.report import MOST_DATES, MOST_OCCURRENCES, Skipped, Span
from matcher.calendar.busy.rules import rule_parts
from matcher.calendar.busy.values import Length, Moment, moment, moments, period
from matcher.calendar.busy.zones import Zones

_DAY = 86_400
_STEP = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(days=7)}
_WIDEST = timedelta(days=366)
_LOW, _HIGH = datetime(1, 1, 3), datetime(9999, 12, 29)

Occurrence = tuple[Moment, Length]


def occurrences(
    component: Component, start: Moment, length: Length, window: Span, zones: Zones
) -> list[Occurrence]:
    """The times at which a component that begins at `start` takes place and that reach into the window.

    Its DTSTART is always the first of them, as section 3.8.5.3 says. Raises `Skipped`.
    """
    found: dict[int, Occurrence] = {start.seconds: (start, length)}
    reach = length.days * _DAY + length.seconds + _DAY
    for line in component.every("RRULE"):
        for one in _times(line.value, start, (window[0] - reach, window[1]), zones):
            found[one.seconds] = (one, length)
            _bounded(found)
    for one, own in _extra_dates(component, length, zones):
        found[one.seconds] = (one, own)
    gone: set[int] = set()
    for line in component.every("EXRULE"):
        gone.update(one.seconds for one in _times(line.value, start, (window[0] - reach, window[1]), zones))
    days = set()
    for one in _exceptions(component, zones):
        if one.is_date and not start.is_date:
            days.add(one.local.date())  # against the standard, but frequent: the whole day is meant
        else:
            gone.add(one.seconds)
    return [
        (one, own)
        for seconds, (one, own) in found.items()
        if seconds not in gone and one.local.date() not in days
    ]


def _bounded(found: dict[int, Occurrence]) -> None:
    if len(found) > MOST_OCCURRENCES:
        raise Skipped("too-many-occurrences")


def _extra_dates(component: Component, length: Length, zones: Zones) -> Iterator[Occurrence]:
    lines = list(component.every("RDATE"))
    if sum(line.value.count(",") + 1 for line in lines) > MOST_DATES:
        raise Skipped("too-many-dates")
    for line in lines:
        if line.parameters.get("VALUE", "").upper() == "PERIOD" or "/" in line.value:
            yield from (period(one, line.parameters, zones) for one in line.value.split(",") if one.strip())
        else:
            yield from ((one, length) for one in moments(line, zones))


def _exceptions(component: Component, zones: Zones) -> list[Moment]:
    lines = list(component.every("EXDATE"))
    if sum(line.value.count(",") + 1 for line in lines) > MOST_DATES:
        raise Skipped("too-many-dates")
    return [one for line in lines for one in moments(line, zones)]


def _times(text: str, start: Moment, window: Span, zones: Zones) -> Iterator[Moment]:
    """The times of a rule that begin in the window (seconds since 1970, a day more on both sides)."""
    parts = rule_parts(text)
    until = _until(parts.pop("UNTIL", None), start, zones)
    low, high = (_naive(window[0] - _DAY), _naive(window[1] + _DAY))
    first = start.local
    if "COUNT" not in parts and (step := _STEP.get(parts["FREQ"])) is not None and first < low:
        # From far back: begin later by whole intervals, which changes none of the times that follow.
        step *= int(parts.get("INTERVAL", "1"))
        first += (low - first) // step * step
    try:
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
        for one in rule:
            if one > high or (until is not None and one > until):
                return
            if one >= low:
                yield start.moved(one)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise Skipped("bad-rule") from None


def _until(text: str | None, start: Moment, zones: Zones) -> datetime | None:
    """The last time that UNTIL allows, by the clock of the start: a date allows all of its day."""
    if text is None:
        return None
    found = moment(text, {}, zones)
    if found.is_date:
        return found.local + timedelta(days=1) - timedelta(seconds=1)
    if found.zone is UTC:
        try:
            local = found.local.replace(tzinfo=UTC).astimezone(start.zone).replace(tzinfo=None)
        except (OverflowError, ValueError):
            return datetime.max
        return local.replace(hour=0, minute=0, second=0) if start.is_date else local
    return found.local


def _naive(seconds: int) -> datetime:
    """About the local time of an instant; zones differ by less than a day."""
    epoch = datetime(1970, 1, 1)
    low, high = ((edge - epoch) // timedelta(seconds=1) for edge in (_LOW, _HIGH))
    return epoch + timedelta(seconds=min(max(seconds, low), high))
