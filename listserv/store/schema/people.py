"""Networks, persons, lists, and who belongs where."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from listserv.store.schema.types import Id, Instant, id_column, metadata

networks = Table(
    "network",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("created_at", Instant, nullable=False),
)

persons = Table(
    "person",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, server_default=""),
    # The name as `folding.fold` spells it, by which somebody at an unknown address is looked for.
    Column("name_key", Text, nullable=False, server_default="", index=True),
    Column("language", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default=""),
    Column("plain_text", Boolean, nullable=False, server_default="0"),
    # Her own day, hour and one update over all her groups; empty: each group's.
    Column("digest_day", Text, nullable=False, server_default=""),
    Column("digest_time", Text, nullable=False, server_default=""),
    Column("digest_together", Boolean, nullable=False, server_default="0"),
    # "": a page and a text; "plain": RFC 1153; "mime": multipart/digest.
    Column("digest_form", Text, nullable=False, server_default=""),
    # Between which local times single mails come to her, "07:00-19:00"; "": as they are written.
    Column("hours", Text, nullable=False, server_default=""),
    # Part of what signs a link in; raised by "sign me out", so that every earlier link is none any more.
    Column("sign_in_number", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    # Links that sign in name a person by her id: nobody ever gets one that a merge has freed.
    sqlite_autoincrement=True,
)

addresses = Table(
    "address",
    metadata,
    id_column(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("verified_at", Instant),
    # principal@, office@: held by whoever has the post, so it inherits no history and is asked again each January.
    Column("is_role", Boolean, nullable=False, server_default="0"),
    Column("confirmed_at", Instant),
    # No mail goes there while this is set: it bounced, its owner complained, or it was given up.
    Column("stopped_at", Instant),
    Column("stopped_why", Text, nullable=False, server_default=""),
    # A stopped address is asked by a probe whether it is alive: when the last one went out, none having come back yet,
    # and how many came back. When the person's other addresses were told of the stop.
    Column("probed_at", Instant),
    Column("probes", Integer, nullable=False, server_default="0"),
    Column("told_at", Instant),
    Column("created_at", Instant, nullable=False),
)
Index(
    "ix_address_stopped",
    addresses.c.stopped_at,
    sqlite_where=addresses.c.stopped_at.is_not(None),
    postgresql_where=addresses.c.stopped_at.is_not(None),
)

lists = Table(
    "list",
    metadata,
    id_column(),
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
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("address_id", Id, ForeignKey("address.id"), nullable=False, index=True),
    Column("delivery", Text, nullable=False, server_default="each"),
    Column("digest", Text, nullable=False, server_default="none"),
    Column("own_copy", Boolean, nullable=False, server_default="1"),
    Column("posts", Integer, nullable=False, server_default="0"),
    # When her last post was taken, and how many were on that day (UTC).
    Column("posted_at", Instant),
    Column("posts_today", Integer, nullable=False, server_default="0"),
    Column("school", Text, nullable=False, server_default=""),
    Column("level", Text, nullable=False, server_default=""),
    Column("until", Instant),
    # While paused: until when, and {"delivery", "digest"} as they were before.
    Column("paused_until", Instant),
    Column("before_pause", Text, nullable=False, server_default=""),
    Column("receipt", Boolean, nullable=False, server_default="0"),
    # Her posts wait for a moderator until then.
    Column("hold_until", Instant),
    Column("created_at", Instant, nullable=False),
    # When she came back after she had left.
    Column("returned_at", Instant),
    Column("left_at", Instant),
    UniqueConstraint("list_id", "person_id"),
    CheckConstraint("delivery IN ('each', 'none')", name="delivery"),
    CheckConstraint("digest IN ('none', 'daily', 'weekly', 'monthly')", name="digest"),
    # Links to leave, return paths and what waits in the outbox name it by its id: none is given twice.
    sqlite_autoincrement=True,
)

# A place in a list that became part of another when two persons were found to be one: links in older mail name it.
subscription_aliases = Table(
    "subscription_alias",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("subscription_id", Id, ForeignKey("subscription.id"), nullable=False, index=True),
)

# Who reads digests: the clock asks every 20 seconds.
Index(
    "ix_subscription_digest",
    subscriptions.c.list_id,
    subscriptions.c.digest,
    sqlite_where=(subscriptions.c.digest != "none") & subscriptions.c.left_at.is_(None),
    postgresql_where=(subscriptions.c.digest != "none") & subscriptions.c.left_at.is_(None),
)
# Pauses and guests' times, which the clock ends.
for _ending in (subscriptions.c.paused_until, subscriptions.c.until):
    Index(
        f"ix_subscription_{_ending.name}",
        _ending,
        sqlite_where=_ending.is_not(None),
        postgresql_where=_ending.is_not(None),
    )

roles = Table(
    "role",
    metadata,
    id_column(),
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
    id_column(),
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
    id_column(),
    Column("list_id", Id, ForeignKey("list.id"), index=True),
    Column("network_id", Id, ForeignKey("network.id"), index=True),
    Column("address_key", Text, nullable=False, index=True),
    Column("until", Instant),
    Column("created_at", Instant, nullable=False),
)
