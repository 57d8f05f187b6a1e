"""Nights: what the nightly run did with each program."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, text

from matcher.store.tables.base import id_type, metadata, of_network, state_check
from matcher.store.types import Instant

NIGHT_STATES = ("running", "done", "held", "failed")

nights = Table(
    "nights",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("program", id_type(), nullable=False),
    Column("date", String(10), nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("body", Text, nullable=False),
    of_network(),
    state_check("state", NIGHT_STATES),
    Index(None, "network_id", "program", "id"),
    Index(
        "uq_nights_running",
        "network_id",
        "program",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)
"""One night of one program; at most one of a program runs at a time. `body` is a `matcher.domain.night.Night`
as JSON; `date` the day that it belongs to, in the network's zone."""
