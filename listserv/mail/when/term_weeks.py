"""Days told by the school's calendar: "Term 4 Week 6 Wednesday", "weeks 3 and 8", "end of term".

Without a term it is the one under way, or in holidays the next; if one of the days has been, the next term's are as
likely, and it is asked back. A week without a weekday is the whole week.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from listserv.mail.when.calendar_days import JUST_PASSED, Days, Reading
from listserv.mail.when.relative import Relative
from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Doubt, Recurrence
from listserv.mail.when.written import NO_DATE_FOLLOWS, stands_alone
from listserv.model.calendar import DAY, Term, Terms, TermWeek

_NUMBER = rf"[dDu](?!/[dD]){NO_DATE_FOLLOWS}"
_LIST = rf"(?P<first>{_NUMBER})(?P<more>(?:(?:,? ?& ?|, ?| ?- ?| G )(?:t )?{_NUMBER}){{0,12}})"
_WEEKS = rf"(?:g )?(?P<word>[Kk]) ?{_LIST}"
_TERM = r"T ?(?P<term>[dDu])(?![-/.:]?[dD])(?:,? (?P<year>y))?"
_BETWEEN = r"(?: ?[,:(-]? ?)(?:f )?(?:t )?"
_NAME_FOLLOWS = r"(?=(?P<name> (?![WwPpQ@jA])[A-Za-z]))?"
TERM_WEEKS = re.compile(rf"{_TERM}{_BETWEEN}{_WEEKS}{_NAME_FOLLOWS}")
WEEKS_TERM = re.compile(rf"{_WEEKS}{_BETWEEN}{_TERM}{_NAME_FOLLOWS}")
WEEKS = re.compile(rf"{_WEEKS}{_NAME_FOLLOWS}")
END_OF_TERM = re.compile(r"(?:t )?(?P<which>[EB]) (?P<day>e )?f (?:[ts] )?T(?: ?(?P<term>[dDu]))?(?:,? (?P<year>y))?")
_A_YEAR = timedelta(days=366)
_LONGEST_TERM_WEEKS = 30


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of term as they stand in the shape; `term` and `year` are None where not written.

    `loose`: the term may as well begin the title ("Week 3, Term 2 planning").
    """

    start: int
    end: int
    numbers: tuple[int, ...]
    term: int | None = None
    year: int | None = None
    loose: bool = False
    doubt: Doubt | None = None


def find_weeks(shape: Shape) -> list[Weeks]:
    """Every mention of numbered weeks. They are read."""
    found: list[Weeks] = []
    for pattern in (TERM_WEEKS, WEEKS_TERM, WEEKS):
        for match in shape.matches(pattern):
            found.append(_weeks(shape, match))
            shape.read(match.start(), match.end())
    return found


def find_term_ends(shape: Shape, today: date, terms: Terms) -> list[Relative]:
    """First and last days of term, clear if the term is named or under way. They are read where they stand alone."""
    found = []
    for match in shape.matches(END_OF_TERM):
        number, year = shape.number(match, "term"), shape.number(match, "year")
        days, doubt = _term_day(number, year, match["which"], today, terms)
        if match["which"] == "B" and match["day"] is None:
            doubt = doubt or Doubt.WHICH_DAY  # the start of term is days long, its end is the last of them
        alone = stands_alone(shape, match.start(), match.end())
        doubt = doubt or (None if alone else Doubt.WHICH_DAY)
        found.append(Relative(Reading(match.start(), match.end(), days, doubt), alone))
        shape.read(match.start(), match.end(), "_" if alone else "a")
    return found


def read_weeks(weeks: Weeks, weekday: int | None, today: date, terms: Terms) -> Reading:
    """The days of the weeks: those of the weekday, or with None the whole weeks."""
    days, doubt = _in_weeks(weeks, weeks.term, weekday, today, terms)
    if weeks.loose:
        others, other_doubt = _in_weeks(weeks, None, weekday, today, terms)
        if others != days or doubt or other_doubt:
            days, doubt = (*days, *others), Doubt.WHICH_DAY
    return Reading(weeks.start, weeks.end, days, weeks.doubt or doubt)


def agree(weeks: Weeks, day: date, today: date, terms: Terms) -> bool:
    """Whether a day told otherwise lies in one of the weeks; where its term is not known, whether no other may be."""
    week = terms.week_of(day)
    if week is None:
        days, _ = _in_weeks(weeks, weeks.term, day.weekday(), today, terms)
        return not terms.knows(day) and not days
    same_term = weeks.loose or weeks.term in (None, week.term)
    return week.week in weeks.numbers and same_term and weeks.year in (None, week.year)


