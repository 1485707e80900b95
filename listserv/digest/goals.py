"""When a goal ends, when its reminders fall, and whether somebody may be written to now. Pure.

    planned     up to three moments before a goal's last day, on school days at the group's hour of reminders
    owed        one of them has come, none was sent since, and the time is right
    too much    at most three of one goal, one a week over all groups, none within two days of an update she reads

What cannot go within these bounds is not sent: it stays a line in the facilitators' brief.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from listserv.digest.plan import periods
from listserv.model.calendar import DAY
from listserv.model.goals import Goal, Place, Standing
from listserv.model.lists import DigestPeriod
from listserv.model.school import Rhythm, SchoolCalendar

MOST_REMINDERS = 3
WEEK_DAYS = 7
NEAR_UPDATE = timedelta(days=2)
DAYS_BEFORE = (14, 7, 1)
SCHOOL_BEGINS, SCHOOL_ENDS = time(8), time(16)
LONGEST_SEARCH_DAYS = 400
KEPT = 10_000
_CARRIES = (DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)
_SHORTEST = timedelta(microseconds=1)


def begins_at(goal: Goal, since: datetime) -> datetime:
    """From when on the goal is somebody's who has been in the group since then."""
    return max(goal.begins_at, since)


@lru_cache(maxsize=KEPT)
def last_day(calendar: SchoolCalendar, goal: Goal, since: datetime) -> date:
    """The last day on which her posts are in time."""
    if goal.day is not None:
        return goal.day
    day, left = calendar.day_of(begins_at(goal, since)), goal.within_days or 0
    for _ in range(LONGEST_SEARCH_DAYS):
        if not left:
            break
        day += DAY
        left -= calendar.is_school_day(day)
    return day


def ends_at(calendar: SchoolCalendar, goal: Goal, since: datetime) -> datetime:
    """The end of that day."""
    return calendar.instant(last_day(calendar, goal, since) + DAY, time())


@lru_cache(maxsize=KEPT)
def planned(calendar: SchoolCalendar, rhythm: Rhythm, goal: Goal, since: datetime) -> tuple[datetime, ...]:
    """When she would be reminded, in order: two weeks, a week and a day before the end, or on the school day before.

    None on the day the goal became hers or earlier, none in holidays; two that meet on a day are one.
    """
    last, first = last_day(calendar, goal, since), calendar.day_of(begins_at(goal, since))
    days = set()
    for distance in DAYS_BEFORE:
        week = (last - (distance + earlier) * DAY for earlier in range(WEEK_DAYS))
        day = next((each for each in week if calendar.is_school_day(each)), None)
        if day is not None and day > first:
            days.add(day)
    return tuple(sorted(calendar.instant(day, _hour(rhythm)) for day in days))


def in_school_hours(calendar: SchoolCalendar, rhythm: Rhythm, now: datetime) -> bool:
    """Whether reminders may go now: a school day, from the group's hour of reminders to four, no quiet hour."""
    day = calendar.day_of(now)
    if not calendar.is_school_day(day) or calendar.is_quiet(now):
        return False
    return calendar.instant(day, _hour(rhythm)) <= now < calendar.instant(day, SCHOOL_ENDS)


def _hour(rhythm: Rhythm) -> time:
    """The group's hour of reminders, or eight where that is none of a school."""
    return rhythm.reminder_at if SCHOOL_BEGINS <= rhythm.reminder_at < SCHOOL_ENDS else SCHOOL_BEGINS


def is_open(calendar: SchoolCalendar, standing: Standing, now: datetime) -> bool:
    """Whether she still misses something she can do in time, and nothing of hers waits for a moderator."""
    return standing.missing > 0 and not standing.waits and now < ends_at(calendar, standing.goal, standing.place.since)


def is_owed(calendar: SchoolCalendar, rhythm: Rhythm, standing: Standing, now: datetime) -> bool:
    """Whether a reminder of this goal is hers now, were it the only one; of several that were missed only the last."""
    if not is_open(calendar, standing, now) or len(standing.reminded) >= MOST_REMINDERS:
        return False
    come = [each for each in planned(calendar, rhythm, standing.goal, standing.place.since) if each <= now]
    return bool(come) and all(each < come[-1] for each in standing.reminded)


def fits_beside(calendar: SchoolCalendar, rhythm: Rhythm, standing: Standing, now: datetime) -> bool:
    """Whether it is told as well in a mail that goes anyway: it would be owed before the next one may go."""
    if not is_open(calendar, standing, now) or len(standing.reminded) >= MOST_REMINDERS:
        return False
    soon = now + WEEK_DAYS * DAY
    come = [each for each in planned(calendar, rhythm, standing.goal, standing.place.since) if each <= soon]
    return bool(come) and all(each < come[-1] for each in standing.reminded)


def is_too_soon(calendar: SchoolCalendar, reminded: Iterable[datetime], now: datetime) -> bool:
    """Whether she was reminded of anything, in any group, less than a week ago by the calendar."""
    today = calendar.day_of(now)
    return any((today - calendar.day_of(each)).days < WEEK_DAYS for each in reminded)


def is_near_update(calendar: SchoolCalendar, rhythm: Rhythm, digest: DigestPeriod, now: datetime) -> bool:
    """Whether a weekly or monthly update of the group goes, or went, to its reader within two days."""
    if digest not in _CARRIES:
        return False
    around = periods(calendar, rhythm, digest, now - NEAR_UPDATE, now + NEAR_UPDATE + _SHORTEST)
    return next(around, None) is not None


def may_be_written_to(
    calendar: SchoolCalendar, rhythm: Rhythm, place: Place, reminded: Iterable[datetime], now: datetime
) -> bool:
    """Whether she may get a reminder, or be asked something, now at all; `reminded` are those in all groups."""
    return (
        place.reached
        and not place.refuses
        and in_school_hours(calendar, rhythm, now)
        and not is_too_soon(calendar, reminded, now)
        and not is_near_update(calendar, rhythm, place.digest, now)
    )
