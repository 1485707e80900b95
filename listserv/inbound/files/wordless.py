"""A post of pictures alone: its author is asked privately for a few words, once a day.

Who cannot see the picture, and whoever searches for it later, finds nothing without them. The post itself goes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.inbound.judging import Judged, author_in
from listserv.mail.address import address_key
from listserv.mail.text.body import body
from listserv.model.case import Accept

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

KIND = "words"


def ask_for_words(desk: Desk, letter: Letter, judged: Judged) -> None:
    """The member who posted nothing but pictures is asked what they show, at her known address."""
    if not isinstance(judged.verdict, Accept) or not _is_wordless(letter):
        return
    author = author_in(desk.connection, letter.mail_list, address_key(letter.author_address), desk.now)
    if author is None or not author.address or not desk.may_answer(author.address, KIND):
        return
    to = desk.member(author)
    subject = letter.message.subject
    desk.send("picture_only", letter.mail_list, to, in_reply_to=letter.message.message_id, subject=subject)


def _is_wordless(letter: Letter) -> bool:
    parts = letter.message.root.walk()
    return any(part.main_type == "image" for part in parts) and body(letter.message).only == "picture"
