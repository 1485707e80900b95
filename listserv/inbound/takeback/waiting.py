"""A post that still waits for a moderator is taken back by its author.

She is asked at her known address, as From proves nothing, and her yes ends it. Its words go from what is kept and from
the mail that asked the moderators.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from listserv.errors import Refused
from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk
from listserv.inbound.people.answers import decided
from listserv.inbound.takeback.removing import clean_letters, named, stub_of, stub_text
from listserv.mail.address import address_key
from listserv.mail.parse import Message, parse
from listserv.mail.removal import Removal, phrase, quotations
from listserv.mail.subject import base_subject
from listserv.mail.text.asks import ask_of
from listserv.mail.text.body import body
from listserv.model.case import Ask
from listserv.model.lists import MailList, Subscription
from listserv.store import moderation, takedowns, tokens
from listserv.store.moderation import Held
from listserv.store.people import find_member
from listserv.store.schedule import claim_run
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "withdraw-waiting"
LATELY = timedelta(days=14)


def ask_about_waiting(desk: Desk, letter: Letter, member: Subscription) -> bool:
    """True if a post of hers waits and is the one meant: she is asked, once a post."""
    held = _meant(desk, letter)
    if held is None:
        return False
    if member.address and claim_run(desk.connection, PURPOSE, held.id, "1", desk.now):
        mail_list = letter.mail_list
        to = desk.member(member)
        desk.send(
            "withdraw_question",
            mail_list,
            to,
            answers_to=desk.answer_address(mail_list, PURPOSE, person_id=member.person_id, object_id=held.id),
            in_reply_to=parse(held.octets).message_id,
            day=_day(desk, mail_list, held, to.language),
            waits=True,
        )
    return True


def answer_waiting(desk: Desk, letter: Letter, token: Token) -> None:
    """Her yes ends the waiting post, unless a moderator was quicker; her no leaves it to them."""
    mail_list = letter.mail_list
    author = find_member(desk.connection, mail_list, token.person_id or 0, desk.now)
    if author is None or not author.address:
        return
    to = desk.member(author)
    agreed = True if ask_of(letter.message) is Ask.WITHDRAW else decided(desk, letter, token, to)
    if agreed is None or not tokens.use(desk.connection, token, desk.now) or not agreed:
        return
    try:
        held = moderation.claim_held(desk.connection, token.object_id or 0, "withdrawn", desk.now)
    except Refused:
        return
    remove_waiting(desk, mail_list, held)
    desk.send("withdrawn", mail_list, to, day=_day(desk, mail_list, held, to.language), others=0)


def remove_waiting(desk: Desk, mail_list: MailList, held: Held) -> None:
    """Nothing of a held post that was ended is left but that there was one."""
    message = parse(held.octets)
    node = message.message_id or ""
    stub = stub_text(desk, mail_list, "withdrawn")
    title = base_subject(message.subject).text
    removal = Removal(stub, quotations(body(message).text), phrase(title), messages=frozenset({node} - {""}))
    content_id = takedowns.content_alone(desk.connection, held.message_id, held.id)
    if content_id is not None:
        octets = stub_of(mail_list, held.octets, node or f"held-{held.id}@{mail_list.domain}", held.held_at, stub)
        takedowns.rewrite(desk.connection, content_id, octets)
    clean_letters(desk, mail_list.id, held.held_at, removal, [named(node)] if node else [])
    takedowns.log_takedown(desk.connection, mail_list.id, None, "withdrawn", "author", "", desk.now)
    moderation.log_decision(
        desk.connection, mail_list.id, held.message_id, "withdraw", "withdrawn", desk.now, actor="author"
    )


def _meant(desk: Desk, letter: Letter) -> Held | None:
    """The waiting post that is answered; else, where nothing is, the newest of hers."""
    key = address_key(letter.author_address)
    there = [
        (held, parse(held.octets))
        for held in moderation.waiting(desk.connection, letter.mail_list.id)
        if held.held_at >= desk.now - LATELY
    ]
    hers = [(held, message) for held, message in there if _key(message) == key]
    references = letter.message.references
    if references:
        return next((held for held, message in reversed(hers) if message.message_id in references), None)
    return hers[-1][0] if hers else None


def _key(message: Message) -> str:
    return address_key(message.author.address) if message.author else ""


def _day(desk: Desk, mail_list: MailList, held: Held, language: str) -> str:
    at = held.held_at.astimezone(zone_of(mail_list, desk.settings))
    return f"{told_day(at.date(), language or mail_list.settings.language)}, {at:%H:%M}"
