"""Two persons are found to be one: everything of the second becomes the first's, and the second is gone.

Every table that refers to a person is known from the schema, so that none can be forgotten. Where both have a place in
the same list, the one who is still there wins, then the first; what hung on the other place goes over to it, and the
links to leave in copies that are out name it (`standing`). A report about one of these copies counts for nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, UniqueConstraint, delete, insert, select, update

from listserv.errors import Refused
from listserv.store.lists import touch_list
from listserv.store.schema import (
    addresses,
    consents,
    metadata,
    persons,
    roles,
    sessions,
    subscription_aliases,
    subscriptions,
)
from listserv.store.told import is_own, note_where_told


def merge_persons(connection: Connection, kept: int, other: int, how: str, now: datetime) -> None:
    """`kept` is both from now on: addresses, places in lists, posts, roles. Browsers of `other` are signed out.

    Raises Refused for one and the same person, or if one of them is known by role addresses alone: whoever holds such
    a post has no history of her own.
    """
    if kept == other:
        raise Refused("That is one person already.")
    if any(_is_role_alone(connection, each) for each in (kept, other)):
        raise Refused("A role's address (principal@, office@) is not joined with a person: it inherits no history.")
    if is_own(connection, kept) or is_own(connection, other):
        note_where_told(connection, other, now)
    connection.execute(delete(sessions).where(sessions.c.person_id == other))
    _fill_in(connection, kept, other)
    touched = _merge_places(connection, kept, other)
    _merge_roles(connection, kept, other)
    for table, place in _once():
        _drop_doubles(connection, table, place, kept, other)
    for column in _columns_of(persons):
        connection.execute(update(column.table).where(column == other).values({column.name: kept}))
    connection.execute(delete(persons).where(persons.c.id == other))
    wording = f"joined with person {other}"
    connection.execute(insert(consents).values(person_id=kept, act="merge", how=how, wording=wording, at=now))
    for list_id in touched:
        touch_list(connection, list_id)


def standing(connection: Connection, subscription_id: int) -> int:
    """The subscription that one named by an older copy has become part of; itself if it has not."""
    alias = select(subscription_aliases.c.subscription_id).where(subscription_aliases.c.id == subscription_id)
    return connection.execute(alias).scalar_one_or_none() or subscription_id


def _is_role_alone(connection: Connection, person_id: int) -> bool:
    found = connection.execute(select(addresses.c.is_role).where(addresses.c.person_id == person_id)).scalars().all()
    return bool(found) and all(found)


def _fill_in(connection: Connection, kept: int, other: int) -> None:
    """What the first lacks (a name, a language, a zone, her hours) comes from the second."""
    rows = {row.id: row for row in connection.execute(select(persons).where(persons.c.id.in_([kept, other])))}
    mine, theirs = rows[kept], rows[other]
    filled = ("name", "name_key", "language", "time_zone", "hours")
    values = {name: getattr(mine, name) or getattr(theirs, name) for name in filled}
    connection.execute(update(persons).where(persons.c.id == kept).values(**values))


def _merge_places(connection: Connection, kept: int, other: int) -> list[int]:
    """One subscription a list; gives the lists the other had a place in."""
    mine = {row.list_id: row for row in connection.execute(_places(kept))}
    theirs = connection.execute(_places(other)).all()
    for row in theirs:
        twin = mine.get(row.list_id)
        if twin is None:
            continue
        stays, goes = (row, twin) if row.left_at is None and twin.left_at is not None else (twin, row)
        for column in _columns_of(subscriptions):
            connection.execute(update(column.table).where(column == goes.id).values({column.name: stays.id}))
        connection.execute(delete(subscriptions).where(subscriptions.c.id == goes.id))
        connection.execute(insert(subscription_aliases).values(id=goes.id, subscription_id=stays.id))
        connection.execute(
            update(subscriptions).where(subscriptions.c.id == stays.id).values(posts=row.posts + twin.posts)
        )
    return [row.list_id for row in theirs]


def _places(person_id: int) -> Select[Any]:
    columns = (subscriptions.c.id, subscriptions.c.list_id, subscriptions.c.left_at, subscriptions.c.posts)
    return select(*columns).where(subscriptions.c.person_id == person_id)


def _merge_roles(connection: Connection, kept: int, other: int) -> None:
    """A role both hold in one place is held once (NULL never equals NULL for the unique constraint)."""
    held = {tuple(row) for row in connection.execute(_roles(kept))}
    for row in connection.execute(select(roles).where(roles.c.person_id == other)).all():
        if (row.list_id, row.network_id, row.role) in held:
            connection.execute(delete(roles).where(roles.c.id == row.id))


def _roles(person_id: int) -> Select[Any]:
    return select(roles.c.list_id, roles.c.network_id, roles.c.role).where(roles.c.person_id == person_id)


def _once() -> list[tuple[Table, list[str]]]:
    """Tables where a person stands once a place, and the columns that name it (a thread, a post, a list)."""
    found = []
    for table in metadata.sorted_tables:
        for constraint in table.constraints:
            names = constraint.columns.keys() if isinstance(constraint, UniqueConstraint) else []
            if "person_id" in names and table is not roles:
                found.append((table, [name for name in names if name != "person_id"]))
    return found


def _drop_doubles(connection: Connection, table: Table, place: list[str], kept: int, other: int) -> None:
    held = select(*(table.c[name] for name in place)).where(table.c.person_id == kept)
    mine = {tuple(row) for row in connection.execute(held)}
    for row in connection.execute(select(table).where(table.c.person_id == other)).all():
        if tuple(getattr(row, name) for name in place) in mine:
            connection.execute(delete(table).where(table.c.id == row.id))


def _columns_of(target: Table) -> list[Column[int]]:
    """Every column of the schema that refers to this table."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is target for key in column.foreign_keys)
    ]
