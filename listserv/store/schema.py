"""The tables: the walls of the data. SQLAlchemy Core only; Alembic's migrations build the same thing step by step.

Times are UTC, kept as integers (microseconds since 1970) so that both engines compare and index them alike.
Octets live once in `content`; everything else refers to it. An address is kept in one place only (`address`), apart
from what a message itself says and an envelope in transit needs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (at - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return EPOCH + micros * MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as integer microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


# SQLite gives row numbers only to INTEGER PRIMARY KEY; PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True)


# --- networks, people, lists ---------------------------------------------------------------------------------------

networks = Table(
    "network",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("created_at", Instant, nullable=False),
)

persons = Table(
    "person",
    metadata,
    _id(),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
)

addresses = Table(
    "address",
    metadata,
    _id(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("verified_at", Instant),
    Column("created_at", Instant, nullable=False),
)

lists = Table(
    "list",
    metadata,
    _id(),
    Column("network_id", Id, ForeignKey("network.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("settings", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("archived_at", Instant),
    UniqueConstraint("name", "domain"),
)

subscriptions = Table(
    "subscription",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("address_id", Id, ForeignKey("address.id"), nullable=False, index=True),
    Column("delivery", Text, nullable=False, server_default="each"),
    Column("digest", Text, nullable=False, server_default="none"),
    Column("own_copy", Boolean, nullable=False, server_default="1"),
    Column("posts", Integer, nullable=False, server_default="0"),
    Column("school", Text, nullable=False, server_default=""),
    Column("level", Text, nullable=False, server_default=""),
    Column("until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("left_at", Instant),
    UniqueConstraint("list_id", "person_id"),
    CheckConstraint("delivery IN ('each', 'none')", name="delivery"),
    CheckConstraint("digest IN ('none', 'daily', 'weekly', 'monthly')", name="digest"),
)

# Who reads digests: the clock asks every 20 seconds.
Index(
    "ix_subscription_digest",
    subscriptions.c.list_id,
    subscriptions.c.digest,
    sqlite_where=(subscriptions.c.digest != "none") & subscriptions.c.left_at.is_(None),
    postgresql_where=(subscriptions.c.digest != "none") & subscriptions.c.left_at.is_(None),
)

roles = Table(
    "role",
    metadata,
    _id(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("network_id", Id, ForeignKey("network.id"), index=True),
    Column("role", Text, nullable=False),
    Column("host_id", Id, ForeignKey("person.id")),
    UniqueConstraint("person_id", "list_id", "network_id", "role"),
    CheckConstraint("(list_id IS NULL) <> (network_id IS NULL)", name="one_place"),
)

consents = Table(
    "consent",
    metadata,
    _id(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("act", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

bans = Table(
    "ban",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("network_id", Id, ForeignKey("network.id"), index=True),
    Column("address_key", Text, nullable=False, index=True),
    Column("until", Instant),
    Column("created_at", Instant, nullable=False),
)

# --- what was said -------------------------------------------------------------------------------------------------

contents = Table(
    "content",
    metadata,
    _id(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("octets", LargeBinary, nullable=False),
)

messages = Table(
    "message",
    metadata,
    _id(),
    Column("content_id", Id, ForeignKey("content.id"), nullable=False, unique=True),
    Column("size_octets", Integer, nullable=False),
    Column("msgid", Text, nullable=False, index=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("return_path", Text, nullable=False, server_default=""),
    Column("received_at", Instant, nullable=False),
)

threads = Table(
    "thread",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False, server_default=""),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("posts", Integer, nullable=False, server_default="0"),
    # The post whose answer was cut off to begin this thread; a post, not its thread, so that it stays right when that
    # thread is merged or split. No foreign key: posts refer here already.
    Column("continued_from", Id),
    Column("alias_of", Id, ForeignKey("thread.id"), index=True),
    Index("ix_thread_newest", "list_id", "last_at"),
)

posts = Table(
    "post",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False, index=True),
    Column("thread_id", Id, ForeignKey("thread.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("author_name", Text, nullable=False, server_default=""),
    Column("author_address", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    # What threading needs to know of the post, kept so that a thread can be worked out again without the octets.
    Column("node", Text, nullable=False),
    Column("date_at", Instant, nullable=False),
    Column("base_subject", Text, nullable=False, server_default=""),
    Column("is_reply", Boolean, nullable=False, server_default="0"),
    Column("quotes", Boolean),
    Column("thread_index", LargeBinary),
    Column("token_node", Text),
    # How it came to its thread: `mail.thread.Link`.
    Column("linked_by", Text, nullable=False, server_default="none"),
    # An archived post counts in the digest of the week it was archived in; an imported one at its own date.
    Column("counts_at", Instant, nullable=False),
    Column("archived_at", Instant, nullable=False),
    Column("quiet", Boolean, nullable=False, server_default="0"),
    Column("imported", Boolean, nullable=False, server_default="0"),
    Column("text_at", Instant),
    Column("taken_down_at", Instant),
    UniqueConstraint("list_id", "message_id"),
    CheckConstraint(
        "linked_by IN ('none', 'ids', 'below', 'cut', 'index', 'token', 'subject')",
        name="linked_by",
    ),
    Index("ix_post_node", "list_id", "node"),
    Index("ix_post_subject", "list_id", "base_subject", "date_at"),
    Index("ix_post_thread_index", "list_id", "thread_index"),
    Index("ix_post_counts", "list_id", "counts_at"),
)
Index(
    "ix_post_token",
    posts.c.list_id,
    posts.c.token_node,
    sqlite_where=posts.c.token_node.is_not(None),
    postgresql_where=posts.c.token_node.is_not(None),
)
Index(
    "ix_post_without_text",
    posts.c.id,
    sqlite_where=posts.c.text_at.is_(None),
    postgresql_where=posts.c.text_at.is_(None),
)

# Each id a post names, archived or not (a ghost), in the author's order: parent last.
post_references = Table(
    "post_reference",
    metadata,
    Column("post_id", Id, ForeignKey("post.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("list_id", Id, nullable=False),
    Column("node", Text, nullable=False),
    Index("ix_post_reference_node", "list_id", "node"),
)

post_texts = Table(
    "post_text",
    metadata,
    Column("post_id", Id, ForeignKey("post.id"), primary_key=True),
    Column("list_id", Id, nullable=False),
    Column("author", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("own", Text, nullable=False, server_default=""),
    Column("quoted", Text, nullable=False, server_default=""),
)

# --- judging -------------------------------------------------------------------------------------------------------

held_posts = Table(
    "held",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False, index=True),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    Column("return_path", Text, nullable=False, server_default=""),
    Column("recipient", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("held_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("decided_at", Instant),
    UniqueConstraint("list_id", "message_id"),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected', 'discarded', 'expired')", name="state"),
)

decisions = Table(
    "decision",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("message_id", Id, ForeignKey("message.id"), index=True),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)

# --- mail out ------------------------------------------------------------------------------------------------------

deliveries = Table(
    "delivery",
    metadata,
    _id(),
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
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('waiting', 'done', 'dropped')", name="state"),
    Index("ix_delivery_due", "state", "due_at"),
)

# Only the exceptions: a copy the relay refused for good, or that did not leave in five days.
failures = Table(
    "failure",
    metadata,
    _id(),
    Column("delivery_id", Id, ForeignKey("delivery.id"), nullable=False, index=True),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    Column("subscription_id", Id, ForeignKey("subscription.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("reply", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    CheckConstraint("kind IN ('refused', 'expired')", name="kind"),
)

# --- clock, tokens, secrets ----------------------------------------------------------------------------------------

schedule_runs = Table(
    "schedule_run",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    # What became of it, and up to when a digest of this kind has told this subject everything: the next one begins
    # there, also when the group's day or hour was changed in between.
    Column("outcome", Text, nullable=False, server_default="sent"),
    Column("covers_until", Instant),
    UniqueConstraint("kind", "subject", "period"),
    Index("ix_schedule_run_covered", "kind", "subject", "covers_until"),
)

deadlines = Table(
    "deadline",
    metadata,
    _id(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("title", Text, nullable=False),
    # The local day as YYYY-MM-DD, which sorts; `at` only where an hour of it was named.
    Column("day", Text, nullable=False),
    Column("at", Instant),
    Column("link", Text, nullable=False, server_default=""),
    # Days before it, nearest last: "7,2,0".
    Column("distances", Text, nullable=False),
    Column("created_by", Id, ForeignKey("person.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Index("ix_deadline_day", "list_id", "day"),
)

tokens = Table(
    "token",
    metadata,
    _id(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("list_id", Id, ForeignKey("list.id")),
    Column("object_id", Id),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
)

secrets = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("octets", LargeBinary, nullable=False),
)

# --- the web -------------------------------------------------------------------------------------------------------

# Who is signed in: the cookie holds a random secret, this its hash.
sessions = Table(
    "session",
    metadata,
    _id(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# A leaving by the one-click link, and what is given back when it is undone.
departures = Table(
    "departure",
    metadata,
    _id(),
    Column("subscription_id", Id, ForeignKey("subscription.id"), nullable=False, index=True),
    Column("roles", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("undone_at", Instant),
)
