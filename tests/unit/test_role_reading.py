"""Whoever reads a private group at a role's address sees the conversations that began since she came, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from listserv.mail.address import address_key
from listserv.model.lists import MailList
from listserv.store.engine import Connection
from listserv.store.people import add_member, get_member, remove_member
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

MERE, PRINCIPAL = "mere@school.example", "principal@school.example"


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, database_url) as made:
        yield made


def post(subject: str) -> bytes:
    return a_post(MERE, subject, f"Said about {subject}", Message_ID=f"<{subject}@school.example>")


@pytest.mark.parametrize("private", [True, False])
def test_what_was_written_before_a_role_came_is_not_its_to_read(site: WebSiteUnderTest, private: bool) -> None:
    leaders = site.group("leaders", MERE, private=private)
    early = post("before").replace(b"16 Nov 2026 20:00", b"01 Nov 2026 20:00")
    (before,) = site.archive(leaders, early, at=NOW - timedelta(days=15))
    joined(site, leaders, NOW - timedelta(days=5))
    (after,) = site.archive(leaders, post("after"))
    site.index()
    for reader, sees_all in ((PRINCIPAL, not private), (MERE, True)):
        cookie = site.sign_in(reader)
        pages = {
            page: site.get(f"/groups/leaders/{page}", cookie=cookie)
            for page in ("", "search?q=said", "feed.atom", f"posts/{before}", f"posts/{before}/original.eml")
        }
        assert site.get(f"/groups/leaders/posts/{after}", cookie=cookie).status == 200
        for page in ("", "search?q=said", "feed.atom"):
            assert "after" in pages[page].text
            assert ("before" in pages[page].text) is sees_all, page
        for page in (f"posts/{before}", f"posts/{before}/original.eml"):
            assert pages[page].status == (200 if sees_all else 404), page


def test_what_is_hidden_fills_no_page_of_a_search(site: WebSiteUnderTest) -> None:
    leaders = site.group("leaders", MERE, private=True)
    site.archive(
        leaders, post("before").replace(b"16 Nov 2026 20:00", b"01 Nov 2026 20:00"), at=NOW - timedelta(days=15)
    )
    joined(site, leaders, NOW - timedelta(days=5))
    site.archive(leaders, post("after").replace(b"16 Nov 2026 20:00", b"15 Nov 2026 20:00"))
    answers = [
        a_post(
            MERE, "Re: before", f"Said again {n}", Message_ID=f"<{n}@x.example>", In_Reply_To="<before@school.example>"
        )
        for n in range(21)
    ]
    site.archive(leaders, *answers)
    page = site.get("/groups/leaders/search?q=said", cookie=site.sign_in(PRINCIPAL)).text
    assert "after" in page
    assert "before" not in page
    assert 'rel="next"' not in page
    assert 'rel="next"' in site.get("/groups/leaders/search?q=said", cookie=site.sign_in(MERE)).text


def test_who_comes_to_a_post_that_had_left_reads_nothing_of_her_forerunner(site: WebSiteUnderTest) -> None:
    leaders = site.group("leaders", MERE, private=True)
    joined(site, leaders, NOW - timedelta(days=30))
    (before,) = site.archive(leaders, post("before"))

    def leaves(connection: Connection) -> None:
        remove_member(connection, leaders, get_member(connection, leaders, PRINCIPAL, address_key(PRINCIPAL)), NOW)

    site.write(leaves)
    joined(site, leaders, NOW + timedelta(days=60))
    assert site.get(f"/groups/leaders/posts/{before}", cookie=site.sign_in(PRINCIPAL)).status == 404


def joined(site: WebSiteUnderTest, mail_list: MailList, came: datetime) -> None:
    site.write(partial(add_member, mail_list=mail_list, address=PRINCIPAL, key=address_key(PRINCIPAL), now=came))
