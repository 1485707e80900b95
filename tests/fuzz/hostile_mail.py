"""Messages made to break parsers: too deep, too many, too long, or badly named. One generator a kind, by its name.

The kinds are those that exhausted the recursion limit, the memory or the patience of other parsers. Every one is made
here from a few characters; none is anybody's mail.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_HEAD = b"From: Jo <jo@example.nz>\r\nTo: english@lists.example.nz\r\nMessage-ID: <1@example.nz>\r\n"
_DATE = b"Date: Mon, 12 Oct 2026 09:00:00 +1300\r\n"
_MULTI = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="%s"\r\n'


def _with_field(field: bytes) -> bytes:
    return _HEAD + _DATE + field + b"\r\n\r\nKia ora\r\n"


def _with_from(value: bytes) -> bytes:
    return b"From: " + value + b"\r\n" + _HEAD.partition(b"\r\n")[2] + _DATE + b"\r\nKia ora\r\n"


def mime_nest_10k() -> bytes:
    levels = [b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (n, n + 1) for n in range(10_000)]
    return _HEAD + _MULTI % b"b0" + b"\r\n" + b"".join(levels) + b"--b10000\r\n\r\ndeep\r\n"


def rfc822_nest_10k() -> bytes:
    return _HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"Subject: deep\r\n\r\ndeep\r\n"


def boundary_prefixes() -> bytes:
    names = [b"a" * n for n in range(1, 501)]
    opening = [b"--%s\r\n" % name + _MULTI % (name + b"a") + b"\r\n" for name in names]
    closing = [b"--%s--\r\n" % name for name in reversed(names)]
    return _HEAD + _MULTI % b"a" + b"\r\n" + b"".join(opening) + b"text\r\n" + b"".join(closing)


def nested_comments() -> bytes:
    return _with_from(b"(" * 10_000 + b")" * 10_000 + b" jo@example.nz")


def encoded_words_50k() -> bytes:
    return _with_field(b"Subject: " + b"\r\n ".join([b"=?utf-8?q?a?="] * 50_000))


def encoded_word_openers() -> bytes:
    return _with_field(b"Subject: " + b"=?utf-8?q?a " * 50_000 + b"?=")


def semicolons_100k() -> bytes:
    return _with_field(b"Content-Type: text/plain" + b";" * 100_000)


def quotes_100k() -> bytes:
    return _with_from(b'"' * 100_000)


def escaped_quotes_100k() -> bytes:
    return _with_from(b'"' + b'\\"' * 50_000)


def angles_100k() -> bytes:
    return _with_from(b"<" * 100_000)


def brackets_100k() -> bytes:
    return _with_from(b"[]" * 50_000 + b"[")


def to_100k() -> bytes:
    return _with_field(b"Cc: " + b",\r\n ".join(b"p%d@example.nz" % n for n in range(100_000)))


def header_folded_10mb() -> bytes:
    return _with_field(b"Subject: " + b"\r\n x" * 2_500_000)


def header_10mb() -> bytes:
    return _with_field(b"X-Long: " + b"x" * 10_000_000)


def fields_1m() -> bytes:
    return _HEAD + b"a:\n" * 1_000_000 + b"\nx\n"


def garbage_1m() -> bytes:
    return _HEAD + b"no field\n" * 1_000_000


def references_100k() -> bytes:
    return _with_field(b"References:" + b"".join(b"\r\n <%d@example.nz>" % n for n in range(100_000)))


def mime_parts_100k() -> bytes:
    return _HEAD + _MULTI % b"b" + b"\r\n" + b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n"


def empty_parts_500k() -> bytes:
    return _HEAD + _MULTI % b"b" + b"\r\n" + b"--b\r\n" * 500_000


def false_delimiters() -> bytes:
    return _HEAD + _MULTI % b"b" + b"\r\n" + b"--bx\r\n" * 500_000


def boundary_1mb() -> bytes:
    name = b"b" * 1_000_000
    return _HEAD + _MULTI % name + b"\r\n--" + name + b"\r\n\r\nx\r\n--" + name + b"--\r\n"


def param_pieces_10k() -> bytes:
    pieces = b"".join(b";\r\n name*%d=x" % n for n in range(10_000))
    return _with_field(b"Content-Type: text/plain" + pieces)


def params_20k() -> bytes:
    return _with_field(b"Content-Type: text/plain" + b"".join(b"; p%d=x" % n for n in range(20_000)))


def zalgo_1mb() -> bytes:
    marks = "e" + "\u0301\u0316" * 250_000
    return _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + marks.encode() + b"\r\n"


def zalgo_subject() -> bytes:
    return _with_field(b"Subject: " + ("e" + "\u0301\u0316" * 100_000).encode())


def tiny_lines() -> bytes:
    return _HEAD + b"\r\n" + b"\r\n" * 2_000_000


def soft_breaks() -> bytes:
    return _HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 1_000_000


def not_base64() -> bytes:
    return _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD*" * 600_000


def uuencoded() -> bytes:
    return _HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\n" + b"#0V%T\n" * 300_000


def idna_long() -> bytes:
    return _with_from(b"Jo <jo@" + "ā".encode() * 50_000 + b".nz>")


def date_100k() -> bytes:
    return _with_field(b"X: y").replace(_DATE, b"Date: " + b"(" * 50_000 + b"1:1 " * 20_000 + b"\r\n")


def thread_index_1mb() -> bytes:
    return _with_field(b"Thread-Index: " + b"AQHZ" * 250_000)


KINDS: dict[str, Callable[[], bytes]] = {
    make.__name__: make
    for make in (
        mime_nest_10k, rfc822_nest_10k, boundary_prefixes, nested_comments, encoded_words_50k, encoded_word_openers,
        semicolons_100k, quotes_100k, escaped_quotes_100k, angles_100k, brackets_100k, to_100k, header_folded_10mb,
        header_10mb, fields_1m, garbage_1m, references_100k, mime_parts_100k, empty_parts_500k, false_delimiters,
        boundary_1mb, param_pieces_10k, params_20k, zalgo_1mb, zalgo_subject, tiny_lines, soft_breaks, not_base64,
        uuencoded, idna_long, date_100k, thread_index_1mb,
    )
}  # fmt: skip

CHARSETS = (
    b"utf-7", b"unicode-1-1-utf-7", b"idna", b"punycode", b"rot13", b"zlib", b"base64", b"hex", b"undefined", b"mbcs",
    b"unicode_escape", b"raw_unicode_escape", b"../../etc/passwd", b"", b'"', b"a" * 10_000, b"utf-8\x00",
    b"utf-16", b"utf-32",
    b"utf-8-sig", b"hz", b"iso-2022-kr", b"iso-2022-jp", b"cp65001", b"oem", b"charmap", b"string-escape", b"\xff\xfe",
)  # fmt: skip


def charset_tricks() -> Iterator[bytes]:
    """One message a charset that is none, or none we should use, with octets that suit it ill."""
    for charset in CHARSETS:
        word = b"=?%s?b?K0FBQS0AAP/+?= " % charset
        head = b"From: " + word + b"<jo@example.nz>\r\nSubject: " + word
        yield head + b"\r\nContent-Type: text/plain; charset=%s\r\n\r\n+AGE-\x1b$B!!\xff\xfe\x00~{\r\n" % charset


_SPLINTERS = (b"", b"\x00", b"\r", b"\n", b"\x80", b'"', b"<", b"(", b"=?", b"--b", b";", b":", b"@", b"=", b"*0*=")


def mutated(count: int) -> Iterator[bytes]:
    """`count` messages with octets swapped, dropped, doubled and replaced, the same ones every time."""
    dice = random.Random(20261012)
    inner = b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz\r\n--b--\r\n"
    parts = b"--b\r\nContent-Type: text/plain; name*=utf-8''x\r\n\r\nx\r\n" + inner
    subject = b"Subject: =?utf-8?q?M=C4=81ori?= Week 6\r\nReferences: <0@example.nz> <2@example.nz>\r\n"
    whole = _HEAD + _DATE + subject + _MULTI % b"b" + b"\r\n" + parts
    for _ in range(count):
        octets = bytearray(whole)
        for _ in range(dice.randint(1, 30)):
            at = dice.randrange(len(octets))
            octets[at : at + dice.choice((0, 1, 1, 5))] = dice.choice((*_SPLINTERS, bytes(octets[at : at + 40])))
        yield bytes(octets)
