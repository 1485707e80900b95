"""The group's tag in a subject: `[English Online] Sharing texts`, `Re: [English Online] Sharing texts`.

Promises: the author's octets all stay, in their order and encoding; the tag is put in between them, once: a subject
that already shows it anywhere is left alone. Adding the tag never makes a line longer than 78 octets that was not.
Pure; any octets are accepted.
"""

from __future__ import annotations

import re

from listserv.mail.charsets import nfc
from listserv.mail.words import LINE_OCTETS, encode_text, header_text

# Reply and forward prefixes in ASCII; the tag stands behind the first one, as in the answers people then write.
_PREFIX = re.compile(
    rb"[ \t\r\n]{0,80}+(?:re|fwd?|aw|sv|vs|vl|antw|wg|tr|rv|rif|odp)(?:\[[0-9]{1,3}\])?[ \t]?:", re.IGNORECASE
)
_SPACE_WORD = b" =?utf-8?q?_?="


def shown_tag(tag: str) -> str:
    """The tag as a reader sees it: in brackets, which the setting may or may not already have."""
    return f"[{tag.strip().removeprefix('[').removesuffix(']').strip()}]"


def has_tag(subject: str, tag: str) -> bool:
    """Whether a decoded subject already shows the tag, whatever its case and spacing."""
    return _plain(shown_tag(tag)) in _plain(subject)


def tag_value(value: bytes, tag: str, charset: str | None = None) -> bytes:
    """A Subject field's value (what follows the colon, folds kept, no line end) with the tag in it, once.

    `charset` is what 8-bit octets of the value are read as to see whether the tag is there.
    """
    if has_tag(header_text(value, charset), tag):
        return value
    prefix = _PREFIX.match(value)
    at = prefix.end() if prefix is not None else 0
    before, after = value[:at], value[at:]
    if after.strip() and not after.startswith((b" ", b"\t", b"\r\n")):
        after = b" " + after
    words = b" " + encode_text(shown_tag(tag))
    # White space between two encoded words is not shown (RFC 2047 §6.2), so the space is a word of its own.
    if words.rpartition(b" ")[2].startswith(b"=?") and after.lstrip().startswith(b"=?"):
        words += _SPACE_WORD
    return _fitted(before, words, after)


def _fitted(before: bytes, words: bytes, after: bytes) -> bytes:
    """The three joined, folded before `after` and between encoded words where a line would be too long."""
    room = LINE_OCTETS - len(b"Subject:") - len(before.rpartition(b"\n")[2])
    if len(words) > room:
        words = words.replace(b" =?", b"\r\n =?")
    line = after.partition(b"\r\n")[0]
    if line.strip() and len(words.rpartition(b"\n")[2]) + len(line) > room:
        return before + words + b"\r\n" + after
    return before + words + after


def _plain(text: str) -> str:
    return " ".join(nfc(text).casefold().split())
