"""Questions about threads that exist: which post began one, how busy one is just now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from listserv.store.hot import Hot
from listserv.store.schema import posts, threads

_THREAD = Hot(
    select(threads.c.id, threads.c.alias_of).where(
        threads.c.id == bindparam("wanted"), threads.c.list_id == bindparam("wanted_list")
    )
)
_FIRST = Hot(select(posts.c.node).where(posts.c.thread_id == bindparam("wanted")).order_by(posts.c.id).limit(1))


def reply_node(connection: Connection, list_id: int, thread_id: int) -> str | None:
    """The node of the post that founded the thread of a reply address; None if the list has no such thread.

    An address of a thread that was merged leads to the one it was merged into.
    """
    row = _THREAD.first(connection, {"wanted": thread_id, "wanted_list": list_id})
    return None if row is None else _FIRST.scalar(connection, {"wanted": row.alias_of or row.id})


def recent_posts_beside(
    connection: Connection, list_id: int, nodes: Collection[str], subject: str, since: datetime
) -> int:
    """How many posts archived since then stand in the threads of the posts with these ids, or with this base subject.

    For the thread brake; "" is no subject.
    """
    named = (
        select(posts.c.thread_id)
        .where(posts.c.list_id == list_id, posts.c.node.in_(list(nodes)[-20:]))
        .scalar_subquery()
    )
    beside: ColumnElement[bool] = posts.c.thread_id.in_(named)
    if subject:
        beside |= posts.c.base_subject == subject
    statement = select(func.count()).where(posts.c.list_id == list_id, beside, posts.c.archived_at >= since)
    return int(connection.execute(statement).scalar_one())
