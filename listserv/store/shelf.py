"""A group's shelf: links and files that its members shared, each once, with who shared it first and when.

Items come out of posts when their texts are derived, or are added without one. Who shared a thing first stays its
sharer; an older post that is imported later is the first. What was withdrawn keeps its key alone, so that nobody puts
it back unawares. `open_shelf` is the one reader for people, with the viewer in its group; a digest's reader is a
member. A take-down reaches the shelf through `store.week_texts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.mail.charsets import nfc
from listserv.mail.words import clean
from listserv.model.digest import Resource
from listserv.model.shelf import Gathered, ShelfItem
from listserv.store.folding import fold
from listserv.store.hot import Hot
from listserv.store.reading import DEEPEST_PAGE, OpenGroup
from listserv.store.schema import persons, posts, shelf_items, threads

TAGS_AN_ITEM = 8
TOLD_A_PERIOD = 200
TAGS_READ = 2_000


class Shared(NamedTuple):
    """What a post shares, by whom and since when."""

    post_id: int
    person_id: int | None
    at: datetime
    items: Sequence[Gathered]


def put_items(connection: Connection, post_id: int, items: Sequence[Gathered]) -> None:
    """What the post shares stands on its group's shelf. Nothing new of what was there, or was withdrawn."""
    if not items:
        return
    post = connection.execute(select(posts).where(posts.c.id == post_id)).one()
    put_shared(connection, post.list_id, [Shared(post_id, post.person_id, post.counts_at, items)])


def put_shared(connection: Connection, list_id: int, shared: Sequence[Shared]) -> None:
    """As `put_items` for what each of these posts of the list shares."""
    rows = [
        {"list_id": list_id, "post_id": each.post_id, "person_id": each.person_id, "at": each.at, **_columns(item)}
        for each in shared
        for item in each.items
    ]
    if rows:
        _PUT[connection.dialect.name].run_each(connection, rows)


def add_item(
    connection: Connection, list_id: int, person_id: int, item: Gathered, tags: Sequence[str], now: datetime
) -> ShelfItem | None:
    """A link that no post shared is on the shelf under her name, with these tags.

    What was there keeps its title and sharer, and gets the tags. None if it had been withdrawn.
    """
    values = {"list_id": list_id, "person_id": person_id, "at": now, **_columns(item)}
    _PUT[connection.dialect.name].run(connection, values)
    found = _one(connection, list_id, shelf_items.c.key == item.key)
    return found if found is None or not tags else tag_item(connection, list_id, found, tags)


def _columns(item: Gathered) -> dict[str, Any]:
    return {
        "key": item.key,
        "title": item.title,
        "url": item.url,
        "part_index": item.part_index,
        "size_octets": item.size_octets,
    }


def _put(dialect: Any) -> Hot:
    statement = dialect(shelf_items)
    earlier = and_(statement.excluded.at < shelf_items.c.at, shelf_items.c.withdrawn_at.is_(None))
    moved = {name: statement.excluded[name] for name in ("post_id", "person_id", "at", "part_index")}
    return Hot(statement.on_conflict_do_update(index_elements=["list_id", "key"], set_=moved, where=earlier))


_PUT = {"sqlite": _put(sqlite_insert), "postgresql": _put(postgres_insert)}


# --- reading -------------------------------------------------------------------------------------------------------


def open_shelf(connection: Connection, group: OpenGroup, tag: str, limit: int, offset: int = 0) -> list[ShelfItem]:
    """What this viewer may see of the group's shelf: what is pinned first, then the newest, those of a post in
    its order; all tags where it is "". Nothing beyond `DEEPEST_PAGE`."""
    if offset > DEEPEST_PAGE:
        return []
    statement = _items(group.mail_list.id).where(_shown_to(group))
    if tag:
        statement = statement.where(shelf_items.c.tags.contains(f" {tag} ", autoescape=True))
    statement = statement.order_by(
        shelf_items.c.pinned_at.is_(None),
        shelf_items.c.pinned_at.desc(),
        shelf_items.c.at.desc(),
        shelf_items.c.id,
    )
    return [_item(row) for row in connection.execute(statement.limit(limit).offset(offset))]


def open_tags(connection: Connection, group: OpenGroup) -> list[tuple[str, int]]:
    """The tags of what this viewer may see, with how many items each has, by the alphabet."""
    tagged = (
        select(shelf_items.c.tags)
        .select_from(_SHELF)
        .where(shelf_items.c.list_id == group.mail_list.id, shelf_items.c.tags != "", *_STANDING, _shown_to(group))
        .order_by(shelf_items.c.id.desc())
        .limit(TAGS_READ)
    )
    counted = Counter(tag for tags in connection.execute(tagged).scalars() for tag in tags.split())
    return sorted(counted.items(), key=lambda each: (fold(each[0]), each[0]))


