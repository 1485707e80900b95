"""One group's calendar: its zone, terms, public holidays and quiet hours, and what local times mean in UTC.

Law 4 lives here: an hour that a clock change leaves out is the first moment after the gap, one that comes twice is
the first of the two, so every local time is exactly one instant. `Calendars` makes and keeps them from the settings;
the values themselves read nothing.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listserv.config import Settings
from listserv.config.terms import load_terms
from listserv.config.values import QuietHours
from listserv.errors import ConfigError
from listserv.model.calendar import DAY, NO_TERMS, Terms, TermWeek, instant_of
from listserv.model.lists import MailList

SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True, eq=False)
class SchoolCalendar:
    """What days and hours are in one zone."""

    zone: ZoneInfo
    terms: Terms = NO_TERMS
    holidays: Container[date] = frozenset()
    quiet: QuietHours | None = None

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
        if self.quiet is None:
            return at
        begins, ends = self.quiet
        today = self.day_of(at)
        for day in (today - DAY, today):
            end = self.instant(day if begins < ends else day + DAY, ends)
            if self.instant(day, begins) <= at < end:
                return end
        return at

    def is_quiet(self, at: datetime) -> bool:
        """Whether the time falls into the quiet hours."""
        return self.after_quiet_hours(at) != at


def public_holidays(region: str) -> Container[date]:
    """The public holidays of a country ("NZ") or a part of it ("NZ-AUK"); of "" none. Raises ConfigError."""
    if not region:
        return frozenset()
    import holidays

    country, _, part = region.partition("-")
    try:
        # Years are worked out as they are asked for; names of days, which languages differ in, are not used.
        found: Container[date] = holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        raise ConfigError(
            f'calendar.region = "{region}": its public holidays are not known; take a country or a part of it such as '
            '"NZ" or "NZ-AUK", or "" for none.'
        ) from None
    return found


class Calendars:
    """The calendar of every group of a site. Raises ConfigError for a terms file or region that cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self.terms = load_terms(settings.calendar.terms)
        self._holidays = public_holidays(settings.calendar.region)
        self._quiet = settings.calendar.quiet_hours
        self._site_zone = settings.site.time_zone
        self._made: dict[str, SchoolCalendar] = {}

    def of(self, mail_list: MailList) -> SchoolCalendar:
        """The calendar in the group's own zone, or in the site's where it names none."""
        return self.in_zone(mail_list.settings.time_zone)

    def in_zone(self, name: str) -> SchoolCalendar:
        """The calendar in a zone of the IANA list, "" for the site's."""
        if name not in self._made:
            self._made[name] = SchoolCalendar(
                ZoneInfo(name or self._site_zone), self.terms, self._holidays, self._quiet
            )
        return self._made[name]

    def warning(self, now: datetime) -> str:
        """What `listserv check` has to say about the terms: "" when they are known for the next two months."""
        site = self.in_zone("")
        if self.terms.knows(site.day_of(now + SOON)):
            return ""
        known = self.terms.knows(site.day_of(now))
        return (
            f"school terms are known {f'until {self.terms.known_until}' if known else 'no longer or not yet'}; beyond "
            "that updates name plain dates and do not pause in holidays: write the terms into a file and name it in "
            "[calendar] terms"
        )
