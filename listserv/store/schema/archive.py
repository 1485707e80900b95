"""What was said: octets once, messages, posts, threads, derived text."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from listserv.store.schema.types import Id, Instant, id_column, metadata

contents = Table(
    "content",
    metadata,
    id_column(),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("octets", LargeBinary, nullable=False),
)

messages = Table(
    "message",
    metadata,
    id_column(),
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
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False, server_default=""),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("posts", Integer, nullable=False, server_default="0"),
    # The post whose answer was cut off to begin this thread; a post, not its thread, so that it stays right when that
    # thread is merged or split. No foreign key: posts refer here already.
    Column("continued_from", Id),
    Column("alias_of", Id, ForeignKey("thread.id")),
    # A moderator's word about further posts: they wait, or are refused.
    Column("held_at", Instant),
    Column("locked_at", Instant),
    Index("ix_thread_newest", "list_id", "last_at"),
)

# What few rows have is no cost of each post that has it not: a page less to write for each of these two.
Index(
    "ix_thread_alias_of",
    threads.c.alias_of,
    sqlite_where=threads.c.alias_of.is_not(None),
    postgresql_where=threads.c.alias_of.is_not(None),
)
Index(
    "ix_thread_restricted",
    threads.c.list_id,
    sqlite_where=threads.c.held_at.is_not(None) | threads.c.locked_at.is_not(None),
    postgresql_where=threads.c.held_at.is_not(None) | threads.c.locked_at.is_not(None),
)

posts = Table(
    "post",
    metadata,
    id_column(),
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
    # The run of the schedule whose digest the post answers: what it quotes is there. No foreign key: runs may go.
    Column("answers_run", Id),
    UniqueConstraint("list_id", "message_id"),
    CheckConstraint(
        "linked_by IN ('none', 'ids', 'below', 'cut', 'index', 'token', 'subject')",
        name="linked_by",
    ),
    Index("ix_post_node", "list_id", "node"),
    Index("ix_post_subject", "list_id", "base_subject", "date_at"),
    Index("ix_post_counts", "list_id", "counts_at"),
)
Index(
    "ix_post_thread_index",
    posts.c.list_id,
    posts.c.thread_index,
    sqlite_where=posts.c.thread_index.is_not(None),
    postgresql_where=posts.c.thread_index.is_not(None),
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
    # Where the body was cut into its author's words and those of others (`mail.text.seams`).
    Column("seams", Text, nullable=False, server_default=""),
)

# Who wants a thread's posts at once, or none of them, whatever she gets of the rest.
thread_choices = Table(
    "thread_choice",
    metadata,
    id_column(),
    Column("thread_id", Id, ForeignKey("thread.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("choice", Text, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("thread_id", "person_id"),
    CheckConstraint("choice IN ('follow', 'mute')", name="choice"),
)

# A short thanks that went to the author alone; the archive shows the count.
thanks = Table(
    "thanks",
    metadata,
    id_column(),
    Column("post_id", Id, ForeignKey("post.id"), nullable=False),
    Column("thread_id", Id, ForeignKey("thread.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("post_id", "person_id"),
)

# What was taken out: who, when and why, never what.
takedowns = Table(
    "takedown",
    metadata,
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False, index=True),
    Column("post_id", Id, ForeignKey("post.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    CheckConstraint("kind IN ('withdrawn', 'post', 'part', 'words')", name="kind"),
)
