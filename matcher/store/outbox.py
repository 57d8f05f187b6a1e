"""The outbox: mails in waiting, claimed with a lease, each sent once; and addresses that refuse mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, text, update

from matcher.store.errors import NotFound
from matcher.store.ids import new_id
from matcher.store.tables import outbox, suppressions

BATCH = 500
_CLAIMS = 0x5065_6572_6D61  # the advisory lock of `take_turns`


@dataclass(frozen=True)
class Letter:
    """A mail to be: to whom, about which session (`uid`) in which version, and what it is made from."""

    kind: str
    member: str
    message_id: str
    body: str
    due_at: datetime
    uid: str | None = None
    sequence: int | None = None
    plan: str | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Mail:
    """A letter in the outbox: held -> sending -> sent | failed, or withdrawn before it is sent.

    `claimed_until`: until then it is its claimer's; after, anybody may send it again, under the same
    Message-ID. `problem` says why it failed, waits or was withdrawn.
    """

    network: str
    id: str
    letter: Letter
    state: str
    attempts: int
    recipient: str | None
    claimed_until: datetime | None
    sent_at: datetime | None
    problem: str | None
    created_at: datetime


def post(connection: Connection, network: str, letters: Sequence[Letter], now: datetime) -> None:
    """Put letters into the outbox. One with the Message-ID of a mail that was withdrawn, or is still held,
    takes its place; one whose mail was sent is not posted again."""
    for begin in range(0, len(letters), BATCH):
        batch = letters[begin : begin + BATCH]
        query = select(outbox.c.message_id, outbox.c.state).where(
            outbox.c.network_id == network, outbox.c.message_id.in_([one.message_id for one in batch])
        )
        known = {row.message_id: row.state for row in connection.execute(query)}
        fresh = [_row(network, one, now) for one in batch if one.message_id not in known]
        if fresh:
            connection.execute(insert(outbox), fresh)
        again = [
            {"message": one.message_id, "new_body": one.body, "new_due": one.due_at}
            for one in batch
            if known.get(one.message_id) in ("held", "withdrawn")
        ]
        if again:
            connection.execute(
                update(outbox)
                .where(outbox.c.network_id == network, outbox.c.message_id == bindparam("message"))
                .values(state="held", body=bindparam("new_body"), due_at=bindparam("new_due"), problem=None),
                again,
            )


def _row(network: str, letter: Letter, now: datetime) -> dict[str, Any]:
    return {"network_id": network, "id": new_id("mail"), **vars(letter), "state": "held", "created_at": now}


def mails_about(connection: Connection, network: str, uids: Iterable[str]) -> list[Mail]:
    """Invitations to these sessions, and cancellations, that are held, being sent or sent, in the order of
    their making."""
    wanted = sorted(set(uids))
    found: list[Mail] = []
    for begin in range(0, len(wanted), BATCH):
        query = select(outbox).where(
            outbox.c.network_id == network,
            outbox.c.uid.in_(wanted[begin : begin + BATCH]),
            outbox.c.state.in_(("held", "sending", "sent")),
            outbox.c.kind.in_(("request", "cancel")),
        )
        found += [_mail(row) for row in connection.execute(query.order_by(outbox.c.sequence, outbox.c.id))]
    return found


def find_mail(connection: Connection, identifier: str) -> Mail | None:
    """One mail, of any network; None where there is none."""
    row = connection.execute(select(outbox).where(outbox.c.id == identifier)).first()
    return None if row is None else _mail(row)


def list_mails(
    connection: Connection, network: str, member: str | None, state: str | None, after: str, most: int
) -> list[Mail]:
    """Up to `most` mails with ids above `after`, of one member or all, in one state or any."""
    query = select(outbox).where(outbox.c.network_id == network, outbox.c.id > after)
    if member is not None:
        query = query.where(outbox.c.member == member)
    if state is not None:
        query = query.where(outbox.c.state == state)
    return [_mail(row) for row in connection.execute(query.order_by(outbox.c.id).limit(most))]


def withdraw(connection: Connection, network: str, mails: Iterable[str], problem: str) -> None:
    """Take held mails back before they are sent."""
    wanted = sorted(set(mails))
    for begin in range(0, len(wanted), BATCH):
        connection.execute(
            update(outbox)
            .where(outbox.c.network_id == network, outbox.c.id.in_(wanted[begin : begin + BATCH]))
            .where(outbox.c.state == "held")
            .values(state="withdrawn", problem=problem)
        )


def take_turns(connection: Connection) -> None:
    """Wait until no other transaction chooses what to send, or decides by what was sent; until this one ends,
    the others wait."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIMS})


def any_due(connection: Connection, now: datetime) -> bool:
    """Whether any mail is due."""
    return connection.execute(select(outbox.c.id).where(_due(now)).limit(1)).first() is not None


