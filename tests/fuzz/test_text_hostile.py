"""Bodies made to hang a reader of quotations: 60 kB of one token. The processor's time is measured, not the clock's."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.quote import has_quotation, split_own
from tests.stopwatch import Stopwatch

CHARACTERS = 60_000
SECONDS = 0.9
RATIO = 2.5
NOISE_SECONDS = 0.1
ANCESTORS = ["lorem ipsum dolor sit amet consetetur " * 3_000, "word " * 5_000]

TOKENS = [
    "On ", "Le ", "Am 1.1. ", "\n", " \n", "-", "--\n", "-- \n", "_", "__\n", "*", "*****\nconfidential\n", ">",
    "> ", "> x\ny\n", ">\n", "From:", "From:\n", "From: a@b.c\n\n", "From: a@b.c\nTo: b\n",
    "From: a@b.c\nSent: 1 May 2026 10:00\nTo: b\nSubject: c\n\n", "wrote:", "wrote: ", "wrote:\n", "On x wrote:\n",
    "On 1 May 2026 a@b.c wrote:\n", "<a@b.c>\n", "a@", " at b.", "1", "10:00 ", ":\n",
    "-----Original Message-----\n", "Reply above this line\n", "Sent from my iPhone\n", "Get Outlook for iOS\n\n",
    "Regards,\n", "Regards,\nA\nph 09 123 4567\n", "confidential in error\n\n", "To unsubscribe http://x\n\n",
    "_______________ Group\nleave\n\n", "CAUTION: external link\n", "[...]\n", "\u200b", "\u0301", "あ", "a\n\n",
    "word ", "-----BEGIN PGP SIGNATURE-----\n", "2026-05-04 <a@b.c>\n",
]  # fmt: skip
ELEMENTS = [
    "<div>", "<blockquote>x", "<ul><li>", "<ol><li>x", "<table><tr><td>x", "<p>x", "<a href=x>t</a>", "<br>",
    "<hr>", "<pre>\n", "</div>", '<div class="gmail_quote">x', "<div id=divRplyFwdMsg>x</div>", "<a ", "<a", "</",
    "<!--", "<![CDATA[", "<?", '<a b="', "<a b='", "<style>", "&#257;", "&nbsp;", "<title>x</title>", "<img alt=x>",
    "<!--[if mso]>", "<td>", "<", "<a x='x' ",
]  # fmt: skip


def _seconds(work: Callable[[str], object], text: str) -> float:
    """Of this process, without collecting what other tests left in memory."""
    gc.collect()
    gc.disable()
    try:
        with Stopwatch() as watch:
            work(text)
        return watch.seconds
    finally:
        gc.enable()


def _repeated(token: str, characters: int) -> str:
    return (token * (characters // len(token) + 1))[:characters]


def _check(work: Callable[[str], object], token: str, tail: str = "") -> None:
    for last in (False, False, True):  # other work on the machine may spoil a measurement, not three
        once = _seconds(work, _repeated(token, CHARACTERS) + tail)
        twice = _seconds(work, _repeated(token, 2 * CHARACTERS) + tail)
        assert once < SECONDS
        if twice < RATIO * once + NOISE_SECONDS:
            return
        assert not last, (once, twice)


@pytest.mark.parametrize("token", TOKENS)
def test_one_token(token: str) -> None:
    _check(lambda text: split_own(text, ancestors=ANCESTORS), token)


@pytest.mark.parametrize("token", ["On ", "> x\ny\n", "From:\n", "word ", "a\n\n", "wrote:\n"])
def test_one_token_with_its_html(token: str) -> None:
    _check(lambda text: split_own(text, f"<blockquote type=cite>{text}</blockquote>{text}"), token)


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("tail", ["", ">"])
def test_one_element(element: str, tail: str) -> None:
    _check(html_to_text, element, tail)


@pytest.mark.parametrize("element", ["<p>a", "<b {}>", "<a " + "x=y " * 1_000 + ">", "&#1"])
def test_a_large_page_is_looked_at_for_a_quotation_no_further_than_its_beginning(element: str) -> None:
    """The one writer, for whom all wait, asks for it."""
    page = "".join(element.format(number) for number in range(6_000_000 // len(element)))
    part = f"--b\nContent-Type: text/html\n\n{page}\n"
    one, four = (parse(f"Content-Type: multipart/mixed; boundary=b\n\n{n * part}--b--\n".encode()) for n in (1, 4))
    assert len(four.root.children) == 4
    once = _seconds(lambda _: has_quotation(one), "")
    taken = _seconds(lambda _: has_quotation(four), "")
    assert taken < SECONDS
    assert taken < RATIO * once + NOISE_SECONDS
    assert not has_quotation(four)


@pytest.mark.parametrize("element", ["<p>a", "<b>"])
def test_a_body_of_many_pages_is_read_as_far_as_one(element: str) -> None:
    part = f"--b\nContent-Type: text/html\n\n{_repeated(element, 8_000)}\n"
    message = parse(f"Content-Type: multipart/mixed; boundary=b\n\n{900 * part}--b--\n".encode())
    assert len(message.root.children) == 900
    assert _seconds(lambda _: body(message), "") < SECONDS
    assert body(message).cut
