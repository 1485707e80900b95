"""Whoever reads a private group at a role's address sees the conversations that began since she came, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from listserv.mail.address import address_key
from listserv.store.people import add_member
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

MERE, PRINCIPAL = "mere@school.example", "principal@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def post(subject: str) -> bytes:
    return a_post(MERE, subject, f"Said about {subject}", Message_ID=f"<{subject}@school.example>")


@pytest.mark.parametrize("private", [True, False])
def test_what_was_written_before_a_role_came_is_not_its_to_read(site: WebSiteUnderTest, private: bool) -> None:
    leaders = site.group("leaders", MERE, private=private)
    early = post("before").replace(b"16 Nov 2026 20:00", b"01 Nov 2026 20:00")
    (before,) = site.archive(leaders, early, at=NOW - timedelta(days=15))
    came = NOW - timedelta(days=5)
    site.write(partial(add_member, mail_list=leaders, address=PRINCIPAL, key=address_key(PRINCIPAL), now=came))
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
