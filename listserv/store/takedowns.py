"""What is taken out: where a post's words may stand in the database, and rewriting them there.

Everything here belongs to one transaction that its caller begins: all of it happens or none. A content row keeps its
`hash` (that of the octets as they came), so that the same octets arriving again are known and not archived anew. The
log keeps who, when and why, never what. What the database's file still holds in free places is `scrubbing`'s.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from listserv.store import search
from listserv.store.outbox import OWN, unpack
from listserv.store.schema import (
    contents,
    decisions,
    deliveries,
    failures,
    held_posts,
    lists,
    messages,
    post_references,
    post_texts,
    posts,
    takedowns,
    threads,
    tokens,
)

BATCH = 50


@dataclass(frozen=True, slots=True)
class Filed:
    """A post with all that may hold its words; `octets` are the archive's, `own` is "" while it is not derived."""

    id: int
    list_id: int
    thread_id: int
    message_id: int
    content_id: int
    person_id: int | None
    author_name: str
    author_address: str
    node: str
    subject: str
    base_subject: str
    is_reply: bool
    date_at: datetime
    archived_at: datetime
    received_at: datetime
    imported: bool
    taken_down_at: datetime | None
    own: str
    octets: bytes

    @property
    def known_since(self) -> datetime:
        """When it first came to us; it may have waited for a moderator."""
        return self.archived_at if self.imported else min(self.received_at, self.archived_at)


@dataclass(frozen=True, slots=True)
class Kept:
    """Octets that are no post of the list: a letter to its program, a report, a mail of ours."""

    content_id: int
    octets: bytes


def filed_posts(connection: Connection, post_ids: Collection[int]) -> list[Filed]:
    """These posts, in the order of their ids."""
    return _filed(connection, posts.c.id.in_(sorted(post_ids)))


def posts_of_message(connection: Connection, message_id: int) -> list[Filed]:
    """Every post that these octets are, one a list."""
    return _filed(connection, posts.c.message_id == message_id)


def posts_of_mail(connection: Connection, message_id: int) -> list[Filed]:
    """Every post that is this mail, told by Message-ID and body, one a list: it may have come by other hops."""
    return _filed(connection, posts.c.message_id.in_(_same_mail(message_id)))


def contents_of_mail(connection: Connection, message_id: int) -> list[int]:
    """The content of this mail, once for each way it came by, also where it waits or was refused."""
    statement = select(messages.c.content_id).where(messages.c.id.in_(_same_mail(message_id)))
    return list(connection.execute(statement).scalars())


def withdraw_held(connection: Connection, message_id: int, now: datetime) -> None:
    """No list's moderators decide about this mail any more."""
    held = update(held_posts).where(
        held_posts.c.message_id.in_(_same_mail(message_id)), held_posts.c.state == "waiting"
    )
    connection.execute(held.values(state="withdrawn", decided_at=now))


def _same_mail(message_id: int) -> Any:
    one = messages.alias("one")
    same = (messages.c.msgid == one.c.msgid) & (messages.c.body_hash == one.c.body_hash)
    return select(messages.c.id).select_from(one.join(messages, same)).where(one.c.id == message_id)


def content_alone(connection: Connection, message_id: int, held_id: int) -> int | None:
    """The content of a message that is nothing but this held post; None if it is a post or waits elsewhere too."""
    elsewhere = select(held_posts.c.id).where(
        held_posts.c.message_id == message_id, held_posts.c.id != held_id, held_posts.c.state == "waiting"
    )
    is_post = select(posts.c.id).where(posts.c.message_id == message_id)
    if any(connection.execute(each.limit(1)).first() is not None for each in (elsewhere, is_post)):
        return None
    content = select(messages.c.content_id).where(messages.c.id == message_id)
    return int(connection.execute(content).scalar_one())


def followers(connection: Connection, post: Filed) -> list[int]:
    """Ids of the posts of its list that stand in its thread after it or name it, and may quote it."""
    naming = select(post_references.c.post_id).where(
        post_references.c.list_id == post.list_id, post_references.c.node == post.node
    )
    statement = select(posts.c.id).where(
        posts.c.list_id == post.list_id,
        posts.c.taken_down_at.is_(None),
        posts.c.id != post.id,
        (posts.c.thread_id == post.thread_id) | posts.c.id.in_(naming),
    )
    return list(connection.execute(statement.order_by(posts.c.id)).scalars())


def posts_saying(connection: Connection, list_id: int, words: Sequence[str]) -> list[int]:
    """Ids of the list's posts that hold these folded words in a row, and of those whose text is not derived yet."""
    waiting = select(posts.c.id).where(
        posts.c.list_id == list_id, posts.c.text_at.is_(None), posts.c.taken_down_at.is_(None)
    )
    return sorted({*search.saying(connection, list_id, words), *connection.execute(waiting).scalars()})


def founded_thread(connection: Connection, post: Filed) -> bool:
    """Whether the thread has its subject from this post."""
    earliest = select(posts.c.id).where(posts.c.thread_id == post.thread_id).order_by(posts.c.date_at, posts.c.id)
    return not post.is_reply and connection.execute(earliest.limit(1)).scalar_one() == post.id


