"""Links that sign in, asked for on the web: whom one may be sent to, and that nobody gets them by the dozen.

A link that goes out is a run of the schedule of its own kind; its row is kept for a day, by which it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from listserv.model.lists import MailList
from listserv.store.lists import list_by_id
from listserv.store.people import find_member, lists_of_person
from listserv.store.schedule import claim_run
from listserv.store.schema import addresses, persons, schedule_runs

KIND = "sign-in"
APART = timedelta(minutes=10)
DAY = timedelta(days=1)
LINKS_A_DAY = 5


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may be sent a link: her address as it is on file, and a list of hers for the mail to come from."""

    person_id: int
    address_id: int
    address: str
    name: str
    language: str
    mail_list: MailList


def reader_of(connection: Connection, address_key: str, now: datetime) -> Reader | None:
    """Who holds this verified address, gets mail there and is a member of some list; None where nobody is."""
    row = connection.execute(
        select(
            persons.c.id, addresses.c.id.label("address_id"), addresses.c.address, persons.c.name, persons.c.language
        )
        .join(addresses, addresses.c.person_id == persons.c.id)
        .where(addresses.c.key == address_key, addresses.c.verified_at.is_not(None), addresses.c.stopped_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    for list_id in lists_of_person(connection, row.id):
        mail_list = list_by_id(connection, list_id)
        place = find_member(connection, mail_list, row.id, now)
        if place is not None and place.id:
            return Reader(*row, mail_list)
    return None


def may_have_link(connection: Connection, address_id: int, now: datetime) -> bool:
    """Whether the address got none in the last ten minutes, and fewer than five in the last day."""
    sent = connection.execute(
        select(func.count(), func.max(schedule_runs.c.claimed_at, type_=schedule_runs.c.claimed_at.type)).where(
            schedule_runs.c.kind == KIND,
            schedule_runs.c.subject == str(address_id),
            schedule_runs.c.claimed_at > now - DAY,
        )
    ).one()
    return sent[0] < LINKS_A_DAY and (sent[1] is None or sent[1] <= now - APART)


def claim_link(connection: Connection, address_id: int, now: datetime) -> bool:
    """True if a link to the address is this transaction's to send; rows older than a day go."""
    connection.execute(
        delete(schedule_runs).where(schedule_runs.c.kind == KIND, schedule_runs.c.claimed_at <= now - DAY)
    )
    ten_minutes = now.isoformat(timespec="minutes")[:15]
    return may_have_link(connection, address_id, now) and claim_run(connection, KIND, address_id, ten_minutes, now)
