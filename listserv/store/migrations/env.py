"""Run by Alembic with the connection that `store.migrate` hands over; there is no other way in."""

from __future__ import annotations

from alembic import context

from listserv.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
