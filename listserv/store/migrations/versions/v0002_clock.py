"""The clock: what became of a run and what it covered; deadlines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Instant = sa.BigInteger
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("schedule_run", sa.Column("outcome", sa.Text(), server_default="sent", nullable=False))
    op.add_column("schedule_run", sa.Column("covers_until", Instant(), nullable=True))
    op.create_index("ix_schedule_run_covered", "schedule_run", ["kind", "subject", "covers_until"], unique=False)
    op.create_table(
        "deadline",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=True),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.Column("distances", sa.Text(), nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_deadline_created_by_person")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_deadline_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    op.create_index(op.f("ix_deadline_created_by"), "deadline", ["created_by"], unique=False)
    op.create_index("ix_deadline_day", "deadline", ["list_id", "day"], unique=False)
    readers = sa.text("digest != 'none' AND left_at IS NULL")
    op.create_index(
        "ix_subscription_digest",
        "subscription",
        ["list_id", "digest"],
        unique=False,
        sqlite_where=readers,
        postgresql_where=readers,
    )
