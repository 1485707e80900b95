"""What a message encloses, by an independent reader: the standard library's. For copies held against originals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from pathlib import Path

from listserv.mail.mime import Part
from listserv.mail.parse import parse
from listserv.mail.text.body import body

Leaf = tuple[str, str, bytes]
_NOTE = "x-note/n"


def with_files(corpus: Path) -> Iterator[bytes]:
    """Every message of the corpus that has a file, as SMTP sends it: each line end CRLF, one at the end."""
    for folder in ("autoreplies", "bounces", "clients", "feedback", "mime", "replies", "threading", "unicode"):
        for path in sorted((corpus / folder).iterdir()):
            if path.is_file() and path.suffix not in (".tsv", ".md"):
                octets = re.sub(rb"\r\n|\r|\n", b"\r\n", path.read_bytes())
                octets = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
                if body(parse(octets)).attachments:
                    yield octets


def leaves(octets: bytes) -> list[Leaf]:
    """(type, file name, what it holds) of every leaf; line ends, and those before a delimiter, do not count."""
    found = []
    for each in message_from_bytes(octets, policy=policy.compat32).walk():
        if not each.is_multipart():
            payload = each.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            name = str(each.get_filename() or "")
            found.append((each.get_content_type(), name, content.replace(b"\r\n", b"\n").rstrip(b"\n")))
    return found


def replaced(octets: bytes, root: Part, gone: Sequence[int]) -> list[Leaf | int]:
    """The leaves of the original, the number of each part that has made way in its place."""
    spans = [(part.header_start, part.body_end, index) for index, part in enumerate(root.walk()) if index in gone]
    marked = octets
    for start, end, index in sorted(spans, reverse=True):
        if start <= root.body_start:
            return [index]
        marked = marked[:start] + b"Content-Type: %s%d\r\n\r\n" % (_NOTE.encode(), index) + marked[end:]
    return [int(leaf[0].removeprefix(_NOTE)) if leaf[0].startswith(_NOTE) else leaf for leaf in leaves(marked)]
