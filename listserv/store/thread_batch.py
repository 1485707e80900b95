"""Puts many posts of a list into their threads, one after the other, in the transaction that archives them.

The rows are those that `threads.place` would leave, post by post. What the posts may concern is read once for all of
them and kept true as they are placed; rows are written many at a time. Only a post that disturbs others, and an orphan
that may be put to another by its subject, are looked up in the database, after what was held back is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from listserv.mail.thread import (
    CONVERSATION_OCTETS,
    SUBJECT_REACH,
    Evidence,
    Link,
    answers_conversation,
    answers_subject,
    conversation,
    joins,
    tells,
)
from listserv.store.bulk import new_ids
from listserv.store.engine import lock_list
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import post_references, posts
from listserv.store.thread_rows import (
    BY_NODE,
    IN_LIST,
    Filed,
    Surroundings,
    by_subject,
    filed_of,
    in_conversations,
    linked,
)
from listserv.store.thread_settling import Telling, found
from listserv.store.threads import INSERT_REFERENCE, MORE, NO_KEY, TOLD, kept, post_row, resettle

_LOOSE = (Link.NONE, Link.INDEX, Link.TOKEN, Link.SUBJECT)  # of posts whose parent is not archived


def place_all(connection: Connection, list_id: int, new: Sequence[tuple[Evidence, Mapping[str, Any]]]) -> Sequence[int]:
    """As `threads.place` for each of some hundred posts with its columns, in this order; gives their ids."""
    lock_list(connection, list_id)
    ids = new_ids(connection, posts, len(new))
    evidence = [kept(each) for each, _ in new]
    batch = _Batch(connection, list_id, evidence)
    for post_id, each, (_, columns) in zip(ids, evidence, new, strict=True):
        batch.place(post_id, each, columns)
    batch.flush()
    return ids


class _Batch:
    """The posts that the new ones may concern, where they stand, and the rows that are not written yet."""

    def __init__(self, connection: Connection, list_id: int, new: Sequence[Evidence]) -> None:
        self._connection = connection
        self._list_id = list_id
        self._posts: dict[int, Filed] = {}
        self._threads: dict[int, int] = {}
        self._links: dict[int, Link] = {}
        self._by_node: dict[str, set[int]] = defaultdict(set)
        self._naming: dict[str, set[int]] = defaultdict(set)
        self._waiting: dict[str, set[int]] = defaultdict(set)
        self._replies: dict[str, set[int]] = defaultdict(set)
        self._conversations: dict[bytes, set[int]] = defaultdict(set)
        self._tellings: dict[int, Telling] = {}
        self._rows: list[dict[str, Any]] = []
        self._references: list[dict[str, Any]] = []
        self._read(new)

    # What is around.

    def _read(self, new: Sequence[Evidence]) -> None:
        own = {post.node for post in new}
        named = own.union(*(post.ids for post in new), (post.token_node for post in new if post.token_node is not None))
        values: dict[str, Any] = {"wanted_list": self._list_id}
        self._remember(filed_of(BY_NODE.rows(self._connection, named, values)))
        for row in _NAMING.rows(self._connection, named, values):
            self._naming[row.node].add(row.id)
            self._threads[row.id] = row.thread_id
        self._remember(filed_of(_WAITING.rows(self._connection, own, values)))
        shared = [prefix for post in new if (prefix := conversation(post.thread_index)) is not None]
        self._remember(in_conversations(self._connection, self._list_id, set(shared)))
        subjects = {post.base_subject for post in new if tells(post.base_subject)}
        if subjects:
            values |= {
                "low": min(post.date_at for post in new),
                "high": max(post.date_at for post in new) + SUBJECT_REACH,
            }
            self._remember(filed_of(_REPLIES.rows(self._connection, subjects, values)))

    def _remember(self, filed: Iterable[Filed]) -> None:
        for post in filed:
            self._add(post)

    def _add(self, filed: Filed) -> None:
        post = filed.evidence
        self._posts[post.key] = filed
        self._threads[post.key], self._links[post.key] = filed.thread_id, filed.link
        self._by_node[post.node].add(post.key)
        if post.token_node is not None:
            self._waiting[post.token_node].add(post.key)
        if post.is_reply:
            self._replies[post.base_subject].add(post.key)
        shared = conversation(post.thread_index)
        if shared is not None:
            self._conversations[shared].add(post.key)

    def _filed(self, key: int) -> Filed:
        post = self._posts[key]
        return Filed(post.evidence, self._threads[key], self._links[key], post.subject)

    def _surroundings(self, new: Evidence) -> Surroundings:
        """As `thread_rows.surroundings` of this one."""
        nodes = {*new.ids, new.token_node} - {new.node, None}
        keys = {key for node in nodes for key in self._by_node.get(node or "", ())}
        around = [self._filed(key) for key in keys]
        archived = {post.evidence.node for post in around} | {new.node}
        if archived.isdisjoint(new.ids):
            if answers_conversation(new):
                near = self._conversations.get(conversation(new.thread_index) or b"", ())
                around += [self._filed(key) for key in near]
            if answers_subject(new):
                self.flush()
                around += by_subject(self._connection, self._list_id, [new])
        return Surroundings(around, (new,))

    def _threads_naming(self, ghosts: Collection[str]) -> set[int]:
        return {self._threads[key] for node in ghosts for key in self._naming.get(node, ())}

    def _disturbed(self, new: Evidence) -> set[int]:
        """As `thread_rows.disturbed`."""
        keys = {*self._naming.get(new.node, ()), *self._by_node.get(new.node, ()), *self._waiting.get(new.node, ())}
        if tells(new.base_subject):
            low, high = new.date_at, new.date_at + SUBJECT_REACH
            replies = self._replies.get(new.base_subject, ())
            keys.update(key for key in replies if self._is_loose(key, low, high))
        shared = conversation(new.thread_index)
        if shared is not None:
            keys.update(key for key in self._conversations.get(shared, ()) if self._answers_loosely(key))
        return {self._threads[key] for key in keys}

    def _is_loose(self, key: int, low: datetime, high: datetime) -> bool:
        return low <= self._posts[key].evidence.date_at <= high and self._links[key] in (Link.NONE, Link.SUBJECT)

    def _answers_loosely(self, key: int) -> bool:
        index = self._posts[key].evidence.thread_index or b""
        return len(index) > CONVERSATION_OCTETS and self._links[key] in _LOOSE

    # What is done.

    def place(self, post_id: int, new: Evidence, columns: Mapping[str, Any]) -> None:
        """As `threads.place`, with the post's id."""
        known = self._surroundings(new)
        join = joins((new,), known.around())[NO_KEY]
        joined = known.threads(join.nodes)
        haunted = self._threads_naming(known.ghosts(join.nodes))
        shaken = self._disturbed(new)
        row = post_row(self._list_id, new, columns, join)
        concerned = joined | haunted | shaken
        if not concerned:
            telling = Telling(row["subject"], new.date_at, new.date_at, 1, known.key(join.parent))
            self._insert(post_id, new, row, found(self._connection, self._list_id, new.node, telling))
        elif len(joined) == 1 and haunted <= joined and not shaken and self._tell(min(joined), new, row["subject"]):
            self._insert(post_id, new, row, min(joined))
        else:
            self._insert(post_id, new, row, min(concerned))
            self._rework(concerned)

    def _insert(self, post_id: int, new: Evidence, row: dict[str, Any], thread: int) -> None:
        self._rows.append({"id": post_id, "thread_id": thread, **row})
        for position, node in enumerate(new.ids):
            self._references.append({"post_id": post_id, "position": position, "list_id": self._list_id, "node": node})
            self._naming[node].add(post_id)
        self._add(Filed(new._replace(key=post_id, ids=()), thread, row["linked_by"], row["subject"]))

    def _tell(self, thread: int, new: Evidence, subject: str) -> bool:
        """The thread's row tells of one post more; False, and nothing done, if another is as early."""
        told = self._tellings.get(thread)
        if told is None:
            row: Any = TOLD.first(self._connection, {"thread": thread})
            told = Telling(row.subject, row.first_at, row.last_at, 0, None)
        if new.date_at == told.first_at:
            return False
        earliest = new.date_at < told.first_at
        self._tellings[thread] = Telling(
            subject if earliest else told.subject,
            min(new.date_at, told.first_at),
            max(new.date_at, told.last_at),
            told.posts + 1,
            None,
        )
        return True

    def _rework(self, concerned: set[int]) -> None:
        self.flush()
        settled = resettle(self._connection, self._list_id, concerned)
        for post in settled.filed:
            key = post.evidence.key
            self._threads[key] = settled.moved.get(key, post.thread_id)
            self._links[key] = settled.joined[key].link
        self._tellings.clear()

    def flush(self) -> None:
        """What was held back is written."""
        if self._rows:
            _INSERT_POST.run_each(self._connection, self._rows)
        if self._references:
            INSERT_REFERENCE.run_each(self._connection, self._references)
        more = [
            {
                "thread": thread,
                "subject": told.subject,
                "first_at": told.first_at,
                "last_at": told.last_at,
                "more": told.posts,
            }
            for thread, told in self._tellings.items()
            if told.posts
        ]
        if more:
            MORE.run_each(self._connection, more)
        self._tellings = {thread: replace(told, posts=0) for thread, told in self._tellings.items()}
        self._rows, self._references = [], []


_NAMING = HotAmong(
    lambda nodes: (
        select(post_references.c.node, posts.c.id, posts.c.thread_id)
        .join(posts, posts.c.id == post_references.c.post_id)
        .where(post_references.c.list_id == bindparam("wanted_list"), post_references.c.node.in_(nodes))
    )
)
_WAITING = HotAmong(lambda nodes: IN_LIST.where(posts.c.token_node.in_(nodes)))
_REPLIES = HotAmong(
    lambda subjects: IN_LIST.where(
        posts.c.base_subject.in_(subjects),
        posts.c.date_at.between(bindparam("low"), bindparam("high")),
        posts.c.is_reply,
        linked(*_LOOSE),
    )
)
_INSERT_POST = Hot(insert(posts))
