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


def keep_an_owner(connection: Connection, list_id: int, person_id: int) -> None:
    """Raises LastOwner if she is the one owner of an open list: ask before her role there is taken."""
    lock_list(connection, list_id)
    owners = set(
        connection.execute(
            select(roles.c.person_id)
            .join(lists, lists.c.id == roles.c.list_id)
            .where(roles.c.list_id == list_id, roles.c.role == Role.OWNER.value, lists.c.archived_at.is_(None))
        ).scalars()
    )
    if owners == {person_id}:
        where = connection.execute(
            select(lists.c.name + "@" + lists.c.domain).where(lists.c.id == list_id)
        ).scalar_one()
        raise LastOwner(
            f"{where} would be without an owner: give somebody else the role owner first, or close the list."
        )


def is_last_owner(connection: Connection, list_id: int, person_id: int) -> bool:
    """Whether an open list has her as its one owner."""
    try:
        keep_an_owner(connection, list_id, person_id)
    except LastOwner:
        return True
    return False
