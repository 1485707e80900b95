"""Reads what threading must know: posts as evidence, and the posts around them that may matter.

Everything is asked for sets (`hot.HotAmong`). Nothing here writes or judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Connection, bindparam, collate, func, or_, select, union_all

from listserv.mail.thread import (
    CONVERSATION_OCTETS,
    SUBJECT_REACH,
    Around,
    Evidence,
    Link,
    answers_conversation,
    answers_subject,
    conversation,
    tells,
)
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import post_references, posts

_FOLLOWING = frozenset({Link.BELOW, Link.CUT})


class Filed(NamedTuple):
    """A post's evidence and where it stands: its thread, and by which link."""

    evidence: Evidence
    thread_id: int
    link: Link
    subject: str


class Surroundings:
    """The archived posts outside a set that the set's posts name or might join."""

    def __init__(self, found: Iterable[Filed], inside: Collection[Evidence]) -> None:
        keys = {post.key for post in inside}
        unique = {post.evidence.key: post for post in found if post.evidence.key not in keys}
        self.posts = tuple(unique.values())
        self._threads = {post.evidence.node: post.thread_id for post in self.posts}
        self._keys = first_keys(post.evidence for post in self.posts)
        self._nodes = {post.node for post in inside}

    def around(self) -> Around:
        below = frozenset(post.evidence.node for post in self.posts if post.link in _FOLLOWING)
        return Around(tuple(post.evidence for post in self.posts), below)

    def threads(self, nodes: Iterable[str]) -> set[int]:
        """The threads outside the set that these nodes are in."""
        return {self._threads[node] for node in nodes if node in self._threads}

    def key(self, node: str | None) -> int | None:
        """The id of the first archived post with this node."""
        return None if node is None else self._keys.get(node)

    def ghosts(self, nodes: Iterable[str]) -> set[str]:
        """Those of the nodes that nobody archived."""
        return {node for node in nodes if node not in self._threads and node not in self._nodes}


def first_keys(evidence: Iterable[Evidence]) -> dict[str, int]:
    """For each node the id of the post that had it first."""
    found: dict[str, int] = {}
    for post in evidence:
        found[post.node] = min(post.key, found.get(post.node, post.key))
    return found


def surroundings(connection: Connection, list_id: int, inside: Collection[Evidence]) -> Surroundings:
    """What lies around these posts; their own rows, if archived, are left out."""
    if not any(_asks_around(post) for post in inside):
        return _NOTHING
    nodes = {post.node for post in inside}
    named = {node for post in inside for node in (*post.ids, post.token_node) if node is not None} - nodes
    found = _by_node(connection, list_id, named) if named else []
    nodes.update(post.evidence.node for post in found)
    orphans = [post for post in inside if nodes.isdisjoint(post.ids)]
    found += _by_conversation(connection, list_id, orphans)
    found += by_subject(connection, list_id, orphans)
    return Surroundings(found, inside)


def _asks_around(post: Evidence) -> bool:
    """Whether it names anything or may answer something: what begins a conversation does neither."""
    return bool(post.ids) or post.token_node is not None or answers_subject(post) or answers_conversation(post)


_NOTHING = Surroundings((), ())


def disturbed(connection: Connection, list_id: int, new: Evidence) -> set[int]:
    """The threads of archived posts whose own links may change because `new` comes: none for most posts.

    They name it, share its node, wait for its reply address, or are orphans that might take it for their thread by
    Thread-Index or subject.
    """
    values: dict[str, Any] = {"wanted_list": list_id, "wanted_node": new.node}
    by_subject = tells(new.base_subject)
    if by_subject:
        values |= {"wanted_subject": new.base_subject, "low": new.date_at, "high": new.date_at + SUBJECT_REACH}
    shared = conversation(new.thread_index)
    if shared is not None:
        values |= {"from_index": shared, "before_index": _after(shared)}
    return {row.thread_id for row in _DISTURBED[by_subject, shared is not None].rows(connection, values)}


def naming(connection: Connection, list_id: int, ghosts: Collection[str]) -> set[int]:
    """The threads of the posts that name one of these ids."""
    return {row.thread_id for row in _NAMING.rows(connection, ghosts, {"wanted_list": list_id})}


