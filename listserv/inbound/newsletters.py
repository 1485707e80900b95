"""A newsletter goes out by its editor's word: a test copy first, then "send", "send Tue 7am" or "stop".

    an editor's post to an announce list   waits; each editor has the copy subscribers would get, and a mail to answer
    an answer to that mail                 releases it, now or at that time in the group's zone, or ends it
    the clock                              releases what has come to its time

Promises: nothing goes out by From alone, the right is the single-purpose address; the first word that ends the waiting
wins and the other editors are told whose it was; anything else is asked back and changes nothing. A second newsletter
waits beside the first. Nothing in a copy tells whether it was opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from listserv.errors import Refused
from listserv.inbound import moderating
from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderating import HeldPost, look_at
from listserv.mail.text.answer import first_own_line, plain
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Dated
from listserv.model.calendar import Terms
from listserv.model.case import Hold, Reason
from listserv.model.lists import MailList
from listserv.store import outbox
from listserv.store.folding import fold
from listserv.store.moderation import Held, content_of, held_by_id, schedule_release, to_be_released, waiting
from listserv.store.moderators import Moderator, editor, editors
from listserv.store.people import recipient_set
from listserv.store.tokens import Token
from listserv.store.waiting import last_decision

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.inbound.judging import Judged

PURPOSE = "newsletter"
LASTS = timedelta(days=90)
LONGEST_AHEAD = timedelta(days=60)
UNCLEAR_A_DAY = 3
SAID_CHARACTERS = 200
OTHERS_NAMED = 5
_SEND = frozenset(fold(word) for word in ("send", "send it", "tuku", "tukua", "tukuna"))
_STOP = frozenset(fold(word) for word in ("stop", "stop it", "discard", "kati", "whakamutua"))
_NOW = frozenset(fold(word) for word in ("", "now", "it now", "please", "inaianei", "ināianei"))
_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}


@dataclass(frozen=True, slots=True)
class Word:
    """What an editor's answer says: to send (`at` None: now) or to stop."""

    send: bool
    at: datetime | None = None


