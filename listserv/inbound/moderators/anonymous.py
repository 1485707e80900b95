"""A question passed on without its author's name: a held post, or a mail that a moderator or facilitator forwards.

What goes out is a new post of the group's own (`nameless`). Promises: afterwards nothing here says who asked, neither
octets, text, header fields, log nor held rows; what a forward becomes is shown to whoever forwarded it first, and goes
out only on her yes, while what she forwarded is forgotten at once.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from listserv.inbound import which_thread
from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderating import HeldPost
from listserv.inbound.moderators import asking
from listserv.inbound.moderators.nameless import Nameless, of_forward, of_post
from listserv.inbound.moderators.orders import own_paragraphs
from listserv.inbound.moderators.replying import tell
from listserv.inbound.people import was_this_you
from listserv.inbound.posting import Arrival, post
from listserv.inbound.takeback import waiting
from listserv.inbound.thanking import PURPOSE as THANKS
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.notice import Notice as OwnMail
from listserv.mail.notice import compose_notice
from listserv.mail.parse import Message, parse
from listserv.mail.text.answer import yes_or_no
from listserv.model.case import Reason
from listserv.model.lists import MailList
from listserv.store import forgetting, moderation, tokens
from listserv.store.conversations import reply_node
from listserv.store.engine import lock_list
from listserv.store.moderators import Moderator, editor
from listserv.store.schedule import claim_run

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.store.tokens import Token

DRAFT = "moderate-draft"
WITHDRAW = "withdraw-held"
HELD_NOTICE = "held"  # the kind of answer that tells an author once a day that her post waits
DRAFT_LASTS = timedelta(days=7)
UNCLEAR_A_DAY = 3
# What anybody was asked about a held post, for its id.
_ABOUT_HELD = (asking.MODERATE, WITHDRAW, waiting.PURPOSE, was_this_you.PURPOSE, which_thread.PURPOSE)


def post_held(desk: Desk, letter: Letter, person: Moderator, found: HeldPost) -> bool:
    """The held post's words are posted without its author, and the post is forgotten; False if it has no words.

    Raises NotFound or Refused if another node has decided about it a moment ago.
    """
    words = of_post(found.message)
    if not words.text:
        tell(desk, letter, person, "not_anonymous", found.message.subject)
        return False
    moderation.claim_held(desk.connection, found.held.id, "discarded", desk.now)
    thread_id = asking.conversation(desk, found)
    _forget_held(desk, found)
    _publish(desk, found.mail_list, words, person, thread_id)
    if not person.gets_each:
        tell(desk, None, person, "anonymous", words.subject, mail_list=found.mail_list, posted=words.text)
    return True


def draft(desk: Desk, letter: Letter, person: Moderator) -> None:
    """What would be posted of a forwarded mail is shown to who forwarded it; the forward itself is forgotten."""
    words = of_forward(letter.message)
    _forget_letter(desk, letter)
    seen = hashlib.sha256(letter.message.octets).hexdigest()
    if not claim_run(desk.connection, "anonymous", seen, "", desk.now):
        return
    if not words.text:
        tell(desk, None, person, "not_anonymous", "", mail_list=letter.mail_list)
        return
    _show(desk, letter.mail_list, words, person)


def answer_draft(desk: Desk, letter: Letter, token: Token) -> None:
    """Yes posts the draft, no forgets it, anything else shows it again."""
    person = editor(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    if person is None:
        return
    words = Nameless(str(token.payload["subject"]), str(token.payload["text"]))
    first = next((lines[0] for lines in own_paragraphs(letter.message)), "")
    agreed = yes_or_no(first)
    if agreed is None:
        kinds = (f"unclear-{token.id}-{number}" for number in range(UNCLEAR_A_DAY))
        if any(desk.may_answer(person.address, kind) for kind in kinds):
            _show(desk, letter.mail_list, words, person)
        return
    if agreed and letter.mail_list.archived_at is not None:
        tell(desk, letter, person, "not_open", words.subject)
        return
    tokens.use(desk.connection, token, desk.now)
    # Of a draft that was shown several times only one goes out.
    seen = hashlib.sha256(words.text.encode()).hexdigest()
    if agreed and claim_run(desk.connection, "anonymous-post", f"{letter.mail_list.id}-{seen}", "", desk.now):
        _publish(desk, letter.mail_list, words, person, None)


def _show(desk: Desk, mail_list: MailList, words: Nameless, person: Moderator) -> None:
    address = desk.answer_address(
        mail_list,
        DRAFT,
        DRAFT_LASTS,
        moderate=True,
        person_id=person.person_id,
        payload={"subject": words.subject, "text": words.text},
    )
    desk.send(
        "anonymous_draft",
        mail_list,
        recipient(person),
        answers_to=address,
        subject=words.subject,
        text=words.text,
    )


def _publish(desk: Desk, mail_list: MailList, words: Nameless, person: Moderator, thread_id: int | None) -> None:
    """A post from the group itself, in the thread of what it answers."""
    lock_list(desk.connection, mail_list.id)
    parent = reply_node(desk.connection, mail_list.id, thread_id) if thread_id is not None else None
    arrival = Arrival(_message(desk, mail_list, words, parent), "", mail_list.address, desk.now, desk.now, thread_id)
    posted = post(desk.connection, mail_list, arrival, None)
    moderation.log_decision(
        desk.connection,
        mail_list.id,
        posted.message_id,
        "anonymous",
        Reason.MODERATOR.value,
        desk.now,
        actor=person.address,
    )


def _message(desk: Desk, mail_list: MailList, words: Nameless, parent: str | None) -> Message:
    addresses = desk.addresses(mail_list)
    own = OwnMail(
        "email/anonymous_post.txt",
        mail_list,
        mail_list.title,
        addresses.of(Purpose.POST),
        in_reply_to=parent,
        box=desk.settings.box(mail_list.domain),
        values={"subject": words.subject, "text": words.text},
    )
    octets = compose_notice(desk.templates, own, desk.now)
    head, gap, text = octets.partition(b"\r\n\r\n")
    # A post, though we wrote it down: programs that sort our notices away must not sort it away.
    fields = [line for line in head.split(b"\r\n") if not line.startswith(b"Auto-Submitted:")]
    return parse(b"\r\n".join(fields) + gap + text)


def _forget_held(desk: Desk, found: HeldPost) -> None:
    """Post, log, questions, mails about it and answers to them: nothing of it is here any more."""
    connection, mail_list, held = desk.connection, found.mail_list, found.held
    marks = _marks(found)
    for notice in forgetting.notices_since(connection, mail_list.id, held.held_at):
        about_it = _names(notice.octets, marks[:1]) if notice.is_waiting else _names(notice.octets, marks)
        if about_it or (
            notice.is_waiting and notice.to_address != found.author_address and _names(notice.octets, marks)
        ):
            forgetting.forget_notice(connection, notice)
    for message_id, octets in forgetting.letters_since(connection, mail_list.id, held.held_at):
        if _names(octets, marks):
            forgetting.forget_questions(connection, mail_list.id, message_id, (THANKS,))
            forgetting.forget_message(connection, mail_list.id, message_id)
    forgetting.forget_message(connection, mail_list.id, held.message_id)
    forgetting.forget_questions(connection, mail_list.id, held.id, _ABOUT_HELD)
    if found.author_address:
        key = address_key(found.author_address)
        forgetting.forget_answers(connection, (HELD_NOTICE, "any"), key)
        forgetting.forget_asked(connection, was_this_you.PURPOSE, mail_list.id, key)


def _marks(found: HeldPost) -> list[bytes]:
    """What tells that a mail is about this post or from its author: its id first, then her address."""
    return [
        mark.lower().encode()
        for mark in (found.message.message_id or found.held.recipient, found.author_address)
        if mark
    ]


def _names(octets: bytes, marks: list[bytes]) -> bool:
    """Whether one of the marks stands in the mail, in its header, in a part, coded or not, or in an attached mail."""
    if any(mark in octets.lower() for mark in marks):
        return True
    return any(mark in part.decoded().lower() for part in parse(octets).root.walk() for mark in marks)


def _forget_letter(desk: Desk, letter: Letter) -> None:
    connection, list_id = desk.connection, letter.mail_list.id
    for message_id, octets in forgetting.letters_since(connection, list_id, desk.now):
        if octets == letter.message.octets:
            forgetting.forget_message(connection, list_id, message_id)
