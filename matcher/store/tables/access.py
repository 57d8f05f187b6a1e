"""API keys, and the answers kept for repeated requests."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from matcher.store.tables.base import id_type, metadata, of_network, state_check
from matcher.store.types import Instant

KEY_ACCESS = ("write", "read")

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", id_type(), primary_key=True),
    Column("network_id", id_type()),
    Column("name", String(200), nullable=False),
    Column("access", String(10), nullable=False, server_default="write"),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
    of_network(),
    state_check("access", KEY_ACCESS),
)
"""Keys without a network are the installation's: they may create networks and act on any of them. Those with
`access` "read" change nothing."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key_id", id_type(), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("network_id", id_type()),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
    Column("created_at", Instant, nullable=False),
    of_network(),
)
