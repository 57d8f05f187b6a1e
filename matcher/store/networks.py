"""Networks: made, read, changed, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from matcher.domain.policy import Policy
from matcher.domain.settings import NetworkSettings
from matcher.store.errors import Conflict, NotFound, Stale
from matcher.store.policies import add_version
from matcher.store.tables import networks


@dataclass(frozen=True)
class NetworkRow:
    """One network, without its parts."""

    id: str
    name: str
    settings: NetworkSettings
    version: int
    created_at: datetime
    changed_at: datetime


def add_network(
    connection: Connection, identifier: str, name: str, settings: NetworkSettings, now: datetime
) -> NetworkRow:
    """Make a network, with a default policy. Raises `Conflict` when its id is taken."""
    row = {
        "id": identifier,
        "name": name,
        "settings": settings.model_dump_json(exclude_defaults=True),
        "created_at": now,
        "changed_at": now,
    }
    try:
        connection.execute(insert(networks).values(row))
    except IntegrityError:
        raise Conflict(f"A network {identifier!r} exists already: choose another id.") from None
    add_version(connection, identifier, Policy(id="default"), now)
    return NetworkRow(identifier, name, settings, 1, now, now)


def lock_network(connection: Connection, identifier: str) -> NetworkRow:
    """A network that no other transaction which asks for this changes meanwhile, so that what was checked
    against it still holds when it is stored. Raises `NotFound`."""
    query = select(networks).where(networks.c.id == identifier).with_for_update(key_share=True)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("network", identifier)
    return _read(row)


def find_network(connection: Connection, identifier: str) -> NetworkRow:
    """One network. Raises `NotFound`."""
    row = connection.execute(select(networks).where(networks.c.id == identifier)).first()
    if row is None:
        raise NotFound("network", identifier)
    return _read(row)


def has_network(connection: Connection, identifier: str) -> bool:
    """Whether a network is there."""
    query = select(networks.c.id).where(networks.c.id == identifier)
    return connection.execute(query).first() is not None


def list_networks(connection: Connection, after: str, most: int) -> list[NetworkRow]:
    """Up to `most` networks with ids above `after`, by id."""
    query = select(networks).where(networks.c.id > after).order_by(networks.c.id).limit(most)
    return [_read(row) for row in connection.execute(query)]


def change_network(
    connection: Connection,
    identifier: str,
    name: str,
    settings: NetworkSettings,
    now: datetime,
    version: int | None = None,
) -> NetworkRow:
    """Rename a network, or set its settings. `version`: the one that was read, None for any. Raises
    `NotFound`, `Stale`."""
    found = find_network(connection, identifier)
    if version is not None and found.version != version:
        raise Stale("network", identifier, found.version)
    values = {
        "name": name,
        "settings": settings.model_dump_json(exclude_defaults=True),
        "version": found.version + 1,
        "changed_at": now,
    }
    done = connection.execute(
        update(networks)
        .where(networks.c.id == identifier, networks.c.version == found.version)
        .values(values)
    )
    if not done.rowcount:
        raise Stale("network", identifier, found.version + 1)
    return NetworkRow(identifier, name, settings, found.version + 1, found.created_at, now)


def remove_network(connection: Connection, identifier: str) -> None:
    """Remove a network with everything in it. Raises `NotFound`."""
    if not connection.execute(delete(networks).where(networks.c.id == identifier)).rowcount:
        raise NotFound("network", identifier)


def _read(row: Row[tuple[str, str, str, int, datetime, datetime]]) -> NetworkRow:
    settings = NetworkSettings.model_validate_json(row.settings)
    return NetworkRow(row.id, row.name, settings, row.version, row.created_at, row.changed_at)
