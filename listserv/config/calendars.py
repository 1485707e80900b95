"""The school calendar of every group of a site, made from the settings: terms, public holidays, quiet hours."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

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
