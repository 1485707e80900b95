"""Which day the facts of a line mean, if they mean one.

What is written out counts first, then what is told from today or from the term, then a week of term with a weekday,
last a weekday alone. All the others must agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from listserv.mail.when.calendar_days import Days, Reading
from listserv.mail.when.facts import Facts
from listserv.mail.when.relative import Weekday, coming
from listserv.mail.when.shape import Shape
from listserv.mail.when.term_weeks import agree, read_weeks
from listserv.mail.when.values import Doubt, Kind
from listserv.model.calendar import DAY, Terms

NOTHING = Reading(0, 0, (), Doubt.NO_DATE)
_FRIDAY = 4

# Left of a date: before, not, week of, last, between, year, another number, another month.
_HEDGED_BEFORE = re.compile(
    r"(?:[bBExrvTKkoMmV]|[KkEBeb] [fFpj])(?: t)?[ -]?$|[A-Za-z]-$|(?:[dD]h?(?: ?[-/&,r])?|[/r]|&) ?(?:t )?$"
)
_HEDGED_AFTER = re.compile(
    r" ?\(?\?| r\b| b\b(?! _)| G(?! a)\b|(?: a){0,3} S\b| [nsE] [ovK]\b|/|(?: ?- ?| & | )[Mm]\b"
    r"|(?: ?- ?| & |, ?| )[dD](?:h|(?= ?(?:$|[,;.)(_&/-])))| [dDz]\b"
)
_FROM = re.compile(r"F(?: t)? $")
_UNTIL = re.compile(r"G(?: t)? $")
# Māori Language Week 14-20 September: "Week" ends a name.
_NAMED_WEEK = re.compile(r"a K $")
_MOVED = re.compile(r"L")
_YEAR_BEFORE = re.compile(r"(?P<year>y) ?[-,:]? ?$")
# What is left of a date that was not understood: the 15th (Friday); Friday in May.
_HALF_A_DATE = re.compile(r"[dD] ?h|M|[dD][-/.][dD]")
_YEAR_AFTER = re.compile(r",? (?P<year>y)\b")
_LETTERS_AROUND = 12
_WEEK_DAYS = 7


def meant(facts: Facts, shape: Shape, kind: Kind, today: date, terms: Terms) -> Reading:
    """The day or days the line is about; with a doubt, what they may be."""
    reading = _first(facts, kind, today, terms)
    if reading.doubt is None and not facts.dates and _HALF_A_DATE.search(shape.letters):
        reading = replace(reading, doubt=Doubt.WHICH_DAY)
    if reading.doubt is None:
        reading = _agreeing(reading, facts, terms)
    if reading.doubt is None and _hedged(reading, facts, shape, kind):
        reading = replace(reading, doubt=Doubt.HEDGED)
    if reading.doubt is None and kind is Kind.DEADLINE and reading.days[0].last is not None:
        reading = _ends_of(reading)
    return reading


def used(facts: Facts, reading: Reading) -> Iterator[tuple[int, int]]:
    """The stretches of the shape that told the day and are no part of the title."""
    yield from ((each.start, each.end) for each in (*facts.dates, *facts.term_ends))
    yield from ((each.start, each.end) for each in facts.weeks)
    for relative in facts.relative:
        if relative.alone or not facts.dates:
            yield relative.reading.start, relative.reading.end
    for weekday in facts.weekdays:
        if weekday.alone or weekday.start == reading.start:
            yield weekday.start, weekday.end


def _first(facts: Facts, kind: Kind, today: date, terms: Terms) -> Reading:
    told = [each.reading for each in facts.relative if each.alone]
    if facts.dates:
        return _only(facts.dates)
    if facts.term_ends or told:
        return _only((*facts.term_ends, *told))
    if facts.weeks:
        return _of_weeks(facts, kind, today, terms)
    if facts.weekdays:
        return _weekday_alone(facts.weekdays, today)
    return _only([each.reading for each in facts.relative]) if facts.relative else NOTHING


def _only(readings: Iterable[Reading]) -> Reading:
    """The one reading all of them are, or a doubt."""
    readings = tuple(readings)
    first = readings[0]
    if all(each.doubt is None and each.days == first.days for each in readings[1:]):
        return first
    days = tuple(dict.fromkeys(day for each in readings for day in each.days))
    return Reading(first.start, first.end, days, Doubt.SEVERAL_DAYS)


def _of_weeks(facts: Facts, kind: Kind, today: date, terms: Terms) -> Reading:
    weekdays = {each.weekday for each in facts.weekdays}
    weekday = min(weekdays) if len(weekdays) == 1 else None
    reading = read_weeks(facts.weeks[0], weekday, today, terms)
    if len(facts.weeks) > 1 or len(weekdays) > 1:
        return replace(reading, doubt=reading.doubt or Doubt.SEVERAL_DAYS)
    if any(not each.alone for each in facts.weekdays):
        return replace(reading, doubt=reading.doubt or Doubt.WHICH_DAY)
    if weekday is None and reading.doubt is None and (kind is Kind.DEADLINE or facts.hours):
        friday = read_weeks(facts.weeks[0], _FRIDAY, today, terms)
        return replace(friday, doubt=Doubt.WHICH_DAY)
    return reading


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


def _agreeing(reading: Reading, facts: Facts, terms: Terms) -> Reading:
    """The reading, in doubt if another fact of the line speaks against it."""
    days = reading.days[0]
    last = days.last or days.first
    length = min((last - days.first).days + 1, _WEEK_DAYS)
    weekdays = {(days.first + n * DAY).weekday() for n in range(length)}
    confirmed = any(each.first.weekday is not None for each in facts.stretches)
    against = (
        any(each.weekday not in weekdays for each in facts.weekdays if _binds(each, confirmed))
        or any(not agree(each, days.first, terms) for each in facts.weeks if not days.recurrence)
        or any(days not in each.reading.days for each in facts.relative if each.alone)
        or any(each.days[:1] != (days,) for each in facts.term_ends)
    )
    if any(each.plural and each.alone for each in facts.weekdays) and not days.recurrence:
        return replace(reading, doubt=Doubt.HEDGED)
    return replace(reading, doubt=Doubt.CONTRADICTION) if against else reading


def _binds(weekday: Weekday, confirmed: bool) -> bool:
    """Whether a weekday somewhere speaks of the date: not in "Thu 14 May, Friday Club", where one stands by it."""
    return weekday.alone or (weekday.strong and not confirmed)


def _hedged(reading: Reading, facts: Facts, shape: Shape, kind: Kind) -> bool:
    """Whether words beside the date make it another: before, from, about, or; and whether it was moved or cancelled."""
    if _MOVED.search(shape.whole):
        return True
    single = reading.days[0].last is None or bool(facts.weeks)
    spans = [(each.start, each.end) for each in (*facts.dates, *facts.term_ends)]
    spans += [(each.start, each.end) for each in facts.weeks]
    spans += [(each.reading.start, each.reading.end) for each in facts.relative if each.alone]
    spans += [(each.start, each.end) for each in facts.weekdays if not facts.dates]
    return any(_beside(shape, start, end, kind, single, reading.days[0].first.year) for start, end in spans)


def _beside(shape: Shape, start: int, end: int, kind: Kind, single: bool, year: int) -> bool:
    before = shape.letters[max(0, start - _LETTERS_AROUND) : start]
    if single and (_FROM.search(before) or (kind is Kind.EVENT and _UNTIL.search(before))):
        return True
    years = (
        _YEAR_BEFORE.search(shape.letters, max(0, start - _LETTERS_AROUND), start),
        _YEAR_AFTER.match(shape.letters, end),
    )
    if any(match and shape.number(match, "year") != year for match in years):
        return True
    hedged = _HEDGED_BEFORE.search(before) is not None and not (not single and _NAMED_WEEK.search(before))
    hedged = hedged and not (not single and before.rstrip().endswith("V"))
    return hedged or _HEDGED_AFTER.match(shape.letters, end) is not None


def _ends_of(reading: Reading) -> Reading:
    """A deadline is one day: the first of several, or the last."""
    days = reading.days[0]
    guesses = tuple(Days(day) for day in (days.last, days.first) if day is not None)
    return replace(reading, days=guesses, doubt=Doubt.SEVERAL_DAYS)
