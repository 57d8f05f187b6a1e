"""Snapshots, jobs, plans and what people decide about them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from matcher.store.tables.base import family_column, id_type, metadata, of_network, state_check
from matcher.store.types import Instant


def _snapshot(column: str) -> ForeignKeyConstraint:
    """A reference to a snapshot, checked when the transaction ends: a network goes with all its rows at once,
    in whatever order the database removes them."""
    return ForeignKeyConstraint(
        ["network_id", column],
        ["snapshots.network_id", "snapshots.sha256"],
        deferrable=True,
        initially="DEFERRED",
    )


snapshots = Table(
    "snapshots",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("base", String(64)),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    of_network(),
    _snapshot("base"),
)
"""Whole networks as they were when something was solved: gzipped JSON Lines, and the hash of the lines.

One with a `base` holds its first line only, the header: its people are those of the base."""

JOB_STATES = ("queued", "running", "done", "failed", "cancelled")

jobs = Table(
    "jobs",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("program", id_type()),
    Column("request", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("owner", String(200)),
    Column("heartbeat_at", Instant),
    Column("cancel", String(10)),
    Column("progress", Text, nullable=False, server_default="{}"),
    Column("progress_number", Integer, nullable=False, server_default="0"),
    Column("result", Text),
    Column("problem", Text),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    of_network(),
    state_check("state", JOB_STATES),
    state_check("cancel", ("drop", "keep")),
    CheckConstraint("(state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
    Index(None, "state", "created_at"),
    Index(None, "network_id", "created_at", "id"),
    Index(
        "uq_jobs_running",
        "network_id",
        "program",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)
"""`fence` grows with every claim: only the latest owner's word counts. `cancel` says whether to keep what was
found. At most one job of a program runs at a time; those without a program wait for nobody."""

PLAN_STATES = ("proposed", "approved", "published", "superseded", "retracted", "discarded")

plans = Table(
    "plans",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("id", id_type(40), primary_key=True),
    Column("program", id_type(), nullable=False),
    Column("cycle", id_type(), nullable=False),
    family_column(),
    Column("kind", String(20), nullable=False, server_default=""),
    Column("policy", id_type(), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", String(12), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("summary", Text, nullable=False, server_default="{}"),
    Column("snapshot", String(64), nullable=False),
    Column("job", id_type(40)),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("published_at", Instant),
    of_network(),
    _snapshot("snapshot"),
    state_check("state", PLAN_STATES),
    Index(None, "network_id", "created_at", "id"),
    Index(
        "uq_plans_published",
        "network_id",
        "program",
        "cycle",
        "family",
        "kind",
        unique=True,
        sqlite_where=text("state = 'published'"),
        postgresql_where=text("state = 'published'"),
    ),
)

plan_documents = Table(
    "plan_documents",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("snapshot", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sessions", LargeBinary),
    Column("around", LargeBinary),
    Column("job", id_type(40)),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    _snapshot("snapshot"),
)
"""The result of each revision, gzipped JSON, the document that it was made from, the sessions of other plans
that it was made around, and what else of the world (`matcher.planning.around`), gzipped JSON too, and the job
that made it; a plan's own revision is its latest."""

plan_series = Table(
    "plan_series",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("key", id_type(), primary_key=True),
    Column("second", id_type(), primary_key=True, server_default=""),
    Column("points", Integer, nullable=False),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
)
"""What each plan's latest revision forms: pairs (`key` is the learner, `second` the guide) or groups (`key`
is the group's id, `second` is empty)."""

plan_seats = Table(
    "plan_seats",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("member", id_type(), primary_key=True),
    Column("key", id_type(), primary_key=True),
    Column("second", id_type(), primary_key=True, server_default=""),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["network_id", "member"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    Index(None, "network_id", "member"),
)
"""Who is in which of them."""

PLAN_PARTS = (
    *("unmatched", "idle", "changes", "left_out", "unplaced", "not_run", "rounds", "people"),
    *("turns", "ledgers", "shares", "no_time", "open_turns", "modes"),
)

plan_rows = Table(
    "plan_rows",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("part", String(10), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    state_check("part", PLAN_PARTS),
)
"""The other lists of each plan's latest revision, row by row, so that pages need not read the document."""

publications = Table(
    "publications",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
)
"""What each plan's publication replaced, gzipped JSON, so that it can be taken back."""

plan_edits = Table(
    "plan_edits",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
)
"""What was pinned, forbidden or swapped by hand; `revision` is the first one that holds it."""

acceptances = Table(
    "acceptances",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("plan", id_type(40), primary_key=True),
    Column("key", id_type(), primary_key=True),
    Column("second", id_type(), primary_key=True, server_default=""),
    Column("member", id_type(), primary_key=True),
    Column("id", id_type(40), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("reminded_at", Instant),
    Column("answered_at", Instant),
    Column("note", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    state_check("state", ("open", "yes", "no", "expired")),
    Index(None, "state", "deadline"),
)
"""What each member of each new pair or group of an approved plan was asked, and said; keys as in
`plan_series`. `id` stands in the link."""

closed_cycles = Table(
    "closed_cycles",
    metadata,
    Column("network_id", id_type(), primary_key=True),
    Column("program", id_type(), primary_key=True),
    Column("cycle", id_type(), primary_key=True),
    Column("plan", id_type(40), nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
    of_network(),
)
"""Cycles whose turns stand in the ledgers of members; `body` says what each member got, as JSON."""

turn_offers = Table(
    "turn_offers",
    metadata,
    Column("id", id_type(40), primary_key=True),
    Column("network_id", id_type(), nullable=False),
    Column("plan", id_type(40), nullable=False),
    Column("turn", id_type(), nullable=False),
    Column("giver", id_type(), nullable=False),
    Column("other_turn", id_type()),
    Column("taker", id_type(), nullable=False),
    Column("state", String(10), nullable=False),
    Column("job", id_type(40)),
    Column("asked_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("answered_at", Instant),
    ForeignKeyConstraint(["network_id", "plan"], ["plans.network_id", "plans.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["network_id", "giver"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["network_id", "taker"], ["members.network_id", "members.id"], ondelete="CASCADE"),
    state_check("state", ("open", "yes", "no")),
    Index(None, "network_id", "plan", "turn"),
)
"""What people ask each other: that `taker` take `turn` of `giver`, who takes `other_turn` for it, if any.
Turns by their ids; `id` stands in the link."""
