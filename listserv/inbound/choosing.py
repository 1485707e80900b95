"""Following and muting one conversation by a reply of one word, whatever one gets of the rest of the group.

Promises: From proves nothing. Where a server we believe vouches for it the choice is made and its maker hears so; else
she is asked at her known address, once a day and conversation, and any answer but a no makes it. The address that a
mail about a choice is answered at is hers alone, so an answer there needs no further proof. Strangers hear nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.asking import may_write
from listserv.inbound.desk import Desk
from listserv.inbound.digest_answers import placed
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.judging import author_in
from listserv.inbound.people.answers import consents, or_asked_back
from listserv.mail.address import address_key
from listserv.mail.subject import base_subject, without_marks
from listserv.mail.text.answer import first_own_line
from listserv.mail.text.asks import ask_of
from listserv.mail.words import clean
from listserv.model.case import Ask
from listserv.model.lists import Subscription
from listserv.store import tokens
from listserv.store.people import find_member
from listserv.store.restrictions import thread_beside
from listserv.store.sent_digests import NamedThread, thread_named
from listserv.store.thread_choices import choose
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "thread-choice"
SUBJECT_CHARACTERS = 120
OTHER = {Ask.FOLLOW: Ask.MUTE, Ask.MUTE: Ask.FOLLOW}


def follow(desk: Desk, letter: Letter) -> None:
    """A reply that only says "follow"."""
    _asked(desk, letter, Ask.FOLLOW)


def mute(desk: Desk, letter: Letter) -> None:
    """A reply that only says "mute"."""
    _asked(desk, letter, Ask.MUTE)


def answer_choice(desk: Desk, letter: Letter, token: Token) -> None:
    """What a mail about a choice asked or offered is done; the other word does the other thing.

    Where a word was offered, what says something else is read by the people of the group.
    """
    thread = thread_named(desk.connection, letter.mail_list.id, token.object_id or 0)
    member = find_member(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    if thread is None or member is None or not member.address:
        return
    said = ask_of(letter.message)
    choice = said if said in OTHER else Ask(str(token.payload["choice"]))
    agreed: bool | None = said is choice
    if not agreed and not token.payload["offered"]:
        agreed = or_asked_back(desk, letter, token, desk.member(member), consents(letter.message))
    elif not agreed and said is Ask.NOTHING and first_own_line(letter.message):
        forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
    if agreed and tokens.use(desk.connection, token, desk.now):
        choose(desk.connection, thread.id, member.person_id, choice, desk.now)
        _tell(desk, letter, member, thread, choice)


def _asked(desk: Desk, letter: Letter, choice: Ask) -> None:
    member = author_in(desk.connection, letter.mail_list, address_key(letter.author_address), desk.now)
    if member is None or not member.address:
        return
    thread = _thread(desk, letter)
    if thread is None:
        if may_write(desk, letter, member.address, "choice-of-what"):
            desk.send("choice_of_what", letter.mail_list, desk.member(member), in_reply_to=letter.message.message_id)
    elif letter.arrival.vouched:
        choose(desk.connection, thread.id, member.person_id, choice, desk.now)
        _tell(desk, letter, member, thread, choice)
    elif may_write(desk, letter, member.address, f"{PURPOSE}:{thread.id}:{choice.value}"):
        _send(desk, letter, member, thread, choice, "choice_confirm", offered=None)


def _thread(desk: Desk, letter: Letter) -> NamedThread | None:
    """The conversation the letter answers: by its address, a digest's item, its references, else its subject."""
    arrival, _ = placed(desk.connection, letter.mail_list, letter.arrival)
    thread_id = arrival.thread_id
    if thread_id is None and not arrival.answers_digest:
        subject = base_subject(letter.message.subject)
        said = subject.text if subject.has_reply_prefix else ""
        thread_id = thread_beside(desk.connection, letter.mail_list.id, letter.message.references, said)
    return None if thread_id is None else thread_named(desk.connection, letter.mail_list.id, thread_id)


def _tell(desk: Desk, letter: Letter, member: Subscription, thread: NamedThread, choice: Ask) -> None:
    if desk.may_answer(member.address, f"{PURPOSE}-made:{thread.id}:{choice.value}"):
        _send(desk, letter, member, thread, choice, "choice_made", offered=OTHER[choice])


def _send(
    desk: Desk,
    letter: Letter,
    member: Subscription,
    thread: NamedThread,
    choice: Ask,
    template: str,
    *,
    offered: Ask | None,
) -> None:
    """The mail with an address of hers: any answer makes the choice, or, where one is `offered`, its word does."""
    payload = {"choice": (offered or choice).value, "offered": offered is not None}
    answers_to = desk.answer_address(
        letter.mail_list, PURPOSE, person_id=member.person_id, object_id=thread.id, payload=payload
    )
    desk.send(
        template,
        letter.mail_list,
        desk.member(member),
        answers_to=answers_to,
        in_reply_to=letter.message.message_id,
        follows=choice is Ask.FOLLOW,
        subject=without_marks(clean(thread.subject))[:SUBJECT_CHARACTERS],
    )
