"""Who wants a thread's posts at once, and who wants none of them, whatever they get of the rest of the group.

Asked with one indexed query for each reply, never for a post that begins a thread. A choice stays with the thread in
which it was made; where threads were merged, the latest of a person's choices counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.model.case import Ask
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import addresses, subscriptions, thread_choices, threads

FOLLOW, MUTE = Ask.FOLLOW.value, Ask.MUTE.value


class Follower(NamedTuple):
    """A subscription, whose it is, and the key of the address its copies go to."""

    subscription_id: int
    person_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list's subscribers chose for one thread; `muted` are subscription ids."""

    followers: tuple[Follower, ...]
    muted: frozenset[int]


NO_CHOICES = Choices((), frozenset())


def choose(connection: Connection, thread_id: int, person_id: int, choice: Ask, now: datetime) -> None:
    """From now on the person follows the thread, or mutes it."""
    row = {"thread_id": thread_id, "person_id": person_id, "choice": choice.value, "at": now}
    if not _insert(connection, row):
        connection.execute(
            update(thread_choices)
            .where(thread_choices.c.thread_id == thread_id, thread_choices.c.person_id == person_id)
            .values(choice=choice.value, at=now)
        )


def follow_unless_chosen(connection: Connection, thread_id: int, person_id: int, now: datetime) -> None:
    """Who has written in a thread follows it, unless she has said something else."""
    _insert(connection, {"thread_id": thread_id, "person_id": person_id, "choice": FOLLOW, "at": now})


def choices(connection: Connection, list_id: int, thread_id: int, now: datetime) -> Choices:
    """What those who are in the list now, and do not pause, chose for the thread."""
    latest = {row.person_id: row.choice for row in _CHOSEN.rows(connection, {"thread": thread_id})}
    if not latest:
        return NO_CHOICES
    here = _HERE.rows(connection, latest, {"wanted_list": list_id, "now": now})
    return Choices(
        tuple(Follower(row.id, row.person_id, row.key) for row in here if latest[row.person_id] == FOLLOW),
        frozenset(row.id for row in here if latest[row.person_id] == MUTE),
    )


def _insert(connection: Connection, row: Mapping[str, object]) -> bool:
    return _INSERT[connection.dialect.name].first(connection, row) is not None


_INSERT = {
    name: Hot(dialect(thread_choices).on_conflict_do_nothing().returning(thread_choices.c.id))
    for name, dialect in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}
_NOW = bindparam("now", type_=subscriptions.c.until.type)
_MERGED = select(threads.c.id).where(
    (threads.c.id == bindparam("thread")) | (threads.c.alias_of == bindparam("thread"))
)
_CHOSEN = Hot(
    select(thread_choices.c.person_id, thread_choices.c.choice)
    .where(thread_choices.c.thread_id.in_(_MERGED))
    .order_by(thread_choices.c.at, thread_choices.c.id)
)
# Who of these persons is in the list and does not pause. Asked for by person: from the list's side SQLite would look at
# each of its subscriptions.
_HERE = HotAmong(
    lambda persons: (
        select(subscriptions.c.id, subscriptions.c.person_id, addresses.c.key)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(
            subscriptions.c.list_id == bindparam("wanted_list"),
            subscriptions.c.person_id.in_(persons),
            subscriptions.c.left_at.is_(None),
            subscriptions.c.until.is_(None) | (subscriptions.c.until > _NOW),
            subscriptions.c.paused_until.is_(None) | (subscriptions.c.paused_until <= _NOW),
        )
    )
)
