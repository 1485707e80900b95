"""Dates as our mails tell them: in the reader's language, on the group's clock; and as the store writes them down.

Of a letter that nothing proves only days and hours are told, no title and no link: those are its sender's words, and
the mail may go to somebody who never asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from listserv.config.calendars import Calendars
from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.mail.when.values import Dated, Kind, Unclear
from listserv.model.calendar import DAY, Deadline, instant_of
from listserv.model.lists import MailList
from listserv.model.reminders import reminders
from listserv.model.school import rhythm_of
from listserv.store.deadlines import NewDate
from listserv.store.lists import network_title

_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
_HOURS = {"en": "h:mm a", "mi": "HH:mm"}
_DAY = "EEEE d MMMM y"
_SHORT = "EEE d MMMM"
SCHOOL_DAYS = 5


def new_dates(dated: Dated, zone: ZoneInfo, school: str) -> list[NewDate]:
    """The line as it is written down: one date, or one for each day of something that takes place several times."""
    event = dated.kind is Kind.EVENT
    again = dated.recurrence
    made = []
    for day in again.days if again else (dated.day,):
        last = dated.end_day
        if again is not None:
            last = day + (SCHOOL_DAYS - 1) * DAY if again.weekday is None else None
        at = instant_of(day, dated.hour, zone) if dated.hour else None
        ends = instant_of(last or day, dated.end_hour, zone) if at and dated.end_hour else None
        made.append(NewDate(dated.title, day, at, dated.link, event, last, ends, school))
    return made


def distances(dated: Dated) -> tuple[int, ...]:
    """How many days before it the group is reminded: often of a deadline, once of each day of a series."""
    if dated.recurrence is not None:
        return (2,)
    return (2, 0) if dated.kind is Kind.EVENT else (7, 2, 0)


def shown(dated: Dated, zone: ZoneInfo, language: str, *, with_words: bool = True) -> dict[str, Any]:
    """A line as it was understood: one `when` for each day of it."""
    days = new_dates(dated, zone, "")
    return {
        "event": dated.kind is Kind.EVENT,
        "title": dated.title if with_words else "",
        "link": dated.link if with_words else "",
        "school": "",
        "everywhere": "",
        "when": [_when(new.day, new.end_day, new.at, new.ends_at, zone, language) for new in days],
    }


def told_dates(desk: Desk, mail_list: MailList, to: Recipient, dates: Sequence[Deadline]) -> list[dict[str, Any]]:
    """Dates that are written down, in the reader's language, with when the group will be reminded of each.

    `everywhere` is the title of the network whose groups all have it, "" for this group alone.
    """
    language = to.language or mail_list.settings.language
    found = shown_dates(dates, zone_of(mail_list, desk.settings), language)
    by_id = {each.id: each for each in dates}
    for entry in found:
        own = [by_id[number] for number in entry["ids"]]
        network = own[0].network_id
        entry["everywhere"] = "" if network is None else network_title(desk.connection, network)
        entry["reminders"] = [when for each in own for when in reminded_on(desk, mail_list, each, language)]
    return found


def reminded_on(desk: Desk, mail_list: MailList, date_: Deadline, language: str) -> list[str]:
    """The hours still to come at which the group is reminded of it; of one that is removed none."""
    calendar = Calendars(desk.settings).of(mail_list)
    planned = () if date_.removed else reminders(calendar, rhythm_of(mail_list.settings), date_)
    locale = _LOCALES.get(language, _LOCALES["en"])
    coming = (each.sends_at.astimezone(calendar.zone) for each in planned if each.sends_at > desk.now)
    return [
        f"{format_date(at, _SHORT, locale=locale)} {format_time(at, _hours(language), locale=locale)}" for at in coming
    ]


def shown_dates(dates: Sequence[Deadline], zone: ZoneInfo, language: str) -> list[dict[str, Any]]:
    """Dates that are written down; those of a series together, under the number of the first."""
    found: dict[str, dict[str, Any]] = {}
    for each in dates:
        entry = found.setdefault(
            each.series or str(each.id),
            {"id": each.id, "ids": [], "event": each.event, "title": each.title, "link": each.link, "when": [],
             "school": each.school},
        )  # fmt: skip
        entry["ids"].append(each.id)
        entry["when"].append(_when(each.day, each.end_day, each.at, each.ends_at, zone, language))
    return list(found.values())


def asked(
    unclear: Sequence[Unclear], zone: ZoneInfo, language: str, *, with_words: bool = True
) -> list[dict[str, Any]]:
    """The lines to be asked back, each with its doubt and its numbered readings."""
    found = []
    number = 0
    for line in unclear:
        choices = []
        for guess in line.guesses:
            number += 1
            choices.append({"number": number, **shown(guess, zone, language, with_words=with_words)})
        found.append({"line": line.line if with_words else "", "doubt": line.doubt.value, "choices": choices})
    return found


def _when(
    day: date, last: date | None, at: datetime | None, ends: datetime | None, zone: ZoneInfo, language: str
) -> str:
    """Friday 15 May 2026, 4:00 pm – 5:30 pm."""
    locale = _LOCALES.get(language, _LOCALES["en"])
    days = dict.fromkeys([day, *([last] if last else [])])
    hours = dict.fromkeys(each.astimezone(zone) for each in (at, ends) if each)
    told = [" – ".join(format_date(each, _DAY, locale=locale) for each in days)]
    if hours:
        told.append(" – ".join(format_time(each, _hours(language), locale=locale) for each in hours))
    return ", ".join(told)


def _hours(language: str) -> str:
    return _HOURS.get(language, _HOURS["en"])
