"""A post from an address we do not know that seems to be a member's: she is asked at hers, once, whether it is.

Her yes makes the address hers, and the post goes on as if it had come from the known one: a moderated group still sees
it first. Her no leaves it to the moderators like any stranger's, or ends it where strangers may not write at all; she
is never asked about that address again. The question holds nothing the post says: a stranger wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.errors import Refused
from listserv.inbound.desk import ANSWER_LASTS, Desk
from listserv.inbound.judging import Judged
from listserv.inbound.people.answers import decided
from listserv.inbound.reentry import judge_again
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.mail.subject import base_subject
from listserv.model.case import Hold, Reason
from listserv.model.lists import MailList, NonmemberPolicy, Subscription
from listserv.store import candidates, moderation, tokens
from listserv.store.addresses import add_address
from listserv.store.people import find_member
from listserv.store.schedule import claim_run
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "was-this-you"


def ask_whether_hers(desk: Desk, letter: Letter, judged: Judged) -> None:
    """The member whose post it seems to be is asked at her known address; about one address once, one mail a day."""
    if judged.held_id is None or not isinstance(judged.verdict, Hold):
        return
    if judged.verdict.reason is not Reason.UNKNOWN_ADDRESS:
        return
    person_id = candidates.held_for(desk.connection, judged.held_id)
    known = find_member(desk.connection, letter.mail_list, person_id, desk.now) if person_id is not None else None
    if known is None or not known.address or not _may_ask(desk, letter, known):
        return
    answers_to = desk.answer_address(
        letter.mail_list,
        PURPOSE,
        ANSWER_LASTS,
        person_id=known.person_id,
        object_id=judged.held_id,
        payload={"address": letter.author_address},
    )
    to = desk.person(known.person_id, known.name, known.address)
    topic = candidates.conversation(
        desk.connection, letter.mail_list.id, base_subject(letter.message.subject).text, letter.message.references
    )
    desk.send("was_this_you", letter.mail_list, to, answers_to=answers_to, address=letter.author_address, topic=topic)


def answer_whether_hers(desk: Desk, letter: Letter, token: Token) -> None:
    """Yes: the address is hers and what waits goes on. No: it is a stranger's."""
    known = find_member(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    if known is None or not known.address:
        return
    to = desk.person(known.person_id, known.name, known.address)
    hers = decided(desk, letter, token, to)
    if hers is None or not tokens.use(desk.connection, token, desk.now):
        return
    address = str(token.payload["address"])
    waiting = _waiting(desk, letter.mail_list, known.person_id, address)
    if not hers:
        _to_strangers(desk, letter.mail_list, known.person_id, address, waiting)
        return
    try:
        add_address(desk.connection, known.person_id, address, desk.now)
    except Refused:  # somebody else has it since: the post stays with the moderators
        return
    for held_id in waiting:
        judge_again(desk, letter.mail_list, held_id)
    desk.send("address_added", letter.mail_list, to, address=address, known=known.address)


def _may_ask(desk: Desk, letter: Letter, known: Subscription) -> bool:
    key = address_key(letter.author_address)
    once = claim_run(desk.connection, PURPOSE, f"{letter.mail_list.id}:{known.person_id}", key, desk.now)
    return once and desk.may_answer(known.address, PURPOSE)


def _waiting(desk: Desk, mail_list: MailList, person_id: int, address: str) -> list[int]:
    """Her suspected posts that came from exactly this address."""
    found = []
    for held_id in candidates.suspected(desk.connection, mail_list.id, person_id):
        held = moderation.held_by_id(desk.connection, held_id)
        author = parse(held.octets).author if held is not None else None
        if author is not None and author.key == address_key(address):
            found.append(held_id)
    return found


def _to_strangers(desk: Desk, mail_list: MailList, person_id: int, address: str, waiting: list[int]) -> None:
    """As the group treats strangers: a moderator decides, or the posts are gone."""
    candidates.say_not_hers(desk.connection, person_id, address_key(address), desk.now)
    for held_id in waiting:
        if mail_list.settings.nonmember is NonmemberPolicy.REJECT:
            moderation.claim_held(desk.connection, held_id, "discarded", desk.now)
        else:
            candidates.leave_to_moderators(desk.connection, held_id)
