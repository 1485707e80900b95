"""The octets of posts that a viewer may read, and the seams of their bodies (`mail.text.seams`). Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from listserv.errors import NotFound
from listserv.store.reading import OpenGroup, OpenPost
from listserv.store.schema import contents, messages, post_texts, posts, threads

OCTETS_AT_ONCE = 2_000_000


class PostBody(NamedTuple):
    """A post's original octets; `seams` is "" while its text is not derived."""

    post_id: int
    octets: bytes
    seams: str


def post_octets(connection: Connection, group: OpenGroup, post: OpenPost) -> bytes:
    """The original octets of a post of the group. Raises NotFound for one that was taken down."""
    return next(post_bodies(connection, group, [post])).octets


def post_bodies(connection: Connection, group: OpenGroup, wanted: Sequence[OpenPost]) -> Iterator[PostBody]:
    """The bodies of these posts of the group, in any order; large ones are read one after the other.

    Raises NotFound where one was taken down.
    """
    for some in _by_octets(wanted):
        wanted_ids = [post.id for post in some]
        there = _BODIES.where(posts.c.list_id == group.mail_list.id, posts.c.id.in_(wanted_ids), group.shows())
        rows = connection.execute(there).all()
        if len(rows) < len(some):
            raise NotFound("There is no such post.")
        for row in rows:
            yield PostBody(row.id, bytes(row.octets), row.seams or "")


_BODIES = (
    select(posts.c.id, contents.c.octets, post_texts.c.seams)
    .select_from(
        posts.join(threads, threads.c.id == posts.c.thread_id)
        .join(messages, messages.c.id == posts.c.message_id)
        .join(contents, contents.c.id == messages.c.content_id)
        .outerjoin(post_texts, post_texts.c.post_id == posts.c.id)
    )
    .where(posts.c.taken_down_at.is_(None))
)


def _by_octets(wanted: Sequence[OpenPost]) -> Iterator[list[OpenPost]]:
    """As many posts together as `OCTETS_AT_ONCE` hold, one at least."""
    some: list[OpenPost] = []
    room = OCTETS_AT_ONCE
    for post in wanted:
        if some and post.size_octets > room:
            yield some
            some, room = [], OCTETS_AT_ONCE
        some.append(post)
        room -= post.size_octets
    if some:
        yield some
