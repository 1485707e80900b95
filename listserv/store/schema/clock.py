"""What the clock has done and will do; tokens and secrets."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from listserv.store.schema.types import Id, Instant, id_column, metadata

schedule_runs = Table(
    "schedule_run",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    # What became of it, and up to when a digest of this kind has told this subject everything: the next one begins
    # there, also when the group's day or hour was changed in between.
    Column("outcome", Text, nullable=False, server_default="sent"),
    Column("covers_until", Instant),
    # The forms a digest went out in, ids of content joined by commas: what an answer to it quotes.
    Column("content_ids", Text, nullable=False, server_default=""),
    UniqueConstraint("kind", "subject", "period"),
    Index("ix_schedule_run_covered", "kind", "subject", "covers_until"),
)

deadlines = Table(
    "deadline",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    # With it the date is every group's of that network, and the list is the one it was written in.
    Column("network_id", Id, ForeignKey("network.id"), index=True),
    Column("title", Text, nullable=False),
    # The local day as YYYY-MM-DD, which sorts; `at` only where an hour of it was named.
    Column("day", Text, nullable=False),
    Column("at", Instant),
    Column("link", Text, nullable=False, server_default=""),
    # Days before it, nearest last: "7,2,0".
    Column("distances", Text, nullable=False),
    # "deadline" or "event"; proposed ones wait for a facilitator's word; one `series` for all days of a recurring one.
    Column("kind", Text, nullable=False, server_default="deadline"),
    Column("state", Text, nullable=False, server_default="published"),
    Column("school", Text, nullable=False, server_default=""),
    Column("series", Text, nullable=False, server_default=""),
    Column("ends_at", Instant),
    # The last of several whole days, "" where it is one.
    Column("end_day", Text, nullable=False, server_default=""),
    # Raised with each change (RFC 5545 §3.8.7.4).
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("created_by", Id, ForeignKey("person.id"), index=True),
    Column("created_at", Instant, nullable=False),
    # When it was published, or last changed.
    Column("changed_at", Instant),
    Column("removed_at", Instant),
    Index("ix_deadline_day", "list_id", "day"),
)

tokens = Table(
    "token",
    metadata,
    id_column(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("list_id", Id, ForeignKey("list.id")),
    Column("object_id", Id),
    # What else the answer needs, as JSON: an address that is not a person's yet, a choice.
    Column("payload", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Index("ix_token_object", "purpose", "object_id"),
)

secrets = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("octets", LargeBinary, nullable=False),
)
