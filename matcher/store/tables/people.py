"""Networks, the parts of their headers, their members, and the pairs that ended or run."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from matcher.store.tables.base import id_type, metadata, of_network, state_check
from matcher.store.types import Instant

networks = Table(
    "networks",
    metadata,
    Column("id", id_type(), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)


def _part(name: str, *more: Column[object] | ForeignKeyConstraint) -> Table:
    """A part of a network's header: one document a row, in the order of the list that it stands in."""
    return Table(
        name,
        metadata,
        Column("network_id", id_type(), primary_key=True),
        Column("id", id_type(), primary_key=True),
        Column("position", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("version", Integer, nullable=False, server_default="1"),
        Column("changed_at", Instant, nullable=False),
        of_network(),
        *more,
    )


organizations = _part("organizations")
skills = _part("skills")
problems = _part("problems")
circles = _part("circles")
forums = _part("forums")
running_pods = _part("running_pods")
ended_pods = _part("ended_pods")
running_rounds = _part("running_rounds")
ended_rounds = _part("ended_rounds")
programs = _part("programs")

policies = Table(
    "policies",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    of_network(),
    CheckConstraint("version >= 1", name="version"),
)

members = Table(
    "members",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("organization", id_type(), nullable=False),
    Column("unit", id_type()),
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("name_key", id_type(600), nullable=False),
    Column("email_key", id_type(762)),
    Column("status", String(10), nullable=False),
    Column("channel", String(10)),
    Column("notices", String(10)),
    Column("channel_switches", Integer, nullable=False, server_default="0"),
    Column("channel_changed_at", Instant),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", Instant, nullable=False),
    of_network(),
    ForeignKeyConstraint(["network_id", "organization"], ["organizations.network_id", "organizations.id"]),
    state_check("status", ("active", "left")),
    state_check("channel", ("invites", "feed")),
    state_check("notices", ("turns", "all", "daily", "weekly")),
    Index(None, "network_id", "organization", "id"),
    Index(None, "network_id", "status", "id"),
    Index(None, "network_id", "position"),
    Index(None, "network_id", "name_key", "id"),
    Index(None, "network_id", "email_key", "id"),
)
"""`name_key` and `email_key` are casefolded, which may make three letters of one: what searches compare.
`channel` is empty, which means the network's, until the first session of the member is published or somebody
sets it; `notices` is empty where nobody chose. `channel_switches` counts its changes."""

ended_pairs = Table(
    "ended_pairs",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("learner", id_type(), nullable=False),
    Column("guide", id_type(), nullable=False),
    Column("program", id_type()),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["network_id", "learner"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["network_id", "guide"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    CheckConstraint("learner <> guide", name="two_people"),
    Index(None, "network_id", "learner"),
    Index(None, "network_id", "guide"),
)

running_pairs = Table(
    "running_pairs",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("learner", id_type(), primary_key=True),
    Column("guide", id_type(), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("program", id_type()),
    Column("plan", id_type()),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["network_id", "learner"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["network_id", "guide"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    CheckConstraint("learner <> guide", name="two_people"),
    Index(None, "network_id", "guide"),
)
