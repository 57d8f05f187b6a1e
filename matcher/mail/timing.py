"""When a mail may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from matcher.domain.settings import QuietHours

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 960, 1440))
"""How long to wait after each failed attempt; after the last one a mail has failed."""


def after_quiet(moment: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """The first moment from `moment` on that is not in the quiet hours of a zone, in UTC.

    Hours that end before they start run over midnight; hours that end when they start are none.
    """
    if quiet is None or quiet.start == quiet.end:
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    now = local.timetz().replace(tzinfo=None)
    over_midnight = quiet.start > quiet.end
    if over_midnight:
        inside = now >= quiet.start or now < quiet.end
    else:
        inside = quiet.start <= now < quiet.end
    if not inside:
        return moment
    day = local.date() + timedelta(days=1 if over_midnight and now >= quiet.start else 0)
    # where the clock repeats an hour this takes its first passage, where it skips one the moment after
    end = datetime.combine(day, quiet.end, ZoneInfo(zone)).astimezone(UTC)
    return max(end, moment)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts (1 or more); None when there were enough."""
    return RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
