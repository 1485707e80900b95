"""Posts made to break the pages they are shown on: what a browser gets is judged by a parser, page by page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.hostile_mail import charset_tricks, mutated
from tests.page_judge import judge_page
from tests.stopwatch import Stopwatch
from tests.web_site import WebSiteUnderTest, web_site

MERE = "mere@school.example"
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def judge_everything(site: WebSiteUnderTest, *messages: bytes) -> str:
    """The posts are archived and every page that shows them is judged; gives the last post's page."""
    group = site.group("english", MERE)
    ids = site.archive(group, *messages)
    cookie = site.sign_in(MERE)
    listing = site.get("/groups/english/").text
    threads = re.findall(r'href="(/groups/english/threads/[^"?]+)"', listing)
    paths = ["/groups/english/", *threads, *(f"/groups/english/posts/{post_id}" for post_id in ids)]
    paths += [f"/groups/english/posts/{post_id}?view=html" for post_id in ids]
    paths += ["/groups/english/search?q=alert", "/groups/english/search?author=alert&q=x*"]
    for path in paths:
        for jar in ("", cookie):
            with Stopwatch() as watch:
                answer = site.get(path, cookie=jar)
                assert answer.status == 200, path
            assert watch.seconds < 3, path
            judge_page(answer.text)
    ET.fromstring(site.get("/groups/english/feed.atom").body)
    return site.get(f"/groups/english/posts/{ids[-1]}").text


def mail(body: str | bytes = "Kia ora", **fields: str) -> bytes:
    """A message whose header fields are exactly these."""
    head = {"From": "Jo <jo@x.example>", "Subject": "Texts", "Message-ID": f"<{abs(hash(str(fields) + str(body)))}@x>"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}".encode() for name, value in head.items()]
    return b"\r\n".join([*lines, b"", body if isinstance(body, bytes) else body.encode()])


def test_html_in_every_header(site: WebSiteUnderTest) -> None:
    judge_everything(
        site,
        mail(From=f'"{EVIL}" <jo@x.example>'.replace('">', '\\">'), Subject=EVIL, Message_ID=f"<{EVIL}@x>"),
        mail(
            From="=?utf-8?q?=3Cscript=3Ealert=281=29=3C/script=3E?= <jo@x.example>", Subject="=?utf-8?b?PHNjcmlwdD4=?="
        ),
        mail(From=f"<{EVIL}@x.example>", Content_Language=EVIL, Date=EVIL, In_Reply_To=f"<{EVIL}>"),
        mail(Subject="{{ 7*7 }}{% for x in y %}<%= 7*7 %>${7*7}", From="{{ config }} <a@b.example>"),
        mail(Subject="javascript:alert(1)", From="javascript:alert(1) <a@b.example>"),
    )
    text = site.get("/groups/english/").text
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text


def test_html_in_bodies(site: WebSiteUnderTest) -> None:
    plain = EVIL + "\nhttp://x.example/\"onmouseover=alert(1) https://y.example/'><b>\njavascript:alert(1)\n> " + EVIL
    html = f'<p>{EVIL}</p><a href="https://x.example/\'onclick=alert(1)">x</a><base href=//evil.example><h1>Big'
    page = judge_everything(
        site,
        mail(body=plain),
        mail(body=plain, Content_Type='text/plain; charset="utf-8"; format=flowed'),
        mail(body=html, Content_Type="text/html"),
        mail(body=html.encode("utf-16"), Content_Type="text/html; charset=utf-16"),
        mail(body="<title>leak</title><div " + "x" * 50_000, Content_Type="text/html"),
        mail(body="<div>" * 20_000 + "deep", Content_Type="text/html"),
    )
    assert "deep" in page


def parts(*parts_of: bytes) -> bytes:
    body = (
        b"".join(b"--b\r\n" + part + b"\r\n" for part in (b"Content-Type: text/plain\r\n\r\nalert", *parts_of))
        + b"--b--\r\n"
    )
    return mail(Content_Type='multipart/mixed; boundary="b"', body=body)


FILE_NAMES = [
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x.exe", EVIL, 'a"; filename="b',
    "a\r\nSet-Cookie: x=y", "gpj.\u202eexe", "\u200b", ".", "..", "", " ", "CON", "x" * 5000, "ā" * 500, "a\x00b",
    "=?utf-8?q?=0D=0ASet-Cookie:_x=3Dy?=", "mere@school.example.pdf", "%2e%2e%2f", "a;b'c*d",
]  # fmt: skip


def test_file_names_are_text_and_lead_nowhere(site: WebSiteUnderTest) -> None:
    files = [
        b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="%b"\r\n\r\nx'
        % name.replace("\\", "\\\\").replace('"', '\\"').encode()
        for name in FILE_NAMES
    ]
    page = judge_everything(site, parts(*files))
    assert "school.example" not in page
    links = re.findall(r'href="(/groups/english/posts/1/parts/\d+)"', page)
    assert len(links) >= len(FILE_NAMES) - 3
    for link in links:
        answer = site.get(link)
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(
            r"attachment; filename=\"[A-Za-z0-9._ -]*\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+", disposition
        )
        assert "set-cookie" not in answer.headers
        assert "%2F" not in disposition
        assert "%5C" not in disposition


