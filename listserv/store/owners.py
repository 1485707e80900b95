"""Who looks after a list: its owners, its network's administrators, and how a list goes over into other hands.

Handing over gives the role before it takes it (`lastowner`). Mail reaches whoever has an address that is not stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select

from listserv.mail.address import address_key
from listserv.model.lists import MODERATING, MailList, Role
from listserv.store.lists import touch_list
from listserv.store.people import add_member, find_member
from listserv.store.schema import addresses, consents, lists, persons, roles, subscriptions

# Roles a whole network gives.
IN_NETWORK = (Role.ADMINISTRATOR, Role.FACILITATOR)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who looks after a list or a network, with the address mail to her goes to."""

    person_id: int
    address: str
    name: str
    language: str


def owners(connection: Connection, list_id: int) -> list[Keeper]:
    """The list's owners whom mail reaches."""
    return keepers(connection, list_id, [Role.OWNER])


def keepers(connection: Connection, list_id: int, held: Iterable[Role]) -> list[Keeper]:
    """The members with one of these roles in the list whom mail reaches, by name and address."""
    statement = (
        select(persons.c.id, addresses.c.address, persons.c.name, persons.c.language)
        .select_from(_here())
        .where(
            subscriptions.c.list_id == list_id,
            subscriptions.c.left_at.is_(None),
            addresses.c.stopped_at.is_(None),
            persons.c.id.in_(
                select(roles.c.person_id).where(
                    roles.c.list_id == list_id, roles.c.role.in_([role.value for role in held])
                )
            ),
        )
        .order_by(persons.c.name, addresses.c.key)
    )
    return [Keeper(*row) for row in connection.execute(statement)]


def looks_after(connection: Connection, person_id: int) -> set[int]:
    """Ids of the lists in which she is owner or moderator; with 0 if she administers a network."""
    statement = select(roles.c.list_id).where(
        roles.c.person_id == person_id, roles.c.role.in_([role.value for role in MODERATING])
    )
    return {list_id or 0 for list_id in connection.execute(statement).scalars()}


def administrators(connection: Connection, network_id: int) -> list[Keeper]:
    """The network's administrators whom mail reaches, each at the first address of hers that is not stopped."""
    statement = (
        select(persons.c.id, addresses.c.address, persons.c.name, persons.c.language)
        .select_from(persons.join(addresses, addresses.c.person_id == persons.c.id))
        .where(
            addresses.c.stopped_at.is_(None),
            addresses.c.verified_at.is_not(None),
            persons.c.id.in_(
                select(roles.c.person_id).where(
                    roles.c.network_id == network_id, roles.c.role == Role.ADMINISTRATOR.value
                )
            ),
        )
        .order_by(persons.c.id, addresses.c.id)
    )
    first: dict[int, Keeper] = {}
    for row in connection.execute(statement):
        first.setdefault(row.id, Keeper(*row))
    return list(first.values())


def in_charge(
    connection: Connection,
    mail_list: MailList,
    postmaster: str,
    *ranks: Collection[Role],
    but: int | None = None,
) -> list[Keeper]:
    """Who is asked about the list: those of the first rank of which mail reaches anybody.

    A rank is a set of roles in the list; after them come the network's administrators, and last the site's postmaster
    (id 0; "" for none). The person `but` is never among them: it is she who is asked about.
    """
    for held in ranks:
        if found := [each for each in keepers(connection, mail_list.id, held) if each.person_id != but]:
            return found
    above = [each for each in administrators(connection, mail_list.network_id) if each.person_id != but]
    return above or ([Keeper(0, postmaster, "", "")] if postmaster else [])


def grant_in_network(connection: Connection, network_id: int, person_id: int, role: Role) -> bool:
    """The person has the role in every group of the network, those to come too; False if she had it."""
    if connection.execute(select(roles.c.id).where(*_held(network_id, person_id, role))).first() is not None:
        return False
    connection.execute(insert(roles).values(person_id=person_id, network_id=network_id, role=role.value))
    return True


