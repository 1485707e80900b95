"""Puts each post of a list into its thread, as it comes, in the transaction that archives it.

After any posts in any order the rows say what `mail.thread.partition(every post, Rule.FULL)` says: `place` looks at
the posts that a new one concerns and asks the same pure functions, `rethread` asks them about the whole list. A post
that concerns one thread and disturbs nobody (nearly all do) costs a handful of small statements; else the threads it
may concern are read whole, and more of them until no link leaves the set.

Both lock the list until the transaction ends (`engine.lock_list`): on PostgreSQL two nodes might else begin or merge
the same thread at once. That needs READ COMMITTED, PostgreSQL's default: what is read after the lock must be new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from listserv.mail.thread import Evidence, Join, Link, joins
from listserv.store.engine import lock_list
from listserv.store.hot import Hot
from listserv.store.schema import post_references, posts, threads
from listserv.store.thread_rows import (
    Filed,
    Surroundings,
    disturbed,
    first_keys,
    in_list,
    in_threads,
    naming,
    orphan_names,
    surroundings,
)
from listserv.store.thread_settling import Telling, found, settle

# The key of a post that has no row yet; rows count from 1.
NO_KEY = 0

# What an index of PostgreSQL takes (2,704 octets a row) with room for four octets a character.
ID_CHARACTERS = 600
SUBJECT_CHARACTERS = 500
INDEX_OCTETS = 2_000


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new post is: its own id, its thread's, by which link, and how many other posts it moved."""

    post_id: int
    thread_id: int
    link: Link
    moved: int = 0


class Settled(NamedTuple):
    """Posts as they stood before, what each joins now, and the thread of each that moved, by key."""

    filed: Sequence[Filed]
    joined: Mapping[int, Join]
    moved: Mapping[int, int]


def place(connection: Connection, list_id: int, new: Evidence, columns: Mapping[str, Any]) -> Placement:
    """Inserts a post with the ids it names, in its thread; other posts may move because of it.

    `new.key` is not looked at: the row has no id yet. `columns` are the others of the post's row: message_id, subject,
    counts_at, archived_at and what else is known; `subject` is also its thread's while it is the earliest there.
    """
    lock_list(connection, list_id)
    new = kept(new)
    known = surroundings(connection, list_id, (new,))
    join = joins((new,), known.around())[new.key]
    joined = known.threads(join.nodes)
    # Who names the same ghost may be cut off from it, unless she is an orphan: those join all that they name.
    ghosts = known.ghosts(join.nodes)
    haunted = naming(connection, list_id, ghosts)
    shaken = disturbed(connection, list_id, new)
    row = post_row(list_id, new, columns, join)
    if not (joined or haunted or shaken):
        return _begin(connection, list_id, new, row, known.key(join.parent))
    plain = len(joined | haunted) == 1 and not shaken and (joined or orphan_names(connection, list_id, ghosts))
    placement = _reply(connection, new, row, min(joined | haunted)) if plain else None
    return placement or _rework(connection, list_id, new, row, joined | haunted | shaken)


def rethread(connection: Connection, list_id: int) -> int:
    """Works out the whole list anew and mends what differs; returns how many posts moved."""
    lock_list(connection, list_id)
    filed = in_list(connection, list_id)
    evidence = [post.evidence for post in filed]
    return len(settle(connection, list_id, filed, joins(evidence), first_keys(evidence)))


def load_evidence(connection: Connection, list_id: int) -> list[Evidence]:
    """What threading knows of every post of the list, in no particular order."""
    return [post.evidence for post in in_list(connection, list_id)]


def kept(new: Evidence) -> Evidence:
    """The evidence as a row can keep it, which is also what it is compared by; nobody's real mail is shortened."""
    if _fits(new):
        return new if new.key == NO_KEY else new._replace(key=NO_KEY)
    return new._replace(
        key=NO_KEY,
        node=_kept_id(new.node),
        ids=tuple([_kept_id(node) for node in new.ids]),
        base_subject=new.base_subject[:SUBJECT_CHARACTERS],
        thread_index=None if new.thread_index is None else new.thread_index[:INDEX_OCTETS],
    )


def _fits(new: Evidence) -> bool:
    if len(new.base_subject) > SUBJECT_CHARACTERS or len(new.thread_index or b"") > INDEX_OCTETS:
        return False
    return max(map(len, (new.node, *new.ids))) <= ID_CHARACTERS