def shared_in(connection: Connection, list_id: int, since: datetime, until: datetime) -> tuple[Resource, ...]:
    """What was shared for the first time in [since, until), in that order, as an update tells it."""
    statement = (
        _items(list_id)
        .where(shelf_items.c.at >= since, shelf_items.c.at < until)
        .order_by(shelf_items.c.at, shelf_items.c.id)
        .limit(TOLD_A_PERIOD)
    )
    return tuple(_resource(_item(row)) for row in connection.execute(statement))


def _resource(item: ShelfItem) -> Resource:
    by = nfc(" ".join(clean(item.author_name).split()))
    return Resource(
        item.title,
        item.url,
        "" if "@" in by else by,
        item.post_id,
        item.size_octets,
        item.part_index,
        item.post_subject,
    )


def open_item(connection: Connection, group: OpenGroup, *, number: int = 0, key: str = "") -> ShelfItem | None:
    """The item with this number, else with this key, if the viewer may see it."""
    which = shelf_items.c.id == number if number else shelf_items.c.key == key
    return _one(connection, group.mail_list.id, which & _shown_to(group))


def _one(connection: Connection, list_id: int, which: ColumnElement[bool]) -> ShelfItem | None:
    row = connection.execute(_items(list_id).where(which)).one_or_none()
    return _item(row) if row is not None else None


# --- changing ------------------------------------------------------------------------------------------------------


def pin_item(connection: Connection, item_id: int, now: datetime | None) -> None:
    """The item stands above the others from now on; None: no longer."""
    connection.execute(update(shelf_items).where(shelf_items.c.id == item_id).values(pinned_at=now))


def tag_item(connection: Connection, list_id: int, item: ShelfItem, tags: Sequence[str]) -> ShelfItem:
    """The item has these tags too, up to eight, each in the spelling the shelf knows it by."""
    known = {fold(tag): tag for tag in reversed(_tags_of(connection, list_id))}
    kept = {fold(tag): tag for tag in item.tags}
    for tag in tags:
        kept.setdefault(fold(tag), known.get(fold(tag), tag))
    return _with_tags(connection, item, list(kept.values())[:TAGS_AN_ITEM])


def untag_item(connection: Connection, item: ShelfItem, tags: Sequence[str]) -> ShelfItem:
    """The item has these tags no more; without any it has none."""
    gone = {fold(tag) for tag in tags}
    return _with_tags(connection, item, [tag for tag in item.tags if gone and fold(tag) not in gone])


def withdraw_item(connection: Connection, item_id: int, now: datetime) -> None:
    """The item is gone for good, with what it said; the post it came with stays as it is."""
    values = {"title": "", "url": "", "tags": "", "pinned_at": None, "withdrawn_at": now}
    connection.execute(update(shelf_items).where(shelf_items.c.id == item_id).values(**values))


def _with_tags(connection: Connection, item: ShelfItem, tags: Sequence[str]) -> ShelfItem:
    written = f" {' '.join(tags)} " if tags else ""
    connection.execute(update(shelf_items).where(shelf_items.c.id == item.id).values(tags=written))
    return replace(item, tags=tuple(tags))


def _tags_of(connection: Connection, list_id: int) -> list[str]:
    """The list's tags, those used first at the end."""
    tagged = (
        select(shelf_items.c.tags)
        .where(shelf_items.c.list_id == list_id, shelf_items.c.tags != "")
        .order_by(shelf_items.c.id.desc())
        .limit(TAGS_READ)
    )
    return [tag for tags in connection.execute(tagged).scalars() for tag in tags.split()]


# --- rows ----------------------------------------------------------------------------------------------------------

_SHELF = (
    shelf_items.outerjoin(posts, posts.c.id == shelf_items.c.post_id)
    .outerjoin(threads, threads.c.id == posts.c.thread_id)
    .outerjoin(persons, persons.c.id == shelf_items.c.person_id)
)
_STANDING = (shelf_items.c.withdrawn_at.is_(None), posts.c.taken_down_at.is_(None))


def _items(list_id: int) -> Select[Any]:
    columns = (
        shelf_items,
        posts.c.author_name,
        posts.c.author_address,
        posts.c.subject,
        persons.c.name.label("person_name"),
    )
    return select(*columns).select_from(_SHELF).where(shelf_items.c.list_id == list_id, *_STANDING)


def _shown_to(group: OpenGroup) -> ColumnElement[bool]:
    """Of a post what the viewer may read; of what has none what was added since she came."""
    if group.since is None:
        return true()
    return or_(group.shows(), shelf_items.c.post_id.is_(None) & (shelf_items.c.at >= group.since))


def _item(row: Any) -> ShelfItem:
    named = row.author_name if row.author_name and "@" not in row.author_name else ""
    return ShelfItem(
        row.id,
        row.title,
        row.url,
        named or row.person_name or row.author_name or "",
        row.author_address or "",
        row.at,
        tuple(row.tags.split()),
        row.pinned_at is not None,
        row.person_id,
        row.post_id,
        row.subject or "",
        row.part_index,
        row.size_octets,
    )
