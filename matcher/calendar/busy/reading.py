"""A calendar's bytes into taken time: the whole of it, in this process and without a bound on time.

`guarded.read_calendar` is what the service uses: it reads in a process of its own that can be ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from matcher.calendar.busy.availability import free_busy_spans, unavailable_spans
from matcher.calendar.busy.events import Timed, event_spans, untimed
from matcher.calendar.busy.lines import Component, components
from matcher.calendar.busy.report import MOST_SPANS, Refused, Report, Span
from matcher.calendar.busy.spans import clipped, joined
from matcher.calendar.busy.zones import Zones

TIMED = ("VEVENT", "VFREEBUSY", "VAVAILABILITY")


@dataclass(frozen=True)
class Reading:
    """Taken times within the window, in order, apart from each other; and what was skipped."""

    spans: list[Span]
    report: Report


def read(data: bytes, zone: str, window: Span, timed: Timed = untimed) -> Reading:
    """The taken times of a calendar within `window` (seconds since 1970), floating ones in `zone` (IANA).

    Broken components are left out and told in the report. Raises `Refused`.
    """
    report = Report()
    spans: list[Span] = []
    for calendar in components(data):
        if calendar.first("METHOD") is not None and calendar.word("METHOD") == "CANCEL":
            continue
        by_name: dict[str, list[Component]] = {}
        for part in calendar.parts:
            if part.closed or part.name not in TIMED:
                by_name.setdefault(part.name, []).append(part)
            else:
                report.skip("not-closed", part.name, part.uid)
        zones = Zones(ZoneInfo(zone), by_name.get("VTIMEZONE", ()), report)
        report.read += sum(len(by_name.get(name, ())) for name in TIMED)
        spans += event_spans(by_name.get("VEVENT", ()), window, zones, report, timed)
        spans += free_busy_spans(by_name.get("VFREEBUSY", ()), zones, report)
        spans += unavailable_spans(by_name.get("VAVAILABILITY", ()), window, zones, report, timed)
    found = clipped(joined(spans), window)
    if len(found) > MOST_SPANS:
        raise Refused("too-many-times")
    return Reading(found, report)
