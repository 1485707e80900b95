"""An answer to a whole digest that does not say to what: its author is asked, and nothing is posted or lost meanwhile.

She gets a mail with the digest's conversations numbered, each with its address. A number puts her words there, 0 hands
them to the people who run the group, a no drops them; anything else is asked back once a day, and the question stays
open. What she puts to a conversation is then judged like any post of hers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from listserv.errors import NotFound, Refused
from listserv.inbound.asking import may_write_some
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.digest_answers import threads_of_digest
from listserv.inbound.forwarding import forward_to_owners
from listserv.inbound.judging import Judged, author_in
from listserv.inbound.reentry import arrival_again, judge_again
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.subject import base_subject, without_marks
from listserv.mail.text.answer import first_own_line, yes_or_no
from listserv.mail.token import sign_reply
from listserv.mail.words import clean
from listserv.model.case import Reason
from listserv.model.lists import MailList
from listserv.store import moderation, tokens
from listserv.store.sent_digests import NamedThread, thread_named
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "which-thread"
THREADS = 20
SUBJECT_CHARACTERS = 120
OWNERS = 0
_NUMBER = re.compile(
    r"(?:no\.?|number|conversation|k[oō]rero|tau|#|\()? ?#?([0-9]{1,2})[.):]?(?: +(.*))?", re.IGNORECASE
)


def ask_which(desk: Desk, letter: Letter, judged: Judged) -> None:
    """The author of a post that answers a digest and no conversation of it is asked which one she means."""
    if judged.held_id is None or judged.verdict.reason is not Reason.WHICH_THREAD:
        return
    threads = threads_of_digest(desk.connection, letter.mail_list, letter.arrival)[:THREADS]
    to = _author(desk, letter)
    if to is not None and may_write_some(desk, letter, to.address, PURPOSE):
        _ask(desk, letter, to, judged.held_id, threads)


def tell_which(desk: Desk, letter: Letter, token: Token) -> None:
    """What she answered is done with the post that waits, once."""
    threads = [thread_named(desk.connection, letter.mail_list.id, each) for each in token.payload["threads"]]
    found = [thread for thread in threads if thread is not None]
    held_id, line = token.object_id or 0, first_own_line(letter.message)
    number = _number(line, found)
    refused = yes_or_no(line) is False
    if number is None and not refused:
        _ask_back(desk, letter, token, found)
        return
    if not tokens.use(desk.connection, token, desk.now):
        return
    try:
        if refused or number is None:
            moderation.claim_held(desk.connection, held_id, "withdrawn", desk.now)
        elif number == OWNERS:
            _to_owners(desk, letter.mail_list, held_id)
        else:
            judge_again(desk, letter.mail_list, held_id, recipient=_address(desk, letter.mail_list, found[number - 1]))
    except (NotFound, Refused):  # a moderator was quicker, or it has expired
        return


def _number(line: str, threads: Sequence[NamedThread]) -> int | None:
    """The number she wrote, or that of the conversation whose title she wrote."""
    titles = [base_subject(thread.subject).text for thread in threads]
    found = _NUMBER.fullmatch(line.strip())
    if found is not None:
        number, title = int(found[1]), base_subject(found[2] or "").text
        meant = number <= len(threads) and (not title or (number > 0 and title == titles[number - 1]))
        return number if meant else None
    said = base_subject(line).text
    return titles.index(said) + 1 if said and titles.count(said) == 1 else None


def _to_owners(desk: Desk, mail_list: MailList, held_id: int) -> None:
    held = moderation.claim_held(desk.connection, held_id, "withdrawn", desk.now)
    forward_to_owners(
        desk.connection, mail_list, arrival_again(desk.connection, mail_list, held, desk.now), desk.settings
    )


def _ask_back(desk: Desk, letter: Letter, token: Token, threads: Sequence[NamedThread]) -> None:
    to = Recipient(str(token.payload["address"]), language=str(token.payload["language"]))
    if desk.may_answer(to.address, f"asked-back:{PURPOSE}"):
        _ask(desk, letter, to, token.object_id or 0, threads, again=True)


def _ask(
    desk: Desk, letter: Letter, to: Recipient, held_id: int, threads: Sequence[NamedThread], *, again: bool = False
) -> None:
    payload = {"threads": [thread.id for thread in threads], "address": to.address, "language": to.language}
    desk.send(
        "which_thread",
        letter.mail_list,
        to,
        answers_to=desk.answer_address(letter.mail_list, PURPOSE, object_id=held_id, payload=payload),
        in_reply_to=letter.message.message_id,
        threads=[(_shown(thread.subject), _address(desk, letter.mail_list, thread)) for thread in threads],
        again=again,
    )


def _shown(subject: str) -> str:
    return without_marks(clean(subject))[:SUBJECT_CHARACTERS]


def _address(desk: Desk, mail_list: MailList, thread: NamedThread) -> str:
    return desk.addresses(mail_list).of(Purpose.REPLY, sign_reply(desk.key, mail_list.name, thread.id))


def _author(desk: Desk, letter: Letter) -> Recipient | None:
    """Her known address, if she is a member, else the one she wrote from; a private group tells strangers no titles."""
    author = letter.message.author
    if author is None:
        return None
    member = author_in(desk.connection, letter.mail_list, address_key(author.address), desk.now)
    if member is None or not member.address:
        return None if letter.mail_list.settings.private else Recipient(author.address)
    return desk.member(member)
