"""What has come back from an address, the stop that follows, and the way out of it.

At most one row an address, kind and day; the score (`model.score`) is asked when a row is written, so that taken copies
cost nothing. A stopped address keeps its subscriptions and roles. Nothing here sends mail: the clock tells of stops and
sends probes (`inbound.bounces`). Everything counts from the day somebody last showed that the address lives.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.model.report import Kind
from listserv.model.score import STOP_AT, TOKEN_LASTS, score
from listserv.store.lists import touch_list
from listserv.store.schema import addresses, bounces, subscriptions

COMPLAINT = "complaint"
TEXT_CHARACTERS = 500
EVENTS_READ = 120


class Why(StrEnum):
    """Why an address is stopped by what was reported of it; `addresses.GIVEN_UP` is no matter of reports."""

    BOUNCES = "bounces"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Place:
    """One address of a person, and the subscription through which something was heard of it."""

    address_id: int
    address: str
    key: str
    person_id: int
    subscription_id: int | None = None
    list_id: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing reported of an address on one day; `diagnostic` is a server's own words."""

    address: str
    list_id: int | None
    kind: str
    status: str
    diagnostic: str
    at: datetime


def places(connection: Connection, subscription_id: int) -> list[Place]:
    """The address copies of this subscription go to, then the person's other ones; none if she has left."""
    hers = connection.execute(
        select(subscriptions.c.list_id, subscriptions.c.person_id, subscriptions.c.address_id).where(
            subscriptions.c.id == subscription_id, subscriptions.c.left_at.is_(None)
        )
    ).one_or_none()
    if hers is None:
        return []
    rows = connection.execute(
        select(addresses.c.id, addresses.c.address, addresses.c.key, addresses.c.person_id)
        .where(addresses.c.person_id == hers.person_id)
        .order_by(addresses.c.id)
    )
    found = [Place(*row, subscription_id, hers.list_id) for row in rows]
    return sorted(found, key=lambda place: place.address_id != hers.address_id)


def place_in(connection: Connection, list_id: int, key: str) -> Place | None:
    """The address by its key, if copies of this list go there."""
    row = connection.execute(
        select(
            addresses.c.id,
            addresses.c.address,
            addresses.c.key,
            addresses.c.person_id,
            subscriptions.c.id.label("subscription_id"),
        )
        .join(subscriptions, subscriptions.c.address_id == addresses.c.id)
        .where(addresses.c.key == key, subscriptions.c.list_id == list_id, subscriptions.c.left_at.is_(None))
    ).one_or_none()
    return None if row is None else Place(*row, list_id)


def address_by_key(connection: Connection, key: str) -> Place | None:
    """The address by its key, whoever has it."""
    columns = (addresses.c.id, addresses.c.address, addresses.c.key, addresses.c.person_id)
    row = connection.execute(select(*columns).where(addresses.c.key == key)).one_or_none()
    return None if row is None else Place(*row)


def reach(connection: Connection, list_id: int, key: str) -> tuple[bool, int | None]:
    """Whether reports have stopped the address, and the subscription whose copies of this list go there."""
    row = connection.execute(
        select(addresses.c.stopped_at, addresses.c.stopped_why, subscriptions.c.id)
        .join(
            subscriptions,
            (subscriptions.c.address_id == addresses.c.id)
            & (subscriptions.c.list_id == list_id)
            & subscriptions.c.left_at.is_(None),
            isouter=True,
        )
        .where(addresses.c.key == key)
    ).first()
    if row is None:
        return False, None
    return row.stopped_at is not None and row.stopped_why in tuple(Why), row.id


def note_report(
    connection: Connection,
    place: Place,
    kind: Kind,
    status: str,
    diagnostic: str,
    now: datetime,
    sent_on: date | None = None,
) -> bool:
    """What was reported of a copy is kept; True if the address is stopped by it.

    `sent_on` is the day the copy went out, None for today. A kind that does not count (`Kind.counts`) changes nothing,
    nor does a report on a copy older than 30 days, or from before the address was last shown to live.
    """
    if kind is Kind.DELIVERED:
        return False
    sent_on = sent_on or now.astimezone(UTC).date()
    state = connection.execute(select(addresses).where(addresses.c.id == place.address_id)).one()
    shown = _shown(state)
    if _is_old(sent_on, shown, now):
        return False
    _keep(connection, place, kind.value, status, diagnostic, now)
    if not kind.counts:
        return False
    if state.stopped_at is not None:
        if state.probed_at is not None and sent_on >= state.probed_at.date():
            _set(connection, place.address_id, probed_at=None, probes=state.probes + 1)
        return False
    return _stop_if_due(connection, place, shown, now)


