"""What the demonstration says, on a terminal that may not know macrons.

Promises: every line is out at once; where the stream cannot show a letter its nearest plain one stands there.
"""

from __future__ import annotations

import unicodedata
from typing import TextIO

_PLAIN = str.maketrans({"ʻ": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


class Terminal:
    """A stream to say lines on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, line: str = "") -> None:
        """One line."""
        encoding = self._stream.encoding or "ascii"
        try:
            line.encode(encoding)
        except UnicodeEncodeError:
            line = plain(line)
        print(line, file=self._stream, flush=True)


def plain(text: str) -> str:
    """The text in ASCII: macrons and accents taken off, curly quotes made straight, what is left a question mark."""
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).encode("ascii", "replace").decode()
