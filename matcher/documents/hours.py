"""Weekly hours as people write them: "Mon-Fri 09:00-12:00, 14:00-17:00; Sat 10-12"."""

from __future__ import annotations

import re
from functools import lru_cache

from matcher.documents.words import DAYS, plain, words

_TOKEN = re.compile(
    r"(?P<time>(?P<hour>\d{1,2})(?:[:.hH](?P<minute>\d{2})(?!\d)|[hH](?![a-zA-Z]))?"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?)"
    r"|(?P<dash>[-–—~])"
    r"|(?P<word>[^\W\d_]+(?:-feira)?)"
    r"|(?P<break>[;\n\r])"
    r"|(?P<other>[^\s])",
    re.IGNORECASE,
)
_TO = words("to bis a as ate hasta until till through thru")
_AND = words("and und et y e")
_SKIP = words("from von de das the on um uhr at between le les h every every each jeden los las o")
_EXAMPLE = "write it as in 'Mon-Fri 09:00-12:00, 14:00-17:00; Sat 10-12'"
_MIDNIGHT = 24 * 60


@lru_cache(maxsize=4096)
def weekly_hours(text: str) -> tuple[tuple[int, int, int], ...]:
    """(ISO weekday, start minute, end minute) of each free span, sorted, those that touch joined.

    Days and "to", "and" are understood in English, German, French, Spanish and Portuguese; hours in 24 or 12
    hours; a span over midnight is split. Raises `ValueError` with a sentence that quotes what was not
    understood.
    """
    spans: set[tuple[int, int, int]] = set()
    for days, start, end in _groups(text):
        for day in days:
            if end > start:
                spans.add((day, start, end))
            else:
                spans.add((day, start, _MIDNIGHT))
                if end:
                    spans.add((day % 7 + 1, 0, end))
    joined: list[tuple[int, int, int]] = []
    for day, start, end in sorted(spans):
        if joined and joined[-1][0] == day and start <= joined[-1][2]:
            joined[-1] = (day, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((day, start, end))
    return tuple(joined)


def _groups(text: str) -> list[tuple[tuple[int, ...], int, int]]:
    """Each span of hours with the days it holds on."""
    groups: list[tuple[tuple[int, ...], int, int]] = []
    days: list[int] = []
    start: tuple[int, int, str] | None = None
    after_hours = to_follows = False
    for match in _TOKEN.finditer(text):
        kind, shown = match.lastgroup, match.group().strip()
        word = plain(shown) if kind == "word" else ""
        if kind == "dash" or word in _TO:
            to_follows = True
        elif match["time"]:
            time = _time(match)
            if not to_follows or start is None:
                if start is not None:
                    raise ValueError(f"{text!r} has a time without an end; {_EXAMPLE}")
                if not days:
                    raise ValueError(f"{text!r} names hours without a day; {_EXAMPLE}")
                start = time
            else:
                first, last = _span(start, time, text)
                groups.append((tuple(dict.fromkeys(days)), first, last))
                start, after_hours = None, True
            to_follows = False
        elif word in DAYS:
            if after_hours:
                days, after_hours = [], False
            named = DAYS[word]
            if to_follows and days:
                named = _through(days[-1], named[-1])
            days.extend(named)
            to_follows = False
        elif kind == "break" or shown in ",/&+|:.()" or word in _AND or word in _SKIP:
            to_follows = False if kind == "break" else to_follows
            if kind == "break" and start is not None:
                break
        else:
            raise ValueError(f"{shown!r} is neither a day nor a time; {_EXAMPLE}")
    if start is not None:
        raise ValueError(f"{text!r} has a time without an end; {_EXAMPLE}")
    if days and not after_hours:
        raise ValueError(f"{text!r} names a day without hours; {_EXAMPLE}")
    return groups


def _through(first: int, last: int) -> tuple[int, ...]:
    return tuple((first - 1 + step) % 7 + 1 for step in range(1, (last - first) % 7 + 1))


def _time(match: re.Match[str]) -> tuple[int, int, str]:
    """Hour, minute and the half of the day ("a", "p" or "")."""
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match["half"] or "")[:1].lower()
    if minute > 59 or hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        raise ValueError(f"{match.group().strip()!r} is no time of day; {_EXAMPLE}")
    return hour, minute, half


def _span(start: tuple[int, int, str], end: tuple[int, int, str], text: str) -> tuple[int, int]:
    """Minutes after midnight of both ends; a start without am or pm takes the end's if in order."""
    last = _minutes(end)
    first = _minutes(start)
    if end[2] and not start[2] and 1 <= start[0] <= 12:
        halves = [_minutes((start[0], start[1], half)) for half in (end[2], "a")]
        first = next((minute for minute in halves if minute < (last or _MIDNIGHT)), first)
    if first == last:
        raise ValueError(f"{text!r} has hours that end where they start; {_EXAMPLE}")
    return first % _MIDNIGHT, last


def _minutes(time: tuple[int, int, str]) -> int:
    hour, minute, half = time
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute
