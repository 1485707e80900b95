"""What closing a group asks: who is to be told, in which language, and what somebody wrote herself. Reads only."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from listserv.model.lists import MailList
from listserv.store.archive import StoredPost, read_post
from listserv.store.schema import addresses, persons, posts, subscriptions


def members_by_language(connection: Connection, mail_list: MailList, now: datetime) -> dict[str, array[int]]:
    """The subscription ids of every member whom mail reaches, by her language, else the group's."""
    statement = (
        select(subscriptions.c.id, persons.c.language)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(
            subscriptions.c.list_id == mail_list.id,
            subscriptions.c.left_at.is_(None),
            subscriptions.c.until.is_(None) | (subscriptions.c.until > now),
            addresses.c.stopped_at.is_(None),
        )
        .order_by(subscriptions.c.id)
    )
    found: dict[str, array[int]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.language or mail_list.settings.language, array("q")).append(row.id)
    return found


def own_posts(connection: Connection, list_id: int, person_id: int) -> Iterator[StoredPost]:
    """The person's posts in the list that were not taken down, oldest first; one at a time is in memory."""
    statement = select(posts.c.id).where(
        posts.c.person_id == person_id, posts.c.list_id == list_id, posts.c.taken_down_at.is_(None)
    )
    for post_id in connection.execute(statement.order_by(posts.c.id)).scalars().all():
        yield read_post(connection, post_id)
