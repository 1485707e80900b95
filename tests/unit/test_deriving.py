"""The words that an import's workers derive are those that a server's index derives later."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.inbound.deriving import workers_for
from listserv.inbound.importing import import_mbox
from listserv.mail.mbox import write_mbox_entry
from listserv.store.archive import posts_without_text
from listserv.store.search import post_text
from tests.store_site import NOW
from tests.web_site import WebSiteUnderTest, web_site

WORDS = "Our running records show that the Year 4 readers skip the endings of the longer words when they are tired."


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, database_url) as made:
        yield made


def an_mbox(conversations: int) -> io.BytesIO:
    """Conversations of three, mixed; each answer repeats what it answers without a mark."""
    entries = []
    for number in range(3 * conversations):
        turn, conversation = divmod(number, conversations)
        before = [f"{each}.{conversation}@school.example" for each in range(turn)]
        names = f"References: {' '.join(f'<{each}>' for each in before)}\r\n" if before else ""
        said = [f"Said {each} in conversation {conversation}. {WORDS} Number {each}." for each in range(turn + 1)]
        octets = (
            f"From: Mere <mere@school.example>\r\nSubject: {'Re: ' if turn else ''}Conversation {conversation}\r\n"
            f"Message-ID: <{turn}.{conversation}@school.example>\r\n{names}"
            f"Date: Mon, 16 Nov 2026 0{turn}:00:00 +1300\r\n\r\n" + "\r\n\r\n".join(reversed(said)) + "\r\n"
        )
        entries.append(write_mbox_entry(octets.encode(), "mere@school.example", NOW))
    return io.BytesIO(b"".join(entries))


def texts_of(site: WebSiteUnderTest, posts: int) -> list[tuple[str, str, str, str]]:
    with site.database.read() as connection:
        assert not posts_without_text(connection, 1)
        found = [post_text(connection, each) for each in range(1, posts + 1)]
    return [(each.author, each.subject, each.own, each.quoted) for each in found if each is not None]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_import_is_searchable_and_says_what_a_server_would_have_derived(
    site: WebSiteUnderTest, workers: int
) -> None:
    site.group("one")
    site.group("other")
    done = import_mbox(site.database, "one", an_mbox(80), site.settings, lambda: NOW, workers)
    assert done.archived == 240
    derived = texts_of(site, 240)
    import_mbox(site.database, "other", an_mbox(80), site.settings, lambda: NOW)
    site.index()
    assert texts_of(site, 480)[240:] == derived
    last = derived[-1]
    assert last[2].startswith("Said 2 in conversation 79")
    assert "Said 1 in" not in last[2]
    assert "Said 1 in" in last[3]
    assert "Conversation 7" in site.get("/groups/one/search?q=endings").text


def test_a_second_file_knows_the_words_of_the_first(site: WebSiteUnderTest) -> None:
    site.group("one")
    entries = an_mbox(1).getvalue().split(b"\n\nFrom ")
    for number, entry in enumerate(entries):
        octets = entry if number == 0 else b"From " + entry
        import_mbox(site.database, "one", io.BytesIO(octets), site.settings, lambda: NOW, workers=0)
    assert [each[2].count("Said") for each in texts_of(site, 3)] == [1, 1, 1]


def test_small_files_are_not_worth_a_process() -> None:
    assert workers_for(100_000) == 0
    assert workers_for(100_000_000) >= 1
