"""Who moderates a list, and at which address mail reaches her.

Owners, moderators and the network's administrators do; facilitators only where nobody else does, so that no post waits
for ever. Somebody whose mail is paused, or whose address takes none, is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from listserv.model.lists import MODERATING, Delivery, MailList, Role
from listserv.store.schema import addresses, persons, roles, subscriptions


@dataclass(frozen=True, slots=True)
class Moderator:
    """One who may decide. `person_id` is None for the site's postmaster, who stands in where a list has nobody."""

    person_id: int | None
    name: str
    address: str
    language: str
    roles: frozenset[Role]
    away: bool = False
    gets_each: bool = False


def moderators(connection: Connection, mail_list: MailList, now: datetime) -> list[Moderator]:
    """Everybody who moderates the list and has an address, by person."""
    everybody = editors(connection, mail_list, now)
    moderating = [person for person in everybody if person.roles & MODERATING]
    return moderating or everybody


def editor(connection: Connection, mail_list: MailList, person_id: int, now: datetime) -> Moderator | None:
    """The person, if she moderates or facilitates the list now."""
    return next((found for found in editors(connection, mail_list, now) if found.person_id == person_id), None)


def editors(connection: Connection, mail_list: MailList, now: datetime) -> list[Moderator]:
    """Moderators, owners, administrators and facilitators of the list or its network."""
    granted: dict[int, set[Role]] = {}
    places: dict[int, Any] = {}
    for row in connection.execute(_EDITORS, {"wanted_list": mail_list.id, "wanted_network": mail_list.network_id}):
        places[row.id] = row
        if row.list_id is None or row.until is None or row.until > now:
            granted.setdefault(row.id, set()).add(Role(row.role))
    found = (_moderator(connection, places[person_id], frozenset(held), now) for person_id, held in granted.items())
    return [person for person in found if person is not None]


def _moderator(connection: Connection, row: Any, held: frozenset[Role], now: datetime) -> Moderator | None:
    away = row.stopped_at is not None or (row.paused_until is not None and row.paused_until > now)
    if row.address is not None and row.stopped_at is None:
        return Moderator(row.id, row.name, row.address, row.language, held, away, row.delivery == Delivery.EACH.value)
    address = connection.execute(_ANY_ADDRESS.where(addresses.c.person_id == row.id)).scalar_one_or_none()
    return Moderator(row.id, row.name, address, row.language, held, away) if address else None


_EDITORS = (
    select(
        persons.c.id,
        persons.c.name,
        persons.c.language,
        roles.c.role,
        roles.c.list_id,
        subscriptions.c.until,
        subscriptions.c.delivery,
        subscriptions.c.paused_until,
        addresses.c.address,
        addresses.c.stopped_at,
    )
    .select_from(
        roles.join(persons, persons.c.id == roles.c.person_id)
        .outerjoin(
            subscriptions,
            and_(
                subscriptions.c.person_id == persons.c.id,
                subscriptions.c.list_id == bindparam("wanted_list"),
                subscriptions.c.left_at.is_(None),
            ),
        )
        .outerjoin(addresses, addresses.c.id == subscriptions.c.address_id)
    )
    .where(
        roles.c.role.in_([role.value for role in sorted(MODERATING | {Role.FACILITATOR})]),
        or_(roles.c.list_id == bindparam("wanted_list"), roles.c.network_id == bindparam("wanted_network")),
    )
    .order_by(persons.c.id)
)
_ANY_ADDRESS = (
    select(addresses.c.address)
    .where(addresses.c.stopped_at.is_(None), addresses.c.verified_at.is_not(None))
    .order_by(addresses.c.id)
    .limit(1)
)
