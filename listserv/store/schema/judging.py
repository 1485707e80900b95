"""Posts that wait for a moderator, and every decision."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from listserv.store.schema.types import Id, Instant, id_column, metadata

held_posts = Table(
    "held",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False, index=True),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    Column("return_path", Text, nullable=False, server_default=""),
    Column("recipient", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    # Who is thought to have written it, where the address does not say.
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("held_at", Instant, nullable=False),
    Column("expires_at", Instant),
    # A newsletter that its editor has given a time to goes out then.
    Column("release_at", Instant),
    Column("decided_at", Instant),
    UniqueConstraint("list_id", "message_id"),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected', 'discarded', 'expired', 'withdrawn')", name="state"),
    # Who reads that 17 waits decides about 17 later: a number that was forgotten is not given to another.
    sqlite_autoincrement=True,
)
# What the clock looks at every 20 seconds: the posts that wait, and what people decided of late.
Index(
    "ix_held_waiting",
    held_posts.c.list_id,
    held_posts.c.held_at,
    sqlite_where=held_posts.c.state == "waiting",
    postgresql_where=held_posts.c.state == "waiting",
)

decisions = Table(
    "decision",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("message_id", Id, ForeignKey("message.id"), index=True),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)
Index(
    "ix_decision_by_people",
    decisions.c.at,
    sqlite_where=decisions.c.actor != "",
    postgresql_where=decisions.c.actor != "",
)
