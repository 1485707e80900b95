"""Whether a line only greets: Hi Mere, / Tēnā koutou, / Kia ora. In English or te reo Māori. Pure.

Letters here begin with one, so whoever reads what a letter says looks past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from listserv.mail.text.body_lines import Line

_MACRONS = str.maketrans("āēīōūĀĒĪŌŪ", "aeiouaeiou")
_DOUBLE = re.compile(r"([aeiou])\1")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

LONGEST_WORDS = 5
GREETING_LINES = 3


def folded(text: str) -> str:
    """Case, macrons and double vowels aside."""
    return _DOUBLE.sub(r"\1", text.casefold().translate(_MACRONS))


FIRST_WORDS = frozenset({"hi", "hello", "hey", "dear", "kia", "tena", "morena", "ata", "good"})
SECOND_WORDS = frozenset(
    {"ora", "koe", "koutou", "korua", "marie", "morning", "afternoon", "evening", "day"},
)
_IN_PAIRS = frozenset({"kia", "tena", "ata", "good"})


def is_greeting(line: str) -> bool:
    """Whether the line is a greeting and at most a few words, such as names, beside it."""
    words = WORD.findall(folded(line))
    if not 1 <= len(words) <= LONGEST_WORDS or words[0] not in FIRST_WORDS:
        return False
    return words[0] not in _IN_PAIRS or (len(words) > 1 and words[1] in SECOND_WORDS)


def only_greets(lines: Iterable[Line]) -> bool:
    """Whether at most a few lines stand there and all greet: what follows them is the message itself."""
    said = list(islice((line.bare for line in lines if not line.blank), GREETING_LINES + 1))
    return len(said) <= GREETING_LINES and all(map(is_greeting, said))