def due_mails(connection: Connection, now: datetime, most: int) -> list[Mail]:
    """Up to `most` mails of all networks that are due: held ones, and those whose lease ran out.

    To be called, and its answer claimed, in one transaction that writes.
    """
    take_turns(connection)
    query = select(outbox).where(_due(now)).order_by(outbox.c.due_at, outbox.c.starts_at, outbox.c.id)
    return [_mail(row) for row in connection.execute(query.limit(most))]


def _due(now: datetime) -> ColumnElement[bool]:
    held = (outbox.c.state == "held") & (outbox.c.due_at <= now)
    lapsed = (outbox.c.state == "sending") & (outbox.c.claimed_until <= now)
    return held | lapsed


def claim(connection: Connection, mail: Mail, owner: str, recipient: str, until: datetime) -> None:
    """Take a due mail for sending."""
    connection.execute(
        update(outbox)
        .where(outbox.c.network_id == mail.network, outbox.c.id == mail.id)
        .values(
            state="sending",
            claimed_by=owner,
            claimed_until=until,
            recipient=recipient,
            attempts=outbox.c.attempts + 1,
            problem=None,
        )
    )


def settle(
    connection: Connection,
    mail: Mail,
    state: str,
    *,
    owner: str | None = None,
    due_at: datetime | None = None,
    sent_at: datetime | None = None,
    problem: str | None = None,
) -> bool:
    """Say what became of a mail. With `owner`, only while it is still theirs; returns whether it was."""
    values: dict[str, Any] = {"state": state, "problem": problem, "claimed_by": None, "claimed_until": None}
    values |= {"due_at": due_at} if due_at is not None else {}
    values |= {"sent_at": sent_at} if sent_at is not None else {}
    query = update(outbox).where(outbox.c.network_id == mail.network, outbox.c.id == mail.id)
    if owner is not None:
        query = query.where(outbox.c.state == "sending", outbox.c.claimed_by == owner)
    return bool(connection.execute(query.values(values)).rowcount)


def give_back(connection: Connection, mail: Mail, owner: str) -> None:
    """Undo a claim whose mail was not even tried."""
    connection.execute(
        update(outbox)
        .where(outbox.c.network_id == mail.network, outbox.c.id == mail.id)
        .where(outbox.c.state == "sending", outbox.c.claimed_by == owner)
        .values(state=mail.state, claimed_by=None, claimed_until=mail.claimed_until, attempts=mail.attempts)
    )


def sent_since(
    connection: Connection, network: str, member: str, since: datetime
) -> tuple[int, datetime | None]:
    """How many mails a member got after `since`, or is being sent, and when the first of those was sent.
    Those that tell coordinators of a repair only speak of the member."""
    row = connection.execute(
        select(func.count(), func.min(outbox.c.sent_at))
        .where(outbox.c.network_id == network, outbox.c.member == member, outbox.c.kind != "repair")
        .where((outbox.c.sent_at > since) | (outbox.c.state == "sending"))
    ).one()
    return row[0], row[1]


def suppress(connection: Connection, network: str, address: str, reason: str, now: datetime) -> None:
    """Send nothing to an address any more."""
    if refused(connection, network, address) is None:
        connection.execute(
            insert(suppressions).values(
                network_id=network, address=address.lower(), reason=reason, created_at=now
            )
        )


def refused(connection: Connection, network: str, address: str) -> str | None:
    """Why nothing is sent to an address; None where it is not refused."""
    query = select(suppressions.c.reason).where(
        suppressions.c.network_id == network, suppressions.c.address == address.lower()
    )
    found: str | None = connection.execute(query).scalar()
    return found


@dataclass(frozen=True)
class Suppression:
    """An address that gets no mail."""

    address: str
    reason: str
    created_at: datetime


def list_suppressions(connection: Connection, network: str, after: str, most: int) -> list[Suppression]:
    """Up to `most` addresses that get no mail, those after `after`."""
    query = (
        select(suppressions)
        .where(suppressions.c.network_id == network, suppressions.c.address > after)
        .order_by(suppressions.c.address)
        .limit(most)
    )
    return [Suppression(row.address, row.reason, row.created_at) for row in connection.execute(query)]


def unsuppress(connection: Connection, network: str, address: str) -> None:
    """Send to an address again. Raises `NotFound`."""
    done = connection.execute(
        delete(suppressions).where(
            suppressions.c.network_id == network, suppressions.c.address == address.lower()
        )
    )
    if not done.rowcount:
        raise NotFound("suppressed address", address)


def _mail(row: Row[Any]) -> Mail:
    letter = Letter(
        row.kind,
        row.member,
        row.message_id,
        row.body,
        row.due_at,
        row.uid,
        row.sequence,
        row.plan,
        row.starts_at,
    )
    return Mail(
        row.network_id,
        row.id,
        letter,
        row.state,
        row.attempts,
        row.recipient,
        row.claimed_until,
        row.sent_at,
        row.problem,
        row.created_at,
    )
