"""What is kept about one person, shown whole, and corrected everywhere at once.

A corrected name also stands over the posts she has written and is found in the search; the octets of a mail stay as
they came (law 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from listserv.errors import NotFound
from listserv.store.addresses import AddressOnFile, addresses_of, correct_address, on_file
from listserv.store.lists import touch_list
from listserv.store.people import rename_person
from listserv.store.schema import addresses, consents, lists, networks, persons, posts, roles, subscriptions
from listserv.store.search import index_post, post_text


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person as the command line tells her; each line of `addresses`, `groups` and the others is one fact."""

    id: int
    name: str
    language: str
    addresses: tuple[str, ...]
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    consents: tuple[str, ...]
    posts: int

    def as_rows(self) -> dict[str, Any]:
        """By name, one fact a line where there are several."""
        several = {"addresses": self.addresses, "groups": self.groups, "roles": self.roles, "consents": self.consents}
        facts: dict[str, Any] = {"id": self.id, "name": self.name, "language": self.language, "posts": self.posts}
        return facts | {name: list(lines) for name, lines in several.items()}


def known_person(connection: Connection, address: str, key: str) -> int:
    """The id of whoever has the address. Raises NotFound."""
    found = on_file(connection, key)
    if found is None:
        raise NotFound(f"Nobody here has the address {address}.")
    return found.person_id


def record(connection: Connection, person_id: int) -> PersonRecord:
    """Everything about the person but what she wrote."""
    person = connection.execute(select(persons).where(persons.c.id == person_id)).one()
    written = connection.execute(select(func.count()).where(posts.c.person_id == person_id)).scalar_one()
    return PersonRecord(
        person_id,
        person.name,
        person.language,
        tuple(_told(each) for each in addresses_of(connection, person_id)),
        tuple(_groups(connection, person_id)),
        tuple(_roles(connection, person_id)),
        tuple(_consents(connection, person_id)),
        written,
    )


def correct_name(connection: Connection, person_id: int, name: str, now: datetime) -> None:
    """She is called so, over her posts and in the search too."""
    rename_person(connection, person_id, name)
    connection.execute(update(posts).where(posts.c.person_id == person_id).values(author_name=name))
    for post_id in connection.execute(select(posts.c.id).where(posts.c.person_id == person_id)).scalars().all():
        found = post_text(connection, post_id)
        if found is not None:
            index_post(connection, replace(found, author=name), now)


def correct_language(connection: Connection, person_id: int, language: str) -> None:
    """Mail to her is in this language."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(language=language))
    for list_id in (
        connection.execute(select(subscriptions.c.list_id).where(subscriptions.c.person_id == person_id))
        .scalars()
        .all()
    ):
        touch_list(connection, list_id)


def correct_spelling(connection: Connection, key: str, address: str) -> None:
    """The address was spelled wrong. Raises NotFound, or Refused where the right spelling is kept already."""
    found = on_file(connection, key)
    if found is None:
        raise NotFound(f"Nobody here has the address {key}.")
    correct_address(connection, found, address)


def _told(each: AddressOnFile) -> str:
    marks = ["role" if each.is_role else "", f"stopped: {each.stopped_why}" if each.stopped_at else ""]
    told = ", ".join(mark for mark in marks if mark)
    return f"{each.address} ({told})" if told else each.address


def _groups(connection: Connection, person_id: int) -> list[str]:
    statement = (
        select(subscriptions, lists.c.name, lists.c.domain, addresses.c.address)
        .join(lists, lists.c.id == subscriptions.c.list_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(subscriptions.c.person_id == person_id)
        .order_by(lists.c.name)
    )
    return [
        f"{row.name}@{row.domain} at {row.address}, mails {row.delivery}, digest {row.digest}"
        + (f", left {row.left_at:%Y-%m-%d}" if row.left_at else "")
        + (f", until {row.until:%Y-%m-%d}" if row.until else "")
        for row in connection.execute(statement)
    ]


def _roles(connection: Connection, person_id: int) -> list[str]:
    statement = (
        select(roles.c.role, lists.c.name, networks.c.name.label("network"))
        .join(lists, lists.c.id == roles.c.list_id, isouter=True)
        .join(networks, networks.c.id == roles.c.network_id, isouter=True)
        .where(roles.c.person_id == person_id)
        .order_by(roles.c.id)
    )
    return [
        f"{row.role} of {row.name}" if row.name else f"{row.role} of the network {row.network}"
        for row in connection.execute(statement)
    ]


def _consents(connection: Connection, person_id: int) -> list[str]:
    statement = (
        select(consents, lists.c.name)
        .join(lists, lists.c.id == consents.c.list_id, isouter=True)
        .where(consents.c.person_id == person_id)
        .order_by(consents.c.id)
    )
    return [
        f"{row.at:%Y-%m-%d %H:%M} {row.act} {row.name or ''} by {row.how}: {' '.join(row.wording.split())}"
        for row in connection.execute(statement)
    ]
