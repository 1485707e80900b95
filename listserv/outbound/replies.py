"""What a relay says: octets in, replies and abilities out (RFC 5321 §4.2, RFC 2034, RFC 3463).

Promises: every reply is bounded, whatever the peer sends; text for logs and reports is printable and short.
Pure: no socket, no clock. What a reply means for a copy is said in `retry`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_REPLY_OCTETS = 16_384
MAX_TEXT_CHARACTERS = 500

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:[ -](.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?: |$)")


@dataclass(frozen=True, slots=True)
class RelayReply:
    """One reply to one command: three-digit code, enhanced code or "", and its text on one printable line."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the answer to EHLO offers; `size_octets` is None where the relay names no limit (RFC 1870 §4)."""

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    starttls: bool = False
    declares_size: bool = False
    size_octets: int | None = None
    auth: frozenset[str] = frozenset()


class ReplyError(Exception):
    """The peer does not speak SMTP: a reply without a code, or one without an end."""


class ReplyReader:
    """Cuts the octets of a connection into whole replies, each with all its lines."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, octets: bytes) -> None:
        """Add what was received."""
        self._buffer = self._buffer + octets if self._buffer else octets

    def next(self) -> bytes | None:
        """The next whole reply, or None when more octets are needed; ReplyError beyond MAX_REPLY_OCTETS."""
        buffer = self._buffer
        start = 0
        while (end := buffer.find(b"\n", start)) >= 0:
            if buffer[start + 3 : start + 4] != b"-":
                self._buffer = buffer[end + 1 :]
                return buffer[: end + 1]
            start = end + 1
            if start > MAX_REPLY_OCTETS:
                break
        if len(buffer) > MAX_REPLY_OCTETS:
            raise ReplyError("a reply without an end")
        return None

    def has(self, lines: int) -> bool:
        """Whether so many lines are here whole, or more is than a reply may have."""
        return self._buffer.count(b"\n") >= lines or len(self._buffer) > MAX_REPLY_OCTETS

    def whole(self, hoped_for: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """All that is here at once, if it is just what was hoped for; otherwise it stays for `next`."""
        found = hoped_for.fullmatch(self._buffer)
        if found is not None:
            self._buffer = b""
        return found

    @property
    def pending(self) -> bool:
        """Whether octets are left that belong to no question of ours."""
        return bool(self._buffer)


@lru_cache(maxsize=64)
def all_well(recipients: int) -> re.Pattern[bytes]:
    """What a relay says that takes a message (group 1) and the next one's MAIL, each RCPT and DATA, a line each."""
    return re.compile(
        rb"(2[0-9][0-9](?: [^\r\n]*)?\r\n)(?:2[0-9][0-9](?: [^\r\n]*)?\r\n){%d}354(?: [^\r\n]*)?\r\n" % (recipients + 1)
    )


@lru_cache(maxsize=256)
def parse_reply(octets: bytes) -> RelayReply:
    """One whole reply as a value; the last line's code counts (RFC 5321 §4.2.1). ReplyError when there is none.

    The enhanced code is read wherever it stands, announced or not, unless its class contradicts the code.
    """
    code = 0
    enhanced = ""
    texts = []
    for line in octets.removesuffix(b"\n").split(b"\n"):
        match = _LINE.fullmatch(line.removesuffix(b"\r"))
        if match is None:
            raise ReplyError(f"not an SMTP reply: {_printable(line)}")
        code = int(match[1])
        found, text = _split_enhanced(code, _printable(match[2] or b""))
        enhanced = found or enhanced
        texts.append(text)
    return RelayReply(code, enhanced, " ".join(texts).strip()[:MAX_TEXT_CHARACTERS])


def parse_abilities(octets: bytes) -> Abilities:
    """The extensions in a positive answer to EHLO (RFC 5321 §4.1.1.1); unknown and broken lines are skipped."""
    offered: dict[str, list[str]] = {}
    for keyword, parameters in _keywords(octets):
        offered.setdefault(keyword, []).extend(parameters)
    return Abilities(
        pipelining="PIPELINING" in offered,
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        declares_size="SIZE" in offered,
        size_octets=_limit(offered.get("SIZE", [])),
        auth=frozenset(offered.get("AUTH", [])),
    )


def _keywords(octets: bytes) -> Iterator[tuple[str, list[str]]]:
    for line in octets.removesuffix(b"\n").split(b"\n")[1:]:
        # "AUTH=LOGIN" is what servers write for mail programs older than RFC 2554.
        words = _printable(line[4:]).upper().replace("AUTH=", "AUTH ").split()
        if words:
            yield words[0], words[1:]


def _limit(parameters: list[str]) -> int | None:
    """RFC 1870 §4: 0 or nothing means no fixed limit."""
    if parameters and parameters[0].isascii() and parameters[0].isdigit() and len(parameters[0]) <= 20:
        return int(parameters[0]) or None
    return None


def _split_enhanced(code: int, text: str) -> tuple[str, str]:
    match = _ENHANCED.match(text)
    if match is None or int(match[1]) != code // 100:
        return "", text
    return match[0].strip(), text[match.end() :]


def _printable(octets: bytes) -> str:
    text = octets[: 4 * MAX_TEXT_CHARACTERS].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text).strip()
