"""Posts placed many at a time leave the rows that they leave when each is placed by itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from listserv.mail.thread import Evidence
from listserv.store.schema import post_references, posts, threads
from listserv.store.thread_batch import place_all
from tests.conversations import START, Room, open_archive
from tests.property.test_threads import SAME_DATABASE, archives


@pytest.fixture
def archive(database_url: str) -> Iterator[tuple[Connection, list[int]]]:
    with open_archive(database_url, 12) as opened:
        yield opened


def rows(connection: Connection, list_id: int) -> list[Any]:
    """All rows of the list's archive; a row's id is its place among those of its table."""
    told = connection.execute(select(threads).where(threads.c.list_id == list_id).order_by(threads.c.id)).all()
    filed = connection.execute(select(posts).where(posts.c.list_id == list_id).order_by(posts.c.id)).all()
    thread = {row.id: place for place, row in enumerate(told)}
    post = {row.id: place for place, row in enumerate(filed)}
    named = connection.execute(select(post_references).where(post_references.c.list_id == list_id))
    return [
        [
            (row.subject, row.first_at, row.last_at, row.posts, post.get(row.continued_from), thread.get(row.alias_of))
            for row in told
        ],
        [
            {**row._mapping, "id": post[row.id], "thread_id": thread[row.thread_id], "list_id": 0, "message_id": 0}
            for row in filed
        ],
        sorted((post[row.post_id], row.position, row.node) for row in named),
    ]


@SAME_DATABASE
@given(archives(), st.randoms(use_true_random=False))
def test_lots_of_any_size_leave_the_same_rows(
    archive: tuple[Connection, list[int]], evidence: list[Evidence], dice: random.Random
) -> None:
    connection, message_ids = archive
    dice.shuffle(evidence)
    with connection.begin_nested() as savepoint:
        single, many = Room(connection, message_ids), Room(connection, message_ids)
        for post in evidence:
            single.place(post)
        at = 0
        while at < len(evidence):
            lot = evidence[at : at + dice.randint(1, 8)]
            columns = [
                {"message_id": id, "subject": f"Subject of {post.node}", "counts_at": START, "archived_at": START}
                for post, id in zip(lot, message_ids[at:], strict=False)
            ]
            assert len(place_all(connection, many.list_id, list(zip(lot, columns, strict=True)))) == len(lot)
            at += len(lot)
        assert rows(connection, many.list_id) == rows(connection, single.list_id)
        savepoint.rollback()
