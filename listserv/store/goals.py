"""Goals of a list: written down, listed, taken back; a removed one is kept as a row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from listserv.errors import NotFound
from listserv.model.digest import ComingDate
from listserv.model.goals import Goal
from listserv.store.schema import goals, lists, prompts

_A_DAY = timedelta(days=1)


def add_goal(
    connection: Connection,
    list_id: int,
    title: str,
    posts_wanted: int,
    now: datetime,
    *,
    day: date | None = None,
    within_days: int | None = None,
    prompt_id: int | None = None,
    created_by: int | None = None,
) -> Goal:
    """Each member posts so many times by the end of the day, or within so many school days."""
    values = {
        "list_id": list_id,
        "title": title,
        "posts_wanted": posts_wanted,
        "day": day.isoformat() if day else "",
        "within_days": within_days,
        "prompt_id": prompt_id,
        "created_by": created_by,
        "created_at": now,
    }
    made = connection.execute(insert(goals).values(values).returning(goals.c.id)).scalar_one()
    return get_goal(connection, int(made))


def goals_of(connection: Connection, list_id: int) -> list[Goal]:
    """The list's goals, in the order they were written down."""
    statement = _GOALS.where(goals.c.list_id == list_id).order_by(goals.c.id)
    return [_goal(row) for row in connection.execute(statement)]


def open_goals(connection: Connection, now: datetime, list_ids: Collection[int] = ()) -> list[Goal]:
    """Goals of open lists that may still be met, by list; the last day's zone is still the reader's to know.

    One in a prompt's conversation is open from when the prompt was posted.
    """
    statement = _GOALS.where(
        goals.c.list_id.in_(select(lists.c.id).where(lists.c.archived_at.is_(None))),
        (goals.c.day == "") | (goals.c.day >= (now.date() - _A_DAY).isoformat()),
        goals.c.created_at <= now,
        goals.c.prompt_id.is_(None) | prompts.c.post_id.is_not(None),
    ).order_by(goals.c.list_id, goals.c.id)
    if list_ids:
        statement = statement.where(goals.c.list_id.in_(sorted(list_ids)))
    return [_goal(row) for row in connection.execute(statement)]


def goal_days(connection: Connection, list_id: int, since: date, until: date) -> tuple[ComingDate, ...]:
    """The last days of the list's goals from one day to another, both in it, by day: what an update tells everybody."""
    statement = _GOALS.where(
        goals.c.list_id == list_id, goals.c.day >= since.isoformat(), goals.c.day <= until.isoformat()
    ).order_by(goals.c.day, goals.c.id)
    return tuple(ComingDate(0, row.title, date.fromisoformat(row.day)) for row in connection.execute(statement))


def get_goal(connection: Connection, goal_id: int) -> Goal:
    """The goal of that id. Raises NotFound, also for one that was removed."""
    row = connection.execute(_GOALS.where(goals.c.id == goal_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no goal {goal_id}; `listserv goal all LIST` shows those of a list.")
    return _goal(row)


def remove_goal(connection: Connection, goal_id: int, now: datetime) -> Goal:
    """No more reminders of it. Raises NotFound."""
    found = get_goal(connection, goal_id)
    connection.execute(update(goals).where(goals.c.id == goal_id).values(removed_at=now))
    return found


_GOALS = (
    select(goals, prompts.c.due_at)
    .select_from(goals.outerjoin(prompts, prompts.c.id == goals.c.prompt_id))
    .where(goals.c.removed_at.is_(None))
)


def _goal(row: Any) -> Goal:
    return Goal(
        row.id,
        row.list_id,
        row.title,
        row.posts_wanted,
        date.fromisoformat(row.day) if row.day else None,
        row.within_days,
        row.prompt_id,
        max(row.created_at, row.due_at or row.created_at),
    )
