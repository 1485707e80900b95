"""How long before a date people want to be reminded: "7 and 1 days before", "a week and the day before", "none". Pure.

What can be read in one way only is days, farthest first; anything else is None and is asked back. English and te reo
Māori, folded as everywhere. Bounded: five distances of at most a year.
"""

from __future__ import annotations

import re

from listserv.model.calendar import LONGEST_DISTANCE_DAYS
from listserv.store.folding import fold

MOST_REMINDERS = 5
LONGEST = 120
_NEVER = frozenset(fold(said) for said in ("none", "no", "never", "no reminders", "kāore", "kore", "kaua"))
_ON_THE_DAY = frozenset(
    fold(said)
    for said in (
        "on the day", "on the day itself", "on that day", "that day", "the same day", "same day", "that morning",
        "on the morning", "the morning", "i taua rā", "i te rā", "i te rā tonu", "taua rā",
    )
)  # fmt: skip
_UNITS = {
    fold(word): days
    for words, days in (("day days d rā", 1), ("week weeks wk wks w wiki", 7), ("fortnight fortnights", 14))
    for word in words.split()
}
_MANY = frozenset(fold(word) for word in ("day", "days", "d", "rā", "weeks", "wks", "fortnights"))
_NUMBERS = {
    fold(word): number
    for number, words in enumerate(
        ("zero", "a an one tahi kotahi", "two rua", "three toru", "four whā", "five rima", "six ono", "seven whitu",
         "eight waru", "nine iwa", "ten tekau")
    )
    for word in words.split()
}  # fmt: skip
_BEFORE = frozenset(("before", "beforehand", "prior", "earlier", "ahead", "mua"))
_FILLING = frozenset(("i", "e", "nga", "he", "atu", "us", "also", "then", "again", "in", "advance"))
_THE = frozenset(("the", "te"))
_TOGETHER = re.compile(r"(?<=[0-9])(?=[a-z])", re.IGNORECASE)  # 7d
_APART = re.compile(r"[,;&+/]|\band\b|\bme\b", re.IGNORECASE)


def read_distances(text: str) -> tuple[int, ...] | None:
    """Days before the date, farthest first, () for no reminder at all; None if it cannot be read in one way only."""
    text = text[: LONGEST + 1].strip(" .!*_\"'“”")
    if len(text) > LONGEST:
        return None
    if fold(text) in _NEVER:
        return ()
    found: list[int] = []
    alone: list[int] = []  # numbers whose unit stands further on: 7 and 1 days
    for piece in (fold(part) for part in _APART.split(_TOGETHER.sub(" ", text))):
        read = _read(piece) if piece else None
        if read is None:
            if piece:
                return None
            continue
        number, unit = read
        if not unit:
            alone.append(number)
            continue
        if alone and unit not in _MANY:
            return None
        found += [each * _UNITS[unit] for each in (*alone, number)]
        alone = []
    found += alone
    fits = 0 < len(set(found)) <= MOST_REMINDERS and max(found) <= LONGEST_DISTANCE_DAYS
    return tuple(sorted(set(found), reverse=True)) if fits else None


def _read(piece: str) -> tuple[int, str] | None:
    """(number, unit) of one distance; the unit is "" where it stands elsewhere."""
    if piece in _ON_THE_DAY:
        return 0, "day"
    words = piece.split()
    before = not _BEFORE.isdisjoint(words)
    left = [word for word in words if word not in _BEFORE and word not in _FILLING]
    article = bool(left) and left[0] in _THE
    left = left[1:] if article else left
    if len(left) == 1 and left[0] in _UNITS:
        return (1, left[0]) if article and before else None
    if len(left) == 2 and left[0] in _UNITS:  # rā kotahi
        left.reverse()
    if len(left) not in (1, 2) or (len(left) == 2 and left[1] not in _UNITS):
        return None
    number = int(left[0]) if left[0].isdecimal() and len(left[0]) <= 3 else _NUMBERS.get(left[0])
    return None if number is None else (number, left[1] if len(left) == 2 else "")
