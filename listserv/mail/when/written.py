"""Days written out: "Fri 15 May", "15/05/26", "the 15th of Haratua 2026", "2026-05-15", "May 15", "Friday 15th".

Finds them in a shape and says what is in them; which day of the calendar they are is for `calendar_days`. Figures are
read day first, always. Promises: what is found is never wider than the date, its weekday and its year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Doubt


@dataclass(frozen=True, slots=True)
class Written:
    """A day as it stands in the shape from `start` to `end`.

    `month` is None for "Friday 15th", `year` where none is written. `near` is n for "next Friday ...", s for this, c
    for coming. `perhaps_year` is a year that may as well begin the title ("15 May 2027 awards").
    """

    start: int
    end: int
    day: int
    month: int | None
    year: int | None = None
    weekday: int | None = None
    near: str = ""
    doubt: Doubt | None = None
    perhaps_year: int | None = None
    # Two figures: the century is ours.
    short_year: bool = False
    # The first figures as a year, where that makes a date: 26-05-15.
    year_first: tuple[int, int, int] | None = None
    # The first day of "May 15-17".
    tail_of: Written | None = None
    # The day stands before the month, so another day may stand before it.
    day_first: bool = True


WEEKDAY = r"(?:(?P<near>[nsc]) )?(?:(?P<weekday>[Ww])\.?,? ?(?:t )?)"
DAY = r"(?P<day>[dD])(?: ?(?P<th>h))?"
NOT_INSIDE = r"(?<![-/.:$#+])"
_YEAR = (
    r"(?:(?P<gap>,? |[-/.]|)(?P<year>y)(?![:.]D| ?[AO]|/[dD]|-[dD](?! ?[Mm]| ?h|/))"
    r"|[-/](?P<short>D)(?![-/.:]?[dD])| ?'(?P<short_>D)| (?P<apart>D)(?= ?(?:$|[,;)(_]|\.(?!D))))?"
)
ISO = re.compile(
    rf"{NOT_INSIDE}{WEEKDAY}?(?P<year>y)(?P<mark>[-/.])(?P<month>[dD])(?P=mark)(?P<day>[dD])(?![-/.]?[dDy])T?"
)
FIGURES = re.compile(
    rf"{NOT_INSIDE}{WEEKDAY}?(?P<day>[dD])(?: ?)(?P<mark>[-/.])(?: ?)(?P<month>[dD])(?: ?)(?P=mark)(?: ?)"
    r"(?:(?P<year>y)|(?P<short>D))(?![-/.:]?[dDy]|h)"
)
DAY_MONTH = re.compile(
    rf"(?<![.:$#+]){WEEKDAY}?{DAY}(?:[-/. ]?| f (?:g q f )?| e f )(?P<month>[Mm])(?![dD])(?:\.(?= ?[yD,]))?{_YEAR}"
)
MONTH_DAY = re.compile(
    rf"{WEEKDAY}?(?P<month>[Mm])\.? ?(?:t )?{DAY}(?! ?[AO]|[:.]D|[/%]| ?[Mm]|[A-Za-z])"
    r"(?:(?P<reach> ?- ?)(?P<tail>[dD])(?: ?h)?(?! ?[AO]|[:.]D|[/%]| ?[Mm]|[A-Za-z]))?"
    r"(?:(?P<gap>,? )(?P<year>y)(?![:.]D| ?[AO]))?"
)
TWO_FIGURES = re.compile(rf"(?<![/.:$#+]){WEEKDAY}?(?P<day>[dD])/(?P<month>[dD])(?![/.:%]?[dDyz]|-[dDyz](?!/)|h|[%/])")
DAY_ALONE = re.compile(rf"{WEEKDAY}{DAY}(?! ?[AOMmNXi%]|[:.]D|[-/]|, ?[dD])")

# Behind a number that is none of a date or an hour: not "10-16 May", "5th", "3pm".
NO_DATE_FOLLOWS = (
    r"(?![A-JL-SU-Za-z]| ?[AhMm]| f [Mm]|[:.][dD]|(?: ?- ?| G | & )(?:[Ww] )?[dD](?: ?h)?[-/. ]?(?:f )?[Mm])"
)
# What may stand around a date that is no part of a name or a sentence.
BEFORE = re.compile(r"(?:^|[,;:(!._\"-]|[pj@AGF] ?t?) ?$")
AFTER = re.compile(r"\.?(?: ?$| ?[,;:)!._(\"]| ?-(?![A-Za-z])| [pj@]| ?&| Q| f (?:t )?_)")
_A_WORD = re.compile(r" (?![GpjQWwFKkrbMm])[A-Za-z]")


def find_three_figures(shape: Shape) -> Iterator[list[Written]]:
    """Dates that can be nothing else, form by form. What is found is read."""
    for pattern in (ISO, FIGURES):
        yield _read(shape, [_from_figures(shape, match) for match in shape.matches(pattern)])


def find_names(shape: Shape) -> Iterator[list[Written]]:
    """Dates with the name of a month, of two figures, or a weekday with a day of the month. What is found is read.

    A generator, so that what belongs to a date of one form can be read before the next form is looked for.
    """
    for pattern, build in (
        (DAY_MONTH, _with_month), (MONTH_DAY, _with_month), (TWO_FIGURES, _two_figures), (DAY_ALONE, _without_month),
    ):  # fmt: skip
        yield _read(shape, [build(shape, match) for match in shape.matches(pattern)])


def stands_alone(shape: Shape, start: int, end: int) -> bool:
    """Whether marks, links, hours or prepositions stand on both sides, not the words of a name."""
    return BEFORE.search(shape.letters[:start]) is not None and AFTER.match(shape.letters, end) is not None


def with_weekday(shape: Shape, match: re.Match[str], written: Written) -> Written:
    """The date with the weekday, and "next" or "this", that its pattern found before it."""
    return replace(written, weekday=shape.number(match, "weekday"), near=match["near"] or "")


def th_is_right(shape: Shape, match: re.Match[str], day: int) -> bool:
    """22th may be the 12th or the 22nd."""
    if not match["th"]:
        return True
    right = 3 if 10 <= day % 100 <= 20 or day % 10 > 3 or day % 10 == 0 else day % 10 - 1
    return shape.number(match, "th") == right


def _read(shape: Shape, some: Sequence[Written | None]) -> list[Written]:
    found = [written for written in some if written is not None]
    for written in found:
        shape.read(written.start, written.end)
    return found


def _from_figures(shape: Shape, match: re.Match[str]) -> Written:
    day, month = shape.number(match, "day") or 0, shape.number(match, "month") or 0
    year, short = shape.number(match, "year"), shape.number(match, "short")
    written = with_weekday(shape, match, Written(match.start(), match.end(), day, month, year))
    if short is not None:
        written = replace(written, year=2000 + short, short_year=True, year_first=(2000 + day, month, short))
    if month > 12:
        return replace(written, doubt=Doubt.MONTH_FIRST if day <= 12 else Doubt.NO_SUCH_DAY)
    return written


def _with_month(shape: Shape, match: re.Match[str]) -> Written | None:
    day, month = shape.number(match, "day") or 0, shape.number(match, "month")
    written = with_weekday(shape, match, Written(match.start(), match.end(), day, month))
    written = replace(written, day_first=match.start("day") < match.start("month"))
    written = _with_tail(shape, match, _with_year(shape, match, written))
    if not th_is_right(shape, match, day):
        return replace(written, doubt=Doubt.NO_SUCH_DAY)
    return written if match["month"] == "M" or _month_is_one(shape, match, written) else _in_doubt(written)


def _with_year(shape: Shape, match: re.Match[str], written: Written) -> Written:
    year = shape.number(match, "year")
    if year is not None and match["gap"] in (" ", ", ") and _A_WORD.match(shape.letters, match.end()):
        return replace(written, end=match.start("gap"), perhaps_year=year)
    if year is not None:
        return replace(written, year=year)
    shorts = [shape.number(match, name) for name in ("short", "short_", "apart") if name in match.re.groupindex]
    short = next((number for number in shorts if number is not None), None)
    if short is None:
        return written
    # "Part 2 September 27" may be the 27th of September.
    either = "apart" in match.re.groupindex and match["apart"] and written.weekday is None
    doubt = Doubt.WHICH_DAY if either and not BEFORE.search(shape.letters[: match.start()]) else None
    return replace(written, year=2000 + short, short_year=True, doubt=doubt)


def _with_tail(shape: Shape, match: re.Match[str], written: Written) -> Written:
    last = shape.number(match, "tail") if "tail" in match.re.groupindex else None
    if last is None:
        return written
    # "October 1 - 2nd XV rugby" may be one day.
    unsure = match["reach"] == " - " and _A_WORD.match(shape.letters, match.end()) is not None
    first = replace(written, doubt=Doubt.WHICH_DAY) if unsure else written
    return replace(written, day=last, weekday=None, near="", tail_of=first)


def _month_is_one(shape: Shape, match: re.Match[str], written: Written) -> bool:
    """Whether "may" is the month: students under 15 may enter."""
    if written.weekday is not None or written.year is not None or match["th"]:
        return True
    if match.start("month") < match.start("day"):
        return stands_alone(shape, match.start(), match.end())
    return AFTER.match(shape.letters, match.end()) is not None


def _two_figures(shape: Shape, match: re.Match[str]) -> Written | None:
    """15/5. "5/6" is a class of two years as well, "24/7" always, "1/4 hour" a part."""
    day, month = shape.number(match, "day") or 0, shape.number(match, "month") or 0
    written = with_weekday(shape, match, Written(match.start(), match.end(), day, month))
    if month > 12:
        return replace(written, doubt=Doubt.MONTH_FIRST) if 1 <= day <= 12 and month <= 31 else None
    alone = stands_alone(shape, match.start(), match.end())
    named = (day, month) == (24, 7) or day + 1 == month
    if (alone and not named) or (written.weekday is not None and (alone or not named)):
        return written
    return _in_doubt(written) if named or day <= 13 else written


def _without_month(shape: Shape, match: re.Match[str]) -> Written | None:
    """Friday 15th. "Friday 5" may be an hour, "Friday, 15 schools" and "Friday, 2nd XV rugby" no date at all."""
    day = shape.number(match, "day") or 0
    written = with_weekday(shape, match, Written(match.start(), match.end(), day, None))
    followed = AFTER.match(shape.letters, match.end()) is None
    if followed and not match["th"]:
        return None
    if followed or (day <= 12 and not match["th"]):
        return _in_doubt(written)
    return written if th_is_right(shape, match, day) else replace(written, doubt=Doubt.NO_SUCH_DAY)


def _in_doubt(written: Written) -> Written:
    return replace(written, doubt=Doubt.WHICH_DAY)
