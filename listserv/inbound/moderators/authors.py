"""What the author of a held post is told, and how she takes it back.

Only a member is told anything, at her own address: whom From names is no proof, and a stranger's From could be
anybody's. That a post waits is told once a day and address; that it ended is told each time, for a person or the clock
has caused it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from listserv.errors import Refused
from listserv.inbound.desk import Desk
from listserv.inbound.moderating import HeldPost, look_at
from listserv.inbound.moderators import asking
from listserv.inbound.moderators.anonymous import HELD_NOTICE, WITHDRAW
from listserv.inbound.takeback.waiting import remove_waiting
from listserv.mail.text.answer import first_own_line, plain
from listserv.store import moderation, tokens
from listserv.store.folding import fold
from listserv.store.moderation import held_by_id
from listserv.store.people import find_member

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.model.lists import Subscription
    from listserv.store.tokens import Token

UNCLEAR_A_DAY = 3
_TAKE_BACK = frozenset({"withdraw", "withdraw it", "take it back", "tangohia", "whakahokia mai"})


def tell_held(desk: Desk, found: HeldPost) -> None:
    """A member knows that her post waits, unless she is asked about it herself as a moderator."""
    author = found.author
    if author is None or not author.address:
        return
    if author.person_id in {person.person_id for person in asking.readers(desk, found.mail_list)}:
        return
    # Who wants receipts hears it of each post.
    if not author.receipt and not desk.may_answer(author.address, HELD_NOTICE):
        return
    desk.send(
        "held_author",
        found.mail_list,
        desk.member(author),
        answers_to=_withdraw_address(desk, found, author),
        in_reply_to=found.message.message_id,
        subject=found.message.subject,
        once_a_day=not author.receipt,
    )


def tell_expired(desk: Desk, found: HeldPost) -> int:
    """A member knows that nobody has decided about her post, or that its group is closed; gives how many mails."""
    if found.author is None or not found.author.address:
        return 0
    word = "closed" if found.mail_list.archived_at is not None else "expired"
    _tell(desk, found, found.author, word, found.message.message_id, days=found.mail_list.settings.hold_days)
    return 1


def answer_withdraw(desk: Desk, letter: Letter, token: Token) -> None:
    """Its author takes a held post back, while it still waits."""
    held = held_by_id(desk.connection, token.object_id or 0)
    author = find_member(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    if held is None or author is None or not author.address:
        return
    found, parent = look_at(desk.connection, held, desk.now), letter.message.message_id
    if held.state != "waiting":
        tokens.use(desk.connection, token, desk.now)
        _tell(desk, found, author, "published" if held.state == "approved" else "ended", parent)
    elif fold(plain(first_own_line(letter.message))) not in _TAKE_BACK:
        kinds = (f"unclear-{token.id}-{number}" for number in range(UNCLEAR_A_DAY))
        if any(desk.may_answer(author.address, kind) for kind in kinds):
            _tell(desk, found, author, "unclear", parent, answers_to=_withdraw_address(desk, found, author))
    else:
        _withdraw(desk, letter, token, found, author)


def _withdraw(desk: Desk, letter: Letter, token: Token, found: HeldPost, author: Subscription) -> None:
    try:
        held = moderation.claim_held(desk.connection, found.held.id, "withdrawn", desk.now)
    except Refused:
        return  # decided on another node a moment ago; the token stays good and her next reply tells her
    remove_waiting(desk, found.mail_list, held)
    tokens.use(desk.connection, token, desk.now)
    _tell(desk, found, author, "withdrawn", letter.message.message_id)


def _withdraw_address(desk: Desk, found: HeldPost, author: Subscription) -> str:
    lasts = timedelta(days=found.mail_list.settings.hold_days or asking.FOR_EVER_DAYS) + asking.AFTER_THE_END
    return desk.answer_address(found.mail_list, WITHDRAW, lasts, person_id=author.person_id, object_id=found.held.id)


def _tell(
    desk: Desk,
    found: HeldPost,
    author: Subscription,
    word: str,
    parent: str | None,
    *,
    answers_to: str = "",
    **values: Any,
) -> None:
    desk.send(
        "held_ended",
        found.mail_list,
        desk.member(author),
        answers_to=answers_to,
        in_reply_to=parent,
        word=word,
        subject=found.message.subject,
        **values,
    )
