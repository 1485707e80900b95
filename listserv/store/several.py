"""One message in several lists: which posts are the same mail, and who has been served by one of them.

The same mail is told by Message-ID and body. "Served" is who stands in the frozen recipients of a post whose copies
have left or will leave; copies that were dropped before they left serve nobody. Every question here is about lists
other than one's own; where there is none, `archive.known` has said so already and nothing is asked.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from listserv.store.outbox import unpack
from listserv.store.schema import deliveries, messages, posts, subscriptions


def served_here(connection: Connection, list_id: int, post_ids: Collection[int]) -> frozenset[int]:
    """Subscription ids of this list whose persons get, or got, a copy of one of these posts of other lists."""
    if not post_ids:
        return frozenset()
    served = _recipients(connection, post_ids)
    mine, theirs = subscriptions.alias("mine"), subscriptions.alias("theirs")
    of_lists = select(posts.c.list_id).where(posts.c.id.in_(post_ids))
    statement = (
        select(mine.c.id, theirs.c.id.label("elsewhere"))
        .join(theirs, theirs.c.person_id == mine.c.person_id)
        .where(mine.c.list_id == list_id, theirs.c.list_id.in_(of_lists))
    )
    return frozenset(row.id for row in connection.execute(statement) if row.elsewhere in served)


def lists_beside(connection: Connection, post_id: int) -> list[int]:
    """Ids of the other lists that the post's mail was accepted in, in that order."""
    same, others = messages.alias("same"), posts.alias("others")
    statement = (
        select(others.c.list_id)
        .join(same, same.c.id == others.c.message_id)
        .join(messages, (messages.c.msgid == same.c.msgid) & (messages.c.body_hash == same.c.body_hash))
        .join(posts, posts.c.message_id == messages.c.id)
        .where(posts.c.id == post_id, others.c.list_id != posts.c.list_id)
        .order_by(others.c.id)
    )
    return list(dict.fromkeys(connection.execute(statement).scalars()))


def _recipients(connection: Connection, post_ids: Collection[int]) -> set[int]:
    statement = select(deliveries.c.recipients, deliveries.c.done, deliveries.c.state).where(
        deliveries.c.post_id.in_(post_ids), deliveries.c.recipients.is_not(None)
    )
    found: set[int] = set()
    for row in connection.execute(statement):
        frozen = unpack(row.recipients)
        found.update(frozen[: row.done] if row.state == "dropped" else frozen)
    return found
