"""The page of a group's links and files, as strangers and members see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from listserv.inbound.desk import Desk
from listserv.inbound.takeback.removing import remove_post
from listserv.model.lists import MailList
from listserv.resources import environment
from listserv.store import shelf
from listserv.store.engine import Connection
from listserv.store.reading import Viewer, open_group
from listserv.web.shelf import ITEMS_PAGE
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

MERE = "mere@school.example"
PAGE = "/groups/english/resources"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def share(site: WebSiteUnderTest, *lines: str, hours: int = 0) -> int:
    at = NOW + timedelta(hours=hours)
    english = site.write(group_of) if hours else site.group("english", MERE)
    octets = a_post(f"Mere Ngata <{MERE}>", body="\n".join(lines), Date=format_datetime(at), Message_ID=f"<{hours}@x>")
    return site.archive(english, octets, at=at)[0]


def group_of(connection: Connection) -> MailList:
    return open_group(connection, Viewer(None, NOW), "english").mail_list


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_what_was_shared_stands_there_with_who_and_when(site: WebSiteUnderTest) -> None:
    post_id = share(
        site, "Number framework: https://nzmaths.example/number?utm_source=x&id=7", "Ask a@b.example: www.tki.example/a"
    )
    page = site.get(PAGE)
    assert 'href="https://nzmaths.example/number?id=7" rel="nofollow noopener noreferrer"' in page.text
    assert f'href="/groups/english/posts/{post_id}"' in page.text
    said = words(page.text)
    assert "Number framework nzmaths.example Mere Ngata · 16 November 2026 · the post" in said
    assert "a@b.example" not in page.text
    assert "number 1" not in said and "english-request@" not in page.text
    member = words(site.get(PAGE, cookie=site.sign_in(MERE)).text)
    assert "a@b.example" in member and "· number 1" in member
    assert "english-request@lists.example.nz" in member
    assert f'href="{PAGE}"' in site.get("/groups/english/").text


def test_an_address_in_a_link_is_for_members(site: WebSiteUnderTest) -> None:
    post_id = share(site, "Sign up here: https://forms.example/x?e=mere%40school.example&f=jo@school.example today")
    for page in (
        PAGE,
        f"/groups/english/posts/{post_id}",
        "/groups/english/feed.atom",
        "/groups/english/search?q=sign",
    ):
        assert "school.example" not in site.get(page).text, page
        assert "mere%40school.example" in site.get(page, cookie=site.sign_in(MERE)).text, page


def test_pinned_first_and_by_tag(site: WebSiteUnderTest) -> None:
    share(site, "Number framework: https://nzmaths.example/number")
    share(site, "Reading: https://tki.example/reading", hours=1)

    def arrange(connection: Connection) -> None:
        group = open_group(connection, Viewer(None, NOW), "english")
        newest, oldest = shelf.open_shelf(connection, group, "", 9)
        shelf.pin_item(connection, oldest.id, NOW)
        shelf.tag_item(connection, group.mail_list.id, newest, ["pānui"])

    site.write(arrange)
    said = words(site.get(PAGE).text)
    assert said.index("Number framework") < said.index("Reading")
    assert "Pinned · Mere Ngata" in said
    tagged = site.get(f"{PAGE}?tag=Paanui")
    assert "Reading" in words(tagged.text) and "Number framework" not in tagged.text
    assert '?tag=p%C4%81nui" aria-current="page"' in tagged.text
    for nowhere in ("?tag=zzz", "?tag=%25", "?page=2", "?tag=p%C4%81nui&page=2"):
        assert site.get(PAGE + nowhere).status == 404, nowhere


def test_page_by_page_and_an_empty_one(site: WebSiteUnderTest) -> None:
    site.group("quiet")
    assert "Nobody has shared a link or a file here yet" in site.get("/groups/quiet/resources").text
    for hours in range(3):
        share(
            site,
            *(f"Page {hours}{number:02}: https://tki.example/p/{hours}{number:02}" for number in range(20)),
            hours=hours,
        )
    first, second = site.get(PAGE).text, site.get(f"{PAGE}?page=2").text
    assert first.count('class="title"') == ITEMS_PAGE
    assert 'href="/groups/english/resources?page=2" rel="next"' in first
    assert second.count('class="title"') == 60 - ITEMS_PAGE
    assert "Page 219" in first and "Page 000" in second and "Page 000" not in first


def test_what_was_taken_down_is_gone_at_once(site: WebSiteUnderTest) -> None:
    post_id = share(site, "Zebulon's report: https://files.example/zebulon")
    assert "Zebulon" in site.get(PAGE).text

    def take_down(connection: Connection) -> None:
        remove_post(Desk(connection, site.settings, environment(), site.key, NOW), post_id, "post", "moderator")

    site.write(take_down)
    assert "Zebulon" not in site.get(PAGE).text


def test_markup_in_a_title_is_text(site: WebSiteUnderTest) -> None:
    share(site, "<script>alert(1)</script> & \u202eedoc: https://tki.example/a")
    page = site.get(PAGE).text
    assert "<script" not in page
    assert "\u202e" not in page
