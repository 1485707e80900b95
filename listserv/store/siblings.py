"""What other groups of a network are busy with: one line each, of groups the reader may see. Reads only."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from listserv.mail.charsets import nfc
from listserv.mail.words import clean
from listserv.model.digest import Sibling
from listserv.model.lists import MailList
from listserv.store.lists import all_lists
from listserv.store.reading import OpenGroup, Viewer, open_groups
from listserv.store.schema import posts, subscriptions, threads


def siblings_of(
    connection: Connection, viewer: Viewer, networks: Collection[int], but: Collection[int]
) -> list[OpenGroup]:
    """The open groups of these networks that the viewer may see, less the lists of `but`."""
    return [
        group
        for group in open_groups(connection, viewer)
        if group.network.id in networks and group.mail_list.id not in but and group.mail_list.archived_at is None
    ]


def busiest_threads(
    connection: Connection, groups: Sequence[OpenGroup], since: datetime, until: datetime
) -> tuple[Sibling, ...]:
    """Of each of these groups in which somebody wrote in [since, until) its busiest conversation, the busiest first."""
    found = [line for group in groups if (line := _busiest(connection, group, since, until)) is not None]
    return tuple(sorted(found, key=lambda line: (-line.posts, line.title)))


def _busiest(connection: Connection, group: OpenGroup, since: datetime, until: datetime) -> Sibling | None:
    count = func.count().label("told")
    statement = (
        select(threads.c.public_id, threads.c.subject, count)
        .join(posts, posts.c.thread_id == threads.c.id)
        .where(
            posts.c.list_id == group.mail_list.id,
            posts.c.counts_at >= since,
            posts.c.counts_at < until,
            posts.c.taken_down_at.is_(None),
            group.shows(),
        )
        .group_by(threads.c.id, threads.c.public_id, threads.c.subject)
        .order_by(count.desc(), threads.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    subject = nfc(clean(row.subject))
    return Sibling(group.mail_list.name, group.mail_list.title, subject, row.public_id, row.told)


def insiders(connection: Connection, mail_list: MailList, subscription_ids: Sequence[int]) -> dict[int, int]:
    """(subscription id: person id) of those of these subscribers who are also in a private group of the network."""
    private = [
        each.id
        for each in all_lists(connection)
        if each.network_id == mail_list.network_id and each.settings.private and each.id != mail_list.id
    ]
    if not private:
        return {}
    elsewhere = subscriptions.alias("elsewhere")
    also = select(elsewhere.c.person_id).where(elsewhere.c.list_id.in_(private), elsewhere.c.left_at.is_(None))
    inside = select(subscriptions.c.id, subscriptions.c.person_id).where(
        subscriptions.c.list_id == mail_list.id, subscriptions.c.person_id.in_(also)
    )
    wanted = frozenset(array("q", subscription_ids))
    return {row.id: row.person_id for row in connection.execute(inside) if row.id in wanted}
