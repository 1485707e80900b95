"""Line ends made LF."""

from __future__ import annotations

import pytest

from listserv.mail.lineends import line_feeds
from listserv.mail.parse import parse


@pytest.mark.parametrize(
    ("octets", "made"),
    [
        (b"", b""),
        (b"a\nb", b"a\nb"),
        (b"a\r\nb\r\n", b"a\nb\n"),
        (b"a\rb\r", b"a\nb\n"),
        (b"a\r\r\nb\n\r", b"a\n\nb\n\n"),
    ],
)
def test_every_line_end_is_one_lf(octets: bytes, made: bytes) -> None:
    assert line_feeds(octets) == made


@pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "utf-16le", "x-nobody-knows"])
def test_a_text_has_lf_whatever_its_line_ends_and_charset(charset: str) -> None:
    text = "Kia ora\r\n\r\r\nkoutou\rmā\r\x00\n"
    body = text.encode("utf-16le" if charset == "utf-16le" else "utf-8")
    part = parse(b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body).root
    assert part.text() == "Kia ora\n\n\nkoutou\nmā\n"
