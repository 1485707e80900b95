"""The archive: octets once, messages, posts, and reading them back.

`put_message` keeps octets byte for byte under their hash; `add_post` makes a message a post of a list, in its thread.
Nothing here judges or sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.errors import NotFound
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import (
    contents,
    held_posts,
    messages,
    post_references,
    post_texts,
    posts,
    subscriptions,
    threads,
)

SAME_MAIL = (messages.c.msgid == bindparam("wanted_msgid")) & (messages.c.body_hash == bindparam("wanted_hash"))
# Posts of every list and what this one holds: 0 stands for a post that is none yet.
_KNOWN = Hot(
    select(posts.c.id, posts.c.list_id)
    .join(messages, messages.c.id == posts.c.message_id)
    .where(SAME_MAIL)
    .union_all(
        select(literal_column("0").label("id"), held_posts.c.list_id)
        .join(messages, messages.c.id == held_posts.c.message_id)
        .where(
            SAME_MAIL,
            held_posts.c.list_id == bindparam("wanted_list"),
            # Spelled out, or the partial index is not taken.
            held_posts.c.state == literal_column("'waiting'"),
        )
    )
)
_CONTENT_ID = Hot(select(contents.c.id).where(contents.c.hash == bindparam("wanted_hash")))
_MESSAGE_ID = Hot(select(messages.c.id).where(messages.c.content_id == bindparam("wanted_content")))
_COUNT_POST = Hot(
    update(subscriptions)
    .where(subscriptions.c.list_id == bindparam("wanted_list"), subscriptions.c.person_id == bindparam("wanted_person"))
    .values(
        posts=subscriptions.c.posts + 1,
        posted_at=bindparam("now", type_=subscriptions.c.posted_at.type),
        posts_today=case(
            (
                subscriptions.c.posted_at >= bindparam("today", type_=subscriptions.c.posted_at.type),
                subscriptions.c.posts_today + 1,
            ),
            else_=1,
        ),
    )
)
_INSERT_MESSAGE = Hot(insert(messages).returning(messages.c.id))


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about to be kept. `msgid` is its Message-ID, or one made from its hash when it has none.

    `octets` are as it came, by which it is known again; `kept` are those the archive keeps, None for the same.
    `content_hash` is SHA-256 of `octets`, for whoever has worked it out already.
    """

    octets: bytes
    msgid: str
    body_hash: bytes
    return_path: str
    received_at: datetime
    kept: bytes | None = None
    content_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Known:
    """`seen`: the list has the mail, or holds it for a moderator. `elsewhere`: the ids of other lists' posts of it."""

    seen: bool
    elsewhere: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as the relay and the command line read it back; `beside` counts other lists' posts of the same mail."""

    id: int
    list_id: int
    message_id: int
    thread_id: int
    person_id: int | None
    msgid: str
    octets: bytes
    return_path: str
    received_at: datetime
    subject: str
    author_name: str
    author_address: str
    quiet: bool
    beside: int = 0


def put_content(connection: Connection, octets: bytes) -> int:
    """The row of exactly these octets; kept once however often they come."""
    digest = hashlib.sha256(octets).digest()
    made = _insert_once(connection).scalar(connection, {"hash": digest, "octets": octets})
    if made is not None:
        return int(made)
    return int(_CONTENT_ID.scalar(connection, {"wanted_hash": digest}) or 0)


def has_content(connection: Connection, octets: bytes) -> bool:
    """True if exactly these octets are kept."""
    wanted = {"wanted_hash": hashlib.sha256(octets).digest()}
    return _CONTENT_ID.first(connection, wanted) is not None


def put_message(connection: Connection, new: NewMessage) -> int:
    """The message's row; the first arrival of the same octets keeps its envelope and time.

    What was to be kept otherwise than it came is so from now on, also where it had been kept whole before.
    """
    digest = new.content_hash or hashlib.sha256(new.octets).digest()
    kept = new.octets if new.kept is None else new.kept
    made = _insert_once(connection).scalar(connection, {"hash": digest, "octets": kept})
    if made is None:
        content_id = _CONTENT_ID.scalar(connection, {"wanted_hash": digest})
        if new.kept is not None:
            _keep_instead(connection, content_id, new)
        known = _MESSAGE_ID.scalar(connection, {"wanted_content": content_id})
        if known is not None:
            return int(known)
        made = content_id
    values = {
        "content_id": made,
        "size_octets": len(kept),
        "msgid": new.msgid,
        "body_hash": new.body_hash,
        "return_path": new.return_path,
        "received_at": new.received_at,
    }
    return int(_INSERT_MESSAGE.scalar(connection, values) or 0)


