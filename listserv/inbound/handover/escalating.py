"""A group whose owners no mail reaches: the network's administrators are told, where there is none the postmaster.

They answer with the address of whoever shall look after the group; that address is asked as in any handing over. Once
a week and group, and so again the next week if nobody has done anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.handover.handing_over import offer
from listserv.mail.address import valid_address
from listserv.mail.text.answer import own_lines
from listserv.model.lists import MailList, Role
from listserv.store import tokens
from listserv.store.lists import list_by_id
from listserv.store.owners import owners, without_a_living_owner
from listserv.store.schedule import claim_run
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

NAME_OWNER = "name-owner"
LINES = 5
_ADDRESS = re.compile(r"[^\s<>,;:()\"'@]{1,64}@[^\s<>,;:()\"'@]{1,255}")


def escalate(desk: Desk, mail_list: MailList) -> int:
    """Those above the list's owners know that mail reaches none of them, once a week; gives how many were told.

    Where an owner is left whom mail reaches, or the list is closed, nobody needs to know.
    """
    if mail_list.archived_at is not None or owners(desk.connection, mail_list.id):
        return 0
    year, week, _ = desk.now.isocalendar()
    if not claim_run(desk.connection, "no-owner", mail_list.id, f"{year}-W{week:02}", desk.now):
        return 0
    above = desk.in_charge(mail_list)
    for to in above:
        answers_to = desk.answer_address(
            mail_list, NAME_OWNER, object_id=mail_list.id, payload={"to": to.address, "name": to.name}
        )
        desk.send("owner_unreachable", mail_list, to, answers_to=answers_to, address=mail_list.address)
    return len(above)


def look_for_lists_without_an_owner(desk: Desk) -> int:
    """Chore: every open list whose owners no mail reaches is escalated, once a week; gives how many mails."""
    found = without_a_living_owner(desk.connection)
    return sum(escalate(desk, list_by_id(desk.connection, list_id)) for list_id in found)


def answer_with_an_owner(desk: Desk, letter: Letter, token: Token) -> None:
    """The first address in the answer is asked to take over; an answer without one is asked back.

    Who is not above the list any more names nobody.
    """
    written = _ADDRESS.findall("\n".join(own_lines(letter.message)[:LINES]))
    found = (each.rstrip(".") for each in written)
    named = next((each for each in found if valid_address(each) and not desk.is_a_lists(each)), None)
    to = Recipient(str(token.payload["to"]), str(token.payload["name"]))
    if not desk.still_holds(letter.mail_list, to.address, (Role.ADMINISTRATOR,)):
        return
    if named is None:
        if desk.may_answer(to.address, NAME_OWNER):
            again = desk.answer_address(
                letter.mail_list, NAME_OWNER, object_id=letter.mail_list.id, payload=token.payload
            )
            desk.send("owner_unreachable", letter.mail_list, to, answers_to=again, address=letter.mail_list.address)
        return
    if tokens.use(desk.connection, token, desk.now):
        tokens.withdraw(desk.connection, NAME_OWNER, desk.now, object_id=letter.mail_list.id)
        offer(desk, letter.mail_list, named, None, to.name or to.address)
