"""A person's addresses: found, added, given up, moved to another one; a school's domain renamed.

Posts from any of her addresses are hers. A role's address (`mail.roleaddress`) stands alone: it is never added to a
person nor moved, so that whoever holds the post next inherits nothing. An address that was given up stays hers, gets
no mail and signs nobody in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from listserv.errors import Refused
from listserv.mail.address import address_key, domain_key
from listserv.mail.roleaddress import is_role_address
from listserv.store.lists import touch_list
from listserv.store.schema import addresses, bans, subscriptions

GIVEN_UP = "given up"
_COLUMNS = (
    addresses.c.id,
    addresses.c.person_id,
    addresses.c.address,
    addresses.c.key,
    addresses.c.is_role,
    addresses.c.verified_at,
    addresses.c.confirmed_at,
    addresses.c.stopped_at,
    addresses.c.stopped_why,
)


@dataclass(frozen=True, slots=True)
class AddressOnFile:
    """One address and its state; `stopped_why` is "" while mail goes there."""

    id: int
    person_id: int
    address: str
    key: str
    is_role: bool
    verified_at: datetime | None
    confirmed_at: datetime | None
    stopped_at: datetime | None
    stopped_why: str


def on_file(connection: Connection, key: str) -> AddressOnFile | None:
    """The address as it is kept, None if nobody has it."""
    row = connection.execute(select(*_COLUMNS).where(addresses.c.key == key)).one_or_none()
    return None if row is None else AddressOnFile(*row)


def address_by_id(connection: Connection, address_id: int) -> AddressOnFile | None:
    """The address of this row, None if there is none any more."""
    row = connection.execute(select(*_COLUMNS).where(addresses.c.id == address_id)).one_or_none()
    return None if row is None else AddressOnFile(*row)


def addresses_of(connection: Connection, person_id: int) -> list[AddressOnFile]:
    """All of the person's, oldest first."""
    statement = select(*_COLUMNS).where(addresses.c.person_id == person_id).order_by(addresses.c.id)
    return [AddressOnFile(*row) for row in connection.execute(statement)]


def is_personal(address: AddressOnFile | None, text: str) -> bool:
    """Whether the address, kept or not yet, is a person's own."""
    return not (address.is_role if address is not None else is_role_address(text))


def add_address(connection: Connection, person_id: int, address: str, now: datetime) -> int:
    """The address is hers from now on, verified; the id of its row. One she has given up is good again.

    Where one of her addresses is banned this one is too: another address is no way around it.

    Raises Refused if somebody else has it, or if it is a role's or all of hers are.
    """
    known = on_file(connection, address_key(address))
    if known is not None and known.person_id != person_id:
        raise Refused(f"{address} belongs to somebody else here; two persons are joined with: listserv person merge.")
    if not is_personal(known, address) or all(each.is_role for each in addresses_of(connection, person_id)):
        raise Refused(f"{address}: a role's address is not joined with a person's.")
    _carry_bans(connection, person_id, address_key(address))
    if known is not None:
        fresh = {"verified_at": now, "stopped_at": None, "stopped_why": ""}
        connection.execute(update(addresses).where(addresses.c.id == known.id).values(**fresh))
        _touch(connection, known.id)
        return known.id
    return _insert(connection, person_id, address, now)


def move_mail(connection: Connection, person_id: int, to_address_id: int, old_ids: Collection[int]) -> list[int]:
    """Her copies that went to the old addresses go to this one; gives the lists it was done in."""
    moved = list(
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.person_id == person_id, subscriptions.c.address_id.in_(list(old_ids)))
            .values(address_id=to_address_id)
            .returning(subscriptions.c.list_id)
        ).scalars()
    )
    for list_id in sorted(set(moved)):
        touch_list(connection, list_id)
    return sorted(set(moved))


def stop(connection: Connection, address_id: int, why: str, now: datetime) -> None:
    """No mail goes to the address any more; `why` is kept. Lists that sent there know."""
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(stopped_at=now, stopped_why=why))
    _touch(connection, address_id)


def start_again(connection: Connection, address_id: int, now: datetime) -> None:
    """Whoever reads the address has just said so: mail goes there, and it counts as confirmed."""
    fresh = {"confirmed_at": now, "stopped_at": None, "stopped_why": ""}
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(**fresh))
    _touch(connection, address_id)


def correct_address(connection: Connection, known: AddressOnFile, address: str) -> None:
    """The address was spelled wrong; what hangs on it stays. Raises Refused if the other spelling is kept already."""
    key = address_key(address)
    other = on_file(connection, key)
    if other is not None and other.id != known.id:
        raise Refused(f"{address} is kept here already; two persons are joined with: listserv person merge.")
    values = {"address": address, "key": key, "is_role": is_role_address(address), "stopped_at": None}
    connection.execute(update(addresses).where(addresses.c.id == known.id).values(**values, stopped_why=""))
    _touch(connection, known.id)


@dataclass(frozen=True, slots=True)
class RenamedDomain:
    """What a school's new domain changed: addresses that moved, and those whose new form somebody else has."""

    moved: list[tuple[str, str]]
    taken: list[tuple[str, str]]


def rename_domain(connection: Connection, old: str, new: str, now: datetime) -> RenamedDomain:
    """Everybody at the old domain gets her mail at the new one; posts from the old one still count as hers.

    Whoever has both already gets her mail at the new one. Addresses under subdomains stay.
    """
    done = RenamedDomain([], [])
    for row in connection.execute(select(*_COLUMNS).order_by(addresses.c.key)).all():
        known = AddressOnFile(*row)
        _, _, domain = known.key.rpartition("@")
        if domain != domain_key(old):
            continue
        wanted = f"{known.address.rpartition('@')[0]}@{new}"
        other = on_file(connection, address_key(wanted))
        if other is not None and other.person_id != known.person_id:
            done.taken.append((known.address, wanted))
            continue
        fresh_id = other.id if other is not None else _insert(connection, known.person_id, wanted, now)
        move_mail(connection, known.person_id, fresh_id, [known.id])
        stop(connection, known.id, GIVEN_UP, now)
        done.moved.append((known.address, wanted))
    return done


def _insert(connection: Connection, person_id: int, address: str, now: datetime) -> int:
    row = insert(addresses).values(
        person_id=person_id,
        address=address,
        key=address_key(address),
        is_role=is_role_address(address),
        verified_at=now,
        created_at=now,
    )
    return int(connection.execute(row.returning(addresses.c.id)).scalar_one())


def _carry_bans(connection: Connection, person_id: int, key: str) -> None:
    hers = select(addresses.c.key).where(addresses.c.person_id == person_id, addresses.c.key != key)
    there = {(row.list_id, row.network_id) for row in connection.execute(select(bans).where(bans.c.address_key == key))}
    for row in connection.execute(select(bans).where(bans.c.address_key.in_(hers))).all():
        if (row.list_id, row.network_id) not in there:
            values = {"list_id": row.list_id, "network_id": row.network_id, "until": row.until}
            connection.execute(insert(bans).values(**values, address_key=key, created_at=row.created_at))


def _touch(connection: Connection, address_id: int) -> None:
    here = select(subscriptions.c.list_id).where(
        subscriptions.c.address_id == address_id, subscriptions.c.left_at.is_(None)
    )
    for list_id in connection.execute(here).scalars().all():
        touch_list(connection, list_id)
