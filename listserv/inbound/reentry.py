"""A post that waited for its author's word goes on: judged anew, in the thread of the address it came to.

A held post keeps its octets and that address; what else its first judging knew is worked out again here. Promises:
whoever waited is not let past a moderator by it, and what follows from the new verdict follows as from any.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from listserv.inbound.desk import Desk
from listserv.inbound.judging import judge
from listserv.inbound.moderating import thread_named
from listserv.inbound.posting import Arrival
from listserv.mail.parse import parse
from listserv.model.case import Run
from listserv.model.lists import MailList
from listserv.store import moderation
from listserv.store.engine import Connection
from listserv.store.moderation import Held


def arrival_again(connection: Connection, mail_list: MailList, held: Held, now: datetime) -> Arrival:
    """The held post as it came."""
    thread_id = thread_named(connection, mail_list, held.recipient)
    return Arrival(parse(held.octets), held.return_path, held.recipient, held.held_at, now, thread_id)


def judge_again(desk: Desk, mail_list: MailList, held_id: int, *, recipient: str = "") -> None:
    """The post goes on as its author's: out, or to the moderators; `recipient` is a better address than it came to.

    Raises Refused if somebody decided it before.
    """
    from listserv.inbound.functions import ASKS, Letter, ask, follow_up  # which knows every room, so this one too

    held = moderation.claim_held(desk.connection, held_id, "approved", desk.now)
    held = replace(held, recipient=recipient or held.recipient)
    arrival = arrival_again(desk.connection, mail_list, held, desk.now)
    octets = desk.settings.limits.message_octets
    judged = judge(desk.connection, mail_list, arrival, session=False, message_octets=octets, handled=ASKS)
    letter = Letter(mail_list, arrival)
    if isinstance(judged.verdict, Run):
        ask(desk, letter, judged.verdict.ask)
    else:
        follow_up(desk, letter, judged)
