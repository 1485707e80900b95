"""What the author hears when copies of her post did not leave in five days: once, and without anybody's address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jinja2 import Environment

from listserv.mail.notice import Notice, compose_notice
from listserv.store import archive, outbox
from listserv.store.engine import Connection
from listserv.store.lists import list_by_id
from listserv.store.outbox import Claim
from listserv.store.people import find_member


def tell_author(
    environment: Environment,
    connection: Connection,
    held: Claim,
    now: datetime,
    *,
    box_of: Callable[[str], str | None] | None = None,
) -> None:
    """A notice to the author is in the outbox, if the delivery is of a member's post and she was not told before.

    A stranger's From proves nothing, and a notice that itself expired is not told to anybody.
    """
    if held.post_id is None or outbox.expired_before(connection, held.post_id):
        return
    post = archive.read_post(connection, held.post_id)
    mail_list = list_by_id(connection, post.list_id)
    author = find_member(connection, mail_list, post.person_id, now) if post.person_id is not None else None
    if author is None or not author.address:
        return
    notice = Notice(
        "email/undelivered.txt",
        mail_list,
        author.name,
        author.address,
        in_reply_to=post.msgid,
        box=box_of(mail_list.domain) if box_of else None,
        values={"subject": post.subject},
    )
    content_id = archive.put_content(connection, compose_notice(environment, notice, now))
    outbox.enqueue_notice(connection, mail_list.id, content_id, author.address, now)
