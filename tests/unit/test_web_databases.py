"""The pages on both databases: the same site, the same answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.page_judge import judge_page
from tests.store_site import NOW, a_post
from tests.web_site import WebSiteUnderTest, web_site

MERE = "mere@school.example"


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, database_url) as made:
        yield made


def test_a_site_is_read_signed_into_and_left(site: WebSiteUnderTest) -> None:
    english = site.group("english", MERE, private=True)
    site.group("maths")
    site.archive(english, a_post(MERE, body="Ngā kaiako Māori", Message_ID="<q@x>"))
    site.archive(english, a_post("Jo <jo@x.example>", "Re: Running records", "Āe", In_Reply_To="<q@x>"))
    assert "Last post" not in site.get("/").text
    cookie = site.sign_in(MERE)
    listing = site.get("/groups/english/", cookie=cookie).text
    thread = re.search(r"/groups/english/threads/[a-z0-9]+", listing)
    assert thread is not None
    paths = [
        "/",
        "/groups/english/",
        thread.group(),
        "/groups/english/posts/1",
        "/groups/english/search?q=maaori&author=mere",
    ]
    for path in paths:
        answer = site.get(path, cookie=cookie)
        assert answer.status == 200
        judge_page(answer.text)
        assert site.get(path).status == (200 if path == "/" else 404)
    assert "<mark>Māori</mark>" in site.get(paths[-1], cookie=cookie).text
    assert site.get("/groups/english/feed.atom", cookie=cookie).text.count("<entry>") == 2
    assert site.get("/groups/english/posts/1/original.eml", cookie=cookie).status == 200
    assert (site.get("/healthz").status, site.get("/readyz").status) == (200, 200)

    link = site.unsubscribe_link(english, MERE)
    for body in (b"List-Unsubscribe=One-Click",) * 2:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert site.ask("POST", link, headers=headers, body=body).status == 200
    assert site.get("/groups/english/", cookie=cookie).status == 404
    site.now = NOW + timedelta(days=3)
    assert "again" in site.post(link, {"act": "return"}).text
    assert site.get("/groups/english/", cookie=cookie).status == 200
    assert site.post("/sign-out", cookie=cookie).status == 303
    assert site.get("/groups/english/", cookie=cookie).status == 404
