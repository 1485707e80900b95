"""The week of a group: prompts, goals, inquiries, journals, drafts, the shelf, refusals; dates, people's hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Instant = sa.BigInteger
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _columns()
    _turns()
    _indexes_of_few()
    _network_dates()
    _prompt()
    _goal()
    _inquiry()
    _journal()
    _draft()
    _shelf_item()
    _refusal()
    _subscription_alias()


def _columns() -> None:
    for name in ("kind", "school", "series", "state", "end_day"):
        op.add_column("deadline", sa.Column(name, sa.Text(), server_default=_DEFAULTS.get(name, ""), nullable=False))
    op.add_column("deadline", sa.Column("ends_at", Instant()))
    op.add_column("deadline", sa.Column("changed_at", Instant()))
    op.add_column("subscription", sa.Column("returned_at", Instant()))
    op.add_column("post_text", sa.Column("seams", sa.Text(), server_default="", nullable=False))
    op.add_column("deadline", sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
    for name in ("digest_day", "digest_time", "digest_form", "hours"):
        op.add_column("person", sa.Column(name, sa.Text(), server_default="", nullable=False))
    together: sa.Column[bool] = sa.Column(
        "digest_together",
        sa.Boolean(),
        server_default="0" if op.get_bind().dialect.name == "sqlite" else sa.false(),
        nullable=False,
    )
    op.add_column("person", together)


def _turns() -> None:
    op.add_column("delivery", sa.Column("turn_at", Instant(), server_default="0", nullable=False))
    op.drop_index("ix_delivery_due", "delivery")
    op.create_index("ix_delivery_turn", "delivery", ["state", "turn_at", "fence", "id"])


def _indexes_of_few() -> None:
    op.drop_index("ix_thread_alias_of", "thread")
    there = sa.text("alias_of IS NOT NULL")
    op.create_index("ix_thread_alias_of", "thread", ["alias_of"], sqlite_where=there, postgresql_where=there)
    op.drop_index("ix_post_thread_index", "post")
    there = sa.text("thread_index IS NOT NULL")
    columns = ["list_id", "thread_index"]
    op.create_index("ix_post_thread_index", "post", columns, sqlite_where=there, postgresql_where=there)


def _network_dates() -> None:
    network = sa.Column("network_id", Id, sa.ForeignKey("network.id", name=op.f("fk_deadline_network_id_network")))
    if op.get_bind().dialect.name == "sqlite":  # which adds no constraint to a table that is there
        with op.batch_alter_table("deadline", recreate="always") as batch:
            batch.add_column(network)
    else:
        op.add_column("deadline", network)
    op.create_index(op.f("ix_deadline_network_id"), "deadline", ["network_id"])


_DEFAULTS = {"kind": "deadline", "state": "published"}


def _prompt() -> None:
    op.create_table(
        "prompt",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("set_name", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("created_by", Id),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("post_id", Id),
        sa.Column("removed_at", Instant()),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_prompt_list_id_list")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_prompt_created_by_person")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_prompt_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt")),
    )
    op.create_index(op.f("ix_prompt_created_by"), "prompt", ["created_by"])
    op.create_index(op.f("ix_prompt_due"), "prompt", ["list_id", "due_at"])
    op.create_index(op.f("ix_prompt_post_id"), "prompt", ["post_id"])


def _goal() -> None:
    op.create_table(
        "goal",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("posts_wanted", sa.Integer(), server_default="2", nullable=False),
        sa.Column("day", sa.Text(), server_default="", nullable=False),
        sa.Column("within_days", sa.Integer()),
        sa.Column("prompt_id", Id),
        sa.Column("created_by", Id),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant()),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_goal_list_id_list")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_goal_prompt_id_prompt")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_goal_created_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    op.create_index(op.f("ix_goal_created_by"), "goal", ["created_by"])
    op.create_index(op.f("ix_goal_list_id"), "goal", ["list_id"])
    op.create_index(op.f("ix_goal_prompt_id"), "goal", ["prompt_id"])


def _inquiry() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant()),
        sa.Column("removed_at", Instant()),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_inquiry_list_id_list")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_inquiry_asked_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
    )
    op.create_index(op.f("ix_inquiry_asked_by"), "inquiry", ["asked_by"])
    op.create_index(op.f("ix_inquiry_list_id"), "inquiry", ["list_id"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("prompt_id", Id),
        sa.Column("content_id", Id, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("shared_post_id", Id),
        sa.Column("inquiry_id", Id),
        sa.Column("consented_at", Instant()),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiry.id"], name=op.f("fk_journal_inquiry_id_inquiry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_journal_person_id_person")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_journal_list_id_list")),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name=op.f("fk_journal_prompt_id_prompt")),
        sa.ForeignKeyConstraint(["content_id"], ["content.id"], name=op.f("fk_journal_content_id_content")),
        sa.ForeignKeyConstraint(["shared_post_id"], ["post.id"], name=op.f("fk_journal_shared_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_journal_inquiry_id"), "journal", ["inquiry_id"])
    op.create_index(op.f("ix_journal_person_id"), "journal", ["person_id"])
    op.create_index(op.f("ix_journal_prompt_id"), "journal", ["prompt_id"])


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("released_at", Instant()),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_draft_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("list_id", "period", name=op.f("uq_draft_list_id_period")),
    )


def _shelf_item() -> None:
    op.create_table(
        "shelf_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("post_id", Id),
        sa.Column("person_id", Id),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("part_index", sa.Integer()),
        sa.Column("size_octets", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tags", sa.Text(), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("pinned_at", Instant()),
        sa.Column("withdrawn_at", Instant()),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_shelf_item_list_id_list")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_shelf_item_post_id_post")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shelf_item_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_item")),
        sa.UniqueConstraint("list_id", "key", name=op.f("uq_shelf_item_list_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shelf_item_newest"), "shelf_item", ["list_id", "at"])
    op.create_index(op.f("ix_shelf_item_person_id"), "shelf_item", ["person_id"])
    op.create_index(op.f("ix_shelf_item_post_id"), "shelf_item", ["post_id"])


def _refusal() -> None:
    op.create_table(
        "refusal",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("list_id", Id),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_refusal_person_id_person")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_refusal_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
    )
    op.create_index(op.f("ix_refusal_person"), "refusal", ["person_id", "kind"])


def _subscription_alias() -> None:
    into = op.f("fk_subscription_alias_subscription_id_subscription")
    op.create_table(
        "subscription_alias",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("subscription_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"], name=into),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_alias")),
    )
    op.create_index(op.f("ix_subscription_alias_subscription_id"), "subscription_alias", ["subscription_id"])
