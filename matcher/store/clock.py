"""What time it is, in one place, so that tests can say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, whole microseconds, in UTC."""
    return datetime.now(UTC)
