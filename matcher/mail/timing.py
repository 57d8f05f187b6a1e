"""When a mail may go."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
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


DIGEST_AT = time(8, 0)
"""When a digest goes, in its reader's zone; a weekly one on Monday."""


def next_digest(moment: datetime, weekly: bool, zone: str) -> datetime:
    """The first moment after `moment` at which a digest goes, in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date()
    while True:
        at = datetime.combine(day, DIGEST_AT, ZoneInfo(zone)).astimezone(UTC)
        if at > moment and (not weekly or day.isoweekday() == 1):
            return at
        day += timedelta(days=1)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts (1 or more); None when there were enough."""
    return RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
