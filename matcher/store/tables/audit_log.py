"""The audit log: who changed what, before and after. Rows are only ever added."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from matcher.store.tables.base import id_type, metadata, of_network
from matcher.store.types import Instant

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", id_type(40), primary_key=True),
    Column("network_id", id_type()),
    Column("at", Instant, nullable=False),
    Column("actor", id_type(), nullable=False),
    Column("action", String(8), nullable=False),
    Column("path", String(500), nullable=False),
    Column("request", id_type(40), nullable=False),
    Column("status", Integer),
    Column("before", Text),
    Column("after", Text),
    of_network(),
    Index(None, "network_id", "id"),
    Index(None, "network_id", "path", "id"),
)
"""A change asked over HTTP has two rows with one `request`: what is asked, with what was there `before`, and
what came of it, with its `status` and what is there `after`. One that was cut off has the first only."""
