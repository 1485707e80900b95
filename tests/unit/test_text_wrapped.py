"""Links as their author wrote them, out of the wrappings of mail filters."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.wrapped import unwrapped, unwrapped_html, unwrapped_link
from tests.stopwatch import Stopwatch

SAFE = (
    "https://aus01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.tki.example%2Fa%3Fb%3Dc%26d%3D1&data=05%7C0"
    "&sdata=x%3D&reserved=0"
)
PLAIN = "https://www.tki.example/a?b=c&d=1"


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [
        (SAFE, PLAIN),
        (SAFE.replace("outlook.com/?", "outlook.com/ap/w-59584e83/?").replace("aus01", "apc01"), PLAIN),
        ("https://urldefense.proofpoint.com/v1/url?u=http://www.tki.example/a&k=x%3D", "http://www.tki.example/a"),
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.tki.example_a-5Fb_c-3Fd-3D1&d=DwMFaQ&c=x&e=",
            "https://www.tki.example/a_b/c?d=1",
        ),
        ("https://urldefense.com/v3/__https://www.tki.example/a__;!!ABC!d-e$", "https://www.tki.example/a"),
        ("https://urldefense.com/v3/__https://tki.example/a*b__;Iw!!ABC!def$", "https://tki.example/a#b"),
        ("https://urldefense.com/v3/__https://tki.example/**A__;w6HDqQ!!A!d$", "https://tki.example/%C3%A1%C3%A9"),
        ("https://urldefense.us/v3/__http:/tki.example/__;!!x!y$", "http://tki.example/"),
        ("https://linkprotect.cudasvc.com/url?a=https%3a%2f%2ftki.example%2fa&c=E,1&typo=1", "https://tki.example/a"),
        (
            "https://nz01.protection.sophos.com/?d=tki.example&u=aHR0cHM6Ly90a2kuZXhhbXBsZS9h&i=N",
            "https://tki.example/a",
        ),
    ],
)
def test_a_wrapped_link_is_the_one_inside(wrapped: str, plain: str) -> None:
    assert unwrapped_link(wrapped) == plain
    assert unwrapped(f"See {wrapped} and <{wrapped}>.") == f"See {plain} and <{plain}>."


@pytest.mark.parametrize(
    "link",
    [
        "https://www.tki.example/?url=https%3A%2F%2Felsewhere.example",
        "https://aus01.safelinks.protection.outlook.com/?data=05",
        "https://aus01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
        "https://aus01.safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Ftki.example",
        "https://urldefense.com/v3/__https://tki.example/a*b__;%%%!!A!d$",
        "https://protect-au.mimecast.com/s/AbCdEf?domain=tki.example",
        "https://urldefense.proofpoint.com/v2/url?d=x",
    ],
)
def test_what_cannot_be_undone_stays(link: str) -> None:
    assert unwrapped(f"a {link} b") == f"a {link} b"


def test_layers_are_undone_one_by_one_and_not_for_ever() -> None:
    link = PLAIN
    for layers in range(1, 7):
        link = f"https://eur01.safelinks.protection.outlook.com/?url={quote(link, safe='')}&data=x"
        assert (unwrapped_link(link) == PLAIN) == (layers <= 4)


def test_markup_stays_markup() -> None:
    html = f'<a href="{SAFE.replace("&", "&amp;")}" title="x">kōrero</a>'
    assert unwrapped_html(html) == '<a href="https://www.tki.example/a?b=c&amp;d=1" title="x">kōrero</a>'
    sly = "https://aus01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftki.example%2F%22%3E%3Cscript%3E"
    assert "<script" not in unwrapped_html(f'<a href="{sly}">x</a>')
    assert '"' not in unwrapped(sly)


def test_the_text_of_a_post_has_the_links_its_author_wrote() -> None:
    plain = f"Content-Type: text/plain\r\n\r\nSee {SAFE}\r\n".encode()
    assert body(parse(plain)).text.strip() == f"See {PLAIN}"
    html = f'Content-Type: text/html\r\n\r\n<p>See <a href="{SAFE.replace("&", "&amp;")}">{SAFE}</a></p>\r\n'.encode()
    found = body(parse(html))
    assert PLAIN in found.text
    assert "safelinks" not in found.text + (found.html or "")


def test_a_hostile_text_takes_no_longer_than_a_long_one() -> None:
    texts = [
        "https://a.safelinks.protection.outlook.com/?url=" * 4_000,
        "https://urldefense.com/v3/__" * 7_000,
        "https://" + "a." * 100_000 + "safelinks.protection.outlook.com/",
        "https://urldefense.com/v3/__https://a/" + "*" * 190_000 + "__;" + "A" * 4_000 + "!!$",
        "https://linkprotect.cudasvc.com/url?" + "a&" * 100_000,
        ("https://urldefense.com/v3/__a" + "!" * 7_000 + " ") * 100,
        ("https://urldefense.com/v3/__a" + "__;" * 2_500 + " ") * 100,
    ]
    for text in texts:
        with Stopwatch() as watch:
            unwrapped(text)
            unwrapped_html(text)
        assert watch.seconds < 2.0
