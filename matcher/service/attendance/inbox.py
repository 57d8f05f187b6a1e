"""Every message that comes in, whichever way: looked at once, and a row that says what was done."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from matcher.calendar.itip.reading import NoAnswer, Scheduling, read_scheduling
from matcher.mail.incoming.message import Incoming, Unreadable, read_message
from matcher.mail.tags import AddressTags
from matcher.service.acceptance import Links
from matcher.service.attendance.answers import take_counter, take_refresh, take_reply
from matcher.service.attendance.bounces import take_bounce
from matcher.service.attendance.identity import Unknown, identify
from matcher.store.database import Connection, DatabaseUnavailable
from matcher.store.ids import new_id
from matcher.store.inbox import (
    Message,
    MessageKind,
    Source,
    add_message,
    find_message,
    seen_before,
    settle_message,
)
from matcher.store.networks import lock_network

if TYPE_CHECKING:
    from matcher.wiring import Services

KINDS: dict[str, MessageKind] = {"REPLY": "reply", "COUNTER": "counter", "REFRESH": "refresh"}
_log = logging.getLogger("peerloom.inbox")


def take_in(
    services: Services,
    data: bytes,
    source: Source,
    *,
    came_to: Sequence[str] = (),
    network: str | None = None,
) -> Message:
    """Look at a message and do what it asks, once: the same one again only counts.

    `came_to`: the addresses that it was delivered to, where the way it came knows them; `network`: it may
    only
    speak of this one. Whatever is in it, the answer is a row; nothing of its text is kept but what an answer
    says. Raises `DatabaseUnavailable`: then it may come again.
    """
    now = services.now()
    incoming: Incoming | None = None
    reason: str | None = None
    try:
        incoming = read_message(data, services.settings.inbox_megabytes * 1_000_000)
    except Unreadable as error:
        reason = error.code
    message = _row(data, incoming, source, network, now, reason)
    try:
        found = _stored(services, message, incoming, came_to, network)
    except DatabaseUnavailable:
        raise
    except Exception:
        _log.exception("a message could not be handled: %s", message.fingerprint)
        failed = replace(message, reason="internal")
        with services.database.write() as connection:
            found = (
                failed if add_message(connection, failed) else find_message(connection, message.fingerprint)
            )
    services.wake.set()
    _tell(found)
    return found


def _row(
    data: bytes,
    incoming: Incoming | None,
    source: Source,
    network: str | None,
    now: datetime,
    reason: str | None,
) -> Message:
    """A message nothing is done about yet. Its fingerprint holds what makes it the same: its id, its sender
    and its body, so that nobody can spend another's; and for whom it was sent in."""
    content = incoming.content if incoming is not None else hashlib.sha256(data).hexdigest()
    identifier = incoming.message_id if incoming is not None else None
    senders = incoming.senders if incoming is not None else ()
    named = json.dumps([network, identifier, senders, content])
    return Message(
        id=new_id("message"),
        network=network,
        fingerprint=hashlib.sha256(named.encode()).hexdigest(),
        source=source,
        kind="other",
        outcome="ignored",
        reason=reason or "no-calendar",
        message_id=identifier,
        sender=senders[0][:254] if senders else None,
        uid=None,
        session=None,
        member=None,
        received_at=now,
    )


def _stored(
    services: Services,
    message: Message,
    incoming: Incoming | None,
    came_to: Sequence[str],
    network: str | None,
) -> Message:
    with services.database.write() as connection:
        known = seen_before(connection, message.fingerprint)
        if known is not None:
            return known
        if not add_message(connection, message):  # another process took it in this very moment
            return seen_before(connection, message.fingerprint) or message
        if incoming is None:
            return message
        tags = Links.of(services.settings).tags
        done = _done(connection, message, incoming, came_to, network, tags)
        values = {
            name: getattr(done, name) for name in ("kind", "outcome", "reason", "uid", "session", "member")
        }
        settle_message(connection, done.id, network_id=done.network, **values)
        return done


def _done(
    connection: Connection,
    message: Message,
    incoming: Incoming,
    came_to: Sequence[str],
    network: str | None,
    tags: AddressTags | None,
) -> Message:
    """Do what a message asks; its row as it is to be."""
    done = replace(message, outcome="done", reason=None)
    addresses = [*came_to, *incoming.recipients]
    try:
        if incoming.report is not None:
            message = replace(message, kind="bounce")
            place = take_bounce(connection, incoming.report, addresses, network, tags, message.received_at)
            return _at(replace(done, kind="bounce"), place)
        scheduling = _scheduling(incoming)
        named = {"kind": KINDS[scheduling.method], "uid": scheduling.uid}
        message = _at(message, named)
        place = _answered(connection, message, scheduling, incoming, addresses, network, tags)
        return _at(replace(done, **named), place)  # type: ignore[arg-type]
    except (Unknown, NoAnswer) as error:
        reason = error.reason if isinstance(error, Unknown) else error.code
        return _at(replace(message, reason=reason), error.place if isinstance(error, Unknown) else {})


def _answered(
    connection: Connection,
    message: Message,
    scheduling: Scheduling,
    incoming: Incoming,
    addresses: Sequence[str],
    network: str | None,
    tags: AddressTags | None,
) -> dict[str, str]:
    known = identify(connection, scheduling, incoming, addresses, network, tags)
    row, now = lock_network(connection, known.session.network), message.received_at
    # what was read before the lock may have changed: a publication, or another answer
    known = identify(connection, scheduling, incoming, addresses, row.id, tags)
    if scheduling.method == "REPLY":
        take_reply(connection, row, known, scheduling, now)
    elif scheduling.method == "COUNTER":
        take_counter(connection, row, known, scheduling, now)
    else:
        take_refresh(connection, row, known, message.id, now)
    return known.place


def _scheduling(incoming: Incoming) -> Scheduling:
    """The first answer among the calendars of a message. Raises `NoAnswer`."""
    problem = NoAnswer("no-calendar")
    for data in incoming.calendars:
        try:
            return read_scheduling(data)
        except NoAnswer as error:
            problem = error
    raise problem


def _at(message: Message, place: dict[str, str]) -> Message:
    return replace(message, **place)  # type: ignore[arg-type]


def _tell(message: Message) -> None:
    what = f"{message.kind} {message.id} by {message.source}"
    if message.seen > 1:
        _log.info("%s came again", what)
    elif message.outcome == "ignored":
        _log.warning("%s ignored: %s", what, message.reason)
    else:
        _log.info("%s done", what)
