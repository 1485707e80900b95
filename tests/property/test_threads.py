"""Threads do not depend on the order of arrival: following posts one by one comes to what the whole set says."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from listserv.mail.thread import Evidence, Rule, partition
from listserv.store.engine import Database
from listserv.store.migrate import upgrade
from listserv.store.threads import rethread
from tests.conversations import Room, add_messages, groups, post, told

NODES = [f"{letter}@x" for letter in "abcdefgh"]
GHOSTS = ["y@gone", "z@gone"]
SUBJECTS = ["", "frogs", "toads", "hello", "abc"]
CONVERSATIONS = [bytes([1]) * 22, b"\xff" * 22]
DAYS = [0, 0, 1, 2, 29, 30, 30.001, 31, 60]
SAME_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def evidence(draw: st.DrawFn, key: int) -> Evidence:
    node = draw(st.sampled_from(NODES))
    ids = draw(st.lists(st.sampled_from(NODES + GHOSTS), unique=True, max_size=4))
    index = draw(st.none() | st.builds(bytes.__add__, st.sampled_from(CONVERSATIONS), st.sampled_from([b"", b"12345"])))
    return post(
        key,
        node,
        *(name for name in ids if name != node),
        day=draw(st.sampled_from(DAYS)),
        subject=draw(st.sampled_from(SUBJECTS)),
        reply=draw(st.booleans()),
        quotes=draw(st.sampled_from([None, True, False, False])),
        index=index,
        token=draw(st.none() | st.sampled_from(NODES)),
    )


@st.composite
def archives(draw: st.DrawFn, most: int = 12) -> list[Evidence]:
    """Few names for many posts: everything collides."""
    return [draw(evidence(key)) for key in range(1, draw(st.integers(1, most)) + 1)]


@pytest.fixture
def connection(database_url: str) -> Iterator[tuple[Connection, list[int]]]:
    database = Database(database_url)
    upgrade(database)
    try:
        with database.begin() as open_connection:
            yield open_connection, add_messages(open_connection, 20)
    finally:
        database.close()


def check(connection: Connection, message_ids: list[int], posts: list[Evidence]) -> None:
    savepoint = connection.begin_nested()
    room = Room(connection, message_ids)
    for item in posts:
        room.place(item)
    expected = partition(posts, Rule.FULL)
    nodes = {item.key: item.node for item in posts}
    for moved in (None, rethread(connection, room.list_id)):
        assert not moved
        assert groups(room.threads()) == groups(expected.threads)
        assert room.links() == expected.links
        rows = room.thread_rows()
        live = {row["id"] for row in rows.values() if row["alias_of"] is None}
        assert live == set(room.threads().values())
        assert all(row["alias_of"] is None or row["alias_of"] in live for row in rows.values())
        present = {}
        for thread in live:
            keys = frozenset(key for key, home in room.threads().items() if home == thread)
            row = rows[thread]
            present[keys] = (row["posts"], row["first_at"], row["last_at"], nodes.get(row["continued_from"]))
        assert present == told(posts, expected)
    savepoint.rollback()


@SAME_DATABASE
@given(archives(), st.randoms(use_true_random=False))
def test_placing_in_any_order_gives_the_partition(
    connection: tuple[Connection, list[int]], posts: list[Evidence], dice: random.Random
) -> None:
    dice.shuffle(posts)
    check(*connection, posts)