def letters_since(connection: Connection, list_id: int, since: datetime) -> Iterator[Kept]:
    """Mail that came to the list since then and is no post there: answers, requests, reports, held and refused."""
    is_post = select(posts.c.id).where(posts.c.list_id == list_id, posts.c.message_id == messages.c.id).exists()
    statement = (
        select(messages.c.content_id)
        .join(decisions, decisions.c.message_id == messages.c.id)
        .where(decisions.c.list_id == list_id, decisions.c.at >= since, ~is_post)
    )
    yield from _kept(connection, set(connection.execute(statement).scalars()))


def notices_since(connection: Connection, list_id: int, since: datetime) -> Iterator[Kept]:
    """Mail of our own about the list, or passed on to the postmaster, to one person each, since then."""
    for of_list in (deliveries.c.list_id == list_id, deliveries.c.list_id.is_(None)):
        yield from _ours(connection, of_list, since, deliveries.c.kind == "notice")


def digests_between(connection: Connection, since: datetime, until: datetime) -> Iterator[Kept]:
    """Mail of our own to many, of any list, as an update may tell of several: since then and before `until`."""
    anywhere = deliveries.c.list_id.in_(select(lists.c.id))  # through the index, list by list
    yield from _ours(connection, anywhere, since, deliveries.c.kind != "notice", deliveries.c.created_at < until)


def _ours(connection: Connection, of_list: Any, since: datetime, *which: Any) -> Iterator[Kept]:
    statement = select(deliveries.c.content_id).where(
        of_list, deliveries.c.content_id.is_not(None), deliveries.c.created_at >= since, *which
    )
    yield from _kept(connection, set(connection.execute(statement).scalars()))


_MAY_TELL = text("SELECT pg_try_advisory_xact_lock_shared(78, 0)")
_BEGIN_REMOVAL = text("SELECT pg_advisory_xact_lock(78, 0)")


def may_tell(connection: Connection) -> bool:
    """Whether what posts say may go into a mail now; a removal waits until this transaction ends, and finds the mail.

    False while another node's removal is under way (PostgreSQL), which is not waited for: mail waits behind this
    connection. On SQLite the writer holds the whole database already.
    """
    return connection.dialect.name != "postgresql" or bool(connection.execute(_MAY_TELL).scalar_one())


def begin_removal(connection: Connection) -> None:
    """No mail that tells of posts is under way on another node, and none begins until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_BEGIN_REMOVAL)


def last_takedown(connection: Connection) -> int:
    """The number of the last removal, 0 before the first: who keeps words of posts asks whether it has grown."""
    return int(connection.execute(select(func.coalesce(func.max(takedowns.c.id), 0))).scalar_one())


def rewrite(connection: Connection, content_id: int, octets: bytes) -> None:
    """The content's octets are these from now on, and copies that have not left are made from them."""
    connection.execute(update(contents).where(contents.c.id == content_id).values(octets=octets))
    connection.execute(update(messages).where(messages.c.content_id == content_id).values(size_octets=len(octets)))
    connection.execute(_unleased().where(deliveries.c.content_id == content_id))


def change_post(connection: Connection, post_id: int, subject: str, base_subject: str) -> None:
    """The post's subject is this one; copies of it that have not left are made anew."""
    values = {"subject": subject, "base_subject": base_subject}
    connection.execute(update(posts).where(posts.c.id == post_id).values(**values))
    connection.execute(_unleased().where(deliveries.c.post_id == post_id))


def _unleased() -> Any:
    """Claims under way are lost to their holders, who stop within a few copies; the rest is claimed again."""
    return (
        update(deliveries)
        .where(deliveries.c.state == "waiting")
        .values(fence=deliveries.c.fence + 1, lease_owner=None, lease_until=None)
    )


def empty_post(connection: Connection, post: Filed, base_subject: str, now: datetime) -> None:
    """Nothing of the post is left but its place in the thread; copies that have not left never do."""
    search.drop_post(connection, post.id)
    connection.execute(
        update(posts)
        .where(posts.c.id == post.id)
        .values(
            subject="",
            base_subject=base_subject,
            author_name="",
            author_address="",
            thread_index=None,
            text_at=now,
            taken_down_at=now,
        )
    )
    stop_copies(connection, post.id)
    held = update(held_posts).where(
        held_posts.c.list_id == post.list_id,
        held_posts.c.message_id == post.message_id,
        held_posts.c.state == "waiting",
    )
    connection.execute(held.values(state="withdrawn", decided_at=now))
    connection.execute(update(decisions).where(decisions.c.message_id == post.message_id).values(note=""))


def retitle_thread(connection: Connection, thread_id: int, subject: str) -> None:
    """The conversation is called so from now on."""
    connection.execute(update(threads).where(threads.c.id == thread_id).values(subject=subject))


def stop_copies(connection: Connection, post_id: int) -> None:
    """Copies of the post that have not left never do."""
    _twice(connection, _unleased().where(deliveries.c.post_id == post_id).values(state="dropped"))


