"""Free/busy times (RFC 5545, section 3.6.4) and availability (RFC 7953) as taken time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from matcher.calendar.busy.events import Timed, start_and_length, told, untimed
from matcher.calendar.busy.lines import Component
from matcher.calendar.busy.recurrence import occurrences
from matcher.calendar.busy.report import Report, Skipped, Span
from matcher.calendar.busy.spans import clipped, joined, without
from matcher.calendar.busy.values import length, moment, period
from matcher.calendar.busy.zones import Zones

_LOWEST = 10


def free_busy_spans(components: Iterable[Component], zones: Zones, report: Report) -> list[Span]:
    """The periods of VFREEBUSY components whose FBTYPE is not FREE, not joined."""
    spans: list[Span] = []
    for component in components:
        with told(component, report):
            found = []
            for line in component.every("FREEBUSY"):
                if line.parameters.get("FBTYPE", "BUSY").upper() != "FREE":
                    for one in line.value.split(","):
                        start, lasts = period(one, line.parameters, zones)
                        found.append((start.seconds, lasts.end_of(start)))
            spans += found
    return spans


def unavailable_spans(
    components: Iterable[Component], window: Span, zones: Zones, report: Report, timed: Timed = untimed
) -> list[Span]:
    """What lies outside the AVAILABLE times of VAVAILABILITY components, within the window, joined.

    A component speaks for the time from its DTSTART to its end, without them for ever. Where several speak,
    the one of the highest PRIORITY holds (1 is the highest, 0 and none are the lowest); of several with the
    same, time is free where none of them takes it.
    """
    parsed: list[tuple[int, list[Span], list[Span]]] = []
    for component in components:
        with told(component, report):
            reach = _reach(component, window, zones)
            free: list[Span] = []
            for one in component.parts:
                if one.name == "AVAILABLE":
                    with told(one, report, timed):
                        start, lasts = start_and_length(one, zones)
                        times = occurrences(one, start, lasts, window, zones)
                        free += [(at.seconds, own.end_of(at)) for at, own in times]
            parsed.append((_priority(component), reach, without(reach, joined(free))))
    taken: list[Span] = []
    parsed.sort(key=lambda one: -one[0])
    for _, same in groupby(parsed, key=lambda one: one[0]):
        level = list(same)
        covered = joined(span for _, reach, _ in level for span in reach)
        taken = joined([*without(taken, covered), *(span for _, _, busy in level for span in busy)])
    return taken


def _reach(component: Component, window: Span, zones: Zones) -> list[Span]:
    """The part of the window that an availability speaks for."""
    begin, end = window
    line = component.first("DTSTART")
    start = moment(line.value, line.parameters, zones) if line is not None else None
    if start is not None:
        begin = start.seconds
    last, lasts = component.first("DTEND"), component.first("DURATION")
    if last is not None:
        end = moment(last.value, last.parameters, zones).seconds
    elif lasts is not None and start is not None:
        end = length(lasts.value).end_of(start)
    if start is not None and end < begin and (last is not None or lasts is not None):
        raise Skipped("ends-before-start")
    return joined(clipped([(begin, end)], window))


def _priority(component: Component) -> int:
    word = component.word("PRIORITY")
    number = int(word) if len(word) == 1 and word in "123456789" else 0
    return number or _LOWEST
