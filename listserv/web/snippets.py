"""The lines around the words that were looked for, the words marked.

Pure. Words are compared as the index compares them (`store.folding`), so "Maori" marks "Māori" and "Maaori".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from listserv.store.folding import WORD, fold_words
from listserv.web.texts import Piece

SEARCHED_CHARACTERS = 30_000
BEFORE = 80
SHOWN = 240


def snippet(text: str, words: Collection[tuple[str, bool]]) -> list[Piece]:
    """About 240 characters of the text around the first word looked for; its beginning where there is none of them.

    `words` are folded; one with True may be the beginning of a longer word.
    """
    line = " ".join(text[:SEARCHED_CHARACTERS].split())
    hits = list(_hits(line, words))
    start, end = _window(line, hits[0][0] if hits else 0)
    return [piece for piece in _pieces(line, start, end, hits) if piece.text]


def _hits(line: str, words: Collection[tuple[str, bool]]) -> Iterator[tuple[int, int]]:
    """Where the words stand, from the first to the end of what may be shown around it."""
    whole = {word for word, prefix in words if not prefix}
    beginnings = tuple(word for word, prefix in words if prefix)
    known: dict[str, bool] = {}
    last = len(line) if words else 0
    for found in WORD.finditer(line):
        if found.start() >= last:
            return
        word = found.group()
        if word not in known:
            folded = fold_words(word)
            known[word] = any(each in whole or (beginnings and each.startswith(beginnings)) for each in folded)
        if known[word]:
            last = min(last, found.start() + SHOWN)
            yield found.start(), found.end()


def _window(line: str, hit: int) -> tuple[int, int]:
    """The stretch that is shown, its ends between words."""
    start = max(0, hit - BEFORE)
    if start:
        space = line.find(" ", start, hit)
        start = space + 1 if space >= 0 else start
    end = min(len(line), start + SHOWN)
    if end < len(line):
        space = line.rfind(" ", start + SHOWN // 2, end)
        end = space if space >= 0 else end
    return start, end


def _pieces(line: str, start: int, end: int, hits: list[tuple[int, int]]) -> Iterator[Piece]:
    at = start
    yield Piece("… " if start else "")
    for first, last in hits:
        if first < at or last > end:
            continue
        yield Piece(line[at:first])
        yield Piece(line[first:last], marked=True)
        at = last
    yield Piece(line[at:end])
    yield Piece(" …" if end < len(line) else "")
