"""A moderator's word about what comes next: a thread held or locked, a member's posts held until a date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from listserv.model.case import ThreadState
from listserv.store.schema import posts, subscriptions, threads


def restriction(connection: Connection, list_id: int, nodes: Collection[str], subject: str) -> ThreadState:
    """The sternest state of the threads of the posts with these ids, or with this base subject ("" is none)."""
    named = (
        select(posts.c.thread_id)
        .where(posts.c.list_id == list_id, posts.c.node.in_(list(nodes)[-20:]))
        .scalar_subquery()
    )
    beside: ColumnElement[bool] = threads.c.id.in_(named)
    if subject:
        same = select(posts.c.thread_id).where(posts.c.list_id == list_id, posts.c.base_subject == subject)
        beside |= threads.c.id.in_(same.scalar_subquery())
    found = connection.execute(
        select(threads.c.held_at, threads.c.locked_at).where(threads.c.list_id == list_id, beside)
    ).all()
    if any(row.locked_at is not None for row in found):
        return ThreadState.LOCKED
    return ThreadState.HELD if any(row.held_at is not None for row in found) else ThreadState.OPEN


def thread_beside(connection: Connection, list_id: int, nodes: Collection[str], subject: str) -> int | None:
    """The thread of the newest post with one of these ids, else of the newest with this base subject ("" is none)."""
    here = select(posts.c.thread_id).where(posts.c.list_id == list_id).order_by(posts.c.id.desc()).limit(1)
    if nodes:
        found = connection.execute(here.where(posts.c.node.in_(list(nodes)[-20:]))).scalar_one_or_none()
        if found is not None:
            return int(found)
    if not subject:
        return None
    found = connection.execute(here.where(posts.c.base_subject == subject)).scalar_one_or_none()
    return None if found is None else int(found)


def thread_subject(connection: Connection, thread_id: int) -> str:
    """What the thread is called."""
    return str(connection.execute(select(threads.c.subject).where(threads.c.id == thread_id)).scalar_one())


def set_thread_state(connection: Connection, thread_id: int, state: ThreadState, now: datetime) -> None:
    """The thread is open, held or locked from now on."""
    connection.execute(
        update(threads)
        .where(threads.c.id == thread_id)
        .values(
            held_at=now if state is ThreadState.HELD else None,
            locked_at=now if state is ThreadState.LOCKED else None,
        )
    )


def hold_member(connection: Connection, subscription_id: int, until: datetime | None) -> None:
    """Her posts wait for a moderator until then; None: not any more."""
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(hold_until=until))
