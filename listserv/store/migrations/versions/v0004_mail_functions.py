"""What people do by mail: addresses with a state, pauses, thread choices, take-downs, bounces; tokens carry more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from listserv.store.folding import fold

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Instant = sa.BigInteger
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_STATES = "state IN ('waiting', 'approved', 'rejected', 'discarded', 'expired', 'withdrawn')"


def upgrade() -> None:
    _columns()
    _name_keys()
    _held()
    _thread_choices()
    _thanks()
    _takedowns()
    _bounces()
    _moderating()


def _columns() -> None:
    for table, columns in {
        "person": (
            _words("name_key"),
            _flag("plain_text"),
            sa.Column("sign_in_number", sa.Integer(), server_default="0", nullable=False),
        ),
        "address": (
            _flag("is_role"),
            sa.Column("confirmed_at", Instant()),
            sa.Column("stopped_at", Instant()),
            _words("stopped_why"),
            sa.Column("probed_at", Instant()),
            sa.Column("probes", sa.Integer(), server_default="0", nullable=False),
            sa.Column("told_at", Instant()),
        ),
        "subscription": (
            sa.Column("posted_at", Instant()),
            sa.Column("posts_today", sa.Integer(), server_default="0", nullable=False),
            sa.Column("paused_until", Instant()),
            _words("before_pause"),
            _flag("receipt"),
            sa.Column("hold_until", Instant()),
        ),
        "thread": (sa.Column("held_at", Instant()), sa.Column("locked_at", Instant())),
        "held": (sa.Column("release_at", Instant()),),
        "token": (_words("payload"),),
        "schedule_run": (_words("content_ids"),),
        "post": (sa.Column("answers_run", Id),),
    }.items():
        for column in columns:
            op.add_column(table, column)
    restricted = sa.text("held_at IS NOT NULL OR locked_at IS NOT NULL")
    op.create_index("ix_thread_restricted", "thread", ["list_id"], sqlite_where=restricted, postgresql_where=restricted)
    ours = sa.text("content_id IS NOT NULL")
    op.create_index(
        "ix_delivery_content", "delivery", ["list_id", "created_at"], sqlite_where=ours, postgresql_where=ours
    )


def _name_keys() -> None:
    op.create_index(op.f("ix_person_name_key"), "person", ["name_key"])
    person = sa.table("person", sa.column("id", Id), sa.column("name", sa.Text()), sa.column("name_key", sa.Text()))
    named = op.get_bind().execute(sa.select(person.c.id, person.c.name).where(person.c.name != "")).all()
    for row in named:
        op.execute(sa.update(person).where(person.c.id == row.id).values(name_key=fold(row.name)))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default="0" if _sqlite() else sa.false(), nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _held() -> None:
    person = sa.Column("person_id", Id, sa.ForeignKey("person.id", name=op.f("fk_held_person_id_person")))
    if _sqlite():  # which changes no constraint of a table that is there
        with op.batch_alter_table("held", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
            batch.add_column(person)
            batch.drop_constraint(op.f("ck_held_state"), type_="check")
            batch.create_check_constraint(op.f("ck_held_state"), _STATES)
    else:
        op.add_column("held", person)
        op.drop_constraint(op.f("ck_held_state"), "held", type_="check")
        op.create_check_constraint(op.f("ck_held_state"), "held", _STATES)
    op.create_index(op.f("ix_held_person_id"), "held", ["person_id"])


def _thread_choices() -> None:
    op.create_table(
        "thread_choice",
        sa.Column("id", Id, nullable=False),
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("choice IN ('follow', 'mute')", name=op.f("ck_thread_choice_choice")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_thread_choice_thread_id_thread")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_thread_choice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_choice")),
        sa.UniqueConstraint("thread_id", "person_id", name=op.f("uq_thread_choice_thread_id_person_id")),
    )
    op.create_index(op.f("ix_thread_choice_person_id"), "thread_choice", ["person_id"])


def _thanks() -> None:
    op.create_table(
        "thanks",
        sa.Column("id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("thread_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_thanks_post_id_post")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_thanks_thread_id_thread")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_thanks_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thanks")),
        sa.UniqueConstraint("post_id", "person_id", name=op.f("uq_thanks_post_id_person_id")),
    )
    op.create_index(op.f("ix_thanks_thread_id"), "thanks", ["thread_id"])
    op.create_index(op.f("ix_thanks_person_id"), "thanks", ["person_id"])


def _takedowns() -> None:
    op.create_table(
        "takedown",
        sa.Column("id", Id, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("post_id", Id),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        _words("reason"),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('withdrawn', 'post', 'part', 'words')", name=op.f("ck_takedown_kind")),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_takedown_list_id_list")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_takedown_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown")),
    )
    op.create_index(op.f("ix_takedown_list_id"), "takedown", ["list_id"])
    op.create_index(op.f("ix_takedown_post_id"), "takedown", ["post_id"])


def _bounces() -> None:
    kinds = "kind IN ('hard', 'soft', 'delayed', 'content', 'complaint')"
    op.create_table(
        "bounce",
        sa.Column("id", Id, nullable=False),
        sa.Column("address_id", Id, nullable=False),
        sa.Column("subscription_id", Id),
        sa.Column("list_id", Id),
        sa.Column("kind", sa.Text(), nullable=False),
        _words("status"),
        _words("diagnostic"),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_bounce_kind")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_bounce_address_id_address")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_bounce_subscription_id_subscription")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["list.id"], name=op.f("fk_bounce_list_id_list")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.UniqueConstraint("address_id", "kind", "day", name=op.f("uq_bounce_address_id_kind_day")),
    )
    op.create_index(op.f("ix_bounce_address_id"), "bounce", ["address_id"])
    op.create_index(op.f("ix_bounce_subscription_id"), "bounce", ["subscription_id"])
    stopped = sa.text("stopped_at IS NOT NULL")
    op.create_index("ix_address_stopped", "address", ["stopped_at"], sqlite_where=stopped, postgresql_where=stopped)


def _moderating() -> None:
    waiting, by_people = sa.text("state = 'waiting'"), sa.text("actor != ''")
    op.create_index("ix_held_waiting", "held", ["list_id", "held_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_decision_by_people", "decision", ["at"], sqlite_where=by_people, postgresql_where=by_people)
    op.create_index("ix_token_object", "token", ["purpose", "object_id"])
    for ending in ("paused_until", "until"):
        lasts = sa.text(f"{ending} IS NOT NULL")
        op.create_index(
            f"ix_subscription_{ending}", "subscription", [ending], sqlite_where=lasts, postgresql_where=lasts
        )
    op.create_index(op.f("ix_departure_at"), "departure", ["at"])
