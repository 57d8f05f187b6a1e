"""DECLINECOUNTER: what answers a proposal that is not taken up (RFC 5546, section 3.2.8)."""

from __future__ import annotations

from matcher.calendar.events import Mailbox, assemble, event, frame
from matcher.calendar.lines import lines_of
from matcher.domain.session import Session


def render_decline_counter(session: Session, recipient: Mailbox, organizer: Mailbox) -> bytes:
    """A METHOD:DECLINECOUNTER to who proposed another time: the session stays as it is, `session` as they see
    it, with the SEQUENCE that they know."""
    component = event(session, organizer)
    component["ATTENDEE"] = [recipient.calendar_address()]
    return assemble(frame("DECLINECOUNTER"), [session], [lines_of(component)])
