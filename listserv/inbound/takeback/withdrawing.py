"""An author takes her post back: by an answer to her own copy, or by a mail to the group that only asks for it.

Law: From never authorises. The answer to the own copy comes to an address that only she has, and From must be hers
besides, as her program may have handed the address on; then the post is withdrawn at once. A mail that has nothing but
its From stops what has not left for ten minutes, once a post, and asks her at the address we know.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from listserv.errors import NotFound, Refused
from listserv.inbound.desk import Desk
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.people.answers import decided
from listserv.inbound.takeback import requesting
from listserv.inbound.takeback.removing import Removed, day_of, others_with, remove_post
from listserv.inbound.takeback.waiting import ask_about_waiting
from listserv.inbound.traits import automatic_mark
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import replies_go_to, takes_posts
from listserv.mail.text.asks import ask_of
from listserv.mail.token import verify_withdraw
from listserv.model.case import Ask
from listserv.model.lists import MailList, ReplyPolicy, Subscription
from listserv.store import takedowns, tokens
from listserv.store.people import find_member
from listserv.store.schedule import claim_run
from listserv.store.takedowns import Filed
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "withdraw"
STOPPED = timedelta(minutes=10)
LATELY = timedelta(days=1)


# --- the own copy


def post_of(key: bytes, mail_list: MailList, purpose: Purpose, token: str) -> int | None:
    """Which post's own copy has this address, None if none has."""
    return verify_withdraw(key, mail_list.name, token) if purpose is Purpose.CONFIRM else None


def thread_of(desk: Desk, letter: Letter, purpose: Purpose, token: str) -> int | None:
    """The thread in which the answer to an own copy is a post like any other; None where it is something else."""
    post_id = post_of(desk.key, letter.mail_list, purpose, token)
    if post_id is None or automatic_mark(letter.message, letter.arrival.return_path):
        return None
    post = _post(desk, letter.mail_list, post_id)
    if post is None or ask_of(letter.message) is Ask.WITHDRAW or not _goes_to_group(letter.mail_list):
        return None
    return post.thread_id


def answer_own_copy(desk: Desk, letter: Letter, post_id: int) -> None:
    """What came to her own address withdraws the post; where answers do not go to the group she is told so."""
    post = _post(desk, letter.mail_list, post_id)
    author = _author(desk, letter.mail_list, post) if post is not None else None
    if post is None or author is None or post.taken_down_at is not None:
        return
    if ask_of(letter.message) is not Ask.WITHDRAW:
        to = desk.member(author)
        if desk.may_answer(author.address, "own-copy"):
            desk.send("own_copy_answer", letter.mail_list, to, in_reply_to=letter.message.message_id)
        return
    if requesting.writer(desk, letter) != author.person_id:
        _stop_and_ask(desk, letter.mail_list, post, author)
        return
    withdraw(desk, post.id)


def _goes_to_group(mail_list: MailList) -> bool:
    return takes_posts(mail_list) and replies_go_to(mail_list) is not ReplyPolicy.AUTHOR


# --- a mail to the group


def ask_to_withdraw(desk: Desk, letter: Letter) -> None:
    """`Ask.WITHDRAW` by From alone: her own post is stopped and she is asked; a moderator is asked about another's.

    Any other member's wish is read by the people who look after the group.
    """
    mail_list = letter.mail_list
    person_id = requesting.writer(desk, letter)
    member = find_member(desk.connection, mail_list, person_id, desk.now) if person_id is not None else None
    if person_id is None or member is None or ask_about_waiting(desk, letter, member):
        return
    post = _meant(desk, letter, person_id)
    if post is None or post.taken_down_at is not None:
        return
    author = _author(desk, mail_list, post)
    if author is not None and author.person_id == person_id:
        _stop_and_ask(desk, mail_list, post, author)
    elif not requesting.ask_moderator(desk, mail_list, person_id, post):
        forward_to_owners(desk.connection, mail_list, letter.arrival, desk.settings)


def _meant(desk: Desk, letter: Letter, person_id: int) -> Filed | None:
    """The post that is answered; else her newest in the thread it was sent to, or in the group since yesterday."""
    list_id, arrival = letter.mail_list.id, letter.arrival
    named = takedowns.latest_named(desk.connection, list_id, letter.message.references)
    if named is None:
        since = desk.now - LATELY
        named = takedowns.latest_of(desk.connection, list_id, person_id, since, arrival.thread_id)
    return None if named is None else _post(desk, letter.mail_list, named)


def _stop_and_ask(desk: Desk, mail_list: MailList, post: Filed, author: Subscription) -> None:
    """Once a post, so that a forged mail costs ten minutes and no more."""
    if not author.address or not claim_run(desk.connection, "withdraw-asked", post.id, "1", desk.now):
        return
    takedowns.hold_back(desk.connection, post.id, desk.now + STOPPED)
    to = desk.member(author)
    desk.send(
        "withdraw_question",
        mail_list,
        to,
        answers_to=desk.answer_address(mail_list, PURPOSE, person_id=author.person_id, object_id=post.id),
        in_reply_to=post.node,
        day=day_of(desk, mail_list, post, to.language),
        waits=False,
        minutes=STOPPED // timedelta(minutes=1),
        others=others_with(desk, post),
    )


def answer_withdraw(desk: Desk, letter: Letter, token: Token) -> None:
    """Her yes (or "withdraw" again) takes the post back; her no lets the copies go on."""
    post = _post(desk, letter.mail_list, token.object_id or 0)
    author = _author(desk, letter.mail_list, post) if post is not None else None
    if post is None or author is None:
        return
    to = desk.member(author)
    agreed = True if ask_of(letter.message) is Ask.WITHDRAW else decided(desk, letter, token, to)
    if agreed is None or not tokens.use(desk.connection, token, desk.now):
        return
    if agreed:
        withdraw(desk, post.id)
    else:
        takedowns.resume_copies(desk.connection, post.id, desk.now)


# --- withdrawing


def withdraw(desk: Desk, post_id: int, *, actor: str = "author") -> Removed | None:
    """The post is gone and its author, if she is a member, told how many have it; None if it was gone before."""
    try:
        removed = remove_post(desk, post_id, "withdrawn", actor)
    except (NotFound, Refused):
        return None
    author = _author(desk, removed.mail_list, removed.post)
    if author is not None and author.address:
        to = desk.member(author)
        desk.send(
            "withdrawn",
            removed.mail_list,
            to,
            in_reply_to=removed.post.node,
            day=day_of(desk, removed.mail_list, removed.post, to.language),
            others=removed.others,
        )
    return removed


def _post(desk: Desk, mail_list: MailList, post_id: int) -> Filed | None:
    found = takedowns.filed_posts(desk.connection, [post_id])
    return found[0] if found and found[0].list_id == mail_list.id else None


def _author(desk: Desk, mail_list: MailList, post: Filed) -> Subscription | None:
    return find_member(desk.connection, mail_list, post.person_id, desk.now) if post.person_id is not None else None
