"""The content of one message as it arrives in blocks: where it ends, what it holds, what is wrong with it.

Promises: only CRLF.CRLF ends it (RFC 5321 §4.1.1.4); a CR or LF outside a CRLF pair anywhere makes it refused
(RFC 5321 §2.3.8; both together leave nothing to smuggle); every other octet, NUL included, is kept as it came, less
the leading dot of §4.5.2. Time and memory are in proportion to the octets, however they are cut.
Touches nothing but the counter of held octets.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from listserv.inbound.edge import HeldOctets
from listserv.model.smtp import Reply

BARE_LINE_END = Reply(
    550, "5.6.11", "The message holds a CR or LF that is not part of a CRLF line end; please send CRLF only"
)
NO_ROOM = Reply(452, "4.3.1", "Too much mail is arriving at this moment, please try again in a few minutes")

_LINE_END = b"\r\n"
_END = b"\r\n.\r\n"


class Content:
    """The content of one message; hold it open with `with` as long as its octets are in use."""

    def __init__(self, limit_octets: int, held: HeldOctets) -> None:
        self.fault: Reply | None = None
        """Why the whole content will be refused, once that is known."""
        self.read_octets = 0
        self._limit = limit_octets
        self._held = held
        self._counted = 0
        # A content begins at the start of a line: the line end before it is put there, never kept, so that a dot
        # and the end of the content look alike on the first line and on every other.
        self._kept = bytearray()
        self._tail = _LINE_END
        self._unreal = len(_LINE_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.give_back(self._counted)
        self._counted = 0

    def feed(self, block: bytes) -> bytes | None:
        """Take one block; None while the content goes on, else the octets that stand behind its end."""
        self.read_octets += len(block)
        text = self._tail + block
        end = text.find(_END)
        if end >= 0:
            self._keep(text[: end + len(_LINE_END)])
            return text[end + len(_END) :]
        cut = len(text) - _overlap(text)
        self._keep(text[:cut])
        self._tail = text[cut:]
        return None

    def octets(self) -> bytes:
        """The content, dots unstuffed; to be asked once, after the end and without a fault."""
        content = bytes(self._kept)
        self._kept = bytearray()
        return content

    def refuse(self, reply: Reply) -> None:
        """Afterwards nothing is kept and `fault` says why; a permanent reason is never replaced by another."""
        if self.fault is None or self.fault.code < 500:
            self.fault = reply
        self._kept = bytearray()
        self._held.give_back(self._counted)
        self._counted = 0

    def _keep(self, segment: bytes) -> None:
        pairs = segment.count(_LINE_END)
        if segment.count(b"\r") != pairs or segment.count(b"\n") != pairs:
            self.refuse(BARE_LINE_END)
        if self.fault is not None or not segment:
            return
        octets = segment.replace(b"\r\n.", _LINE_END)[self._unreal :]
        self._unreal = 0
        if len(self._kept) + len(octets) > self._limit:
            self.refuse(too_big(self._limit))
        elif self._held.take(len(octets)):
            self._counted += len(octets)
            self._kept += octets
        else:
            self.refuse(NO_ROOM)


def too_big(limit_octets: int) -> Reply:
    """The refusal of a message over the limit (RFC 1870 §6)."""
    return Reply(552, "5.3.4", f"The message is larger than the {limit_octets} octets taken here")


def _overlap(text: bytes) -> int:
    """How many octets at the end of `text` could be the beginning of the end."""
    for size in range(len(_END) - 1, 0, -1):
        if text.endswith(_END[:size]):
            return size
    return 0
