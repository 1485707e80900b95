"""Any of a table's phrases in a text. Most texts are ASCII: in them only the phrases that are so are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable


def without_longer(phrases: Iterable[str]) -> tuple[str, ...]:
    """Those in which no other of them stands: where any of all stands, one of these does."""
    every = tuple(dict.fromkeys(phrases))
    return tuple(phrase for phrase in every if not any(other in phrase for other in every if other != phrase))


class Phrases:
    """Phrases of several languages, in lower case as the texts they are looked for in; of two the first is found."""

    def __init__(self, phrases: Iterable[str]) -> None:
        every = tuple(phrases)
        self._least = without_longer(every)
        self._least_ascii = tuple(filter(str.isascii, self._least))
        self._any = re.compile("|".join(map(re.escape, every)))

    def stand_in(self, text: str) -> bool:
        """Whether one stands in the text."""
        return any(map(text.__contains__, self._least_ascii if text.isascii() else self._least))

    def found_in(self, text: str) -> set[str]:
        """Those that stand in the text, none overlapping another."""
        return set(self._any.findall(text)) if self.stand_in(text) else set()
