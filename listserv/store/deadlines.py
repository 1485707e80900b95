"""Deadlines: dates a group is reminded of. Written down, listed, taken back; a removed one is kept as a row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from listserv.errors import NotFound
from listserv.model.calendar import LONGEST_DISTANCE_DAYS, Deadline
from listserv.store.schema import deadlines


def add_deadline(
    connection: Connection,
    list_id: int,
    title: str,
    day: date,
    now: datetime,
    *,
    at: datetime | None = None,
    link: str = "",
    distances: tuple[int, ...],
    created_by: int | None = None,
) -> Deadline:
    """The group is reminded of this day, or of this instant of it, so many days before."""
    statement = insert(deadlines).values(
        list_id=list_id,
        title=title,
        day=day.isoformat(),
        at=at,
        link=link,
        distances=",".join(str(distance) for distance in distances),
        created_by=created_by,
        created_at=now,
    )
    return _deadline(connection.execute(statement.returning(*deadlines.c)).one())


def deadlines_of(connection: Connection, list_id: int, since: date, until: date = date.max) -> list[Deadline]:
    """The list's deadlines from one day to another, both of them in it, by time."""
    statement = (
        select(deadlines)
        .where(deadlines.c.list_id == list_id, *_standing(since, until))
        .order_by(deadlines.c.day, deadlines.c.at, deadlines.c.id)
    )
    return [_deadline(row) for row in connection.execute(statement)]


def coming_deadlines(connection: Connection, today: date) -> list[Deadline]:
    """Deadlines of all lists that a reminder may be due of on this day, by list; a day's zone is still the reader's."""
    until = today + timedelta(days=LONGEST_DISTANCE_DAYS + 150)
    statement = select(deadlines).where(*_standing(today - timedelta(days=1), until))
    return [_deadline(row) for row in connection.execute(statement.order_by(deadlines.c.list_id, deadlines.c.id))]


def get_deadline(connection: Connection, deadline_id: int) -> Deadline:
    """The deadline of that id. Raises NotFound, also for one that was removed."""
    statement = select(deadlines).where(deadlines.c.id == deadline_id, deadlines.c.removed_at.is_(None))
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound(f"There is no deadline {deadline_id}; `listserv deadline all LIST` shows those of a list.")
    return _deadline(row)


def remove_deadline(connection: Connection, deadline_id: int, now: datetime) -> Deadline:
    """No more reminders of it. Raises NotFound."""
    found = get_deadline(connection, deadline_id)
    connection.execute(update(deadlines).where(deadlines.c.id == deadline_id).values(removed_at=now))
    return found


def _standing(since: date, until: date) -> tuple[Any, ...]:
    return (
        deadlines.c.removed_at.is_(None),
        deadlines.c.day >= since.isoformat(),
        deadlines.c.day <= until.isoformat(),
    )


def _deadline(row: Any) -> Deadline:
    return Deadline(
        row.id,
        row.list_id,
        row.title,
        date.fromisoformat(row.day),
        row.at,
        row.link,
        tuple(int(distance) for distance in row.distances.split(",") if distance),
        row.created_at,
    )
