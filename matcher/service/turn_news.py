"""Mails to readers of a feed: which of their turns, or of all their sessions, are new, moved, or gone.

Calendar programs ask for a feed every several hours; a change of one's turns should not wait for that. Each
reader chooses (`Notices`): their own turns at once, all changes at once, or all of them in one mail a day
or a week. Who gets invites is told by those. A mail compares what its reader knew before the first change
that it waits for with what holds when it is sent: a change that is taken back is no news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from matcher.domain.base import Instant
from matcher.domain.family import Family
from matcher.domain.rota_policy import RoleName
from matcher.domain.session import Session, State
from matcher.domain.settings import Channel, NetworkSettings, Notices
from matcher.mail.message import Envelope, Outgoing, text_mail
from matcher.mail.timing import next_digest
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
from matcher.texts.sessions import View, in_words
from matcher.texts.words import Words, words_of

TURNS = "turns"
"""The kind of these mails."""


class Known(BaseModel):
    """What somebody knew of a session: when, where, and in which role they attend it."""

    role: RoleName | None
    start: Instant
    title: str
    conference: str | None = None


class TurnNews(BaseModel):
    """What such a mail is made from: by the ids of sessions, what their reader knew, None for nothing; `all`:
    of all sessions, not of turns only."""

    all: bool = False
    known: dict[str, Known | None]


def tell_turns(
    connection: Connection,
    network: NetworkRow,
    before: Mapping[str, Session],
    changed: Sequence[Session],
    plan: str | None,
    now: datetime,
) -> int:
    """Put a mail into the outbox for each reader of a feed who wants to know of these changes. `before`: the
    sessions by UID as they were; `changed` are stored. Returns how many."""
    people = {one for session in changed for one in session.people}
    people |= {one for session in before.values() for one in session.people}
    readers = recipients(connection, network.id, people)
    mine = {key: one for key, one in readers.items() if one.channel is Channel.FEED}
    news: dict[str, dict[str, Known | None]] = {}
    for session in changed:
        old = before.get(session.uid)
        for person in {*session.people, *(old.people if old is not None else ())} & mine.keys():
            every = mine[person].notices is not Notices.TURNS
            was, holds = _known(old, person, now, every), _known(session, person, now, every)
            if was != holds:
                news.setdefault(person, {})[session_id(session)] = was
    take_turns(connection)
    letters = []
    starts = {session_id(session): session.start for session in changed}
    for person in sorted(news):
        reader = mine[person]
        held = list_mails(connection, network.id, person, "held", "", 1000)
        waiting = [one for one in held if one.letter.kind == TURNS]
        known = dict(news[person])
        for mail in waiting:
            known |= TurnNews.model_validate_json(mail.letter.body).known
        withdraw(connection, network.id, [one.id for one in waiting], "Overtaken by a later change.")
        first = min([starts[one] for one in news[person]] + [was.start for was in known.values() if was])
        due = _due(reader, now, first, network.settings)
        due = min([due, *(one.letter.due_at for one in waiting if reader.notices in _DIGESTS)])
        letters.append(
            Letter(
                kind=TURNS,
                member=person,
                message_id=message_id(
                    network.settings.uid_domain, TURNS, plan or "", person, now.isoformat()
                ),
                body=TurnNews(all=reader.notices is not Notices.TURNS, known=known).model_dump_json(),
                due_at=due,
                plan=plan,
            )
        )
    post(connection, network.id, letters, now)
    return len(letters)


_DIGESTS = (Notices.DAILY, Notices.WEEKLY)
_SOON = timedelta(days=1)


def _due(reader: Recipient, now: datetime, first: datetime, settings: NetworkSettings) -> datetime:
    """When a mail about changes goes: after the hold time, or with the reader's next digest. A digest that
    would come less than a day before the first of the sessions, or after it, does not wait."""
    held = now + timedelta(minutes=settings.hold_minutes)
    if reader.notices not in _DIGESTS:
        return held
    digest = next_digest(held, reader.notices is Notices.WEEKLY, reader.member.time_zone)
    return held if now < first < digest + _SOON else digest


def _known(session: Session | None, person: str, now: datetime, every: bool) -> Known | None:
    """What somebody can know of a session to come: of their turn in it, or (`every`) of any they attend."""
    if session is None or session.state is not State.SCHEDULED or session.start <= now:
        return None
    role = session.roles.get(person)
    if person not in session.attendees or (role is None and not every):
        return None
    place = session.conference if every else None
    return Known(role=role, start=session.start, title=session.title, conference=place)


def _compared(
    connection: Connection, mail: Mail, now: datetime
) -> list[tuple[Session | None, Known | None, Known | None]]:
    """What differs from what the reader knew: the session, what they knew, what holds; by time."""
    found = []
    news = TurnNews.model_validate_json(mail.letter.body)
    for identifier, was in news.known.items():
        try:
            session = find_session(connection, mail.network, identifier)
        except NotFound:
            session = None
        holds = _known(session, mail.letter.member, now, news.all)
        if was != holds and (was is None or was.start > now or holds is not None):
            found.append((session, was, holds))
    return sorted(found, key=lambda one: min(known.start for known in one[1:] if known is not None))


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
    """The mail that tells what is new, moved, or gone; with the address of each turn that is theirs."""
    zone, words = reader.member.time_zone, words_of(reader.member)
    about = "sessions" if TurnNews.model_validate_json(mail.letter.body).all else "turns"
    lines = [words("mail.hello", name=reader.member.name), "", words(f"mail.{about}.first")]
    for session, was, holds in _compared(connection, mail, now):
        view = View(words)
        title = in_words(session, view).title if session is not None else ""
        lines.append("")
        if holds is None and was is not None:
            lines.append(words(f"mail.{about}.gone", turn=_told(was, title, zone, words)))
        if holds is not None:
            turn = _told(holds, title, zone, words)
            if was is None:
                lines.append(words("mail.turns.new", turn=turn))
            else:
                lines.append(words("mail.turns.changed", turn=turn, before=_told(was, title, zone, words)))
            if session is not None and holds.role is not None and links is not None:
                address = address_of(connection, links, session, reader.id)
                lines += [words("mail.turns.pass_on"), address] if address else []
            if holds.conference is not None:
                lines.append(f"{words('session.join')}: {holds.conference}")
    return text_mail(words(f"mail.{about}.subject"), "\n".join(lines), envelope, words)


def address_of(connection: Connection, links: Links, session: Session, member: str) -> str | None:
    """Where somebody can ask others to take their turn in a session; None without one of a published rota."""
    plan = published_plan(connection, session.network, session.program, session.cycle, Family.ROTA, "")
    for turn in turns_of(connection, plan) if plan is not None else ():
        if turn.id.rsplit("-", 2)[0] == session_id(session) and turn.member == member:
            assert plan is not None
            return turn_address(links, plan, turn.id, member)
    return None


def _told(known: Known, title: str, zone: str, words: Words) -> str:
    when = words.moment(known.start, zone)
    if known.role is None:
        return words("session.line", title=title or known.title, when=when)
    return words("turn.line", title=title or known.title, when=when, role=words(f"does.{known.role}"))
