"""DECLINECOUNTER as RFC 5546 has it."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar

from matcher.calendar.events import Mailbox
from matcher.calendar.itip.declining import render_decline_counter

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_a_declinecounter_names_the_event_and_says_why(libical):
    organizer = Mailbox("Peers", "peers+tag@one.example")
    data = render_decline_counter("a@peerloom", organizer, "It stays at its time.", NOW)
    assert libical(data) == []
    calendar = Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    assert str(calendar["METHOD"]) == "DECLINECOUNTER"
    assert str(event["UID"]) == "a@peerloom"
    assert (str(event["COMMENT"]), event["DTSTAMP"].dt) == ("It stays at its time.", NOW)