def revoke_in_network(connection: Connection, network_id: int, person_id: int, role: Role) -> bool:
    """She has it no more; what she is in single groups stays. False if she had it not."""
    return connection.execute(delete(roles).where(*_held(network_id, person_id, role))).rowcount > 0


def holds_in_network(connection: Connection, network_id: int, person_id: int) -> bool:
    """Whether she is the network's administrator or facilitator: what she writes may be for all its groups."""
    running = roles.c.role.in_([role.value for role in IN_NETWORK])
    statement = select(roles.c.id).where(roles.c.network_id == network_id, roles.c.person_id == person_id, running)
    return connection.execute(statement.limit(1)).first() is not None


def roles_in_network(connection: Connection, network_id: int) -> list[tuple[str, Role]]:
    """(address, role) of everybody with a role in the network, by role and address; her first address."""
    first = select(func.min(addresses.c.id)).group_by(addresses.c.person_id)
    statement = (
        select(addresses.c.address, roles.c.role)
        .join(addresses, addresses.c.person_id == roles.c.person_id)
        .where(roles.c.network_id == network_id, addresses.c.id.in_(first))
        .order_by(roles.c.role, addresses.c.key)
    )
    return [(row.address, Role(row.role)) for row in connection.execute(statement)]


def _held(network_id: int, person_id: int, role: Role) -> tuple[Any, ...]:
    return roles.c.network_id == network_id, roles.c.person_id == person_id, roles.c.role == role.value


def without_a_living_owner(connection: Connection) -> list[int]:
    """Ids of the open lists that have owners, none of whom mail reaches."""
    owned = select(roles.c.id).where(roles.c.list_id == lists.c.id, roles.c.role == Role.OWNER.value)
    living = (
        select(roles.c.id)
        .join(
            subscriptions,
            (subscriptions.c.person_id == roles.c.person_id) & (subscriptions.c.list_id == roles.c.list_id),
        )
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(
            roles.c.list_id == lists.c.id,
            roles.c.role == Role.OWNER.value,
            subscriptions.c.left_at.is_(None),
            addresses.c.stopped_at.is_(None),
        )
    )
    statement = select(lists.c.id).where(lists.c.archived_at.is_(None), exists(owned), ~exists(living))
    return list(connection.execute(statement.order_by(lists.c.id)).scalars())


def hand_over(
    connection: Connection,
    mail_list: MailList,
    address: str,
    name: str,
    from_person: int | None,
    how: str,
    now: datetime,
) -> int:
    """Whoever has the address is an owner (and a member, if she was none); `from_person` is one no more, but a member.

    Gives the successor's person id. What belongs to the list (held posts, dates, norms) stays where it is: with it.
    """
    add_member(connection, mail_list, address, address_key(address), now, name=name)
    person_id = connection.execute(
        select(addresses.c.person_id).where(addresses.c.key == address_key(address))
    ).scalar_one()
    found = find_member(connection, mail_list, person_id, now)
    if found is None or Role.OWNER not in found.roles:
        connection.execute(insert(roles).values(person_id=person_id, list_id=mail_list.id, role=Role.OWNER.value))
    if from_person is not None and from_person != person_id:
        connection.execute(
            delete(roles).where(
                roles.c.person_id == from_person, roles.c.list_id == mail_list.id, roles.c.role == Role.OWNER.value
            )
        )
    wording = f"owner of {mail_list.address}"
    connection.execute(
        insert(consents).values(
            person_id=person_id, list_id=mail_list.id, act="owner", how=how, wording=wording, at=now
        )
    )
    touch_list(connection, mail_list.id)
    return int(person_id)


def _here() -> Any:
    return subscriptions.join(addresses, addresses.c.id == subscriptions.c.address_id).join(
        persons, persons.c.id == subscriptions.c.person_id
    )
