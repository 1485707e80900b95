"""Since when a question counts as waiting: some school days without an answer. Pure."""

from __future__ import annotations

from datetime import datetime

from listserv.model.calendar import DAY
from listserv.model.school import SchoolCalendar

LONGEST_SEARCH_DAYS = 60


def asked_before(calendar: SchoolCalendar, at: datetime, school_days: int) -> datetime:
    """So many school days before that moment: who asked since then may still be answered in good time."""
    today, left = calendar.day_of(at), school_days
    day = today
    for _ in range(LONGEST_SEARCH_DAYS):
        if not left:
            break
        day -= DAY
        left -= calendar.is_school_day(day)
    return at - (today - day)
