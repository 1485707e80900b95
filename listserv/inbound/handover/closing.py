"""An owner closes her group by mail, confirmed like every command: everybody is told once, and may take what is hers.

A closed group takes no posts; what was written stays to be read by who could read it. "send me my posts" gives a
member her own posts as a page to print, as JSON and as mbox files: it only ever sends them to her own address on file,
so a bare From may ask it, once a day. Works in open groups and closed ones alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.judging import author_in
from listserv.inbound.week.own_words import as_files, words_of
from listserv.mail.address import Mailbox, address_key
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.ids import make_message_id
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import list_fields
from listserv.mail.mbox import write_mbox_entry
from listserv.model.lists import MailList, Role
from listserv.store import archive, outbox
from listserv.store.closing import members_by_language, own_posts
from listserv.store.lists import archive_list

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

KIND = "my-posts"
MBOX_OCTETS = 8_000_000
MBOXES = 20
_BLANK_LINES = re.compile(r"\n{3,}")


def close_group(desk: Desk, asker: Asker, _argument: str) -> Said | None:
    """The group takes no more posts, and each member is told in one mail of her language."""
    if Role.OWNER not in asker.place.roles:
        return Said("owners_only")
    if asker.mail_list.archived_at is not None:
        return Said("closed_already")
    archive_list(desk.connection, asker.mail_list, desk.now)
    tell_everybody(desk, asker.mail_list)
    return Said("group_closed")


def tell_everybody(desk: Desk, mail_list: MailList) -> int:
    """Each member gets one mail that the group is closed; gives how many."""
    told = 0
    for language, ids in members_by_language(desk.connection, mail_list, desk.now).items():
        content_id = archive.put_content(desk.connection, _closed(desk, mail_list, language))
        told += outbox.enqueue_digest(desk.connection, mail_list.id, content_id, ids, desk.now, kind="reminder")
    return told


def send_my_posts(desk: Desk, letter: Letter) -> None:
    """The member's own posts in this group are on their way to her address on file."""
    mail_list = letter.mail_list
    place = author_in(desk.connection, mail_list, address_key(letter.author_address), desk.now)
    if place is None or not place.address or not desk.may_answer(place.address, f"{KIND}:{mail_list.id}"):
        return
    to = desk.member(place)
    files = list(_mboxes(desk, mail_list, place.person_id))
    pages = _pages(desk, mail_list, place.person_id, to) if files else ()
    for number, (octets, count) in enumerate(files, start=1):
        name = f"{mail_list.name}-{number}.mbox" if len(files) > 1 else f"{mail_list.name}.mbox"
        attached = [*(pages if number == 1 else ()), Attachment("application/mbox", octets, name)]
        desk.send(
            "my_posts",
            mail_list,
            to,
            attachments=attached,
            posts=count,
            number=number,
            of=len(files),
            is_part=number > 1,
        )
    if not files:
        desk.send("my_posts", mail_list, to, posts=0, number=1, of=1)


def _mboxes(desk: Desk, mail_list: MailList, person_id: int) -> Iterator[tuple[bytes, int]]:
    """(octets, how many posts) of files a mail can carry; at most 20 of them, the newest posts last."""
    parts: list[bytes] = []
    size = made = 0
    for post in own_posts(desk.connection, mail_list.id, person_id):
        entry = write_mbox_entry(post.octets, post.return_path, post.received_at)
        if parts and size + len(entry) > MBOX_OCTETS:
            yield b"".join(parts), len(parts)
            made += 1
            parts, size = [], 0
            if made == MBOXES:
                return
        parts.append(entry)
        size += len(entry)
    if parts:
        yield b"".join(parts), len(parts)


def _pages(desk: Desk, mail_list: MailList, person_id: int, to: Recipient) -> Sequence[Attachment]:
    """Her own words in the group as a page fit for print and as JSON."""
    words = (
        words_of(post.octets, post.received_at, mail_list.title)
        for post in own_posts(desk.connection, mail_list.id, person_id)
    )
    return as_files(desk, mail_list, to.name, "posts", to.language or mail_list.settings.language, words)


def _closed(desk: Desk, mail_list: MailList, language: str) -> bytes:
    """The mail for everybody of one language; answers go to the group's program."""
    addresses = desk.addresses(mail_list)
    request, owner = addresses.of(Purpose.REQUEST), addresses.of(Purpose.OWNER)
    base_url = desk.settings.site.base_url.rstrip("/")
    template = desk.templates.get_template("email/group_closed.txt")
    values = {
        "locale": language,
        "group": mail_list.title,
        "name": "",
        "owner_address": owner,
        "request_address": request,
        "url": f"{base_url}/groups/{mail_list.name}/" if base_url else "",
    }
    subject, text = ("".join(template.blocks[block](template.new_context(values))) for block in ("subject", "text"))
    unique = hashlib.sha256(repr(("closed", mail_list.id, language, desk.now)).encode()).hexdigest()[:32]
    headers: dict[str, HeaderValue] = {
        "From": Mailbox(mail_list.title, owner),
        "To": Mailbox(mail_list.title, request),
        "Reply-To": Mailbox(mail_list.title, request),
        "Subject": " ".join(subject.split()),
        "Date": desk.now,
        "Message-ID": f"<{make_message_id(f'closed.{unique}', mail_list.domain)}>".encode(),
        "Auto-Submitted": "auto-generated",
    }
    spaced = _BLANK_LINES.sub("\n\n", text.strip("\n"))
    return list_fields(mail_list, addresses, base_url) + compose(headers, f"{spaced}\n")
