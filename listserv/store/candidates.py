"""Which of a list's members a stranger may be: by name, by an address, by having had our mail. All of it by an index.

Members whose mail goes to a role's address are nobody's guess. Kept is only whose a held post seems to
be, and who has said that an address is not hers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, select, update

from listserv.model.case import Reason
from listserv.store.folding import fold
from listserv.store.schedule import claim_run
from listserv.store.schema import addresses, held_posts, persons, posts, schedule_runs, subscriptions

NOT_HERS = "not-hers"
IDS = 20


def is_taken(connection: Connection, key: str) -> bool:
    """Whether somebody has the address."""
    return connection.execute(select(addresses.c.id).where(addresses.c.key == key)).first() is not None


def named(connection: Connection, list_id: int, name: str) -> set[int]:
    """The members called so, whatever the spelling of long vowels, also "Tāmati, Mere"."""
    last, comma, first = name.partition(",")
    spellings = {fold(name), fold(f"{first} {last}") if comma else ""} - {""}
    return _ids(connection, list_id, select(persons.c.id).where(persons.c.name_key.in_(sorted(spellings))))


def at(connection: Connection, list_id: int, keys: Collection[str]) -> set[int]:
    """The members who have one of these addresses."""
    return _ids(connection, list_id, select(addresses.c.person_id).where(addresses.c.key.in_(list(keys))))


def everybody(connection: Connection, list_id: int) -> list[tuple[int, str, str]]:
    """(person id, name, address) of every member who may be guessed."""
    statement = _members(list_id).add_columns(persons.c.name, addresses.c.address)
    return [(row.person_id, row.name, row.address) for row in connection.execute(statement)]


def has_any(connection: Connection, list_id: int, nodes: Collection[str]) -> bool:
    """Whether one of these ids is a post's of the list."""
    statement = select(posts.c.id).where(posts.c.list_id == list_id, posts.c.node.in_(list(nodes)[-IDS:]))
    return bool(nodes) and connection.execute(statement.limit(1)).first() is not None


def say_not_hers(connection: Connection, person_id: int, key: str, now: datetime) -> None:
    """She has said that the address is not hers; she is not asked about it again."""
    claim_run(connection, NOT_HERS, person_id, key, now)


def is_not_hers(connection: Connection, person_id: int, key: str) -> bool:
    """Whether she has said so."""
    statement = select(schedule_runs.c.id).where(
        schedule_runs.c.kind == NOT_HERS, schedule_runs.c.subject == str(person_id), schedule_runs.c.period == key
    )
    return connection.execute(statement).first() is not None


def suspect(connection: Connection, held_id: int, person_id: int) -> None:
    """The held post seems to be this member's."""
    connection.execute(update(held_posts).where(held_posts.c.id == held_id).values(person_id=person_id))


def suspected(connection: Connection, list_id: int, person_id: int) -> list[int]:
    """Ids of the posts that wait until she has said whether they are hers, oldest first."""
    statement = select(held_posts.c.id).where(
        held_posts.c.list_id == list_id,
        held_posts.c.person_id == person_id,
        held_posts.c.state == "waiting",
        held_posts.c.reason == Reason.UNKNOWN_ADDRESS.value,
    )
    return list(connection.execute(statement.order_by(held_posts.c.id)).scalars())


def leave_to_moderators(connection: Connection, held_id: int) -> None:
    """The held post is a stranger's like any other."""
    values = {"person_id": None, "reason": Reason.NOT_A_MEMBER.value}
    connection.execute(update(held_posts).where(held_posts.c.id == held_id).values(**values))


def conversation(connection: Connection, list_id: int, base_subject: str, nodes: Collection[str]) -> str:
    """The subject, as the archive has it, of the conversation that these ids and this base subject both name; or ""."""
    statement = select(posts.c.base_subject).where(
        posts.c.list_id == list_id, posts.c.node.in_(list(nodes)[-IDS:]), posts.c.base_subject == base_subject
    )
    return str(connection.execute(statement.limit(1)).scalar_one_or_none() or "") if nodes else ""


def held_for(connection: Connection, held_id: int) -> int | None:
    """Whose the held post seems to be."""
    return connection.execute(select(held_posts.c.person_id).where(held_posts.c.id == held_id)).scalar_one_or_none()


def _ids(connection: Connection, list_id: int, among: Select[tuple[int]]) -> set[int]:
    return {row.person_id for row in connection.execute(_members(list_id).where(persons.c.id.in_(among)).limit(IDS))}


def _members(list_id: int) -> Select[tuple[int]]:
    return (
        select(subscriptions.c.person_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .where(
            subscriptions.c.list_id == list_id,
            subscriptions.c.left_at.is_(None),
            addresses.c.is_role.is_(False),
        )
    )
