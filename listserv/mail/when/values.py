"""What a line about a date says: `Dated`, or `Unclear` with what it may have meant, to be asked back.

Promises nothing but shapes; whoever shows them finds the words for a `Doubt` in the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from listserv.model.calendar import TermWeek


class Kind(StrEnum):
    """What a date is to the group: something ends then, or something takes place."""

    DEADLINE = "deadline"
    EVENT = "event"


class Doubt(StrEnum):
    """Why a line is asked back."""

    NO_DATE = "no_date"
    NO_TITLE = "no_title"
    # Several days are written, and they are no stretch of days; or a deadline has a stretch of them.
    SEVERAL_DAYS = "several_days"
    # "Next Friday" is two days, "Week 8" has five.
    WHICH_DAY = "which_day"
    NO_SUCH_DAY = "no_such_day"
    # The second figure can be no month.
    MONTH_FIRST = "month_first"
    # The weekday, or the week of term, is not that of the date.
    CONTRADICTION = "contradiction"
    # No year is written, and that day has just been.
    PASSED = "passed"
    TOO_FAR = "too_far"
    TERMS_UNKNOWN = "terms_unknown"
    WHICH_HOUR = "which_hour"
    # An hour in another zone than the group's.
    OTHER_ZONE = "other_zone"
    # Before, about, to be confirmed, moved, every.
    HEDGED = "hedged"
    LONG_LINE = "long_line"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Something that takes place in several weeks of term.

    `weekday` is 0 for Monday; with None the whole weeks are meant and `days` are their Mondays. `days` stand in order,
    one for each of `weeks`.
    """

    weeks: tuple[TermWeek, ...]
    weekday: int | None
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that can be read in one way only.

    `day` is the first or only day, `end_day` the last of a stretch of days, itself in it. `hour` and `end_hour` are
    what the clock of the group's zone shows; without `hour` the whole day is meant. `link` is "" or the first web
    address of the line. Days lie before today only where a year was written.
    """

    kind: Kind
    title: str
    day: date
    hour: time | None = None
    end_day: date | None = None
    end_hour: time | None = None
    link: str = ""
    recurrence: Recurrence | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line to be asked back: never acted on. `guesses`, likeliest first, may be offered; there may be none.

    `line` is as it was written, with the lines that belong to it below it, at most 300 characters.
    """

    line: str
    doubt: Doubt
    guesses: tuple[Dated, ...] = ()
