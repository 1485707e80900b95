"""A moderator has something taken down by mail: she asks, we show her what it would be, her yes does it.

    to -request   take down 412                      a post, by its number or link, or by answering it
                  take down 412 part: class.jpg      one attachment
                  take down 412 words: Tama Smith    words, wherever they are said or quoted

Law: From never authorises: the question goes to the moderator's known address and her answer to a token. The author
is told; the person who complained is not named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from listserv.errors import NotFound, Refused
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import decided
from listserv.inbound.takeback.removing import (
    TAKE_DOWN,
    WORDS_CHARACTERS,
    Removed,
    attachments,
    day_of,
    find_post,
    others_with,
    remove_part,
    remove_post,
    remove_words,
    says,
)
from listserv.mail.address import address_key
from listserv.mail.parse import Message
from listserv.mail.subject import base_subject
from listserv.mail.text.answer import own_lines
from listserv.model.lists import MODERATING, MailList
from listserv.store import takedowns, tokens
from listserv.store.moderators import Moderator, editor
from listserv.store.people import find_member
from listserv.store.takedowns import Filed
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

LINES = 12
QUESTIONS_A_DAY = 20
_ORDER = re.compile(r"(?:please |koa )?(?:take ?down|tangohia(?: te karere)?)\b[ :#]{0,3}", re.IGNORECASE)
_LINK = re.compile(r"/posts/([0-9]{1,12})\b|\A#?([0-9]{1,12})\b")
_PART = re.compile(r"\b(?:part|attachment|file|kōnae)[ ]?:[ ]?(.{1,200})", re.IGNORECASE)
_WORDS = re.compile(r"\b(?:words|kupu)[ ]?:[ ]?(.{1,500})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """What a moderator wrote; `post_id` is None where she named none. At most one of `part` and `words` counts."""

    post_id: int | None = None
    part: str = ""
    words: str = ""


def read_order(message: Message) -> Order | None:
    """The order in the mail's own lines, else in its subject; None if there is none."""
    lines = own_lines(message)[:LINES] or [base_subject(message.subject).text]
    start = next((at for at, line in enumerate(lines) if _ORDER.match(line)), None)
    if start is None:
        return None
    first = lines[start][_ORDER.match(lines[start]).end() :]  # type: ignore[union-attr]
    named = _LINK.search(first)
    text = [first, *lines[start + 1 :]]
    return Order(int(named[1] or named[2]) if named else None, _first(_PART, text), _first(_WORDS, text))


def read_argument(text: str, _today: date) -> str:
    """Whatever follows "take down" is looked at with the whole mail (`read_order`)."""
    return text


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    found = next((match for line in lines if (match := pattern.search(line))), None)
    return found[1].strip(" \"'“”‘’") if found else ""


def request_removal(desk: Desk, letter: Letter) -> None:
    """The wish in a mail to -request: a moderator is asked back; anybody else's is read by the people of the group."""
    person_id = writer(desk, letter)
    order = read_order(letter.message) or Order()
    named = order.post_id or takedowns.latest_named(desk.connection, letter.mail_list.id, letter.message.references)
    found = takedowns.filed_posts(desk.connection, [named]) if named is not None else []
    post = found[0] if found and found[0].list_id == letter.mail_list.id else None
    if person_id is None or not ask_moderator(desk, letter.mail_list, person_id, post, order):
        forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)


def ask_moderator(
    desk: Desk, mail_list: MailList, person_id: int, post: Filed | None, order: Order | None = None
) -> bool:
    """A moderator is shown at her known address what would be taken down; False if she is none."""
    moderator = _moderator(desk, mail_list, person_id)
    if moderator is None:
        return False
    if _may_ask(desk, moderator):
        to, order = _recipient(moderator), order or Order()
        gone = post is not None and post.taken_down_at is not None
        payload = _payload(post, order) if post is not None and not gone else None
        if post is None or payload is None:
            desk.send("take_down_unclear", mail_list, to, gone=gone)
        else:
            _ask(desk, mail_list, person_id, to, post, order, payload)
    return True


