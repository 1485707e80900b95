"""Hostile messages are looked at in a moment and in little memory; what is too large or too deep is refused."""

from __future__ import annotations

import tracemalloc

import pytest

from listserv.mail.bounds import Bounds, check_bounds
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from tests.fuzz.hostile_mail import KINDS, charset_tricks, mutated
from tests.stopwatch import Stopwatch

SECONDS = 1.0
MEMORY_PER_OCTET = 10
MEMORY_AT_LEAST = 16_000_000

REFUSED = {
    "mime_nest_10k": "too_deep",
    "rfc822_nest_10k": "too_deep",
    "boundary_prefixes": "too_deep",
    "mime_parts_100k": "too_many_parts",
    "empty_parts_500k": "too_many_parts",
    "encoded_words_50k": "header_too_large",
    "to_100k": "header_too_large",
    "header_folded_10mb": "header_too_large",
    "header_10mb": "header_too_large",
    "references_100k": "header_too_large",
    "boundary_1mb": "header_too_large",
    "quotes_100k": "field_too_long",
    "semicolons_100k": "field_too_long",
}


def look_at_everything(message: Message) -> None:
    """Ask a message for all it can say."""
    _ = message.fields, message.author, message.authors, message.message_id, message.references, message.date
    _ = message.thread_index, message.list_ids, message.defects, message.body_hash, message.content_hash
    _ = message.is_signed_or_encrypted, base_subject(message.subject), message.in_reply_to
    for name in ("From", "To", "Cc", "Subject", "Received", "Content-Type", "X-Long"):
        message.headers(name)
        message.mailboxes(name)
    for part in message.root.walk():
        _ = part.decoded(), part.text(), part.filename, part.charset


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_is_enough(kind: str) -> None:
    octets = KINDS[kind]()
    with Stopwatch() as watch:
        check_bounds(octets, Bounds())
        look_at_everything(parse(octets))
    assert watch.seconds < SECONDS


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded(kind: str) -> None:
    octets = KINDS[kind]()
    tracemalloc.start()
    try:
        check_bounds(octets, Bounds())
        look_at_everything(parse(octets))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < max(MEMORY_AT_LEAST, MEMORY_PER_OCTET * len(octets))


@pytest.mark.parametrize(("kind", "code"), REFUSED.items())
def test_the_first_look_refuses(kind: str, code: str) -> None:
    fault = check_bounds(KINDS[kind](), Bounds())
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize("kind", KINDS)
def test_trees_stay_small(kind: str) -> None:
    parts = list(parse(KINDS[kind]()).root.walk())
    assert len(parts) <= 1_000


def test_charsets_that_are_none() -> None:
    for octets in charset_tricks():
        message = parse(octets)
        look_at_everything(message)
        assert message.author is None or message.author.address == "jo@example.nz"


def test_mutations() -> None:
    for octets in mutated(1_000):
        check_bounds(octets, Bounds())
        look_at_everything(parse(octets))


FIELDS = ("Subject: ", "From: ", "References: ", "Date: ", "Content-Type: multipart/x; boundary=b; ", "List-Id: ")
UNITS = (
    b" ", b"(", b")", b'"', b"\\", b"<", b">", b"[", b"@", b",", b";", b":", b"=", b"a", b"a ", b"a@b,", b"=?",
    b"=?a?q?", b"=?utf-8?q?a?= ",
    b"=?a?b?a", b"a=b;", b'a="', b"a*0*=", b"\r\n ", b"\r", b"1:1 ", b"Re: ", b"[a] ", b"\xff",
    b"\xc4\x81", b"\x1b$B", b"\r\n-", b"\r\n--b", b"begin 644 a\n", b"<a@b>,", b"a:b;", b"<@a,",
)  # fmt: skip


def _seconds(field: str, unit: bytes, count: int) -> float:
    octets = b"From: jo@example.nz\r\n" + field.encode() + unit * count + b"\r\n\r\n" + unit * count
    with Stopwatch() as watch:
        look_at_everything(parse(octets))
    return watch.seconds


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("unit", UNITS)
def test_twice_as_much_takes_about_twice_as_long(field: str, unit: bytes) -> None:
    """In the field and in the body; a tenth of a second for 40,000 octets is never too long."""
    count = 20_000 // len(unit)
    twice = min(_seconds(field, unit, 2 * count) for _ in range(2))
    if twice > 0.1:
        once = min(_seconds(field, unit, count) for _ in range(3))
        assert twice < 3 * once + 0.1


def test_ids_are_not_looked_for_one_by_one_among_many_recipients() -> None:
    """50 kB of ids beside 50 kB of what looks like an address: within the bounds, 500 million letters to compare."""
    octets = b"From: x@y.nz\nTo: %b\nReferences: %b <aab>\n\nx" % (b"a" * 50_000, b"<aab>" * 10_000)
    assert check_bounds(octets, Bounds()) is None
    with Stopwatch() as watch:
        assert parse(octets).references == ("aab",)
    assert watch.seconds < SECONDS / 4


def test_an_address_among_many_ids_is_no_reference() -> None:
    ids = b"".join(b"<%d@x.nz>" % number for number in range(500))
    message = parse(b"From: x@y.nz\nTo: Mere <Mere@y.nz>\nReferences: %b<mere@y.nz>\n\nx" % ids)
    assert message.references[-1] == "499@x.nz"
