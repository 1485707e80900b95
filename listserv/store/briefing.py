"""What the facilitators of a group are told once a week, and whether one of them has acted on it. For them alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from listserv.model.lists import Role
from listserv.store.refusing import BRIEFS, refusing
from listserv.store.schedule import Outcome
from listserv.store.schema import (
    addresses,
    goals,
    held_posts,
    lists,
    persons,
    posts,
    prompts,
    roles,
    schedule_runs,
    subscriptions,
)
from listserv.store.schools import home_school

BRIEF = "brief"
ACTED = "brief-acted"


@dataclass(frozen=True, slots=True)
class Facilitator:
    """One of those who share a group's work. `away`: she has paused the group's mail, or no mail reaches her; `school`
    is hers, from this group or another."""

    person_id: int
    address: str
    name: str
    language: str
    away: bool
    school: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many posts wait for a moderator, the oldest since when."""

    posts: int
    since: datetime | None


def lists_with_facilitators(connection: Connection) -> set[int]:
    """Ids of the open lists that somebody facilitates."""
    statement = (
        select(roles.c.list_id)
        .distinct()
        .join(lists, lists.c.id == roles.c.list_id)
        .where(roles.c.role == Role.FACILITATOR.value, lists.c.archived_at.is_(None))
    )
    return set(connection.execute(statement).scalars())


def facilitators(connection: Connection, list_id: int, now: datetime) -> list[Facilitator]:
    """Who facilitates the list and wants its brief, in the order in which they came."""
    refused = refusing(connection, BRIEFS, list_id)
    statement = (
        select(
            persons.c.id,
            addresses.c.address,
            persons.c.name,
            persons.c.language,
            addresses.c.stopped_at,
            subscriptions.c.paused_until,
            home_school().label("school"),
        )
        .select_from(
            roles.join(
                subscriptions,
                (subscriptions.c.person_id == roles.c.person_id) & (subscriptions.c.list_id == roles.c.list_id),
            )
            .join(addresses, addresses.c.id == subscriptions.c.address_id)
            .join(persons, persons.c.id == roles.c.person_id)
        )
        .where(
            roles.c.list_id == list_id,
            roles.c.role == Role.FACILITATOR.value,
            subscriptions.c.left_at.is_(None),
            subscriptions.c.until.is_(None) | (subscriptions.c.until > now),
        )
        .order_by(subscriptions.c.id)
    )
    return [
        Facilitator(row.id, row.address, row.name, row.language, bool(row.stopped_at or row.paused_until), row.school)
        for row in connection.execute(statement)
        if row.id not in refused
    ]


def briefs_of(connection: Connection, list_ids: Collection[int], week: str) -> dict[int, list[tuple[datetime, str]]]:
    """(when, outcome) of each list's briefs of the week in the order in which they went: `week/1`, `week/2`."""
    statement = (
        select(schedule_runs.c.subject, schedule_runs.c.claimed_at, schedule_runs.c.outcome)
        .where(
            schedule_runs.c.kind == BRIEF,
            schedule_runs.c.subject.in_([str(list_id) for list_id in sorted(list_ids)]),
            schedule_runs.c.period.in_([f"{week}/{number}" for number in range(1, 10)]),
        )
        .order_by(schedule_runs.c.period)
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in connection.execute(statement):
        found.setdefault(int(row.subject), []).append((row.claimed_at, row.outcome))
    return found


def has_acted(connection: Connection, list_id: int, week: str, person_ids: Collection[int], since: datetime) -> bool:
    """Whether one of them has answered the week's brief, or written, asked or set a goal in the group since then."""
    answered = select(schedule_runs.c.id).where(
        schedule_runs.c.kind == ACTED, schedule_runs.c.subject == str(list_id), schedule_runs.c.period == week
    )
    wrote = select(posts.c.id).where(
        posts.c.list_id == list_id,
        posts.c.counts_at >= since,
        posts.c.person_id.in_(sorted(person_ids)),
        posts.c.imported.is_(False),
    )
    planned = [
        select(table.c.id).where(
            table.c.list_id == list_id, table.c.created_at >= since, table.c.created_by.in_(sorted(person_ids))
        )
        for table in (prompts, goals)
    ]
    return any(connection.execute(each.limit(1)).first() is not None for each in (answered, wrote, *planned))


def sent_brief(outcomes: Collection[tuple[datetime, str]]) -> bool:
    """Whether a brief of the week went out, as there was something to tell."""
    return any(outcome == Outcome.SENT.value for _, outcome in outcomes)


def waiting_posts(connection: Connection, list_id: int) -> Waiting:
    """What waits for a moderator of the list now."""
    statement = select(func.count(), func.min(held_posts.c.held_at, type_=held_posts.c.held_at.type)).where(
        held_posts.c.list_id == list_id, held_posts.c.state == "waiting"
    )
    count, since = connection.execute(statement).one()
    return Waiting(count, since)
