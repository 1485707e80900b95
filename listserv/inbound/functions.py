"""Mail that is no post: which function of ours answers it. The one table a reader looks in.

    to -join, -leave, -request, -help   do_function   by the address
    to -confirm+TOKEN, -moderate+TOKEN  answer        by the token's purpose
    a post that only asks something     ask           by what it asks (`model.case.Ask`)
    a post that was judged              follow_up     what a verdict causes beside it

Promises: automatic mail is kept and never acted on or answered, whatever address or token it comes to, but for a mail
program's own Unsubscribe button; an answer acts inside the transaction of its message, so that it happens once. Rooms
add their lines here and know nothing of another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from listserv.inbound import choosing, guests, joining, leaving, newsletters, receipts, thanking, which_thread
from listserv.inbound.bounces import answering as resuming
from listserv.inbound.commands import request, settings_address, showing
from listserv.inbound.dates import deciding, proposing
from listserv.inbound.desk import Desk
from listserv.inbound.drafting import answering as drafting
from listserv.inbound.files import sending, wordless
from listserv.inbound.forwarding import KEPT, forward_to_owners
from listserv.inbound.handover import escalating, handing_over
from listserv.inbound.judging import Judged
from listserv.inbound.moderators import anonymous, answering, asking, authors, telling
from listserv.inbound.people import moving, role_addresses, vouching, was_this_you
from listserv.inbound.posting import Arrival
from listserv.inbound.route import UNKNOWN
from listserv.inbound.takeback import removing, requesting, waiting, withdrawing
from listserv.inbound.takeback.quoting import without_its_quotation
from listserv.inbound.traits import automatic_mark
from listserv.inbound.week import answers, briefing, inquiring, journal
from listserv.mail.listaddress import Purpose
from listserv.mail.parse import Message
from listserv.model.case import Ask
from listserv.model.lists import MailList
from listserv.model.smtp import Reply
from listserv.store import archive, drafts, moderation, tokens
from listserv.store.engine import Connection
from listserv.store.tokens import Token

ANSWER = "answer"
TAKEN = Reply(250, "2.0.0", "Taken; an answer comes by mail if there is one to give")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to a list's program: the list, and the message as it came."""

    mail_list: MailList
    arrival: Arrival

    @property
    def message(self) -> Message:
        return self.arrival.message

    @property
    def author_address(self) -> str:
        """Whom From names, "" if nobody; proves nothing."""
        return self.message.author.address if self.message.author else ""


Function: TypeAlias = Callable[[Desk, Letter], None]
Answer: TypeAlias = Callable[[Desk, Letter, Token], None]
FollowUp: TypeAlias = Callable[[Desk, Letter, Judged], None]

FUNCTIONS: Mapping[Purpose, Function] = {
    Purpose.JOIN: joining.request_join,
    Purpose.LEAVE: leaving.request_leave,
    Purpose.REQUEST: request.request,
    Purpose.HELP: showing.help_me,
}
ANSWERS: Mapping[str, Answer] = {
    joining.JOIN: joining.confirm_join,
    joining.LET_IN_TOKEN: joining.decide_join,
    joining.INVITATION: joining.accept_invitation,
    leaving.LEAVE: leaving.confirm_leave,
    leaving.RETURN: leaving.confirm_return,
    request.CONFIRM: request.confirm,
    settings_address.DIRECT: request.direct,
    guests.RENEW: guests.renew,
    withdrawing.PURPOSE: withdrawing.answer_withdraw,
    waiting.PURPOSE: waiting.answer_waiting,
    removing.TAKE_DOWN: requesting.answer_removal,
    was_this_you.PURPOSE: was_this_you.answer_whether_hers,
    moving.PURPOSE: moving.answer_new_address,
    vouching.CLAIM: vouching.answer_claim,
    vouching.VOUCH: vouching.answer_vouch,
    vouching.VETO: vouching.answer_veto,
    role_addresses.PURPOSE: role_addresses.answer_role_address,
    handing_over.OFFER: handing_over.answer_offer,
    escalating.NAME_OWNER: escalating.answer_with_an_owner,
    asking.MODERATE: answering.decide,
    asking.STORM: answering.decide_storm,
    asking.COMMAND: answering.command,
    anonymous.DRAFT: anonymous.answer_draft,
    anonymous.WITHDRAW: authors.answer_withdraw,
    which_thread.PURPOSE: which_thread.tell_which,
    choosing.PURPOSE: choosing.answer_choice,
    thanking.PURPOSE: thanking.answer_thanks,
    newsletters.PURPOSE: newsletters.answer,
    resuming.PURPOSE: resuming.answer_resume,
    journal.PURPOSE: journal.answer_journal,
    briefing.PURPOSE: briefing.answer_brief,
    inquiring.HOW: inquiring.take_question,
    inquiring.BEGUN: inquiring.stop_inquiry,
    answers.PURPOSE: answers.answer_inquiry,
    proposing.PURPOSE: proposing.answer,
    deciding.PURPOSE: deciding.decide,
    drafts.PURPOSE: drafting.answer_draft,
}
ASKS: Mapping[Ask, Function] = {
    Ask.JOIN: joining.request_join,
    Ask.LEAVE: leaving.request_leave,
    Ask.WITHDRAW: withdrawing.ask_to_withdraw,
    Ask.FOLLOW: choosing.follow,
    Ask.MUTE: choosing.mute,
    Ask.THANKS: thanking.thank,
    Ask.JOURNAL: journal.keep,
    Ask.REMINDERS: request.request,
}
FOLLOW_UPS: tuple[FollowUp, ...] = (
    was_this_you.ask_whether_hers,
    telling.tell_moderators,
    which_thread.ask_which,
    wordless.ask_for_words,
    newsletters.ask_editors,
    receipts.send_receipt,
    resuming.note_life,
)


