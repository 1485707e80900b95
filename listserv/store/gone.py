"""Conversations from which something was taken down, for who looks at what a later reply quotes of them.

What was taken down is not here: only which conversations it stood in, and what is still there. Reads, writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select

from listserv.store.schema import contents, messages, post_texts, posts, schedule_runs, takedowns, threads

NODES = 20
POSTS_READ = 30
OCTETS_READ = 500_000  # of a larger post its derived text is read, without its signature


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of conversations: `octets` of their posts, the named ones first, as far as POSTS_READ go; of large
    ones the `texts`.

    `nodes` are the posts something was taken out of. `base_subjects` are those still there, `title` is what the
    conversation is called now, `is_renamed`: because of what was taken down.
    """

    nodes: frozenset[str]
    octets: tuple[bytes, ...]
    texts: tuple[str, ...]
    base_subjects: frozenset[str]
    title: str
    is_renamed: bool


def left_beside(connection: Connection, list_id: int, nodes: Sequence[str], subject: str, mark: str) -> Left | None:
    """What is left of the conversations of the posts with these ids, or with this base subject ("" is none).

    None where nothing was taken down in them. `mark` is how a subject from which words were taken begins.
    """
    beside = _beside(list_id, list(nodes)[-NODES:], subject)
    taken = connection.execute(
        select(posts.c.thread_id, posts.c.node, posts.c.base_subject, threads.c.subject)
        .join(takedowns, takedowns.c.post_id == posts.c.id)
        .join(threads, threads.c.id == posts.c.thread_id)
        .where(posts.c.list_id == list_id, posts.c.thread_id.in_(beside))
        .order_by(posts.c.id)
    ).all()
    if not taken:
        return None
    rows = _posts(connection, {row.thread_id for row in taken}, list(nodes)[-NODES:])
    titles = [row.subject for row in taken]
    return Left(
        frozenset(row.node for row in taken),
        tuple(bytes(row.octets) for row in rows if row.octets is not None),
        tuple(text for row in rows if row.octets is None for text in (row.own, row.quoted) if text),
        frozenset(row.base_subject for row in rows if row.taken_down_at is None),
        next((title for title in titles if mark in title), titles[-1]),
        any(mark in text for text in (*titles, *(row.base_subject for row in taken))),
    )


def taken_since(connection: Connection, list_id: int, run_id: int) -> bool:
    """Whether something of the list was taken down after this run of the schedule."""
    statement = (
        select(takedowns.c.id)
        .join(schedule_runs, schedule_runs.c.claimed_at <= takedowns.c.at)
        .where(takedowns.c.list_id == list_id, schedule_runs.c.id == run_id)
    )
    return connection.execute(statement.limit(1)).first() is not None


def lately_taken(connection: Connection, list_id: int, since: datetime) -> frozenset[str] | None:
    """The posts of the list something was taken out of since then, None where nothing was."""
    statement = (
        select(posts.c.node)
        .select_from(takedowns.outerjoin(posts, posts.c.id == takedowns.c.post_id))
        .where(takedowns.c.list_id == list_id, takedowns.c.at >= since)
    )
    nodes = connection.execute(statement).scalars().all()
    return frozenset(node for node in nodes if node is not None) if nodes else None


def _beside(list_id: int, nodes: Sequence[str], subject: str) -> ColumnElement[int]:
    which: ColumnElement[bool] = posts.c.node.in_(nodes)
    if subject:
        which |= posts.c.base_subject == subject
    return select(posts.c.thread_id).where(posts.c.list_id == list_id, which).scalar_subquery()


def _posts(connection: Connection, thread_ids: Collection[int], nodes: Sequence[str]) -> Sequence[Any]:
    named = case((posts.c.node.in_(nodes), 0), else_=1)
    statement = (
        select(
            posts.c.base_subject,
            posts.c.taken_down_at,
            post_texts.c.own,
            post_texts.c.quoted,
            case((messages.c.size_octets <= OCTETS_READ, contents.c.octets)).label("octets"),
        )
        .join(messages, messages.c.id == posts.c.message_id)
        .join(contents, contents.c.id == messages.c.content_id)
        .outerjoin(post_texts, post_texts.c.post_id == posts.c.id)
        .where(posts.c.thread_id.in_(sorted(thread_ids)))
        .order_by(named, posts.c.id.desc())
        .limit(POSTS_READ)
    )
    return connection.execute(statement).all()
