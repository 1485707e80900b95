"""What somebody wrote, for herself: one page fit for print (HTML) and one file for programs (JSON), her words only.

Values in, attachments out; quotations, signatures and other people's words are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk
from listserv.mail.compose import Attachment
from listserv.mail.parse import Message, parse
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.mail.words import clean
from listserv.model.lists import MailList

MOST = 2_000
CHARACTERS = 100_000
_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}


@dataclass(frozen=True, slots=True)
class Words:
    """One thing she wrote: when, in which group, under which subject, and her own words."""

    at: datetime
    group: str
    subject: str
    text: str
    files: tuple[str, ...] = ()


def words_of(octets: bytes, at: datetime, group: str, subject: str = "") -> Words:
    """Her own words of a mail; `subject` stands in for the mail's own."""
    message = parse(octets)
    read = body(message)
    files = tuple(each.filename for each in read.attachments if each.filename)
    return Words(at, group, subject or _line(message), split_own(read.text, read.html, ()).own[:CHARACTERS], files)


def as_files(
    desk: Desk, mail_list: MailList, name: str, title: str, language: str, words: Iterable[Words]
) -> Sequence[Attachment]:
    """TITLE.html and TITLE.json of these words."""
    told = list(words)[:MOST]
    zone = zone_of(mail_list, desk.settings)
    locale = _LOCALES.get(language, "en_NZ")
    page = desk.templates.get_template("email/own_words.html").render(
        locale=language,
        name=name,
        group=mail_list.title,
        journal=title == "journal",
        day=format_date(desk.now.astimezone(zone).date(), "d MMMM y", locale=locale),
        words=[
            {
                "day": format_date(each.at.astimezone(zone).date(), "EEEE d MMMM y", locale=locale),
                "group": each.group,
                "subject": each.subject,
                "paragraphs": [part.strip() for part in each.text.split("\n\n") if part.strip()],
                "files": each.files,
            }
            for each in told
        ],
    )
    rows = [
        {
            "at": each.at.astimezone(zone).isoformat(),
            "group": each.group,
            "subject": each.subject,
            "text": each.text.strip(),
            "files": list(each.files),
        }
        for each in told
    ]
    document = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    return (
        Attachment("text/html; charset=utf-8", page.encode("utf-8", "replace"), f"{title}.html"),
        Attachment("application/json", document + b"\n", f"{title}.json"),
    )


def _line(message: Message) -> str:
    return " ".join(clean(message.subject).split())
