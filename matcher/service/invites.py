"""A session as the message that a member's calendar program understands."""

from __future__ import annotations

from typing import Literal

from matcher.calendar.events import Mailbox
from matcher.calendar.invite import render_cancel, render_request
from matcher.domain.session import State
from matcher.domain.settings import NetworkSettings
from matcher.service.notices import seen_by
from matcher.store.database import Connection
from matcher.store.errors import Conflict, NotFound
from matcher.store.networks import find_network
from matcher.store.recipients import Recipient, recipients
from matcher.store.sessions import find_session
from matcher.texts.sessions import View, in_words
from matcher.texts.words import words_of


def invitation(
    connection: Connection, network: str, session: str, member: str
) -> tuple[Literal["REQUEST", "CANCEL"], bytes]:
    """METHOD and text of the message about a session to one who attends it.

    Raises `NotFound` for others, `Conflict` for somebody without an address.
    """
    found = find_session(connection, network, session)
    settings = find_network(connection, network).settings
    people = recipients(connection, network, found.people)
    if member not in people:
        raise NotFound("attendee", member)
    reader = people[member]
    box = mailbox(reader)
    if box is None:
        raise Conflict(f"{member!r} has no e-mail address: an invitation needs one.")
    organizer = Mailbox(settings.organizer_name, settings.organizer_email)
    words = words_of(reader.member)
    seen = in_words(seen_by(found, reader), View(words, member))
    if seen.state is State.CANCELLED:
        return "CANCEL", render_cancel(seen, box, organizer, words)
    others = other_boxes(found.attendees, reader, people, settings)
    leads = seen.roles.get(member) == "lead"
    return "REQUEST", render_request(seen, box, organizer, others=others, leads=leads)


def mailbox(reader: Recipient) -> Mailbox | None:
    """Where mails to a member go; None for one without an address."""
    member = reader.member
    return None if member.email is None else Mailbox(member.name, member.email)


def other_boxes(
    attendees: tuple[str, ...], reader: Recipient, people: dict[str, Recipient], settings: NetworkSettings
) -> tuple[Mailbox, ...]:
    """The others whom an invitation lists: where the network and their own profiles show addresses."""
    if not settings.show_addresses:
        return ()
    found = []
    for person in attendees:
        if person == reader.id or person not in people:
            continue
        member = people[person].member
        if member.email is not None and member.shows("email"):
            found.append(Mailbox(member.name if member.shows("name") else "", member.email))
    return tuple(found)
