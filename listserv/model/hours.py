"""A person's hours: between which times of day single mails come to her. Pure, without a clock.

They are hers in every group and on every day of the week, by the clock of her zone, and may run over midnight. The
night is what they leave out: a copy that is due in it goes when they open again.
"""

from __future__ import annotations

from datetime import datetime, time, tzinfo
from typing import NamedTuple

from listserv.model.calendar import end_of_rest


class Hours(NamedTuple):
    """Local times of day, two different ones; in its text form "07:00-19:00"."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


USUAL = Hours(time(7), time(19))


def read_hours(text: str) -> Hours | None:
    """The inverse of `str`; None for what is none."""
    opens, _, closes = text.partition("-")
    try:
        found = Hours(*(time(int(each[:2]), int(each[3:])) for each in (opens, closes)))
    except ValueError:
        return None
    return found if str(found) == text and found.opens != found.closes else None


def next_open(hours: Hours, at: datetime, zone: tzinfo) -> datetime:
    """The time itself where it lies within the hours, else when they open next."""
    # Hours that a change of the clocks leaves out close as they open, and the next day's are the next.
    while (opens := end_of_rest(hours.closes, hours.opens, at, zone)) != at:
        at = opens
    return at
