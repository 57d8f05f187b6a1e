"""The zone that a TZID means: IANA, Windows, or the file's own VTIMEZONE (RFC 5545, section 3.6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from io import StringIO
from zoneinfo import ZoneInfo

from matcher.calendar.busy.lines import Component
from matcher.calendar.busy.report import Report, Skipped
from matcher.calendar.busy.rules import rule_parts

_KEPT = ("TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE")


class Zones:
    """The zones of one calendar. `own`: the member's, in which floating times and dates are read.

    A TZID that is an IANA name means that zone, whatever rules the file writes for it: files carry old ones.
    """

    def __init__(self, own: ZoneInfo, defined: Sequence[Component], report: Report) -> None:
        self.own = own
        self._defined = {_name(one): one for one in defined if _name(one)}
        self._report = report
        self._found: dict[str, tzinfo] = {}

    def named(self, name: str) -> tzinfo:
        """The zone of a TZID; the member's own, with a word in the report, for one that nothing tells."""
        name = name.strip()
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> tzinfo:
        known = _iana(name) or _windows(name)
        if known is not None:
            return known
        defined = self._defined.get(name)
        if defined is None:
            self._report.skip("unknown-zone", "VTIMEZONE")
            return self.own
        place = defined.first("X-LIC-LOCATION")
        known = _iana(place.value.strip()) if place is not None else None
        return known or self._custom(defined)

    def _custom(self, defined: Component) -> tzinfo:
        from dateutil.tz import tzical

        try:
            for part in defined.parts:
                for line in part.every("RRULE"):
                    rule_parts(line.value)
            found: tzinfo | None = tzical(StringIO(_written(defined))).get("zone")
        except (Skipped, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError):
            found = None
        if found is None:
            self._report.skip("bad-zone", "VTIMEZONE")
            return self.own
        return _OfFile(found, self.own, self._report)


class _OfFile(tzinfo):
    """A zone by a file's own rules, until they take too long: from then on the member's own, with a word in
    the report. dateutil cannot be asked again after it was interrupted: it waits for ever for its own lock.
    """

    def __init__(self, rules: tzinfo, own: ZoneInfo, report: Report) -> None:
        self._zone, self._own, self._report = rules, own, report

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else self._in_time(moment).utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else self._in_time(moment).dst()

    def tzname(self, moment: datetime | None) -> str | None:
        return None if moment is None else self._in_time(moment).tzname()

    def fromutc(self, moment: datetime) -> datetime:
        return self._in_time(moment, utc=True).replace(tzinfo=self)

    def _in_time(self, moment: datetime, *, utc: bool = False) -> datetime:
        """The moment in the zone that holds, after its rules have been asked."""
        local = moment.replace(tzinfo=self._zone)
        try:
            if utc:
                return self._zone.fromutc(local)
            local.utcoffset()
        except Skipped:
            if self._zone is not self._own:
                self._zone = self._own
                self._report.skip("bad-zone", "VTIMEZONE")
            raise
        return local


def _name(defined: Component) -> str:
    line = defined.first("TZID")
    return line.value.strip() if line is not None else ""


def _iana(name: str) -> ZoneInfo | None:
    """An IANA zone, also as the end of a path such as "/example.org/20050126_1/Europe/Berlin"."""
    steps = name.strip("/").split("/")
    for first in range(max(len(steps) - 3, 0), len(steps)):
        try:
            return ZoneInfo("/".join(steps[first:]))
        except (ValueError, OSError, LookupError):
            continue
    return None


def _windows(name: str) -> ZoneInfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # slow to import, and seldom needed

    known = WINDOWS_TO_OLSON.get(name)
    return ZoneInfo(known) if known is not None else None


def _written(defined: Component) -> str:
    """The VTIMEZONE with what matters only, in the form that dateutil reads."""
    lines = ["BEGIN:VTIMEZONE", "TZID:zone"]
    for part in defined.parts:
        if part.name in ("STANDARD", "DAYLIGHT"):
            lines.append(f"BEGIN:{part.name}")
            lines += [f"{line.name}:{line.value.strip()}" for line in part.lines if line.name in _KEPT]
            lines.append(f"END:{part.name}")
    return "\n".join([*lines, "END:VTIMEZONE", ""])
