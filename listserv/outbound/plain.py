"""The form of a mail for who wants plain text alone: its header as it is, one text part, each file named.

    a post     its text (from HTML where there is no other) and, below it, a note for each file
    our mail   the text part it was composed with, octet by octet

Promises: signed, encrypted and calendar mail stays as it is, and so does what is too long to be read whole; made once
a post or digest, never once a recipient. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from listserv.mail.mime import Part
from listserv.mail.parse import Message, parse
from listserv.mail.splice import append_text
from listserv.mail.text.body import Body, body

_CRLF = b"\r\n"
_NEW_FIELDS = (
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
)


def readable(message: Message) -> Body | None:
    """What the plain form is made of; None where the mail stays as it is."""
    root = message.root
    if message.is_signed_or_encrypted or (not root.children and root.content_type == "text/plain"):
        return None
    if any(part.content_type == "text/calendar" for part in root.walk()):
        return None
    found = body(message)
    return None if found.cut else found


def as_text(message: Message, text: str, notes: Iterable[str]) -> Message:
    """The message with this text as its one part, the notes below it."""
    pieces = [text.rstrip(), *(note.strip() for note in notes)]
    whole = "\n\n".join([piece for piece in pieces if piece]) + "\n"
    encoded = append_text(b"", "quoted-printable", whole.replace("\n", "\r\n").encode()) or b""
    return parse(_head(message) + _NEW_FIELDS + _CRLF + encoded)


def text_of_ours(octets: bytes) -> bytes:
    """A digest or reminder of ours with its text part alone, also where a file comes with it."""
    message = parse(octets)
    root = message.root
    if root.content_type == "multipart/mixed" and root.children:
        root = root.children[0]
    texts: Sequence[Part] = [part for part in root.children if part.content_type == "text/plain"]
    if root.content_type != "multipart/alternative" or not texts:
        return octets
    part = texts[0]
    kept = _head(message) + b"MIME-Version: 1.0\r\n" + octets[part.header_start : part.body_end]
    return kept if kept.endswith(_CRLF) else kept + _CRLF


def without_field(octets: bytes, name: bytes) -> bytes:
    """The octets without the header fields of that name (lower case)."""
    for field in reversed([field for field in parse(octets).fields if field.name.lower() == name]):
        octets = octets[: field.start] + octets[field.end :]
    return octets


def _head(message: Message) -> bytes:
    """The fields in their order, but those about the parts."""
    lines = (
        message.octets[field.start : field.end]
        for field in message.fields
        if not field.name.lower().startswith(b"content-") and field.name.lower() != b"mime-version"
    )
    return b"".join([line if line.endswith(_CRLF) else line.rstrip(b"\r\n") + _CRLF for line in lines])
