"""Whatever is posted, its copy is the post: the same parts with the same content, and the footer beside it.

The judge is the standard library's parser, which has no part in making a copy.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Parsed
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.parse import parse
from listserv.outbound.copy import PostContext
from tests.copies import context, crlf, mail_list, personal, template, unstuffed

LIST = mail_list("reo", "Te Reo Māori", subject_tag="Te Reo Māori")
WITH_FOOTER = context(LIST)
PLAIN_FOOTER = context(mail_list())
WITHOUT = context(LIST, footer=False)
OURS = [
    "Sender", "List-Id", "List-Post", "List-Help", "List-Owner", "List-Subscribe", "List-Archive", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Archived-At", "Precedence", "Reply-To", "X-Auto-Response-Suppress",
]  # fmt: skip
TEXT_TYPES = ("text/plain", "text/html")
CORPUS_FOLDERS = [
    "autoreplies",
    "bounces",
    "clients",
    "feedback",
    "malformed",
    "mime",
    "replies",
    "threading",
    "unicode",
]


def check(octets: bytes, of: PostContext) -> None:
    """All that holds for every copy of every message."""
    made = template(octets, of)
    for copy in (personal(octets, of), made.neutral()):
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", copy.content)
        assert copy.content.endswith(b"\r\n")
        content = unstuffed(copy)
        assert copy.eight_bit is not content.isascii()
        head = parse(content)
        for name in OURS:
            expected = 0 if name == "List-Unsubscribe-Post" and copy == made.neutral() else 1
            assert len(head.raw(name)) == expected, name
        assert LIST.address.encode() in head.raw("X-Listserv-Loop") or of is PLAIN_FOOTER
        for name in ("From", "Date", "Message-ID"):
            assert len(head.raw(name)) == 1, name
        assert head.defects.count("header_garbage") == 0
    bare = unstuffed(personal(octets, WITHOUT))
    compare(bare, unstuffed(personal(octets, of)))
    body = octets[parse(octets).body_start :]
    assert bare.partition(b"\r\n\r\n")[2] == body + (b"" if body.endswith(b"\r\n") or not body else b"\r\n")


def compare(bare: bytes, footed: bytes) -> None:
    """A copy with the footer against one without: texts have something added, all else is the same."""
    body = bare.partition(b"\r\n\r\n")[2]
    if parse(bare).is_signed_or_encrypted:
        assert footed.partition(b"\r\n\r\n")[2] == body
        return
    if footed.partition(b"\r\n\r\n")[2] == body:
        return
    before, after = list(message_from_bytes(bare).walk()), list(message_from_bytes(footed).walk())
    ours, ours_after = list(parse(bare).root.walk()), list(parse(footed).root.walk())
    assert len(ours) <= len(ours_after) <= len(ours) + 1
    for part, copied in zip(ours, ours_after, strict=False):
        if not part.children and (part.content_type not in TEXT_TYPES or part.filename is not None):
            assert copied.body() == part.body()
    if [part.get_content_type() for part in before] != [part.content_type for part in ours]:
        return  # the two parsers see two different messages, so the other one cannot judge
    assert len(before) <= len(after) <= len(before) + 1
    for old, new in zip(before, after, strict=False):
        compare_part(old, new)
    for new in after[len(before) :]:
        assert new.get_content_type() == "text/plain"


def compare_part(old: Parsed, new: Parsed) -> None:
    """One part: same type and name; an attachment's octets are the same, a text's are there with something added."""
    assert (new.get_content_type(), new.get_filename()) == (old.get_content_type(), old.get_filename())
    if old.is_multipart():
        return
    if old.get_content_type() not in TEXT_TYPES or old.get_filename() is not None:
        assert raw_payload(new) == raw_payload(old)
        return
    was, now = decoded(old), decoded(new)
    assert len(now) >= len(was)
    assert is_with_insertion(was, now)


def raw_payload(part: Parsed) -> str:
    payload = part.get_payload()
    assert isinstance(payload, str)
    return payload


def decoded(part: Parsed) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def is_with_insertion(was: bytes, now: bytes) -> bool:
    """Whether one run of octets taken out of `now` leaves `was`."""
    common = next(
        (at for at, (one, two) in enumerate(zip(was, now, strict=False)) if one != two), min(len(was), len(now))
    )
    rest = was[common:]
    return now.endswith(rest)


# --- the corpus ----------------------------------------------------------------------------------------------------


def corpus_messages(corpus: Path) -> Iterator[tuple[str, bytes]]:
    """Every message of the corpus, and each twentieth of its archives, with CRLF line ends as intake demands them."""
    for folder in CORPUS_FOLDERS:
        for file in sorted((corpus / folder).rglob("*")):
            if file.is_file() and file.suffix not in (".tsv", ".md", ".yml", ".xz") and file.stat().st_size < 2_000_000:
                yield f"{folder}/{file.name}", crlf(file.read_bytes())
    for file in sorted((corpus / "archive").glob("*.mbox.xz")):
        messages = re.split(rb"^From [^\n]*\n", lzma.decompress(file.read_bytes()), flags=re.MULTILINE)[1:]
        for number, octets in enumerate(messages[::20]):
            yield f"archive/{file.name}:{number * 20}", crlf(octets)


@pytest.mark.corpus
def test_every_message_of_the_corpus(corpus: Path) -> None:
    count = 0
    for name, octets in corpus_messages(corpus):
        for of in (WITH_FOOTER, PLAIN_FOOTER):
            try:
                check(octets, of)
            except Exception as error:
                error.add_note(name)
                raise
        count += 1
    assert count > 1_000


# --- made messages -------------------------------------------------------------------------------------------------

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=90)
TEXTS = st.lists(LINES, max_size=8).map("\r\n".join)
CHARSETS = st.sampled_from(
    ["", "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16", "gb2312", "x-unknown", '"UTF-8"']
)
ENCODINGS = st.sampled_from(["", "7bit", "8bit", "quoted-printable", "base64", "binary", "x-uue"])
NOISE = st.binary(max_size=200).map(crlf)


@st.composite
def leaf(draw: st.DrawFn) -> bytes:
    """A part with a header and a body that may or may not be what the header says."""
    content_type = draw(
        st.sampled_from(["", "text/plain", "text/html", "image/png", "text/calendar", "bad", "message/rfc822"])
    )
    charset, encoding = draw(CHARSETS), draw(ENCODINGS)
    head = b""
    if content_type:
        head += f"Content-Type: {content_type}{'; charset=' + charset if charset else ''}\r\n".encode()
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\r\n".encode()
    if draw(st.booleans()):
        head += b"Content-Disposition: " + draw(st.sampled_from([b"inline", b"attachment; filename=x.txt"])) + b"\r\n"
    text = draw(TEXTS).encode() + draw(st.sampled_from([b"", b"\r\n", b"=", b"=\r\n", b"</body>\r\n</html>"]))
    return head + b"\r\n" + (text if draw(st.booleans()) else draw(NOISE))


@st.composite
def multipart(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    """Parts under a boundary, sometimes without an end."""
    boundary = draw(st.sampled_from(["a", "b", "a b", "=_x", "-"]))
    subtype = draw(st.sampled_from(["mixed", "mixed", "alternative", "alternative", "related", "signed", "digest"]))
    parts = b"".join([f"--{boundary}\r\n".encode() + part + b"\r\n" for part in draw(st.lists(children, max_size=4))])
    end = f"--{boundary}--\r\n".encode() if draw(st.integers(0, 5)) else b""
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode() + parts + end


BODIES = st.recursive(leaf(), multipart, max_leaves=6)
FIELD = st.sampled_from(
    [
        b"From: a@b.example", b"Subject: x", b"Subject: =?utf-8?q?=C4=81?=", b"Date: y", b"Message-ID: <1@b>",
        b"Reply-To: c@d.example", b"List-Id: <x.y>", b"Sender : e@f.example", b"no field", b"Bcc: g@h.example",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b".dot: x", b"X: \xff\r\n \r\n y", b"MIME-Version: 1.0",
    ]
)  # fmt: skip
FIELDS = st.lists(FIELD, max_size=8).map(lambda fields: b"".join([field + b"\r\n" for field in fields]))


@given(FIELDS, BODIES)
def test_any_made_message(fields: bytes, body: bytes) -> None:
    octets = fields + body
    check(octets, WITH_FOOTER)
    check(octets, PLAIN_FOOTER)


@given(st.binary(max_size=400).map(crlf))
def test_any_octets(octets: bytes) -> None:
    check(octets, WITH_FOOTER)
