"""REPLY, COUNTER and REFRESH of somebody who is known: what is stored, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from matcher.calendar.itip.reading import Scheduling
from matcher.domain.settings import Channel
from matcher.service.attendance.identity import Known, Unknown
from matcher.service.attendance.repairs import review
from matcher.service.notices import REQUEST, Notice, message_id
from matcher.store.attendance import (
    Answer,
    AnswerState,
    Proposal,
    add_proposal,
    find_answer,
    latest_proposal,
    put_answer,
)
from matcher.store.database import Connection
from matcher.store.ids import new_id
from matcher.store.inbox import count_done
from matcher.store.networks import NetworkRow
from matcher.store.outbox import Letter, post

STATES: dict[str, AnswerState] = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
MOST_REFRESHES = 5
DAY = timedelta(days=1)


def take_reply(
    connection: Connection, network: NetworkRow, known: Known, scheduling: Scheduling, now: datetime
) -> None:
    """Store what somebody answered; who declines may open a repair. Raises `Unknown` with the reason why it
    does not count (RFC 5546, section 2.1.5: SEQUENCE first, then DTSTAMP)."""
    stamped = _stamp(known, scheduling, now)
    state = STATES.get(known.attendee.partstat)
    if state is None:
        raise Unknown("no-answer", known.place)
    before = find_answer(connection, network.id, known.place["session"], known.reader.id)
    if before is not None and before.holds(known.session) and stamped < before.stamped_at:
        raise Unknown("older-answer", known.place)
    _store(connection, known, state, stamped, scheduling.note, now)
    review(connection, network, [known.session], now)


def take_counter(
    connection: Connection, network: NetworkRow, known: Known, scheduling: Scheduling, now: datetime
) -> None:
    """Store another time that somebody proposes, and their answer to the present one, where they give it.

    Raises `Unknown`.
    """
    stamped = _stamp(known, scheduling, now)
    times = scheduling.times(known.session.time_zone)
    if times is None:
        raise Unknown("no-time", known.place)
    start, end = times
    if (start, end) == (known.session.start, known.session.end):
        raise Unknown("same-time", known.place)
    if start <= now:
        raise Unknown("past-time", known.place)
    session, member = known.place["session"], known.reader.id
    last = latest_proposal(connection, network.id, session, member)
    if last is not None and stamped < last.stamped_at:
        raise Unknown("older-answer", known.place)
    add_proposal(
        connection,
        Proposal(
            network.id,
            new_id("proposal"),
            session,
            member,
            scheduling.sequence,
            start,
            end,
            scheduling.note,
            "open",
            stamped,
            now,
        ),
    )
    state = STATES.get(known.attendee.partstat)
    before = find_answer(connection, network.id, session, member)
    later = before is None or not before.holds(known.session) or stamped >= before.stamped_at
    if state is not None and later:
        _store(connection, known, state, stamped, scheduling.note, now)
        review(connection, network, [known.session], now)


def take_refresh(
    connection: Connection, network: NetworkRow, known: Known, message: str, now: datetime
) -> None:
    """Send somebody the present invitation again. `message`: the id of the one that asks.

    Raises `Unknown`.
    """
    if known.reader.channel is not Channel.INVITES:
        raise Unknown("not-by-mail", known.place)
    if known.cancelled:
        raise Unknown("cancelled", known.place)
    if known.session.start <= now:
        raise Unknown("over", known.place)
    session, member = known.place["session"], known.reader.id
    if count_done(connection, network.id, "refresh", session, member, now - DAY) >= MOST_REFRESHES:
        raise Unknown("too-often", known.place)
    uid, sequence = known.session.uid, known.seen.sequence
    letter = Letter(
        kind=REQUEST,
        member=member,
        message_id=message_id(network.settings.uid_domain, uid, sequence, "refresh", member, message),
        body=Notice(session=known.seen).model_dump_json(),
        due_at=now,
        uid=uid,
        sequence=sequence,
        plan=known.session.plan,
        starts_at=known.session.start,
    )
    post(connection, network.id, [letter], now)


def _stamp(known: Known, scheduling: Scheduling, now: datetime) -> datetime:
    """When the answer was made: its DTSTAMP, never later than now, for clocks that are ahead.

    Raises `Unknown` for an answer to what does not hold any more.
    """
    if scheduling.occurrence and scheduling.occurrence_at(known.session.time_zone) != known.session.start:
        raise Unknown("other-occurrence", known.place)
    if known.cancelled:
        raise Unknown("cancelled", known.place)
    if known.session.end <= now:
        raise Unknown("over", known.place)
    if scheduling.sequence > known.seen.sequence:
        raise Unknown("unknown-version", known.place)
    if scheduling.sequence < known.oldest_sequence:
        raise Unknown("stale", known.place)
    return min(scheduling.stamped_at or now, now)


def _store(
    connection: Connection, known: Known, state: AnswerState, stamped: datetime, note: str, now: datetime
) -> None:
    session = known.session
    put_answer(
        connection,
        Answer(
            session.network,
            known.place["session"],
            known.reader.id,
            state,
            session.start,
            session.end,
            known.seen.sequence,
            stamped,
            now,
            note,
        ),
    )
