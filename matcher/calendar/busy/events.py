"""Events as taken time (RFC 5545, section 3.6.1): series, and the occurrences that differ from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta

from matcher.calendar.busy.lines import Component
from matcher.calendar.busy.recurrence import Occurrence, occurrences
from matcher.calendar.busy.report import Report, Skipped, Span
from matcher.calendar.busy.values import DAY, NOTHING, Length, Moment, between, length, moment
from matcher.calendar.busy.zones import Zones

Timed = Callable[[], AbstractContextManager[None]]
"""Bounds the time that one component may take: raises `Skipped` inside the block."""

untimed: Timed = nullcontext
_FARTHEST = 366 * 86_400
"""How far, in seconds, a change of all that follows may move a series."""


@dataclass(frozen=True)
class Change:
    """An occurrence that differs from its series: the one at `at`, or with `onward` all from there on."""

    component: Component
    at: Moment
    onward: bool
    start: Moment
    length: Length

    @property
    def shift(self) -> timedelta:
        """How far it moves, by the clock of its own zone."""
        return self.start.local - self.at.within(self.start.zone).local


@contextmanager
def told(component: Component, report: Report, timed: Timed = untimed) -> Iterator[None]:
    """Put into the report what a component raises, instead of going up."""
    try:
        with timed():
            yield
    except Skipped as error:
        report.skip(error.code, component.name, component.uid)


def takes_time(event: Component) -> bool:
    """Whether an event makes people busy: not one that is cancelled, or marked as transparent."""
    return event.word("STATUS") != "CANCELLED" and event.word("TRANSP") != "TRANSPARENT"


def start_and_length(component: Component, zones: Zones) -> tuple[Moment, Length]:
    """When a component begins, and how long it takes: without an end a date takes its day, and a time
    nothing (section 3.6.1). Raises `Skipped`."""
    line = component.first("DTSTART")
    if line is None:
        raise Skipped("no-start")
    start = moment(line.value, line.parameters, zones)
    end, lasts = component.first("DTEND"), component.first("DURATION")
    if end is not None:
        return start, between(start, moment(end.value, end.parameters, zones))
    if lasts is not None:
        return start, length(lasts.value)
    return start, DAY if start.is_date else NOTHING


def event_spans(
    events: Iterable[Component], window: Span, zones: Zones, report: Report, timed: Timed = untimed
) -> list[Span]:
    """The times that events take and that reach into the window, not joined; what is broken goes to the
    report."""
    spans: list[Span] = []
    for masters, changed in _series(events):
        changes: list[Change] = []
        for one in changed:
            with told(one, report):
                changes.append(_change(one, zones))
        for one in masters:
            with told(one, report, timed):
                spans += _taken(one, changes, window, zones)
        for change in changes:
            if takes_time(change.component):
                with told(change.component, report):
                    spans += _spans([(change.start, change.length)], window)
    return spans


def _series(events: Iterable[Component]) -> Iterator[tuple[list[Component], list[Component]]]:
    """Events of one UID, and the changes to them; of several versions the one of the highest SEQUENCE."""
    by_uid: dict[str, list[Component]] = defaultdict(list)
    for number, event in enumerate(events):
        line = event.first("UID")
        by_uid[line.value.strip() if line is not None and line.value.strip() else f"\0{number}"].append(event)
    for same in by_uid.values():
        masters = [one for one in same if one.first("RECURRENCE-ID") is None]
        newest = max(map(_sequence, masters), default=0)
        changed: dict[str, Component] = {}
        for one in same:
            line = one.first("RECURRENCE-ID")
            if line is not None:
                key = f"{line.parameters.get('TZID', '')}:{line.value.strip()}"
                if key not in changed or _sequence(one) >= _sequence(changed[key]):
                    changed[key] = one
        yield [one for one in masters if _sequence(one) == newest], list(changed.values())


def _sequence(event: Component) -> int:
    word = event.word("SEQUENCE")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0


def _change(event: Component, zones: Zones) -> Change:
    line = event.first("RECURRENCE-ID")
    assert line is not None, "the caller looked"
    at = moment(line.value, line.parameters, zones)
    start, lasts = start_and_length(event, zones) if event.first("DTSTART") else (at, NOTHING)
    onward = line.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
    return Change(event, at, onward, start, lasts)


def _taken(event: Component, changes: Sequence[Change], window: Span, zones: Zones) -> list[Span]:
    """The times of one event, without those that a change speaks for."""
    start, lasts = start_and_length(event, zones)
    if not changes:
        return _spans(occurrences(event, start, lasts, window, zones), window) if takes_time(event) else []
    onward = sorted((one for one in changes if one.onward), key=lambda one: one.at.seconds)
    moved = max((abs(int(one.shift.total_seconds())) for one in onward), default=0)
    longest = max((one.length.days * 86_400 + one.length.seconds for one in onward), default=0)
    if moved > _FARTHEST:
        raise Skipped("bad-value")
    reach = (window[0] - moved - longest, window[1] + moved)
    replaced: set[int | date] = {
        one.at.local.date() if one.at.is_date and not start.is_date else one.at.seconds for one in changes
    }
    busy = takes_time(event)
    kept: list[Occurrence] = []
    for one, own in occurrences(event, start, lasts, reach, zones):
        if one.seconds in replaced or one.local.date() in replaced:
            continue
        since = [change for change in onward if change.at.seconds <= one.seconds]
        if not since:
            if busy:
                kept.append((one, own))
        elif takes_time(since[-1].component):
            there = one.within(since[-1].start.zone)
            kept.append((there.moved(there.local + since[-1].shift), since[-1].length))
    return _spans(kept, window)


def _spans(times: Iterable[Occurrence], window: Span) -> list[Span]:
    found = ((start.seconds, lasts.end_of(start)) for start, lasts in times)
    return [(start, end) for start, end in found if start < end and start < window[1] and end > window[0]]
