"""Text that was written before: which lines repeat an ancestor post, or a part of the same mail's HTML.

A list holds the posts a reply answers, so what repeats them is a quotation in any language and from any program,
also without a quote mark and wrapped anew. Texts are compared as runs of words: a word is repeated when it stands in
a run of so many words that the known text has too, `RUN_WORDS` to tell known text from new, `PASSAGE_WORDS` to tell a
passage somebody took over from what two posts have in common by chance. Cost and memory are linear and bounded by
`KNOWN_CHARACTERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from listserv.mail.text.body_lines import Line

RUN_WORDS = 4
PASSAGE_WORDS = 12  # a log, a form or a draft repeats four words in a row all the time, twelve hardly ever
KNOWN_CHARACTERS = 600_000
LINE_CHARACTERS = 4_000
REMEMBERED_CHARACTERS = 4_000

_SINGLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # a character of these scripts counts as a word
_WORD = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]{{1,64}}")


class Share(NamedTuple):
    """Of the `words` of a line, `repeated` stand in a run that was seen before."""

    words: int
    repeated: int

    @property
    def part(self) -> float:
        """Between 0 and 1; 0 for a line without words."""
        return self.repeated / self.words if self.words else 0.0


class KnownText:
    """The runs of `run_words` words of some texts."""

    def __init__(self, texts: Iterable[str], run_words: int = RUN_WORDS) -> None:
        self._run_words = run_words
        self._runs: set[int] = set()
        left = KNOWN_CHARACTERS
        for text in texts:
            self._runs.update(_known_runs(text[:left], run_words))
            left -= len(text)
            if left <= 0:
                break

    def shares(self, lines: Sequence[Line]) -> list[Share]:
        """How much of each line is repeated; runs go on from one line to the next, so wrapping does not matter."""
        words: list[str] = []
        ends: list[int] = []
        for line in lines:
            if not line.blank:
                words.extend(words_of(line.raw[:LINE_CHARACTERS]))
            ends.append(len(words))
        covered = bytearray(len(words))
        runs = _runs(words, self._run_words)
        if not self._runs.isdisjoint(runs):
            whole_run = b"\x01" * self._run_words
            for at, run in enumerate(runs):
                if run in self._runs:
                    covered[at : at + self._run_words] = whole_run
        return [Share(end - start, covered.count(1, start, end)) for start, end in pairwise([0, *ends])]


def _known_runs(text: str, run_words: int) -> frozenset[int]:
    """The runs of a text; remembered for short ones, as the posts of a conversation answer the same few."""
    if len(text) > REMEMBERED_CHARACTERS:
        return frozenset(_runs(words_of(text), run_words))
    return _remembered(text, run_words)


@lru_cache(maxsize=256)
def _remembered(text: str, run_words: int) -> frozenset[int]:
    return frozenset(_runs(words_of(text), run_words))


def words_of(text: str) -> list[str]:
    """The words of a text without case and punctuation."""
    return _WORD.findall(text.lower())


def _runs(words: Sequence[str], run_words: int) -> list[int]:
    return [hash(run) for run in zip(*(words[at:] for at in range(run_words)), strict=False)]
