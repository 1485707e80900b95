"""Prompts: questions that are posted at their hour, each into a thread of its own. Written down, listed, taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from listserv.errors import NotFound, Refused
from listserv.model.digest import Prompt
from listserv.model.goals import PlannedPrompt
from listserv.store.schema import goals, lists, posts, prompts, threads

TOO_LATE = timedelta(days=35)


def add_prompt(
    connection: Connection,
    list_id: int,
    title: str,
    body: str,
    due_at: datetime,
    now: datetime,
    *,
    set_name: str = "",
    created_by: int | None = None,
) -> PlannedPrompt:
    """The question is posted in the list from then on."""
    values = {
        "list_id": list_id,
        "set_name": set_name,
        "title": title,
        "body": body,
        "due_at": due_at,
        "created_by": created_by,
        "created_at": now,
    }
    return _prompt(connection.execute(insert(prompts).values(values).returning(*prompts.c)).one())


def has_prompt(connection: Connection, list_id: int, set_name: str, title: str, due_at: datetime) -> bool:
    """Whether this question of this set is written down for that hour, so that a set is scheduled once."""
    statement = select(prompts.c.id).where(
        prompts.c.list_id == list_id,
        prompts.c.set_name == set_name,
        prompts.c.title == title,
        prompts.c.due_at == due_at,
        prompts.c.removed_at.is_(None),
    )
    return connection.execute(statement.limit(1)).first() is not None


def prompts_of(connection: Connection, list_id: int) -> list[PlannedPrompt]:
    """The list's prompts, posted and coming, by their hours."""
    statement = select(prompts).where(prompts.c.list_id == list_id, prompts.c.removed_at.is_(None))
    return [_prompt(row) for row in connection.execute(statement.order_by(prompts.c.due_at, prompts.c.id))]


def due_prompts(connection: Connection, now: datetime) -> list[PlannedPrompt]:
    """The prompts of open lists whose hour has come in the last 35 days and that were not posted, oldest first."""
    statement = _due(now).order_by(prompts.c.due_at, prompts.c.id)
    return [_prompt(row) for row in connection.execute(statement)]


def is_still_due(connection: Connection, prompt: PlannedPrompt, now: datetime) -> bool:
    """Whether it is among the `due_prompts` as it was read, so neither changed since nor taken back, posted or late."""
    row = connection.execute(_due(now).where(prompts.c.id == prompt.id)).one_or_none()
    return row is not None and _prompt(row) == prompt


def _due(now: datetime) -> Select[Any]:
    return (
        select(prompts)
        .join(lists, lists.c.id == prompts.c.list_id)
        .where(
            prompts.c.due_at <= now,
            prompts.c.due_at > now - TOO_LATE,
            prompts.c.post_id.is_(None),
            prompts.c.removed_at.is_(None),
            prompts.c.title != "",
            lists.c.archived_at.is_(None),
        )
    )


def get_prompt(connection: Connection, prompt_id: int) -> PlannedPrompt:
    """The prompt of that id. Raises NotFound, also for one that was removed."""
    statement = select(prompts).where(prompts.c.id == prompt_id, prompts.c.removed_at.is_(None))
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound(f"There is no prompt {prompt_id}; `listserv prompt all LIST` shows those of a list.")
    return _prompt(row)


def remove_prompt(connection: Connection, prompt_id: int, now: datetime) -> PlannedPrompt:
    """The question is not posted. Raises NotFound, and Refused where it was posted or a goal is about it."""
    found = get_prompt(connection, prompt_id)
    if found.post_id is not None:
        raise Refused(f"Prompt {prompt_id} was posted as post {found.post_id}; it is a post like any other now.")
    about = select(goals.c.id).where(goals.c.prompt_id == prompt_id, goals.c.removed_at.is_(None)).limit(1)
    goal_id = connection.execute(about).scalar_one_or_none()
    if goal_id is not None:
        raise Refused(f"Goal {goal_id} counts answers to prompt {prompt_id}; remove it first: listserv goal remove.")
    connection.execute(update(prompts).where(prompts.c.id == prompt_id).values(removed_at=now))
    return found


def set_post(connection: Connection, prompt_id: int, post_id: int) -> None:
    """The prompt was posted as this post."""
    connection.execute(update(prompts).where(prompts.c.id == prompt_id).values(post_id=post_id))


def thread_of_prompt(connection: Connection, prompt_id: int) -> int | None:
    """The conversation of the prompt as it is now; None before it was posted."""
    statement = select(posts.c.thread_id).join(prompts, prompts.c.post_id == posts.c.id)
    return connection.execute(statement.where(prompts.c.id == prompt_id)).scalar_one_or_none()


def prompt_of_thread(connection: Connection, list_id: int, thread_id: int) -> int | None:
    """The prompt that began the conversation; None if none did."""
    statement = select(prompts.c.id).join(posts, posts.c.id == prompts.c.post_id)
    found = connection.execute(statement.where(posts.c.thread_id == thread_id, prompts.c.list_id == list_id).limit(1))
    return found.scalar_one_or_none()


def asks_prompts(connection: Connection, list_id: int) -> bool:
    """Whether a prompt was ever posted in the list."""
    statement = select(prompts.c.id).where(prompts.c.list_id == list_id, prompts.c.post_id.is_not(None))
    return connection.execute(statement.limit(1)).first() is not None


def prompt_of_week(connection: Connection, list_id: int, since: datetime, until: datetime) -> Prompt | None:
    """The newest prompt whose hour lies in [since, until), with its conversation if it was posted."""
    statement = (
        select(prompts.c.id, prompts.c.title, prompts.c.body, threads.c.id.label("thread_id"), threads.c.public_id)
        .select_from(
            prompts.outerjoin(posts, posts.c.id == prompts.c.post_id).outerjoin(
                threads, threads.c.id == posts.c.thread_id
            )
        )
        .where(
            prompts.c.list_id == list_id,
            prompts.c.removed_at.is_(None),
            prompts.c.title != "",
            prompts.c.due_at >= since,
            prompts.c.due_at < until,
        )
        .order_by(prompts.c.due_at.desc(), prompts.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else Prompt(row.id, row.title, row.body, row.thread_id, row.public_id or "")


def _prompt(row: Any) -> PlannedPrompt:
    return PlannedPrompt(
        row.id,
        row.list_id,
        row.set_name,
        row.title,
        row.body,
        row.due_at,
        row.created_by,
        row.created_at,
        row.post_id,
    )
