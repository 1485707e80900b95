"""A member answers an inquiry: her words are kept in her journal, and the asker may have them only if she says so.

Law: without a line of hers that says so nobody is given anything; what she said is kept as a consent (when, how, in
answer to which words), and taken back by one word. Each answer is told her at her known address, with the words that
will stand in the document. Nobody hears who did not answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.week.consenting import Read, Says, read_answer, words_to_share
from listserv.inbound.wording import greeting, wording
from listserv.mail.text.answer import own_lines
from listserv.model.inquiry import Inquiry
from listserv.model.lists import Subscription
from listserv.store import journal
from listserv.store.archive import put_content
from listserv.store.inquiries import (
    ANSWERS_AFTER,
    INQUIRY,
    answers_by,
    consent,
    consented,
    inquiry_of,
    remove_answers,
)
from listserv.store.people import find_member
from listserv.store.refusing import INQUIRIES, refuse
from listserv.store.settling import name_of, note_consent
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = INQUIRY
GAVE, TOOK_BACK = "answer shared", "answer taken back"


def answer_inquiry(desk: Desk, letter: Letter, token: Token) -> None:
    """What she wrote is kept, shared, taken back or deleted, and she is told which."""
    inquiry = inquiry_of(desk.connection, letter.mail_list.id, token.object_id)
    if inquiry is None or token.person_id is None:
        return
    member = find_member(desk.connection, letter.mail_list, token.person_id, desk.now)
    if member is None or not member.address:
        return
    has_answered = bool(answers_by(desk.connection, inquiry.id, member.person_id))
    ours = _said_by_us(desk, letter, inquiry, member)
    read = read_answer(own_lines(letter.message), member.name, ours, has_answered=has_answered)
    outcome = _do(desk, letter, inquiry, member, read)
    if outcome:
        _tell(desk, letter, inquiry, member, outcome)


def _do(desk: Desk, letter: Letter, inquiry: Inquiry, member: Subscription, read: Read) -> str:
    """What became of the answer, "" for nothing that she need hear of."""
    connection, person_id = desk.connection, member.person_id
    if read.says is Says.OFF:
        refuse(connection, person_id, INQUIRIES, desk.now, letter.mail_list.id)
        return "off"
    if read.says is Says.WORDS:
        return _keep(desk, letter, inquiry, person_id, read.consent)
    if not answers_by(connection, inquiry.id, person_id):
        return "" if read.says is Says.WITHDRAW else "empty"
    if read.says is Says.DELETE:
        remove_answers(connection, inquiry.id, person_id)
        return "deleted"
    if read.says is Says.NOTHING:
        return "empty"
    shares = read.says is Says.SHARE
    consent(connection, inquiry.id, person_id, desk.now if shares else None)
    _note(desk, letter, inquiry, person_id, GAVE if shares else TOOK_BACK, read.consent)
    return "shared" if shares else "kept"


def _keep(desk: Desk, letter: Letter, inquiry: Inquiry, person_id: int, consented: str) -> str:
    """Her words are an entry of her journal; the asker may have this one if a line of it says so."""
    entry_id = journal.add_entry(
        desk.connection,
        person_id,
        letter.mail_list.id,
        put_content(desk.connection, letter.message.octets),
        letter.arrival.msgid,
        None,
        desk.now,
        inquiry.id,
    )
    if entry_id is None:
        return ""
    if not consented:
        return "kept"
    journal.set_consented(desk.connection, entry_id, desk.now)
    _note(desk, letter, inquiry, person_id, GAVE, consented)
    return "shared"


def _said_by_us(desk: Desk, letter: Letter, inquiry: Inquiry, member: Subscription) -> list[str]:
    """What stands in our mails to her and in no reply of hers: the greeting by her name, else what was asked."""
    if member.name:
        return [greeting(desk, member.name)]
    asked, _, _ = _asked(desk, letter, inquiry, "").partition("\n> ")
    return [asked]


def _asked(desk: Desk, letter: Letter, inquiry: Inquiry, said: str) -> str:
    values = {"asker": name_of(desk.connection, inquiry.asked_by), "day": _day(desk, letter, inquiry)}
    return wording(desk, letter.mail_list, "inquiry", letter.message, said=said, **values)


def _note(desk: Desk, letter: Letter, inquiry: Inquiry, person_id: int, act: str, said: str) -> None:
    """Her yes or no is kept: when, how, and to which words."""
    words = _asked(desk, letter, inquiry, said)
    note_consent(desk.connection, person_id, letter.mail_list.id, act, "mail", words, desk.now)


def _tell(desk: Desk, letter: Letter, inquiry: Inquiry, member: Subscription, outcome: str) -> None:
    to = desk.member(member)
    answers_to = desk.answer_address(
        letter.mail_list,
        PURPOSE,
        max(inquiry.closes_at - desk.now, timedelta()) + ANSWERS_AFTER,
        person_id=member.person_id,
        object_id=inquiry.id,
    )
    desk.send(
        "inquiry_kept",
        letter.mail_list,
        to,
        answers_to=answers_to,
        in_reply_to=letter.message.message_id,
        outcome=outcome,
        is_over=inquiry.ended or inquiry.sent_at is not None,
        asker=name_of(desk.connection, inquiry.asked_by),
        day=_day(desk, letter, inquiry, to),
        words=_standing(desk, inquiry, member.person_id) if outcome == "shared" else "",
    )


def _standing(desk: Desk, inquiry: Inquiry, person_id: int) -> str:
    """Her words that the asker may have now."""
    hers = [each for each in consented(desk.connection, inquiry) if each.person_id == person_id]
    return "\n\n".join(words_to_share(each.octets) for each in hers)


def _day(desk: Desk, letter: Letter, inquiry: Inquiry, to: Recipient | None = None) -> str:
    language = (to.language if to else "") or letter.mail_list.settings.language
    return told_day(inquiry.closes_at.astimezone(zone_of(letter.mail_list, desk.settings)).date(), language)
