"""The lines of a body, as every rule about quotations reads them.

A `Line` keeps its `raw` text, line end included, so that joined lines are the body again; `bare` is what a rule may
match: stripped, without invisible characters, and never longer than `BARE_CHARACTERS`, which bounds every regex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import not_
from typing import NamedTuple

BARE_CHARACTERS = 600

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SEEN = re.compile(rf"[^\s{_INVISIBLE.pattern[1:]}")
_QUOTE_MARKS = (">", "＞")
_QUOTE_MARK = re.compile(r"[ \t]{0,3}[>＞]")
_STUFFED_FROM = re.compile(r">+From [^\n>]")
_ELISION = re.compile(r"[\[(<{]?\s?(?:\.{2,}|…|snip\w{0,4}|cut|trimmed|)\s?[\])>}]?\s?:?$", re.IGNORECASE)
_DECORATION = " \t*_|<>()[]{}\"'“”«»"


class Line(NamedTuple):
    """One line: `raw` with its line end, `bare` for matching, `marked` when it begins with a quote mark.

    `blank`: nothing of it is visible.
    """

    raw: str
    bare: str
    marked: bool
    blank: bool


def split_lines(text: str) -> list[Line]:
    """The lines of `text`, whose `raw` parts joined are `text` again."""
    parts = text.split("\n")
    last = parts.pop()
    raws = [part + "\n" for part in parts]
    if last:
        raws.append(last)
    bares = [raw.strip() if raw.isascii() else visible(raw) for raw in raws]
    if max(map(len, bares), default=0) > BARE_CHARACTERS:
        bares = [bare[:BARE_CHARACTERS] for bare in bares]
    columns = zip(raws, bares, _marks(text, raws, bares), map(not_, bares), strict=True)
    return [tuple.__new__(Line, columns_of_one) for columns_of_one in columns]  # `Line(...)` takes twice as long


def _marks(text: str, raws: Sequence[str], bares: Sequence[str]) -> list[bool]:
    """Which of the lines of a text begin with a quote mark."""
    if not any(mark in text for mark in _QUOTE_MARKS):
        return [False] * len(raws)
    marked = [
        bare.startswith(_QUOTE_MARKS) and (raw.startswith(_QUOTE_MARKS) or _QUOTE_MARK.match(raw) is not None)
        for raw, bare in zip(raws, bares, strict=True)
    ]
    if ">From " in text:
        # mbox writers stuff ">" before "From " at a line's start; some archives never take it out again.
        return [is_marked and _STUFFED_FROM.match(raw) is None for is_marked, raw in zip(marked, raws, strict=True)]
    return marked


def visible(text: str) -> str:
    """`text` without invisible characters and without white space around it."""
    return text.strip() if text.isascii() else _INVISIBLE.sub("", text).strip()


def is_seen(text: str) -> bool:
    """Whether anything of `text` is visible; it looks no further than there."""
    return _SEEN.search(text) is not None


def is_elision(bare: str) -> bool:
    """True for "[...]", "[snip]", "[]" and the like, which stand for a part of a quotation that was taken out."""
    return 2 <= len(bare) <= 12 and _ELISION.match(bare) is not None


def undecorated(bare: str) -> str:
    """`bare` without the emphasis, brackets and quote marks a program may put around a phrase."""
    return bare.strip(_DECORATION)


def next_visible(lines: Sequence[Line], start: int) -> int:
    """The index of the first line from `start` on that is not blank, `len(lines)` when there is none."""
    while start < len(lines) and lines[start].blank:
        start += 1
    return start


def previous_visible(lines: Sequence[Line], start: int) -> int:
    """The index of the last line before `start` that is not blank, -1 when there is none."""
    start -= 1
    while start >= 0 and lines[start].blank:
        start -= 1
    return start


def paragraphs(lines: Sequence[Line], start: int, end: int) -> Iterator[range]:
    """Ranges of neighbouring lines of [start, end) that are not blank."""
    top: int | None = None
    for at in range(start, end + 1):
        visible = at < end and not lines[at].blank
        if visible and top is None:
            top = at
        elif not visible and top is not None:
            yield range(top, at)
            top = None
