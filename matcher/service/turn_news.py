"""Mails to readers of a feed: which of their turns to come are new, moved, or somebody else's now.

Calendar programs ask for a feed every several hours; a change of one's turns should not wait for that. Who
gets invites is told by those. A mail compares what its reader knew before the first change that it waits for
with what holds when it is sent: a change that is taken back is no news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from matcher.domain.base import Instant
from matcher.domain.family import Family
from matcher.domain.rota_policy import RoleName
from matcher.domain.session import Session, State
from matcher.domain.settings import Channel
from matcher.mail.message import Envelope, Outgoing, text_mail
from matcher.service.acceptance import Links
from matcher.service.notices import message_id
from matcher.service.turns import turn_address, turns_of
from matcher.store.database import Connection
from matcher.store.errors import NotFound
from matcher.store.networks import NetworkRow
from matcher.store.outbox import Letter, Mail, list_mails, post, take_turns, withdraw
from matcher.store.plans import published_plan
from matcher.store.recipients import Recipient, recipients
from matcher.store.sessions import find_session, session_id
from matcher.texts.words import Words, words_of

TURNS = "turns"
"""The kind of these mails."""


class Known(BaseModel):
    """What somebody knew of their turn in a session."""

    role: RoleName
    start: Instant
    title: str


class TurnNews(BaseModel):
    """What such a mail is made from: by the ids of sessions, what their reader knew, None for nothing."""

    known: dict[str, Known | None]


def tell_turns(
    connection: Connection,
    network: NetworkRow,
    before: Mapping[str, Session],
    changed: Sequence[Session],
    plan: str,
    now: datetime,
) -> int:
    """Put a mail into the outbox for each reader of a feed whose turns to come change. `before`: the sessions
    by UID as they were; `changed` are stored. Returns how many."""
    news: dict[str, dict[str, Known | None]] = {}
    for session in changed:
        old = before.get(session.uid)
        for person in {*session.roles, *(old.roles if old is not None else {})}:
            was, holds = _turn(old, person, now), _turn(session, person, now)
            if was != holds:
                news.setdefault(person, {})[session_id(session)] = was
    readers = recipients(connection, network.id, news)
    mine = [one for one in readers if readers[one].channel is Channel.FEED]
    take_turns(connection)
    letters = []
    for person in sorted(mine):
        held = list_mails(connection, network.id, person, "held", "", 1000)
        waiting = [one for one in held if one.letter.kind == TURNS]
        known = dict(news[person])
        for mail in waiting:
            known |= TurnNews.model_validate_json(mail.letter.body).known
        withdraw(connection, network.id, [one.id for one in waiting], "Overtaken by a later change.")
        letters.append(
            Letter(
                kind=TURNS,
                member=person,
                message_id=message_id(network.settings.uid_domain, TURNS, plan, person, now.isoformat()),
                body=TurnNews(known=known).model_dump_json(),
                due_at=now + timedelta(minutes=network.settings.hold_minutes),
                plan=plan,
            )
        )
    post(connection, network.id, letters, now)
    return len(letters)


def _turn(session: Session | None, person: str, now: datetime) -> Known | None:
    """Somebody's turn in a session to come."""
    if session is None or session.state is not State.SCHEDULED or session.start <= now:
        return None
    role = session.roles.get(person)
    return None if role is None else Known(role=role, start=session.start, title=session.title)


def _compared(
    connection: Connection, mail: Mail, now: datetime
) -> list[tuple[Session | None, Known | None, Known | None]]:
    """What differs from what the reader knew: the session, what they knew, what holds."""
    found = []
    for identifier, was in TurnNews.model_validate_json(mail.letter.body).known.items():
        try:
            session = find_session(connection, mail.network, identifier)
        except NotFound:
            session = None
        holds = _turn(session, mail.letter.member, now)
        if was != holds and (was is None or was.start > now or holds is not None):
            found.append((session, was, holds))
    return found


def no_news(connection: Connection, mail: Mail, now: datetime) -> str | None:
    """Why such a mail is not needed any more; None where it is."""
    return None if _compared(connection, mail, now) else "Nothing of it is news any more."


def news_mail(
    connection: Connection,
    mail: Mail,
    reader: Recipient,
    envelope: Envelope,
    links: Links | None,
    now: datetime,
) -> Outgoing:
    """The mail that tells which turns are new, moved, or gone; with the address of each that is theirs."""
    zone, words = reader.member.time_zone, words_of(reader.member)
    lines = [words("mail.hello", name=reader.member.name), "", words("mail.turns.first")]
    for session, was, holds in _compared(connection, mail, now):
        lines.append("")
        if holds is None and was is not None:
            lines.append(words("mail.turns.gone", turn=_told(was, zone, words)))
        if holds is not None:
            turn = _told(holds, zone, words)
            if was is None:
                lines.append(words("mail.turns.new", turn=turn))
            else:
                lines.append(words("mail.turns.changed", turn=turn, before=_told(was, zone, words)))
            assert session is not None
            if links is not None and (address := address_of(connection, links, session, reader.id)):
                lines += [words("mail.turns.pass_on"), address]
    return text_mail(words("mail.turns.subject"), "\n".join(lines), envelope, words)


def address_of(connection: Connection, links: Links, session: Session, member: str) -> str | None:
    """Where somebody can ask others to take their turn in a session; None without one of a published rota."""
    plan = published_plan(connection, session.network, session.program, session.cycle, Family.ROTA, "")
    for turn in turns_of(connection, plan) if plan is not None else ():
        if turn.id.rsplit("-", 2)[0] == session_id(session) and turn.member == member:
            assert plan is not None
            return turn_address(links, plan, turn.id, member)
    return None


def _told(turn: Known, zone: str, words: Words) -> str:
    when = words.moment(turn.start, zone)
    return words("turn.line", title=turn.title, when=when, role=words(f"does.{turn.role}"))