def note_complaint(
    connection: Connection, place: Place, feedback_type: str, now: datetime, sent_on: date | None = None
) -> bool:
    """Whoever has the address has reported our mail to her provider: no more goes there. True if it stops by that.

    `sent_on` as in `note_report`: who has asked for mail again since did not mean what comes now.
    """
    state = connection.execute(select(addresses).where(addresses.c.id == place.address_id)).one()
    if sent_on is not None and _is_old(sent_on, _shown(state), now):
        return False
    _keep(connection, place, COMPLAINT, "", feedback_type, now)
    if state.stopped_at is not None and state.stopped_why != Why.BOUNCES:
        return False
    _stop(connection, place.address_id, Why.COMPLAINT, 0, now)
    return True


def events_of(connection: Connection, person_id: int, limit: int = 30) -> list[Event]:
    """What has been reported of the person's addresses, newest first."""
    statement = (
        select(
            addresses.c.address,
            bounces.c.list_id,
            bounces.c.kind,
            bounces.c.status,
            bounces.c.diagnostic,
            bounces.c.at,
        )
        .join(addresses, addresses.c.id == bounces.c.address_id)
        .where(addresses.c.person_id == person_id)
        .order_by(bounces.c.at.desc(), bounces.c.id.desc())
        .limit(limit)
    )
    return [Event(*row) for row in connection.execute(statement)]


def _shown(state: Any) -> datetime | None:
    """When somebody last showed that the address lives."""
    return max((at for at in (state.confirmed_at, state.verified_at) if at is not None), default=None)


def _is_old(sent_on: date, shown: datetime | None, now: datetime) -> bool:
    return sent_on < (now - TOKEN_LASTS).date() or (shown is not None and sent_on < shown.date())


def _stop_if_due(connection: Connection, place: Place, shown: datetime | None, now: datetime) -> bool:
    today = now.astimezone(UTC).date()
    events = _counted(connection, place.address_id, shown)
    if score(events) < STOP_AT:
        return False
    before = score(event for event in events if event[0] != today)
    probes = 0 if before < STOP_AT else _probes(connection, place.address_id)
    _stop(connection, place.address_id, Why.BOUNCES, probes, now)
    return True


def _counted(connection: Connection, address_id: int, shown: datetime | None) -> list[tuple[date, Kind]]:
    statement = (
        select(bounces.c.day, bounces.c.kind)
        .where(bounces.c.address_id == address_id, bounces.c.kind.in_([Kind.HARD.value, Kind.SOFT.value]))
        .order_by(bounces.c.day.desc())
        .limit(EVENTS_READ)
    )
    if shown is not None:
        statement = statement.where(bounces.c.at >= shown)
    return [(date.fromisoformat(row.day), Kind(row.kind)) for row in connection.execute(statement)]


def _probes(connection: Connection, address_id: int) -> int:
    return int(connection.execute(select(addresses.c.probes).where(addresses.c.id == address_id)).scalar_one())


def _keep(connection: Connection, place: Place, kind: str, status: str, diagnostic: str, now: datetime) -> None:
    """One row an address, kind and day: the latest of that day."""
    said = {
        "subscription_id": place.subscription_id,
        "list_id": place.list_id,
        "status": status[:20],
        "diagnostic": diagnostic[:TEXT_CHARACTERS],
        "at": now,
    }
    dialect = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    row = dialect(bounces).values(
        address_id=place.address_id, kind=kind, day=now.astimezone(UTC).date().isoformat(), **said
    )
    connection.execute(row.on_conflict_do_update(index_elements=["address_id", "kind", "day"], set_=said))


def _stop(connection: Connection, address_id: int, why: Why, probes: int, now: datetime) -> None:
    _set(connection, address_id, stopped_at=now, stopped_why=why.value, probed_at=None, probes=probes, told_at=None)
    touch_lists_of(connection, [address_id])


def touch_lists_of(connection: Connection, address_ids: Collection[int]) -> None:
    """The lists whose copies go to these addresses know that something has changed."""
    here = select(subscriptions.c.list_id).where(
        subscriptions.c.address_id.in_(list(address_ids)), subscriptions.c.left_at.is_(None)
    )
    for list_id in sorted(set(connection.execute(here).scalars())):
        touch_list(connection, list_id)


def _set(connection: Connection, address_id: int, **values: object) -> None:
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(**values))
