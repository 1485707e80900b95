"""Files too large for copies: which they are, and the note that stands in the place of each.

    post, limit --too_large--> files     file, where it is kept --note--> a few lines in the group's language

Promises: a picture that the text shows in place stays, and so do invitations and whatever a signature or encryption
covers; a small message costs a comparison. The note says name and size, and how to get the file: the page that has it,
or an address that answers with it. Words: templates/email/left_out.txt. Pure but for the templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jinja2 import Environment
from jinja2.filters import do_filesizeformat

from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.text.body import Attachment, body
from listserv.mail.token import sign_file
from listserv.mail.words import clean
from listserv.model.lists import MailList

HTML_PARTS_READ = 20


def too_large(message: Message, limit_octets: int) -> list[Attachment]:
    """The attachments of more than so many octets that may make way; none where the limit is 0."""
    if not limit_octets or len(message.octets) <= limit_octets:
        return []
    found = [each for each in body(message).attachments if each.size_octets > limit_octets]
    if not found or message.is_signed_or_encrypted:
        return []
    parts = list(message.root.walk())
    around = {id(child): part for part in parts for child in part.children}
    return [each for each in found if _may_go(parts[each.part_index], around, message.root)]


def notes(
    environment: Environment,
    mail_list: MailList,
    addresses: ListAddresses,
    key: bytes,
    post_id: int,
    post_url: str,
    files: Sequence[Attachment],
    *,
    plain: bool = False,
) -> Mapping[int, str]:
    """The note for each file by its part's index. `post_url` is the post's page, "" where there is no public web.

    `plain`: it is left out because its reader wants plain text, not because it is too large.
    """
    template = environment.get_template("email/left_out.txt")
    made = {}
    for each in files:
        url = f"{post_url}/parts/{each.part_index}" if post_url else ""
        by_mail = not url or mail_list.settings.private or each.content_type.startswith("message/")
        token = sign_file(key, mail_list.name, post_id, each.part_index)
        values = {
            "locale": mail_list.settings.language,
            "name": clean(each.filename),
            "size": do_filesizeformat(each.size_octets),
            "plain": plain,
            "url": url,
            "address": addresses.of(Purpose.CONFIRM, token) if by_mail and addresses.has_room_for_file else "",
        }
        made[each.part_index] = template.render(values).strip() + "\n"
    return made


def _may_go(part: Part, around: Mapping[int, Part], root: Part) -> bool:
    """Whether a note can stand in the part's place, and whether the text does not show it itself."""
    parent = around.get(id(part))
    if part.content_type == "text/calendar" or "too_many_parts" in part.defects:
        return False
    if parent is not None and parent.content_type == "multipart/alternative":
        return False
    if part.main_type != "image":
        return True
    related = parent is not None and parent.content_type == "multipart/related"
    return not (related or _is_shown(part, root))


def _is_shown(picture: Part, root: Part) -> bool:
    """Whether an HTML part shows the picture where the author put it (RFC 2392)."""
    if not picture.content_id:
        return False
    return any(f"cid:{picture.content_id}" in page for page in _pages(root))


def _pages(root: Part) -> Iterator[str]:
    pages = [part for part in root.walk() if part.content_type == "text/html"]
    return (part.text() for part in pages[:HTML_PARTS_READ])
