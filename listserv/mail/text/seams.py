"""What is kept of how a body was cut when it was archived: which stretch is whose words.

Telling quotations apart is most of the work on a post. `derived_text` does it once; the seams it gives are lengths and
kinds, no words, so that nothing of a post is kept twice. `cut_at` cuts the body there again, and gives None for
any other text: whoever asks then tells quotations apart anew. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from listserv.mail.parse import Message
from listserv.mail.text.body import body
from listserv.mail.text.pieces import Kind, Piece, Pieces
from listserv.mail.text.quote import split_own

PIECES_KEPT = 1_000  # of a body in more pieces nothing is kept: hardly anybody but an attacker sends one

_LETTERS: dict[Kind, str] = {
    "own": "o",
    "quote": "q",
    "attribution": "a",
    "signature": "s",
    "footer": "f",
    "banner": "b",
    "header_block": "h",
}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_SEAM = re.compile(r"([a-z])(\d{1,7})(\+?)")


class DerivedText(NamedTuple):
    """A post's own words, what it repeats of others, and the seams of its body."""

    own: str
    quoted: str
    seams: str


def derived_text(message: Message, ancestors: Sequence[str] = ()) -> DerivedText:
    """The text of a message for the archive; `ancestors` are bodies of posts it may answer."""
    found = body(message)
    pieces = split_own(found.text, found.page, ancestors)
    return derived_of(pieces)


def derived_of(pieces: Pieces) -> DerivedText:
    """The text of a body that was taken apart already."""
    return DerivedText(pieces.own, pieces.quoted, seams_of(pieces))


def seams_of(pieces: Pieces) -> str:
    """`5a3c91f0 o120 a44 q300+`: the sum of the text (CRC-32), then each piece's kind and characters, + for `context`.

    "" for a body in more than `PIECES_KEPT` pieces.
    """
    if len(pieces.pieces) > PIECES_KEPT:
        return ""
    told = (f"{_LETTERS[each.kind]}{len(each.text)}{'+' if each.context else ''}" for each in pieces.pieces)
    return " ".join((_sum("".join(each.text for each in pieces.pieces)), *told))


def cut_at(text: str, seams: str) -> tuple[Piece, ...] | None:
    """The pieces of the text whose seams these are; None where they are those of another text, or none."""
    if not seams.startswith(_sum(text)):
        return None
    pieces = []
    at = 0
    for letter, length, context in _SEAM.findall(seams, 8):
        pieces.append(Piece(_KINDS[letter], text[at : at + int(length)], context == "+"))
        at += int(length)
    return tuple(pieces) if at == len(text) else None


def _sum(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"