def _kept_id(node: str) -> str:
    if len(node) <= ID_CHARACTERS:
        return node
    return f"{hashlib.sha256(node.encode('utf-8', 'surrogatepass')).hexdigest()}@overlong.invalid"


def _touched(connection: Connection, list_id: int, nodes: Collection[str], known: Surroundings) -> set[int]:
    """The threads outside the set that posts joining these nodes share."""
    return known.threads(nodes) | naming(connection, list_id, known.ghosts(nodes))


def _begin(connection: Connection, list_id: int, new: Evidence, row: dict[str, Any], parent: int | None) -> Placement:
    telling = Telling(row["subject"], new.date_at, new.date_at, 1, parent)
    return _insert(connection, new, row, found(connection, list_id, new.node, telling))


def _reply(connection: Connection, new: Evidence, row: dict[str, Any], thread: int) -> Placement | None:
    """One more post in this thread; None, and nothing done, if another is as early and may give the subject."""
    told: Any = TOLD.first(connection, {"thread": thread})
    if new.date_at == told.first_at:
        return None
    values = {
        "thread": thread,
        "subject": row["subject"] if new.date_at < told.first_at else told.subject,
        "first_at": min(new.date_at, told.first_at),
        "last_at": max(new.date_at, told.last_at),
    }
    MORE.run(connection, {**values, "more": 1})
    return _insert(connection, new, row, thread)


def _rework(connection: Connection, list_id: int, new: Evidence, row: dict[str, Any], concerned: set[int]) -> Placement:
    """Files the post with the oldest thread it concerns, then settles all that it may concern."""
    first = _insert(connection, new, row, min(concerned))
    settled = resettle(connection, list_id, concerned)
    thread = settled.moved.get(first.post_id, first.thread_id)
    return Placement(
        first.post_id, thread, settled.joined[first.post_id].link, len(settled.moved.keys() - {first.post_id})
    )


def resettle(connection: Connection, list_id: int, concerned: set[int]) -> Settled:
    """Works out anew these threads, and more of them until no link leaves the set."""
    filed: list[Filed] = []
    threads_read: set[int] = set()
    while concerned:
        filed += in_threads(connection, concerned)
        threads_read |= concerned
        evidence = [post.evidence for post in filed]
        known = surroundings(connection, list_id, evidence)
        joined = joins(evidence, known.around())
        nodes = {node for join in joined.values() for node in join.nodes}
        concerned = _touched(connection, list_id, nodes, known) - threads_read
    keys = first_keys((*evidence, *known.around().posts))
    return Settled(filed, joined, settle(connection, list_id, filed, joined, keys))


def _insert(connection: Connection, new: Evidence, row: dict[str, Any], thread: int) -> Placement:
    post_id = int(_INSERT_POST.scalar(connection, {**row, "thread_id": thread}) or 0)
    if new.ids:
        named = [
            {"post_id": post_id, "position": position, "list_id": row["list_id"], "node": node}
            for position, node in enumerate(new.ids)
        ]
        INSERT_REFERENCE.run_each(connection, named)
    return Placement(post_id, thread, row["linked_by"])


def post_row(list_id: int, new: Evidence, columns: Mapping[str, Any], join: Join) -> dict[str, Any]:
    """The columns of a post's row, but for its thread."""
    return {
        **columns,
        "list_id": list_id,
        "node": new.node,
        "date_at": new.date_at,
        "base_subject": new.base_subject,
        "is_reply": new.is_reply,
        "quotes": new.quotes,
        "thread_index": new.thread_index,
        "token_node": new.token_node,
        "linked_by": join.link,
    }


_INSERT_POST = Hot(insert(posts).returning(posts.c.id))
INSERT_REFERENCE = Hot(insert(post_references))
TOLD = Hot(select(threads.c.subject, threads.c.first_at, threads.c.last_at).where(threads.c.id == bindparam("thread")))
MORE = Hot(
    update(threads)
    .where(threads.c.id == bindparam("thread"))
    .values(
        subject=bindparam("subject"),
        first_at=bindparam("first_at"),
        last_at=bindparam("last_at"),
        posts=threads.c.posts + bindparam("more"),
    )
)
