"""Threads do not depend on the order of arrival: following posts one by one comes to what the whole set says.

The plain rule is held against `tests.plain_oracle`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from listserv.mail.thread import EMPTY_WORDS, Evidence, Rule, partition
from listserv.store.threads import rethread
from tests.conversations import Room, assert_agrees, groups, open_archive, post
from tests.plain_oracle import earlier_by_subject, plain_threads

NODES = [f"{letter}@x" for letter in "abcdefgh"]
GHOSTS = ["y@gone", "z@gone"]
SUBJECTS = ["", "frogs", "toads", "hello", "abc"]
CONVERSATIONS = [bytes([1]) * 22, b"\xff" * 22]
DAYS = [0, 0, 1, 2, 29, 30, 30.001, 31, 60]
SAME_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def evidence(draw: st.DrawFn, key: int, own_node: bool) -> Evidence:
    node = f"{key}@own" if own_node and draw(st.integers(0, 9)) else draw(st.sampled_from(NODES))
    names = [*NODES, *GHOSTS, *(f"{number}@own" for number in range(1, 13) if own_node)]
    ids = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
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
        token=draw(st.none() | st.sampled_from(names)),
    )


@st.composite
def archives(draw: st.DrawFn) -> list[Evidence]:
    """Few names for many posts: everything collides, or all but the posts' own names do."""
    own_nodes = draw(st.booleans())
    return [draw(evidence(key, own_nodes)) for key in range(1, draw(st.integers(1, 12)) + 1)]


@pytest.fixture
def archive(database_url: str) -> Iterator[tuple[Connection, list[int]]]:
    with open_archive(database_url, 12) as opened:
        yield opened


@SAME_DATABASE
@given(archives(), st.randoms(use_true_random=False))
def test_placing_in_any_order_gives_the_partition(
    archive: tuple[Connection, list[int]], posts: list[Evidence], dice: random.Random
) -> None:
    connection, message_ids = archive
    dice.shuffle(posts)
    with connection.begin_nested() as savepoint:
        room = Room(connection, message_ids)
        for count, item in enumerate(posts, 1):
            room.place(item)
            if count in (len(posts) // 2, len(posts)):
                assert_agrees(room, posts[:count])
        assert rethread(connection, room.list_id) == 0
        assert_agrees(room, posts)
        savepoint.rollback()


@given(archives(), st.randoms(use_true_random=False))
def test_neither_order_nor_keys_decide(posts: list[Evidence], dice: random.Random) -> None:
    keys = [item.key for item in posts]
    dice.shuffle(keys)
    renamed = {item.key: key for item, key in zip(posts, keys, strict=True)}
    shuffled = [item._replace(key=renamed[item.key]) for item in posts]
    dice.shuffle(shuffled)
    for rule in Rule:
        once, again = partition(posts, rule), partition(shuffled, rule)
        same = {frozenset(renamed[key] for key in keys) for keys in groups(once.threads)}
        assert same == groups(again.threads)
        assert {renamed[key]: link for key, link in once.links.items()} == again.links
        assert {renamed[key]: node for key, node in once.continued_from.items()} == again.continued_from


@given(archives())
def test_the_full_rule_without_its_own_evidence_is_the_plain_rule(posts: list[Evidence]) -> None:
    bare = [
        item._replace(quotes=None, thread_index=None, token_node=None)
        for item in posts
        if item.base_subject not in EMPTY_WORDS
    ]
    assert groups(partition(bare, Rule.FULL).threads) == groups(partition(bare, Rule.PLAIN).threads)


@given(archives())
def test_the_plain_rule_is_what_its_words_say(posts: list[Evidence]) -> None:
    found = partition(posts, Rule.PLAIN)
    assert groups(found.threads) == plain_threads(posts)
    assert found.by_subject == {item.key for item in posts if earlier_by_subject(item, posts) is not None}
    assert not found.continued_from
