"""A line as a string of letters, one for each word, figure and mark, so that ways to write a date are short patterns.

"Fri 15 May, TESSOL awards" is "W D M, a a". The letters of words are those of `words`, of figures: d one, D two, y
four, z any other number; h the th of 15th; `_` what has been read already or is a link. Marks stand for themselves,
dashes of all lengths are "-", a space is a space, a new line ";".

Promises: linear; places in the string keep their meaning while parts are read: what is read is only overwritten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from listserv.mail.when.words import letter_of

_TOKEN = re.compile(
    r"(?P<link>https?://[^\s<>\"]+|www\.[^\s<>\"]+"
    r"|[\w.+-]{1,64}@[\w.-]{1,255}\.[a-z]{2,63}\b|[^\W\d][\w-]{0,62}\.[a-z]{2,63}[./][^\s<>\"]*)"
    r"|(?P<figures>[0-9]+)"
    r"|(?P<word>[aApP]\.[mM]\.?(?![^\W_])|[wW]/[cCbBeE]\b|[^\W\d_](?:[^\W\d_]|['’])*)"
    r"|(?P<mark>\S)"
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_QUOTES = dict.fromkeys(map(ord, "‘’`´"), "'")
_FULL_WIDTH = {ord("："): ":", ord("，"): ",", ord("／"): "/"}
_MARKS = _DASHES | _QUOTES
# Written apart, with hyphens or without a macron it is one month.
_WHIRINGA = re.compile(r"\b(whiringa)[ -]?[aāäâ]{1,2}[ -]?(nuku|rangi)\b", re.IGNORECASE)
_NO_LATER = re.compile(r"\bno(?:t)? later than\b", re.IGNORECASE)
_AT_THE_LATEST = re.compile(r",? ?\bat the (?:very )?latest\b", re.IGNORECASE)
_TO_BE_CONFIRMED = re.compile(r"\bto be (?:confirmed|advised|announced|decided)\b", re.IGNORECASE)
_ORDINALS = ("st", "nd", "rd", "th")
# T4 W6, Y5: short only with a figure right behind.
_SHORT = {"t": "T", "w": "K", "y": "v"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, run of figures, mark or link, where it stands in the text, and the number it means."""

    text: str
    start: int
    end: int
    number: int


def tidy(text: str) -> str:
    """The text with one spelling for phrases of several words that bear on a date; NFC."""
    text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    text = _WHIRINGA.sub(r"\1\2", text)
    text = _AT_THE_LATEST.sub("", _NO_LATER.sub("by", text))
    return _TO_BE_CONFIRMED.sub("tbc", text)


class Shape:
    """The letters of one text. `read` takes a stretch out of what is still to be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        letters: list[str] = []
        self.tokens: list[Token | None] = []
        end = 0
        for match in _TOKEN.finditer(text):
            gap = text[end : match.start()]
            if gap:
                letters.append(";" if "\n" in gap else " ")
                self.tokens.append(None)
            letter, number = _letter(match, "".join(letters[-2:]), text[match.end() : match.end() + 1])
            letters.append(letter)
            self.tokens.append(Token(match[0], match.start(), match.end(), number))
            end = match.end()
        self.letters = "".join(letters)
        # As it was before anything was read.
        self.whole = self.letters

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Every place the pattern fits what was still to be read when the search began; they do not overlap."""
        return pattern.finditer(self.letters)

    def read(self, start: int, end: int, letter: str = "_") -> None:
        """This stretch is read; as "a" it is no more than words of a title."""
        self.letters = self.letters[:start] + letter * (end - start) + self.letters[end:]

    def token(self, match: re.Match[str], name: str) -> Token | None:
        """The token a group of the pattern stands for, None where the group matched nothing."""
        return self.tokens[match.start(name)] if name in match.re.groupindex and match[name] else None

    def number(self, match: re.Match[str], name: str) -> int | None:
        """The number of that token."""
        token = self.token(match, name)
        return None if token is None else token.number

    def characters(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text a stretch of the letters stands; spaces at its ends are left out."""
        inside = [token for token in self.tokens[start:end] if token is not None]
        return (inside[0].start, inside[-1].end) if inside else (0, 0)


def _letter(match: re.Match[str], before: str, after: str) -> tuple[str, int]:
    text = match[0]
    if match["link"]:
        return "_", 0
    if match["figures"]:
        # Figures at the end of another word are a part of it: COVID19.
        letter = "z" if before.endswith("a") else {1: "d", 2: "D", 4: "y"}.get(len(text), "z")
        return letter, int(text) if len(text) <= 4 else -1
    if match["word"]:
        return _word(text, before, after)
    mark = text.translate(_MARKS)
    return mark if mark in ",.:;/-&()?!$%'\"#+=@" else ";", 0


def _word(text: str, before: str, after: str) -> tuple[str, int]:
    lower = text.lower().replace("’", "'")
    if lower in _ORDINALS and before.rstrip(" ")[-1:] in ("d", "D"):
        return "h", _ORDINALS.index(lower)
    if lower in _SHORT and after.isdigit():
        return _SHORT[lower], 0
    return letter_of(lower.replace(".", "") if "." in lower else text)