def _payload(post: Filed, order: Order) -> dict[str, Any] | None:
    """What exactly is to go, None where the post does not have it."""
    part = _part_named(post, order.part) if order.part else None
    words = order.words[:WORDS_CHARACTERS] if part is None else ""
    if (order.part and part is None) or (words and not says(post, words)):
        return None
    return {"part": part, "words": words}


def _ask(
    desk: Desk,
    mail_list: MailList,
    person_id: int,
    to: Recipient,
    post: Filed,
    order: Order,
    payload: dict[str, Any],
) -> None:
    answers_to = desk.answer_address(
        mail_list, TAKE_DOWN, moderate=True, person_id=person_id, object_id=post.id, payload=payload
    )
    desk.send(
        "take_down_question",
        mail_list,
        to,
        answers_to=answers_to,
        in_reply_to=post.node,
        post_id=post.id,
        author=post.author_name or post.author_address,
        title=post.subject,
        day=day_of(desk, mail_list, post, to.language),
        others=others_with(desk, post),
        part=order.part if payload["part"] is not None else "",
        words=payload["words"],
    )


def answer_removal(desk: Desk, letter: Letter, token: Token) -> None:
    """Her yes takes it down, and she and the author are told."""
    moderator = _moderator(desk, letter.mail_list, token.person_id or 0)
    if moderator is None:
        return
    to = _recipient(moderator)
    agreed = decided(desk, letter, token, to)
    if agreed is None or not tokens.use(desk.connection, token, desk.now) or not agreed:
        return
    try:
        removed = _remove(desk, token.object_id or 0, token.payload, moderator.address)
    except (NotFound, Refused):
        desk.send("take_down_unclear", letter.mail_list, to, gone=True)
        return
    desk.send(
        "take_down_done",
        removed.mail_list,
        to,
        day=day_of(desk, removed.mail_list, removed.post, to.language),
        kind=removed.kind,
        post_id=removed.post.id,
        others=removed.others,
        changed=removed.changed,
        told=tell_author(desk, removed),
    )


def _remove(desk: Desk, post_id: int, payload: Any, actor: str) -> Removed:
    find_post(desk, post_id)
    if payload.get("part") is not None:
        return remove_part(desk, post_id, payload["part"], actor)
    if payload.get("words"):
        return remove_words(desk, post_id, payload["words"], actor)
    return remove_post(desk, post_id, "post", actor)


def tell_author(desk: Desk, removed: Removed) -> bool:
    """The author, if she is a member, hears what was done and whom to ask; True if there was somebody to tell."""
    post = removed.post
    author = (
        find_member(desk.connection, removed.mail_list, post.person_id, desk.now)
        if post.person_id is not None
        else None
    )
    if author is None or not author.address:
        return False
    to = desk.member(author)
    day = day_of(desk, removed.mail_list, post, to.language)
    desk.send("taken_down", removed.mail_list, to, in_reply_to=post.node, day=day, kind=removed.kind)
    return True


def _part_named(post: Filed, name: str) -> int | None:
    """The attachment of that name, or the number it has in the order of the mail."""
    there = attachments(post)
    wanted = name.casefold()
    if name.isdecimal() and 0 < int(name) <= len(there):
        return there[int(name) - 1].part_index
    return next((each.part_index for each in there if each.filename.casefold() == wanted), None)


def _may_ask(desk: Desk, moderator: Moderator) -> bool:
    return any(desk.may_answer(moderator.address, f"take-down:{number}") for number in range(QUESTIONS_A_DAY))


def _moderator(desk: Desk, mail_list: MailList, person_id: int) -> Moderator | None:
    found = editor(desk.connection, mail_list, person_id, desk.now)
    return found if found is not None and found.roles & MODERATING else None


def _recipient(moderator: Moderator) -> Recipient:
    return Recipient(moderator.address, moderator.name, moderator.language)


def writer(desk: Desk, letter: Letter) -> int | None:
    """Whom From names among the members; a check, no proof."""
    key = address_key(letter.author_address) if letter.author_address else ""
    member = author_in(desk.connection, letter.mail_list, key, desk.now)
    return None if member is None else member.person_id
