"""The lines of a body, as every rule about quotations reads them.

A `Line` keeps its `raw` text, line end included, so that joined lines are the body again; `bare` is what a rule may
match: stripped, without invisible characters, and never longer than `BARE_CHARACTERS`, which bounds every regex.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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


_EMPTY = Line("\n", "", marked=False, blank=True)


def split_lines(text: str) -> list[Line]:
    """The lines of `text`, whose `raw` parts joined are `text` again."""
    parts = text.split("\n")
    last = parts.pop()
    lines = [_line(part + "\n") if part else _EMPTY for part in parts]
    return [*lines, _line(last)] if last else lines


def _line(raw: str) -> Line:
    bare = raw.strip() if raw.isascii() else visible(raw)
    if len(bare) > BARE_CHARACTERS:
        bare = bare[:BARE_CHARACTERS]
    return Line(raw, bare, bare.startswith(_QUOTE_MARKS) and _is_marked(raw), not bare)


def _is_marked(raw: str) -> bool:
    # mbox writers stuff ">" before "From " at a line's start; some archives never take it out again.
    return _QUOTE_MARK.match(raw) is not None and ("From " not in raw or _STUFFED_FROM.match(raw) is None)


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
