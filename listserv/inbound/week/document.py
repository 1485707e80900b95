"""The answers to an inquiry as one document: each author's own words under her name, by the alphabet. Fit for print.

Values in, values out. It names who let the asker have her answer and nobody else, and counts nothing beside a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk
from listserv.inbound.week.consenting import words_to_share
from listserv.mail.compose import Attachment
from listserv.mail.words import clean
from listserv.model.inquiry import Consented, Inquiry
from listserv.model.lists import MailList
from listserv.store.folding import fold


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer, however many mails it came in."""

    name: str
    school: str
    paragraphs: list[str] = field(default_factory=list)


def document(
    desk: Desk, mail_list: MailList, inquiry: Inquiry, given: Iterable[Consented], language: str
) -> tuple[list[Answer], Sequence[Attachment]]:
    """The answers by their authors' names, and the page to print of them; no page where there are none."""
    answers = by_name(given)
    if not answers:
        return [], ()
    page = desk.templates.get_template("email/answers.html").render(
        locale=language,
        group=mail_list.title,
        question=inquiry.question,
        day=told_day(desk.now.astimezone(zone_of(mail_list, desk.settings)).date(), language),
        answers=answers,
    )
    return answers, (Attachment("text/html; charset=utf-8", page.encode("utf-8", "replace"), "answers.html"),)


def by_name(given: Iterable[Consented]) -> list[Answer]:
    """One answer a person, her mails in the order in which they came; macrons and case do not part names. Pure."""
    found: dict[int, Answer] = {}
    for each in given:
        answer = found.setdefault(each.person_id, Answer(_line(each.name), _line(each.school)))
        paragraphs = words_to_share(each.octets).split("\n\n")
        answer.paragraphs.extend(paragraph.strip("\n") for paragraph in paragraphs if paragraph.strip())
    return sorted((each for each in found.values() if each.paragraphs), key=lambda each: (fold(each.name), each.name))


def _line(text: str) -> str:
    return " ".join(clean(text).split())
