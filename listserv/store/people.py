"""Persons, their addresses and their place in lists.

An address belongs to one person; a person holds one subscription a list and a set of roles. The frozen recipient set
of a post is made here from a cache that the list's `version` keeps honest; the cache lives with the database
connection, so that a failed commit, which drops the connection, drops the cache too. Where a job fails and the
connection stays, the writer says `forget_recipients`: the version that is undone will be given to another change.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from listserv.errors import NotFound, Refused
from listserv.mail.roleaddress import is_role_address
from listserv.model.lists import Delivery, DigestPeriod, MailList, Role, Subscription
from listserv.store.folding import fold
from listserv.store.hot import Hot
from listserv.store.lastowner import require_an_owner
from listserv.store.lists import touch_list
from listserv.store.pauses import choose
from listserv.store.schema import addresses, lists, persons, roles, subscriptions

_COLUMNS = (
    subscriptions.c.id,
    subscriptions.c.list_id,
    subscriptions.c.person_id,
    subscriptions.c.delivery,
    subscriptions.c.digest,
    subscriptions.c.own_copy,
    subscriptions.c.until,
    subscriptions.c.posts,
    subscriptions.c.school,
    subscriptions.c.level,
    subscriptions.c.hold_until,
    subscriptions.c.posted_at,
    subscriptions.c.posts_today,
    subscriptions.c.receipt,
    addresses.c.stopped_at,
    addresses.c.address,
    persons.c.name,
)
_SUBSCRIBED = subscriptions.join(addresses, addresses.c.id == subscriptions.c.address_id).join(
    persons, persons.c.id == subscriptions.c.person_id
)
_ROLES_HERE = Hot(
    select(roles.c.role, roles.c.list_id).where(
        roles.c.person_id == bindparam("wanted_person"),
        (roles.c.list_id == bindparam("wanted_list")) | (roles.c.network_id == bindparam("wanted_network")),
    )
)
PERSON_OF = select(addresses.c.person_id).where(addresses.c.key == bindparam("wanted_key"))
_PERSON_OF = Hot(PERSON_OF)
_MEMBER = Hot(
    select(*_COLUMNS, roles.c.role, roles.c.list_id.label("role_list"))
    .select_from(
        _SUBSCRIBED.outerjoin(
            roles,
            (roles.c.person_id == subscriptions.c.person_id)
            & ((roles.c.list_id == subscriptions.c.list_id) | (roles.c.network_id == bindparam("wanted_network"))),
        )
    )
    .where(
        subscriptions.c.list_id == bindparam("wanted_list"),
        subscriptions.c.person_id == bindparam("wanted_person"),
        subscriptions.c.left_at.is_(None),
    )
)

_HOLDER = Hot(
    select(addresses.c.person_id, addresses.c.id, persons.c.name)
    .join(persons, persons.c.id == addresses.c.person_id)
    .where(addresses.c.key == bindparam("wanted_key"))
)
_HOLDERS = (
    select(addresses.c.key, addresses.c.person_id, persons.c.name)
    .join(persons, persons.c.id == addresses.c.person_id)
    .where(addresses.c.key.in_(bindparam("wanted", expanding=True)))
)
_PLACE = Hot(
    select(
        subscriptions.c.id,
        subscriptions.c.address_id,
        subscriptions.c.left_at,
        subscriptions.c.delivery,
        subscriptions.c.digest,
        subscriptions.c.paused_until,
    ).where(
        subscriptions.c.list_id == bindparam("wanted_list"), subscriptions.c.person_id == bindparam("wanted_person")
    )
)

_SETS = "recipient_sets"  # what a connection remembers: the set of each list, and of which version it is
NEW_MEMBER = {
    "delivery": Delivery.EACH.value,
    "digest": DigestPeriod.NONE.value,
    "until": None,
    "school": "",
    "level": "",
    "paused_until": None,
    "before_pause": "",
}


@dataclass(frozen=True, slots=True)
class RecipientSet:
    """Who gets single mails of a list at one version of it, ready to be frozen for a post."""

    ids: array[int]
    by_key: dict[str, int]
    by_person: dict[int, int]
    no_own_copy: frozenset[int]
    ending: dict[int, datetime]

    def frozen(self, leave_out: Iterable[int], now: datetime) -> array[int]:
        """The subscription ids less those to leave out and those whose time as a guest is over."""
        missing = set(leave_out)
        missing.update(id for id, until in self.ending.items() if until <= now)
        if not missing:
            return self.ids
        return array("q", (id for id in self.ids if id not in missing))


def person_of(connection: Connection, address_key: str) -> int | None:
    """The id of the person who holds this address, or None."""
    found = _PERSON_OF.first(connection, {"wanted_key": address_key})
    return None if found is None else int(found.person_id)


def persons_of(connection: Connection, address_keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """(id, name) of the person who holds each of some hundred addresses, by its key; nothing of those nobody holds."""
    rows = connection.execute(_HOLDERS, {"wanted": list(address_keys)})
    return {row.key: (row.person_id, row.name) for row in rows}


def language_of(connection: Connection, person_id: int) -> str:
    """The language the person chose, "" if none."""
    return str(connection.execute(select(persons.c.language).where(persons.c.id == person_id)).scalar_one())


def ensure_person(connection: Connection, address: str, key: str, name: str, now: datetime) -> tuple[int, int]:
    """(person id, address id) of whoever holds the address; made if nobody does. A missing name is filled in."""
    found = _HOLDER.first(connection, {"wanted_key": key})
    if found is not None:
        if name and not found.name:
            rename_person(connection, found.person_id, name)
        return found.person_id, found.id
    person_id = connection.execute(
        insert(persons).values(name=name, name_key=fold(name), created_at=now).returning(persons.c.id)
    ).scalar_one()
    address_id = connection.execute(
        insert(addresses)
        .values(
            person_id=person_id,
            address=address,
            key=key,
            is_role=is_role_address(address),
            verified_at=now,
            created_at=now,
        )
        .returning(addresses.c.id)
    ).scalar_one()
    return person_id, address_id


def add_member(
    connection: Connection,
    mail_list: MailList,
    address: str,
    key: str,
    now: datetime,
    *,
    name: str = "",
    granted: Iterable[Role] | None = None,
    **settings: Any,
) -> bool:
    """Makes the address an active member; True if she was none before.

    `settings` are columns (delivery, digest, until, school, level). Of one who is a member already only what is named
    changes, so that adding her again takes nothing from her, how she reads as by `choose`; whoever comes back begins
    anew.

    Raises Refused if the person is a member with another address.
    """
    person_id, address_id = ensure_person(connection, address, key, name, now)
    existing = _PLACE.first(connection, {"wanted_list": mail_list.id, "wanted_person": person_id})
    stays = existing is not None and existing.left_at is None
    reading: dict[str, Any] = {}
    if existing is not None:
        reading = {name: settings.pop(name) for name in ("delivery", "digest") if name in settings}
    values = {"address_id": address_id, "left_at": None, **({} if stays else NEW_MEMBER), **_plain(settings)}
    if existing is not None and not stays:
        values["returned_at"] = now
        if is_role_address(address):  # it may be somebody else who has the post now: she reads from here on
            values["created_at"] = now
    if existing is None:
        connection.execute(
            insert(subscriptions).values(list_id=mail_list.id, person_id=person_id, created_at=now, **values)
        )
    else:
        if existing.left_at is None and existing.address_id != address_id:
            raise Refused(f"{address} belongs to a member of {mail_list.address} who is there with another address.")
        connection.execute(update(subscriptions).where(subscriptions.c.id == existing.id).values(**values))
        if reading and not (stays and _reads_so(existing, reading)):
            choose(connection, existing.id, now, **reading)
    if granted is not None or not stays:
        set_roles(connection, mail_list, person_id, granted or ())
    touch_list(connection, mail_list.id)
    return not stays


def _reads_so(place: Any, reading: Mapping[str, Any]) -> bool:
    """Whether she reads as is wished, as with nearly every row of a sheet that is read once more."""
    wished = _plain(reading).items()
    return place.paused_until is None and all(getattr(place, name) == value for name, value in wished)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Enums as the words the columns hold."""
    return {key: value.value if isinstance(value, Enum) else value for key, value in settings.items()}


