"""A file that was too large for the copies comes by mail to the member who writes to the address the note names.

The address is the same in every copy, so that it may be handed on; it gives the file only to a member's known address,
whatever From says: at worst somebody else makes us send her a file of her own group, once a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.inbound.judging import author_in
from listserv.mail.address import address_key
from listserv.mail.compose import Attachment
from listserv.mail.listaddress import Purpose
from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.token import FileToken, verify_file
from listserv.model.lists import MailList
from listserv.store import takedowns
from listserv.store.takedowns import Filed

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

KIND = "file"


def file_of(key: bytes, mail_list: MailList, purpose: Purpose, token: str) -> FileToken | None:
    """Which file of which post this address answers with, None if it is no such address."""
    return verify_file(key, mail_list.name, token) if purpose is Purpose.CONFIRM else None


def send_file(desk: Desk, letter: Letter, wanted: FileToken) -> None:
    """The file is on its way to the member who asks; once a day each. A stranger and a file taken out get nothing."""
    author = address_key(letter.author_address) if letter.author_address else ""
    member = author_in(desk.connection, letter.mail_list, author, desk.now)
    if member is None or not member.address:
        return
    post = _post(desk, letter.mail_list, wanted.post_id)
    file = _file(post, wanted.part_index) if post is not None else None
    if post is None or file is None:
        return
    if not desk.may_answer(member.address, f"{KIND}:{wanted.post_id}:{wanted.part_index}"):
        return
    desk.send(
        "file",
        letter.mail_list,
        desk.member(member),
        in_reply_to=letter.message.message_id,
        attachments=[file],
        file=file.name,
        post=post.subject,
    )


def _post(desk: Desk, mail_list: MailList, post_id: int) -> Filed | None:
    found = takedowns.filed_posts(desk.connection, [post_id])
    return found[0] if found and found[0].list_id == mail_list.id and found[0].taken_down_at is None else None


def _file(post: Filed, part_index: int) -> Attachment | None:
    message = parse(post.octets)
    named = next((each for each in body(message).attachments if each.part_index == part_index), None)
    if named is None:
        return None
    part = next(part for index, part in enumerate(message.root.walk()) if index == part_index)
    return Attachment(named.content_type, part.decoded(), named.filename)
