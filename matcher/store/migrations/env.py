"""Alembic's entry: migrations run inside the connection, and so the transaction, that they are given."""

from __future__ import annotations

from alembic import context

from matcher.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
