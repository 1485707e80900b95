"""What moderators' replies do. The right is the single-purpose address; whom From names is only looked at.

    NAME-moderate+TOKEN of a mail about a post   decides that post, once; or orders what is about its thread or author
    ... of a note about a storm                  lets a conversation's posts out, or stops it
    ... of one's own address                     orders what is about no held post

Promises: what is not plainly an order does nothing and is asked back; the first decision wins and whoever comes later
is told it; a token's holder who moderates no more can do nothing. An answer from an address that is not known as the
holder's acts, and the holder is told at her own.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from listserv.errors import NotFound, Refused
from listserv.inbound import moderating
from listserv.inbound.dates import proposing
from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderating import HeldPost, look_at
from listserv.inbound.moderators import anonymous, asking
from listserv.inbound.moderators.orders import DECISIONS, Act, Order, order_of, own_paragraphs, read_order
from listserv.inbound.moderators.replying import other_address, tell, who_is
from listserv.inbound.moderators.restraining import About, restrain
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from listserv.model.case import Reason
from listserv.model.lists import MODERATING, MailList
from listserv.store import tokens
from listserv.store.moderation import Held, held_by_id, waiting
from listserv.store.moderators import Moderator, editor, moderators
from listserv.store.restrictions import thread_beside, thread_subject
from listserv.store.tokens import Token
from listserv.store.waiting import last_decision

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

UNCLEAR_A_DAY = 3
SAID_CHARACTERS = 200
PUBLISHES = frozenset({Act.APPROVE, Act.QUIETLY, Act.ANONYMOUS})
STORM_POSTS = 500


def decide(desk: Desk, letter: Letter, token: Token) -> None:
    """A reply to the mail about a held post."""
    person = _holder(desk, letter, token)
    if person is None:
        return
    held = held_by_id(desk.connection, token.object_id or 0)
    order = read_order(letter.message, _today(desk, letter.mail_list))
    if held is None:
        return
    found = look_at(desk.connection, held, desk.now)
    if order is None:
        _ask_back(desk, letter, token, person, found)
    elif order.act is Act.WAITING:
        _tell_waiting(desk, letter, person)
    elif order.act not in DECISIONS:
        _restrain(desk, letter, person, order, _about(desk, found), found.message.subject)
    elif held.state != "waiting":
        _too_late(desk, letter, person, found)
    else:
        _settle(desk, letter, token, person, found, order)


def decide_storm(desk: Desk, letter: Letter, token: Token) -> None:
    """A reply to the note about a conversation that runs too fast."""
    person = _holder(desk, letter, token)
    if person is None or token.object_id is None:
        return
    order = read_order(letter.message, _today(desk, letter.mail_list))
    about = About(thread_id=token.object_id, title=thread_subject(desk.connection, token.object_id))
    posts = _of_storm(desk, letter.mail_list, token.object_id)
    if order is not None and order.act is Act.WAITING:
        asking.send_waiting(desk, letter.mail_list, person, posts, in_reply_to=letter.message.message_id)
    elif order is not None and order.act is Act.APPROVE:
        count = sum(_let_out(desk, person, held) for held in posts)
        tokens.withdraw(desk.connection, asking.STORM, desk.now, object_id=token.object_id)
        tell(desk, letter, person, "storm_out", about.title, count=count)
    elif order is None or order.act in DECISIONS:
        _ask_back(desk, letter, token, person, None)
    else:
        tokens.withdraw(desk.connection, asking.STORM, desk.now, object_id=token.object_id)
        _restrain(desk, letter, person, order, about, about.title)


def _let_out(desk: Desk, person: Moderator, held: Held) -> bool:
    """The post goes out; False if another node has decided about it a moment ago."""
    try:
        moderating.approve(desk.connection, held.id, desk.now, actor=person.address)
    except (NotFound, Refused):
        return False
    return True


def command(desk: Desk, letter: Letter, token: Token) -> None:
    """A mail to a moderator's or facilitator's own address."""
    person = _holder(desk, letter, token)
    if person is None:
        return
    order = read_order(letter.message, _today(desk, letter.mail_list))
    if order is not None and order.act is Act.ANONYMOUS:
        anonymous.draft(desk, letter, person)
    elif order is None or order.act in DECISIONS:
        if person.person_id is None or not proposing.take(desk, letter, person.person_id, recipient(person)):
            _ask_back(desk, letter, token, person, None)
    elif order.act is Act.WAITING:
        _tell_waiting(desk, letter, person)
    else:
        _restrain(desk, letter, person, order, _about_letter(desk, letter), letter.message.subject)


def _tell_waiting(desk: Desk, letter: Letter, person: Moderator) -> None:
    posts = waiting(desk.connection, letter.mail_list.id)
    asking.send_waiting(desk, letter.mail_list, person, posts, in_reply_to=letter.message.message_id)


def _holder(desk: Desk, letter: Letter, token: Token) -> Moderator | None:
    """Whose address this is, if she may still use it; else she is told that she may not any more."""
    address = str(token.payload.get("address", ""))
    if token.person_id is None:
        return Moderator(None, "", address, "", MODERATING) if desk.is_postmaster(address) else None
    person = editor(desk.connection, letter.mail_list, token.person_id, desk.now)
    if person is None:
        gone = Moderator(token.person_id, "", address, "", frozenset())
        if desk.may_answer(address, "not-moderator"):
            tell(desk, letter, gone, "not_moderator", letter.message.subject)
    return person


def _may(desk: Desk, mail_list: MailList, person: Moderator) -> bool:
    """Whether she moderates; a facilitator does where nobody else does."""
    if person.roles & MODERATING:
        return True
    return person.person_id in {each.person_id for each in moderators(desk.connection, mail_list, desk.now)}


def _settle(desk: Desk, letter: Letter, token: Token, person: Moderator, found: HeldPost, order: Order) -> None:
    if not _may(desk, letter.mail_list, person):
        tell(desk, letter, person, "not_yours", found.message.subject)
        return
    if order.act is Act.BAN and found.author is not None and found.author.roles & MODERATING:
        tell(desk, letter, person, "not_ban", found.message.subject, address=found.author_address)
        return
    if found.mail_list.archived_at is not None and order.act in PUBLISHES:
        tell(desk, letter, person, "not_open", found.message.subject)
        return
    try:
        if order.act is Act.ANONYMOUS:
            if anonymous.post_held(desk, letter, person, found):
                tokens.use(desk.connection, token, desk.now)
            return
        values = _act(desk, found.mail_list, person, found.held, order)
    except NotFound:  # posted without its author's name, on another node, and forgotten
        return
    except Refused:
        _too_late(desk, letter, person, found)
        return
    tokens.use(desk.connection, token, desk.now)
    # She sees a post that goes out to everybody; a second mail would only be one more.
    if order.act is not Act.APPROVE or not person.gets_each or other_address(desk, letter, person):
        tell(desk, letter, person, order.act.value, found.message.subject, **values)


def _act(desk: Desk, mail_list: MailList, person: Moderator, held: Held, order: Order) -> dict[str, Any]:
    """The decision is made; gives what is told of it."""
    connection, now, actor = desk.connection, desk.now, person.address
    if order.act in (Act.APPROVE, Act.QUIETLY):
        moderating.approve(connection, held.id, now, quiet=order.act is Act.QUIETLY, actor=actor)
    elif order.act is Act.REJECT:
        told = moderating.reject(connection, held.id, order.reason, desk.settings, now, actor=actor)
        language = person.language or mail_list.settings.language
        reason = moderating.reason_text(desk.templates, order.reason, mail_list, language)
        return {"told": told, "reason": reason}
    elif order.act is Act.BAN:
        return {"address": moderating.ban(connection, held.id, now, actor=actor)}
    else:
        moderating.discard(connection, held.id, now, actor=actor)
    return {}


def _too_late(desk: Desk, letter: Letter, person: Moderator, found: HeldPost) -> None:
    decision = last_decision(desk.connection, found.held)
    verdict = decision.verdict if decision else found.held.state
    known = decision is not None and decision.actor not in ("", moderating.COMMAND_LINE, person.address)
    who = who_is(desk, letter.mail_list, decision.actor) if decision and known and verdict != "withdraw" else ""
    tell(desk, letter, person, "already", found.message.subject, verdict=verdict, who=who)


def _restrain(desk: Desk, letter: Letter, person: Moderator, order: Order, about: About, title: str) -> None:
    if not _may(desk, letter.mail_list, person):
        tell(desk, letter, person, "not_yours", title)
        return
    done = restrain(desk, letter.mail_list, order, person, about)
    tell(desk, letter, person, done.word, title, command=True, **done.values)
    for other in moderators(desk.connection, letter.mail_list, desk.now) if done.for_all else []:
        if other.person_id != person.person_id and not other.away:
            values = {**done.values, "who": person.name or person.address}
            tell(desk, None, other, done.word, "", command=True, mail_list=letter.mail_list, **values)


def _about(desk: Desk, found: HeldPost) -> About:
    thread_id = asking.conversation(desk, found)
    title = thread_subject(desk.connection, thread_id) if thread_id is not None else ""
    return About(thread_id, title, found.author_address)


def _about_letter(desk: Desk, letter: Letter) -> About:
    """The conversation of a post that was forwarded, or answered, to a moderator's own address."""
    subject = base_subject(letter.message.subject).text
    thread_id = thread_beside(desk.connection, letter.mail_list.id, letter.message.references, subject)
    return About(thread_id, thread_subject(desk.connection, thread_id) if thread_id is not None else "")


