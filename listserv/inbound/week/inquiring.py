"""A facilitator asks every member something by mail, and gets the answers she may have as one document.

"ask everybody" brings her a mail whose reply is the question: what a mail to -request says proves nothing, and is
repeated to nobody. The clock asks (`digest.inquiries`); on the last day, at three, the document goes to her alone.
"answers" tells her before that how many there are, and afterwards brings the document as it is by then: what was taken
back or taken down is not in it. Nothing says who did not answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from listserv.config.calendars import Calendars
from listserv.inbound.asking import may_write_some
from listserv.inbound.days import read_day, told_day
from listserv.inbound.desk import Desk, Recipient, recipient
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import said
from listserv.inbound.week.consenting import quotes_us, signs, unsigned
from listserv.inbound.week.document import document
from listserv.inbound.wording import greeting
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.text.answer import own_lines
from listserv.mail.text.greeting import is_greeting
from listserv.mail.words import clean
from listserv.model.calendar import DAY
from listserv.model.inquiry import Inquiry
from listserv.model.lists import MailList, Role
from listserv.model.school import SchoolCalendar
from listserv.store import tokens
from listserv.store.folding import fold, fold_words
from listserv.store.inquiries import (
    add_inquiry,
    claim_document,
    consented,
    count_consented,
    due_inquiries,
    end_inquiry,
    inquiry_of,
    last_inquiry,
    open_inquiries,
)
from listserv.store.lists import list_by_id
from listserv.store.moderators import editor
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

HOW, BEGUN = "inquiry-question", "inquiry-begun"
CLOSES_AT = time(15)
SCHOOL_DAYS = 10
LONGEST = timedelta(days=100)
QUESTION_CHARACTERS, QUESTION_LINES = 1000, 12
_MAY_ASK = frozenset({Role.FACILITATOR, Role.OWNER})
_BY = re.compile(r"(?:answers )?(?:by|until|hei|ki|mō)\s+(?:te\s+)?(?=\S)", re.IGNORECASE)
_STOPS = frozenset(fold(word) for word in ("stop", "cancel", "kāti", "katia"))


def ask_everybody(desk: Desk, letter: Letter) -> None:
    """She has a mail at her known address whose reply is the question; who may not ask is told so."""
    to = _asker(desk, letter)
    if to is None or not may_write_some(desk, letter, to[1].address, HOW):
        return
    person_id, recipient = to
    if not _may_ask(desk, letter.mail_list, person_id):
        desk.send("inquiry_told", letter.mail_list, recipient, outcome="not_yours")
    else:
        _explain(desk, letter.mail_list, person_id, recipient, "")


def take_question(desk: Desk, letter: Letter, token: Token) -> None:
    """Her reply is the question, or with a bare yes the house's; a no asks nobody, as she is told."""
    mail_list, person_id = letter.mail_list, token.person_id
    if person_id is None or not _may_ask(desk, mail_list, person_id):
        return
    to = _known(desk, mail_list, person_id)
    calendar = Calendars(desk.settings).of(mail_list)
    lines = own_lines(letter.message)
    if to is None:
        return
    question, wanted = read_question(lines, calendar.day_of(desk.now), to.name)
    if question is None or quotes_us(lines, [greeting(desk, to.name)] if to.name else []):
        _explain(desk, mail_list, person_id, to, "no_question")
        return
    day = last_day(calendar, calendar.day_of(desk.now), wanted)
    if day is None or open_inquiries(desk.connection, desk.now, mail_list.id):
        _explain(desk, mail_list, person_id, to, "one_open" if day is not None else "no_school")
    elif tokens.use(desk.connection, token, desk.now):
        _begin(desk, mail_list, person_id, to, question, calendar.instant(day, CLOSES_AT))


def read_question(lines: Sequence[str], today: date, name: str = "") -> tuple[str | None, date | None]:
    """(the question, the last day) of her lines, without greeting, quotation and signature; `name` is hers. Pure.

    "" is the house's question, None is none: a no, or nothing of hers; the day is None where she names none.
    """
    day: date | None = None
    kept: list[str] = []
    for line in lines:
        by = _BY.match(line)
        named = read_day(line[by.end() :], today) if by else None
        if named is not None:
            day = named
        elif not line.startswith(">") and (kept or not is_greeting(line)):
            kept.append(" ".join(clean(line).split()))
    kept = unsigned(kept, fold_words(name))
    agreed = said(kept[0]) if kept else False
    rest = kept[1:] if agreed else kept
    if agreed is False or (not agreed and all(signs(line) for line in kept)):
        return None, day
    kept = [] if all(signs(line) for line in rest) else rest
    return "\n".join(kept[:QUESTION_LINES])[:QUESTION_CHARACTERS], day


def last_day(calendar: SchoolCalendar, today: date, wanted: date | None) -> date | None:
    """The day wanted, or the tenth school day, today's among them; None if nobody could be asked before it. Pure."""
    coming = [today + number * DAY for number in range(LONGEST.days + 1)]
    school_days = [day for day in coming if calendar.is_school_day(day)]
    if wanted is not None:
        return wanted if wanted in coming[1:] and school_days and school_days[0] <= wanted else None
    return school_days[SCHOOL_DAYS - 1] if len(school_days) >= SCHOOL_DAYS else None