def read_word(line: str, now: datetime, zone: ZoneInfo) -> Word | None:
    """What the line says and nothing else; None for anything that is not plain, or not ahead. Pure."""
    said = plain(line)
    if fold(said) in _STOP:
        return Word(send=False)
    if fold(said) in _SEND:
        return Word(send=True)
    first, _, rest = said.partition(" ")
    if fold(first) not in _SEND:
        return None
    if fold(rest) in _NOW:
        return Word(send=True)
    at = _moment(rest, now, zone)
    return Word(send=True, at=at) if at is not None and now < at <= now + LONGEST_AHEAD else None


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The day and hour the text names, if it says nothing beside; without terms, so that no week of one is guessed."""
    today = now.astimezone(zone).date()
    found = read_date_lines(f"Event: {text}: x", today, zone, Terms())
    if len(found) != 1 or not isinstance(found[0], Dated):
        return None
    dated = found[0]
    if dated.title != "x" or dated.hour is None or dated.end_day or dated.end_hour or dated.recurrence:
        return None
    return datetime.combine(dated.day, dated.hour, zone)


def ask_editors(desk: Desk, letter: Letter, judged: Judged) -> None:
    """Each editor has a test copy of a newsletter that has just come, and a mail that she answers."""
    if judged.held_id is None or not isinstance(judged.verdict, Hold) or judged.verdict.reason is not Reason.TO_RELEASE:
        return
    mail_list = letter.mail_list
    held = held_by_id(desk.connection, judged.held_id)
    if held is None:
        return
    found = look_at(desk.connection, held, desk.now)
    content_id = content_of(desk.connection, held.message_id)
    others = _waiting_beside(desk, mail_list, held)
    for person in editors(desk.connection, mail_list, desk.now):
        outbox.enqueue_test(desk.connection, mail_list.id, content_id, person.address, desk.now)
        _ask(desk, found, person, others=others, again=False)


def _ask(desk: Desk, found: HeldPost, person: Moderator, **values: Any) -> None:
    answers_to = desk.answer_address(
        found.mail_list, PURPOSE, LASTS, moderate=True, person_id=person.person_id, object_id=found.held.id
    )
    author = found.author
    written_by_her = author is not None and author.person_id == person.person_id
    desk.send(
        "newsletter",
        found.mail_list,
        recipient(person),
        answers_to=answers_to,
        in_reply_to=found.message.message_id,
        subject=found.message.subject,
        by="" if written_by_her else (author.name if author else "") or found.author_address,
        people=len(recipient_set(desk.connection, found.mail_list).ids),
        post_address=found.mail_list.address,
        **{"said": "", "scheduled": "", **values},
    )


def _waiting_beside(desk: Desk, mail_list: MailList, held: Held) -> list[str]:
    """Subjects of other newsletters that wait: a new one takes none of them back."""
    posts = [each for each in waiting(desk.connection, mail_list.id) if each.reason is Reason.TO_RELEASE]
    beside = [look_at(desk.connection, each, desk.now) for each in posts if each.id != held.id][:OTHERS_NAMED]
    return [each.message.subject for each in beside]


def answer(desk: Desk, letter: Letter, token: Token) -> None:
    """An editor's word about a newsletter that waits; none does in a group that is closed."""
    person = editor(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    held = held_by_id(desk.connection, token.object_id or 0)
    if person is None or held is None:
        return
    found = look_at(desk.connection, held, desk.now)
    line = first_own_line(letter.message)
    zone = zone_of(letter.mail_list, desk.settings)
    word = read_word(line, desk.now, zone)
    if held.state != "waiting" or found.mail_list.archived_at is not None:
        _too_late(desk, found, person)
    elif word is None:
        kinds = (f"newsletter-{token.id}-{number}" for number in range(UNCLEAR_A_DAY))
        if any(desk.may_answer(person.address, kind) for kind in kinds):
            at = _told(held.release_at, letter.mail_list, desk, person.language) if held.release_at else ""
            _ask(desk, found, person, others=[], again=True, said=line[:SAID_CHARACTERS], scheduled=at)
    elif word.at is not None:
        schedule_release(desk.connection, held.id, word.at)
        _tell_all(desk, found, "scheduled", by=person, at=word.at)
    else:
        _end(desk, found, person, send=word.send)


def _end(desk: Desk, found: HeldPost, person: Moderator, *, send: bool) -> None:
    count = 0
    try:
        if send:
            count = moderating.approve(desk.connection, found.held.id, desk.now, actor=person.address).recipients
        else:
            moderating.discard(desk.connection, found.held.id, desk.now, actor=person.address)
    except Refused:
        _too_late(desk, found, person)
        return
    _tell_all(desk, found, "sent" if send else "stopped", by=person, count=count)


def release_due(desk: Desk) -> int:
    """Chore: what has come to its time goes out and its editors are told; gives how many mails that took."""
    sent = 0
    for held_id in to_be_released(desk.connection, desk.now):
        held = held_by_id(desk.connection, held_id)
        if held is None:
            continue
        found = look_at(desk.connection, held, desk.now)
        try:
            count = moderating.approve(desk.connection, held_id, desk.now, actor="").recipients
        except Refused:
            continue  # another node, or an editor, was quicker
        sent += _tell_all(desk, found, "sent", count=count)
    return sent


def _tell_all(
    desk: Desk, found: HeldPost, word: str, *, by: Moderator | None = None, at: datetime | None = None, count: int = 0
) -> int:
    """Every editor knows; each goes on answering at the address she has."""
    people: Sequence[Moderator] = editors(desk.connection, found.mail_list, desk.now)
    for person in people:
        told = _told(at, found.mail_list, desk, person.language) if at else ""
        who = "" if by is None or by.person_id == person.person_id else by.name or by.address
        _send_told(desk, found, person, word, who=who, at=told, count=count)
    return len(people)


def _too_late(desk: Desk, found: HeldPost, person: Moderator) -> None:
    decision = last_decision(desk.connection, found.held)
    people = editors(desk.connection, found.mail_list, desk.now)
    actor = decision.actor if decision else ""
    who = next((each.name for each in people if each.address == actor and each.name), actor)
    word = "was_sent" if found.held.state == "approved" else "was_stopped"
    _send_told(desk, found, person, word, who=who, at="", count=0)


def _send_told(desk: Desk, found: HeldPost, person: Moderator, word: str, **values: Any) -> None:
    subject = found.message.subject or found.mail_list.title
    desk.send("newsletter_told", found.mail_list, recipient(person), word=word, subject=subject, **values)


def _told(at: datetime, mail_list: MailList, desk: Desk, language: str) -> str:
    """Tuesday 17 November 2026, 7:00 am: in the group's zone."""
    local = at.astimezone(zone_of(mail_list, desk.settings))
    locale = _LOCALES.get(language or mail_list.settings.language, "en_NZ")
    shown = "EEEE d MMMM y, h:mm a" if local.time() != time(12) else "EEEE d MMMM y, 12:mm 'pm'"
    return str(format_datetime(local, shown, locale=locale))
