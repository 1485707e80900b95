"""Every message of the corpus is read without an exception, in a moment, the same each time, and as others read it.

Other readers are the standard library's: its compat32 parser for parts and their octets, its `getaddresses` for
authors. Where we differ from them on purpose the kind of difference is named here, with its reason; a difference of
no such kind is a failure.
"""

from __future__ import annotations

import email
import email.message
import email.utils
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.mail.bounds import Bounds, check_bounds
from listserv.mail.mbox import read_mbox, write_mbox_entry
from listserv.mail.mime import Part
from listserv.mail.parse import Message, parse
from tests.fuzz.test_mail_hostile import look_at_everything
from tests.golden.test_mail_samples import described
from tests.stopwatch import Stopwatch

pytestmark = pytest.mark.corpus

MADE_BY_US = {"SOURCES.md", "MANIFEST.tsv", "expected.tsv"}
FOLDERS_OF_PEOPLE = ("clients", "mime", "unicode", "threading", "replies")
EMBEDDED = ("message/rfc822", "message/global", "message/news")


def _files(corpus: Path, folders: tuple[str, ...] = ()) -> Iterator[Path]:
    for path in sorted(corpus.rglob("*")):
        inside = path.relative_to(corpus).parts
        wanted = len(inside) > 1 and "expected" not in inside and (not folders or inside[0] in folders)
        if wanted and path.is_file() and path.name not in MADE_BY_US and path.suffix != ".xz":
            yield path


def _archived(corpus: Path) -> Iterator[bytes]:
    for path in sorted((corpus / "archive").glob("*.xz")):
        with lzma.open(path) as file:
            yield from read_mbox(file)


def _line_ends(octets: bytes) -> tuple[bytes, bytes, bytes]:
    plain = octets.replace(b"\r\n", b"\n")
    return octets, plain, plain.replace(b"\n", b"\r\n")


def test_every_message_is_read_in_a_moment(corpus: Path) -> None:
    slow = []
    for path in _files(corpus):
        for octets in _line_ends(path.read_bytes()):
            with Stopwatch() as watch:
                check_bounds(octets, Bounds())
                look_at_everything(parse(octets))
            slow.append((watch.seconds, path.name))
    assert len(slow) > 1_000
    assert max(slow) < (1.0, "")
    assert sorted(slow)[len(slow) // 2] < (0.01, "")


def test_every_archived_message_is_read_in_a_moment(corpus: Path) -> None:
    slow = []
    for octets in _archived(corpus):
        with Stopwatch() as watch:
            look_at_everything(parse(octets))
        slow.append(watch.seconds)
    assert len(slow) > 3_000
    assert max(slow) < 1.0


def test_reading_is_the_same_each_time_and_for_either_line_end(corpus: Path) -> None:
    for path in _files(corpus):
        octets, plain, crlf = _line_ends(path.read_bytes())
        assert described(parse(octets)) == described(parse(octets)), path
        if b"\r" not in plain:
            one, other = parse(plain), parse(crlf)
            assert (one.author, one.references, one.subject, one.date) == (
                other.author, other.references, other.subject, other.date,
            ), path  # fmt: skip
            assert one.body_hash == other.body_hash, path


def test_archives_go_there_and_back(corpus: Path) -> None:
    when = email.utils.parsedate_to_datetime("Mon, 12 Oct 2026 09:00:00 +1300")
    for number, octets in enumerate(_archived(corpus)):
        if number % 10 == 0:
            assert list(read_mbox([write_mbox_entry(octets, "jo@example.nz", when)])) == [octets]


# Authors.

ONE_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]]+@[^@\s<>,;:\"()\[\]]+")


