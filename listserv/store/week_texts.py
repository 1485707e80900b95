"""The texts of a group's week that may repeat a post: shelf, prompts, drafts of the update, dates, goals, inquiries.

For take-downs: every text of a list is read, and one that says what is to go is written anew; what stands on the shelf
goes whole. Part of the caller's transaction. A journal is its author's alone and is not read here.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table, delete, select, update

from listserv.store.deadlines import of_list
from listserv.store.schema import deadlines, drafts, goals, inquiries, prompts, shelf_items

_TEXTS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (prompts, ("title", "body")),
    (drafts, ("answers",)),
    (deadlines, ("title", "link")),
    (goals, ("title",)),
    (inquiries, ("question",)),
)
_ON_SHELF = ("title", "url", "tags")


def drop_from_shelf(connection: Connection, post_id: int, part_index: int | None = None) -> list[str]:
    """What the post put on the shelf is gone, or only its part with this index; gives what it was called and its link.

    A prompt the post was loses its words.
    """
    mine = shelf_items.c.post_id == post_id
    if part_index is not None:
        mine &= shelf_items.c.part_index == part_index
    else:
        connection.execute(update(prompts).where(prompts.c.post_id == post_id).values(title="", body=""))
    said = connection.execute(select(shelf_items.c.title, shelf_items.c.url).where(mine)).all()
    connection.execute(delete(shelf_items).where(mine))
    return [text for row in said for text in row if text]


def rewrite_texts(connection: Connection, list_id: int, masked: Callable[[str], str]) -> None:
    """Every text of the list is what `masked` makes of it; an item of the shelf that would change is gone."""
    for table, columns in _TEXTS:
        here = of_list(list_id) if table is deadlines else table.c.list_id == list_id
        for row in connection.execute(select(table).where(here)).all():
            new = {name: masked(row._mapping[name]) for name in columns}
            if any(row._mapping[name] != text for name, text in new.items()):
                connection.execute(update(table).where(table.c.id == row.id).values(**new))
    for row in connection.execute(select(shelf_items).where(shelf_items.c.list_id == list_id)).all():
        if any(masked(row._mapping[name]) != row._mapping[name] for name in _ON_SHELF):
            connection.execute(delete(shelf_items).where(shelf_items.c.id == row.id))
