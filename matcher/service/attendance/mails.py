"""Mails about answers: a repair to the coordinator, a proposal that is refused to who made it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from matcher.calendar.events import Mailbox
from matcher.calendar.itip.declining import render_decline_counter
from matcher.domain.family import Family
from matcher.domain.session import Session, State
from matcher.domain.settings import NetworkSettings
from matcher.mail.message import Envelope, Outgoing, calendar_mail, text_mail
from matcher.service.attendance.repairs import RepairNotice
from matcher.store.attendance import Proposal, find_proposal
from matcher.store.database import Connection
from matcher.store.outbox import Mail
from matcher.store.recipients import Recipient, recipients
from matcher.store.repairs import Repair, find_repair
from matcher.store.sessions import find_session
from matcher.texts.sessions import View, in_words
from matcher.texts.words import ENGLISH, words_of

REFUSAL = "refusal"
"""The kind of mail that carries a DECLINECOUNTER."""


class RefusalNotice(BaseModel):
    """What such a mail is made from: the proposal, and the session as its reader sees it."""

    proposal: str
    session: Session


def coordinator_box(settings: NetworkSettings) -> Mailbox | None:
    """Where coordinators are told of repairs; None where they are not."""
    address = settings.coordinator_email
    return None if address is None else Mailbox(settings.organizer_name, address)


def no_repair(connection: Connection, mail: Mail) -> str | None:
    """Why a mail about a repair is not needed any more; None where it is."""
    closed = _repair(connection, mail).closed_because
    return f"Repaired: {closed}" if closed is not None else None


def repair_mail(
    connection: Connection, mail: Mail, envelope: Envelope, settings: NetworkSettings
) -> Outgoing:
    """What was declined, and what can be done."""
    repair = _repair(connection, mail)
    session = in_words(find_session(connection, mail.network, repair.session), View())
    people = recipients(connection, mail.network, [repair.member])
    name = people[repair.member].member.name if repair.member in people else repair.member
    when = ENGLISH.span(session.start, session.end, settings.time_zone)
    lines = [f"{session.title}, {when}:", "", told(repair, name, session.family is Family.PAIRS)]
    if repair.kind == "turn":
        lines += ["", "Who could stand in, the best first:", f"GET /v1/repairs/{repair.id}/stand-ins"]
    else:
        lines += ["", "Who answered what:", f"GET /v1/sessions/{repair.session}"]
    return text_mail(f"To repair: {session.title}, {when}", "\n".join(lines), envelope)


def told(repair: Repair, name: str, pair: bool) -> str:
    """A repair in a sentence; `pair`: of a pair's session."""
    if repair.role is not None:
        did = {"lead": "leads", "co": "co-facilitates", "shadow": "shadows"}[repair.role]
        return f"{name}, who {did} it, has declined."
    if pair:
        return f"{name} has declined, so the two do not meet."
    return f"{name} has declined: {repair.coming} of the group come, and {repair.needed} are needed."


def no_refusal(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why a DECLINECOUNTER is not needed any more; None where it is."""
    notice = RefusalNotice.model_validate_json(mail.letter.body)
    session = find_session(connection, mail.network, find_proposal_of(connection, mail).session)
    if session.state is State.CANCELLED or mail.letter.member not in session.attendees:
        return "The session was cancelled before it could be sent."
    if session.start != notice.session.start:
        return "The session moved before it could be sent."
    return "The session began before it could be sent." if session.start <= now else None


def refusal_mail(connection: Connection, mail: Mail, reader: Recipient, envelope: Envelope) -> Outgoing:
    """That a session stays at its time; calendar programs read the same in its DECLINECOUNTER."""
    notice = RefusalNotice.model_validate_json(mail.letter.body)
    proposal = find_proposal_of(connection, mail)
    zone, words = reader.member.time_zone, words_of(reader.member)
    session = in_words(notice.session, View(words, reader.id))
    told = {"title": session.title, "when": words.span(session.start, session.end, zone)}
    text = words("mail.stays.text", proposed=words.span(proposal.start, proposal.end, zone), **told)
    decided_at = proposal.decided_at or envelope.written_at
    calendar = render_decline_counter(notice.session.uid, envelope.organizer, text, decided_at)
    subject = words("mail.stays.subject", **told)
    return calendar_mail(subject, text, calendar, "DECLINECOUNTER", "stays.ics", envelope, words)


def find_proposal_of(connection: Connection, mail: Mail) -> Proposal:
    """The proposal that a DECLINECOUNTER is about."""
    notice = RefusalNotice.model_validate_json(mail.letter.body)
    return find_proposal(connection, mail.network, notice.proposal)


def _repair(connection: Connection, mail: Mail) -> Repair:
    notice = RepairNotice.model_validate_json(mail.letter.body)
    return find_repair(connection, mail.network, notice.repair)
