"""The character references of HTML (`&amp;`, `&#101;`) as the letters they stand for.

Promises: any text is taken, never an error, linear. `html.unescape` alone raises ValueError at a number of more digits
than Python turns into an integer (4,300), which a stranger can send.
"""

from __future__ import annotations

import html
import re

# No letter has a number of so many digits, zeros before it aside; Python reads 640 of them however it was set up.
_TOO_LARGE = re.compile(r"&#0*+[0-9]{600,}+;?")
_ZEROS = re.compile(r"&#0{600,}+")


def unescaped(text: str) -> str:
    """The text with letters for its character references; U+FFFD for a number that is no letter's."""
    try:
        return html.unescape(text)
    except ValueError:
        return html.unescape(_ZEROS.sub("&#0", _TOO_LARGE.sub("\ufffd", text)))
