"""What goes out when, worked out from the calendar alone. Pure: nothing here knows what was sent but by argument.

Periods of one kind follow one another without gap or overlap: each covers from where the one before ended, so every
post counts in exactly one. Digests pause in the weeks of holidays, where the terms are known and the group wishes it;
the first one of term covers the break. The weekly digest goes on its day; if that is no school day, on the last school
day before it in the same week, else on the first after it. The monthly one goes with the first weekly one of a month.

A period ends a minute before it is sent: a post judged before the hour may be committed just after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from listserv.model.calendar import DAY, Deadline, Period, Reminder
from listserv.model.lists import DigestPeriod
from listserv.model.reminders import BEFORE_HOLIDAYS_DAYS, deadline_ends_at, reminders
from listserv.model.school import Rhythm, SchoolCalendar

SETTLES = timedelta(minutes=1)
# After downtime a digest older than this is not sent any more; its posts go with the next one.
CATCH_UP = {
    DigestPeriod.DAILY: timedelta(days=3),
    DigestPeriod.WEEKLY: timedelta(days=14),
    DigestPeriod.MONTHLY: timedelta(days=35),
}
NEW_READER = timedelta(days=35)
PUNCTUAL = timedelta(hours=1)
LONGEST_BREAK = timedelta(days=400)
KEPT = 10_000
_DAYS_A_SLOT = {DigestPeriod.DAILY: 1, DigestPeriod.WEEKLY: 7, DigestPeriod.MONTHLY: 28}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Owed:
    """Digests that are due, in order, and those too old to be sent; `periods` cover the time of both."""

    skipped: tuple[Period, ...] = ()
    periods: tuple[Period, ...] = ()


NOTHING = Owed()


def periods(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, between: datetime, until: datetime
) -> Iterator[Period]:
    """Every period of the kind that is sent in [between, until), in order."""
    first = _slot(kind, calendar.day_of(between)) - 1  # quiet hours may have put its digest off until now
    last = _slot(kind, calendar.day_of(until))
    before: datetime | None = None
    for slot in range(first, last + 1):
        sending = _sending(calendar, rhythm, kind, slot)
        if sending is None:
            continue
        day, sends_at = sending
        if between <= sends_at < until:
            covers_from = before or _sent_before(calendar, rhythm, kind, slot, sends_at)
            yield _period(calendar, kind, slot, day, covers_from, sends_at)
        before = sends_at


def period_named(calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, key: str) -> Period | None:
    """The period with this key ("2026-W47"); None if the key is none or nothing is sent then."""
    try:
        day = _day_of_key(kind, key)
        start = calendar.instant(day - 2 * DAY, time())
        end = calendar.instant(day + (_DAYS_A_SLOT[kind] + 5) * DAY, time())
        return next((period for period in periods(calendar, rhythm, kind, start, end) if period.key == key), None)
    except (ValueError, OverflowError):
        return None


def due(
    calendar: SchoolCalendar,
    rhythm: Rhythm,
    kind: DigestPeriod,
    covered_until: datetime | None,
    since: datetime,
    now: datetime,
) -> Owed:
    """What is owed now to a group whose last digest of the kind covered the time until `covered_until`.

    Where there was none yet (None), what is sent from `since` on is owed, when the first reader joined; if that is
    long ago only the latest: who switches a digest on does not get the past. After downtime nothing goes out in
    holidays or quiet hours, unless together with one that is on time.
    """
    if now < _next_sending(calendar, rhythm, kind, covered_until, since):
        return NOTHING
    begin = max(covered_until or since, now - LONGEST_BREAK)
    found = [
        period
        for period in periods(calendar, rhythm, kind, begin, now + _MICROSECOND)
        if covered_until is None or period.covers_until > covered_until
    ]
    if not found or (is_silent(calendar, rhythm, now) and found[-1].sends_at < now - PUNCTUAL):
        return NOTHING
    recent = [period for period in found if period.sends_at >= now - CATCH_UP[kind]]
    if covered_until is None and since < now - NEW_READER:
        return Owed((), tuple(recent[-1:]))
    if recent:
        recent[0] = replace(recent[0], covers_from=covered_until or found[0].covers_from)
    return Owed(tuple(found[: len(found) - len(recent)]), tuple(recent))


@lru_cache(maxsize=KEPT)
def _next_sending(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, covered_until: datetime | None, since: datetime
) -> datetime:
    """Before this moment nothing can be due. Kept, because a tick asks for every list every 20 seconds."""
    begin = covered_until or since
    upcoming = periods(calendar, rhythm, kind, begin, begin + LONGEST_BREAK)
    coming = (each.sends_at for each in upcoming if covered_until is None or each.covers_until > covered_until)
    return next(coming, begin)


def is_silent(calendar: SchoolCalendar, rhythm: Rhythm, now: datetime) -> bool:
    """Whether nothing unasked for may be sent now: quiet hours, or holidays in a group that pauses."""
    return calendar.is_quiet(now) or (rhythm.pauses and calendar.is_holiday(calendar.day_of(now)))


def _slot(kind: DigestPeriod, day: date) -> int:
    """The number of the day, week or month that holds the day."""
    if kind is DigestPeriod.DAILY:
        return day.toordinal()
    if kind is DigestPeriod.WEEKLY:
        return (day.toordinal() - 1) // 7  # the first of January of year 1 was a Monday
    return day.year * 12 + day.month - 1


def _sending_day(calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, slot: int) -> date | None:
    """The local day the slot's digest goes out; None in the pause."""
    if kind is DigestPeriod.DAILY:
        day = date.fromordinal(slot)
        return None if rhythm.pauses and calendar.is_holiday(day) else day
    if kind is DigestPeriod.WEEKLY:
        return _weekly_day(calendar, rhythm, slot)
    year, month = divmod(slot, 12)
    first = _slot(DigestPeriod.WEEKLY, date(year, month + 1, 1))
    days = (_weekly_day(calendar, rhythm, week) for week in range(first, first + 6))
    return next((day for day in days if day is not None and _slot(kind, day) == slot), None)


