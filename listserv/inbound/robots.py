"""The last defence against programs that write to a group and bear no mark: how much, and whether again and again.

An ordinary post costs nothing here, as what is asked first stands with the author's membership.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from listserv.inbound.posting import Arrival
from listserv.mail.parse import Message, parse
from listserv.mail.subject import Base, base_subject
from listserv.mail.text.answer import own_lines
from listserv.model.lists import MailList, Subscription
from listserv.store import archive
from listserv.store.archive import read_post
from listserv.store.engine import Connection

AT_ONCE = timedelta(minutes=10)


def posts_today(author: Subscription | None, now: datetime) -> int:
    """How many posts of this member the list has taken on this day (UTC); 0 for a stranger.

    Where strangers may post they get no copies to answer, so that none of them goes round in a circle.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if author is None or author.posted_at is None or author.posted_at < today:
        return 0
    return author.posts_that_day


def repeats(connection: Connection, mail_list: MailList, author: Subscription | None, arrival: Arrival) -> bool:
    """Whether its author said exactly this minutes ago in the same conversation, or answers that with it.

    Who answers everything by a program answers the copy of her own answer too, and so on for ever.
    """
    if author is None or author.posted_at is None or not arrival.now - AT_ONCE <= author.posted_at <= arrival.now:
        return False
    message = arrival.message
    subject = base_subject(message.subject)
    if not (subject.has_reply_prefix or message.references):
        return False
    late = archive.posts_since(connection, mail_list.id, author.person_id, arrival.now - AT_ONCE)
    beside = [each.id for each in late if _is_beside(message, subject, each.node, each.subject)]
    said = own_lines(message) if beside else []
    return bool(said) and any(said == own_lines(parse(read_post(connection, each).octets)) for each in beside)


def _is_beside(message: Message, subject: Base, node: str, other: str) -> bool:
    """Whether the message answers the post `node`, or both have the subject of one conversation."""
    return node in message.references or subject.text == base_subject(other).text
