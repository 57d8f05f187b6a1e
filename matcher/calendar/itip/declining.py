"""DECLINECOUNTER: what answers a proposal that is not taken up (RFC 5546, section 3.2.8)."""

from __future__ import annotations

from datetime import datetime

from icalendar import Event

from matcher.calendar.events import Mailbox, assemble, frame, plain
from matcher.calendar.lines import lines_of


def render_decline_counter(uid: str, organizer: Mailbox, comment: str, decided_at: datetime) -> bytes:
    """A METHOD:DECLINECOUNTER to who proposed another time for the session `uid`, which stays as it is. The
    method allows no times, no attendees and no SEQUENCE."""
    component = Event()
    component.add("UID", uid)
    component.add("DTSTAMP", decided_at)
    component.add("COMMENT", plain(comment))
    component["ORGANIZER"] = organizer.calendar_address()
    return assemble(frame("DECLINECOUNTER"), (), [lines_of(component)])