def _keep_instead(connection: Connection, content_id: int | None, new: NewMessage) -> None:
    """Octets that were kept whole make way; those from which something was taken out since stay as they are."""
    whole = (contents.c.id == content_id) & (contents.c.octets == new.octets)
    if connection.execute(update(contents).where(whole).values(octets=new.kept)).rowcount:
        size = len(new.kept or b"")
        connection.execute(update(messages).where(messages.c.content_id == content_id).values(size_octets=size))


def known(connection: Connection, list_id: int, msgid: str, body_hash: bytes) -> Known:
    """What is known of a mail with this Message-ID and this body, in this list and in the others."""
    wanted = {"wanted_list": list_id, "wanted_msgid": msgid, "wanted_hash": body_hash}
    found = _KNOWN.rows(connection, wanted)
    elsewhere = tuple(sorted(row.id for row in found if row.list_id != list_id))
    return Known(any(row.list_id == list_id for row in found), elsewhere)


def count_post(connection: Connection, list_id: int, person_id: int, now: datetime) -> None:
    """One more post of this member in this list, and on this day (UTC)."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _COUNT_POST.run(connection, {"wanted_list": list_id, "wanted_person": person_id, "now": now, "today": today})


def posts_since(connection: Connection, list_id: int, person_id: int, since: datetime) -> list[Any]:
    """(id, node, subject) of the person's posts in the list since then, newest first, as far as her newest ten go."""
    newest = _NEWEST_OF_PERSON.rows(connection, {"wanted_person": person_id, "batch": 10})
    return [row for row in newest if row.list_id == list_id and row.archived_at >= since]


def is_post(connection: Connection, list_id: int, msgid: str) -> bool:
    """Whether the list has a post with this Message-ID (without brackets)."""
    statement = select(posts.c.id).where(posts.c.list_id == list_id, posts.c.node == msgid)
    return connection.execute(statement.limit(1)).first() is not None


def read_post(connection: Connection, post_id: int) -> StoredPost:
    """The post with its original octets. Raises NotFound."""
    row = _READ_POST.first(connection, {"wanted_post": post_id})
    if row is None:
        raise NotFound(f"There is no post {post_id}.")
    return StoredPost(**{**row._asdict(), "octets": bytes(row.octets), "quiet": bool(row.quiet)})


def msgid_of(connection: Connection, message_id: int) -> str:
    """The Message-ID a message is known by."""
    return str(connection.execute(select(messages.c.msgid).where(messages.c.id == message_id)).scalar_one())


def message_octets(connection: Connection, message_id: int) -> bytes:
    """The original octets of a message."""
    statement = select(contents.c.octets).join(messages).where(messages.c.id == message_id)
    return bytes(connection.execute(statement).scalar_one())


def content_octets(connection: Connection, content_id: int) -> bytes:
    """The octets of a notice or digest of ours."""
    return bytes(connection.execute(select(contents.c.octets).where(contents.c.id == content_id)).scalar_one())


def iterate_posts(connection: Connection, list_id: int, batch: int = 10) -> Iterator[StoredPost]:
    """Every post of the list in the order it was archived; so many are in memory at once, each with its octets."""
    last = 0
    while True:
        rows = connection.execute(_NEXT_POSTS, {"wanted_list": list_id, "after": last, "batch": batch}).all()
        if not rows:
            return
        for row in rows:
            yield StoredPost(**{**row._mapping, "quiet": bool(row.quiet)})
        last = rows[-1].id


def post_count(connection: Connection, list_id: int) -> int:
    return int(connection.execute(select(func.count()).where(posts.c.list_id == list_id)).scalar_one())


def posts_without_text(connection: Connection, limit: int) -> Sequence[Any]:
    """(post id, list id, octets, author, subject) of posts whose text is not derived yet, oldest first."""
    return connection.execute(_WITHOUT_TEXT, {"batch": limit}).all()


def thread_public_id(connection: Connection, thread_id: int) -> str:
    """The stable public id of a thread, aliases followed."""
    row = connection.execute(select(threads.c.public_id, threads.c.alias_of).where(threads.c.id == thread_id)).one()
    return row.public_id if row.alias_of is None else thread_public_id(connection, row.alias_of)


