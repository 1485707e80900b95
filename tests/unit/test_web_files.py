"""Files on pages: what a winmail.dat holds, photos without places, links as their author wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.mail.photo.message import unplaced
from tests import photos
from tests.unit.test_files_danger import attached, tnef
from tests.web_site import WebSiteUnderTest, web_site

MERE = "mere@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def test_a_winmail_dat_tells_what_it_holds(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    octets = attached(tnef("Pānui 6.docx", "<b>.pdf", "mere@school.example.txt"), "winmail.dat", "application/ms-tnef")
    site.archive(english, octets)
    page = site.get("/groups/english/posts/1").text
    assert "holds: Pānui 6.docx, &lt;b&gt;.pdf" in page
    assert "mere@school.example" not in page


def test_a_photo_is_served_without_its_place(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    site.archive(english, attached(photos.jpeg(), "kura.jpg", "image/jpeg"))
    served = site.get("/groups/english/posts/1/parts/2")
    assert served.body == unplaced(photos.jpeg())


def test_a_wrapped_link_leads_where_its_author_wanted(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE)
    link = "https://aus01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftki.example%2Fa&data=x"
    site.archive(english, f"From: {MERE}\r\nSubject: A link\r\n\r\nSee {link}\r\n".encode())
    page = site.get("/groups/english/posts/1").text
    assert 'href="https://tki.example/a"' in page
    assert "safelinks" not in page
