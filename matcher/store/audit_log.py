"""The audit log: rows are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from matcher.store.ids import new_id
from matcher.store.tables import audit_log


@dataclass(frozen=True)
class Entry:
    """One row. `actor`: the id of a key; `action`: the method of the request; `status` None: it was asked."""

    id: str
    network: str | None
    at: datetime
    actor: str
    action: str
    path: str
    request: str
    status: int | None
    before: str | None
    after: str | None


def add_entry(
    connection: Connection,
    network: str | None,
    at: datetime,
    actor: str,
    action: str,
    path: str,
    request: str,
    *,
    status: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Add a row."""
    connection.execute(
        insert(audit_log).values(
            id=new_id("log"), network_id=network, at=at, actor=actor, action=action, path=path[:500],
            request=request, status=status, before=before, after=after,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class EntryFilter:
    """Which rows: of one actor, one request, one thing and what lies below it, not before, before."""

    actor: str | None = None
    request: str | None = None
    path: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    connection: Connection, network: str, wanted: EntryFilter, below: str, most: int
) -> list[Entry]:
    """Up to `most` rows of a network, the newest first, with ids below `below` (empty: all)."""
    columns = audit_log.c
    query = select(audit_log).where(columns.network_id == network)
    if wanted.actor is not None:
        query = query.where(columns.actor == wanted.actor)
    if wanted.request is not None:
        query = query.where(columns.request == wanted.request)
    if wanted.path is not None:
        below_it = columns.path.startswith(wanted.path.rstrip("/") + "/", autoescape=True)
        query = query.where((columns.path == wanted.path) | below_it)
    if wanted.since is not None:
        query = query.where(columns.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.at < wanted.until)
    if below:
        query = query.where(columns.id < below)
    return [_read(row) for row in connection.execute(query.order_by(columns.id.desc()).limit(most))]


def _read(row: Row[Any]) -> Entry:
    found = dict(row._mapping)
    found["network"] = found.pop("network_id")
    return Entry(**found)
