"""API keys: made, shown once, found by their hash, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from matcher.store.errors import NotFound
from matcher.store.ids import new_id, new_secret, secret_hash
from matcher.store.tables import api_keys

Access = Literal["write", "read"]
PREFIX = "plk_"
USED_EVERY = timedelta(hours=1)
"""Uses are noted this often at most, so that reading writes nothing as a rule."""


@dataclass(frozen=True)
class Key:
    """One key; `network` None: the installation's own, which may act on every network. With `access` "read"
    it changes nothing."""

    id: str
    network: str | None
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    access: Access = "write"


def add_key(
    connection: Connection,
    network: str | None,
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
    access: Access = "write",
) -> tuple[Key, str]:
    """Make a key. The second value is its secret, which cannot be shown again."""
    key = Key(new_id("key"), network, name, now, expires_at, None, None, access)
    secret = new_secret(PREFIX)
    connection.execute(
        insert(api_keys).values(
            id=key.id,
            network_id=network,
            name=name,
            access=access,
            secret_hash=secret_hash(secret),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return key, secret


def key_of(connection: Connection, secret: str, now: datetime) -> Key | None:
    """The key that a secret opens; None when there is none, or it is revoked or expired."""
    row = connection.execute(select(api_keys).where(api_keys.c.secret_hash == secret_hash(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return _read(row)


def note_use(connection: Connection, key: Key, now: datetime) -> None:
    """Remember when a key was last used."""
    connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(used_at=now))


def use_is_due(key: Key, now: datetime) -> bool:
    """Whether the last noted use is old enough to be noted again."""
    return key.used_at is None or now - key.used_at >= USED_EVERY


def list_keys(connection: Connection, network: str | None = None) -> list[Key]:
    """All keys, or those of one network, the oldest first."""
    query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
    if network is not None:
        query = query.where(api_keys.c.network_id == network)
    return [_read(row) for row in connection.execute(query)]


def rotate_key(connection: Connection, identifier: str, now: datetime, until: datetime) -> tuple[Key, str]:
    """Make a key that opens what another one does, which ends at `until`, or before if it would have. Raises
    `NotFound` for one that opens nothing any more."""
    row = connection.execute(select(api_keys).where(api_keys.c.id == identifier)).first()
    old = _read(row) if row is not None else None
    if old is None or old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise NotFound("key", identifier)
    lasted = old.expires_at - old.created_at if old.expires_at is not None else None
    made = add_key(connection, old.network, old.name, now, now + lasted if lasted else None, old.access)
    ends = until if old.expires_at is None else min(until, old.expires_at)
    connection.execute(update(api_keys).where(api_keys.c.id == identifier).values(expires_at=ends))
    return made


def revoke_key(connection: Connection, identifier: str, now: datetime) -> None:
    """Make a key open nothing any more. Raises `NotFound`."""
    done = connection.execute(
        update(api_keys)
        .where(api_keys.c.id == identifier, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if not done.rowcount:
        raise NotFound("key", identifier)


def _read(row: Row[Any]) -> Key:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    del found["secret_hash"]
    return Key(**found)
