"""The first schema: the tables as they stand, until the first release freezes them here."""

from __future__ import annotations

from alembic import op

from matcher.store.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Back to an empty database."""
    metadata.drop_all(op.get_bind())
