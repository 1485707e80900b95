"""A list is never left without an owner: while it is open, its last owner keeps that role until another has it.

A list that never had an owner is left alone, and a closed one needs none.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from listserv.errors import Refused
from listserv.model.lists import Role
from listserv.store.engine import lock_list
from listserv.store.schema import lists, roles


class LastOwner(Refused):
    """Nobody else would look after the list; `public` says what to do first."""


def is_last_owner(connection: Connection, list_id: int, person_id: int) -> bool:
    """Whether an open list has her as its one owner."""
    return _owners(connection, list_id) == {person_id}


def require_an_owner(connection: Connection, list_id: int) -> None:
    """Raises LastOwner if an open list has none: called where an owner's role was taken, in the same transaction.

    Two owners who leave at the same time wait for each other here, so that the second sees what the first did.
    """
    lock_list(connection, list_id)
    row = connection.execute(
        select(lists.c.name, lists.c.domain, lists.c.archived_at).where(lists.c.id == list_id)
    ).one()
    if row.archived_at is None and not _owners(connection, list_id):
        raise LastOwner(
            f"{row.name}@{row.domain} would be without an owner: give somebody else the role owner first,"
            f" or close it with: listserv list archive {row.name}@{row.domain}"
        )


def _owners(connection: Connection, list_id: int) -> set[int]:
    statement = (
        select(roles.c.person_id)
        .join(lists, lists.c.id == roles.c.list_id)
        .where(roles.c.list_id == list_id, roles.c.role == Role.OWNER.value, lists.c.archived_at.is_(None))
    )
    return set(connection.execute(statement).scalars())
