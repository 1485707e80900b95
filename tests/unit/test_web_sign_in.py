"""Signing in by a link and out again: what the cookie is, how long it lasts, which links do nothing."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from listserv.mail.token import SIGN_IN_LENGTH, sign_in_token, sign_unsubscribe, verify_sign_in
from listserv.store.sessions import sign_out_everywhere
from tests.store_site import NOW
from tests.web_site import BASE_URL, WebSiteUnderTest, web_site

MERE = "mere@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        made.group("english", MERE, "jo@school.example", private=True)
        yield made


def link(site: WebSiteUnderTest, address: str = MERE, days: int = 7) -> str:
    token = sign_in_token(site.key, site.person(address), (site.now + timedelta(days=days)).date())
    return f"/sign-in/{token}"


def rows(site: WebSiteUnderTest) -> int:
    with site.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM session").scalar_one())


def test_a_token_is_for_one_person_and_one_purpose_until_its_day_has_passed() -> None:
    key, day = b"k" * 32, date(2026, 11, 20)
    token = sign_in_token(key, 7, day)
    assert len(token) == SIGN_IN_LENGTH
    assert verify_sign_in(key, token, day) == 7
    assert verify_sign_in(key, token.upper(), day) == 7
    assert verify_sign_in(key, token, day + timedelta(days=1)) is None
    assert verify_sign_in(b"x" * 32, token, day) is None
    assert verify_sign_in(key, sign_unsubscribe(key, 7), day) is None
    assert verify_sign_in(key, "", day) is None


def test_ten_thousand_random_tokens_sign_nobody_in() -> None:
    dice = random.Random(1)
    for _ in range(10_000):
        token = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=SIGN_IN_LENGTH))
        assert verify_sign_in(b"k" * 32, token, date(2026, 1, 1)) is None


def test_the_link_opens_a_page_and_its_button_signs_in(site: WebSiteUnderTest) -> None:
    page = site.get(link(site))
    assert page.status == 200
    assert "Mere" in page.text
    assert '<form method="post">' in page.text
    assert rows(site) == 0
    answer = site.post(link(site))
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie: SimpleCookie = SimpleCookie(answer.cookies[0])
    [(name, morsel)] = cookie.items()
    assert name == "__Host-listserv"
    assert morsel["path"] == "/"
    assert morsel["secure"]
    assert morsel["httponly"]
    assert morsel["samesite"] == "lax"
    assert morsel["max-age"] == str(90 * 86400)
    assert not morsel["domain"]
    assert "English" in site.get("/", cookie=f"{name}={morsel.value}").text
    with site.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT hash FROM session").scalar_one()
    assert bytes(stored) == hashlib.sha256(morsel.value.encode()).digest()


def test_without_https_the_cookie_is_plain(tmp_path: Path) -> None:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", "http://127.0.0.1:8080") as site:
        site.group("english", MERE)
        answer = site.post(link(site), headers={"origin": "http://127.0.0.1:8080"})
        assert answer.cookies[0].startswith("listserv=")
        assert "Secure" not in answer.cookies[0]


def test_the_reader_goes_on_to_the_page_of_the_mail(site: WebSiteUnderTest) -> None:
    answer = site.post(link(site) + "?next=/groups/english/threads/abc")
    assert answer.headers["location"] == "/groups/english/threads/abc"
    assert site.post(link(site) + "?next=//evil.example/").headers["location"] == "/"
    assert "evil" not in site.get(link(site) + "?next=https://evil.example/").text


def test_a_link_that_never_was_and_one_that_is_over_look_the_same(site: WebSiteUnderTest) -> None:
    good = link(site)
    links = [
        good[:-1],
        good[:-1] + ("3" if good.endswith("2") else "2"),
        "/sign-in/x",
        link(site, days=-1),
        "/sign-in/" + "a" * SIGN_IN_LENGTH,
    ]
    token = sign_in_token(site.key, 999_999, (NOW + timedelta(days=7)).date())
    answers = [site.get(each) for each in [*links, f"/sign-in/{token}"]]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    posted = [site.post(each) for each in [*links, f"/sign-in/{token}"]]
    assert {(answer.status, answer.body) for answer in posted} == {(404, answers[0].body)}
    assert not any(answer.cookies for answer in posted)
    assert rows(site) == 0


def test_signed_out_the_cookie_is_worth_nothing(site: WebSiteUnderTest) -> None:
    cookie, other = site.sign_in(MERE), site.sign_in(MERE)
    answer = site.post("/sign-out", cookie=cookie)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.cookies[0]
    assert "cache" in answer.headers["clear-site-data"]
    assert "English" not in site.get("/", cookie=cookie).text
    assert "English" in site.get("/", cookie=other).text


def test_a_session_ends_after_ninety_days(site: WebSiteUnderTest) -> None:
    cookie = site.sign_in(MERE)
    site.now += timedelta(days=89)
    assert "English" in site.get("/", cookie=cookie).text
    site.now += timedelta(days=2)
    assert "English" not in site.get("/", cookie=cookie).text
    site.sign_in(MERE)
    assert rows(site) == 1  # what has ended is swept away


def test_a_person_has_twenty_sessions_at_most(site: WebSiteUnderTest) -> None:
    site.sign_in("jo@school.example")
    cookies = [site.sign_in(MERE) for _ in range(22)]
    assert rows(site) == 21
    assert "English" not in site.get("/", cookie=cookies[1]).text
    assert "English" in site.get("/", cookie=cookies[2]).text


@pytest.mark.parametrize(
    "cookie", ["__Host-listserv=", "__Host-listserv=x", "__Host-listserv=\xff", "a=b; ;;=", "listserv=x"]
)
def test_any_other_cookie_is_a_stranger(site: WebSiteUnderTest, cookie: str) -> None:
    answer = site.get("/", cookie=cookie)
    assert answer.status == 200
    assert "English" not in answer.text


def test_a_name_in_the_page_is_text(site: WebSiteUnderTest) -> None:
    site.write(lambda c: c.exec_driver_sql("UPDATE person SET name = '<b>\u202emere</b>'"))
    text = site.get(link(site)).text
    assert "&lt;b&gt;mere&lt;/b&gt;" in text
    assert "<b>" not in text
    assert site.get("/", cookie=site.sign_in(MERE)).text.count("&lt;b&gt;") == 1


def test_the_link_is_no_post_from_elsewhere(site: WebSiteUnderTest) -> None:
    assert site.post(link(site), headers={"origin": "https://evil.example"}).status == 403
    assert site.post(link(site), headers={"origin": BASE_URL}).status == 303


def test_who_was_signed_out_everywhere_needs_a_new_link(site: WebSiteUnderTest) -> None:
    before, cookie, jos = link(site), site.sign_in(MERE), link(site, "jo@school.example")
    mere = site.person(MERE)
    site.write(partial(sign_out_everywhere, person_id=mere))
    assert site.get("/groups/english/", cookie=cookie).status == 404
    assert site.get(before).status == site.post(before).status == 404
    assert site.get(jos).status == 200
    after = sign_in_token(site.key, mere, site.now.date(), 1)
    assert site.post(f"/sign-in/{after}").status == 303
    for number in (0, 2):
        assert site.post(f"/sign-in/{sign_in_token(site.key, mere, site.now.date(), number)}").status == 404
