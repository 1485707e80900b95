"""Role addresses over the years: asked each January whether somebody reads them, stopped when nobody says so.

Whoever takes over the post and says so is a person of her own from then on: the place in the groups and its roles are
the post's, what was written and read before is not hers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, cast, delete, func, insert, select, update

from listserv.store.addresses import stop
from listserv.store.lists import touch_list
from listserv.store.schedule import claim_run
from listserv.store.schema import addresses, persons, roles, schedule_runs, sessions, subscriptions, tokens

KIND = "role-address"
UNCONFIRMED = "unconfirmed"
ANSWER_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RoleAddress:
    """A role's address that is in use; `list_id` is the first of its groups."""

    id: int
    person_id: int
    address: str
    name: str
    language: str
    list_id: int


def due(connection: Connection, new_year: datetime) -> list[RoleAddress]:
    """Those kept since before the year began and not confirmed in it, to which mail goes."""
    statement = (
        select(
            addresses.c.id,
            addresses.c.person_id,
            addresses.c.address,
            persons.c.name,
            persons.c.language,
            func.min(subscriptions.c.list_id),
        )
        .join(persons, persons.c.id == addresses.c.person_id)
        .join(subscriptions, subscriptions.c.address_id == addresses.c.id)
        .where(
            addresses.c.is_role,
            addresses.c.stopped_at.is_(None),
            addresses.c.created_at < new_year,
            addresses.c.confirmed_at.is_(None) | (addresses.c.confirmed_at < new_year),
            subscriptions.c.left_at.is_(None),
        )
        .group_by(addresses.c.id, addresses.c.person_id, addresses.c.address, persons.c.name, persons.c.language)
        .order_by(addresses.c.id)
    )
    return [RoleAddress(*row) for row in connection.execute(statement)]


def claim_question(connection: Connection, address_id: int, year: int, now: datetime) -> bool:
    """True if the address was not asked this year; from now on it is."""
    return claim_run(connection, KIND, address_id, str(year), now)


def stop_unanswered(connection: Connection, now: datetime) -> int:
    """No mail goes any more to addresses asked 30 days ago that have said nothing since; gives how many."""
    asked = (schedule_runs.c.kind == KIND) & (schedule_runs.c.subject == cast(addresses.c.id, Text))
    statement = (
        select(addresses.c.id)
        .join(schedule_runs, asked)
        .where(
            addresses.c.is_role,
            addresses.c.stopped_at.is_(None),
            schedule_runs.c.claimed_at <= now - ANSWER_WITHIN,
            schedule_runs.c.claimed_at > now - 10 * ANSWER_WITHIN,
            addresses.c.confirmed_at.is_(None) | (addresses.c.confirmed_at < schedule_runs.c.claimed_at),
        )
    )
    silent = connection.execute(statement).scalars().all()
    for address_id in silent:
        stop(connection, address_id, UNCONFIRMED, now)
    return len(silent)


def begin_anew(connection: Connection, address_id: int, now: datetime) -> int:
    """Somebody new holds the post: a person without a past has the address, its places and their roles; her id."""
    before = connection.execute(select(addresses.c.person_id).where(addresses.c.id == address_id)).scalar_one()
    person_id: int = connection.execute(insert(persons).values(created_at=now).returning(persons.c.id)).scalar_one()
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(person_id=person_id))
    places = connection.execute(
        update(subscriptions)
        .where(subscriptions.c.person_id == before, subscriptions.c.address_id == address_id)
        .values(person_id=person_id, posts=0, created_at=now)
        .returning(subscriptions.c.list_id)
    )
    lists = list(places.scalars())
    held = (roles.c.person_id == before) & roles.c.list_id.in_(lists)
    connection.execute(update(roles).where(held).values(person_id=person_id))
    connection.execute(delete(sessions).where(sessions.c.person_id == before))
    connection.execute(
        update(tokens).where(tokens.c.person_id == before, tokens.c.used_at.is_(None)).values(used_at=now)
    )
    for list_id in lists:
        touch_list(connection, list_id)
    return person_id
