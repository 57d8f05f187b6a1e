"""A CalDAV server (Radicale) that holds what is in a feed, read back with the library caldav."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import caldav
import icalendar

from tests.clients.story import Shown, fetch


class CalDav:
    """Several feeds, each in a calendar of its own on the server."""

    def __init__(self, port: int) -> None:
        self.root = f"https://127.0.0.1:{port}/ada/"
        self.client = caldav.DAVClient(url=self.root, username="ada", password="päss", ssl_verify_cert=False)
        self.urls: dict[str, str] = {}
        self.found: dict[str, list[tuple[datetime, icalendar.Event]]] = {}

    def subscribe(self, name: str, url: str) -> None:
        """Make a calendar for an address."""
        self.urls[name] = url

    def look(self, name: str) -> list[Shown]:
        """Bring the server in line with the feed, and read all of it back.

        At first, and when the feed ended, all is put in place of what was there; else what changed is sent.
        """
        feed = fetch(self.urls[name]).decode()
        wanted = {str(one["UID"]): one for one in icalendar.Calendar.from_ical(feed).walk("VEVENT")}
        known = {str(event["UID"]): event for _, event in self.found.get(name, [])}
        if wanted.keys() == known.keys():
            calendar = self.client.calendar(url=self.root + name + "/")
            for uid, event in wanted.items():
                if event != known[uid]:
                    alone = icalendar.Calendar.new(subcomponents=[event])
                    alone.add_missing_timezones()
                    calendar.save_event(alone.to_ical().decode())
        else:
            heads = {"Content-Type": "text/calendar; charset=utf-8"}
            assert self.client.put(self.root + name + "/", feed, heads).status in (201, 204)
        return self._shown(name)

    def _shown(self, name: str) -> list[Shown]:
        self.found[name] = self._events(name)
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

    def take(self, method: str, data: bytes, address: str) -> None:
        """Store what an invitation says, as a program with its calendar on a server does: without METHOD (RFC
        4791, section 4.1)."""
        if "own" not in self.urls:
            self.urls["own"] = self.client.principal().make_calendar(cal_id="own", name="Own").url
        text = data.decode().replace(f"METHOD:{method}\r\n", "")
        self.client.calendar(url=self.root + "own/").save_event(text)

    def held(self) -> list[Shown]:
        """All that invitations have put into the calendar."""
        return self._shown("own")

    def _events(self, name: str) -> list[tuple[datetime, icalendar.Event]]:
        calendar = self.client.calendar(url=f"{self.root}{name}/")
        return [_event(one.data) for one in calendar.events()]


@cache
def _event(data: str) -> tuple[datetime, icalendar.Event]:
    """The one event of a resource. What did not change is not read again."""
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    start: datetime | date = event.start
    if isinstance(start, datetime):
        return start.astimezone(UTC), event
    return datetime.combine(start, time(), UTC), event
