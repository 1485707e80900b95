"""When a group is reminded of a date, worked out from its calendar alone. Pure: what was sent is nothing it knows."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain

from listserv.model.calendar import DAY, Deadline, Reminder
from listserv.model.school import Rhythm, SchoolCalendar

REMINDED_EARLIER_DAYS = 4
BEFORE_HOLIDAYS_DAYS = 60
KEPT = 10_000


@lru_cache(maxsize=KEPT)
def reminders(calendar: SchoolCalendar, rhythm: Rhythm, deadline: Deadline) -> tuple[Reminder, ...]:
    """When the group is reminded of the deadline, in order; two that fall on one day are one, the nearer.

    Reminders go on school days. One that does not goes up to four days earlier; in longer holidays on the first school
    day after them, or if that is too late on the last before them. One that would come after the deadline is left out.
    """
    last = calendar.day_of(deadline.at) if deadline.at else deadline.day
    by_day: dict[date, int] = {}
    for distance in sorted(set(deadline.distances), reverse=True):
        by_day[_reminder_day(calendar, rhythm, last - distance * DAY, last)] = distance
    planned = (
        Reminder(distance, calendar.after_quiet_hours(calendar.instant(day, rhythm.reminder_at)), deadline.sequence)
        for day, distance in by_day.items()
    )
    ends_at = deadline_ends_at(calendar, deadline)
    return tuple(sorted((each for each in planned if each.sends_at < ends_at), key=lambda each: each.sends_at))


def deadline_ends_at(calendar: SchoolCalendar, deadline: Deadline) -> datetime:
    """The moment the deadline has passed: its instant, or the end of its day."""
    return deadline.at or calendar.instant(deadline.day + DAY, time())


def _reminder_day(calendar: SchoolCalendar, rhythm: Rhythm, wanted: date, last: date) -> date:
    if not rhythm.pauses or not calendar.terms.knows(wanted):
        return wanted
    near = (wanted - number * DAY for number in range(REMINDED_EARLIER_DAYS + 1))
    ahead = (wanted + number * DAY for number in range(1, (last - wanted).days))
    far = (wanted - number * DAY for number in range(REMINDED_EARLIER_DAYS + 1, BEFORE_HOLIDAYS_DAYS))
    return next((day for day in chain(near, ahead, far) if calendar.is_school_day(day)), wanted)