def _insert_once(connection: Connection) -> Hot:
    return _INSERT_CONTENT[connection.dialect.name]


_INSERT_CONTENT = {
    name: Hot(dialect(contents).on_conflict_do_nothing(index_elements=["hash"]).returning(contents.c.id))
    for name, dialect in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}


_POST_COLUMNS = (
    posts.c.id,
    posts.c.list_id,
    posts.c.message_id,
    posts.c.thread_id,
    posts.c.person_id,
    messages.c.msgid,
    contents.c.octets,
    messages.c.return_path,
    messages.c.received_at,
    posts.c.subject,
    posts.c.author_name,
    posts.c.author_address,
    posts.c.quiet,
)
_FROM_POSTS = posts.join(messages, messages.c.id == posts.c.message_id).join(
    contents, contents.c.id == messages.c.content_id
)
_SAME, _OF_SAME = messages.alias("same"), posts.alias("of_same")
_BESIDE = (
    select(func.count())
    .select_from(_SAME.join(_OF_SAME, _OF_SAME.c.message_id == _SAME.c.id))
    .where(
        _SAME.c.msgid == messages.c.msgid,
        _SAME.c.body_hash == messages.c.body_hash,
        _OF_SAME.c.list_id != posts.c.list_id,
    )
    .scalar_subquery()
    .label("beside")
)
_READ_POST = Hot(select(*_POST_COLUMNS, _BESIDE).select_from(_FROM_POSTS).where(posts.c.id == bindparam("wanted_post")))
_NEXT_POSTS = (
    select(*_POST_COLUMNS)
    .select_from(_FROM_POSTS)
    .where(posts.c.list_id == bindparam("wanted_list"), posts.c.id > bindparam("after"))
    .order_by(posts.c.id)
    .limit(bindparam("batch"))
)
_NEWEST_OF_PERSON = Hot(
    select(posts.c.id, posts.c.list_id, posts.c.node, posts.c.subject, posts.c.archived_at)
    .where(posts.c.person_id == bindparam("wanted_person"))
    .order_by(posts.c.id.desc())
    .limit(bindparam("batch"))
)
_WITHOUT_TEXT = (
    select(posts.c.id, posts.c.list_id, posts.c.author_name, posts.c.author_address, posts.c.subject, contents.c.octets)
    .select_from(_FROM_POSTS)
    .where(posts.c.text_at.is_(None), posts.c.taken_down_at.is_(None))
    .order_by(posts.c.id)
    .limit(bindparam("batch"))
)


def ancestor_texts(connection: Connection, post_id: int, list_id: int) -> list[str]:
    """The own text of the ten nearest archived posts that this post names, nearest first, as far as it is derived."""
    return [own for _, own in ancestors(connection, post_id, list_id) if own is not None]


def ancestors(connection: Connection, post_id: int, list_id: int) -> list[tuple[int, str | None]]:
    """The ten nearest archived posts that this post names, nearest first: id, and own text, None if not yet derived."""
    found = _ANCESTORS.rows(connection, {"wanted_post": post_id, "wanted_list": list_id})
    return [(row.id, row.own) for row in found]


_ANCESTORS = Hot(
    select(posts.c.id, post_texts.c.own)
    .select_from(
        post_references.join(
            posts, (posts.c.list_id == post_references.c.list_id) & (posts.c.node == post_references.c.node)
        ).outerjoin(post_texts, post_texts.c.post_id == posts.c.id)
    )
    .where(
        post_references.c.post_id == bindparam("wanted_post"),
        posts.c.list_id == bindparam("wanted_list"),
        posts.c.taken_down_at.is_(None),
    )
    .order_by(post_references.c.position.desc())
    .limit(10)
)


def texts_of_nodes(connection: Connection, list_id: int, nodes: Sequence[str]) -> dict[str, str]:
    """The own text of each of these posts of the list that is archived and derived, by its node."""
    rows = _OF_NODES.rows(connection, nodes, {"wanted_list": list_id})
    return {row.node: row.own for row in rows}


_OF_NODES = HotAmong(
    lambda nodes: (
        select(posts.c.node, post_texts.c.own)
        .join(posts, posts.c.id == post_texts.c.post_id)
        .where(posts.c.list_id == bindparam("wanted_list"), posts.c.node.in_(nodes))
    )
)
