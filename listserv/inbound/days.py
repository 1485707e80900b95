"""Days as people name them in a mail, and as we name them to people. Pure.

Day first, as it is written in New Zealand; month names in English and both sets of te reo Māori, with and without
macrons; a day without a year is the next one of that name. What is no day is None, never a guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from listserv.config import Settings
from listserv.model.lists import MailList
from listserv.store.folding import fold_words

_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
_MONTHS = (
    "january jan kohitatea hanuere",
    "february feb huitanguru pepuere",
    "march mar poututerangi maehe",
    "april apr paengawhawha aperira",
    "may haratua mei",
    "june jun pipiri hune",
    "july jul hongongoi hurae",
    "august aug hereturikoka akuhata",
    "september sep sept mahuru hepetema",
    "october oct whiringaanuku oketopa",
    "november nov whiringaarangi noema",
    "december dec hakihea tihema",
)
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\Z")
_FIGURES = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})(?:[/.]([0-9]{4}))?\Z")
_NTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\Z")
_WEEKDAYS = frozenset(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
LONGEST = 60


def _month_numbers() -> dict[str, int]:
    return {
        folded: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()
        for folded in fold_words(name)
    }  # fmt: skip


_NUMBERS = _month_numbers()


def read_day(text: str, today: date) -> date | None:
    """The day that is named and nothing else, None if none is.

    Without a year it is today or later; the name of its weekday is not believed.
    """
    said = text[:LONGEST].strip(" .,!")
    first, _, rest = said.partition(" ")
    if first[:3].casefold() in _WEEKDAYS:
        said = rest.strip()
    if found := _ISO.match(said):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _FIGURES.match(said):
        return _named(int(found[1]), int(found[2]), int(found[3]) if found[3] else None, today)
    words = fold_words(said.replace("-", ""))
    words = [word for word in words if word not in ("the", "of", "o", "te")]
    if len(words) not in (2, 3):
        return None
    if words[0] in _NUMBERS:
        words[:2] = words[1::-1]
    nth, month = _NTH.match(words[0]), _NUMBERS.get(words[1])
    year = words[2] if len(words) == 3 else ""
    if nth is None or month is None or (year and not (year.isdecimal() and len(year) == 4)):
        return None
    return _named(int(nth[1]), month, int(year) if year else None, today)


def _named(day: int, month: int, year: int | None, today: date) -> date | None:
    if year is not None:
        return _day(year, month, day)
    candidates = (_day(today.year + ahead, month, day) for ahead in range(9))
    return next((found for found in candidates if found is not None and found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def told_day(day: date, language: str) -> str:
    """The day in words: Sunday 31 January 2027."""
    return format_date(day, "EEEE d MMMM y", locale=_LOCALES.get(language, "en_NZ"))


def short_day(day: date, language: str) -> str:
    """The day in few letters, for lists: 31 Jan 2027."""
    return format_date(day, "d MMM y", locale=_LOCALES.get(language, "en_NZ"))


def zone_of(mail_list: MailList, settings: Settings) -> ZoneInfo:
    """The group's time zone, else the site's."""
    return ZoneInfo(mail_list.settings.time_zone or settings.site.time_zone)


def morning_of(day: date, mail_list: MailList, settings: Settings) -> datetime:
    """When the group's day begins for mail: the hour of its daily digest."""
    at = time.fromisoformat(mail_list.settings.daily_time)
    return datetime.combine(day, at, zone_of(mail_list, settings))


def end_of_day(day: date, mail_list: MailList, settings: Settings) -> datetime:
    """The end of that day for the group: who is there until the day is there all through it."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(mail_list, settings))


def last_day(until: datetime, mail_list: MailList, settings: Settings) -> date:
    """The inverse of `end_of_day`."""
    return (until.astimezone(zone_of(mail_list, settings)) - timedelta(microseconds=1)).date()
