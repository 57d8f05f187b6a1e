"""What came in by mail: one row a message, and each does something once only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from matcher.store.tables import inbox

Source = Literal["http", "maildir", "smtp"]
MessageKind = Literal["reply", "counter", "refresh", "bounce", "other"]


@dataclass(frozen=True)
class Message:
    """One message that came in. `reason`: why it was ignored, a code; None where it was not. `network` None:
    nothing in it says whose it is. `seen`: how often it came; only the first time counts."""

    id: str
    network: str | None
    fingerprint: str
    source: Source
    kind: MessageKind
    outcome: Literal["done", "ignored"]
    reason: str | None
    message_id: str | None
    sender: str | None
    uid: str | None
    session: str | None
    member: str | None
    received_at: datetime
    seen: int = 1


def seen_before(connection: Connection, fingerprint: str) -> Message | None:
    """The message of this content, counted once more; None for one that is new, or could not be handled."""
    known = inbox.c.fingerprint == fingerprint
    connection.execute(delete(inbox).where(known, inbox.c.reason == "internal"))
    connection.execute(update(inbox).where(known).values(seen=inbox.c.seen + 1))
    row = connection.execute(select(inbox).where(known)).first()
    return None if row is None else _read(row)


def add_message(connection: Connection, message: Message) -> bool:
    """Store a message; returns whether it is new. Another transaction that stores the same content meanwhile
    is waited for."""
    row = asdict(message)
    row["network_id"] = row.pop("network")
    try:
        with connection.begin_nested():
            connection.execute(insert(inbox).values(row))
    except IntegrityError:
        return False
    return True


def find_message(connection: Connection, fingerprint: str) -> Message:
    """The message of this content, which is stored."""
    return _read(connection.execute(select(inbox).where(inbox.c.fingerprint == fingerprint)).one())


def settle_message(connection: Connection, identifier: str, **values: Any) -> None:
    """Say what a message was, and what was done."""
    connection.execute(update(inbox).where(inbox.c.id == identifier).values(**values))


def list_messages(
    connection: Connection,
    network: str | None,
    after: str,
    most: int,
    kind: str | None = None,
    outcome: str | None = None,
) -> list[Message]:
    """Up to `most` messages of a network, or of none, with ids above `after`: as they came."""
    query = select(inbox).where(inbox.c.network_id == network, inbox.c.id > after)
    if kind is not None:
        query = query.where(inbox.c.kind == kind)
    if outcome is not None:
        query = query.where(inbox.c.outcome == outcome)
    return [_read(row) for row in connection.execute(query.order_by(inbox.c.id).limit(most))]


def count_done(
    connection: Connection, network: str, kind: str, session: str, member: str, since: datetime
) -> int:
    """How many messages of a kind, of one person about one session, did something after `since`."""
    query = select(func.count()).where(
        inbox.c.network_id == network,
        inbox.c.kind == kind,
        inbox.c.session == session,
        inbox.c.member == member,
        inbox.c.outcome == "done",
        inbox.c.received_at > since,
    )
    return int(connection.execute(query).scalar_one())


def _read(row: Row[Any]) -> Message:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Message(**found)
