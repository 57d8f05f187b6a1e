"""recurring-ical-events over icalendar: a second reader in Python."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from tests.clients.story import Shown, fetch

SPAN = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


class Recurring:
    """Several addresses, read anew each time."""

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}
        self.found: dict[str, list[tuple[datetime, icalendar.Event]]] = {}

    def subscribe(self, name: str, url: str) -> None:
        """Add an address."""
        self.urls[name] = url

    def look(self, name: str) -> list[Shown]:
        """All that is in the feed."""
        events = recurring_ical_events.of(icalendar.Calendar.from_ical(fetch(self.urls[name]))).between(*SPAN)
        self.found[name] = [(_moment(event.start), event) for event in events]
        return sorted(
            Shown(start, str(event["SUMMARY"]), event.get("STATUS") == "CANCELLED", str(event["UID"]))
            for start, event in self.found[name]
        )

    def walls(self, name: str, zone: str) -> dict[str, str]:
        """The times on the wall by title, as somebody in that zone sees them."""
        return {
            str(event["SUMMARY"]): f"{start.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
            for start, event in self.found[name]
        }


def _moment(start: object) -> datetime:
    if isinstance(start, datetime):
        return start.astimezone(UTC)
    return datetime.combine(start, time(), UTC)  # type: ignore[arg-type]
