"""Coming into a group with consent kept, guests with a host and an end, and how often strangers make us write.

A request that found the day's one confirmation already spent is remembered for that day: whoever proves by answering
that the address is hers is then asked about the other groups too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from listserv.mail.address import address_key
from listserv.model.lists import MailList, Role, Subscription
from listserv.store.addresses import on_file, start_again
from listserv.store.lists import list_by_id, touch_list
from listserv.store.people import add_member, find_member, get_member, person_of
from listserv.store.schedule import claim_next, claim_run
from listserv.store.schema import addresses, persons, roles, schedule_runs, subscriptions
from listserv.store.settling import note_consent

SOURCE = "source"
WAITING = "join-waiting"
ANSWERS = "answer:%"
DAY = timedelta(days=1)
KEPT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody comes in: `how` and `wording` are kept as her consent; `until` and `host_id` make her a guest."""

    how: str
    wording: str
    name: str = ""
    until: datetime | None = None
    host_id: int | None = None


def admit(
    connection: Connection, mail_list: MailList, address: str, entry: Entry, now: datetime
) -> Subscription | None:
    """Her place from now on; None if she is a member already, with this or another address of hers.

    She has just answered from the address, so mail goes there again if it did not.
    """
    key = address_key(address)
    person_id = person_of(connection, key)
    if person_id is not None and _is_there(connection, mail_list, person_id, now):
        return None
    known = on_file(connection, key)
    if known is not None and known.stopped_at is not None:
        start_again(connection, known.id, now)
    guest = {Role.GUEST} if entry.until is not None else None
    add_member(connection, mail_list, address, key, now, name=entry.name, granted=guest, until=entry.until)
    place = get_member(connection, mail_list, address, key)
    if entry.host_id is not None:
        set_host(connection, mail_list.id, place.person_id, entry.host_id)
    note_consent(connection, place.person_id, mail_list.id, "join", entry.how, entry.wording, now)
    return place


def _is_there(connection: Connection, mail_list: MailList, person_id: int, now: datetime) -> bool:
    place = find_member(connection, mail_list, person_id, now)
    return place is not None and bool(place.id)


def set_host(connection: Connection, list_id: int, guest_id: int, host_id: int) -> None:
    """The guest's host in the list; he is asked before her time ends."""
    connection.execute(
        update(roles)
        .where(roles.c.list_id == list_id, roles.c.person_id == guest_id, roles.c.role == Role.GUEST.value)
        .values(host_id=host_id)
    )


def count_source(connection: Connection, source: str, now: datetime) -> int:
    """How many mails of ours the source has caused in the last day."""
    statement = select(func.count()).where(
        schedule_runs.c.kind == SOURCE, schedule_runs.c.subject == source, schedule_runs.c.claimed_at > now - DAY
    )
    return int(connection.execute(statement).scalar_one())


def note_source(connection: Connection, source: str, now: datetime) -> None:
    """One more mail of ours was caused by the source."""
    claim_next(connection, SOURCE, source, now)


def wait_for_proof(connection: Connection, key: str, list_id: int, now: datetime) -> None:
    """The address asked for the list on a day that had its confirmation already."""
    claim_run(connection, WAITING, key, f"{now.date().isoformat()} {list_id}", now)


def waiting_lists(connection: Connection, key: str, now: datetime) -> list[MailList]:
    """The lists the address asked for in the last day without being answered; they wait no longer."""
    statement = (
        delete(schedule_runs)
        .where(schedule_runs.c.kind == WAITING, schedule_runs.c.subject == key)
        .returning(schedule_runs.c.period, schedule_runs.c.claimed_at)
    )
    found = [row.period for row in connection.execute(statement) if row.claimed_at > now - DAY]
    return [list_by_id(connection, int(period.split()[1])) for period in sorted(set(found))]


def forget_answers(connection: Connection, now: datetime) -> None:
    """What was counted more than three days ago is not kept."""
    old = schedule_runs.c.claimed_at < now - KEPT
    kinds = schedule_runs.c.kind.in_((SOURCE, WAITING)) | schedule_runs.c.kind.like(ANSWERS)
    connection.execute(delete(schedule_runs).where(kinds, old))


@dataclass(frozen=True, slots=True)
class GuestTime:
    """A guest's place with its end, and her host's person id, None if she has none."""

    subscription_id: int
    mail_list: MailList
    name: str
    address: str
    language: str
    until: datetime
    host_id: int | None


def guests_ending(connection: Connection, after: datetime, before: datetime) -> list[GuestTime]:
    """Everybody whom mail reaches and whose time in a list ends in (after, before], soonest first."""
    wanted = (subscriptions.c.until > after, subscriptions.c.until <= before, addresses.c.stopped_at.is_(None))
    return _guests(connection, *wanted)


def guest_time(connection: Connection, subscription_id: int) -> GuestTime | None:
    """The guest's place, also where its time is over; None if she has left or has no end."""
    wanted = (subscriptions.c.id == subscription_id, subscriptions.c.until.is_not(None))
    return next(iter(_guests(connection, *wanted)), None)


def _guests(connection: Connection, *conditions: ColumnElement[bool]) -> list[GuestTime]:
    host = (
        select(func.max(roles.c.host_id))
        .where(roles.c.list_id == subscriptions.c.list_id, roles.c.person_id == subscriptions.c.person_id)
        .scalar_subquery()
    )
    statement = (
        select(
            subscriptions.c.id,
            subscriptions.c.list_id,
            persons.c.name,
            addresses.c.address,
            persons.c.language,
            subscriptions.c.until,
            host.label("host_id"),
        )
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .where(subscriptions.c.left_at.is_(None), *conditions)
        .order_by(subscriptions.c.until, subscriptions.c.id)
    )
    return [
        GuestTime(row[0], list_by_id(connection, row.list_id), *row[2:]) for row in connection.execute(statement).all()
    ]


def extend_guest(connection: Connection, subscription_id: int, until: datetime) -> MailList | None:
    """The guest's time ends then, also if it was over; None if she has left."""
    row = connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id == subscription_id, subscriptions.c.left_at.is_(None))
        .values(until=until)
        .returning(subscriptions.c.list_id)
    ).one_or_none()
    if row is None:
        return None
    touch_list(connection, row.list_id)
    return list_by_id(connection, row.list_id)


def groups_of(connection: Connection, person_id: int, now: datetime) -> list[Subscription]:
    """Her place in every list she is in now."""
    statement = (
        select(subscriptions.c.list_id)
        .where(subscriptions.c.person_id == person_id, subscriptions.c.left_at.is_(None))
        .order_by(subscriptions.c.list_id)
    )
    return list(_places(connection, person_id, connection.execute(statement).scalars().all(), now))


def _places(connection: Connection, person_id: int, list_ids: Iterable[int], now: datetime) -> Iterable[Subscription]:
    for list_id in list_ids:
        place = find_member(connection, list_by_id(connection, list_id), person_id, now)
        if place is not None and place.id:
            yield place