def set_roles(connection: Connection, mail_list: MailList, person_id: int, granted: Iterable[Role]) -> None:
    """The person's roles in the list are exactly these; being a member needs no row. Raises LastOwner."""
    wanted = {role.value for role in granted} - {Role.MEMBER.value}
    here = (roles.c.person_id == person_id) & (roles.c.list_id == mail_list.id)
    had = connection.execute(delete(roles).where(here).returning(roles.c.role)).scalars().all()
    if wanted:
        rows = [{"person_id": person_id, "list_id": mail_list.id, "role": role} for role in sorted(wanted)]
        connection.execute(insert(roles), rows)
    if Role.OWNER.value in had and Role.OWNER.value not in wanted:
        require_an_owner(connection, mail_list.id)


def change_member(connection: Connection, mail_list: MailList, subscription: Subscription, **values: Any) -> None:
    """Sets columns of a subscription (own_copy, receipt, until, school, level); how she reads `pauses.choose` sets."""
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription.id).values(**_plain(values)))
    touch_list(connection, mail_list.id)


def rename_person(connection: Connection, person_id: int, name: str) -> None:
    """The person is called so; her earlier posts keep the name they were written under."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(name=name, name_key=fold(name)))


def remove_member(connection: Connection, mail_list: MailList, subscription: Subscription, now: datetime) -> None:
    """The subscription ends now; copies not yet sent do not go out any more. Her posts stay. Raises LastOwner."""
    connection.execute(update(subscriptions).where(subscriptions.c.id == subscription.id).values(left_at=now))
    set_roles(connection, mail_list, subscription.person_id, ())
    touch_list(connection, mail_list.id)


def find_member(connection: Connection, mail_list: MailList, person_id: int, now: datetime) -> Subscription | None:
    """The person's active subscription with her roles here and in the network, or None.

    With the last day of a guest her roles in the list end too; those in the network stay. Whoever holds a role without
    a subscription (a network's facilitator) comes back with id 0 and delivery none.
    """
    wanted = {"wanted_person": person_id, "wanted_list": mail_list.id, "wanted_network": mail_list.network_id}
    rows = _MEMBER.rows(connection, wanted)
    row = rows[0] if rows else None
    granted = (
        [(each.role, each.role_list) for each in rows if each.role] if rows else _ROLES_HERE.rows(connection, wanted)
    )
    ended = row is not None and row.until is not None and row.until <= now
    held = frozenset(Role(role) for role, role_list in granted if not (ended and role_list is not None))
    if row is not None and not ended:
        return _subscription(row, held | {Role.MEMBER})
    if not held:
        return None
    name = connection.execute(select(persons.c.name).where(persons.c.id == person_id)).scalar_one()
    return Subscription(0, mail_list.id, person_id, "", name, Delivery.NONE, DigestPeriod.NONE, False, held, None)


def get_member(connection: Connection, mail_list: MailList, address: str, key: str) -> Subscription:
    """The member with this address, a guest whose time is over too: she can be given more of it. Raises NotFound."""
    person_id, network_id = person_of(connection, key), mail_list.network_id
    wanted = {"wanted_list": mail_list.id, "wanted_person": person_id, "wanted_network": network_id}
    row = _MEMBER.first(connection, wanted)
    if row is None:
        raise NotFound(f"{address} is no member of {mail_list.address}.")
    return _subscription(row, frozenset({Role.MEMBER}))


def members(connection: Connection, mail_list: MailList) -> list[Subscription]:
    """Every active subscription of the list, by address."""
    granted: dict[int, set[Role]] = {}
    for row in connection.execute(select(roles.c.person_id, roles.c.role).where(roles.c.list_id == mail_list.id)):
        granted.setdefault(row.person_id, {Role.MEMBER}).add(Role(row.role))
    statement = (
        select(*_COLUMNS)
        .select_from(_SUBSCRIBED)
        .where(subscriptions.c.list_id == mail_list.id, subscriptions.c.left_at.is_(None))
        .order_by(addresses.c.key)
    )
    only_member = frozenset({Role.MEMBER})
    return [
        _subscription(row, frozenset(granted.get(row.person_id, only_member))) for row in connection.execute(statement)
    ]


def recipient_set(connection: Connection, mail_list: MailList) -> RecipientSet:
    """Who gets single mails of the list now; from the cache while the list's version stands."""
    cache: dict[int, tuple[int, RecipientSet]] = connection.info.setdefault(_SETS, {})
    held = cache.get(mail_list.id)
    if held is not None and held[0] == mail_list.version:
        return held[1]
    made = _read_recipients(connection, mail_list.id)
    cache[mail_list.id] = (mail_list.version, made)
    return made


def forget_recipients(connection: Connection) -> None:
    """What was read since the last COMMIT may be undone: all is read again."""
    connection.info.pop(_SETS, None)


def _read_recipients(connection: Connection, list_id: int) -> RecipientSet:
    rows = connection.execute(_RECIPIENTS, {"wanted_list": list_id}).all()
    ids, by_person, own_copies, untils, keys = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return RecipientSet(
        array("q", ids),
        dict(zip(keys, ids, strict=True)),
        dict(zip(by_person, ids, strict=True)),
        frozenset(id for id, own in zip(ids, own_copies, strict=True) if not own),
        {id: until for id, until in zip(ids, untils, strict=True) if until is not None},
    )


_RECIPIENTS = (
    select(
        subscriptions.c.id,
        subscriptions.c.person_id,
        subscriptions.c.own_copy,
        subscriptions.c.until,
        addresses.c.key,
    )
    .join(addresses, addresses.c.id == subscriptions.c.address_id)
    .where(
        subscriptions.c.list_id == bindparam("wanted_list"),
        subscriptions.c.delivery == Delivery.EACH.value,
        subscriptions.c.left_at.is_(None),
        addresses.c.stopped_at.is_(None),
    )
    .order_by(subscriptions.c.id)
)


def lists_of_person(connection: Connection, person_id: int) -> list[int]:
    """Ids of the lists the person is an active member of."""
    statement = (
        select(subscriptions.c.list_id)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .where(subscriptions.c.person_id == person_id, subscriptions.c.left_at.is_(None))
        .order_by(lists.c.name)
    )
    return list(connection.execute(statement).scalars())


def _subscription(row: Any, granted: frozenset[Role]) -> Subscription:
    return Subscription(
        row.id,
        row.list_id,
        row.person_id,
        row.address,
        row.name,
        Delivery(row.delivery),
        DigestPeriod(row.digest),
        bool(row.own_copy),
        granted,
        row.until,
        row.posts,
        row.school,
        row.level,
        row.hold_until,
        row.posted_at,
        row.posts_today,
        row.stopped_at is not None,
        bool(row.receipt),
    )
