"""Octets in and replies out: the input buffer of one connection, and a `Reply` as it stands on the wire.

Promises: a line or block is handed out once and in order; a reply is lines of at most 512 octets (RFC 5321
§4.5.3.1.5), each with its enhanced code (RFC 2034 §4), and no text in it can end a line or start another.
Touches no socket: the connection puts octets in and writes what `wire` gives.
"""

from __future__ import annotations

import re
import textwrap

from listserv.model.smtp import Reply

_CONTROL = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_TEXT_CHARACTERS = 2000
_LINE_CHARACTERS = 480


class Inbox:
    """What has come and was not read yet."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._searched = 0
        self._fresh = False
        self._ended = False

    def __len__(self) -> int:
        return len(self._octets)

    def put(self, octets: bytes) -> None:
        """Add what came."""
        self._octets += octets
        self._fresh = True

    def end(self) -> None:
        """Nothing more will come; what is there can still be read."""
        self._ended = True

    def clear(self) -> None:
        """Throw away what was not read (RFC 3207 §4.2: nothing said before TLS counts after it)."""
        self._octets.clear()
        self._searched = 0
        self._fresh = False

    def line(self) -> bytes | None:
        """The next line with its LF, None while it is not whole."""
        end = self._octets.find(b"\n", self._searched) + 1
        if not end:
            self._searched = len(self._octets)
            return None
        if end == len(self._octets):
            return self.take()
        line = bytes(self._octets[:end])
        del self._octets[:end]
        self._searched = 0
        return line

    def take(self) -> bytes:
        """All that is there."""
        octets = bytes(self._octets)
        self._octets.clear()
        self._searched = 0
        return octets

    def give_back(self, octets: bytes) -> None:
        """Put back the end of what was taken: it is read next."""
        self._octets[:0] = octets
        self._searched = 0

    @property
    def is_quiet(self) -> bool:
        """Nothing has come since `news` was last asked, and something still may."""
        return not (self._fresh or self._ended)

    def news(self) -> bool:
        """Whether something has come since this was last asked."""
        came, self._fresh = self._fresh, False
        return came


def wire(reply: Reply, *, utf8: bool = False) -> bytes:
    """The octets of one reply; letters outside ASCII only where the client asked for SMTPUTF8 (RFC 6531 §3.7.4.2)."""
    text = reply.text
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    code = f"{reply.code} {reply.enhanced} " if reply.enhanced else f"{reply.code} "
    if len(text) <= _LINE_CHARACTERS and text.isascii():
        return f"{code}{text}\r\n".encode("ascii")
    return _folded(code, text[:_TEXT_CHARACTERS], utf8=utf8)


def _folded(code: str, text: str, *, utf8: bool) -> bytes:
    charset = "utf-8" if utf8 else "ascii"
    width = _LINE_CHARACTERS if text.isascii() or not utf8 else _LINE_CHARACTERS // 4
    lines = textwrap.wrap(text, width) or [""]
    more = code[:3] + "-" + code[4:]
    folded = [f"{more}{line}\r\n" for line in lines[:-1]] + [f"{code}{lines[-1]}\r\n"]
    return "".join(folded).encode(charset, "replace")