def _weekly_day(calendar: SchoolCalendar, rhythm: Rhythm, week: int) -> date | None:
    monday = date.fromordinal(week * 7 + 1)
    wanted = monday + rhythm.weekday * DAY
    if not rhythm.pauses or not calendar.terms.knows(wanted):
        return wanted
    if calendar.is_holiday(wanted):
        return None
    if rhythm.weekday >= 5 or calendar.is_school_day(wanted):
        return wanted
    earlier = [monday + number * DAY for number in range(rhythm.weekday - 1, -1, -1)]
    later = [monday + number * DAY for number in range(rhythm.weekday + 1, 5)]
    return next((day for day in (*earlier, *later) if calendar.is_school_day(day)), None)


def _sending(calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, slot: int) -> tuple[date, datetime] | None:
    """The slot's day and the moment its digest goes out; None in the pause, also if quiet hours would push it there."""
    day = _sending_day(calendar, rhythm, kind, slot)
    if day is None:
        return None
    at = rhythm.daily_at if kind is DigestPeriod.DAILY else rhythm.weekly_at
    sends_at = calendar.after_quiet_hours(calendar.instant(day, at))
    return None if rhythm.pauses and calendar.is_holiday(calendar.day_of(sends_at)) else (day, sends_at)


def _sent_before(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, slot: int, sends_at: datetime
) -> datetime:
    """When the period before this slot was sent; at most `LONGEST_BREAK` ago."""
    for earlier in range(slot - 1, slot - LONGEST_BREAK.days // _DAYS_A_SLOT[kind], -1):
        sending = _sending(calendar, rhythm, kind, earlier)
        if sending is not None:
            return sending[1]
    return sends_at - LONGEST_BREAK


def _period(
    calendar: SchoolCalendar, kind: DigestPeriod, slot: int, day: date, before: datetime, sends_at: datetime
) -> Period:
    if kind is DigestPeriod.WEEKLY:
        year, week, _ = calendar.day_of(sends_at).isocalendar()
        key = f"{year}-W{week:02}"
    elif kind is DigestPeriod.DAILY:
        key = day.isoformat()
    else:
        key = f"{slot // 12}-{slot % 12 + 1:02}"
    return Period(kind, key, sends_at, before - SETTLES, sends_at - SETTLES, calendar.term_week(day))


def _day_of_key(kind: DigestPeriod, key: str) -> date:
    """The first day of the slot the key names. Raises ValueError."""
    if kind is DigestPeriod.WEEKLY:
        year, _, week = key.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(key if kind is DigestPeriod.DAILY else f"{key}-01")


def due_reminders(calendar: SchoolCalendar, rhythm: Rhythm, deadline: Deadline, now: datetime) -> tuple[Reminder, ...]:
    """The reminders of the deadline whose time has come, the one to send last; none once the deadline has passed.

    Those planned for before the deadline was written down are not owed. After downtime nothing goes out in holidays or
    quiet hours, and of several that were missed only the last is sent.
    """
    earliest = deadline.day - (max(deadline.distances, default=0) + BEFORE_HOLIDAYS_DAYS) * DAY
    if calendar.day_of(now) < earliest or now >= deadline_ends_at(calendar, deadline):
        return ()
    planned = reminders(calendar, rhythm, deadline)
    owed = tuple(each for each in planned if deadline.created_at < each.sends_at <= now)
    if owed and is_silent(calendar, rhythm, now) and owed[-1].sends_at < now - PUNCTUAL:
        return ()
    return owed
