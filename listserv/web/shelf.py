"""The page of a group's links and files: what is pinned first, then the newest; all of them, or those with one tag."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from listserv.errors import NotFound
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.shelf.weblink import host_of
from listserv.model.shelf import ShelfItem
from listserv.store.folding import fold
from listserv.store.reading import OpenGroup
from listserv.store.shelf import open_shelf, open_tags
from listserv.web.pages import shown_author, shown_subject
from listserv.web.showing import for_viewer
from listserv.web.visit import Visit

ITEMS_PAGE = 40
TAG_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A link or file as this viewer may read it; `link` is the page or the download, `host` says where a link leads."""

    item: ShelfItem
    title: str
    author: str
    link: str
    host: str


def resources(visit: Visit) -> Response:
    """The group's links and files; with `tag=` those that have it, in any spelling. Raises NotFound."""
    found = visit.group()
    asked = visit.query("tag")[:TAG_CHARACTERS]
    tags = open_tags(visit.connection, found)
    tag = next((each for each, _ in tags if fold(each) == fold(asked)), "") if asked else ""
    page = visit.page_number()
    if asked and not tag:
        raise NotFound("There is no such tag.")
    items = open_shelf(visit.connection, found, tag, ITEMS_PAGE + 1, (page - 1) * ITEMS_PAGE)
    if page > 1 and not items:
        raise NotFound("There is no such page.")
    return visit.page(
        "resources.html",
        found,
        items=[_shown(visit, found, item) for item in items[:ITEMS_PAGE]],
        tags=tags,
        tag=tag,
        page=page,
        more=len(items) > ITEMS_PAGE,
        request_address=_request_address(visit, found),
    )


def _shown(visit: Visit, group: OpenGroup, item: ShelfItem) -> ShownItem:
    link, host = for_viewer(item.url, is_member=group.is_member), host_of(item.url) if item.url else ""
    if item.post_id is not None and item.part_index is not None:
        link = visit.site.links.part(group, item.post_id, item.part_index)
    author = shown_author(item.author_name, item.author_address, group)
    return ShownItem(item, shown_subject(item.title, group), author, link, host)


def _request_address(visit: Visit, group: OpenGroup) -> str:
    """Where a member writes to add one; "" for strangers and in a group that is closed."""
    mail_list = group.mail_list
    addresses = ListAddresses(mail_list.name, mail_list.domain, visit.site.settings.box(mail_list.domain))
    open_to_her = group.is_member and mail_list.archived_at is None
    return addresses.of(Purpose.REQUEST) if open_to_her else ""
