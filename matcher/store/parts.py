"""The parts of a network's header, such as organizations, skills and programs: documents with versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from matcher.store.tables import (
    circles,
    ended_pods,
    ended_rounds,
    forums,
    organizations,
    problems,
    programs,
    running_pods,
    running_rounds,
    skills,
)

PARTS: dict[str, Table] = {
    "skills": skills,
    "organizations": organizations,
    "programs": programs,
    "problems": problems,
    "circles": circles,
    "forums": forums,
    "running_pods": running_pods,
    "ended_pods": ended_pods,
    "running_rounds": running_rounds,
    "ended_rounds": ended_rounds,
}
"""The lists of a header by their names in the document. Policies have versions, so they are kept apart."""


@dataclass(frozen=True)
class PartRow:
    """One part. `body`: its JSON, without what has its default. `position`: its place in the document."""

    id: str
    position: int
    body: str
    version: int
    changed_at: datetime


def list_parts(connection: Connection, network: str, part: str, after: str, most: int) -> list[PartRow]:
    """Up to `most` parts with ids above `after`, by id."""
    table = PARTS[part]
    query = select(table).where(table.c.network_id == network, table.c.id > after)
    return [_read(row) for row in connection.execute(query.order_by(table.c.id).limit(most))]


def find_part(connection: Connection, network: str, part: str, identifier: str) -> PartRow | None:
    """One part; None where there is none."""
    table = PARTS[part]
    query = select(table).where(table.c.network_id == network, table.c.id == identifier)
    row = connection.execute(query).first()
    return _read(row) if row is not None else None


def save_part(
    connection: Connection, network: str, part: str, identifier: str, body: str, now: datetime
) -> PartRow:
    """Add a part after the others of its list, or put it in the place of the one that is there.

    The same body again changes nothing, not even the version.
    """
    table = PARTS[part]
    found = find_part(connection, network, part, identifier)
    if found is None:
        last = connection.execute(
            select(func.max(table.c.position)).where(table.c.network_id == network)
        ).scalar()
        row = PartRow(identifier, 0 if last is None else last + 1, body, 1, now)
        connection.execute(insert(table).values(network_id=network, **vars(row)))
        return row
    if found.body == body:
        return found
    row = PartRow(identifier, found.position, body, found.version + 1, now)
    connection.execute(
        update(table)
        .where(table.c.network_id == network, table.c.id == identifier)
        .values(body=body, version=row.version, changed_at=now)
    )
    return row


def remove_part(connection: Connection, network: str, part: str, identifier: str) -> None:
    """Take a part away, if it is there."""
    table = PARTS[part]
    connection.execute(delete(table).where(table.c.network_id == network, table.c.id == identifier))


def replace_parts(
    connection: Connection, network: str, part: str, bodies: dict[str, str], now: datetime
) -> None:
    """Make a list hold these parts (JSON by id) in this order; those that are the same keep their versions.

    Parts that are gone stay until `remove_other_parts`, as members may still name them.
    """
    table = PARTS[part]
    query = select(table).where(table.c.network_id == network)
    present = {row.id: _read(row) for row in connection.execute(query)}
    fresh: list[dict[str, Any]] = []
    for position, (identifier, body) in enumerate(bodies.items()):
        found = present.get(identifier)
        if found is None:
            row = PartRow(identifier, position, body, 1, now)
            fresh.append({"network_id": network, **vars(row)})
        elif (found.body, found.position) != (body, position):
            changed = found.body != body
            connection.execute(
                update(table)
                .where(table.c.network_id == network, table.c.id == identifier)
                .values(
                    position=position,
                    body=body,
                    version=found.version + changed,
                    changed_at=now if changed else found.changed_at,
                )
            )
    if fresh:
        connection.execute(insert(table), fresh)


def parts_of(connection: Connection, network: str, part: str) -> dict[str, str]:
    """All parts of a list, JSON by id, in their order."""
    table = PARTS[part]
    query = select(table.c.id, table.c.body).where(table.c.network_id == network)
    return {row.id: row.body for row in connection.execute(query.order_by(table.c.position, table.c.id))}


def put_parts(connection: Connection, network: str, parts: dict[str, dict[str, str]], now: datetime) -> None:
    """Make lists hold exactly these parts (JSON by id), in this order."""
    for part, rows in parts.items():
        replace_parts(connection, network, part, rows, now)
        remove_other_parts(connection, network, part, set(rows))


def remove_other_parts(connection: Connection, network: str, part: str, kept: set[str]) -> None:
    """Take away the parts of a list that are not among `kept`."""
    table = PARTS[part]
    present = connection.execute(select(table.c.id).where(table.c.network_id == network)).scalars().all()
    for identifier in present:
        if identifier not in kept:
            remove_part(connection, network, part, identifier)


def _read(row: Row[Any]) -> PartRow:
    return PartRow(row.id, row.position, row.body, row.version, row.changed_at)
