"""A prompt of the clock becomes a post like any other: archived, threaded, its copies due; nobody's own post."""

from __future__ import annotations

from datetime import datetime

from listserv.inbound.posting import Arrival, post
from listserv.mail.parse import parse
from listserv.model.lists import MailList
from listserv.store import moderation
from listserv.store.engine import Connection, lock_list


def post_prompt(connection: Connection, mail_list: MailList, octets: bytes, now: datetime) -> tuple[int, int]:
    """(post id, recipients): the octets are a post of the group in a thread of its own. Part of the clock's run."""
    arrival = Arrival(parse(octets), "", mail_list.address, now, now)
    lock_list(connection, mail_list.id, arrival.msgid)
    posted = post(connection, mail_list, arrival, None)
    moderation.log_decision(connection, mail_list.id, posted.message_id, "accept", "prompt", now)
    return posted.post_id, posted.recipients
