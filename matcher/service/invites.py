"""A session as the message that a member's calendar program understands."""

from __future__ import annotations

from typing import Literal

from matcher.calendar.events import Mailbox
from matcher.calendar.invite import NO_ANSWER, render_cancel, render_request
from matcher.domain.session import Session, State
from matcher.domain.settings import NetworkSettings
from matcher.mail.tags import AddressTags
from matcher.service.notices import seen_by
from matcher.store.attendance import find_answer
from matcher.store.database import Connection
from matcher.store.errors import Conflict, NotFound
from matcher.store.networks import find_network
from matcher.store.recipients import Recipient, recipients
from matcher.store.sessions import find_session, session_id
from matcher.texts.sessions import View, in_words
from matcher.texts.words import words_of


def invitation(
    connection: Connection, network: str, session: str, member: str, tags: AddressTags | None = None
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
    organizer = organizer_box(settings, tags, network, found.uid, member)
    words = words_of(reader.member)
    seen = in_words(seen_by(found, reader), View(words, member))
    if seen.state is State.CANCELLED:
        return "CANCEL", render_cancel(seen, box, organizer, words)
    others = other_boxes(found.attendees, reader, people, settings)
    leads = seen.roles.get(member) == "lead"
    answer = partstat_of(connection, found, member)
    return "REQUEST", render_request(seen, box, organizer, others=others, leads=leads, answer=answer)


def organizer_box(
    settings: NetworkSettings, tags: AddressTags | None, network: str, uid: str | None, member: str
) -> Mailbox:
    """The mailbox that somebody answers to: of a session (`uid`) one of their own, where `tags` sign it."""
    address = settings.organizer_email
    if tags is not None and uid is not None:
        address = tags.answer_address(address, network, uid, member)
    return Mailbox(settings.organizer_name, address)


def partstat_of(connection: Connection, session: Session, member: str) -> str:
    """What somebody answered about a session at the time that it has, as their PARTSTAT."""
    answer = find_answer(connection, session.network, session_id(session), member)
    return answer.state.upper() if answer is not None and answer.holds(session) else NO_ANSWER


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
