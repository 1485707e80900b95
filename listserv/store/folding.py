"""Words as the search index holds them: one spelling for Māori, Maori and Maaori, on both engines.

`fold` is applied to every text before it is indexed and to every query, so neither engine's own ideas of letters and
accents matter. Promises: pure, linear, the same answer for the same text for ever (what was indexed is taken out of
the index by folding it again), and nothing but letters, digits and single spaces, so that no text is ever syntax.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache, lru_cache

WORD_CHARACTERS = 64

WORD = re.compile(r"[^\W_]+")

# Latin, Greek, Cyrillic and the letters of Vietnamese and Pacific spellings; marks that stand alone; ligatures.
_DECOMPOSED = ((0x00A0, 0x0590), (0x1D00, 0x2000), (0xFB00, 0xFB07), (0xFF01, 0xFF5F))
_MARKS = ((0x0300, 0x0370), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE20, 0xFE30))
_OTHER = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d",
          "ł": "l", "Ł": "l", "ı": "i", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th"}  # fmt: skip
# The ʻokina and its like are written with whatever the keyboard has, the apostrophe too: all of them part words.
_GLOTTALS = "\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u02ee\ua78b\ua78c"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_DOUBLED = [(vowel, 2 * vowel) for vowel in "aeiou"]
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_NO_WORD = re.compile(r"[\W_]")
_RUN_CHARACTERS = 20
_RUNS_KEPT = 2_000
_PLAIN = "listserv.plain"
_ASCII_WORDS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256))


@cache
def _table() -> dict[int, str | None]:
    """What each letter is folded to; built once, from ranges whose decompositions Unicode keeps stable."""
    table: dict[int, str | None] = {}
    for start, stop in _DECOMPOSED:
        for point in range(start, stop):
            letters = unicodedata.normalize("NFKD", chr(point))
            bare = "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
            if bare != chr(point):
                table[point] = bare
    for start, stop in _MARKS:
        table.update(dict.fromkeys(range(start, stop)))
    table.update({ord(letter): plain for letter, plain in _OTHER.items()})
    table.update({ord(letter): " " for letter in _GLOTTALS})
    table.update({ord(letter): None for letter in _INVISIBLE})
    return table


def fold_words(text: str) -> list[str]:
    """The words of `text`: lower case, without accents, a doubled vowel once, each at most 64 letters."""
    return fold(text).split()


def fold(text: str) -> str:
    """The words of `text` with one space between them."""
    try:
        octets = text.replace("\xa0", " ").encode("ascii", _PLAIN)  # most that is beyond ASCII is that space
    except UnicodeEncodeError:
        words = WORD.findall(_NOT_ASCII.sub(lambda found: found[0].translate(_table()), text).lower())
    else:
        words = octets.translate(_ASCII_WORDS).decode("ascii").split()
    folded = " ".join(words)
    if _has_long_word(folded):
        folded = " ".join([word[:WORD_CHARACTERS] for word in words])
    # A space parts the vowels of neighbouring words, so that all of them are mended at once.
    for vowel, doubled in _DOUBLED:
        while doubled in folded:
            folded = folded.replace(doubled, vowel)
    return folded


def _run_in_ascii(error: UnicodeError) -> tuple[str, int]:
    """How `encode` writes characters beyond ASCII; it raises where some of them are still letters beyond ASCII."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    end = min(error.end, error.start + _RUN_CHARACTERS)
    return _plain(error.object[error.start : end]), end


codecs.register_error(_PLAIN, _run_in_ascii)


@lru_cache(_RUNS_KEPT)
def _plain(run: str) -> str:
    """Letters beyond ASCII as the table has them, a space for what is none: quotation marks and dashes, mostly."""
    letters = run.translate(_table())
    return letters if letters.isascii() else _NO_WORD.sub(" ", letters)


def _has_long_word(folded: str) -> bool:
    """Whether letters stand in a row where a space is due; it leaps from space to space."""
    due = WORD_CHARACTERS
    while due < len(folded):
        space = folded.rfind(" ", due - WORD_CHARACTERS, due + 1)
        if space < 0:
            return True
        due = space + 1 + WORD_CHARACTERS
    return False
