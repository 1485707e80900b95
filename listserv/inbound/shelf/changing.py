"""The commands that change a group's shelf, where it is proven who asks: add, pin, tag, withdraw.

Everybody withdraws and tags what she shared herself; those who run the group do it with any item, and pin. A link
without a post reaches the group by its update: where a post of hers would wait for a moderator, it is not taken.
"""

from __future__ import annotations

from datetime import datetime

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.mail.address import address_key
from listserv.mail.shelf.gathering import link_item
from listserv.model.lists import EDITING, MailList, Style, Subscription
from listserv.model.shelf import ShelfItem
from listserv.store import shelf
from listserv.store.lists import is_banned
from listserv.store.moderators import editor
from listserv.store.reading import OpenGroup, Viewer, open_group

ADDED_A_DAY = 20


def add_link(desk: Desk, asker: Asker, argument: str) -> Said:
    """The link is on the shelf under her name, twenty a day; in a group whose posts wait for a moderator it is not."""
    url, tags, title = argument.split("|", 2)
    item = link_item(url, title)
    if item is None:
        return Said("shelf_not_added")
    if not _runs(desk, asker) and (_would_wait(asker.mail_list, asker.place, desk.now) or _is_banned(desk, asker)):
        return Said("shelf_by_post")
    known = shelf.open_item(desk.connection, _group(desk, asker), key=item.key)
    if not any(desk.may_answer(asker.recipient.address, f"shelf-add:{number}") for number in range(ADDED_A_DAY)):
        return Said("shelf_enough", {"count": ADDED_A_DAY})
    kept_tags = tags.split() if known is None or _may_change(desk, asker, known) else []
    added = shelf.add_item(desk.connection, asker.mail_list.id, asker.person_id, item, kept_tags, desk.now)
    if added is None:
        return Said("shelf_not_back", {"title": item.title})
    return Said("shelf_there_already" if known else "shelf_added", _named(added))


def withdraw(desk: Desk, asker: Asker, argument: str) -> Said:
    """The item is off the shelf for good."""
    item = _item(desk, asker, argument)
    if item is None:
        return _no_such(argument)
    if not _may_change(desk, asker, item):
        return Said("shelf_not_yours", _named(item))
    shelf.withdraw_item(desk.connection, item.id, desk.now)
    return Said("shelf_withdrawn", _named(item))


def pin(desk: Desk, asker: Asker, argument: str) -> Said:
    """The item stands above the others."""
    return _pin(desk, asker, argument, desk.now)


def unpin(desk: Desk, asker: Asker, argument: str) -> Said:
    """It stands among the others again."""
    return _pin(desk, asker, argument, None)


def _pin(desk: Desk, asker: Asker, argument: str, at: datetime | None) -> Said:
    item = _item(desk, asker, argument)
    if not _runs(desk, asker):
        return Said("shelf_editors_pin")
    if item is None:
        return _no_such(argument)
    shelf.pin_item(desk.connection, item.id, at)
    return Said("shelf_pinned" if at else "shelf_unpinned", _named(item))


def tag(desk: Desk, asker: Asker, argument: str) -> Said:
    """The item has these tags too."""
    return _tag(desk, asker, argument, gets=True)


def untag(desk: Desk, asker: Asker, argument: str) -> Said:
    """It has them no more; without a tag named it has none."""
    return _tag(desk, asker, argument, gets=False)


def _tag(desk: Desk, asker: Asker, argument: str, *, gets: bool) -> Said:
    named, _, tags = argument.partition("|")
    item = _item(desk, asker, named)
    if item is None:
        return _no_such(named)
    if not _may_change(desk, asker, item):
        return Said("shelf_not_yours", _named(item))
    if gets:
        changed = shelf.tag_item(desk.connection, asker.mail_list.id, item, tags.split())
    else:
        changed = shelf.untag_item(desk.connection, item, tags.split())
    return Said("shelf_tagged", {**_named(changed), "tags": " ".join(f"#{each}" for each in changed.tags)})


def _group(desk: Desk, asker: Asker) -> OpenGroup:
    return open_group(desk.connection, Viewer(asker.person_id, desk.now), asker.mail_list.address)


def _item(desk: Desk, asker: Asker, named: str) -> ShelfItem | None:
    """The item of that number or link among those she may see."""
    if named.isdecimal():
        return shelf.open_item(desk.connection, _group(desk, asker), number=int(named))
    link = link_item(named, "")
    return shelf.open_item(desk.connection, _group(desk, asker), key=link.key) if link is not None else None


def _may_change(desk: Desk, asker: Asker, item: ShelfItem) -> bool:
    return item.person_id == asker.person_id or _runs(desk, asker)


def _runs(desk: Desk, asker: Asker) -> bool:
    return editor(desk.connection, asker.mail_list, asker.person_id, desk.now) is not None


def _would_wait(mail_list: MailList, place: Subscription, now: datetime) -> bool:
    """Whether a post of hers would not go straight out (`inbound.decide`)."""
    settings = mail_list.settings
    if mail_list.archived_at is not None or settings.emergency or settings.style is not Style.DISCUSSION:
        return True
    if place.hold_until is not None and place.hold_until > now:
        return True
    return place.posts < settings.first_posts_held and not place.roles & EDITING


def _is_banned(desk: Desk, asker: Asker) -> bool:
    return is_banned(desk.connection, asker.mail_list, address_key(asker.recipient.address), desk.now)


def _named(item: ShelfItem) -> dict[str, object]:
    return {"title": item.title, "number": item.id}


def _no_such(named: str) -> Said:
    return Said("shelf_no_such", {"number": named if named.isdecimal() else ""})
