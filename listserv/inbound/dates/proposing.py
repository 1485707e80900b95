"""Dates that somebody writes: asked back at her own address, proposed or published by her answer.

    a mail to -request with such lines        its From is asked, at the address we know: is this what you mean?
    her answer "yes", numbers, a line         proposes it to the facilitators; a facilitator's publishes it
    a mail to an address that proves who      does the same at once, where every line is clear

Promises: From authorises nothing, and until its owner has answered nobody is told the words of the mail; a line that
is not clear is never acted on; whatever cannot be read is asked back or reaches the people of the group. A date of one
school needs a school that members are at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from listserv.config.terms import load_terms
from listserv.inbound.asking import may_write_some
from listserv.inbound.dates import deciding
from listserv.inbound.dates.reading import (
    Draft,
    chosen,
    completed,
    corrected,
    read_back,
    read_draft,
    without_quotations,
    written,
)
from listserv.inbound.dates.telling import asked, distances, new_dates, shown
from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import said
from listserv.mail.address import address_key
from listserv.mail.text.answer import first_own_line
from listserv.model.calendar import Deadline, Terms
from listserv.model.lists import MailList
from listserv.store import tokens
from listserv.store.deadlines import add_dates, schools_of
from listserv.store.folding import fold
from listserv.store.lists import is_banned, network_title
from listserv.store.moderators import editor
from listserv.store.owners import holds_in_network
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "dates"
LASTS = timedelta(days=30)
ASKED_A_DAY = 10
FACILITATORS_A_DAY = 20
_FOR_ALL = frozenset(fold(word) for word in ("all", "everybody", "everyone", "all schools", "katoa"))


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: `person_id` is None for somebody we do not know. `proven`: this letter itself proves it."""

    to: Recipient
    person_id: int | None = None
    proven: bool = False


def propose(desk: Desk, letter: Letter) -> bool:
    """Whether the letter to -request was about dates; then its author has been asked at her own address."""
    draft = _read(desk, letter)
    if not draft.lines or letter.mail_list.archived_at is not None:
        return False
    author = _author(desk, letter)
    if author is None:
        return True
    if _may_ask(desk, letter, author):
        _ask(desk, letter, author, _of_school(desk, letter.mail_list, draft), again=False)
    else:
        forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
    return True


def _may_ask(desk: Desk, letter: Letter, author: Author) -> bool:
    """Five letters a day; twenty of one who looks after the group and writes a term's dates."""
    if author.person_id is None or editor(desk.connection, letter.mail_list, author.person_id, desk.now) is None:
        return may_write_some(desk, letter, author.to.address, PURPOSE)
    return any(desk.may_answer(author.to.address, f"{PURPOSE}:{number}") for number in range(FACILITATORS_A_DAY))


def take(desk: Desk, letter: Letter, person_id: int, to: Recipient) -> bool:
    """Whether a letter that proves whose it is was about dates; what is clear in it is done, the rest asked back."""
    draft = _read(desk, letter)
    if not draft.lines or letter.mail_list.archived_at is not None:
        return False
    _go_on(desk, letter, Author(to, person_id, proven=True), _of_school(desk, letter.mail_list, draft))
    return True


def answer(desk: Desk, letter: Letter, token: Token) -> None:
    """What the author answered: yes, no, the numbers of readings, or lines that are clearer."""
    values = token.payload
    author = Author(Recipient(values["address"], values["name"], values["language"]), token.person_id, proven=True)
    draft = read_back(values)
    line = first_own_line(letter.message)
    agreed = said(line)
    newer = _read(desk, letter)
    picked = chosen(draft, line)
    if agreed is not None or picked is not None:
        newer = without_quotations(draft, newer)
    if newer != Draft(more=newer.more):
        _use(desk, token)
        _go_on(desk, letter, author, _of_school(desk, letter.mail_list, corrected(picked or draft, newer)))
    elif agreed is False:
        _use(desk, token)
    elif picked is not None:
        _use(desk, token)
        _go_on(desk, letter, author, picked)
    elif agreed and draft.clear and not _unknown(desk, letter.mail_list, draft):
        _use(desk, token)
        _go_on(desk, letter, author, replace(draft, unread=""))
    else:
        _not_understood(desk, letter, author, draft, line)


def _use(desk: Desk, token: Token) -> None:
    tokens.use(desk.connection, token, desk.now)


def _not_understood(desk: Desk, letter: Letter, author: Author, draft: Draft, line: str) -> None:
    """Asked once more; with a day that fits the one open line it is shown so, and done by her yes."""
    filled = completed(draft, line, *_days(desk, letter.mail_list))
    if any(desk.may_answer(author.to.address, f"dates-again:{number}") for number in range(ASKED_A_DAY)):
        _ask(desk, letter, author, filled or draft, again=filled is None)
    else:
        forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)


