"""What the rules ask of every post, in one statement: whose address it is, whether it is banned, whether the list holds
or locks a thread, whether the mail is known, whether the list has ever taken something down.

Nearly every post is answered "a member, no, no, no, no"; what is yes is asked about more closely by its own module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, select

from listserv.model.lists import MailList
from listserv.store.archive import SAME_MAIL
from listserv.store.hot import Hot
from listserv.store.lists import BAN
from listserv.store.people import PERSON_OF
from listserv.store.schema import messages, takedowns, threads

_RESTRICTED = select(threads.c.id).where(
    threads.c.list_id == bindparam("in_list"), threads.c.held_at.is_not(None) | threads.c.locked_at.is_not(None)
)
_LOOK = Hot(
    select(
        PERSON_OF.scalar_subquery().label("person_id"),
        exists(BAN).label("banned"),
        exists(_RESTRICTED).label("restricted"),
        exists(select(messages.c.id).where(SAME_MAIL)).label("kept"),
        exists(select(takedowns.c.id).where(takedowns.c.list_id == bindparam("in_list"))).label("taken_before"),
    )
)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """`person_id`: who holds the author's address, None for nobody; `banned`: it may not write here.

    `restricted`: a thread of the list is held or locked; `kept`: a mail with this Message-ID and body has come before;
    `taken_before`: something was taken down in the list.
    """

    person_id: int | None
    banned: bool
    restricted: bool
    kept: bool
    taken_before: bool


def first_look(
    connection: Connection, mail_list: MailList, key: str, msgid: str, body_hash: bytes, now: datetime
) -> FirstLook:
    """What is known of a post to this list by whoever has the address with this key ("" is nobody's)."""
    wanted = {
        "wanted_key": key,
        "in_list": mail_list.id,
        "in_network": mail_list.network_id,
        "now": now,
        "wanted_msgid": msgid,
        "wanted_hash": body_hash,
    }
    row = _LOOK.rows(connection, wanted)[0]
    return FirstLook(row.person_id, bool(key) and row.banned, row.restricted, row.kept, row.taken_before)
