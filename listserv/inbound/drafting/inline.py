"""Words that were changed inside the quoted draft: which part, and what stands there now. Pure.

Promises: a part counts as changed only where the reply holds it whole, once, from its mark to the next, and says other
words there; line breaks, quote marks, punctuation and links, which mail programs change by themselves, are not looked
at. What is missing from a quotation was shortened, not changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from listserv.mail.text.answer import plain
from listserv.model.draft import Part, words_of

_QUOTE = re.compile(r"^[>|\s]{1,40}")
_MARK = re.compile(r"^\*{0,2}\[([0-9]{1,3}|end|mutu)\]\*{0,2}(?:\s(.*))?$", re.IGNORECASE)
LINES = 5_000
DROP_CHARACTERS = 60
DROP_HERE = frozenset({"drop", "drop this", "drop it", "leave out", "leave this out", "tangohia", "tangohia tēnei"})


@dataclass(frozen=True, slots=True)
class Changed:
    """A part with other words than the draft had; `words` are those below its title. `drop`: one line says so."""

    part: Part
    words: str
    drop: bool = False


def changed_parts(quoted: str, parts: Iterable[Part]) -> list[Changed]:
    """The parts whose words are others than in the draft, in the order in which they stand."""
    known = {str(part.number): part for part in parts}
    lines = [_QUOTE.sub("", line).rstrip() for line in quoted.split("\n", LINES)[:LINES]]
    marks = [(at, found[1].lower()) for at, line in enumerate(lines) if (found := _MARK.match(line))]
    counted = Counter(name for _, name in marks)
    found_parts = []
    for (start, name), (end, _) in pairwise(marks):
        part = known.get(name)
        if part is None or counted[name] > 1:
            continue
        changed = _changed(part, lines[start:end])
        if changed is not None:
            found_parts.append(changed)
    return found_parts


def drops_here(line: str) -> bool:
    """Whether the line says nothing but that what stands here is to be left out."""
    return len(line) <= DROP_CHARACTERS and plain(line) in DROP_HERE


def _changed(part: Part, lines: Sequence[str]) -> Changed | None:
    mark = _MARK.match(lines[0])
    first = (mark[2] or "") if mark else ""
    if part.is_said_by("\n".join([first, *lines[1:]])):
        return None
    kept = [line for line in lines[1:] if not drops_here(line)]
    if len(kept) < len(lines) - 1:
        return Changed(part, "", drop=True)
    return Changed(part, _below_title(part.titles, [first, *kept]))


def _below_title(titles: Sequence[str], lines: Sequence[str]) -> str:
    """The lines without the title, which a mail program may have broken."""
    wanted = [words_of(title) for title in titles]
    for count in range(1, 4):
        if words_of(" ".join(lines[:count])) in wanted:
            return "\n".join(line.strip() for line in lines[count:]).strip()
    return "\n".join(line.strip() for line in lines).strip()