def _of_storm(desk: Desk, mail_list: MailList, thread_id: int) -> list[Held]:
    """The posts of a conversation that its speed alone has stopped, oldest first."""
    posts = [held for held in waiting(desk.connection, mail_list.id) if held.reason is Reason.THREAD_BRAKE]
    looked = [HeldPost(held, mail_list, parse(held.octets), None) for held in posts[:STORM_POSTS]]
    return [found.held for found in looked if asking.conversation(desk, found) == thread_id]


def _ask_back(desk: Desk, letter: Letter, token: Token, person: Moderator, found: HeldPost | None) -> None:
    """Nothing was done; a few times a day she is told so and asked again."""
    kinds = (f"unclear-{token.id}-{number}" for number in range(UNCLEAR_A_DAY))
    if not any(desk.may_answer(person.address, kind) for kind in kinds):
        return
    said = _unclear(letter.message, _today(desk, letter.mail_list))[:SAID_CHARACTERS]
    if found is not None and found.held.state == "waiting":
        again = asking.answer_address(desk, found, person)
        tell(desk, letter, person, "unclear", found.message.subject, answers_to=again, said=said)
    else:
        tell(desk, letter, person, "unclear_command", letter.message.subject, command=True, said=said)


def _unclear(message: Message, today: date) -> str:
    """What she is told we could not read: the line that should be an order, or all of it where that is one."""
    lines = [line for lines in own_paragraphs(message) for line in lines]
    return " ".join(lines if lines and order_of(lines[0], today) else lines[:1])


def _today(desk: Desk, mail_list: MailList) -> date:
    return desk.now.astimezone(zone_of(mail_list, desk.settings)).date()
