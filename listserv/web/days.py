"""Days and hours in words, day first, in the group's language and zone."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
_HOURS = {"en": "h:mm a", "mi": "HH:mm"}
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


class Days:
    """Words for moments, as one group reads them."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        self.zone = zone
        self._language = language if language in _LOCALES else "en"

    def long(self, at: datetime) -> str:
        """Monday 16 November 2026, 8:00 pm."""
        local = at.astimezone(self.zone)
        return f"{_day(local.date(), self._language)}, {_hour(local.hour, local.minute, self._language)}"

    def short(self, at: datetime) -> str:
        """16 November 2026."""
        return format_date(at.astimezone(self.zone), "d MMMM y", locale=_LOCALES[self._language])

    def span(self, first: date, last: date | None, begins: datetime | None, ends: datetime | None) -> str:
        """Monday 16 November 2026 – Wednesday 18 November 2026, 9:00 am – 3:00 pm: the days, and hours if there are."""
        locale = _LOCALES[self._language]
        days = dict.fromkeys((first, last or first))
        hours = dict.fromkeys(at.astimezone(self.zone) for at in (begins, ends) if at)
        told = [" – ".join(format_date(day, "EEEE d MMMM y", locale=locale) for day in days)]
        told += [" – ".join(format_time(at, _HOURS[self._language], locale=locale) for at in hours)] if hours else []
        return ", ".join(told)

    def machine(self, at: datetime) -> str:
        """The moment for programs (RFC 3339)."""
        return at.astimezone(self.zone).isoformat(timespec="seconds")

    def start_of(self, typed: str) -> datetime | None:
        """When the day somebody typed begins: 2026-11-16, 16/11/2026 or 16.11.2026; None for anything else."""
        day = _read_day(typed.strip())
        return None if day is None else datetime.combine(day, time(), self.zone)

    def end_of(self, typed: str) -> datetime | None:
        """When the day after it begins."""
        day = _read_day(typed.strip())
        return None if day is None else datetime.combine(day + timedelta(days=1), time(), self.zone)


# A page of sixty posts asks for little else; the days of ten years and every minute of a day are remembered.
@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    return format_date(day, "EEEE d MMMM y", locale=_LOCALES[language])


@lru_cache(maxsize=4096)
def _hour(hour: int, minute: int, language: str) -> str:
    return format_time(time(hour, minute), _HOURS[language], locale=_LOCALES[language])


def _read_day(typed: str) -> date | None:
    match = _DAY_FIRST.fullmatch(typed)
    try:
        day = date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(typed[:10])
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2100 else None
