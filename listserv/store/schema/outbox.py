"""What is to leave, and what could not."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from listserv.store.schema.types import Id, Instant, id_column, metadata

deliveries = Table(
    "delivery",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),
    Column("list_id", Id, ForeignKey("list.id")),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    # A notice or digest of ours carries its own octets; a post's copies are made from the archive at claim time.
    Column("content_id", Id, ForeignKey("content.id")),
    Column("return_path", Text, nullable=False, server_default=""),
    Column("to_address", Text),
    # Packed 64-bit subscription ids (store.outbox packs them), frozen at acceptance. A chunk is worked through in
    # order by one connection, so the first `done` of them are settled; exceptions get delivery rows of their own.
    Column("recipients", LargeBinary),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    # Who goes first of what is due: each chunk of a mail a little later than the one before it, so that a large mail
    # does not keep everybody waiting, and what was given back behind what waits by then.
    Column("turn_at", Instant, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('waiting', 'done', 'dropped')", name="state"),
    # The whole order of a claim, so that it takes the first free one, however many wait.
    Index("ix_delivery_turn", "state", "turn_at", "fence", "id"),
)

# Mail of our own about a list, for who must take words out of it again.
Index(
    "ix_delivery_content",
    deliveries.c.list_id,
    deliveries.c.created_at,
    sqlite_where=deliveries.c.content_id.is_not(None),
    postgresql_where=deliveries.c.content_id.is_not(None),
)

# Only the exceptions: a copy the relay refused for good, or that did not leave in five days.
failures = Table(
    "failure",
    metadata,
    id_column(),
    Column("delivery_id", Id, ForeignKey("delivery.id"), nullable=False, index=True),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    Column("subscription_id", Id, ForeignKey("subscription.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("reply", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    CheckConstraint("kind IN ('refused', 'expired')", name="kind"),
)

# What reports have said of an address: at most one row an address, kind and day counts.
bounces = Table(
    "bounce",
    metadata,
    id_column(),
    Column("address_id", Id, ForeignKey("address.id"), nullable=False, index=True),
    Column("subscription_id", Id, ForeignKey("subscription.id"), index=True),
    Column("list_id", Id, ForeignKey("list.id")),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=""),
    Column("diagnostic", Text, nullable=False, server_default=""),
    Column("day", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("address_id", "kind", "day"),
    CheckConstraint("kind IN ('hard', 'soft', 'delayed', 'content', 'complaint')", name="kind"),
)
