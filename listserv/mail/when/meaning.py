"""Which day the facts of a line mean, if they mean one.

What is written out counts first, then what is told from today or from the term, then a week of term with the weekday
beside it, last a weekday alone. All the others must agree with it; beside a date that is written out with its weekday
they may be part of a title, but only there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from listserv.mail.when.calendar_days import Days, Reading
from listserv.mail.when.facts import Facts
from listserv.mail.when.hedges import has_another_year, is_hedged, is_moved
from listserv.mail.when.relative import Weekday, coming
from listserv.mail.when.shape import Shape
from listserv.mail.when.term_weeks import Weeks, agree, read_weeks
from listserv.mail.when.values import Doubt, Kind
from listserv.model.calendar import DAY, Terms

NOTHING = Reading(0, 0, (), Doubt.NO_DATE)
_FRIDAY = 4
_WEEK_DAYS = 7
# What is left of a date that was not understood: the 15th (Friday); Friday in May.
_HALF_A_DATE = re.compile(r"[dD] ?h|M|[dD][-/.][dD]")
# "Week 3 report", "Weeks 5+7": more goes on behind it.
_A_NAME_FOLLOWS = re.compile(r" (?![WwPpQ@jAG])[A-Za-z]|-[A-Za-z]| ?[+/] ?[dDu]")
# "Next term, week 8".
_ANOTHER_TERM = re.compile(r"[nE] T(?! ?[dDu])")
# Between a week and its weekday: Week 8 (Friday), Friday 3pm of Week 8.
_BESIDE = re.compile(r"[ ,(_)fptj-]{0,12}")


def meant(facts: Facts, shape: Shape, kind: Kind, today: date, terms: Terms) -> Reading:
    """The day or days the line is about; with a doubt, what they may be."""
    reading = _first(facts, shape, kind, today, terms)
    if reading.doubt is None and not facts.dates and _HALF_A_DATE.search(shape.letters):
        reading = replace(reading, doubt=Doubt.WHICH_DAY)
    if reading.doubt is None:
        reading = _agreeing(reading, facts, shape, today, terms)
    if reading.doubt is None and _is_bent(reading, facts, shape, kind):
        reading = replace(reading, doubt=Doubt.HEDGED)
    if reading.doubt is None and kind is Kind.DEADLINE and reading.days[0].last is not None:
        reading = _ends_of(reading)
    return reading


def used(facts: Facts, shape: Shape, reading: Reading) -> Iterator[tuple[int, int]]:
    """The stretches of the shape that told the day and are no part of the title."""
    yield from ((each.start, each.end) for each in facts.dates)
    yield from ((each.start, each.end) for each in _binding(facts, shape, bool(facts.dates)))
    yield from ((each.start, each.end) for each in facts.weekdays if each.alone or each.start == reading.start)
    for relative in facts.relative:
        if relative.alone or not facts.dates:
            yield relative.reading.start, relative.reading.end


def _first(facts: Facts, shape: Shape, kind: Kind, today: date, terms: Terms) -> Reading:
    told = [each.reading for each in facts.relative]
    if facts.dates:
        return _only(facts.dates)
    if any(each.alone for each in facts.relative):
        return _only(told)
    if facts.weeks:
        return _of_weeks(facts, shape, kind, today, terms)
    if facts.weekdays:
        return _weekday_alone(facts.weekdays, today)
    return _only(told) if told else NOTHING


def _only(readings: Iterable[Reading]) -> Reading:
    """The one reading all of them are, or a doubt."""
    readings = tuple(readings)
    first = readings[0]
    if all(each.doubt is None and each.days == first.days for each in readings[1:]):
        return first
    days = tuple(dict.fromkeys(day for each in readings for day in each.days))
    return Reading(first.start, first.end, days, Doubt.SEVERAL_DAYS)


def _of_weeks(facts: Facts, shape: Shape, kind: Kind, today: date, terms: Terms) -> Reading:
    weeks = facts.weeks[0]
    weekdays = {each.weekday for each in facts.weekdays}
    weekday = min(weekdays) if len(weekdays) == 1 else None
    reading = read_weeks(weeks, weekday, today, terms)
    if len(facts.weeks) > 1 or len(weekdays) > 1:
        return replace(reading, doubt=reading.doubt or Doubt.SEVERAL_DAYS)
    beside = all(each.alone and _is_beside(shape, weeks, each) for each in facts.weekdays)
    another_term = weeks.term is None and _ANOTHER_TERM.search(shape.letters)
    if not beside or another_term or _A_NAME_FOLLOWS.match(shape.letters, weeks.end):
        return replace(reading, doubt=reading.doubt or Doubt.WHICH_DAY)
    # A deadline or an hour is on one day, and "by Week 4" is before one.
    on_one_day = kind is Kind.DEADLINE or facts.hours or shape.letters[: weeks.start].endswith("p ")
    if weekday is None and reading.doubt is None and on_one_day:
        return replace(read_weeks(weeks, _FRIDAY, today, terms), doubt=Doubt.WHICH_DAY)
    return reading


def _is_beside(shape: Shape, weeks: Weeks, weekday: Weekday) -> bool:
    first, last = sorted([(weeks.start, weeks.end), (weekday.start, weekday.end)])
    return _BESIDE.fullmatch(shape.letters, first[1], last[0]) is not None


def _weekday_alone(weekdays: Iterable[Weekday], today: date) -> Reading:
    weekdays = tuple(weekdays)
    first = weekdays[0]
    day = coming(first.weekday, today)
    if len({each.weekday for each in weekdays}) > 1:
        days = sorted(coming(each.weekday, today) for each in weekdays)
        return Reading(first.start, first.end, tuple(Days(day) for day in days), Doubt.SEVERAL_DAYS)
    if first.weekday == today.weekday():
        return Reading(first.start, first.end, (Days(today), Days(day)), Doubt.WHICH_DAY)
    doubt = Doubt.HEDGED if first.plural else None if first.alone and first.strong else Doubt.WHICH_DAY
    return Reading(first.start, first.end, (Days(day),), doubt)


def _agreeing(reading: Reading, facts: Facts, shape: Shape, today: date, terms: Terms) -> Reading:
    """The reading, in doubt if another fact of the line speaks against it."""
    days = reading.days[0]
    # A date that was written with its weekday leaves everything else that has words around it to the title.
    certain = any(each.first.weekday is not None for each in facts.stretches)
    weekdays = _weekdays_in(days)
    against = (
        any(each.weekday not in weekdays for each in facts.weekdays if each.alone or (each.strong and not certain))
        or any(
            not agree(each, days.first, today, terms) for each in _binding(facts, shape, certain) if not days.recurrence
        )
        or any(days not in each.reading.days for each in facts.relative if each.alone or not facts.dates)
    )
    if any(each.plural and each.alone for each in facts.weekdays) and not days.recurrence:
        return replace(reading, doubt=Doubt.HEDGED)
    return replace(reading, doubt=Doubt.CONTRADICTION) if against else reading


def _weekdays_in(days: Days) -> set[int]:
    length = ((days.last or days.first) - days.first).days + 1
    return {(days.first + n * DAY).weekday() for n in range(min(length, _WEEK_DAYS))}


def _binding(facts: Facts, shape: Shape, certain: bool) -> Iterator[Weeks]:
    """The weeks that must hold the day."""
    for weeks in facts.weeks:
        if not (certain and _A_NAME_FOLLOWS.match(shape.letters, weeks.end)):
            yield weeks


def _is_bent(reading: Reading, facts: Facts, shape: Shape, kind: Kind) -> bool:
    """Whether words beside what told the day make it another."""
    days = reading.days[0]
    single = days.last is None or bool(facts.weeks)
    spans = [(each.start, each.end) for each in facts.dates]
    if not facts.dates:
        spans += [(each.start, each.end) for each in facts.weeks]
        spans += [(each.start, each.end) for each in facts.weekdays]
        spans += [(each.reading.start, each.reading.end) for each in facts.relative]
    return is_moved(shape) or any(
        is_hedged(shape, start, end, kind, single) or has_another_year(shape, start, end, days.first.year)
        for start, end in spans
    )


def _ends_of(reading: Reading) -> Reading:
    """A deadline is one day: the first of several, or the last."""
    days = reading.days[0]
    guesses = tuple(Days(day) for day in (days.last, days.first) if day is not None)
    return replace(reading, days=guesses, doubt=Doubt.SEVERAL_DAYS)
