"""Sending what the outbox holds: who may get a mail now, and what becomes of it.

A mail is claimed with a lease before it is sent, and marked after. A process that dies in between leaves it
`sending`; when the lease has run out, it is sent again with the same Message-ID. Over SMTP the reader may
then get one mail twice (nobody can know whether the server had taken it): programs that compare Message-IDs
show one, and calendar programs do nothing with a second message of the same SEQUENCE.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from matcher.domain.rota_policy import RoleName
from matcher.domain.settings import NetworkSettings
from matcher.mail.message import Envelope, Outgoing, session_mail
from matcher.mail.senders import NotSent, Refused, Sender
from matcher.mail.timing import after_quiet, retry_after
from matcher.service.acceptance import QUESTION, REMINDER, Links
from matcher.service.attendance.mails import (
    REFUSAL,
    coordinator_box,
    no_refusal,
    no_repair,
    refusal_mail,
    repair_mail,
)
from matcher.service.attendance.repairs import REPAIR
from matcher.service.invites import mailbox, organizer_box, other_boxes, partstat_of
from matcher.service.mail_links import mail_address
from matcher.service.notices import CANCEL, Notice
from matcher.service.offers import OFFER, offer_mail, offer_overtaken
from matcher.service.questions import no_longer_asked, question_mail
from matcher.service.turn_news import TURNS, address_of, news_mail, no_news
from matcher.store import outbox
from matcher.store.clock import Clock
from matcher.store.database import Connection, Database
from matcher.store.networks import find_network
from matcher.store.outbox import Mail
from matcher.store.recipients import Recipient, recipients
from matcher.texts.sessions import View, in_words
from matcher.texts.words import Words, words_of

LEASE = timedelta(minutes=10)
_MARGIN = timedelta(minutes=2)
BATCH = 50
WEEK = timedelta(days=7)


@dataclass
class Pass:
    """What one pass over the outbox did. `looked` counts mails that were due; `ended`: it ended early,
    because the server cannot be reached or the process stops."""

    looked: int = 0
    sent: int = 0
    failed: int = 0
    waiting: int = 0
    withdrawn: int = 0
    ended: bool = False


def send_due(
    database: Database,
    sender: Sender,
    address: str,
    owner: str,
    now: Clock,
    stopping: Event | None = None,
    links: Links | None = None,
) -> Pass:
    """Send up to `BATCH` mails that are due. `address` is the installation's own; `owner` names this process.

    Mails wait (a new due time) in the quiet hours of their reader's zone, and invitations beyond
    `mails_per_week`; cancellations do not wait for that. An invitation to a session that has begun is
    withdrawn, and so is a question that was answered or is asked no more. `links` sign the addresses in
    questions; without, those fail. When `stopping` is set, mails that are not sent yet are given back.
    """
    done = Pass()
    ready: list[tuple[Mail, Outgoing]] = []
    moment = now()
    until = moment + LEASE
    with database.read() as connection:
        if not outbox.any_due(connection, moment):  # as a rule: then nobody who writes has to wait
            return done
    with database.write() as connection:
        due = outbox.due_mails(connection, moment, BATCH)
        done.looked = len(due)
        for mail in due:
            outgoing = _made_ready(connection, mail, address, links, moment, done)
            if outgoing is not None:
                outbox.claim(connection, mail, owner, outgoing.recipient, until)
                ready.append((mail, outgoing))
    try:
        for mail, outgoing in ready:
            late = now() > until - _MARGIN
            if done.ended or late or (stopping is not None and stopping.is_set()):
                done.ended = True
                with database.write() as connection:
                    outbox.give_back(connection, mail, owner)
            else:
                _send(database, sender, mail, outgoing, owner, now, done)
    finally:
        sender.close()
    return done


def send_all(
    database: Database,
    sender: Sender,
    address: str,
    owner: str,
    now: Clock,
    stopping: Event | None = None,
    links: Links | None = None,
) -> Pass:
    """Send every mail that is due, unless `stopping` is set or the server cannot be reached."""
    total = Pass()
    while True:
        one = send_due(database, sender, address, owner, now, stopping, links)
        total = Pass(
            total.looked + one.looked,
            total.sent + one.sent,
            total.failed + one.failed,
            total.waiting + one.waiting,
            total.withdrawn + one.withdrawn,
            one.ended,
        )
        if one.looked < BATCH or one.ended:
            return total


def _made_ready(
    connection: Connection, mail: Mail, address: str, links: Links | None, now: datetime, done: Pass
) -> Outgoing | None:
    """The mail as it goes out; None where it may not go now (then its row says what becomes of it)."""
    settings = find_network(connection, mail.network).settings
    asks = mail.letter.kind in (QUESTION, REMINDER, OFFER)
    overtaken = _overtaken(connection, mail, now)
    if overtaken is not None:
        outbox.settle(connection, mail, "withdrawn", problem=overtaken)
        done.withdrawn += 1
        return None
    reader = recipients(connection, mail.network, [mail.letter.member])[mail.letter.member]
    box = coordinator_box(settings) if mail.letter.kind == REPAIR else mailbox(reader)
    problem: str | None = "The member has no e-mail address."
    if mail.letter.kind == REPAIR:
        problem = "The network has no coordinator_email any more."
    if box is not None:
        problem = outbox.refused(connection, mail.network, box.address)
    if asks and links is None:
        problem = "Links cannot be signed: set PEERLOOM_SECRET."
    if box is None or problem is not None:
        outbox.settle(connection, mail, "failed", problem=problem)
        done.failed += 1
        return None
    due, why = _allowed_from(connection, mail, reader, settings, now)
    if due > now and mail.state == "held":  # one that was being sent may have left already: no use in waiting
        outbox.settle(connection, mail, "held", due_at=due, problem=why)
        done.waiting += 1
        return None
    tags = links.tags if links is not None else None
    envelope = Envelope(
        recipient=box,
        organizer=organizer_box(settings, tags, mail.network, mail.letter.uid, reader.id),
        sender=address,
        bounces=tags.bounce_address(address, mail.id) if tags is not None else None,
        message_id=mail.letter.message_id,
        written_at=mail.created_at,
        choices=_choices(links, mail),
    )
    try:
        if mail.letter.kind == OFFER and links is not None:
            return offer_mail(connection, mail, reader, envelope, links)
        if asks and links is not None:
            return question_mail(connection, mail, reader, envelope, links)
        if mail.letter.kind == TURNS:
            return news_mail(connection, mail, reader, envelope, links, now)
        if mail.letter.kind == REPAIR:
            return repair_mail(connection, mail, envelope, settings)
        if mail.letter.kind == REFUSAL:
            return refusal_mail(connection, mail, reader, envelope)
        return _written(connection, mail, reader, envelope, settings, links)
    except ValueError as error:
        outbox.settle(connection, mail, "failed", problem=f"The mail cannot be written: {error}")
        done.failed += 1
        return None


def _choices(links: Links | None, mail: Mail) -> str | None:
    """Where the reader chooses their mails; coordinators, who are told of somebody else, choose nothing."""
    if links is None or mail.letter.kind == REPAIR:
        return None
    return mail_address(links, mail.network, mail.letter.member)


def _overtaken(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why a mail is not needed any more; None where it is."""
    if mail.letter.kind in (QUESTION, REMINDER):
        return no_longer_asked(connection, mail, now)
    if mail.letter.kind == OFFER:
        return offer_overtaken(connection, mail, now)
    if mail.letter.kind == TURNS:
        return no_news(connection, mail, now)
    if mail.letter.kind == REPAIR:
        return no_repair(connection, mail)
    if mail.letter.kind == REFUSAL:
        return no_refusal(connection, mail, now)
    return _begun(mail, now)


