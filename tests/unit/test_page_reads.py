"""What a conversation's page asks the database: as much for many posts as for few, and large mails not all at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event

from listserv.errors import NotFound
from listserv.store import bodies
from listserv.store.bodies import post_bodies
from listserv.store.reading import Viewer, open_group, open_posts
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def conversation(name: str, posts: int) -> list[bytes]:
    """Each answers the one before."""
    ids = [f"<{name}{number}@x>" for number in range(posts)]
    first = a_post("Mere <mere@school.example>", name, "Kia ora", Message_ID=ids[0])
    replies = [
        a_post("Hone <h@school.example>", f"Re: {name}", f"Post {at}\n\n> Kia ora", Message_ID=own, References=parent)
        for at, (parent, own) in enumerate(pairwise(ids))
    ]
    return [first, *replies]


def statements(site: WebSiteUnderTest, path: str) -> list[str]:
    """What the page asks of the database that is not in memory yet."""
    seen: list[str] = []

    def watch(connection: object, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(seen.append)  # type: ignore[attr-defined]

    event.listen(site.database._readers, "checkout", watch)
    try:
        assert site.get(path).status == 200
    finally:
        event.remove(site.database._readers, "checkout", watch)
    return seen


def test_a_page_of_many_posts_asks_no_more_often_than_one_of_few(site: WebSiteUnderTest) -> None:
    group = site.group("english")
    few, many = site.archive(group, *conversation("few", 2)), site.archive(group, *conversation("many", 30))
    with site.database.read() as connection:
        found = open_posts(connection, open_group(connection, Viewer(None, NOW), "english"), [few[0], many[0]])
    asked = [statements(site, f"/groups/english/threads/{post.thread_public_id}") for post in found]
    assert len(asked[0]) == len(asked[1])
    assert 3 < len(asked[0]) < 12


def test_large_posts_are_read_one_after_the_other(site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = site.archive(site.group("english"), *conversation("some", 5))
    monkeypatch.setattr(bodies, "OCTETS_AT_ONCE", 1)
    with site.database.read() as connection:
        group = open_group(connection, Viewer(None, NOW), "english")
        read = post_bodies(connection, group, open_posts(connection, group, ids))
        first = next(read)
        assert b"Kia ora" in first.octets
        assert [first.post_id, *(each.post_id for each in read)] == ids


def test_of_a_post_that_is_not_the_groups_there_is_no_body(site: WebSiteUnderTest) -> None:
    ids = site.archive(site.group("english"), *conversation("some", 2))
    site.group("maths")
    with site.database.read() as connection:
        english, maths = (open_group(connection, Viewer(None, NOW), name) for name in ("english", "maths"))
        there = open_posts(connection, english, ids)
        with pytest.raises(NotFound):
            list(post_bodies(connection, maths, there))
