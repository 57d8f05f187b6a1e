"""The yearly rules of a time zone: the POSIX TZ string that ends every TZif file (RFC 9636, section 3.3)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH

DAY_SECONDS = 86_400
_NAME = r"(?:<[^>]+>|[A-Za-z]{3,})"
_OFFSET = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_FOOTER = re.compile(rf"({_NAME})({_OFFSET})(?:({_NAME})({_OFFSET})?,([^,]+),([^,]+))?")
_DATE = re.compile(r"(?:M(\d{1,2})\.([1-5])\.([0-6])|(J?)(\d{1,3}))")
_COMMON_YEAR = 2001


@dataclass(frozen=True)
class Dates:
    """Days of one month on which a rule can fall: `days` of the month, `weekday` 0 (Sunday) to 6 or None.

    `week` is set instead of `days` for the plain "second Sunday" (2) and "last Sunday" (-1).
    """

    month: int
    days: tuple[int, ...]
    weekday: int | None
    week: int | None = None


@dataclass(frozen=True)
class YearDay:
    """A rule that counts days from the start of the year, leap days included: 1 is 1 January."""

    day: int


@dataclass(frozen=True)
class YearlyRule:
    """When, every year, an offset begins: a date, and seconds after its midnight, negative or beyond a day.

    The three forms of POSIX: "M" (`month`, `week` 1-5 where 5 is the last, `day` 0 Sunday to 6), "J" (`day`
    1-365, 29 February never counted) and "n" (`day` 0-365, leap days counted).
    """

    form: str
    day: int
    seconds: int
    month: int = 0
    week: int = 0

    def onset(self, year: int) -> datetime:
        """The local time, by the clock in force before, at which the rule of this year takes effect."""
        midnight = datetime.combine(self._date(year), datetime.min.time())
        return midnight + timedelta(seconds=self.seconds)

    def _date(self, year: int) -> date:
        if self.form == "M":
            first = date(year, self.month, 1)
            to_weekday = (self.day - first.isoweekday()) % 7
            found = first + timedelta(days=to_weekday + 7 * (self.week - 1))
            return found if found.month == self.month else found - timedelta(days=7)
        if self.form == "J":
            leap = calendar.isleap(year) and self.day >= 60
            return date(year, 1, 1) + timedelta(days=self.day - 1 + leap)
        return date(year, 1, 1) + timedelta(days=self.day)

    def recurrences(self) -> tuple[Dates | YearDay, ...] | None:
        """The dates on which the rule falls, in terms that an RRULE can hold; None when there are none.

        A time of day outside 0-24 h moves the date. The moved dates of an "M" rule are named by day of month
        and weekday together ("the Friday among 26 to 31"), in two pieces where they cross a month's end.
        """
        shift = self.seconds // DAY_SECONDS
        if self.form == "M":
            if shift == 0:
                return (Dates(self.month, (), self.day, -1 if self.week == 5 else self.week),)
            return self._moved(shift)
        if self.form == "J":
            fixed = date(_COMMON_YEAR, 1, 1) + timedelta(days=self.day - 1)
            moved = fixed + timedelta(days=shift)
            over_leap_day = (fixed.year, fixed.month > 2) != (moved.year, moved.month > 2)
            return None if over_leap_day else (Dates(moved.month, (moved.day,), None),)
        if 1 <= self.day + 1 + shift <= 365:
            return (YearDay(self.day + 1 + shift),)
        return None

    def _moved(self, shift: int) -> tuple[Dates, ...] | None:
        if self.month == 2 and self.week == 5:
            return None
        length = calendar.monthrange(_COMMON_YEAR, self.month)[1]
        last = length if self.week == 5 else 7 * self.week
        pieces: dict[int, list[int]] = {}
        for day in range(last - 6 + shift, last + shift + 1):
            if 1 <= day <= length and not (self.month == 2 and day > 28):
                pieces.setdefault(self.month, []).append(day)
            elif day > length and self.month not in (2, 12):
                pieces.setdefault(self.month + 1, []).append(day - length)
            elif day < 1 and self.month not in (1, 3):
                before = calendar.monthrange(_COMMON_YEAR, self.month - 1)[1]
                pieces.setdefault(self.month - 1, []).append(before + day)
            else:
                return None
        weekday = (self.day + shift) % 7
        return tuple(Dates(month, tuple(days), weekday) for month, days in sorted(pieces.items()))


@dataclass(frozen=True)
class PosixZone:
    """One or two offsets east of UTC; with two, when each begins every year."""

    standard_name: str
    standard: timedelta
    summer_name: str = ""
    summer: timedelta = timedelta(0)
    summer_begins: YearlyRule | None = None
    standard_begins: YearlyRule | None = None


def footer(zone: str) -> str:
    """The POSIX TZ string of an IANA zone, from the same files that `zoneinfo` reads; "" when it has none."""
    for folder in TZPATH:
        path = Path(folder, zone)
        if path.is_file():
            data = path.read_bytes()
            break
    else:
        data = resources.files("tzdata.zoneinfo").joinpath(*zone.split("/")).read_bytes()
    return footer_of(data)


def footer_of(data: bytes) -> str:
    """The POSIX TZ string of TZif bytes; "" for version 1 files, which have none."""
    if not data.startswith(b"TZif") or data[4:5] < b"2" or not data.endswith(b"\n"):
        return ""
    return data[:-1].rpartition(b"\n")[2].decode("ascii")


def parse(text: str) -> PosixZone | None:
    """Read a POSIX TZ string; None when it is empty or not of a form that we know."""
    match = _FOOTER.fullmatch(text)
    if match is None:
        return None
    name, offset, summer_name, summer_offset, begins, ends = match.groups()
    standard = timedelta(seconds=-_seconds(offset))
    if summer_name is None:
        return PosixZone(name.strip("<>"), standard)
    summer = timedelta(seconds=-_seconds(summer_offset)) if summer_offset else standard + timedelta(hours=1)
    summer_begins, standard_begins = _rule(begins), _rule(ends)
    if summer_begins is None or standard_begins is None:
        return None
    return PosixZone(
        name.strip("<>"), standard, summer_name.strip("<>"), summer, summer_begins, standard_begins
    )


def _rule(text: str) -> YearlyRule | None:
    day, _, clock = text.partition("/")
    match = _DATE.fullmatch(day)
    if match is None or (clock and not re.fullmatch(_OFFSET, clock)):
        return None
    seconds = _seconds(clock) if clock else 2 * 3600
    month, week, weekday, julian, number = match.groups()
    if month:
        return (
            YearlyRule("M", int(weekday), seconds, int(month), int(week)) if 1 <= int(month) <= 12 else None
        )
    if julian:
        return YearlyRule("J", int(number), seconds) if 1 <= int(number) <= 365 else None
    return YearlyRule("n", int(number), seconds) if int(number) <= 365 else None


def _seconds(text: str) -> int:
    hours, minutes, seconds = ([int(part) for part in text.lstrip("+-").split(":")] + [0, 0])[:3]
    return (-1 if text.startswith("-") else 1) * (hours * 3600 + minutes * 60 + seconds)