def stop_inquiry(desk: Desk, letter: Letter, token: Token) -> None:
    """She ends it: nobody more is asked, and there is no document."""
    inquiry = inquiry_of(desk.connection, letter.mail_list.id, token.object_id)
    to = _known(desk, letter.mail_list, token.person_id)
    lines = own_lines(letter.message)
    if inquiry is None or to is None or inquiry.sent_at is not None or not lines or fold(lines[0]) not in _STOPS:
        return
    if tokens.use(desk.connection, token, desk.now):
        end_inquiry(desk.connection, inquiry.id, desk.now)
        desk.send("inquiry_told", letter.mail_list, to, outcome="ended", in_reply_to=letter.message.message_id)


def send_answers(desk: Desk, letter: Letter) -> None:
    """Before the last day how many answers she may have, afterwards the document as it is by now."""
    to = _asker(desk, letter)
    if to is None or not may_write_some(desk, letter, to[1].address, "answers"):
        return
    person_id, recipient = to
    inquiry = last_inquiry(desk.connection, letter.mail_list.id, person_id)
    if inquiry is None or not _may_ask(desk, letter.mail_list, person_id):
        desk.send("inquiry_told", letter.mail_list, recipient, outcome="asked_nothing")
    elif desk.now < inquiry.closes_at:
        count = count_consented(desk.connection, inquiry.id)
        day = _day(desk, letter.mail_list, inquiry.closes_at, recipient)
        desk.send("inquiry_told", letter.mail_list, recipient, outcome="count", count=count, day=day)
    else:
        _send_document(desk, letter.mail_list, inquiry, recipient)


def send_documents(desk: Desk) -> int:
    """Chore: documents that are due go to who asked, unless she looks after the group no more."""
    sent = 0
    due = due_inquiries(desk.connection, desk.now)
    calendars = Calendars(desk.settings) if due else None
    for inquiry in due:
        mail_list = list_by_id(desk.connection, inquiry.list_id)
        if calendars is None or calendars.of(mail_list).is_quiet(desk.now):
            continue
        to = _known(desk, mail_list, inquiry.asked_by) if _may_ask(desk, mail_list, inquiry.asked_by) else None
        if claim_document(desk.connection, inquiry.id, desk.now) and to is not None:
            _send_document(desk, mail_list, inquiry, to)
            sent += 1
    return sent


def _begin(desk: Desk, mail_list: MailList, person_id: int, to: Recipient, question: str, closes_at: datetime) -> None:
    inquiry = add_inquiry(desk.connection, mail_list.id, question, person_id, closes_at, desk.now)
    lasts = closes_at - desk.now
    answers_to = desk.answer_address(mail_list, BEGUN, lasts, person_id=person_id, object_id=inquiry.id)
    desk.send(
        "inquiry_begun",
        mail_list,
        to,
        answers_to=answers_to,
        question=question,
        day=_day(desk, mail_list, closes_at, to),
        request_address=desk.addresses(mail_list).of(Purpose.REQUEST),
    )


def _send_document(desk: Desk, mail_list: MailList, inquiry: Inquiry, to: Recipient) -> None:
    language = to.language or mail_list.settings.language
    answers, files = document(desk, mail_list, inquiry, consented(desk.connection, inquiry), language)
    desk.send("inquiry_answers", mail_list, to, attachments=files, question=inquiry.question, answers=answers)


def _explain(desk: Desk, mail_list: MailList, person_id: int, to: Recipient, problem: str) -> None:
    answers_to = desk.answer_address(mail_list, HOW, person_id=person_id)
    desk.send("inquiry_how", mail_list, to, answers_to=answers_to, problem=problem)


def _asker(desk: Desk, letter: Letter) -> tuple[int, Recipient] | None:
    """Whom the mail names as its author, at her known address; None for somebody who is not in the group."""
    place = author_in(desk.connection, letter.mail_list, address_key(letter.author_address), desk.now)
    to = _known(desk, letter.mail_list, place.person_id) if place is not None else None
    if place is None:
        return None
    return place.person_id, to or desk.member(place)


def _may_ask(desk: Desk, mail_list: MailList, person_id: int) -> bool:
    found = editor(desk.connection, mail_list, person_id, desk.now)
    return found is not None and not found.roles.isdisjoint(_MAY_ASK)


def _known(desk: Desk, mail_list: MailList, person_id: int | None) -> Recipient | None:
    """Somebody who looks after the group, at the address its mail goes to."""
    found = editor(desk.connection, mail_list, person_id, desk.now) if person_id is not None else None
    return recipient(found) if found is not None else None


def _day(desk: Desk, mail_list: MailList, at: datetime, to: Recipient) -> str:
    day = Calendars(desk.settings).of(mail_list).day_of(at)
    return told_day(day, to.language or mail_list.settings.language)
