"""A receipt for a post, for who wants one: how many people it went to.

Private, to the member's own known address, whoever sent the post in her name. That a post waits is told her by
`moderators.authors`, of each post where she wants receipts; a refusal is told in the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.mail.listaddress import Purpose
from listserv.model.case import Accept

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter
    from listserv.inbound.judging import Judged


def send_receipt(desk: Desk, letter: Letter, judged: Judged) -> None:
    """Its author knows that her post went out, if she wants to and mail reaches her."""
    author = judged.author
    if author is None or not author.receipt or author.stopped or not isinstance(judged.verdict, Accept):
        return
    desk.send(
        "receipt",
        letter.mail_list,
        desk.member(author),
        in_reply_to=letter.message.message_id,
        subject=letter.message.subject or letter.mail_list.title,
        people=judged.recipients - judged.own_copy,
        pause_minutes=letter.mail_list.pause_minutes,
        request_address=desk.addresses(letter.mail_list).of(Purpose.REQUEST),
    )
