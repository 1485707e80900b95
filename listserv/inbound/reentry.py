"""A post that waited goes on: with the thread of the address it came to, judged anew or as it was decided.

A held post keeps its octets and the address it came to; what its first judging knew beside them is read again here.
"""

from __future__ import annotations

from datetime import datetime

from listserv.inbound.digest_answers import placed
from listserv.inbound.posting import Arrival
from listserv.mail.listaddress import Purpose, split_local
from listserv.mail.parse import parse
from listserv.mail.token import verify_reply
from listserv.model.lists import MailList
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.moderation import Held


def arrival_again(connection: Connection, mail_list: MailList, held: Held, now: datetime) -> Arrival:
    """The held post as it came, in the thread it answers where that is known."""
    arrival = Arrival(
        parse(held.octets), held.return_path, held.recipient, held.held_at, now, _thread_of(connection, mail_list, held)
    )
    return placed(connection, mail_list, arrival)[0]


def _thread_of(connection: Connection, mail_list: MailList, held: Held) -> int | None:
    """What the reply address names that the post came to: `english+TOKEN@`, or `box+english-r-TOKEN@`."""
    local = held.recipient.rpartition("@")[0]
    named = split_local(local) or split_local(local, local.partition("+")[0])
    if named is None or named.purpose is not Purpose.REPLY or named.token is None:
        return None
    return verify_reply(signing_key(connection), mail_list.name, named.token)
