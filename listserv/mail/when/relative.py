"""Days told from today: tomorrow, āpōpō, this Friday, Friday week, in two weeks; and weekdays by themselves.

"Next Friday" is the coming one to some and the one after it to others, so it is clear on Fridays alone. A day whose
name is part of a title ("Friday Club", "Schools of Tomorrow") is not taken for a date: it must stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from listserv.mail.when.calendar_days import Days, Reading
from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Doubt
from listserv.mail.when.written import stands_alone
from listserv.model.calendar import DAY

LONGEST_DAYS = 366
_SUNDAY = 6
_UNIT_DAYS = {"e": 1, "K": 7, "k": 7, "x": 14}
# The days that may be meant, and whether it is plainly the first of them.
Meant: TypeAlias = tuple[tuple[date, ...], bool]


@dataclass(frozen=True, slots=True)
class Relative:
    """A day told from today or from the term; `alone` if nothing beside it makes it part of a title."""

    reading: Reading
    alone: bool


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday by itself: it must be that of the date, or is the date if there is no other.

    `strong` if its name is no other word, `plural` for "Wednesdays".
    """

    start: int
    end: int
    weekday: int
    alone: bool
    strong: bool
    plural: bool


def find_relative(shape: Shape, today: date) -> list[Relative]:
    """Every day told from today. They are read where they stand alone."""
    found: list[Relative] = []
    for pattern, meaning in _FORMS:
        for match in shape.matches(pattern):
            days, sure = meaning(shape, match, today)
            # "Today in schools" is a title.
            title = match[0] == "H" and shape.letters.startswith(" j", match.end())
            alone = not title and stands_alone(shape, match.start(), match.end())
            doubt = None if sure and alone else Doubt.PASSED if match[0] == "Y" else Doubt.WHICH_DAY
            reading = Reading(match.start(), match.end(), tuple(Days(day) for day in days), doubt)
            found.append(Relative(reading, alone))
            shape.read(match.start(), match.end(), "_" if alone else "a")
    return found


def find_weekdays(shape: Shape) -> list[Weekday]:
    """Every weekday that is left. They are not read: where they stand decides what they are."""
    return [
        Weekday(
            match.start(),
            match.end(),
            shape.number(match, "weekday") or 0,
            stands_alone(shape, match.start(), match.end()),
            match["weekday"] != "w",
            match["weekday"] == "P",
        )
        for match in shape.matches(_ANY_WEEKDAY)
    ]


def coming(weekday: int, today: date) -> date:
    """The next such weekday after today."""
    return today + ((weekday - today.weekday() - 1) % 7 + 1) * DAY


def _ahead(days: int) -> Callable[[Shape, re.Match[str], date], Meant]:
    return lambda _shape, _match, today: ((today + days * DAY,) if days >= 0 else (), days >= 0)


def _in_days(shape: Shape, match: re.Match[str], today: date) -> Meant:
    days = (1 if match["count"] == "J" else shape.number(match, "count") or 0) * _UNIT_DAYS.get(match["unit"], 0)
    return ((today + days * DAY,), True) if 0 < days <= LONGEST_DAYS else ((), False)


def _coming_one(shape: Shape, match: re.Match[str], today: date) -> Meant:
    return (coming(_weekday(shape, match), today),), True


def _this(shape: Shape, match: re.Match[str], today: date) -> Meant:
    """In this Monday-to-Sunday week; nobody says it on the day itself, or after it, without meaning another."""
    day = today + (_weekday(shape, match) - today.weekday()) * DAY
    if day > today:
        return (day,), True
    return ((day, day + 7 * DAY) if day == today else (day + 7 * DAY,)), False


def _next(shape: Shape, match: re.Match[str], today: date) -> Meant:
    day = coming(_weekday(shape, match), today)
    return (day, day + 7 * DAY), _weekday(shape, match) == today.weekday()


def _week_after(shape: Shape, match: re.Match[str], today: date) -> Meant:
    """Friday week; on a Friday it may be seven days off or fourteen."""
    day = coming(_weekday(shape, match), today) + 7 * DAY
    return (day, day - 7 * DAY), _weekday(shape, match) != today.weekday()


def _of_week(shape: Shape, match: re.Match[str], today: date) -> Meant:
    """Friday next week; on a Sunday nobody knows which week has begun."""
    week = 7 if match["week"] == "n" else 0
    day = today + (_weekday(shape, match) - today.weekday() + week) * DAY
    days = tuple(each for each in (day, day + 7 * DAY) if each >= today)
    return days, day >= today and today.weekday() != _SUNDAY


def _weekday(shape: Shape, match: re.Match[str]) -> int:
    return shape.number(match, "weekday") or 0


_WD = r"(?P<weekday>[Ww])"
_ANY_WEEKDAY = re.compile(r"(?P<weekday>[WwP])")
_COUNT = r"(?P<count>[uJdD]) (?P<unit>[eKkxo])"
_FORMS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (rf"{_COUNT} (?:F )?H", _in_days),
        (rf"j {_COUNT}(?: l)?", _in_days),
        (r"H K(?! ?[dDu]|-)", _ahead(7)),
        (r"U K(?! ?[dDu]|-)", _ahead(8)),
        (rf"{_WD},? (?:f )?(?:t )?(?P<week>[ns]) K(?! ?[dDu]|-)", _of_week),
        (rf"(?P<week>[ns]) K,? (?:[pj] )?(?:t )?{_WD}", _of_week),
        (rf"[uJ] K p {_WD}", _week_after),
        (rf"{_WD} K(?! ?[dDu]|-)", _week_after),
        (rf"(?:[st] )?c {_WD}", _coming_one),
        (rf"s {_WD}", _this),
        (rf"n {_WD}", _next),
        (rf"E {_WD}", _ahead(-1)),
        (r"[ns] K(?! ?[dDu]|-)", _ahead(-1)),
        (r"s q", _ahead(0)),
        (r"H", _ahead(0)),
        (r"U", _ahead(1)),
        (r"Y", _ahead(-1)),
    )
)
