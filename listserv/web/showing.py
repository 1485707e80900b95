"""A post as a page shows it: the author's own words first, what is repeated from others folded away, files named.

`read` is the same for everybody, so `Readings` keeps its results for a while, by the version of the post: the caller
has always asked the store first whether the post is still there, and one that was taken down is never looked for here.
`blocks` is for one viewer: to a stranger no e-mail address is shown, to nobody a token of our links.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Literal

from listserv.mail.parse import Message, parse
from listserv.mail.text.body import Attachment, Only, body
from listserv.mail.text.pieces import Piece as BodyPiece
from listserv.mail.text.quote import split_own
from listserv.mail.text.seams import cut_at
from listserv.mail.text.secrets import without_secrets
from listserv.web.texts import Piece, beginning, linked, reflowed, tidy, without_addresses

KEPT_CHARACTERS = 20_000_000
READING_COSTS = 2_000

BlockKind = Literal["own", "answered", "quotation", "signature", "addition"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
_FOLDED: dict[str, BlockKind] = {
    "quote": "quotation",
    "attribution": "quotation",
    "header_block": "quotation",
    "signature": "signature",
    "footer": "addition",
    "banner": "addition",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a post says. `only` is what it is instead of words; `language` "" unless the author's program told it."""

    pieces: tuple[BodyPiece, ...]
    only: Only | None
    attachments: tuple[Attachment, ...]
    has_html: bool
    language: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text of one kind; own and answered are shown, the others folded. `cut`: more on the post's own page."""

    kind: BlockKind
    pieces: tuple[Piece, ...]
    cut: bool


def read(octets: bytes, seams: str, ancestors: Callable[[], Sequence[str]]) -> Reading:
    """What the message says.

    `seams` are those of its body, "" if they are not known; `ancestors` gives the own texts of the posts it answers,
    nearest first, and is asked only where the seams do not fit.
    """
    message = parse(octets)
    found = body(message)
    pieces = cut_at(found.text, seams)
    if pieces is None:
        pieces = split_own(found.text, found.page, ancestors()).pieces
    return Reading(pieces, found.only, found.attachments, found.html is not None, language_of(message), found.cut)


def language_of(message: Message) -> str:
    """The language tag the author's program gave (RFC 3282), else ""."""
    declared = (message.header("Content-Language") or "").partition(",")[0].strip()
    return declared if _LANGUAGE.fullmatch(declared) else ""


def blocks(reading: Reading, *, is_member: bool, own: int, folded: int) -> list[Block]:
    """The post for one viewer; at most so many characters of each run of own and of folded text."""
    runs = groupby(zip(_kinds(reading.pieces), reading.pieces, strict=True), key=itemgetter(0))
    shown = [(kind, "".join(piece.text for _, piece in run).strip("\n")) for kind, run in runs]
    limits = {"own": own, "answered": own}
    return [_block(kind, text, is_member, limits.get(kind, folded)) for kind, text in shown if text.strip()]


def _kinds(pieces: Sequence[BodyPiece]) -> list[BlockKind]:
    """The kind of each piece; "Mere wrote:" stands with the lines that are answered below it."""
    kinds: list[BlockKind] = []
    for piece, following in zip_longest(pieces, pieces[1:]):
        if piece.kind == "own":
            kinds.append("own")
        elif piece.context or (piece.kind == "attribution" and following is not None and following.context):
            kinds.append("answered")
        else:
            kinds.append(_FOLDED[piece.kind])
    return kinds


def _block(kind: BlockKind, text: str, is_member: bool, limit: int) -> Block:
    cut = len(text) > limit
    text = for_viewer(beginning(text, limit), is_member=is_member)
    if kind == "answered":
        text = "\n".join(line.lstrip(" >") for line in text.split("\n"))
    if kind in ("own", "answered"):
        text = reflowed(text)
    return Block(kind, tuple(linked(text)), cut)


def for_viewer(text: str, *, is_member: bool) -> str:
    """The text without tricks and secrets, for a stranger also without addresses."""
    plain = without_secrets(tidy(text))
    return plain if is_member else without_addresses(plain)


class Readings:
    """The readings asked for last, up to 20 million characters of them; used by every thread of the web server."""

    def __init__(self, room: int = KEPT_CHARACTERS) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, tuple[int, Reading]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Reading | None:
        """The reading kept under this key."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def keep(self, key: Hashable, reading: Reading) -> None:
        """It is given under this key from now on; those asked for longest ago make room."""
        size = READING_COSTS + sum(len(piece.text) for piece in reading.pieces)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (size, reading)
                self._room -= size
            while self._room < 0:
                _, (dropped, _) = self._kept.popitem(last=False)
                self._room += dropped
