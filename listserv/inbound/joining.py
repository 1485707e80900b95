"""Coming in by mail: a request to -join, its confirmation by a plain reply, an invitation, a moderated group's word.

Law: nobody is in a group whose address has not itself said so. The confirmation holds no word of whoever asked, the
SMTP answer is one and the same sentence, and each address hears of it once a day until it has said yes (`asking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from listserv.inbound import siblings
from listserv.inbound.asking import is_answered, may_write
from listserv.inbound.commands.arguments import person_name
from listserv.inbound.days import end_of_day, told_day
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.first_mail import CONFIRMED, INVITED, LET_IN, send_first_mail
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import consents, or_asked_back, said
from listserv.inbound.wording import wording
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.text.answer import first_own_line
from listserv.model.lists import JoinPolicy, MailList, Role
from listserv.store import tokens
from listserv.store.joining import Entry, admit, wait_for_proof, waiting_lists
from listserv.store.lists import is_banned, list_by_id
from listserv.store.people import language_of, person_of
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

JOIN, LET_IN_TOKEN, INVITATION = "join", "let-in", "invitation"
DECIDES = (Role.OWNER, Role.FACILITATOR, Role.MODERATOR)
INVITATION_LASTS = timedelta(days=30)
OTHERS_ASKED = 5


def request_join(desk: Desk, letter: Letter) -> None:
    """Whoever From names is asked whether she wants to join, or told what there is to tell; once a day."""
    mail_list, address = letter.mail_list, letter.author_address
    key = address_key(address) if address else ""
    if not key or is_banned(desk.connection, mail_list, key, desk.now):
        return
    if not may_write(desk, letter, address):
        wait_for_proof(desk.connection, key, mail_list.id, desk.now)
        return
    _tell(desk, mail_list, address)


def _tell(desk: Desk, mail_list: MailList, address: str) -> None:
    key = address_key(address)
    place = author_in(desk.connection, mail_list, key, desk.now)
    to = stranger(desk, address)
    if place is not None and place.id:
        desk.send("join_member", mail_list, to, **_ways(desk, mail_list))
    elif mail_list.archived_at is not None or mail_list.settings.join is JoinPolicy.INVITATION:
        desk.send("join_closed", mail_list, to, closed=mail_list.archived_at is not None)
    else:
        offered = siblings.offered(desk, mail_list, key)
        payload = {"address": address, "siblings": [each.id for each in offered]}
        answers_to = desk.answer_address(mail_list, JOIN, payload=payload)
        others = [each.title for each in offered]
        desk.send("join_confirm", mail_list, to, answers_to=answers_to, others=others, **_asked(desk, mail_list))


def confirm_join(desk: Desk, letter: Letter, token: Token) -> None:
    """The address has said yes, so she is in, or those who decide are asked; a no ends it.

    One yes can be for several groups: "all", or the numbers of those that were offered.
    """
    mail_list, address = letter.mail_list, str(token.payload["address"])
    if not _agrees(desk, letter, token, address):
        return
    is_answered(desk, address)
    offered = [list_by_id(desk.connection, list_id) for list_id in token.payload.get("siblings", ())]
    others = [each.title for each in offered]
    words = wording(desk, mail_list, "join_confirm", letter.message, others=others, **_asked(desk, mail_list))
    entry = Entry("mail", words, _own_name(letter, address))
    _come_in(desk, mail_list, address, entry, token.id)
    for sibling in siblings.chosen(first_own_line(letter.message), offered):
        if siblings.is_open(desk, sibling, address_key(address)):
            _come_in(desk, sibling, address, entry, siblings.question_about(desk, sibling))
    asked_too = waiting_lists(desk.connection, address_key(address), desk.now)
    for other in [each for each in asked_too if each.id != mail_list.id][:OTHERS_ASKED]:
        _tell(desk, other, address)


def _agrees(desk: Desk, letter: Letter, token: Token, address: str) -> bool:
    """Whether the address has now said yes for the first time, and may come in."""
    agreed = or_asked_back(desk, letter, token, stranger(desk, address), consents(letter.message))
    if agreed is None or not tokens.use(desk.connection, token, desk.now):
        return False
    return agreed and not is_banned(desk.connection, letter.mail_list, address_key(address), desk.now)


def _come_in(desk: Desk, mail_list: MailList, address: str, entry: Entry, question: int) -> None:
    """She is in, or those who decide are asked; `question` is the number their answers are about."""
    if mail_list.settings.join is JoinPolicy.OPEN:
        _let_in(desk, mail_list, address, entry, CONFIRMED)
    else:
        _ask_keepers(desk, mail_list, address, entry, question)


def _let_in(desk: Desk, mail_list: MailList, address: str, entry: Entry, came: str) -> None:
    if mail_list.archived_at is not None:
        desk.send("join_closed", mail_list, stranger(desk, address), closed=True)
        return
    place = admit(desk.connection, mail_list, address, entry, desk.now)
    if place is None:
        desk.send("join_member", mail_list, stranger(desk, address), **_ways(desk, mail_list))
    else:
        send_first_mail(desk, mail_list, place, came)


def _ask_keepers(desk: Desk, mail_list: MailList, address: str, entry: Entry, question: int) -> None:
    """Each of those who decide gets an address of her own to answer to; the first answer decides.

    Until then they are asked about one address once a day, however often it asks and confirms.
    """
    payload = {"address": address, "name": entry.name, "wording": entry.wording}
    keepers = desk.in_charge(mail_list, DECIDES)
    for keeper in keepers if desk.may_answer(address, _about(mail_list)) else ():
        answers_to = desk.answer_address(
            mail_list, LET_IN_TOKEN, moderate=True, object_id=question, payload=payload | {"keeper": keeper.address}
        )
        desk.send(
            "join_request", mail_list, keeper, answers_to=answers_to, again=False, who=entry.name, address=address
        )
    desk.send("join_waiting", mail_list, stranger(desk, address), asked=bool(keepers))


def _about(mail_list: MailList) -> str:
    """What the question to those who decide is counted as, of each address."""
    return f"{LET_IN_TOKEN}:{mail_list.id}"


def decide_join(desk: Desk, letter: Letter, token: Token) -> None:
    """A yes lets her in, a no does not; the others who were asked hear of it. Else it is asked back, once a day.

    Who decides there no more since she was asked changes nothing. Who was banned since she asked stays out, whatever
    is said; all who were asked hear it, she does not.
    """
    mail_list, payload = letter.mail_list, token.payload
    if not desk.still_holds(mail_list, payload["keeper"], (*DECIDES, Role.ADMINISTRATOR)):
        return
    answer = said(first_own_line(letter.message))
    who = {"who": payload["name"], "address": payload["address"]}
    asked = desk.in_charge(mail_list, DECIDES)
    keeper = next((each for each in asked if each.address == payload["keeper"]), Recipient(payload["keeper"]))
    if answer is None:
        if desk.may_answer(keeper.address, f"asked-back:{LET_IN_TOKEN}:{token.object_id}"):
            answers_to = desk.answer_address(
                mail_list, LET_IN_TOKEN, moderate=True, object_id=token.object_id, payload=payload
            )
            desk.send("join_request", mail_list, keeper, answers_to=answers_to, again=True, **who)
        return
    tokens.use(desk.connection, token, desk.now)
    tokens.withdraw(desk.connection, LET_IN_TOKEN, desk.now, object_id=token.object_id)
    is_answered(desk, payload["address"], _about(mail_list))
    banned = is_banned(desk.connection, mail_list, address_key(payload["address"]), desk.now)
    if answer and not banned:
        entry = Entry("mail, let in", payload["wording"], payload["name"])
        _let_in(desk, mail_list, payload["address"], entry, LET_IN)
    elif not banned:
        desk.send("join_declined", mail_list, stranger(desk, payload["address"]))
    told = {"by": keeper.name or keeper.address, "let_in": answer, "banned": banned, **who}
    for other in {each.address: each for each in (keeper, *asked)}.values():
        if banned or other.address != keeper.address:
            desk.send("join_decided", mail_list, other, **told)


def invite(
    desk: Desk,
    mail_list: MailList,
    address: str,
    *,
    name: str = "",
    by: str = "",
    until: str = "",
    host_id: int | None = None,
) -> bool:
    """An invitation is on its way; False if the address is a member's already, or was asked today.

    `until` is a guest's last day, 2027-01-31, "" for a member.
    """
    key = address_key(address)
    place = author_in(desk.connection, mail_list, key, desk.now)
    if (place is not None and place.id) or not desk.may_answer(address, f"invitation:{mail_list.id}"):
        return False
    payload = {"address": address, "name": name, "by": by, "until": until, "host_id": host_id}
    answers_to = desk.answer_address(mail_list, INVITATION, INVITATION_LASTS, payload=payload)
    to = stranger(desk, address)
    desk.send(
        "invitation",
        mail_list,
        Recipient(to.address, name, to.language),
        answers_to=answers_to,
        **_invited(desk, mail_list, payload, to.language),
    )
    return True


def accept_invitation(desk: Desk, letter: Letter, token: Token) -> None:
    """Whoever was invited has answered: she is in, whatever `join` says, unless it was a no."""
    mail_list, payload = letter.mail_list, token.payload
    if not _agrees(desk, letter, token, str(payload["address"])):
        return
    words = wording(desk, mail_list, "invitation", letter.message, **_invited(desk, mail_list, payload, ""))
    entry = Entry(
        "mail, invited",
        words,
        payload["name"] or _own_name(letter, payload["address"]),
        _end(desk, mail_list, payload["until"]),
        payload["host_id"],
    )
    _let_in(desk, mail_list, payload["address"], entry, INVITED)


def _invited(desk: Desk, mail_list: MailList, payload: Mapping[str, Any], language: str) -> dict[str, Any]:
    until = payload["until"]
    last = told_day(date.fromisoformat(until), language or mail_list.settings.language) if until else ""
    return {"by": payload["by"], "until": last, **_asked(desk, mail_list)}


def _end(desk: Desk, mail_list: MailList, until: str) -> datetime | None:
    return end_of_day(date.fromisoformat(until), mail_list, desk.settings) if until else None


def stranger(desk: Desk, address: str) -> Recipient:
    """Somebody of whom nothing is proven: her address, and the language she chose if we know her; never a name."""
    person_id = person_of(desk.connection, address_key(address))
    return Recipient(address, "", language_of(desk.connection, person_id) if person_id is not None else "")


def _own_name(letter: Letter, address: str) -> str:
    """What the confirming mail says its author is called, if it came from that address."""
    author = letter.message.author
    if author is None or address_key(author.address) != address_key(address):
        return ""
    return person_name(author.name, letter.arrival.now.date()) or ""


def _asked(desk: Desk, mail_list: MailList) -> dict[str, Any]:
    return {
        "description": mail_list.description,
        "site": desk.settings.site.name,
        "private": desk.is_private(mail_list),
    }


def _ways(desk: Desk, mail_list: MailList) -> dict[str, Any]:
    addresses = desk.addresses(mail_list)
    return {"post_address": addresses.of(Purpose.POST), "request_address": addresses.of(Purpose.REQUEST)}
