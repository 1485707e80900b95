"""Who has left and has not been told goodbye: by mail or by the one-click link, each leaving is answered once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, exists, func, select

from listserv.store.schedule import claim_run
from listserv.store.schema import addresses, departures, persons, schedule_runs, subscriptions

KIND = "goodbye"
LATEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Farewell:
    """One leaving that stands, and whom to tell."""

    departure_id: int
    subscription_id: int
    list_id: int
    person_id: int
    name: str
    address: str
    language: str


def unsaid_farewells(connection: Connection, now: datetime) -> list[Farewell]:
    """The leavings of the last two days that nobody was told goodbye for, oldest first."""
    said = exists().where(schedule_runs.c.kind == KIND, schedule_runs.c.subject == cast(departures.c.id, Text))
    return _farewells(connection, departures.c.at > now - LATEST, ~said)


def farewells_of(connection: Connection, subscription_ids: Collection[int]) -> list[Farewell]:
    """The leavings that stand of these subscriptions."""
    return _farewells(connection, departures.c.subscription_id.in_(subscription_ids))


def count_departures(connection: Connection, subscription_id: int) -> int:
    """How often this place was left."""
    statement = select(func.count()).where(departures.c.subscription_id == subscription_id)
    return int(connection.execute(statement).scalar_one())


def claim_farewell(connection: Connection, farewell: Farewell, now: datetime) -> bool:
    """True if the goodbye is this transaction's to say."""
    return claim_run(connection, KIND, farewell.departure_id, "once", now)


def _farewells(connection: Connection, *conditions: ColumnElement[bool]) -> list[Farewell]:
    statement: Any = (
        select(
            departures.c.id,
            departures.c.subscription_id,
            subscriptions.c.list_id,
            subscriptions.c.person_id,
            persons.c.name,
            addresses.c.address,
            persons.c.language,
        )
        .join(subscriptions, subscriptions.c.id == departures.c.subscription_id)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(
            departures.c.undone_at.is_(None),
            departures.c.at == subscriptions.c.left_at,
            addresses.c.stopped_at.is_(None),
            *conditions,
        )
        .order_by(departures.c.id)
    )
    return [Farewell(*row) for row in connection.execute(statement)]
