"""A mail to several lists in one transaction: their locks in one order, and one note about those that refused it.

SMTP has one reply for all recipients, so a list that took the post speaks for those that did not (law 1). Who is
proven to have written it (Authentication-Results we believe) reads the rest in one note; anybody else reads nothing,
as From proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.inbound.joining import stranger
from listserv.inbound.posting import Arrival
from listserv.inbound.traits import automatic_mark
from listserv.model.lists import MailList
from listserv.store.engine import Connection, lock_list

if TYPE_CHECKING:
    from listserv.model.smtp import Reply


def lock_lists(connection: Connection, lists: Sequence[MailList], arrival: Arrival) -> None:
    """The mail and its lists are this node's, taken in an order that every node keeps; one list locks itself."""
    if len(lists) > 1:
        for list_id in sorted({each.id for each in lists}):
            lock_list(connection, list_id, arrival.msgid)


def tell_refused(desk: Desk, arrival: Arrival, replies: Sequence[tuple[MailList, Reply]]) -> None:
    """A proven author has one note about the lists that refused a mail which others took."""
    took = [mail_list for mail_list, reply in replies if reply.code < 400]
    refused = [(mail_list.address, reply.text) for mail_list, reply in replies if reply.code >= 500]
    message = arrival.message
    if not (took and refused and arrival.vouched) or message.author is None:
        return
    if automatic_mark(message, arrival.return_path):
        return
    desk.send(
        "partly_refused",
        took[0],
        stranger(desk, message.author.address),
        in_reply_to=message.message_id,
        subject=message.subject or took[0].title,
        took=[mail_list.title for mail_list in took],
        refused=refused,
    )
