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

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some editors begin a file with it
_START = re.compile(rb"\n\n(?=From )")
_STUFFED = re.compile(rb">From ")  # a pattern finds it in two thirds of the time that `in` takes
_STUFFED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_LINE_END = re.compile(rb"(?<!\r)\r\n")
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
    for number, whole in enumerate(_whole_lines(blocks, message_octets)):
        lines = whole if number else whole.removeprefix(_BYTE_ORDER_MARK)
        at = 0
        for start in [*_starts(lines, blank), len(lines)]:
            if message is not None and size <= message_octets:
                message.append(_at_most(lines[at:start], message_octets - size))
                size += len(message[-1])
            if start < len(lines):
                if message is not None:
                    yield _joined(message, message_octets)
                message, size = [], 0
                at = lines.index(b"\n", start) + 1
        blank = lines.endswith(b"\n\n") or lines == b"\n"
    if message is not None:
        yield _joined(message, message_octets)


def _starts(lines: bytes, blank: bool) -> Iterator[int]:
    """Where a line `From ` follows a blank one; `blank`: the line before the first of these was."""
    if blank and lines.startswith(b"From "):
        yield 0
    elif lines.startswith(b"\nFrom "):
        yield 1
    yield from (found.start() + 2 for found in _START.finditer(lines))


def _at_most(lines: bytes, octets: int) -> bytes:
    """Whole lines, the last of them the one that goes beyond so many octets, if any does."""
    if len(lines) <= octets:
        return lines
    end = lines.find(b"\n", octets)
    return lines if end < 0 else lines[: end + 1]


def _joined(pieces: list[bytes], message_octets: int) -> bytes:
    """The lines as one message, the blank line that closes it in the file taken off."""
    octets = b"".join(pieces)
    if octets.endswith(b"\n\n") or octets == b"\n":
        octets = octets[:-1]
    if _STUFFED.search(octets):
        octets = _STUFFED_FROM.sub(rb"\1", octets)
    return _at_most(octets.replace(b"\n", b"\r\n"), message_octets)


def _whole_lines(blocks: Iterable[bytes], line_octets: int) -> Iterator[bytes]:
    """The file in pieces of whole lines that end in LF; a line of more than `line_octets` loses what is beyond."""
    begun: list[bytes] = []
    size = 0
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            if size <= line_octets:
                begun.append(block)
                size += len(block)
            continue
        first = 0 if size <= line_octets else block.index(b"\n")
        lines = b"".join((*begun, block[first:end]))
        # A file with LF, as most are, is not looked through for two octets in a row.
        yield lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines
        begun, size = [block[end:]], len(block) - end
    rest = b"".join(begun)
    if rest:
        yield rest.removesuffix(b"\r") + b"\n"


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
    body = _QUOTED_FROM.sub(rb">\1", _with_line_feeds(octets))
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return f"From {envelope} {when}\n".encode("utf-8", "replace") + body + b"\n"


def _with_line_feeds(octets: bytes) -> bytes:
    """Lines ending in LF, but those that end in a CR of their own, which would be read as part of a CRLF."""
    return _LINE_END.sub(b"\n", octets) if b"\r\r\n" in octets else octets.replace(b"\r\n", b"\n")
