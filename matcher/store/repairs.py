"""What answers broke and somebody has to mend; and failures of delivery, counted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from matcher.store.errors import NotFound
from matcher.store.tables import repairs, soft_bounces

RepairKind = Literal["turn", "quorum"]


@dataclass(frozen=True)
class Repair:
    """A turn that its person declined (`role`), or a session to which only `coming` people of its group come
    where `needed` must; `member`: who declined it (last). `start`: the time that it was opened about."""

    network: str
    id: str
    kind: RepairKind
    session: str
    member: str
    role: str | None
    needed: int | None
    coming: int | None
    start: datetime
    state: Literal["open", "closed"]
    opened_at: datetime
    closed_at: datetime | None = None
    closed_because: str | None = None


def add_repair(connection: Connection, repair: Repair) -> None:
    """Store a repair that is not open yet."""
    row = asdict(repair)
    row["network_id"] = row.pop("network")
    connection.execute(insert(repairs).values(row))


def change_repair(connection: Connection, repair: Repair, **values: Any) -> None:
    """Set columns of a repair."""
    own = (repairs.c.network_id == repair.network) & (repairs.c.id == repair.id)
    connection.execute(update(repairs).where(own).values(**values))


def find_repair(connection: Connection, network: str, identifier: str) -> Repair:
    """One repair. Raises `NotFound`."""
    query = select(repairs).where(repairs.c.network_id == network, repairs.c.id == identifier)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("repair", identifier)
    return _read(row)


def list_repairs(
    connection: Connection,
    network: str,
    after: str,
    most: int,
    state: str | None = None,
    session: str | None = None,
) -> list[Repair]:
    """Up to `most` repairs as they were opened, those with ids above `after`."""
    query = select(repairs).where(repairs.c.network_id == network, repairs.c.id > after)
    if state is not None:
        query = query.where(repairs.c.state == state)
    if session is not None:
        query = query.where(repairs.c.session == session)
    return [_read(row) for row in connection.execute(query.order_by(repairs.c.id).limit(most))]


def declined_turns(connection: Connection, network: str) -> set[tuple[str, str]]:
    """Turns that wait for somebody else: the ids of sessions, and who declined."""
    own = (repairs.c.network_id == network, repairs.c.kind == "turn", repairs.c.state == "open")
    return {(row.session, row.member) for row in connection.execute(select(repairs).where(*own))}


def open_repairs(connection: Connection, network: str, session: str) -> list[Repair]:
    """Those of a session that are open."""
    return list_repairs(connection, network, "", 1000, "open", session)


@dataclass(frozen=True)
class SoftBounces:
    """How often mail to an address failed in a way that may pass, and how it did last."""

    address: str
    count: int
    status: str
    reason: str
    first_at: datetime
    last_at: datetime


def count_bounce(
    connection: Connection, network: str, address: str, status: str, reason: str, now: datetime
) -> None:
    """One more failure that may pass."""
    own = (soft_bounces.c.network_id == network) & (soft_bounces.c.address == address.lower())
    values = {"status": status, "reason": reason, "last_at": now}
    done = connection.execute(
        update(soft_bounces).where(own).values(count=soft_bounces.c["count"] + 1, **values)
    )
    if not done.rowcount:
        row = {"network_id": network, "address": address.lower(), "count": 1, "first_at": now, **values}
        connection.execute(insert(soft_bounces).values(row))


def list_bounces(connection: Connection, network: str, after: str, most: int) -> list[SoftBounces]:
    """Up to `most` addresses with such failures, those after `after`."""
    columns = soft_bounces.c
    query = select(soft_bounces).where(columns.network_id == network, columns.address > after)
    return [
        SoftBounces(row.address, row._mapping["count"], row.status, row.reason, row.first_at, row.last_at)
        for row in connection.execute(query.order_by(columns.address).limit(most))
    ]


def _read(row: Row[Any]) -> Repair:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Repair(**found)
