"""The web: sessions, departures; the search index holds folded words and is derived anew in the background."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Instant = sa.BigInteger
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _sessions()
    _departures()
    if op.get_bind().dialect.name == "sqlite":
        _search_sqlite()
    else:
        _search_postgres()
    op.execute("DELETE FROM post_text")
    op.execute("UPDATE post SET text_at = NULL WHERE text_at IS NOT NULL")


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", Id, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("hash", name=op.f("uq_session_hash")),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)


def _departures() -> None:
    op.create_table(
        "departure",
        sa.Column("id", Id, nullable=False),
        sa.Column("subscription_id", Id, nullable=False),
        sa.Column("roles", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_departure_subscription_id_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
    )
    op.create_index(op.f("ix_departure_subscription_id"), "departure", ["subscription_id"], unique=False)


def _search_sqlite() -> None:
    # Without content: the words are folded before they come here, so the index could not be read back from post_text.
    op.execute("DROP TABLE post_search")
    op.execute(
        "CREATE VIRTUAL TABLE post_search USING fts5 (place, subject, author, own, quoted, content='',"
        ' tokenize="unicode61 remove_diacritics 0")'
    )


def _search_postgres() -> None:
    op.execute("ALTER TABLE post_text DROP COLUMN search")
    op.execute("DROP FUNCTION listserv_fold(text)")
    op.execute("ALTER TABLE post_text ADD COLUMN search tsvector")
    op.execute("CREATE INDEX ix_post_text_search ON post_text USING gin (search)")
