"""What people answer to invitations, what came in by mail, and what has to be repaired because of it."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from matcher.store.tables.base import id_type, metadata, of_network, state_check
from matcher.store.types import Instant

MESSAGE_KINDS = ("reply", "counter", "refresh", "bounce", "other")


def _of_session() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["network_id", "session"], ["sessions.network_id", "sessions.id"], ondelete="CASCADE"
    )


def _of_member() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["network_id", "member"], ["members.network_id", "members.id"], ondelete="CASCADE"
    )


inbox = Table(
    "inbox",
    metadata,
    Column("id", id_type(40), primary_key=True),
    Column("network_id", id_type()),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("source", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reason", String(30)),
    Column("message_id", String(255)),
    Column("sender", String(254)),
    Column("uid", String(255)),
    Column("session", id_type()),
    Column("member", id_type()),
    Column("received_at", Instant, nullable=False),
    Column("seen", Integer, nullable=False, server_default="1"),
    of_network(),
    state_check("source", ("http", "maildir", "smtp")),
    state_check("kind", MESSAGE_KINDS),
    state_check("outcome", ("done", "ignored")),
    CheckConstraint("(outcome = 'ignored') = (reason IS NOT NULL)", name="reason"),
    Index(None, "network_id", "id"),
)
"""Every message that came in: what it was and what was done, never its text. `fingerprint` names its content,
so that the same one does nothing twice; `seen` counts how often it came. Without a network: nothing in it
says whose it is."""

attendance = Table(
    "attendance",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("session", id_type(), primary_key=True),
    Column("member", id_type(), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("stamped_at", Instant, nullable=False),
    Column("answered_at", Instant, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    _of_session(),
    _of_member(),
    state_check("state", ("accepted", "declined", "tentative")),
    Index(None, "network_id", "member"),
)
"""The latest answer of each person to each session, and the time that it is about: when the session moves, it
holds no more. `stamped_at` is the DTSTAMP of the answer."""

proposals = Table(
    "proposals",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("session", id_type(), nullable=False),
    Column("member", id_type(), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("state", String(10), nullable=False),
    Column("stamped_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("decided_at", Instant),
    _of_session(),
    _of_member(),
    state_check("state", ("open", "taken", "refused", "overtaken")),
    CheckConstraint('"end" > start', name="ends_after_start"),
    Index(None, "network_id", "session", "member"),
)
"""Other times for sessions that people proposed (COUNTER); a later one of the same person takes the place of
one that is open."""

repairs = Table(
    "repairs",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("session", id_type(), nullable=False),
    Column("member", id_type(), nullable=False),
    Column("role", String(10)),
    Column("needed", Integer),
    Column("coming", Integer),
    Column("start", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_because", Text),
    _of_session(),
    _of_member(),
    state_check("kind", ("turn", "quorum")),
    state_check("state", ("open", "closed")),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    Index(
        "uq_repairs_open",
        "network_id",
        "session",
        "kind",
        "member",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
"""What answers broke: a turn that its person declined, a session that fewer than its quorum come to (`member`
is then who declined last)."""

soft_bounces = Table(
    "soft_bounces",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("address", id_type(254), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    of_network(),
)
"""Failures of delivery that may pass, counted by address, in lower case."""
