"""Recurrence rules (RFC 5545, section 3.3.10) as they are written: their parts, and what is refused."""

from __future__ import annotations

from math import prod

from matcher.calendar.busy.report import MOST_A_DAY, Skipped

_KNOWN = frozenset(
    [
        "FREQ",
        "UNTIL",
        "COUNT",
        "INTERVAL",
        "BYSECOND",
        "BYMINUTE",
        "BYHOUR",
        "BYDAY",
        "BYMONTHDAY",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    ]
)
_COARSE = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("HOURLY", "MINUTELY", "SECONDLY")
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
_LONGEST = 4_000
_MOST = 100_000
"""Of INTERVAL and COUNT."""


def rule_parts(text: str) -> dict[str, str]:
    """The parts of a rule, in capitals, that may be worked out. Raises `Skipped`.

    Rules that recur hourly or finer are refused: one such file took 83 s for a single day.
    """
    text = text.strip().strip(";").upper()
    if len(text) > _LONGEST:
        raise Skipped("bad-rule")
    found: dict[str, str] = {}
    for piece in text.split(";"):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if name.startswith("X-"):
            continue
        if name in found or not equals or not value:
            raise Skipped("bad-rule")
        found[name] = value
    if (
        found.pop("RSCALE", "GREGORIAN") not in ("GREGORIAN", "GREGORY")
        or found.pop("SKIP", "OMIT") != "OMIT"
    ):
        raise Skipped("bad-rule")  # RFC 7529: other calendars
    if found.get("FREQ") in _FINE:
        raise Skipped("rule-too-fine")
    if not found.keys() <= _KNOWN or found.get("FREQ") not in _COARSE:
        raise Skipped("bad-rule")
    if prod(len(set(found[name].split(","))) for name in _TIMES if name in found) > MOST_A_DAY:
        raise Skipped("rule-too-fine")
    for name in ("INTERVAL", "COUNT"):
        number = found.get(name, "1")
        if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) >= 1):
            raise Skipped("bad-rule")
        if int(number) > _MOST:
            found[name] = str(_MOST)
    return found
