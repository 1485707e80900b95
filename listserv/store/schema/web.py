"""Sessions of the pages, and how a leaving is undone."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from listserv.store.schema.types import Id, Instant, id_column, metadata

# Who is signed in: the cookie holds a random secret, this its hash.
sessions = Table(
    "session",
    metadata,
    id_column(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# A leaving by the one-click link, and what is given back when it is undone.
departures = Table(
    "departure",
    metadata,
    id_column(),
    Column("subscription_id", Id, ForeignKey("subscription.id"), nullable=False, index=True),
    Column("roles", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False, index=True),
    Column("undone_at", Instant),
)
