"""Makes the rows say what the links say: which post is in which thread, and what each thread row tells of its posts.

A thread row stays with the post that founded it (the one archived first), so its public id and address last. Threads
that merge go on under the oldest row; the others become aliases of it, always one step long. The part that a split
takes away gets a row of its own: the alias its founder once had, or a new one. Only differences are written.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.mail.thread import Join, Link, components
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import posts, threads
from listserv.store.thread_rows import Filed

PUBLIC_OCTETS = 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # base32 (RFC 4648 §6)
_PAIRS = [one + two for one in _LETTERS for two in _LETTERS]
_PLACES = range(8 * PUBLIC_OCTETS - 10, 0, -10)  # of two letters each, the first twelve letters


@dataclass(frozen=True, slots=True)
class Telling:
    """What a thread row tells of its posts. `subject` is the earliest's by Date; `continued_from` a post's id."""

    subject: str
    first_at: datetime
    last_at: datetime
    posts: int
    continued_from: int | None

    def columns(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def settle(
    connection: Connection, list_id: int, filed: Collection[Filed], joined: Mapping[int, Join], keys: Mapping[str, int]
) -> dict[int, int]:
    """Writes the threads of these posts, which must be whole threads; returns the thread of each post that moved.

    `keys` holds a post's id for each node that one of them was cut from.
    """
    labels = components((post.evidence for post in filed), joined)
    parts: dict[int, list[Filed]] = defaultdict(list)
    for post in filed:
        parts[labels[post.evidence.key]].append(post)
    heirs = _heirs(filed, labels)
    tellings = {label: _telling(part, joined, keys) for label, part in parts.items()}
    homes: dict[int, int] = {}
    for label, part in parts.items():
        founder = min(part, key=_key)
        row = min(heirs[label], default=None)
        homes[label] = found(connection, list_id, founder.evidence.node, tellings[label]) if row is None else row
        _alias(connection, heirs[label] - {homes[label]}, homes[label])
    _tell(connection, {homes[label]: telling for label, telling in tellings.items()})
    return _move(connection, [(post, homes[labels[_key(post)]], joined[_key(post)].link) for post in filed])


def found(connection: Connection, list_id: int, node: str, telling: Telling) -> int:
    """A thread row of its own for the thread that this node founds: the alias it had before a merge, or a new row."""
    for attempt in count():
        public_id = _public_id(list_id, node, attempt)
        values = {"list_id": list_id, "public_id": public_id, **telling.columns()}
        made = _INSERT[connection.dialect.name].scalar(connection, values)
        if made is not None:
            return int(made)
        alias = _ALIAS_NAMED.scalar(connection, {"wanted": public_id, "wanted_list": list_id})
        if alias is not None:
            _REVIVE.run(connection, {"thread": alias, **telling.columns()})
            return int(alias)
    raise AssertionError("count() does not end")


def _public_id(list_id: int, node: str, attempt: int) -> str:
    """Short, the same whenever it is made anew, and telling nothing of the message."""
    named = f"{list_id} {attempt} {node}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(hashlib.sha256(named).digest()[:PUBLIC_OCTETS], "big")
    return "".join([_PAIRS[number >> place & 1023] for place in _PLACES])


def _key(post: Filed) -> int:
    return post.evidence.key


def _heirs(filed: Iterable[Filed], labels: Mapping[int, int]) -> dict[int, set[int]]:
    """For each label the thread rows whose founder is in that part."""
    founders: dict[int, int] = {}
    for post in filed:
        founders[post.thread_id] = min(_key(post), founders.get(post.thread_id, _key(post)))
    heirs: dict[int, set[int]] = defaultdict(set)
    for thread, founder in founders.items():
        heirs[labels[founder]].add(thread)
    return heirs


def _telling(part: Collection[Filed], joined: Mapping[int, Join], keys: Mapping[str, int]) -> Telling:
    ordered = sorted(part, key=lambda post: (post.evidence.date_at, post.evidence.node, _key(post)))
    inside = {post.evidence.node for post in part}
    cuts = (joined[_key(post)].parent for post in ordered if joined[_key(post)].link is Link.CUT)
    parent = next((node for node in cuts if node not in inside and node is not None), None)
    first, last = ordered[0], ordered[-1]
    continued_from = None if parent is None else keys[parent]
    return Telling(first.subject, first.evidence.date_at, last.evidence.date_at, len(part), continued_from)


def _alias(connection: Connection, rows: Collection[int], home: int) -> None:
    _ALIAS.run(connection, rows, {"home": home})


def _move(connection: Connection, placed: Iterable[tuple[Filed, int, Link]]) -> dict[int, int]:
    """Posts whose thread or link is another now are written; returns the thread of those that changed it."""
    moving: dict[tuple[int, Link], list[int]] = defaultdict(list)
    moved: dict[int, int] = {}
    for post, home, link in placed:
        if (post.thread_id, post.link) != (home, link):
            moving[home, link].append(_key(post))
        if post.thread_id != home:
            moved[_key(post)] = home
    for (home, link), keys in moving.items():
        _MOVE.run(connection, keys, {"home": home, "link": link})
    return moved


def _tell(connection: Connection, tellings: Mapping[int, Telling]) -> None:
    """Thread rows that tell something else now are written."""
    changed = []
    for thread, *told in _TOLD.rows(connection, tellings):
        if Telling(*told) != tellings[thread]:
            changed.append({"thread": thread, **tellings[thread].columns()})
    if changed:
        _TELL.run_each(connection, changed)


_ALIAS_NAMED = Hot(
    select(threads.c.id).where(
        threads.c.public_id == bindparam("wanted"),
        threads.c.list_id == bindparam("wanted_list"),
        threads.c.alias_of.is_not(None),
    )
)
_INSERT = {
    name: Hot(dialect(threads).on_conflict_do_nothing(index_elements=["public_id"]).returning(threads.c.id))
    for name, dialect in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}
_ALIAS = HotAmong(
    lambda rows: (
        update(threads)
        .where(or_(threads.c.id.in_(rows), threads.c.alias_of.in_(rows)))
        .values(alias_of=bindparam("home"), posts=0, continued_from=None)
    )
)
_MOVE = HotAmong(
    lambda moving: (
        update(posts).where(posts.c.id.in_(moving)).values(thread_id=bindparam("home"), linked_by=bindparam("link"))
    )
)
_TOLD = HotAmong(
    lambda rows: select(
        threads.c.id,
        threads.c.subject,
        threads.c.first_at,
        threads.c.last_at,
        threads.c.posts,
        threads.c.continued_from,
    ).where(threads.c.id.in_(rows))
)
_TELLING = (
    update(threads)
    .where(threads.c.id == bindparam("thread"))
    .values({name: bindparam(name) for name in Telling.__slots__})
)
_TELL = Hot(_TELLING)
_REVIVE = Hot(_TELLING.values(alias_of=None))
