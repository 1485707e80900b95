"""Whether a short thanks goes to the author alone: what the rules must know before they judge it."""

from __future__ import annotations

from listserv.inbound.posting import Arrival
from listserv.mail.subject import base_subject
from listserv.model.lists import POSTING, MailList, Subscription
from listserv.store.engine import Connection
from listserv.store.gratitude import Thanked, member_count, posts_thanks, thanked_post
from listserv.store.restrictions import thread_beside

MEMBERS = 100


def thanked(
    connection: Connection, mail_list: MailList, arrival: Arrival, author: Subscription | None
) -> Thanked | None:
    """The post whose author alone gets this thanks; None where it is a post like any other.

    A post where the group does not want it or has fewer than a hundred members, where its author is no member or asked
    for it, and where it is not certain whom she thanks.
    """
    if not mail_list.settings.thanks_to_author or author is None or not author.roles & POSTING:
        return None
    if member_count(connection, mail_list.id) < MEMBERS or posts_thanks(connection, mail_list.id, author.person_id):
        return None
    subject = base_subject(arrival.message.subject)
    nodes = arrival.message.references
    thread_id = arrival.thread_id
    if thread_id is None and subject.has_reply_prefix and not arrival.answers_digest:
        thread_id = thread_beside(connection, mail_list.id, (), subject.text)
    return thanked_post(connection, mail_list.id, nodes, thread_id, author.person_id)
