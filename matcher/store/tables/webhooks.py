"""Webhooks: who is told of what happens, and what is on its way to them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, String, Table, Text, UniqueConstraint

from matcher.store.tables.base import id_type, metadata, of_network, state_check
from matcher.store.types import Instant

DELIVERY_STATES = ("waiting", "sending", "delivered", "failed")

webhooks = Table(
    "webhooks",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("problem", Text),
    of_network(),
)
"""`sealed` holds address and secret (`matcher.store.seal`); `events` the names wanted, as JSON. `problem`
says why it is disabled."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("webhook", id_type(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("claimed_until", Instant),
    Column("status", Integer),
    Column("problem", Text),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    ForeignKeyConstraint(
        ["network_id", "webhook"], ["webhooks.network_id", "webhooks.id"], ondelete="CASCADE"
    ),
    of_network(),
    UniqueConstraint("network_id", "webhook", "key"),
    state_check("state", DELIVERY_STATES),
    Index(None, "state", "due_at"),
)
"""One message to one webhook; `id` is its webhook-id, the same in every try. `key` names what happened, so
that it is told once; `status` is the last answer's."""
