"""The command that shows a group's links and files by mail: to a member, at her known address.

What is pinned stands first, then the newest; each with the number by which it is named in a command. A file's link is
the page that has it; without a public web, or in a private group, an address that answers with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from listserv.errors import NotFound
from listserv.inbound.asking import may_write, may_write_some
from listserv.inbound.commands.command import Asker
from listserv.inbound.days import short_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.inbound.shelf.reading import tag_in
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.text.answer import own_lines
from listserv.mail.token import sign_file
from listserv.model.lists import MailList
from listserv.model.shelf import ShelfItem
from listserv.store.folding import fold
from listserv.store.moderators import editor
from listserv.store.reading import OpenGroup, Viewer, open_group
from listserv.store.shelf import open_shelf, open_tags

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

LISTED = 40
TAGS_LISTED = 30


def send_shelf(desk: Desk, letter: Letter) -> None:
    """What her group shares, by mail; who is no member is told how to join."""
    mail_list, address = letter.mail_list, letter.author_address
    place = author_in(desk.connection, mail_list, address_key(address), desk.now) if address else None
    to = desk.member(place) if place is not None else None
    if place is None or to is None or not to.address:
        if may_write(desk, letter, address, "shelf"):
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
    elif may_write_some(desk, letter, to.address, "shelf"):
        tag = tag_in([*own_lines(letter.message), letter.message.subject])
        _send(desk, mail_list, to, place.person_id, tag)


def show_shelf(desk: Desk, asker: Asker, argument: str) -> None:
    """The same, where it is proven who asks."""
    _send(desk, asker.mail_list, asker.recipient, asker.person_id, argument)


def _send(desk: Desk, mail_list: MailList, to: Recipient, person_id: int, tag: str) -> None:
    try:
        group = open_group(desk.connection, Viewer(person_id, desk.now), mail_list.address)
    except NotFound:
        return
    tags = open_tags(desk.connection, group)
    tag = next((each for each, _ in tags if fold(each) == fold(tag)), tag) if tag else ""
    found = open_shelf(desk.connection, group, tag, LISTED + 1)
    language = to.language or mail_list.settings.language
    desk.send(
        "shelf",
        mail_list,
        to,
        items=[_shown(desk, group, item, language) for item in found[:LISTED]],
        tag=tag,
        tags=tags[:TAGS_LISTED],
        more=len(found) > LISTED,
        page=_page(desk, group, "resources"),
        runs=editor(desk.connection, mail_list, person_id, desk.now) is not None,
        request_address=desk.addresses(mail_list).of(Purpose.REQUEST),
    )


def _shown(desk: Desk, group: OpenGroup, item: ShelfItem, language: str) -> dict[str, Any]:
    mail_list = group.mail_list
    url, address = item.url, ""
    if item.is_file and item.post_id is not None and item.part_index is not None:
        url = _page(desk, group, f"posts/{item.post_id}/parts/{item.part_index}")
        addresses = desk.addresses(mail_list)
        if desk.is_private(mail_list) and addresses.has_room_for_file:
            address = addresses.of(Purpose.CONFIRM, sign_file(desk.key, mail_list.name, item.post_id, item.part_index))
    return {
        "number": item.id,
        "title": item.title,
        "url": "" if address else url,
        "address": address,
        "size_octets": item.size_octets,
        "by": "" if "@" in item.author_name else item.author_name,
        "day": short_day(item.at.astimezone(zone_of(mail_list, desk.settings)).date(), language),
        "tags": item.tags,
        "pinned": item.pinned,
        "mine": item.person_id is not None and item.person_id == group.viewer.person_id,
    }


def _page(desk: Desk, group: OpenGroup, path: str) -> str:
    """The page of the group, "" without a public web."""
    base = desk.settings.site.base_url.rstrip("/")
    name = group.mail_list.name if group.is_unique else group.mail_list.address
    return f"{base}/groups/{quote(name, safe='@')}/{path}" if base else ""