TYPES = [
    "text/html", "TEXT/HTML", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript",
    "text/css", "application/x-shockwave-flash", "multipart/x-mixed-replace", "application/octet-stream\r\n", "x",
    "", "text/html; charset=utf-7", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-word.document.macroEnabled.12", "application/vnd.openxmlformats-officedocument.x\"; y",
    "image/png, text/html",
]  # fmt: skip
SHOWN_AS = ("application/octet-stream", "application/vnd.openxmlformats-officedocument.", "text/plain", "image/png")


def test_no_type_of_a_file_makes_a_browser_do_anything(site: WebSiteUnderTest) -> None:
    files = [
        b"Content-Type: %b\r\nContent-Disposition: attachment; filename=f\r\n\r\n<script>alert(1)</script>"
        % kind.encode()
        for kind in TYPES
    ]
    page = judge_everything(site, parts(*files))
    for link in re.findall(r'href="(/groups/english/posts/1/parts/\d+)"', page):
        answer = site.get(link)
        kind = answer.headers["content-type"]
        assert kind.startswith(SHOWN_AS)
        assert re.fullmatch(r"[a-z0-9.+/-]+(?:; charset=utf-8)?", kind)
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["content-security-policy"]


def test_pictures_of_any_kind_load_nothing(site: WebSiteUnderTest) -> None:
    html = (
        "<img src='cid:x\" onerror=alert(1)' alt=a><img src=cid:../../x>"
        "<img src='data:image/svg+xml,<svg onload=alert(1)>'><img srcset='//evil.example/x 2x'>"
        "<picture><source srcset=//evil.example/x></picture><input type=image src=//evil.example>"
        "<body background=//evil.example/x><table background=//evil.example/y><td background=//evil.example/z>t</table>"
    )
    picture = "Content-Type: image/png\r\nContent-ID: <x>\r\n\r\nx"
    body = f"--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b\r\n{picture}\r\n--b--\r\n"
    related = mail(body, Content_Type='multipart/related; boundary="b"')
    judge_everything(site, related)
    assert "evil.example" not in site.get("/groups/english/posts/1?view=html").text


def test_letters_that_turn_hide_or_pile_up(site: WebSiteUnderTest) -> None:
    zalgo = "e" + "\u0301\u0316" * 2_000
    page = judge_everything(
        site,
        mail(
            Subject="\u202egnp.exe \u2066x\u2069 \u200f",
            From="\u202eelpoep\u202c <jo@x.example>",
            body="\u202eabc \ufeff\u200b",
        ),
        mail(Subject=zalgo, From=f"{zalgo} <jo@x.example>", body=zalgo),
        mail(Subject="\u0430dmin \u2028\u2029\x85", body="a\u2028b\x85c\x1bd"),
    )
    assert "\u0301" * 3 not in page
    assert len(site.get("/groups/english/").text) < 20_000


def test_tokens_people_quote_are_not_shown(site: WebSiteUnderTest) -> None:
    link = site.unsubscribe_link(site.group("other", MERE), MERE)
    quoted = f"see https://lists.example.nz{link}\n> https://lists.example.nz/sign-in/{'a2' * 18}b"
    html = f'<a href="https://lists.example.nz{link}">x</a>'
    judge_everything(site, mail(body=quoted), mail(body=html, Content_Type="text/html"))
    token = link.rpartition("/")[2]
    for path in (
        "/groups/english/posts/1",
        "/groups/english/posts/2?view=html",
        "/groups/english/feed.atom",
        "/groups/english/search?q=see",
    ):
        for cookie in ("", site.sign_in(MERE)):
            text = site.get(path, cookie=cookie).text
            assert token not in text
            assert "a2a2" not in text


def test_odd_charsets_and_broken_mail_are_shown_somehow(site: WebSiteUnderTest) -> None:
    judge_everything(site, *charset_tricks(), *mutated(40))


def test_words_of_an_administrator_are_text_too(site: WebSiteUnderTest) -> None:
    site.group("english", MERE)
    site.write(lambda c: c.exec_driver_sql("UPDATE list SET title = ?, description = ?", (EVIL, EVIL)))
    site.write(lambda c: c.exec_driver_sql("UPDATE network SET title = ?", (EVIL,)))
    site.write(lambda c: c.exec_driver_sql("UPDATE person SET name = ?", (EVIL,)))
    for path in ("/", "/groups/english/", "/groups/english/search", "/sign-in", "/nowhere"):
        judge_page(site.get(path, cookie=site.sign_in(MERE)).text)
    ET.fromstring(site.get("/groups/english/feed.atom").body)


def test_the_judge_sees_what_is_wrong() -> None:
    for text in (
        "<p><script>x</script></p>",
        "<p onclick=x>y</p>",
        "<a href='javascript:x'>y</a>",
        "<p>open",
        "<p>\u202e</p>",
    ):
        with pytest.raises(AssertionError):
            judge_page(text)
