"""The school calendar of every group and school of a site, made from the settings: terms, holidays, quiet hours.

What goes to one person goes by her school's, where that has days of its own (`config.schools`), else by the group's;
what goes to a group by the group's.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from listserv.config.schools import load_schools, school_key
from listserv.config.settings import Settings
from listserv.config.terms import load_terms
from listserv.errors import ConfigError
from listserv.model.lists import MailList
from listserv.model.school import SchoolCalendar

SOON = timedelta(days=60)


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
    """The calendar of every group of a site. Raises ConfigError for a file or region that cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self.terms = load_terms(settings.calendar.terms)
        self.schools = load_schools(settings.calendar.schools, self.terms)
        self._region = settings.calendar.region
        regions = {self._region, *(school.region for school in self.schools.values() if school.region is not None)}
        self._holidays = {region: public_holidays(region) for region in sorted(regions)}
        self._quiet = settings.calendar.quiet_hours
        self._site_zone = settings.site.time_zone
        self._made: dict[tuple[str, str], SchoolCalendar] = {}

    def of(self, mail_list: MailList, school: str = "") -> SchoolCalendar:
        """The calendar in the group's own zone, or in the site's where it names none; for a person of that school."""
        return self.in_zone(mail_list.settings.time_zone, school)

    def all_of(self, mail_list: MailList) -> list[SchoolCalendar]:
        """The group's calendar, and in its zone that of each school with days of its own."""
        return [self.of(mail_list, school) for school in ("", *self.schools)]

    def in_zone(self, name: str, school: str = "") -> SchoolCalendar:
        """The calendar in a zone of the IANA list, "" for the site's; of that school, where it has days of its own."""
        key = (name, self.own_key(school))
        if key not in self._made:
            own = self.schools.get(key[1])
            region = self._region if own is None or own.region is None else own.region
            terms = self.terms if own is None else own.terms
            zone = ZoneInfo(name or self._site_zone)
            self._made[key] = SchoolCalendar(zone, terms, self._holidays[region], self._quiet)
        return self._made[key]

    def own_key(self, school: str) -> str:
        """What a school with days of its own is called here, however it is spelled; "" for every other."""
        key = school_key(school) if school and self.schools else ""
        return key if key in self.schools else ""

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