def _begun(mail: Mail, now: datetime) -> str | None:
    start = Notice.model_validate_json(mail.letter.body).session.start
    begun = mail.letter.kind != CANCEL and start <= now
    return "The session began before it could be sent." if begun else None


def _allowed_from(
    connection: Connection, mail: Mail, reader: Recipient, settings: NetworkSettings, now: datetime
) -> tuple[datetime, str | None]:
    due = now
    why = None
    if mail.letter.kind == REPAIR:
        return now, None
    if mail.letter.kind != CANCEL:
        count, first = outbox.sent_since(connection, mail.network, reader.id, now - WEEK)
        if count >= settings.mails_per_week:
            due = (first or now) + WEEK
            why = f"Waits: {count} mails went to this member within 7 days."
    awake = after_quiet(due, settings.quiet_hours, reader.member.time_zone)
    return awake, why or ("Waits for the end of the quiet hours." if awake > due else None)


def _written(
    connection: Connection,
    mail: Mail,
    reader: Recipient,
    envelope: Envelope,
    settings: NetworkSettings,
    links: Links | None,
) -> Outgoing:
    notice = Notice.model_validate_json(mail.letter.body)
    people = recipients(connection, mail.network, notice.session.attendees)
    others = other_boxes(notice.session.attendees, reader, people, settings)
    role = notice.session.roles.get(reader.id)
    address = None
    if role is not None and links is not None:
        address = address_of(connection, links, notice.session, reader.id)
    words = words_of(reader.member)
    return session_mail(
        in_words(notice.session, View(words, reader.id)),
        envelope,
        reader.member.time_zone,
        words=words,
        news=_news(notice, role, words) if notice.changed else None,
        others=others,
        leads=role == "lead",
        answer=partstat_of(connection, notice.session, reader.id),
        more=f"{words('mail.pass_turn_on')}\n{address}" if address else "",
    )


def _news(notice: Notice, role: RoleName | None, words: Words) -> str:
    if not notice.turn:
        return words("mail.changed.place" if notice.place else "mail.changed.first")
    return words("mail.turn.none" if role is None else f"mail.turn.{role}")


def _send(
    database: Database, sender: Sender, mail: Mail, outgoing: Outgoing, owner: str, now: Clock, done: Pass
) -> None:
    try:
        sender.send(outgoing)
    except Refused as error:
        with database.write() as connection:
            outbox.settle(connection, mail, "failed", owner=owner, problem=str(error))
            if error.address:
                outbox.suppress(connection, mail.network, outgoing.recipient, str(error), now())
        done.failed += 1
    except NotSent as error:
        done.ended = error.server
        wait = retry_after(mail.attempts + 1)
        with database.write() as connection:
            if wait is None:
                outbox.settle(connection, mail, "failed", owner=owner, problem=str(error))
                done.failed += 1
            else:
                outbox.settle(connection, mail, "held", owner=owner, due_at=now() + wait, problem=str(error))
                done.waiting += 1
    else:
        with database.write() as connection:
            outbox.settle(connection, mail, "sent", owner=owner, sent_at=now())
        done.sent += 1
