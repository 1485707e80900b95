"""Everything in a line that has to do with days and hours, found in an order in which nothing is taken for another.

Figures that can only be a date come first, then numbers of classes and rooms (which are none), weeks of term, hours,
names of months, what is told from today, and last the hours and weekdays that are left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from listserv.mail.when.calendar_days import Reading, read_stretch
from listserv.mail.when.hours import Hours, find_other_hours, find_plain_hours
from listserv.mail.when.relative import Relative, Weekday, find_relative, find_weekdays
from listserv.mail.when.shape import Shape
from listserv.mail.when.stretches import Stretch, find_figures, find_named, joined
from listserv.mail.when.term_weeks import Weeks, find_term_ends, find_weeks
from listserv.mail.when.written import NO_DATE_FOLLOWS
from listserv.model.calendar import Terms

# Year 5/6, Rooms 3, 4 & 5, NCEA 2.
_NAMED = re.compile(rf"v ?[dDu]{NO_DATE_FOLLOWS}(?:(?:[-/]| - |, | ?& ?)[dDu]{NO_DATE_FOLLOWS}){{0,5}}")


HIGHEST_YEAR = 13


@dataclass(frozen=True, slots=True)
class Facts:
    """What a shape holds. `dates` are days and ranges written out, `relative` days told from today or the term."""

    stretches: tuple[Stretch, ...]
    dates: tuple[Reading, ...]
    weeks: tuple[Weeks, ...]
    relative: tuple[Relative, ...]
    weekdays: tuple[Weekday, ...]
    hours: tuple[Hours, ...]


def look(shape: Shape, today: date, terms: Terms) -> Facts:
    """The facts of the shape, which is read by it."""
    stretches = find_figures(shape)
    for match in shape.matches(_NAMED):
        if not _may_be_a_date(shape, match):
            shape.read(match.start(), match.end(), "a")
    weeks = find_weeks(shape)
    relative = find_term_ends(shape, today, terms)
    hours = find_plain_hours(shape)
    stretches += find_named(shape)
    relative += find_relative(shape, today)
    hours += find_other_hours(shape)
    dates = tuple(joined(shape, stretches))
    return Facts(
        dates,
        tuple(read_stretch(each, today) for each in dates),
        tuple(weeks),
        tuple(relative),
        tuple(find_weekdays(shape)),
        tuple(hours),
    )


def _may_be_a_date(shape: Shape, match: re.Match[str]) -> bool:
    """Whether the numbers are too high for school years: group 18/7, not Year 5/6."""
    tokens = shape.tokens[match.start() + 1 : match.end()]
    return "/" in match[0] and any(token is not None and token.number > HIGHEST_YEAR for token in tokens)
