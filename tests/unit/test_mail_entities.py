"""Character references of HTML: what a stranger writes never raises, wherever a page is read."""

from __future__ import annotations

import html

import pytest

from listserv.mail.entities import unescaped
from listserv.mail.parse import parse
from listserv.mail.removal import Removal, phrase, without
from listserv.mail.text.asks import ask_of
from listserv.mail.text.body import body
from listserv.mail.text.quote import has_quotation
from listserv.mail.text.seams import derived_text
from listserv.model.case import Ask
from tests.copies import context, mail_list, template

ENDLESS = "&#" + "1" * 5_000 + ";"
MAIL = (
    "From: Eve <eve@example.nz>\nSubject: a page\nMessage-ID: <endless@example.nz>\nMIME-Version: 1.0\n"
    f'Content-Type: text/html\n\n<p>Kia ora {ENDLESS} koutou <a href="https://example.nz/{ENDLESS}">here</a></p>\n'
).encode()


@pytest.mark.parametrize("text", ["", "&", "a &amp; b", "&#101;&#x65;", "&#0;&#xD800;", "&notin;x", "&#" + "9" * 600])
def test_references_are_read_as_by_the_standard_library(text: str) -> None:
    assert unescaped(text) == html.unescape(text)


def test_a_number_of_any_length_is_read() -> None:
    assert unescaped(f"a{ENDLESS}b&amp;") == "a\ufffdb&"
    assert unescaped("&#" + "0" * 5_000 + "101;&amp;") == "e&"
    assert unescaped("&#" + "0" * 5_000 + "1" * 5_000 + ";") == "\ufffd"


def test_a_post_with_such_a_number_is_taken_shown_copied_and_taken_down() -> None:
    message = parse(MAIL)
    assert body(message).text.startswith("Kia ora \ufffd koutou here")
    assert not has_quotation(message)
    assert "koutou" in derived_text(message).own
    assert ask_of(message) is Ask.NOTHING
    assert b"koutou" in template(MAIL, context(mail_list())).neutral().content
    gone = without(MAIL, Removal("Taken down.", phrase("Kia ora")))
    assert gone is not None
    assert b"Kia ora" not in gone
