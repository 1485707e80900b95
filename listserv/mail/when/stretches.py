"""Days and ranges of days in a shape: "15-17 May", "Fri 15 to Sun 17 May", "31 Aug - 6 Sep", "15 and 16 May".

Finds them; which days of the calendar they are is for `calendar_days`. Promises: every date that is written out is in
exactly one stretch, and all of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from listserv.mail.when.shape import Shape
from listserv.mail.when.values import Doubt
from listserv.mail.when.written import (
    BEFORE,
    DAY,
    NOT_INSIDE,
    WEEKDAY,
    Written,
    find_names,
    find_three_figures,
    th_is_right,
    with_weekday,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One day, or days from `first` to `last`; `both` where only "and" joins them."""

    first: Written
    last: Written | None = None
    both: bool = False

    @property
    def start(self) -> int:
        """Where it begins in the shape."""
        return self.first.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return (self.last or self.first).end


# "15-" of "15-17 May", "Fri 15 to" of "Fri 15 to Sun 17 May", not the end of a list.
_FIRST = re.compile(
    rf"{NOT_INSIDE}(?<![dDh])(?<![dDh] )(?<![dDh],)(?<![dDh], ){WEEKDAY}?{DAY}"
    r"(?P<joint> ?- ?| (?:G ){1,3}|,? & )(?:[jt] ){0,2}$"
)
_FIRST_LETTERS = 24
_JOINT = re.compile(r" ?- ?| (?:G ){1,3}(?:[jt] ){0,2}")
_BOTH = re.compile(r",? & (?:t )?")
_BETWEEN = re.compile(r"V (?:t )?$")


def find_figures(shape: Shape) -> list[Stretch]:
    """Dates of three figures, which can be nothing else."""
    return [_with_first(shape, each) for found in find_three_figures(shape) for each in found]


def find_named(shape: Shape) -> list[Stretch]:
    """Dates with the name of a month or of a weekday, or of two figures."""
    return [_with_first(shape, each) for found in find_names(shape) for each in found]


def joined(shape: Shape, found: Iterable[Stretch]) -> list[Stretch]:
    """The stretches in order, "15 May to 2 June" as one."""
    result: list[Stretch] = []
    for each in sorted(found, key=lambda each: each.start):
        before = result[-1] if result else None
        between = "" if before is None else shape.letters[before.end : each.start]
        both = _BOTH.fullmatch(between) is not None
        if before and before.last is None and each.last is None and (both or _JOINT.fullmatch(between)):
            result[-1] = Stretch(before.first, each.first, both and not _between(shape, before.start))
        else:
            result.append(each)
    return result


def _with_first(shape: Shape, last: Written) -> Stretch:
    """The date with what stands left of it as its first day. "Hall 3 - 17 May" may be one day."""
    if last.tail_of is not None:
        return Stretch(last.tail_of, last)
    match = _FIRST.search(shape.letters, max(0, last.start - _FIRST_LETTERS), last.start) if last.day_first else None
    if match is None:
        return Stretch(last)
    day = shape.number(match, "day") or 0
    first = with_weekday(shape, match, Written(match.start(), match.end(), day, last.month, last.year))
    if not th_is_right(shape, match, day):
        first = replace(first, doubt=Doubt.NO_SUCH_DAY)
    elif match["joint"] == " - " and first.weekday is None and not BEFORE.search(shape.letters[: match.start()]):
        first = replace(first, doubt=Doubt.WHICH_DAY)
    shape.read(match.start(), match.end())
    return Stretch(first, last, both="&" in match["joint"] and not _between(shape, match.start()))


def _between(shape: Shape, start: int) -> bool:
    return _BETWEEN.search(shape.letters, max(0, start - 4), start) is not None
