"""Who is told of changed sessions, and how: by their feed, or by mails in the outbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from matcher.domain.session import Session, State
from matcher.domain.settings import Channel, NetworkSettings
from matcher.service.attendance.repairs import review
from matcher.service.webhooks.events import tell_sessions
from matcher.store.database import Connection
from matcher.store.networks import NetworkRow
from matcher.store.outbox import Letter, Mail, mails_about, post, take_turns, withdraw
from matcher.store.recipients import Recipient, recipients, settle_channels

REQUEST, CANCEL = "request", "cancel"


class Notice(BaseModel):
    """What a mail about a session is made from: the session as its reader sees it, and whether it is news
    about one that they know; `turn`: about their own part in it; `place`: only about where it is held."""

    session: Session
    changed: bool = False
    turn: bool = False
    place: bool = False


@dataclass(frozen=True)
class Told:
    """How many feeds changed, mails were put into the outbox, and held mails were taken back."""

    feeds: int
    mails: int
    withdrawn: int


def announce(
    connection: Connection, network: NetworkRow, changed: Sequence[Session], plan: str | None, now: datetime
) -> Told:
    """Tell exactly the people of these sessions, which are stored, each through their channel.

    A person is mailed only where what they were sent last does not hold any more: a mail that is still held
    is replaced, so several changes within the hold time become one mail or none; an invitation that never
    left needs no cancellation. Nothing is said of sessions that have begun.
    """
    tell_sessions(connection, network.id, changed, plan, now)
    people = {person for session in changed for person in session.people}
    settle_channels(connection, network.id, people, network.settings.channel)
    found = recipients(connection, network.id, people)
    by_mail = {one.id for one in found.values() if one.channel is Channel.INVITES}
    mails, withdrawn = mail_changes(connection, network, changed, [found[one] for one in by_mail], plan, now)
    review(connection, network, changed, now, changed=True)
    return Told(len(found), mails, withdrawn)


def mail_changes(
    connection: Connection,
    network: NetworkRow,
    sessions: Iterable[Session],
    people: Iterable[Recipient],
    plan: str | None,
    now: datetime,
) -> tuple[int, int]:
    """Bring what these people are mailed in line with their sessions and their channel.

    Returns how many mails were put into the outbox, and how many were taken back.
    """
    readers = {one.id: one for one in people}
    concerned = [one for one in sessions if one.start > now and not readers.keys().isdisjoint(one.people)]
    take_turns(connection)  # a mail that is held now must not leave before its fate is stored
    known: dict[tuple[str, str], list[Mail]] = {}
    for mail in mails_about(connection, network.id, [session.uid for session in concerned]):
        assert mail.letter.uid is not None
        known.setdefault((mail.letter.uid, mail.letter.member), []).append(mail)
    letters: list[Letter] = []
    gone: list[str] = []
    for session in concerned:
        for person in session.people:
            if person in readers:
                before = known.get((session.uid, person), [])
                letter = _letter(session, readers[person], before, network.settings, plan, now)
                if letter is not None:
                    letters.append(letter)
                gone += [
                    one.id
                    for one in before
                    if one.state == "held" and (letter is None or one.letter.message_id != letter.message_id)
                ]
    withdraw(connection, network.id, gone, "Overtaken by a later change.")
    post(connection, network.id, letters, now)
    return len(letters), len(gone)


def seen_by(session: Session, reader: Recipient) -> Session:
    """A session as one person sees it: cancelled where they left it. Their SEQUENCE counts the switches of
    their channel too."""
    seen = session.as_seen_by(reader.id)
    return seen.model_copy(update={"sequence": seen.sequence + reader.switches})


def withdrawn_from(session: Session, reader: Recipient) -> Session:
    """A session as it is taken out of a person's calendar, because they get it another way now."""
    seen = seen_by(session, reader)
    return seen.model_copy(update={"state": State.CANCELLED})


def _letter(
    session: Session,
    reader: Recipient,
    before: Sequence[Mail],
    settings: NetworkSettings,
    plan: str | None,
    now: datetime,
) -> Letter | None:
    """The mail that would bring a reader up to date; None where the last one that left still holds."""
    left = [mail for mail in before if mail.state != "held"]
    last = max(left, key=lambda mail: mail.letter.sequence or 0, default=None)
    invited = last is not None and last.letter.kind == REQUEST
    wanted = reader.channel is Channel.INVITES and seen_by(session, reader).state is State.SCHEDULED
    if not wanted and not invited:
        return None
    before_that = _session_of(last) if last is not None and invited else None
    told = before_that is not None and before_that.roles.get(reader.id) == session.roles.get(reader.id)
    timely = before_that is not None and _times(before_that) == _times(session)
    here = before_that is not None and before_that.conference == session.conference
    if wanted and timely and told and here:
        return None
    if wanted:
        notice = Notice(
            session=seen_by(session, reader), changed=invited, turn=invited and not told, place=timely
        )
    else:
        notice = Notice(session=withdrawn_from(session, reader), changed=True)
    kind = REQUEST if wanted else CANCEL
    sequence = notice.session.sequence
    return Letter(
        kind=kind,
        member=reader.id,
        message_id=message_id(settings.uid_domain, session.uid, sequence, kind, reader.id),
        body=notice.model_dump_json(),
        due_at=now + timedelta(minutes=settings.hold_minutes),
        uid=session.uid,
        sequence=sequence,
        plan=plan,
        starts_at=session.start,
    )


def message_id(domain: str, *parts: str | int) -> str:
    """A Message-ID (RFC 5322, section 3.6.4) from what the mail is about: the same mail, the same id."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{domain}>"


def _session_of(mail: Mail) -> Session:
    return Notice.model_validate_json(mail.letter.body).session


def _times(session: Session) -> tuple[object, ...]:
    return session.start, session.end, session.time_zone