def hold_back(connection: Connection, post_id: int, until: datetime) -> None:
    """Copies of the post that have not left wait until then at least."""
    statement = _unleased().where(deliveries.c.post_id == post_id, deliveries.c.due_at < until)
    _twice(connection, statement.values(due_at=until))


def _twice(connection: Connection, statement: Any) -> None:
    """The update concerns what another node puts off or by meanwhile, too.

    On PostgreSQL the first waits for that node's transaction, but only the second sees what it has inserted.
    """
    for _ in range(2):
        connection.execute(statement)


def who_has(connection: Connection, post_id: int) -> set[int]:
    """The subscription ids, less the author's, the relay has taken a copy for: settled, not put off, not refused."""
    rows = connection.execute(
        select(deliveries.c.recipients, deliveries.c.done).where(
            deliveries.c.post_id == post_id, deliveries.c.recipients.is_not(None), deliveries.c.kind != OWN
        )
    ).all()
    reached: set[int] = set()
    left: set[int] = set()
    for row in rows:
        ids: array[int] = unpack(row.recipients)
        reached.update(ids[: row.done])
        left.update(ids[row.done :])
    failed = select(failures.c.subscription_id).where(
        failures.c.post_id == post_id, failures.c.subscription_id.is_not(None)
    )
    return reached - left - set(connection.execute(failed).scalars())


def log_takedown(
    connection: Connection, list_id: int, post_id: int | None, kind: str, actor: str, reason: str, now: datetime
) -> None:
    """Who took something of the post out, when and why; `kind` is withdrawn, post, part or words.

    `post_id` is None for one that was still waiting for a moderator.
    """
    values = {"list_id": list_id, "post_id": post_id, "kind": kind, "actor": actor, "reason": reason, "at": now}
    connection.execute(insert(takedowns).values(values))


def resume_copies(connection: Connection, post_id: int, now: datetime) -> None:
    """Copies that were held back are due; those the relay has put off keep their time."""
    statement = _unleased().where(deliveries.c.post_id == post_id, deliveries.c.attempts == 0)
    connection.execute(statement.values(due_at=now))


def latest_named(connection: Connection, list_id: int, nodes: Sequence[str]) -> int | None:
    """The post of the list that has the last of these ids it has any post of."""
    if not nodes:
        return None
    statement = select(posts.c.id, posts.c.node).where(posts.c.list_id == list_id, posts.c.node.in_(nodes))
    found = {row.node: row.id for row in connection.execute(statement)}
    return next((found[node] for node in reversed(nodes) if node in found), None)


def latest_of(
    connection: Connection, list_id: int, person_id: int, since: datetime, thread_id: int | None = None
) -> int | None:
    """Her newest post in the list, or in that thread of it, archived since then."""
    statement = select(posts.c.id).where(
        posts.c.person_id == person_id, posts.c.list_id == list_id, posts.c.archived_at >= since
    )
    if thread_id is not None:
        statement = statement.where(posts.c.thread_id == thread_id)
    return connection.execute(statement.order_by(posts.c.id.desc()).limit(1)).scalar_one_or_none()


def notes(connection: Connection, list_id: int) -> list[tuple[int, str]]:
    """(id, note) of the list's decisions that have one."""
    statement = select(decisions.c.id, decisions.c.note).where(decisions.c.list_id == list_id, decisions.c.note != "")
    return [(row.id, row.note) for row in connection.execute(statement)]


def change_note(connection: Connection, decision_id: int, note: str) -> None:
    connection.execute(update(decisions).where(decisions.c.id == decision_id).values(note=note))


def forget_tokens(connection: Connection, list_id: int, purpose: str) -> None:
    """The list's tokens of this purpose are gone, with what they kept."""
    connection.execute(delete(tokens).where(tokens.c.list_id == list_id, tokens.c.purpose == purpose))


def _filed(connection: Connection, which: Any) -> list[Filed]:
    statement = (
        select(
            posts.c.id,
            posts.c.list_id,
            posts.c.thread_id,
            posts.c.message_id,
            messages.c.content_id,
            posts.c.person_id,
            posts.c.author_name,
            posts.c.author_address,
            posts.c.node,
            posts.c.subject,
            posts.c.base_subject,
            posts.c.is_reply,
            posts.c.date_at,
            posts.c.archived_at,
            messages.c.received_at,
            posts.c.imported,
            posts.c.taken_down_at,
            post_texts.c.own,
            contents.c.octets,
        )
        .select_from(
            posts.join(messages, messages.c.id == posts.c.message_id)
            .join(contents, contents.c.id == messages.c.content_id)
            .outerjoin(post_texts, post_texts.c.post_id == posts.c.id)
        )
        .where(which)
        .order_by(posts.c.id)
    )
    return [
        Filed(**{**row._mapping, "own": row.own or "", "octets": bytes(row.octets)})
        for row in connection.execute(statement)
    ]


def _kept(connection: Connection, content_ids: Collection[int]) -> Iterator[Kept]:
    wanted = sorted(content_ids)
    for start in range(0, len(wanted), BATCH):
        statement = select(contents.c.id, contents.c.octets).where(contents.c.id.in_(wanted[start : start + BATCH]))
        for row in connection.execute(statement).all():
            yield Kept(row.id, bytes(row.octets))
