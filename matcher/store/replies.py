"""Idempotency keys: the first answer to a request, kept so that a repeated one is not done again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from matcher.store.tables import idempotency

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Reply:
    """What a key was used for; `status` None while the first request is still at work."""

    request_hash: str
    status: int | None
    headers: dict[str, str]
    body: bytes


def reserve(
    connection: Connection, key_id: str, key: str, network: str | None, request_hash: str, now: datetime
) -> Reply | None:
    """Take a key for a request; None when it was free, else what it was used for."""
    connection.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT))
    found = connection.execute(
        select(idempotency).where(idempotency.c.key_id == key_id, idempotency.c.key == key)
    ).first()
    if found is not None:
        return Reply(found.request_hash, found.status, json.loads(found.headers or "{}"), found.body or b"")
    row = {
        "key_id": key_id,
        "key": key,
        "network_id": network,
        "request_hash": request_hash,
        "created_at": now,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(idempotency).values(row))
    except IntegrityError:  # another request took it in this very moment
        return Reply(request_hash, None, {}, b"")
    return None


def keep(
    connection: Connection, key_id: str, key: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep the answer."""
    connection.execute(
        update(idempotency)
        .where(idempotency.c.key_id == key_id, idempotency.c.key == key)
        .values(status=status, headers=json.dumps(headers), body=body)
    )


def release(connection: Connection, key_id: str, key: str) -> None:
    """Give a key back, because its request changed nothing."""
    connection.execute(delete(idempotency).where(idempotency.c.key_id == key_id, idempotency.c.key == key))