def orphan_names(connection: Connection, list_id: int, ghosts: Collection[str]) -> bool:
    """Whether a post none of whose ids is archived names one of these."""
    return bool(_ORPHANS_NAMING.rows(connection, ghosts, {"wanted_list": list_id}))


def in_threads(connection: Connection, thread_ids: Collection[int]) -> list[Filed]:
    """Every post of these threads with all its evidence."""
    ids = _ids(_IDS_IN_THREADS.rows(connection, thread_ids))
    return list(filed_of(_IN_THREADS.rows(connection, thread_ids), ids))


def in_list(connection: Connection, list_id: int) -> list[Filed]:
    """Every post of the list with all its evidence."""
    ids = _ids(connection.execute(_IDSIN_LIST, {"wanted_list": list_id}))
    return list(filed_of(connection.execute(IN_LIST, {"wanted_list": list_id}), ids))


def _by_node(connection: Connection, list_id: int, nodes: Collection[str]) -> list[Filed]:
    return list(filed_of(BY_NODE.rows(connection, nodes, {"wanted_list": list_id})))


def _by_conversation(connection: Connection, list_id: int, orphans: Iterable[Evidence]) -> list[Filed]:
    """The posts that share a conversation with one of the orphans which answer one."""
    answering = (conversation(post.thread_index) for post in orphans if answers_conversation(post))
    return in_conversations(connection, list_id, {shared for shared in answering if shared is not None})


def in_conversations(connection: Connection, list_id: int, shared: Collection[bytes]) -> list[Filed]:
    """Every post of these conversations by Thread-Index, ids left out."""
    found: list[Filed] = []
    # One after the other: of four ranges in one statement SQLite makes a walk through the whole list.
    for prefix in shared:
        values = {"wanted_list": list_id, "from_index": prefix, "before_index": _after(prefix)}
        found += filed_of(_IN_CONVERSATION.rows(connection, values))
    return found


def by_subject(connection: Connection, list_id: int, orphans: Iterable[Evidence]) -> list[Filed]:
    """The posts that share a subject with one of the orphans that answer one, from 30 days before the first of them."""
    answering = [post for post in orphans if answers_subject(post)]
    if not answering:
        return []
    values = {
        "wanted_list": list_id,
        "low": min(post.date_at for post in answering) - SUBJECT_REACH,
        "high": max(post.date_at for post in answering),
    }
    if len(answering) == 1:
        only = answering[0]
        values |= {"wanted_subject": only.base_subject, "wanted_node": only.node}
        return list(filed_of(_LATEST_BY_SUBJECT[connection.dialect.name].rows(connection, values)))
    subjects = {post.base_subject for post in answering}
    return list(filed_of(_BY_SUBJECT.rows(connection, subjects, values)))