def is_good(
    connection: Connection, key: bytes, mail_list: MailList, purpose: Purpose, token: str, now: datetime
) -> bool:
    """Whether mail to this token address would be answered; used, ended and invented ones cannot be told apart."""
    if withdrawing.post_of(key, mail_list, purpose, token) is not None:
        return True
    if sending.file_of(key, mail_list, purpose, token) is not None:
        return True
    found = tokens.find(connection, mail_list.id, token, now)
    return found is not None and found.purpose in ANSWERS and purpose in (Purpose.CONFIRM, Purpose.MODERATE)


def do_function(desk: Desk, letter: Letter, purpose: Purpose) -> Reply:
    """Mail to one of the list's functions is answered, or passed on to the people who look after the group."""
    pressed = purpose is Purpose.LEAVE and leaving.is_unsubscribe_button(letter)
    if not pressed and _is_automatic(desk, letter, purpose.value):
        return KEPT
    function = FUNCTIONS.get(purpose)
    if function is None:
        return forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
    _log(desk, letter, "run", purpose.value, "")
    function(desk, letter)
    return TAKEN


def answer(desk: Desk, letter: Letter, purpose: Purpose, token: str) -> Reply:
    """The answer to a question of ours does what it says, if the token is still good."""
    if _is_automatic(desk, letter, purpose.value):
        return KEPT
    post_id = withdrawing.post_of(desk.key, letter.mail_list, purpose, token)
    if post_id is not None:
        _log(desk, letter, "run", ANSWER, "own copy")
        withdrawing.answer_own_copy(desk, letter, post_id)
        return TAKEN
    file = sending.file_of(desk.key, letter.mail_list, purpose, token)
    if file is not None:
        _log(desk, letter, "run", ANSWER, sending.KIND)
        sending.send_file(desk, letter, file)
        return TAKEN
    found = tokens.find(desk.connection, letter.mail_list.id, token, desk.now)
    act = ANSWERS.get(found.purpose) if found else None
    if found is None or act is None:
        return UNKNOWN
    _log(desk, letter, "run", ANSWER, found.purpose)
    act(replace(desk, proven_person=found.person_id), letter, found)
    return TAKEN


def ask(desk: Desk, letter: Letter, wanted: Ask) -> Reply:
    """A mail to the group that only asks something of us; the group sees nothing of it."""
    ASKS[wanted](desk, letter)
    return TAKEN


def follow_up(desk: Desk, letter: Letter, judged: Judged) -> None:
    """What a verdict causes beside archive and copies: moderators are told, an author is asked."""
    for after in FOLLOW_UPS:
        after(desk, letter, judged)


def _is_automatic(desk: Desk, letter: Letter, what: str) -> bool:
    mark = automatic_mark(letter.message, letter.arrival.return_path)
    if not mark:
        return False
    _log(desk, letter, "record", "automatic", f"{what}: {mark}")
    return True


def _log(desk: Desk, letter: Letter, verdict: str, reason: str, note: str) -> None:
    """What came is kept and known, so that a mailbox that shows it again changes nothing."""
    arrival = without_its_quotation(desk.connection, letter.mail_list, letter.arrival) if reason == ANSWER else None
    message_id = archive.put_message(desk.connection, (arrival or letter.arrival).as_new())
    moderation.log_decision(desk.connection, letter.mail_list.id, message_id, verdict, reason, desk.now, note=note)
