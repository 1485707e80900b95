"""mboxrd files, both ways: a line `>*From ` has one `>` more in the file than in the message.

Promises: reading what was written gives the same octets, for every message whose lines end in CRLF. In the archive
lines end in CRLF; a file is written with LF, as mail programs on Unix keep it, and read with LF, CRLF or both. What is
read always has CRLF, and the one blank line that the file has after each message is not part of it. It opens no file:
lines or blocks are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

MESSAGE_OCTETS = 268_435_456

_QUOTED_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_IN_ENVELOPE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


def read_mbox(blocks: Iterable[bytes], *, message_octets: int = MESSAGE_OCTETS) -> Iterator[bytes]:
    """Every message of an mbox file, without its `From ` line, lines ending in CRLF.

    `blocks` are the file's octets in order, cut anywhere (a binary file opened for reading is such a thing). A message
    begins at a line `From ` that follows a blank line or begins the file; what stands before the first one is left
    out. Of a message larger than `message_octets` little more than that is given, so that whoever checks its size
    refuses it and memory stays bounded.
    """
    message: list[bytes] | None = None
    size = 0
    blank = True
    for line in _lines(blocks, message_octets):
        if blank and line.startswith(b"From "):
            if message is not None:
                yield _joined(message)
            message, size = [], 0
        elif message is not None and size <= message_octets:
            message.append(line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line)
            size += len(line) + 2
        blank = not line
    if message is not None:
        yield _joined(message)


def _joined(lines: list[bytes]) -> bytes:
    """The lines as one message, the blank line that closes it in the file taken off."""
    if lines and not lines[-1]:
        lines.pop()
    return b"".join([line + b"\r\n" for line in lines])


def _lines(blocks: Iterable[bytes], line_octets: int) -> Iterator[bytes]:
    """The lines without their ends; a line of more than `line_octets` loses blocks after that many."""
    pieces: list[bytes] = []
    size = 0
    for block in blocks:
        first, *others = block.split(b"\n")
        if size <= line_octets:
            pieces.append(first)
            size += len(first)
        if not others:
            continue
        yield b"".join(pieces).removesuffix(b"\r")
        last = others.pop()
        for line in others:
            yield line.removesuffix(b"\r")
        pieces, size = [last], len(last)
    line = b"".join(pieces)
    if line:
        yield line.removesuffix(b"\r")


def write_mbox_entry(octets: bytes, return_path: str, date: datetime) -> bytes:
    """One message as an entry of an mboxrd file with LF line ends, its blank line included.

    The null return path is written `MAILER-DAEMON`, the aware `date` in UTC as asctime has it (RFC 4155).
    """
    envelope = _NOT_IN_ENVELOPE.sub("", return_path) or "MAILER-DAEMON"
    moment = date.astimezone(UTC)
    when = (
        f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment.day:2d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} {moment.year:04d}"
    )
    body = _QUOTED_FROM.sub(rb">\1", octets.replace(b"\r\n", b"\n"))
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return f"From {envelope} {when}\n".encode("utf-8", "replace") + body + b"\n"
