"""A facilitator answers her brief: it is hers and passed on to nobody; or she wants no more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.mail.text.answer import first_own_line, plain
from listserv.store import tokens
from listserv.store.briefing import ACTED, BRIEF, briefs_of, facilitators
from listserv.store.people import find_member
from listserv.store.refusing import BRIEFS, refuse
from listserv.store.schedule import claim_run
from listserv.store.settling import name_of
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = BRIEF
_NO_MORE = frozenset({"no briefs", "no more briefs", "kāti ngā kōrero kaiarahi"})


def answer_brief(desk: Desk, letter: Letter, token: Token) -> None:
    """The brief is taken, which its other readers are told; "no briefs" ends them for her."""
    mail_list, person_id = letter.mail_list, token.person_id
    if person_id is None:
        return
    if plain(first_own_line(letter.message)) in _NO_MORE:
        refuse(desk.connection, person_id, BRIEFS, desk.now, mail_list.id)
        member = find_member(desk.connection, mail_list, person_id, desk.now)
        if tokens.use(desk.connection, token, desk.now) and member is not None and member.address:
            to = desk.person(person_id, member.name, member.address)
            desk.send("briefs_off", mail_list, to, in_reply_to=letter.message.message_id)
        return
    week = str(token.payload["week"])
    if not claim_run(desk.connection, ACTED, mail_list.id, week, desk.now):
        return
    briefs = briefs_of(desk.connection, [mail_list.id], week).get(mail_list.id, [])
    if len(briefs) < 2 and mail_list.settings.buddy_days:
        return
    who = name_of(desk.connection, person_id)
    for each in facilitators(desk.connection, mail_list.id, desk.now):
        if each.person_id != person_id and not each.away:
            to = desk.person(each.person_id, each.name, each.address)
            desk.send("brief_taken", mail_list, to, who=who or letter.author_address)