def _weeks(shape: Shape, match: re.Match[str]) -> Weeks:
    numbers, joints = _numbers(shape, match)
    named = match.re is not WEEKS
    term = shape.number(match, "term") if named else None
    year = shape.number(match, "year") if named else None
    follows = match["name"] is not None
    # "Week 3, 8 schools" is one week; "weeks 3, 8 schools" may be.
    unsure = bool(joints - {"&"} and match["word"] == "K") or (follows and match.re is not WEEKS_TERM and "," in joints)
    loose = follows and match.re is WEEKS_TERM and year is None
    return Weeks(match.start(), match.end(), numbers, term, year, loose, Doubt.WHICH_DAY if unsure else None)


def _numbers(shape: Shape, match: re.Match[str]) -> tuple[tuple[int, ...], set[str]]:
    """The numbers of the list in order, "3-5" as three of them, and what joins them."""
    numbers: list[int] = []
    joints: set[str] = set()
    joint = ""
    for at in range(match.start("first"), match.end("more")):
        letter, token = shape.letters[at], shape.tokens[at]
        if letter in "dDu" and token is not None:
            last = numbers[-1] if joint in ("-", "G") and numbers else token.number - 1
            numbers += range(last + 1, min(token.number, _LONGEST_TERM_WEEKS) + 1) or [token.number]
        elif letter in ",&-G":
            joint = letter
            joints.add(letter)
    return tuple(sorted(set(numbers))), joints


def _in_weeks(
    weeks: Weeks, term: int | None, weekday: int | None, today: date, terms: Terms
) -> tuple[tuple[Days, ...], Doubt | None]:
    candidates = _candidates(term, weeks.year, today, terms)
    if not candidates:
        return (), Doubt.TERMS_UNKNOWN
    passed = False
    for each in candidates:
        days, doubt = _days_in(each, weeks.numbers, weekday)
        if doubt is not None:
            return days, doubt
        if weeks.year is not None or days[0].first >= today:
            return days, Doubt.PASSED if passed else None
        latest = days[0].recurrence.days[-1] if days[0].recurrence else days[0].last or days[0].first
        passed = passed or term is None or latest >= today - JUST_PASSED
    return (), Doubt.PASSED if passed else Doubt.TERMS_UNKNOWN


def _candidates(number: int | None, year: int | None, today: date, terms: Terms) -> list[Term]:
    """The terms that may be meant, in order; one that has been is among them, to be seen as such."""
    if number is None:
        under_way = terms.term_of(today)
        coming = [term for term in terms.terms if term.weeks_begin > today][:1] if terms.knows(today) else []
        return ([under_way] if under_way else []) + coming
    named = [term for term in terms.terms if term.number == number and year in (None, term.year)]
    return [term for term in named if year is not None or abs(term.first - today) <= _A_YEAR]


def _days_in(term: Term, numbers: tuple[int, ...], weekday: int | None) -> tuple[tuple[Days, ...], Doubt | None]:
    mondays = [term.weeks_begin + 7 * (number - 1) * DAY for number in numbers]
    if not numbers or numbers[0] < 1 or mondays[-1] > term.last:
        return (), Doubt.NO_SUCH_DAY
    days = tuple(monday + (weekday or 0) * DAY for monday in mondays)
    weeks = tuple(TermWeek(term.year, term.number, number) for number in numbers)
    recurrence = Recurrence(weeks, weekday, days) if len(days) > 1 else None
    found = (Days(days[0], days[0] + 6 * DAY if weekday is None else None, recurrence),)
    outside = weekday is not None and (days[0] < term.first or (weekday < 5 and days[-1] > term.last))
    return found, Doubt.CONTRADICTION if outside else None


def _term_day(
    number: int | None, year: int | None, which: str, today: date, terms: Terms
) -> tuple[tuple[Days, ...], Doubt | None]:
    if number is None:
        under_way = terms.term_of(today)
        candidates = [under_way] if under_way else _candidates(None, None, today, terms)
        doubt = None if under_way and which == "E" else Doubt.WHICH_DAY
    else:
        candidates, doubt = _candidates(number, year, today, terms), None
    days = [term.last if which == "E" else term.first for term in candidates]
    coming = [day for day in days if day >= today or year is not None]
    if not coming:
        return (), Doubt.PASSED if days else Doubt.TERMS_UNKNOWN
    if year is None and any(today - JUST_PASSED <= day < today for day in days):
        doubt = Doubt.PASSED
    return (Days(coming[0]),), doubt
