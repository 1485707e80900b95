"""A post from an address we do not know that seems to be a member's: she is asked at hers, once, whether it is.

Her yes makes the address hers, and the post goes on as if it had come from the known one: a moderated group still sees
it first. Her no leaves it to the moderators like any stranger's, or ends it where strangers may not write at all; she
is never asked about that address again. The question holds nothing the post says: a stranger wrote it. Where no mail
reaches her known address, those who know her are asked instead (`vouching`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.errors import Refused
from listserv.inbound.desk import ANSWER_LASTS, Desk
from listserv.inbound.judging import Judged
from listserv.inbound.people.answers import decided
from listserv.inbound.people.suspected import go_on, leave_to_moderators
from listserv.inbound.people.vouching import ask_who_knows_her
from listserv.mail.address import address_key
from listserv.mail.subject import base_subject
from listserv.model.case import Hold, Reason
from listserv.model.lists import Subscription
from listserv.store import candidates, tokens
from listserv.store.addresses import add_address, on_file
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
    on_record = on_file(desk.connection, address_key(known.address))
    if on_record is not None and on_record.stopped_at is not None:
        ask_who_knows_her(desk, letter.mail_list, known, letter.author_address, known.address, proven=False)
        return
    answers_to = desk.answer_address(
        letter.mail_list,
        PURPOSE,
        ANSWER_LASTS,
        person_id=known.person_id,
        object_id=judged.held_id,
        payload={"address": letter.author_address},
    )
    to = desk.member(known)
    topic = candidates.conversation(
        desk.connection, letter.mail_list.id, base_subject(letter.message.subject).text, letter.message.references
    )
    desk.send("was_this_you", letter.mail_list, to, answers_to=answers_to, address=letter.author_address, topic=topic)


def answer_whether_hers(desk: Desk, letter: Letter, token: Token) -> None:
    """Yes: the address is hers and what waits goes on. No: it is a stranger's."""
    known = find_member(desk.connection, letter.mail_list, token.person_id or 0, desk.now)
    if known is None or not known.address:
        return
    to = desk.member(known)
    hers = decided(desk, letter, token, to)
    if hers is None or not tokens.use(desk.connection, token, desk.now):
        return
    address = str(token.payload["address"])
    if not hers:
        leave_to_moderators(desk, letter.mail_list, known.person_id, address)
        return
    try:
        add_address(desk.connection, known.person_id, address, desk.now)
    except Refused:  # somebody else has it since: the post stays with the moderators
        return
    go_on(desk, letter.mail_list, known.person_id, address)
    desk.send("address_added", letter.mail_list, to, address=address, known=known.address)


def _may_ask(desk: Desk, letter: Letter, known: Subscription) -> bool:
    """The day's one mail first: an address that came on a day that had it is still asked about on another."""
    key = address_key(letter.author_address)
    subject = f"{letter.mail_list.id}:{known.person_id}"
    return desk.may_answer(known.address, PURPOSE) and claim_run(desk.connection, PURPOSE, subject, key, desk.now)
