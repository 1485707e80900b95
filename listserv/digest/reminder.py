"""The mail that reminds a group of a deadline: composed once, in the group's language, for everybody in it.

What is each recipient's own, return path, List-Unsubscribe and the token that signs her in, is put in when a copy is
made. The date travels along as a file that calendars take in. Values in, octets out; the words are in
templates/email/reminder.txt and .html.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_time
from jinja2 import Environment

from listserv.digest.icalendar import calendar_octets, entry_of
from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.ids import make_message_id
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import display_name, list_fields
from listserv.model.calendar import Deadline
from listserv.model.lists import MailList
from listserv.model.school import SchoolCalendar

_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
_HOURS = {"en": "h:mm a", "mi": "HH:mm"}


def compose_reminder(
    environment: Environment,
    mail_list: MailList,
    deadline: Deadline,
    calendar: SchoolCalendar,
    addresses: ListAddresses,
    base_url: str,
    now: datetime,
    pages_link: str = "",
    *,
    network: str = "",
    uid_domain: str = "",
) -> bytes:
    """The octets of the reminder, the same for the same deadline and time. It says how far off the date is `now`.

    `pages_link` is the line for its reader alone, "" for none. Of a date of a whole `network` (its title) the domain of
    the list it was written in, `uid_domain`, may be another than this list's.
    """
    values = {
        **_values(mail_list, deadline, calendar, now),
        "leave_address": addresses.of(Purpose.LEAVE),
        "pages_link": pages_link,
        "network": network,
    }
    words = environment.get_template("email/reminder.txt")
    subject, text = ("".join(words.blocks[name](words.new_context(values))) for name in ("subject", "text"))
    html = environment.get_template("email/reminder.html").render(values)
    unique = hashlib.sha256(repr((deadline, mail_list.id, now)).encode()).hexdigest()[:32]
    # To whom "reply all" goes as well: an answer to a reminder is for those who run the group, not for everybody in it.
    group = Mailbox(display_name(mail_list), addresses.of(Purpose.OWNER))
    headers: dict[str, HeaderValue] = {
        "From": group,
        "To": group,
        "Subject": " ".join(subject.split()),
        "Date": now.astimezone(calendar.zone),
        "Message-ID": f"<{make_message_id(f'reminder.{unique}', mail_list.domain)}>".encode(),
        "Auto-Submitted": "auto-generated",
    }
    attached = [_calendar_file(mail_list, deadline, uid_domain or mail_list.domain)]
    return list_fields(mail_list, addresses, base_url) + compose(headers, text.strip("\n") + "\n", html, attached)


def _calendar_file(mail_list: MailList, deadline: Deadline, uid_domain: str) -> Attachment:
    """The date, with the same UID as in the group's feed, so that a calendar that has both shows it once."""
    entry = entry_of(deadline, uid_domain)
    octets = calendar_octets([entry], mail_list.title, language=mail_list.settings.language, method="PUBLISH")
    return Attachment("text/calendar; method=PUBLISH; charset=utf-8", octets, "date.ics")


def _values(mail_list: MailList, deadline: Deadline, calendar: SchoolCalendar, now: datetime) -> dict[str, Any]:
    """What the templates speak of; dates and hours in the group's language and zone."""
    language = mail_list.settings.language
    locale = _LOCALES[language]
    at = deadline.at.astimezone(calendar.zone) if deadline.at else None
    day = at.date() if at else deadline.day
    return {
        "locale": language,
        "group": mail_list.title,
        "title": deadline.title,
        "link": deadline.link,
        "days_left": (day - calendar.day_of(now)).days,
        "school": deadline.school,
        "short_date": format_date(day, "EEEE d MMMM", locale=locale),
        "long_date": _days(day, deadline.end_day, locale),
        "hour": _hours(deadline, calendar, language),
    }


def _days(day: date, last: date | None, locale: str) -> str:
    shown = [format_date(each, "EEEE d MMMM y", locale=locale) for each in (day, last) if each]
    return " – ".join(dict.fromkeys(shown))


def _hours(deadline: Deadline, calendar: SchoolCalendar, language: str) -> str:
    """The hour on the group's clock, and its end where the days that are told hold it."""
    begins, ends = (at.astimezone(calendar.zone) if at else None for at in (deadline.at, deadline.ends_at))
    told = begins and ends and begins < ends and (begins.date() == ends.date() or deadline.end_day is not None)
    shown = [begins, ends] if told else [begins]
    return " – ".join(format_time(at, _HOURS[language], locale=_LOCALES[language]) for at in shown if at)
