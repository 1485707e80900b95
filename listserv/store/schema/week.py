"""The week of a group: prompts, goals, inquiries, journals, drafts of the update, the shelf, and what people refuse."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from listserv.store.schema.types import Id, Instant, id_column, metadata

# A question that is posted at its hour into a thread of its own; one row a group, also when a set went to all.
prompts = Table(
    "prompt",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("set_name", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_by", Id, ForeignKey("person.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    Column("removed_at", Instant),
    Index("ix_prompt_due", "list_id", "due_at"),
)

# Each member posts so many times by a day, or within so many school days of joining or coming back; anywhere in the
# group, or in a prompt's thread.
goals = Table(
    "goal",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("posts_wanted", Integer, nullable=False, server_default="2"),
    Column("day", Text, nullable=False, server_default=""),
    Column("within_days", Integer),
    Column("prompt_id", Id, ForeignKey("prompt.id"), index=True),
    Column("created_by", Id, ForeignKey("person.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

# What a facilitator asks every member in a mail of her own; the question is "" for the house's. At `closes_at` the
# answers whose authors let her have them go to her as one document.
inquiries = Table(
    "inquiry",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False, index=True),
    Column("question", Text, nullable=False, server_default=""),
    Column("asked_by", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("removed_at", Instant),
)

# An answer its author keeps for herself; nobody else's reader sees it, but for one to an inquiry since `consented_at`.
journal_entries = Table(
    "journal",
    metadata,
    id_column(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("prompt_id", Id, ForeignKey("prompt.id"), index=True),
    Column("content_id", Id, ForeignKey("content.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("shared_post_id", Id, ForeignKey("post.id")),
    Column("inquiry_id", Id, ForeignKey("inquiry.id"), index=True),
    Column("consented_at", Instant),
    # Answer addresses name it by its id: a "share" to an older mail is for no entry that came since.
    sqlite_autoincrement=True,
)

# What facilitators have said of a weekly update before it went out; `answers` are theirs as JSON, in order.
drafts = Table(
    "draft",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("period", Text, nullable=False),
    Column("answers", Text, nullable=False, server_default="[]"),
    Column("asked_at", Instant, nullable=False),
    Column("released_at", Instant),
    UniqueConstraint("list_id", "period"),
)

# Links and files of posts, or added by mail without one. `key` is the same for the same link or file and says nothing
# of it; what was withdrawn keeps its key alone, so that nobody puts it back unawares. `tags` are words between spaces.
shelf_items = Table(
    "shelf_item",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False, server_default=""),
    Column("part_index", Integer),
    Column("size_octets", Integer, nullable=False, server_default="0"),
    Column("tags", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("pinned_at", Instant),
    Column("withdrawn_at", Instant),
    UniqueConstraint("list_id", "key"),
    Index("ix_shelf_item_newest", "list_id", "at"),
    # People name it by its number later: that of an item that is gone is not given to another.
    sqlite_autoincrement=True,
)

# Kinds of our own mail a person has switched off by a reply, in one list or in all.
refusals = Table(
    "refusal",
    metadata,
    id_column(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("list_id", Id, ForeignKey("list.id")),
    Column("kind", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_refusal_person", "person_id", "kind"),
)
