"""The first schema: networks, people, lists, posts, threads, judging, outbox, clock, tokens, search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Instant = sa.BigInteger
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        _search_sqlite()
    else:
        _search_postgres()


def _search_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE post_search USING fts5 (subject, author, own, quoted, content='post_text',"
        " content_rowid='post_id', tokenize=\"unicode61 remove_diacritics 2\")"
    )


def _search_postgres() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    # unaccent() is not IMMUTABLE by itself; with its dictionary named it gives the same for ever.
    op.execute(
        "CREATE FUNCTION listserv_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT"
        " AS $$ SELECT public.unaccent('public.unaccent', $1) $$"
    )
    op.execute(
        "ALTER TABLE post_text ADD COLUMN search tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('simple', listserv_fold(subject)), 'A') ||"
        " setweight(to_tsvector('simple', listserv_fold(author)), 'B') ||"
        " setweight(to_tsvector('simple', listserv_fold(left(own, 200000))), 'C') ||"
        " setweight(to_tsvector('simple', listserv_fold(left(quoted, 200000))), 'D')) STORED"
    )
    op.execute("CREATE INDEX ix_post_text_search ON post_text USING gin (search)")


def _tables() -> None:
    op.create_table(
        "content",
        sa.Column("id", Id, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content")),
        sa.UniqueConstraint("hash", name=op.f("uq_content_hash")),
    )
    op.create_table(
        "network",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("name", name=op.f("uq_network_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedule_run",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint("kind", "subject", "period", name=op.f("uq_schedule_run_kind_subject_period")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "address",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("key", name=op.f("uq_address_key")),
    )
    op.create_index(op.f("ix_address_person_id"), "address", ["person_id"], unique=False)
    op.create_table(
        "list",
        sa.Column("id", Id, nullable=False),
        sa.Column("network_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_list_network_id_network")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list")),
        sa.UniqueConstraint("name", "domain", name=op.f("uq_list_name_domain")),
    )
    op.create_index(op.f("ix_list_network_id"), "list", ["network_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", Id, nullable=False),
        sa.Column("content_id", Id, nullable=False),
        sa.Column("size_octets", sa.Integer(), nullable=False),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("return_path", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["content.id"], name=op.f("fk_message_content_id_content")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("content_id", name=op.f("uq_message_content_id")),
    )
    op.create_index(op.f("ix_message_msgid"), "message", ["msgid"], unique=False)
    op.create_table(
        "ban",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("network_id", Id, nullable=True),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_ban_list_id_list")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_ban_network_id_network")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban")),
    )
    op.create_index(op.f("ix_ban_address_key"), "ban", ["address_key"], unique=False)
    op.create_index(op.f("ix_ban_list_id"), "ban", ["list_id"], unique=False)
    op.create_index(op.f("ix_ban_network_id"), "ban", ["network_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_consent_list_id_list")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_list_id"), "consent", ["list_id"], unique=False)
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_decision_list_id_list")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_decision_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_list_id"), "decision", ["list_id"], unique=False)
    op.create_index(op.f("ix_decision_message_id"), "decision", ["message_id"], unique=False)
    op.create_table(
        "held",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("return_path", sa.Text(), server_default="", nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("held_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected', 'discarded', 'expired')", name=op.f("ck_held_state")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_held_list_id_list")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_held_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held")),
        sa.UniqueConstraint("list_id", "message_id", name=op.f("uq_held_list_id_message_id")),
    )
    op.create_index(op.f("ix_held_list_id"), "held", ["list_id"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("network_id", Id, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host_id", Id, nullable=True),
        sa.CheckConstraint("(list_id IS NULL) <> (network_id IS NULL)", name=op.f("ck_role_one_place")),
        sa.ForeignKeyConstraint(["host_id"], ["person.id"], name=op.f("fk_role_host_id_person")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_role_list_id_list")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_role_network_id_network")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint(
            "person_id", "list_id", "network_id", "role", name=op.f("uq_role_person_id_list_id_network_id_role")
        ),
    )
    op.create_index(op.f("ix_role_list_id"), "role", ["list_id"], unique=False)
    op.create_index(op.f("ix_role_network_id"), "role", ["network_id"], unique=False)
    op.create_index(op.f("ix_role_person_id"), "role", ["person_id"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("address_id", Id, nullable=False),
        sa.Column("delivery", sa.Text(), server_default="each", nullable=False),
        sa.Column("digest", sa.Text(), server_default="none", nullable=False),
        sa.Column("own_copy", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("posts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("school", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.Text(), server_default="", nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.CheckConstraint("delivery IN ('each', 'none')", name=op.f("ck_subscription_delivery")),
        sa.CheckConstraint("digest IN ('none', 'daily', 'weekly', 'monthly')", name=op.f("ck_subscription_digest")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_subscription_address_id_address")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_subscription_list_id_list")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subscription_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("list_id", "person_id", name=op.f("uq_subscription_list_id_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscription_address_id"), "subscription", ["address_id"], unique=False)
    op.create_index(op.f("ix_subscription_person_id"), "subscription", ["person_id"], unique=False)
    op.create_table(
        "thread",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("posts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("continued_from", Id, nullable=True),
        sa.Column("alias_of", Id, nullable=True),
        sa.ForeignKeyConstraint(["alias_of"], ["thread.id"], name=op.f("fk_thread_alias_of_thread")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_thread_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("public_id", name=op.f("uq_thread_public_id")),
    )
    op.create_index(op.f("ix_thread_alias_of"), "thread", ["alias_of"], unique=False)
    op.create_index("ix_thread_newest", "thread", ["list_id", "last_at"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", Id, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("object_id", Id, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_token_list_id_list")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_person_id"), "token", ["person_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("author_address", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("date_at", Instant(), nullable=False),
        sa.Column("base_subject", sa.Text(), server_default="", nullable=False),
        sa.Column("is_reply", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("quotes", sa.Boolean(), nullable=True),
        sa.Column("thread_index", sa.LargeBinary(), nullable=True),
        sa.Column("token_node", sa.Text(), nullable=True),
        sa.Column("linked_by", sa.Text(), server_default="none", nullable=False),
        sa.Column("counts_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("imported", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("text_at", Instant(), nullable=True),
        sa.Column("taken_down_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "linked_by IN ('none', 'ids', 'below', 'cut', 'index', 'token', 'subject')",
            name=op.f("ck_post_linked_by"),
        ),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_post_list_id_list")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_post_message_id_message")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_post_person_id_person")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_post_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("list_id", "message_id", name=op.f("uq_post_list_id_message_id")),
    )
    op.create_index("ix_post_counts", "post", ["list_id", "counts_at"], unique=False)
    op.create_index(op.f("ix_post_message_id"), "post", ["message_id"], unique=False)
    op.create_index("ix_post_node", "post", ["list_id", "node"], unique=False)
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"], unique=False)
    op.create_index("ix_post_subject", "post", ["list_id", "base_subject", "date_at"], unique=False)
    op.create_index(op.f("ix_post_thread_id"), "post", ["thread_id"], unique=False)
    op.create_index("ix_post_thread_index", "post", ["list_id", "thread_index"], unique=False)
    op.create_index(
        "ix_post_token",
        "post",
        ["list_id", "token_node"],
        unique=False,
        sqlite_where=sa.text("token_node IS NOT NULL"),
        postgresql_where=sa.text("token_node IS NOT NULL"),
    )
    op.create_index(
        "ix_post_without_text",
        "post",
        ["id"],
        unique=False,
        sqlite_where=sa.text("text_at IS NULL"),
        postgresql_where=sa.text("text_at IS NULL"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("list_id", Id, nullable=True),
        sa.Column("post_id", Id, nullable=True),
        sa.Column("content_id", Id, nullable=True),
        sa.Column("return_path", sa.Text(), server_default="", nullable=False),
        sa.Column("to_address", sa.Text(), nullable=True),
        sa.Column("recipients", sa.LargeBinary(), nullable=True),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'dropped')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(["content_id"], ["content.id"], name=op.f("fk_delivery_content_id_content")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_delivery_list_id_list")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_delivery_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_delivery_post_id"), "delivery", ["post_id"], unique=False)
    op.create_table(
        "post_reference",
        sa.Column("post_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_reference_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", "position", name=op.f("pk_post_reference")),
    )
    op.create_index("ix_post_reference_node", "post_reference", ["list_id", "node"], unique=False)
    op.create_table(
        "post_text",
        sa.Column("post_id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("own", sa.Text(), server_default="", nullable=False),
        sa.Column("quoted", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_text_post_id_post")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_text")),
    )
    op.create_table(
        "failure",
        sa.Column("id", Id, nullable=False),
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=True),
        sa.Column("subscription_id", Id, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('refused', 'expired')", name=op.f("ck_failure_kind")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_failure_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_failure_post_id_post")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_failure_subscription_id_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure")),
    )
    op.create_index(op.f("ix_failure_delivery_id"), "failure", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_failure_post_id"), "failure", ["post_id"], unique=False)
    op.create_index(op.f("ix_failure_subscription_id"), "failure", ["subscription_id"], unique=False)
