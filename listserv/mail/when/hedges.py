"""Words beside a date that make it another one, or none in particular: before, about, week of, or, onwards, moved."""

from __future__ import annotations

import re

from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Kind

_LETTERS_AROUND = 12
# Left of a date: before, not, week of, day 3 of, last, between, year, another number, another month.
_BEFORE = re.compile(
    r"(?:[bBExrvTKkoMmV]|[KkEBeb] [fFpj]|(?<![WwP_] )f)(?: t)?[ -]?$"
    r"|[A-Za-z]-$|(?:[dD]h?(?: ?[-/&,r])?|[/r]|&) ?(?:t )?$"
)
# Right of it: a question mark, or, onwards, until a day, a street, next year, a half of another date.
_AFTER = re.compile(
    r" ?\(?\?| r\b|[ -]b\b(?! _)| G(?! a)\b|(?: a){0,3} S\b| [nsE] [ovK]\b|/|(?: ?- ?| & | )[Mm]\b"
    r"|(?: ?- ?| & |, ?| )[dD](?:h|(?= ?(?:$|[,;.)(_&/-])))| [dDz]\b"
)
_FROM = re.compile(r"F(?: t)? $")
_UNTIL = re.compile(r"G(?: t)? $")
_BETWEEN = re.compile(r"V(?: t)? $")
# Māori Language Week 14-20 September: "Week" ends a name.
_NAMED_WEEK = re.compile(r"a K $")
# Cancelled; every Wednesday, each week, before Friday.
_MOVED = re.compile(r"L|b [WwPK]\b")
_YEAR_BEFORE = re.compile(r"(?P<year>y) ?[-,:]? ?$")
_YEAR_AFTER = re.compile(r",? (?P<year>y)\b")


def is_moved(shape: Shape) -> bool:
    """Whether the line says that something was cancelled, moved, takes place every week, or is not certain."""
    return _MOVED.search(shape.whole) is not None


def is_hedged(shape: Shape, start: int, end: int, kind: Kind, single: bool) -> bool:
    """Whether words on either side bend the date from `start` to `end`; `single` if it is one day, not several."""
    before = shape.letters[max(0, start - _LETTERS_AROUND) : start]
    if single and (_FROM.search(before) or (kind is Kind.EVENT and _UNTIL.search(before))):
        return True
    allowed = not single and (_NAMED_WEEK.search(before) or _BETWEEN.search(before))
    return bool((_BEFORE.search(before) and not allowed) or _AFTER.match(shape.letters, end))


def has_another_year(shape: Shape, start: int, end: int, year: int) -> bool:
    """Whether another year than that of the date stands right beside it."""
    years = (
        _YEAR_BEFORE.search(shape.letters, max(0, start - _LETTERS_AROUND), start),
        _YEAR_AFTER.match(shape.letters, end),
    )
    return any(match is not None and shape.number(match, "year") != year for match in years)