def _after(prefix: bytes) -> bytes:
    """The first octets that sort after everything that begins with `prefix`."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else prefix + b"\xff" * 1024


_NO_IDS: Mapping[int, list[str]] = {}


def filed_of(rows: Iterable[Any], ids: Mapping[int, list[str]] = _NO_IDS) -> Iterator[Filed]:
    """The posts of these rows, which have the columns of `IN_LIST`, with the ids they name by key."""
    for key, thread, node, at, base, subject, reply, quotes, index, token, link in rows:
        evidence = Evidence(key, node, tuple(ids.get(key, ())), at, base, reply, quotes, index, token)
        yield Filed(evidence, thread, Link(link), subject)


def _ids(rows: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for key, node in rows:
        found[key].append(node)
    return found


_IN_THIS_LIST = posts.c.list_id == bindparam("wanted_list")
_POSTS = select(
    posts.c.id,
    posts.c.thread_id,
    posts.c.node,
    posts.c.date_at,
    posts.c.base_subject,
    posts.c.subject,
    posts.c.is_reply,
    posts.c.quotes,
    posts.c.thread_index,
    posts.c.token_node,
    posts.c.linked_by,
)
IN_LIST = _POSTS.where(_IN_THIS_LIST)
_IN_THREADS = HotAmong(lambda threads: _POSTS.where(posts.c.thread_id.in_(threads)))
BY_NODE = HotAmong(lambda nodes: IN_LIST.where(posts.c.node.in_(nodes)))
_REACHED = IN_LIST.where(posts.c.date_at.between(bindparam("low"), bindparam("high")))
_BY_SUBJECT = HotAmong(lambda subjects: _REACHED.where(posts.c.base_subject.in_(subjects)))


def _latest_by_subject(node: ColumnElement[str]) -> Hot:
    reached = _REACHED.where(
        posts.c.base_subject == bindparam("wanted_subject"),
        posts.c.node != bindparam("wanted_node"),
        (posts.c.date_at < bindparam("high")) | (node < bindparam("wanted_node")),
    )
    return Hot(reached.order_by(posts.c.date_at.desc(), node.desc()).limit(1))


# Nodes in the order of their octets, as `mail.thread` has them: PostgreSQL's own is mostly that of a dictionary.
_LATEST_BY_SUBJECT = {
    "postgresql": _latest_by_subject(collate(posts.c.node, "C")),
    "sqlite": _latest_by_subject(posts.c.node),
}
_REFERENCES = select(post_references.c.post_id, post_references.c.node).order_by(
    post_references.c.post_id, post_references.c.position
)
_IDSIN_LIST = _REFERENCES.where(post_references.c.list_id == bindparam("wanted_list"))
_IDS_IN_THREADS = HotAmong(
    lambda threads: _REFERENCES.join(posts, posts.c.id == post_references.c.post_id).where(
        posts.c.thread_id.in_(threads)
    )
)
_IN_CONVERSATION = Hot(IN_LIST.where(posts.c.thread_index.between(bindparam("from_index"), bindparam("before_index"))))
_NAMING = HotAmong(
    lambda nodes: (
        select(posts.c.thread_id)
        .distinct()
        .join(post_references, posts.c.id == post_references.c.post_id)
        .where(post_references.c.list_id == bindparam("wanted_list"), post_references.c.node.in_(nodes))
    )
)


def linked(*links: Link) -> ColumnElement[bool]:
    """By one of these links; written out, for IN is taken apart anew each time the statement runs."""
    return or_(*(posts.c.linked_by == link for link in links))


_ORPHANS_NAMING = HotAmong(
    lambda nodes: (
        select(posts.c.id)
        .join(post_references, posts.c.id == post_references.c.post_id)
        .where(
            post_references.c.list_id == bindparam("wanted_list"),
            post_references.c.node.in_(nodes),
            linked(Link.NONE, Link.INDEX, Link.TOKEN, Link.SUBJECT),
        )
        .limit(1)
    )
)


def _disturbed_statement(by_subject: bool, by_conversation: bool) -> CompoundSelect[Any]:
    threads = select(posts.c.thread_id).where(_IN_THIS_LIST)
    parts = [
        select(posts.c.thread_id)
        .join(post_references, posts.c.id == post_references.c.post_id)
        .where(
            post_references.c.list_id == bindparam("wanted_list"),
            post_references.c.node == bindparam("wanted_node"),
        ),
        threads.where(posts.c.node == bindparam("wanted_node")),
        threads.where(posts.c.token_node == bindparam("wanted_node")),
    ]
    if by_subject:
        parts.append(
            threads.where(
                posts.c.base_subject == bindparam("wanted_subject"),
                posts.c.date_at.between(bindparam("low"), bindparam("high")),
                posts.c.is_reply,
                linked(Link.NONE, Link.SUBJECT),
            )
        )
    if by_conversation:
        parts.append(
            threads.where(
                posts.c.thread_index.between(bindparam("from_index"), bindparam("before_index")),
                func.length(posts.c.thread_index) > CONVERSATION_OCTETS,
                linked(Link.NONE, Link.INDEX, Link.TOKEN, Link.SUBJECT),
            )
        )
    return union_all(*parts)


_DISTURBED = {
    (by_subject, by_conversation): Hot(_disturbed_statement(by_subject, by_conversation))
    for by_subject in (False, True)
    for by_conversation in (False, True)
}
