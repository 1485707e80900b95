"""The tables: the walls of the data. SQLAlchemy Core only; Alembic's migrations build the same thing step by step.

Times are UTC, kept as integers (microseconds since 1970) so that both engines compare and index them alike. Octets live
once in `content`; everything else refers to it. An address is kept in one place only (`address`), apart from what a
message itself says and an envelope in transit needs.
"""

from __future__ import annotations

from listserv.store.schema.archive import (
    contents,
    messages,
    post_references,
    post_texts,
    posts,
    takedowns,
    thanks,
    thread_choices,
    threads,
)
from listserv.store.schema.clock import deadlines, schedule_runs, secrets, tokens
from listserv.store.schema.judging import decisions, held_posts
from listserv.store.schema.outbox import bounces, deliveries, failures
from listserv.store.schema.people import (
    addresses,
    bans,
    consents,
    lists,
    networks,
    persons,
    roles,
    subscription_aliases,
    subscriptions,
)
from listserv.store.schema.types import EPOCH, Instant, from_micros, metadata, to_micros
from listserv.store.schema.web import departures, sessions
from listserv.store.schema.week import drafts, goals, inquiries, journal_entries, prompts, refusals, shelf_items

__all__ = [
    "EPOCH",
    "Instant",
    "addresses",
    "bans",
    "bounces",
    "consents",
    "contents",
    "deadlines",
    "decisions",
    "deliveries",
    "departures",
    "drafts",
    "failures",
    "from_micros",
    "goals",
    "held_posts",
    "inquiries",
    "journal_entries",
    "lists",
    "messages",
    "metadata",
    "networks",
    "persons",
    "post_references",
    "post_texts",
    "posts",
    "prompts",
    "refusals",
    "roles",
    "schedule_runs",
    "secrets",
    "sessions",
    "shelf_items",
    "subscription_aliases",
    "subscriptions",
    "takedowns",
    "thanks",
    "thread_choices",
    "threads",
    "to_micros",
    "tokens",
]
