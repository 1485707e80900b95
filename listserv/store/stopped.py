"""Stopped addresses as the clock sees them: whom to tell, when to probe, whose probe came through; and how it ends.

An address given up by its person, or a role's that nobody answered for, is stopped as well, but not by reports: it is
none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from listserv.model.lists import MailList
from listserv.model.score import PROBE_LASTS, probe_after
from listserv.store.bounces import Why, touch_lists_of
from listserv.store.lists import list_by_id
from listserv.store.schema import addresses, bounces, lists, persons, subscriptions

_REPORTED = addresses.c.stopped_at.is_not(None) & addresses.c.stopped_why.in_([why.value for why in Why])


@dataclass(frozen=True, slots=True)
class Stopped:
    """An address no mail goes to, its person, and one open group of hers that sends there (None: there is none)."""

    address_id: int
    address: str
    person_id: int
    name: str
    language: str
    why: Why
    at: datetime
    subscription_id: int | None
    mail_list: MailList | None


@dataclass(frozen=True, slots=True)
class StoppedMember:
    """One member of one list whose address was stopped; `status` is the enhanced code that was last reported, or ""."""

    list_id: int
    name: str
    address: str
    why: Why
    status: str


def untold(connection: Connection) -> list[Stopped]:
    """Addresses that were stopped and whose person's other addresses were not told."""
    return _stopped(connection, addresses.c.told_at.is_(None))


def set_told(connection: Connection, address_id: int, now: datetime) -> bool:
    """True if nobody, on another node either, has told of the stop before; from now on somebody has."""
    statement = update(addresses).where(addresses.c.id == address_id, addresses.c.told_at.is_(None))
    return connection.execute(statement.values(told_at=now)).rowcount == 1


def other_addresses(connection: Connection, found: Stopped) -> list[str]:
    """The person's own addresses that mail reaches."""
    statement = select(addresses.c.address).where(
        addresses.c.person_id == found.person_id,
        addresses.c.stopped_at.is_(None),
        addresses.c.verified_at.is_not(None),
        addresses.c.is_role.is_not(True),
    )
    return list(connection.execute(statement.order_by(addresses.c.id)).scalars())


def to_probe(connection: Connection, now: datetime) -> list[Stopped]:
    """The addresses whose next probe is due. Whoever complained is never probed."""
    due = [
        address_id
        for address_id, probes, at in connection.execute(
            select(addresses.c.id, addresses.c.probes, addresses.c.stopped_at).where(
                _REPORTED, addresses.c.stopped_why == Why.BOUNCES.value, addresses.c.probed_at.is_(None)
            )
        )
        if at + probe_after(probes) <= now
    ]
    found = _stopped(connection, addresses.c.probed_at.is_(None)) if due else []
    return [each for each in found if each.address_id in due and each.mail_list is not None]


def set_probed(connection: Connection, address_id: int, now: datetime) -> bool:
    """True if no probe, of another node either, was on its way; one is now."""
    statement = update(addresses).where(addresses.c.id == address_id, addresses.c.probed_at.is_(None))
    return connection.execute(statement.values(probed_at=now)).rowcount == 1


def resume_probed(connection: Connection, now: datetime) -> int:
    """Mail goes again to every address whose probe did not come back in three days; gives how many.

    Silence proves little, so the score stays: the next report of that kind stops it at once.
    """
    back = list(
        connection.execute(
            update(addresses)
            .where(_REPORTED, addresses.c.probed_at <= now - PROBE_LASTS)
            .values(stopped_at=None, stopped_why="", probed_at=None, told_at=None, probes=addresses.c.probes + 1)
            .returning(addresses.c.id)
        ).scalars()
    )
    touch_lists_of(connection, back)
    return len(back)


def stopped_between(connection: Connection, after: datetime, until: datetime) -> list[StoppedMember]:
    """The members of open lists whose address was stopped in (after, until] and still is, by list and address."""
    statement = (
        select(
            subscriptions.c.list_id,
            persons.c.name,
            addresses.c.address,
            addresses.c.stopped_why,
            _last_status().label("status"),
        )
        .join(subscriptions, subscriptions.c.address_id == addresses.c.id)
        .join(persons, persons.c.id == addresses.c.person_id)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(
            _REPORTED,
            addresses.c.stopped_at > after,
            addresses.c.stopped_at <= until,
            subscriptions.c.left_at.is_(None),
            lists.c.archived_at.is_(None),
        )
        .order_by(subscriptions.c.list_id, addresses.c.key)
    )
    return [
        StoppedMember(row.list_id, row.name, row.address, Why(row.stopped_why), row.status or "")
        for row in connection.execute(statement)
    ]


def _last_status() -> Any:
    later = bounces.alias()
    newest = (
        select(func.max(later.c.id)).where(later.c.address_id == addresses.c.id, later.c.status != "").scalar_subquery()
    )
    return select(bounces.c.status).where(bounces.c.id == newest).scalar_subquery()


def _stopped(connection: Connection, *conditions: Any) -> list[Stopped]:
    statement = (
        select(
            addresses.c.id,
            addresses.c.address,
            addresses.c.person_id,
            persons.c.name,
            persons.c.language,
            addresses.c.stopped_why,
            addresses.c.stopped_at,
            _a_place().label("subscription_id"),
        )
        .join(persons, persons.c.id == addresses.c.person_id)
        .where(_REPORTED, *conditions)
        .order_by(addresses.c.stopped_at, addresses.c.id)
    )
    return [_value(connection, row) for row in connection.execute(statement).all()]


def _a_place() -> Any:
    return (
        select(func.min(subscriptions.c.id))
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(
            subscriptions.c.address_id == addresses.c.id,
            subscriptions.c.left_at.is_(None),
            lists.c.archived_at.is_(None),
        )
        .scalar_subquery()
    )


def _value(connection: Connection, row: Any) -> Stopped:
    mail_list = None
    if row.subscription_id is not None:
        list_id = connection.execute(
            select(subscriptions.c.list_id).where(subscriptions.c.id == row.subscription_id)
        ).scalar_one()
        mail_list = list_by_id(connection, list_id)
    return Stopped(
        row.id,
        row.address,
        row.person_id,
        row.name,
        row.language,
        Why(row.stopped_why),
        row.stopped_at,
        row.subscription_id,
        mail_list,
    )
