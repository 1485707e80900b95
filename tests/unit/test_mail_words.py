"""Encoded words read and written, fields folded, nothing injected."""

from __future__ import annotations

import pytest

from listserv.mail.words import clean, decode_words, encode_phrase, encode_text, fold_field, header_text, unfold


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Kia ora", "Kia ora"),
        ("=?utf-8?q?M=C4=81ori?=", "Māori"),
        ("=?UTF-8?B?TcSBb3Jp?= wiki", "Māori wiki"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?q?a_b?=", "a b"),
        ("a=?utf-8?q?b?=c", "abc"),
        ("=?utf-8?q?=C4?= =?utf-8?q?=81?=", "ā"),
        ("=?utf-8?b?xA==?= =?utf-8?b?gQ==?=", "ā"),
        ("=?utf-8?b?w4Q?= =?utf-8?b?w5Y=?=", "ÄÖ"),
        ("=?utf-8?b?YW?= =?utf-8?b?Jj?=", "abc"),
        ("=?iso-8859-1?q?caf=E9?=", "café"),
        ("=?windows-1252*en?q?=93a=94?=", "“a”"),
        ("=?utf-8?q?What??=", "What?"),
        ("=?utf-8?q??=", ""),
        ("=?utf-7?b?K0FBQS0=?=", "+AAA-"),
        ("=?x-unknown-name?q?caf=C3=A9?=", "café"),
        ("=?iso-2022-jp?b?GyRCJSIlXiU+JXMbKEI=?=", "アマゾン"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?abc", "=?utf-8?q?abc"),
        ("=?utf-8?b?*?=", "=?utf-8?b?*?="),
        ("=?utf-8?q?abc =?utf-8?q?def?=", "=?utf-8?q?abc def"),
        ("=?utf 8?q?abc?=", "=?utf 8?q?abc?="),
        ("=?utf-8?q?a=0D=0ABcc:_x@y.nz?=", "a  Bcc: x@y.nz"),
        ("=?utf-8?q?a=00b?=", "ab"),
        ("=?utf-8?q?a=E2=80=A8b=C2=85c?=", "a b c"),
        ("e\u0301", "é"),
    ],
)
def test_reading(written: str, read: str) -> None:
    assert decode_words(written) == read


def test_a_folded_field_is_one_line() -> None:
    assert unfold(b" one\r\n\t two \r\n  three\r\n") == b"one two three"
    assert header_text(b" =?utf-8?q?a?=\r\n =?utf-8?q?b?=") == "ab"
    assert len(unfold(b"x" * 100_000)) == 65_536


def test_raw_eight_bit_is_utf_8_or_what_the_message_says() -> None:
    assert header_text("Māori".encode()) == "Māori"
    assert header_text("Москва".encode("koi8-r"), "koi8-r") == "Москва"
    assert header_text(b"caf\xe9") == "café"
    assert header_text("①".encode() + b"\x00") == "①"


def test_raw_japanese_is_read() -> None:
    assert header_text("テスト".encode("iso-2022-jp")) == "テスト"


@pytest.mark.parametrize(
    "bad", ["\r", "\n", "\x00", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1b", "\x7f", "\x9f"]
)
def test_what_breaks_a_line_becomes_a_space(bad: str) -> None:
    assert clean(f"a{bad}b") == "a b"
    assert fold_field("Subject", f"a{bad}Bcc: b") == b"Subject: a Bcc: b\r\n"
    assert fold_field("X-Name", f"ā{bad}b".encode()) == b"X-Name: " + "ā b".encode() + b"\r\n"
    assert encode_phrase(f"a{bad}b") == b"a b"


def test_a_lone_surrogate_does_no_harm() -> None:
    assert decode_words(encode_text("a\ud800b").decode()) == "a?b"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jo Smith", b"Jo Smith"),
        ("Smith, Jo", b'"Smith, Jo"'),
        ('a "b" \\', b'"a \\"b\\" \\\\"'),
        ("J. Smith", b'"J. Smith"'),
        ("=?utf-8?q?a?=", b"=?utf-8?b?PT91dGYtOD9xP2E/PQ==?="),
        ("Māori", b"=?utf-8?b?TcSBb3Jp?="),
        ("", b""),
    ],
)
def test_names(name: str, written: bytes) -> None:
    assert encode_phrase(name) == written


def test_lines_are_short_where_they_can_be() -> None:
    ids = b" ".join(b"<%d.%s@example.nz>" % (n, b"x" * 30) for n in range(20))
    field = fold_field("References", ids)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert field.startswith(b"References: <0.")
    assert unfold(field.partition(b":")[2]) == ids


def test_a_token_is_never_cut() -> None:
    token = b"<" + b"x" * 300 + b"@example.nz>"
    assert fold_field("In-Reply-To", token) == b"In-Reply-To: " + token + b"\r\n"
    assert fold_field("X", b"a " + token) == b"X: a\r\n " + token + b"\r\n"


def test_a_very_long_word_of_text_is_encoded_so_that_it_can_be_folded() -> None:
    field = fold_field("Subject", "x" * 2_000)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert header_text(field.partition(b":")[2]) == "x" * 2_000


@pytest.mark.parametrize("name", ["", "Subject:", "Sub ject", "Sub\r\nject", "Māori"])
def test_a_name_that_is_none_is_our_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        fold_field(name, "a")