def _go_on(desk: Desk, letter: Letter, author: Author, draft: Draft) -> None:
    """What is clear is written down, what is not is asked back.

    Nothing is where it is of a school nobody is at, for groups she does not run, or with reminders nobody can read.
    """
    elsewhere = draft.everywhere and not _may_everywhere(desk, letter.mail_list, author)
    if _unknown(desk, letter.mail_list, draft) or elsewhere or draft.unread:
        _ask(desk, letter, author, draft, again=False)
        return
    if draft.clear:
        _write_down(desk, letter, author, draft)
    if draft.unclear:
        _ask(desk, letter, author, replace(draft, lines=draft.unclear, more=0), again=False)


def _write_down(desk: Desk, letter: Letter, author: Author, draft: Draft) -> None:
    mail_list = letter.mail_list
    zone = zone_of(mail_list, desk.settings)
    person = editor(desk.connection, mail_list, author.person_id, desk.now) if author.person_id is not None else None
    made: list[Deadline] = []
    for dated in draft.clear:
        made += add_dates(
            desk.connection,
            mail_list.id,
            new_dates(dated, zone, draft.school),
            desk.now,
            distances=distances(dated) if draft.remind is None else draft.remind,
            created_by=author.person_id,
            proposed=person is None,
            network_id=_network(mail_list, draft),
        )
    if person is None:
        deciding.ask_facilitators(desk, letter, author.to, made)
    else:
        deciding.tell_published(desk, letter, author.to, made)


def _ask(desk: Desk, letter: Letter, author: Author, draft: Draft, *, again: bool) -> None:
    """The dates as they were understood, and the lines that are not clear; her answer comes to a token address."""
    mail_list, to = letter.mail_list, author.to
    only_here = draft.everywhere and not _may_everywhere(desk, mail_list, author)
    draft = replace(draft, everywhere=draft.everywhere and not only_here)
    zone = zone_of(mail_list, desk.settings)
    language = to.language or mail_list.settings.language
    payload = {**written(draft), "address": to.address, "name": to.name, "language": to.language}
    with_words = author.proven or letter.arrival.vouched
    unknown = _unknown(desk, mail_list, draft)
    person = editor(desk.connection, mail_list, author.person_id, desk.now) if author.person_id is not None else None
    desk.send(
        "dates_ask",
        mail_list,
        to,
        answers_to=desk.answer_address(mail_list, PURPOSE, LASTS, person_id=author.person_id, payload=payload),
        in_reply_to=letter.message.message_id,
        again=again,
        hidden=not with_words,
        clear=[shown(line, zone, language, with_words=with_words) for line in draft.clear],
        unclear=asked(draft.unclear, zone, language, with_words=with_words),
        more=draft.more,
        school=draft.school if with_words or not unknown else "",
        unknown=unknown,
        schools=_schools(desk, mail_list, draft) if unknown and author.person_id is not None else [],
        publishes=person is not None,
        network=network_title(desk.connection, mail_list.network_id) if draft.everywhere or only_here else "",
        only_here=only_here,
        remind=draft.remind,
        unread=draft.unread if with_words else "",
        unreadable=bool(draft.unread),
    )


def _read(desk: Desk, letter: Letter) -> Draft:
    return read_draft(letter.message, *_days(desk, letter.mail_list))


def _days(desk: Desk, mail_list: MailList) -> tuple[date, ZoneInfo, Terms]:
    zone = zone_of(mail_list, desk.settings)
    return desk.now.astimezone(zone).date(), zone, load_terms(desk.settings.calendar.terms)


def _of_school(desk: Desk, mail_list: MailList, draft: Draft) -> Draft:
    """The draft with the school in the spelling its members have; "all" is none."""
    if fold(draft.school) in _FOR_ALL:
        return replace(draft, school="")
    known = {fold(school): school for school in _schools(desk, mail_list, draft)} if draft.school else {}
    return replace(draft, school=known.get(fold(draft.school), draft.school))


def _unknown(desk: Desk, mail_list: MailList, draft: Draft) -> bool:
    """Whether the school named is one that no member is at."""
    return bool(draft.school) and draft.school not in _schools(desk, mail_list, draft)


def _schools(desk: Desk, mail_list: MailList, draft: Draft) -> list[str]:
    return schools_of(desk.connection, mail_list.id, _network(mail_list, draft))


def _network(mail_list: MailList, draft: Draft) -> int | None:
    """The network whose groups all get the dates, None for this group alone."""
    return mail_list.network_id if draft.everywhere else None


def _may_everywhere(desk: Desk, mail_list: MailList, author: Author) -> bool:
    """Whether she runs the whole network, so that her dates may stand in all its groups."""
    return author.person_id is not None and holds_in_network(desk.connection, mail_list.network_id, author.person_id)


def _author(desk: Desk, letter: Letter) -> Author | None:
    """Whom From names, at the address we know of her; None where nobody is named, or it is somebody banned."""
    address = letter.author_address
    key = address_key(address) if address else ""
    if not key or is_banned(desk.connection, letter.mail_list, key, desk.now):
        return None
    place = author_in(desk.connection, letter.mail_list, key, desk.now)
    if place is None:
        return Author(stranger(desk, address))
    to = desk.member(place)
    return Author(to, place.person_id) if to.address else None
