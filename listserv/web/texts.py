"""Texts of strangers made fit to be shown: without tricks, without addresses, with links to follow.

Pure and linear. Nothing here makes HTML: pieces of text go to the templates, which escape them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from listserv.mail.shelf.weblink import trimmed

NAME_CHARACTERS = 200
PARAGRAPH_WIDTH = 40
LINK_CHARACTERS = 2_000
WORD_CHARACTERS = 1_000

# Marks that turn the direction of text, and letters without width that hide what stands there. ZWJ and ZWNJ stay:
# emoji and some scripts need them.
_TRICKS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARK_LEADS = (b"\xcc", b"\xcd", b"\xd2", b"\xe1\xaa", b"\xe1\xab", b"\xe1\xb7", b"\xe2\x83", b"\xef\xb8")
_PILE = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
_SPACES = re.compile(r"\s+")

# No address ends in a slash before its @, but a place on a map and somebody's channel do. In links it is written %40.
_ADDRESS = re.compile(r"""(?<=[\w.!#$%&'*+=?^`{|}~"-])(@|%(?:25)?40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}""")

_LINK = re.compile(r"https?://[^\s<>\"“”\x00-\x1f]+", re.IGNORECASE)

_LIST_ITEM = re.compile(r"[ \t]{0,8}(?:[-*•·+>|]|\d{1,3}[.)]|[a-zA-Z][.)])[ \t]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `link` is the https or http address it leads to, "" for none; `marked` is what was looked for."""

    text: str
    link: str = ""
    marked: bool = False


def tidy(text: str) -> str:
    """The text without direction and control marks, a letter's accents no more than four."""
    if not text.replace("\n", "").replace("\t", "").replace("\xa0", "").isprintable():  # as all tricks are not
        text = _SURROGATES.sub("\ufffd", _TRICKS.sub("", text))
    return _PILE.sub(r"\1", text) if _has_marks(text) else text


def _has_marks(text: str) -> bool:
    """False for nearly every text without letters of `_MARKS`: asked of the octets, where such letters begin alike."""
    if text.isascii():
        return False
    octets = text.encode("utf-8", "surrogatepass")
    return any(lead in octets for lead in _MARK_LEADS)


def one_line(text: str) -> str:
    """`tidy` for names and subjects: on one line, at most 200 characters."""
    line = _SPACES.sub(" ", tidy(text[: 4 * NAME_CHARACTERS])).strip()
    return line if len(line) <= NAME_CHARACTERS else line[: NAME_CHARACTERS - 1].rstrip() + "…"


def without_addresses(text: str) -> str:
    """The text with the domain of each e-mail address left out: what a stranger may read."""
    return _ADDRESS.sub(r"\1…", text) if "@" in text or "%40" in text or "%2540" in text else text


def beginning(text: str, limit: int) -> str:
    """At most so many characters, to the end of a word: half an address, or half a token, is hidden from nobody."""
    if len(text) <= limit:
        return text
    first = max(0, limit - WORD_CHARACTERS)
    space = max(text.rfind(" ", first, limit), text.rfind("\n", first, limit))
    return text[: space if space > 0 else limit]


def author_name(name: str, address: str, *, is_member: bool) -> str:
    """What an author is called on a page: never by an address; by the part before the @ where there is no name."""
    shown = one_line(name)
    if "@" in shown:
        shown = shown.partition("<")[0].strip(" \"'")
    if "@" in shown or not shown:
        shown = _local_part(shown or one_line(address))
    return shown if is_member else without_addresses(shown)


def _local_part(address: str) -> str:
    local = address.partition("@")[0].strip("\"'<( ")
    return f"{local}@…" if local else ""


def linked(text: str) -> list[Piece]:
    """The text in pieces, http and https addresses as links."""
    return list(_linked(text)) if "://" in text else [Piece(text)] if text else []


def _linked(text: str) -> Iterator[Piece]:
    at = 0
    for found in _LINK.finditer(text):
        url = trimmed(found.group())
        end = found.start() + len(url)
        if found.start() > at:
            yield Piece(text[at : found.start()])
        yield Piece(url, url if len(url) <= LINK_CHARACTERS else "")
        at = end
    if at < len(text):
        yield Piece(text[at:])


def reflowed(text: str) -> str:
    """The text with the lines of a paragraph joined where a mail program broke them, and only there.

    It broke them if each line is so long that the first word of the next would have passed the longest one: verses,
    lists, tables, signatures and code are not like that. So a phone breaks the paragraph anew at its own width.
    """
    return "\n\n".join(_paragraph(block) for block in re.split(r"\n[ \t]*\n", text))


def _paragraph(block: str) -> str:
    lines = [line.rstrip() for line in block.split("\n")]
    width = max(map(len, lines))
    if len(lines) < 2 or width < PARAGRAPH_WIDTH:
        return block
    wrapped = all(len(line) + 1 + len(following.split(" ", 1)[0]) > width for line, following in pairwise(lines))
    if not wrapped or any(line[:1].isspace() or _LIST_ITEM.match(line) for line in lines[1:]):
        return block
    return " ".join(lines)
