"""One group's calendar and hours: its zone, terms, public holidays and quiet hours, and what local times mean in UTC.

Law 4 lives here: an hour that a clock change leaves out is the first moment after the gap, one that comes twice is
the first of the two, so every local time is exactly one instant. Values that read nothing; `config.calendars` makes
them.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from listserv.model.calendar import NO_TERMS, Terms, TermWeek, end_of_rest, instant_of
from listserv.model.lists import ListSettings, Weekday


@dataclass(frozen=True, slots=True, eq=False)
class SchoolCalendar:
    """What days and hours are in one zone."""

    zone: ZoneInfo
    terms: Terms = NO_TERMS
    holidays: Container[date] = frozenset()
    quiet: tuple[time, time] | None = None

    def day_of(self, at: datetime) -> date:
        """The local day of an aware time."""
        return at.astimezone(self.zone).date()

    def instant(self, day: date, at: time) -> datetime:
        """The moment (UTC) the local clock shows that time on that day: the first of two, or the end of a gap."""
        return instant_of(day, at, self.zone)

    def term_week(self, day: date) -> TermWeek | None:
        """The week of term that holds the day; None in holidays and where the terms are not known."""
        return self.terms.week_of(day)

    def is_holiday(self, day: date) -> bool:
        """Whether the day is known to lie in no week of term. A public holiday inside a term is none."""
        return self.terms.knows(day) and self.terms.week_of(day) is None

    def is_school_day(self, day: date) -> bool:
        """Monday to Friday, no public holiday and, where the terms are known, in one."""
        if day.weekday() >= 5 or day in self.holidays:
            return False
        term = self.terms.term_of(day)
        if term is None:
            return not self.terms.knows(day)
        return term.first <= day <= term.last

    def after_quiet_hours(self, at: datetime) -> datetime:
        """The time itself, or the end of the quiet hours it falls into."""
        return at if self.quiet is None else end_of_rest(*self.quiet, at, self.zone)

    def is_quiet(self, at: datetime) -> bool:
        """Whether the time falls into the quiet hours."""
        return self.after_quiet_hours(at) != at


@dataclass(frozen=True, slots=True)
class Rhythm:
    """At which local hours digests and reminders go, and whether they pause in school holidays."""

    weekday: int = 4
    weekly_at: time = time(16)
    daily_at: time = time(7)
    reminder_at: time = time(8)
    pauses: bool = True


def rhythm_of(settings: ListSettings) -> Rhythm:
    """The rhythm a group's settings ask for."""
    return Rhythm(
        list(Weekday).index(settings.digest_day),
        time.fromisoformat(settings.digest_time),
        time.fromisoformat(settings.daily_time),
        time.fromisoformat(settings.reminder_time),
        settings.holiday_pause,
    )
