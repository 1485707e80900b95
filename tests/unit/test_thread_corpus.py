"""Threads of real archives and of mail made to break threading."""

from __future__ import annotations

import lzma
import random
from functools import cache
from pathlib import Path

import pytest

from listserv.mail.mbox import read_mbox
from listserv.mail.thread import Evidence, Link, Rule, partition
from listserv.store.threads import load_evidence, rethread
from tests.conversations import Room, assert_agrees, evidence_of, groups, open_archive
from tests.plain_oracle import plain_threads

pytestmark = pytest.mark.corpus

ORDERS = 10


@cache
def read_archive(file: Path) -> tuple[Evidence, ...]:
    with lzma.open(file) as octets:
        return tuple(evidence_of(key, message) for key, message in enumerate(read_mbox(octets), 1))


@cache
def read_folder(folder: Path) -> tuple[Evidence, ...]:
    files = sorted(path for path in folder.iterdir() if path.suffix not in {".md", ".tsv"})
    return tuple(evidence_of(key, path.read_bytes()) for key, path in enumerate(files, 1))


@pytest.fixture(params=["archives", "threading"])
def archives(request: pytest.FixtureRequest, corpus: Path) -> list[tuple[Evidence, ...]]:
    if request.param == "threading":
        return [read_folder(corpus / "threading")]
    return [read_archive(file) for file in sorted((corpus / "archive").glob("*.mbox.xz"))]


def test_the_plain_rule_is_what_its_words_say_in_every_order(archives: list[tuple[Evidence, ...]]) -> None:
    for posts in archives:
        expected = plain_threads(posts)
        shuffled = [random.Random(seed).sample(posts, len(posts)) for seed in range(ORDERS)]
        for order in (posts, posts[::-1], *shuffled):
            assert groups(partition(order, Rule.PLAIN).threads) == expected


def test_most_posts_find_a_thread(archives: list[tuple[Evidence, ...]]) -> None:
    for posts in archives:
        for rule in Rule:
            assert 1 < len(groups(partition(posts, rule).threads)) < len(posts) / 2


def test_hijacks_are_found_and_few(corpus: Path) -> None:
    cut = total = 0
    for file in sorted((corpus / "archive").glob("*.mbox.xz")):
        posts = read_archive(file)
        cut += list(partition(posts, Rule.FULL).links.values()).count(Link.CUT)
        total += len(posts)
    assert 0 < cut < total / 100


def place_all(url: str, posts: tuple[Evidence, ...]) -> None:
    with open_archive(url, len(posts)) as (connection, message_ids):
        for order in (posts, random.Random(1).sample(posts, len(posts))):
            room = Room(connection, message_ids)
            for item in order:
                room.place(item)
            assert_agrees(room, posts)
            assert rethread(connection, room.list_id) == 0
            assert len(load_evidence(connection, room.list_id)) == len(posts)


def test_placing_a_folder_comes_to_the_same(corpus: Path, database_url: str) -> None:
    place_all(database_url, read_folder(corpus / "threading"))


def test_placing_archives_comes_to_the_same(corpus: Path, tmp_path: Path) -> None:
    for number, file in enumerate(sorted((corpus / "archive").glob("*.mbox.xz"))):
        place_all(f"sqlite:///{tmp_path}/{number}.db", read_archive(file))
