"""Sessions, feeds and mails."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from matcher.store.tables.base import family_column, id_type, metadata, of_network, state_check
from matcher.store.types import Instant


def _subject(*, primary_key: bool = False) -> Iterator[Column[str] | Constraint]:
    """What a feed is about (`matcher.domain.feed.Subject`). `member`, `organization` and `program` repeat it,
    so that the row goes with them."""
    yield Column("scope", String(12), primary_key=primary_key, nullable=False)
    yield Column("subject", id_type(700), primary_key=primary_key, nullable=False)
    for name, table in (("member", "members"), ("organization", "organizations"), ("program", "programs")):
        yield Column(name, id_type())
        yield ForeignKeyConstraint(
            ["network_id", name], [f"{table}.network_id", f"{table}.id"], ondelete="CASCADE"
        )
    yield state_check("scope", ("member", "group", "organization", "program"))


sessions = Table(
    "sessions",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(), primary_key=True),
    Column("uid", String(255), nullable=False),
    Column("plan", id_type(40), nullable=False),
    Column("program", id_type(), nullable=False),
    Column("cycle", id_type(), nullable=False),
    family_column(),
    Column("kind", String(20), nullable=False),
    Column("key", id_type(), nullable=False),
    Column("second", id_type(), nullable=False, server_default=""),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("state", String(10), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("network_id", "uid"),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    state_check("state", ("scheduled", "cancelled")),
    CheckConstraint('"end" > start', name="ends_after_start"),
    CheckConstraint("sequence >= 0", name="sequence"),
    Index(None, "network_id", "plan"),
    Index(None, "network_id", "start", "id"),
    Index(None, "network_id", "program", "cycle", "family", "kind"),
    Index(None, "network_id", "program", "family", "key"),
)
"""`key` and `second` name the series, as in `plan_series`."""

session_people = Table(
    "session_people",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("session", id_type(), primary_key=True),
    Column("member", id_type(), primary_key=True),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["network_id", "session"], ["sessions.network_id", "sessions.id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(["network_id", "member"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    Index(None, "network_id", "member"),
)
"""Who knows of which session since when: those who attend it, and those who left it."""

unscheduled = Table(
    "unscheduled",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    *_subject(),
    Column("language", String(40)),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("accessed_at", Instant),
    Column("accesses", Integer, nullable=False, server_default="0"),
    Column("rendered_from", String(80)),
    Column("etag", String(80)),
    Column("modified_at", Instant),
    Column("fresh_until", Instant),
    of_network(),
    Index(None, "network_id", "scope", "subject"),
    Index(None, "network_id", "member"),
)
"""The ETag belongs to the versions in `rendered_from` (contents, who or what it is about, network), until
`fresh_until`, when a cancelled session leaves the feed by itself. `modified_at` are whole seconds, and grow
with every new ETag."""

feed_contents = Table(
    "feed_contents",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    *_subject(primary_key=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", Instant, nullable=False),
    of_network(),
    Index(None, "network_id", "member"),
)
"""One row a subject that has feeds: `version` grows in the transaction that changes their sessions."""

busy_sources = Table(
    "busy_sources",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("member", id_type(), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("host", String(255), nullable=False, server_default=""),
    Column("sealed", Text),
    Column("intervals", Text, nullable=False, server_default="[]"),
    Column("count", Integer, nullable=False, server_default="0"),
    Column("report", Text, nullable=False, server_default="{}"),
    Column("etag", String(200)),
    Column("last_modified", String(200)),
    Column("content", String(80)),
    Column("problem", String(40)),
    Column("detail", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("worked_out_at", Instant),
    Column("tried_at", Instant),
    Column("due_at", Instant),
    ForeignKeyConstraint(["network_id", "member"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    state_check("kind", ("file", "address", "caldav")),
    CheckConstraint("(kind = 'file') = (sealed IS NULL)", name="sealed"),
    Index(None, "network_id", "member"),
    Index(None, "due_at"),
    Index(
        "uq_busy_sources_file",
        "network_id",
        "member",
        unique=True,
        sqlite_where=text("kind = 'file'"),
        postgresql_where=text("kind = 'file'"),
    ),
)
"""Calendars from which members' taken times are read. `intervals` are the times, JSON as in documents, of the
last reading that succeeded; `sealed` is the address. `content` tells of which bytes and zone they were worked
out, at `worked_out_at`, and `problem` is the code of what has been wrong since."""

MAIL_STATES = ("held", "sending", "sent", "failed", "withdrawn")

outbox = Table(
    "outbox",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("member", id_type(), nullable=False),
    Column("uid", String(255)),
    Column("sequence", Integer),
    Column("plan", id_type(40)),
    Column("message_id", String(255), nullable=False),
    Column("starts_at", Instant),
    Column("recipient", String(254)),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(200)),
    Column("claimed_until", Instant),
    Column("sent_at", Instant),
    Column("problem", Text),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("network_id", "message_id"),
    of_network(),
    ForeignKeyConstraint(["network_id", "member"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    state_check("state", MAIL_STATES),
    Index(None, "state", "due_at"),
    Index(None, "network_id", "uid", "member"),
    Index(None, "network_id", "member", "sent_at"),
)
"""Mails in waiting, each once: the Message-ID names session, sequence, method and person. `body` is what the
mail is made from when its turn comes."""

suppressions = Table(
    "suppressions",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("address", id_type(254), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    of_network(),
)
"""Addresses that a mail server refused for good, in lower case."""
