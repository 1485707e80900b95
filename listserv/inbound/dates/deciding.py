"""The facilitators' word about a date that was proposed: the first yes publishes it, the first no ends it.

Promises: the right is the single-purpose address, and its holder must still look after the group; whoever comes second
is told what was decided; who proposed it and the other facilitators hear of it once. Anything but a yes or a no is
asked back and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from listserv.inbound.dates.telling import told_dates
from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, Recipient, recipient
from listserv.inbound.people.answers import or_asked_back, said
from listserv.mail.listaddress import Purpose
from listserv.mail.text.answer import first_own_line
from listserv.model.calendar import Deadline
from listserv.model.lists import MailList, Role
from listserv.store.deadlines import dates_named, decline_dates, publish_dates
from listserv.store.lists import list_by_id, lists_of_network
from listserv.store.moderators import Moderator, editor, editors
from listserv.store.schedule import claim_run
from listserv.store.tokens import Token, issued_before

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "dates-decide"
LASTS = timedelta(days=90)
NUDGE_AFTER = timedelta(days=3)


def facilitators(desk: Desk, mail_list: MailList) -> list[Moderator]:
    """Who is asked about dates: the facilitators who are there, else everybody who looks after the group."""
    everybody = editors(desk.connection, mail_list, desk.now)
    there = [each for each in everybody if not each.away] or everybody
    found = [each for each in there if Role.FACILITATOR in each.roles] or there
    postmaster = desk.settings.site.postmaster
    return found or ([Moderator(None, "", postmaster, "", frozenset())] if postmaster else [])


def ask_facilitators(desk: Desk, letter: Letter, by: Recipient, dates: Sequence[Deadline]) -> None:
    """Each facilitator has the proposal, and its author knows that it waits."""
    mail_list = letter.mail_list
    for person in facilitators(desk, mail_list):
        _ask(desk, mail_list, person, by, dates)
    _tell(desk, mail_list, by, "proposed", dates, in_reply_to=letter.message.message_id)


def _ask(desk: Desk, mail_list: MailList, person: Moderator, by: Recipient, dates: Sequence[Deadline]) -> None:
    to = recipient(person)
    payload = {
        "ids": [each.id for each in dates],
        "by": [by.address, by.name, by.language],
        "address": person.address,
    }
    answers_to = desk.answer_address(
        mail_list, PURPOSE, LASTS, moderate=True, person_id=person.person_id, payload=payload
    )
    shown = told_dates(desk, mail_list, to, dates)
    desk.send("dates_decide", mail_list, to, answers_to=answers_to, who=by.name, address=by.address, dates=shown)


def look_after_proposals(desk: Desk) -> int:
    """Chore: after three days without a word each facilitator is asked once more; a day that came undecided is told."""
    sent = 0
    for token in issued_before(desk.connection, PURPOSE, desk.now - NUDGE_AFTER, desk.now):
        mail_list = list_by_id(desk.connection, token.list_id)
        today = desk.now.astimezone(zone_of(mail_list, desk.settings)).date()
        found = dates_named(desk.connection, mail_list.id, [int(each) for each in token.payload["ids"]])
        waiting = [each for each in found if each.proposed and not each.removed]
        by = Recipient(*token.payload["by"])
        if waiting and all((each.end_day or each.day) < today for each in waiting):
            # Another node may have ended some of them since they were read.
            ended = decline_dates(desk.connection, mail_list.id, [each.id for each in waiting], desk.now)
            if ended:
                _tell(desk, mail_list, by, "undecided", ended)
                sent += 1
        elif waiting:
            sent += _nudge(desk, mail_list, token, by, waiting)
    return sent


def _nudge(desk: Desk, mail_list: MailList, token: Token, by: Recipient, dates: Sequence[Deadline]) -> int:
    person = _holder(desk, mail_list, token)
    if person is None or not claim_run(
        desk.connection, "date-nudge", dates[0].id, str(token.person_id or ""), desk.now
    ):
        return 0
    _ask(desk, mail_list, person, by, dates)
    return 1


def tell_published(desk: Desk, letter: Letter, by: Recipient, dates: Sequence[Deadline]) -> None:
    """A facilitator's own dates stand in the calendar: she is shown how, the others hear of it, each once."""
    _tell(desk, letter.mail_list, by, "published", dates, in_reply_to=letter.message.message_id)
    told = {by.address}
    network = dates[0].network_id
    others = [] if network is None else lists_of_network(desk.connection, network)
    groups = [each for each in others if each.archived_at is None and each.id != letter.mail_list.id]
    for mail_list in (letter.mail_list, *groups):
        for person in facilitators(desk, mail_list):
            if person.address not in told:
                _tell(desk, mail_list, recipient(person), "published_by", dates, who=by.name or by.address)
                told.add(person.address)


def decide(desk: Desk, letter: Letter, token: Token) -> None:
    """A facilitator's answer to a proposal."""
    mail_list = letter.mail_list
    person = _holder(desk, mail_list, token)
    if person is None:
        return
    ids = [int(each) for each in token.payload["ids"]]
    agreed = or_asked_back(desk, letter, token, recipient(person), said(first_own_line(letter.message)))
    if agreed is None:
        return
    settle = publish_dates if agreed else decline_dates
    settled = settle(desk.connection, mail_list.id, ids, desk.now)
    if not settled:
        _too_late(desk, mail_list, person, ids)
        return
    by = Recipient(*token.payload["by"])
    _tell(desk, mail_list, by, "accepted" if agreed else "declined", settled)
    _tell(desk, mail_list, recipient(person), "published" if agreed else "was_declined", settled)
    for each in facilitators(desk, mail_list):
        if each.address != person.address:
            word = "published_by" if agreed else "declined_by"
            _tell(desk, mail_list, recipient(each), word, settled, who=person.name or person.address)


def _too_late(desk: Desk, mail_list: MailList, person: Moderator, ids: Sequence[int]) -> None:
    found = dates_named(desk.connection, mail_list.id, ids)
    standing = [each for each in found if not each.removed]
    if found:
        _tell(desk, mail_list, recipient(person), "was_published" if standing else "was_declined", standing or found)


def _holder(desk: Desk, mail_list: MailList, token: Token) -> Moderator | None:
    """Whose address it is, if she still looks after the group; the postmaster's where nobody did, while it is hers."""
    if token.person_id is None:
        address = str(token.payload["address"])
        return Moderator(None, "", address, "", frozenset()) if desk.is_postmaster(address) else None
    return editor(desk.connection, mail_list, token.person_id, desk.now)


def _tell(
    desk: Desk,
    mail_list: MailList,
    to: Recipient,
    word: str,
    dates: Sequence[Deadline],
    *,
    who: str = "",
    in_reply_to: str | None = None,
) -> None:
    desk.send(
        "dates_said",
        mail_list,
        to,
        in_reply_to=in_reply_to,
        word=word,
        who=who,
        dates=told_dates(desk, mail_list, to, dates),
        request_address=desk.addresses(mail_list).of(Purpose.REQUEST),
    )
