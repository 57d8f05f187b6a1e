"""Invites: one iTIP message about one session to one person (RFC 5546, sections 3.2.2 and 3.2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from icalendar import vCalAddress

from matcher.calendar.events import Mailbox, assemble, event, frame
from matcher.calendar.lines import lines_of
from matcher.domain.errors import InputError
from matcher.domain.session import Session, State
from matcher.texts.words import ENGLISH, Words

NO_ANSWER = "NEEDS-ACTION"
"""The PARTSTAT of who has not answered (RFC 5545, section 3.2.12)."""


def render_request(
    session: Session,
    recipient: Mailbox,
    organizer: Mailbox,
    *,
    others: Iterable[Mailbox] = (),
    leads: bool = False,
    answer: str = NO_ANSWER,
) -> bytes:
    """A METHOD:REQUEST: an invitation, or an update where the SEQUENCE is higher than that of the last one.

    `organizer` must be a mailbox that is read, because answers go there. `others` are listed as attendees
    too: give them only where the program lets people see each other's addresses. `leads`: the recipient leads
    the session (ROLE=CHAIR; RFC 5545, section 3.2.16). `answer`: the recipient's PARTSTAT, that they gave
    about this time; who gave one is asked for no other.

    Raises `InputError` for a cancelled session.
    """
    if session.state is State.CANCELLED:
        raise InputError(f"Session {session.uid} is cancelled: send a cancellation, not a request.")
    component = event(session, organizer)
    component["ATTENDEE"] = [_invited(recipient, leads, answer), *(_invited(other) for other in others)]
    return assemble(frame("REQUEST"), [session], [lines_of(component)])


def render_cancel(session: Session, recipient: Mailbox, organizer: Mailbox, words: Words = ENGLISH) -> bytes:
    """A METHOD:CANCEL to one person, with STATUS:CANCELLED.

    A session that is cancelled as a whole carries its raised SEQUENCE already. For one that takes place
    without the recipient, who left it, the message itself raises it by one; the rest then get a request
    with that too. `words`: the recipient's.
    """
    if session.state is not State.CANCELLED:
        changes = {"state": State.CANCELLED, "sequence": session.sequence + 1}
        session = session.model_copy(update=changes)
    component = event(session, organizer, words)
    address = recipient.calendar_address()
    component["ATTENDEE"] = [address]
    return assemble(frame("CANCEL"), [session], [lines_of(component)])


def _invited(person: Mailbox, leads: bool = False, answer: str = NO_ANSWER) -> vCalAddress:
    address = person.calendar_address()
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "CHAIR" if leads else "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = answer
    address.params["RSVP"] = "TRUE" if answer == NO_ANSWER else "FALSE"
    return address
