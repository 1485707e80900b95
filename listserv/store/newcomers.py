"""Many people at once whom nobody here knows yet: a sheet's rows become members in a few statements.

Whoever holds an address already, or is a member, goes through `people.add_member`, which minds what she has; here there
is nothing to mind, so that ten thousand rows cost what the database takes for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from listserv.mail.roleaddress import is_role_address
from listserv.model.lists import MailList, Role
from listserv.store.folding import fold
from listserv.store.lists import touch_list
from listserv.store.people import NEW_MEMBER
from listserv.store.schema import addresses, consents, persons, roles, subscriptions

CHUNK = 500


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A membership to come: `settings` are columns of the subscription, as the column holds them."""

    mail_list: MailList
    settings: Mapping[str, Any]
    granted: frozenset[Role]


@dataclass(slots=True)
class Newcomer:
    """Somebody whose address nobody holds, and the groups she comes into."""

    address: str
    key: str
    name: str = ""
    places: list[NewPlace] = field(default_factory=list)


def strangers(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the address keys that nobody holds."""
    unknown = set(keys)
    wanted = sorted(unknown)
    for start in range(0, len(wanted), CHUNK):
        held = connection.execute(_HELD, {"wanted": wanted[start : start + CHUNK]})
        unknown.difference_update(held.scalars())
    return unknown


def add_newcomers(connection: Connection, newcomers: Sequence[Newcomer], how: str, wording: str, now: datetime) -> None:
    """Each is a person with that address and a member of her groups, and it is kept how she was added.

    What `people.add_member` and `settling.note_consent` would do for each place, for all of them.
    """
    if not newcomers:
        return
    made = connection.execute(_PERSONS, [_person(each, now) for each in newcomers]).scalars().all()
    held = connection.execute(
        _ADDRESSES, [_address(each, person_id, now) for each, person_id in zip(newcomers, made, strict=True)]
    )
    places = [
        (person_id, address_id, place)
        for each, person_id, address_id in zip(newcomers, made, held.scalars().all(), strict=True)
        for place in each.places
    ]
    connection.execute(insert(subscriptions), [_subscription(*each, now) for each in places])
    granted = [row for person_id, _, place in places for row in _roles(person_id, place)]
    if granted:
        connection.execute(insert(roles), granted)
    noted = {"act": "added", "how": how, "wording": wording, "at": now}
    connection.execute(
        insert(consents),
        [{"person_id": person_id, "list_id": place.mail_list.id, **noted} for person_id, _, place in places],
    )
    for list_id in {place.mail_list.id for _, _, place in places}:
        touch_list(connection, list_id)


def _person(newcomer: Newcomer, now: datetime) -> dict[str, Any]:
    return {"name": newcomer.name, "name_key": fold(newcomer.name), "created_at": now}


def _address(newcomer: Newcomer, person_id: int, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "address": newcomer.address,
        "key": newcomer.key,
        "is_role": is_role_address(newcomer.address),
        "verified_at": now,
        "created_at": now,
    }


def _subscription(person_id: int, address_id: int, place: NewPlace, now: datetime) -> dict[str, Any]:
    return {
        "list_id": place.mail_list.id,
        "person_id": person_id,
        "address_id": address_id,
        "created_at": now,
        **NEW_MEMBER,
        **place.settings,
    }


def _roles(person_id: int, place: NewPlace) -> Iterator[dict[str, Any]]:
    for role in sorted(place.granted - {Role.MEMBER}):
        yield {"person_id": person_id, "list_id": place.mail_list.id, "role": role.value}


_HELD = select(addresses.c.key).where(addresses.c.key.in_(bindparam("wanted", expanding=True)))
_PERSONS = insert(persons).returning(persons.c.id, sort_by_parameter_order=True)
_ADDRESSES = insert(addresses).returning(addresses.c.id, sort_by_parameter_order=True)
