"""What a reading gives: times, and what could not be read, by code and never by title."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcher.domain.errors import PeerloomError

Span = tuple[int, int]
"""A taken time: seconds since 1970 in UTC, start inclusive and end exclusive."""

MOST_BYTES = 1_000_000
MOST_COMPONENTS = 5_000
MOST_DATES = 1_000
"""In all RDATE, or all EXDATE, of one component."""
MOST_A_DAY = 24
"""Times a day that a recurrence rule may ask for."""
MOST_OCCURRENCES = 10_000
"""Of one component within the window."""
MOST_SPANS = 20_000
"""Of a whole calendar, joined, within the window."""
MOST_DEPTH = 8
MOST_TOLD = 100
LONGEST_UID = 200

SKIPPED: dict[str, str] = {
    "no-start": "It has no DTSTART, so nobody knows when it is.",
    "bad-value": "One of its dates, times or lengths cannot be read.",
    "ends-before-start": "It ends before it starts.",
    "not-closed": "The file ends before it does: the file was cut off.",
    "bad-rule": "Its recurrence rule cannot be read.",
    "rule-too-fine": f"It recurs hourly or finer, or more than {MOST_A_DAY} times a day.",
    "too-many-dates": f"It lists more than {MOST_DATES:,} dates.",
    "too-many-occurrences": f"It recurs more than {MOST_OCCURRENCES:,} times in the time looked at.",
    "too-slow": "Its recurrence rule takes too long to work out.",
    "unknown-zone": "Its time zone is not known; it was read in the member's own zone.",
    "bad-zone": "Its time zone's rules cannot be read; times in it were read in the member's own zone.",
}
"""Why a component was left out, or (the last two) read by guess: code -> sentence."""

REFUSED: dict[str, str] = {
    "too-large": f"The calendar is larger than {MOST_BYTES // 1_000_000} MB: share one with fewer past "
    "events, or a free/busy address.",
    "not-a-calendar": "This is no iCalendar file (RFC 5545): it must begin with BEGIN:VCALENDAR. Export "
    "the calendar as .ics, or give the address that ends so.",
    "too-many-components": f"The calendar holds more than {MOST_COMPONENTS:,} components: share one with "
    "fewer past events, or a free/busy address.",
    "too-deep": "The calendar's components are nested too deeply to be a real one: export it again.",
    "too-many-times": f"The calendar takes more than {MOST_SPANS:,} separate times: share one with fewer "
    "events, or a free/busy address.",
    "reading-too-slow": "The calendar takes too long to work out: share one with fewer recurring events, "
    "or a free/busy address.",
    "reading-failed": "The calendar could not be read, which is our fault: report it with the file.",
}
"""Why a calendar as a whole is refused: code -> sentence, with what to do."""


@dataclass(frozen=True)
class Skip:
    """One component that was left out, or read by guess. `uid` is its UID, None where it has none."""

    code: str
    component: str
    uid: str | None = None

    @property
    def sentence(self) -> str:
        """What is wrong with it."""
        return SKIPPED[self.code]


class Skipped(Exception):
    """Leaves a component out, for a reason in `SKIPPED`."""

    def __init__(self, code: str) -> None:
        super().__init__(SKIPPED[code])
        self.code = code


class Refused(PeerloomError):
    """A calendar that is refused as a whole, for a reason in `REFUSED`."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSED[code])
        self.code = code


@dataclass
class Report:
    """What was read (components that can take time) and what was skipped; `MOST_TOLD` are told one by one."""

    read: int = 0
    skipped: int = 0
    told: list[Skip] = field(default_factory=list)

    def skip(self, code: str, component: str, uid: str | None = None) -> None:
        """One more."""
        self.skipped += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(Skip(code, component, uid))
