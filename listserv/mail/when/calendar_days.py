"""Which days of the calendar are meant by days written out.

The law: no day is guessed. Without a year it is the next such day from today on, unless that day has been within the
last 60 days, when a slip and next year's plan are equally likely. A weekday must be that of the date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from listserv.mail.when.stretches import Stretch
from listserv.mail.when.values import Doubt, Recurrence
from listserv.mail.when.written import Written
from listserv.model.calendar import DAY

JUST_PASSED = timedelta(days=60)
LONGEST_STRETCH = timedelta(days=100)
YEARS_AROUND = 10
_A_YEAR = timedelta(days=366)
_NEAR_DAYS = {"n": (1, 14), "s": (0, 7), "c": (1, 7), "": (-999_999, 999_999)}


@dataclass(frozen=True, slots=True)
class Days:
    """One day, a stretch of them, or the days of a recurrence, whose first is `first`."""

    first: date
    last: date | None = None
    recurrence: Recurrence | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a part of a line means. Without a doubt there is exactly one in `days`; with one they are guesses."""

    start: int
    end: int
    days: tuple[Days, ...]
    doubt: Doubt | None = None


def read_stretch(stretch: Stretch, today: date) -> Reading:
    """The days of a date or a range of dates."""
    days, doubt = _one(stretch.first, today) if stretch.last is None else _several(stretch, today)
    return Reading(stretch.start, stretch.end, days, doubt)


def on_calendar(year: int, month: int, day: int) -> date | None:
    """That day, None where there is none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one(written: Written, today: date) -> tuple[tuple[Days, ...], Doubt | None]:
    days, doubt = _day(written, today)
    return tuple(Days(day) for day in days), doubt


def _several(stretch: Stretch, today: date) -> tuple[tuple[Days, ...], Doubt | None]:
    first, last = stretch.first, stretch.last
    assert last is not None
    if first.year is None and last.year is not None and first.month is not None and last.month is not None:
        earlier = (first.month, first.day) > (last.month, last.day)
        first = replace(first, year=last.year - earlier, short_year=last.short_year)
    begins, doubt = _day(first, today)
    begin = begins[0] if begins else today
    ends, doubt_of_end = _day(last, begin if last.year is None and not doubt else today, after=last.year is None)
    guesses = tuple(Days(day) for day in (*begins, *ends))
    if doubt or doubt_of_end:
        return guesses, doubt or doubt_of_end
    end = ends[0]
    if not DAY <= end - begin <= LONGEST_STRETCH or (stretch.both and end - begin != DAY):
        return guesses, Doubt.SEVERAL_DAYS
    return (Days(begin, end),), None


def _day(written: Written, today: date, after: bool = False) -> tuple[tuple[date, ...], Doubt | None]:
    """The one day, or guesses and why it is not clear. `after`: the end of a range, in which nothing has passed."""
    if written.doubt is not None:
        return _guesses(written, today), written.doubt
    if written.month is None:
        return _day_of_some_month(written, today)
    if written.year is not None:
        return _of_year(written, today)
    return _without_year(written, today, after)


def _of_year(written: Written, today: date) -> tuple[tuple[date, ...], Doubt | None]:
    assert written.year is not None and written.month is not None
    day = on_calendar(written.year, written.month, written.day)
    if day is None:
        return (), Doubt.NO_SUCH_DAY
    swapped = on_calendar(*written.year_first) if written.year_first else None
    if swapped and today <= swapped <= today + _A_YEAR and not today <= day <= today + _A_YEAR:
        return (swapped, *([day] if day >= today else [])), Doubt.WHICH_DAY
    if abs(written.year - today.year) > YEARS_AROUND:
        return (), Doubt.TOO_FAR
    if written.short_year and day < today:
        return _coming(day.month, day.day, today), Doubt.PASSED
    return _checked(day, written, today)


def _without_year(written: Written, today: date, after: bool) -> tuple[tuple[date, ...], Doubt | None]:
    assert written.month is not None
    coming = _coming(written.month, written.day, today)
    if not coming:
        return (), Doubt.NO_SUCH_DAY
    day = coming[0]
    if day - today > _A_YEAR:
        return coming, Doubt.NO_SUCH_DAY  # 29 February, years ahead
    before = on_calendar(today.year, written.month, written.day)
    before = before if before and before < today else on_calendar(today.year - 1, written.month, written.day)
    if not after and before and today - before <= JUST_PASSED:
        return coming, Doubt.PASSED
    if written.perhaps_year not in (None, day.year):
        named = on_calendar(written.perhaps_year or 0, written.month, written.day)
        return (day, *([named] if named and named >= today else [])), Doubt.WHICH_DAY
    return _checked(day, written, today)


def _day_of_some_month(written: Written, today: date) -> tuple[tuple[date, ...], Doubt | None]:
    """Friday 15th: the next 15th, if that is a Friday and none within the last 60 days was one."""
    around = [
        day
        for offset in range(-3, 14)
        if (day := on_calendar(*_month_after(today, offset), written.day)) is not None
        and day.weekday() == written.weekday
    ]
    coming = [day for day in around if day >= today]
    if not coming or coming[:1] != list(_guesses(written, today)):
        return tuple(coming[:1]), Doubt.CONTRADICTION
    if any(today - JUST_PASSED <= day < today for day in around):
        return tuple(coming[:1]), Doubt.PASSED
    return _checked(coming[0], written, today)


def _checked(day: date, written: Written, today: date) -> tuple[tuple[date, ...], Doubt | None]:
    """The day, if its weekday and "next" or "this" agree; else it and the day near by whose weekday it is."""
    least, most = _NEAR_DAYS[written.near]
    if written.weekday is not None and day.weekday() != written.weekday:
        near = [day + n * DAY for n in (1, -1, 2, -2, 3, -3) if (day + n * DAY).weekday() == written.weekday]
        kept = [each for each in near if each >= today or written.year is not None]
        return (day, *kept), Doubt.CONTRADICTION
    if not least <= (day - today).days <= most:
        return (day,), Doubt.CONTRADICTION
    return (day,), None


def _guesses(written: Written, today: date) -> tuple[date, ...]:
    """What a doubtful date may mean; of "5/13" the 13th of May."""
    day, month = written.day, written.month
    if month is None:
        days = (on_calendar(*_month_after(today, n), day) for n in range(3))
        return tuple(each for each in days if each and each >= today)[:1]
    if month > 12:
        day, month = month, day
    if written.year is None or (written.short_year and written.year < today.year):
        return _coming(month, day, today)
    found = on_calendar(written.year, month, day)
    return (found,) if found and abs(found.year - today.year) <= YEARS_AROUND else ()


def _coming(month: int, day: int, today: date) -> tuple[date, ...]:
    """The next such day from today on; empty where no year has one."""
    years: Iterable[int] = range(today.year, today.year + 9)
    return tuple(found for year in years if (found := on_calendar(year, month, day)) and found >= today)[:1]


def _month_after(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1
