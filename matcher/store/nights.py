"""Nights, kept as they go on: the row is the truth, so that any process can take one up where it stands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from matcher.domain.night import Night, NightState
from matcher.store.errors import Conflict, NotFound
from matcher.store.tables import nights


def add_night(connection: Connection, night: Night) -> None:
    """Begin a night. Raises `Conflict` while another one of the program runs."""
    row = {
        "network_id": night.network,
        "id": night.id,
        "program": night.program,
        "date": night.date.isoformat(),
        "rehearsal": night.rehearsal,
        "started_at": night.started_at,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(nights).values({**row, **_own(night)}))
    except IntegrityError:
        raise Conflict(f"A night of the program {night.program!r} runs already: wait for its end.") from None


def lock_night(connection: Connection, network: str, identifier: str) -> Night:
    """A night that no other transaction takes up meanwhile. Raises `NotFound`."""
    query = select(nights.c.body).where(nights.c.network_id == network, nights.c.id == identifier)
    return _found(connection.execute(query.with_for_update()).first(), identifier)


def find_night(connection: Connection, network: str, identifier: str) -> Night:
    """One night. Raises `NotFound`."""
    query = select(nights.c.body).where(nights.c.network_id == network, nights.c.id == identifier)
    return _found(connection.execute(query).first(), identifier)


def keep_night(connection: Connection, night: Night) -> None:
    """Store how far a night is."""
    own = (nights.c.network_id == night.network, nights.c.id == night.id)
    connection.execute(update(nights).where(*own).values(**_own(night), version=nights.c.version + 1))


def running_nights(connection: Connection, network: str | None = None) -> list[Night]:
    """Nights that have not ended, of one network or of all, the oldest first."""
    query = select(nights.c.body).where(nights.c.state == NightState.RUNNING.value)
    if network is not None:
        query = query.where(nights.c.network_id == network)
    return [_read(row) for row in connection.execute(query.order_by(nights.c.id))]


def list_nights(
    connection: Connection, network: str, below: str, most: int, program: str | None = None
) -> list[Night]:
    """Up to `most` nights, the newest first, with ids below `below` (empty: all)."""
    query = select(nights.c.body).where(nights.c.network_id == network)
    if program is not None:
        query = query.where(nights.c.program == program)
    if below:
        query = query.where(nights.c.id < below)
    return [_read(row) for row in connection.execute(query.order_by(nights.c.id.desc()).limit(most))]


def last_night(
    connection: Connection, network: str, program: str, states: tuple[NightState, ...] | None = None
) -> Night | None:
    """The latest night of a program that was no rehearsal, in one of these states."""
    columns = nights.c
    query = select(columns.body).where(columns.network_id == network, columns.program == program)
    query = query.where(columns.rehearsal.is_(False))
    if states is not None:
        query = query.where(columns.state.in_([one.value for one in states]))
    row = connection.execute(query.order_by(columns.id.desc()).limit(1)).first()
    return None if row is None else _read(row)


def had_night(connection: Connection, network: str, program: str, day: date) -> bool:
    """Whether a night that was no rehearsal was begun for this day."""
    columns = nights.c
    query = select(columns.id).where(
        columns.network_id == network,
        columns.program == program,
        columns.date == day.isoformat(),
        columns.rehearsal.is_(False),
    )
    return connection.execute(query.limit(1)).first() is not None


def last_successes(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Network, program and end of the latest night of each that did not fail."""
    columns = nights.c
    query = (
        select(columns.network_id, columns.program, columns.ended_at)
        .where(columns.rehearsal.is_(False), columns.state.in_(("done", "held")))
        .order_by(columns.network_id, columns.program, columns.id)
    )
    latest = {(row.network_id, row.program): row.ended_at for row in connection.execute(query)}
    return [(network, program, ended) for (network, program), ended in latest.items()]


def _own(night: Night) -> dict[str, object]:
    return {
        "state": night.state.value,
        "ended_at": night.ended_at,
        "body": night.model_dump_json(exclude_defaults=True),
    }


def _found(row: Row[tuple[str]] | None, identifier: str) -> Night:
    if row is None:
        raise NotFound("night", identifier)
    return _read(row)


def _read(row: Row[tuple[str]]) -> Night:
    return Night.model_validate_json(row.body)
