"""Text that was written before: which lines repeat an ancestor post, or a part of the same mail's HTML.

A list holds the posts a reply answers, so what repeats them is a quotation in any language and from any program,
also without a quote mark and wrapped anew. Texts are compared as runs of words: a word is repeated when it stands in
a run of so many words that the known text has too, `RUN_WORDS` to tell known text from new, `PASSAGE_WORDS` to tell a
passage somebody took over from what two posts have in common by chance. Cost and memory are linear and bounded by
`KNOWN_CHARACTERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

from listserv.mail.text.body_lines import Line

RUN_WORDS = 4
PASSAGE_WORDS = 12  # a log, a form or a draft repeats four words in a row all the time, twelve hardly ever
KNOWN_CHARACTERS = 600_000
LINE_CHARACTERS = 4_000
REMEMBERED_CHARACTERS = 8_000
WORD_CHARACTERS = 64

_SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # a character of these scripts counts as a word
_WORD = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]{{1,{WORD_CHARACTERS}}}")
# ASCII: what `_WORD` says of small letters
_SMALL = {octet: ord(chr(octet).lower()) for octet in range(128) if chr(octet).isalnum()}
_APART = bytes(0x0A if octet == 0x0A else _SMALL.get(octet, 0x20) for octet in range(256))


class Share(NamedTuple):
    """Of the `words` of a line, `repeated` stand in a run that was seen before."""

    words: int
    repeated: int

    @property
    def part(self) -> float:
        """Between 0 and 1; 0 for a line without words."""
        return self.repeated / self.words if self.words else 0.0


_WORDLESS = Share(0, 0)


class LineWords:
    """The words of some lines, to be compared with several texts; those of a line end at its number in `ends`."""

    def __init__(self, lines: Sequence[Line]) -> None:
        rows = _rows(lines)
        self.ends = list(accumulate(map(len, rows)))
        self._words = list(chain.from_iterable(rows))
        self._runs: dict[int, list[int]] = {}

    def runs(self, run_words: int) -> list[int]:
        """The run of so many words that begins at each word."""
        if run_words not in self._runs:
            self._runs[run_words] = _runs(self._words, run_words)
        return self._runs[run_words]


class KnownWords:
    """The single words of some texts: what has another word repeats none of them, which is soon seen."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._vocabularies = [_vocabulary(text) for text in _bounded(texts)]

    def hold(self, words: Iterable[str]) -> bool:
        """Whether each of these words stands in one of the texts."""
        unknown = set(words)
        for vocabulary in self._vocabularies:
            if not unknown:
                break
            unknown = unknown.difference(vocabulary)
        return not unknown

    def number_held(self, lines: Iterable[Line]) -> int | None:
        """The number of words in these lines, as `KnownText.shares` counts them; None unless each is known."""
        number = 0
        for line in lines:
            words = words_of(line.raw[:LINE_CHARACTERS])
            if not self.hold(words):
                return None
            number += len(words)
        return number


class KnownText:
    """The runs of `run_words` words of some texts."""

    def __init__(self, texts: Iterable[str], run_words: int = RUN_WORDS) -> None:
        self._run_words = run_words
        self._runs: set[int] = set()
        for text in _bounded(texts):
            self._runs.update(_known_runs(text, run_words))

    def shares(self, lines: Sequence[Line]) -> list[Share]:
        """How much of each line is repeated; runs go on from one line to the next, so wrapping does not matter."""
        return self.shares_of(LineWords(lines))

    def shares_of(self, lines: LineWords) -> list[Share]:
        """The same for lines whose words are known already."""
        covered = self._covered(lines.runs(self._run_words))
        return [
            Share(end - start, covered.count(1, start, end)) if end > start else _WORDLESS
            for start, end in pairwise([0, *lines.ends])
        ]

    def _covered(self, runs: Sequence[int]) -> bytes:
        """For each word 1 if it stands in a known run: a mark at the beginning of each, moved on word by word."""
        begins = int.from_bytes(bytearray(map(self._runs.__contains__, runs)), "little")
        if not begins:
            return b""
        covered = 0
        for at in range(self._run_words):
            covered |= begins << 8 * at
        return covered.to_bytes(len(runs) + self._run_words - 1, "little")


def _bounded(texts: Iterable[str]) -> Iterator[str]:
    left = KNOWN_CHARACTERS
    for text in texts:
        yield text[:left]
        left -= len(text)
        if left <= 0:
            return


def _known_runs(text: str, run_words: int) -> frozenset[int]:
    """The runs of a text; remembered for short ones, as the posts of a conversation answer the same few."""
    is_short = len(text) <= REMEMBERED_CHARACTERS
    return _remembered_runs(text, run_words) if is_short else frozenset(_runs(words_of(text), run_words))


def _vocabulary(text: str) -> frozenset[str]:
    """The words of a text, remembered in the same way."""
    return _remembered_words(text) if len(text) <= REMEMBERED_CHARACTERS else frozenset(words_of(text))


@lru_cache(maxsize=256)
def _remembered_runs(text: str, run_words: int) -> frozenset[int]:
    return frozenset(_runs(words_of(text), run_words))


@lru_cache(maxsize=256)
def _remembered_words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))


def words_of(text: str) -> list[str]:
    """The words of a text without case and punctuation."""
    if not text.isascii():
        return _WORD.findall(text.lower())
    words = _apart(text).split()
    if len(text) <= WORD_CHARACTERS or max(map(len, words), default=0) <= WORD_CHARACTERS:
        return words
    return _WORD.findall(text.lower())


def _apart(text: str) -> str:
    """A text in ASCII in small letters, with white space in place of all that parts words."""
    return text.encode("ascii").translate(_APART).decode("ascii")


def _rows(lines: Sequence[Line]) -> list[list[str]]:
    """The words of each line: of those in ASCII at once, unless one of them is odd."""
    text = "".join([line.raw if line.raw.isascii() else "\n" for line in lines])
    rows = [row.split() for row in _apart(text.removesuffix("\n")).split("\n")]
    is_odd = len(rows) != len(lines) or max(map(len, chain.from_iterable(rows)), default=0) > WORD_CHARACTERS
    if is_odd or max(len(line.raw) for line in lines) > LINE_CHARACTERS:
        return [words_of(line.raw[:LINE_CHARACTERS]) for line in lines]
    for at, line in enumerate(lines):
        if not line.raw.isascii():
            rows[at] = words_of(line.raw)
    return rows


def _runs(words: Sequence[str], run_words: int) -> list[int]:
    return list(map(hash, zip(*(words[at:] for at in range(run_words)), strict=False)))
