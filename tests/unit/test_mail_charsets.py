"""Text out of octets, whatever was declared."""

from __future__ import annotations

import unicodedata

import pytest

from listserv.mail.charsets import codec_name, decode, nfc
from tests.stopwatch import Stopwatch


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        (b"Kia ora", None, "Kia ora"),
        ("Māori".encode(), "utf-8", "Māori"),
        ("Māori".encode(), "UTF8", "Māori"),
        ("Māori".encode(), None, "Māori"),
        ("Māori".encode(), "us-ascii", "Māori"),
        ("Māori".encode(), "iso-8859-1", "Māori"),
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", None, "café"),
        (b"\x93a\x94", "iso-8859-1", "“a”"),
        (b"\x81\x93", "iso-8859-1", "\x81\x93"),
        ("Māori kōrero ".encode() + b"\xc4", "utf-8", "Māori kōrero \ufffd"),
        ("日本語".encode("iso-2022-jp"), "iso-2022-jp", "日本語"),
        ("日本語".encode("iso-2022-jp"), None, "日本語"),
        ("日本語".encode("iso-2022-jp"), "us-ascii", "日本語"),
        (b"\x1b$B-!\x1b(B", "ISO-2022-JP", "①"),
        ("日本語①".encode("cp932"), "Shift_JIS", "日本語①"),
        ("中文".encode("gbk"), "gb2312", "中文"),
        ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
        ("Москва".encode("koi8-r"), "KOI8-R", "Москва"),
        ("Łódź".encode("iso8859-2"), "iso-8859-2:1987", "Łódź"),
        ("Māori".encode("utf-16"), "utf-16", "Māori"),
        (b"plain", "utf-16", "plain"),
        (b"+AGE-", "utf-7", "+AGE-"),
        (b"a\x00b", None, "ab"),
        (b"\xef\xbb\xbfa", "utf-8", "a"),
        (b"abc", "no-such-charset", "abc"),
        (b"uryyb", "rot13", "uryyb"),
        (b"abc", "x" * 10_000, "abc"),
        (b"\x1b$B!", None, "\x1b$B!"),
    ],
)
def test_decoding(octets: bytes, charset: str | None, text: str) -> None:
    assert decode(octets, charset) == text


@pytest.mark.parametrize(
    "charset",
    ["utf-7", "idna", "punycode", "rot13", "zlib", "hex", "base64", "bz2", "uu", "quopri", "undefined", "charmap",
     "mbcs", "oem", "unicode_escape", "raw_unicode_escape", "unicode_internal", "string_escape", "", "../x",
     "encodings.utf_8"],
)  # fmt: skip
def test_what_is_no_charset_of_mail_is_not_used(charset: str) -> None:
    assert codec_name(charset) is None


def test_every_charset_we_know_is_one_python_has() -> None:
    for number in range(1, 17):
        if number != 12:
            assert "a".encode(codec_name(f"ISO-8859-{number}") or "") == b"a"
    for name in (
        "windows-1250",
        "CP1251",
        "big5",
        "Big5-HKSCS",
        "GB18030",
        "EUC-JP",
        "euc-kr",
        "x-sjis",
        "koi8-u",
        "macintosh",
    ):
        assert "a".encode(codec_name(name) or "") == b"a"


def test_normal_form_of_short_and_of_long_text() -> None:
    assert nfc("ko\u0304rero") == "kōrero"
    text = ("ko\u0304rero " * 500) + "日" * 1000 + " e\u0301"
    assert nfc(text) == unicodedata.normalize("NFC", text)
    assert nfc("e" + "\u0301" * 300)[0] == "é"


def test_a_million_marks_on_one_letter_take_no_time() -> None:
    text = "e" + "\u0301\u0316" * 500_000
    with Stopwatch() as watch:
        assert len(nfc(text)) > 900_000
    assert watch.seconds < 1