def test_authors_are_those_another_reader_finds(corpus: Path) -> None:
    """One From field with one valid address by `getaddresses` has that author in 99 of 100."""
    agreed = asked = 0
    for path in _files(corpus, FOLDERS_OF_PEOPLE):
        octets = path.read_bytes()
        fields = email.message_from_bytes(octets).get_all("from") or []
        found = [address for _, address in email.utils.getaddresses([str(fields[0])]) if address] if fields else []
        if len(fields) != 1 or len(found) != 1 or ONE_ADDRESS.fullmatch(found[0]) is None or not found[0].isascii():
            continue
        asked += 1
        author = parse(octets).author
        agreed += author is not None and author.address == found[0]
        assert author is None or author.address == found[0], path
    assert asked > 500
    assert agreed >= 0.99 * asked


# Parts.


def _their_leaves(message: email.message.Message) -> Iterator[tuple[str, bytes | None]]:
    """(type, octets) of every leaf as the standard library reads it.

    Its tree goes on below every message/*: reports and external bodies, which hold no message, are leaves to us.
    """
    declared = message.get_content_type()
    if message.is_multipart() and (declared.startswith("multipart/") or declared in EMBEDDED):
        for child in message.get_payload():
            assert isinstance(child, email.message.Message)
            yield from _their_leaves(child)
    elif message.is_multipart():
        yield declared, None
    else:
        payload = message.get_payload(decode=True)
        yield declared, payload if isinstance(payload, bytes) else None


def _plain(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")


def _difference_on_purpose(message: Message, theirs: list[tuple[str, bytes | None]]) -> str | None:
    """The kind of difference this message has, with what it shows us that the other reader does not; None if none."""
    parts = list(message.root.walk())
    defects = {defect for part in parts for defect in part.defects} | set(message.defects)
    if defects & {"header_garbage", "no_blank_line", "early_blank_line", "byte_order_mark"}:
        return "a header goes on below a line that is none, or ends above one"
    if b"\n" not in message.octets:
        return "bare CR ends lines in bodies too"
    if "encoded_message" in defects:
        return "an embedded message under base64 is opaque, not parsed as if it were plain"
    if defects & {"no_parts", "no_boundary"}:
        return "a multipart without parts is text, so that a person can read it"
    if defects & {"boundary_too_long", "too_many_parts", "too_deep"}:
        return "beyond our bounds"
    if any(not re.fullmatch(r"[^\s;]+/[^\s;]+", their_type) for their_type, _ in theirs):
        return "a type with parameters but no semicolon"
    if len(theirs) == 1 and theirs[0][0].startswith("multipart/"):
        return "a boundary the other reader did not find (quotation marks, comments)"
    if any(_encoding_is_odd(part) or _is_broken_base64(part) for part in parts):
        return "a transfer encoding with a comment, or base64 that is broken"
    return None


def _encoding_is_odd(part: Part) -> bool:
    values = [field.value for field in part.head.fields if field.name.lower() == b"content-transfer-encoding"]
    return bool(values) and values[0].lower().removeprefix(b" ") != part.transfer_encoding.encode()


def _is_broken_base64(part: Part) -> bool:
    if part.transfer_encoding != "base64":
        return False
    digits = b"".join(part.body().split())
    whole = re.fullmatch(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=*)?", digits)
    return whole is None or re.search(rb"\S[ \t]+\S", part.body()) is not None


def test_parts_are_those_another_reader_finds(corpus: Path) -> None:
    kinds: Counter[str] = Counter()
    unexplained = []
    for path in _files(corpus):
        octets = path.read_bytes()
        message = parse(octets)
        theirs = list(_their_leaves(email.message_from_bytes(octets)))
        ours = [(part.content_type, part.decoded()) for part in message.root.walk() if not part.children]
        same = [kind for kind, _ in theirs] == [kind for kind, _ in ours] and all(
            other is None or _plain(other) == _plain(own) for (_, other), (_, own) in zip(theirs, ours, strict=True)
        )
        kind = "the same" if same else _difference_on_purpose(message, theirs)
        kinds[kind or "unexplained"] += 1
        if kind is None:
            unexplained.append(path.name)
    assert unexplained == [], "\n".join(unexplained)
    assert kinds["the same"] > 0.9 * kinds.total(), kinds
