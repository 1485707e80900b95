"""Kinds of our own mail a person has switched off by a reply, in one list or in all (table `refusal`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from listserv.store.schedule import REFUSED
from listserv.store.schema import refusals

REMINDERS = REFUSED
BRIEFS = "briefs"
INQUIRIES = "inquiries"


def refuse(connection: Connection, person_id: int, kind: str, now: datetime, list_id: int | None = None) -> None:
    """She gets no more mail of this kind, of the list or (None) of any; once however often she says so."""
    allow(connection, person_id, kind, list_id)
    connection.execute(insert(refusals).values(person_id=person_id, list_id=list_id, kind=kind, at=now))


def allow(connection: Connection, person_id: int, kind: str, list_id: int | None = None) -> None:
    """She gets mail of this kind again; with None of every list."""
    statement = delete(refusals).where(refusals.c.person_id == person_id, refusals.c.kind == kind)
    connection.execute(statement if list_id is None else statement.where(refusals.c.list_id == list_id))


def refusing(connection: Connection, kind: str, list_id: int, person_ids: Collection[int] = ()) -> set[int]:
    """Who wants none of this kind in the list; of these persons, or of everybody."""
    statement = select(refusals.c.person_id).where(
        refusals.c.kind == kind, refusals.c.list_id.is_(None) | (refusals.c.list_id == list_id)
    )
    if person_ids:
        statement = statement.where(refusals.c.person_id.in_(sorted(person_ids)))
    return set(connection.execute(statement).scalars())
