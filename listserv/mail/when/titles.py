"""What is left of a line when its date is taken out: the title, and the first web address as the link.

Promises: one line of printable characters, at most 200; no word is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from listserv.mail.when.shape import Shape

TITLE_CHARACTERS = 200
LINK_CHARACTERS = 2_000
_LINK = re.compile(r"https?://[^\s<>\"]+")
_SPACES = re.compile(r"\s+")
_NOTHING_IN_BRACKETS = re.compile(r"[(\[<][ ,;:.-]{0,8}[)\]>]")
_MARKS = re.compile(r"(?: ?[,;:|–—]| -)(?: ?[,;:.|–—-]){1,20}")
_BEFORE_MARK = re.compile(r" ([,;.!?)])")
_OUTER = " \t,;:.|–—-*_•·/\\+<>=@?!"
_SMALL = frozenset(("on", "by", "at", "for", "is", "are", "due", "until", "till", "mō", "hei", "to", "and", "of", "in"))
_LEADING = _SMALL | {"cob", "eod"}
_TRAILING = _SMALL | {"from", "the", "te", "ā", "ki", "i", "between", "this"}
# A question's or a call's own mark stays.
_ENDS = _OUTER.strip("?!")
# Prepositions that belong to a date that is taken out.
_LEADS = re.compile(r"(?:(?<![^ ,;(._-])(?:J t|[p@FGjtV]) ){1,4}$")


def title_of(shape: Shape, taken: Iterable[tuple[int, int]], link: str) -> str:
    """The text without the stretches of the shape that were read as dates and hours, and without the link."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(taken):
        lead = _LEADS.search(shape.whole, max(0, start - 8), start)
        first, last = shape.characters(lead.start() if lead else start, end)
        pieces.append(shape.text[at : max(at, first)])
        at = max(at, last)
    pieces.append(shape.text[at:])
    text = " ".join(pieces)
    return cleaned(text.replace(link, " ", 1) if link else text)


def link_of(text: str) -> str:
    """The first web address, without the mark that ends the sentence; "" if there is none."""
    match = _LINK.search(text)
    if match is None:
        return ""
    link = match[0].rstrip(".,;:!?'*_>]")
    for _ in range(link.count(")") - link.count("(")):
        link = link.removesuffix(")")
    return link if len(link) <= LINK_CHARACTERS else ""


def cleaned(text: str) -> str:
    """One line, without the marks and small words that stood around what was taken out."""
    text = _SPACES.sub(" ", "".join(letter if letter.isprintable() else " " for letter in text))
    text = _MARKS.sub(",", _NOTHING_IN_BRACKETS.sub(" ", _SPACES.sub(" ", text)))
    text = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).lstrip(_OUTER).rstrip(_ENDS)
    words = text.split(" ")
    while words and words[0].lower().strip(_OUTER) in _LEADING:
        words.pop(0)
    while words and words[-1].lower().strip(_OUTER) in _TRAILING:
        words.pop()
    text = " ".join(words).lstrip(_OUTER).rstrip(_ENDS)
    if text.count(")") != text.count("("):
        text = text.strip("()")
    return text[:TITLE_CHARACTERS].rstrip(_ENDS) if any(letter.isalnum() for letter in text) else ""
