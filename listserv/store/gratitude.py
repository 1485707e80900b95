"""Thanks that went to a post's author alone: for whom, how many, and who wants hers posted to all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.store.schedule import claim_run
from listserv.store.schema import posts, schedule_runs, subscriptions, thanks

_POSTED = "thanks-to-all"  # a run of the schedule, done once a list and person
_ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Thanked:
    """A post somebody is thanked for, and whose it is."""

    post_id: int
    thread_id: int
    person_id: int
    subject: str


def thanked_post(
    connection: Connection, list_id: int, nodes: Collection[str], thread_id: int | None, but: int
) -> Thanked | None:
    """The post the ids name last, else the only other author's latest of the thread; never one of person `but`."""
    columns = (posts.c.id, posts.c.thread_id, posts.c.person_id, posts.c.subject, posts.c.node)
    here = select(*columns).where(posts.c.list_id == list_id, posts.c.taken_down_at.is_(None))
    if nodes:
        wanted = list(nodes)[-20:]
        found = {row.node: row for row in connection.execute(here.where(posts.c.node.in_(wanted)))}
        row = next((found[node] for node in reversed(wanted) if node in found), None)
        if row is not None:
            return None if row.person_id in (None, but) else Thanked(row.id, row.thread_id, row.person_id, row.subject)
    if thread_id is None:
        return None
    rows = [
        row
        for row in connection.execute(here.where(posts.c.thread_id == thread_id).order_by(posts.c.id).limit(200))
        if row.person_id != but
    ]
    if not rows or rows[-1].person_id is None or len({row.person_id for row in rows}) > 1:
        return None
    row = rows[-1]
    return Thanked(row.id, row.thread_id, row.person_id, row.subject)


def count_thanks(connection: Connection, to: Thanked, person_id: int, now: datetime) -> bool:
    """One more person thanked for the post; False if she had already."""
    dialect = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    row = {"post_id": to.post_id, "thread_id": to.thread_id, "person_id": person_id, "at": now}
    statement = dialect(thanks).values(**row).on_conflict_do_nothing().returning(thanks.c.id)
    return connection.execute(statement).first() is not None


def thanks_in(connection: Connection, thread_id: int) -> int:
    """How many thanks for posts of the thread went to an author alone, those of merged threads too."""
    joined = thanks.join(posts, posts.c.id == thanks.c.post_id)
    statement = select(func.count()).select_from(joined).where(posts.c.thread_id == thread_id)
    return int(connection.execute(statement).scalar_one())


def take_back_thanks(connection: Connection, post_id: int, person_id: int) -> None:
    """The thanks is counted no more: it was posted after all."""
    connection.execute(thanks.delete().where(thanks.c.post_id == post_id, thanks.c.person_id == person_id))


def member_count(connection: Connection, list_id: int) -> int:
    """How many people are in the list."""
    here = (subscriptions.c.list_id == list_id, subscriptions.c.left_at.is_(None))
    return int(connection.execute(select(func.count()).where(*here)).scalar_one())


def post_thanks_of(connection: Connection, list_id: int, person_id: int, now: datetime) -> None:
    """From now on her thanks are posted to the whole list, as anything else she writes."""
    claim_run(connection, _POSTED, f"{list_id}:{person_id}", _ALWAYS, now)


def posts_thanks(connection: Connection, list_id: int, person_id: int) -> bool:
    """Whether she asked that her thanks be posted to all."""
    wanted = select(schedule_runs.c.id).where(
        schedule_runs.c.kind == _POSTED,
        schedule_runs.c.subject == f"{list_id}:{person_id}",
        schedule_runs.c.period == _ALWAYS,
    )
    return connection.execute(wanted).first() is not None
