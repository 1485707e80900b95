"""Leaving a group by the link in a mail, and coming back: one list, at once, undone for 30 days.

The link is a signed subscription id, so whoever holds it (a mail is forwarded) can take that person out of that list
and nothing else; coming back gives her the settings and roles she had. Only a leaving by the link can be undone by it:
whom an owner removed stays out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from listserv.mail.address import address_key
from listserv.model.lists import MailList, Role
from listserv.store.lastowner import require_an_owner
from listserv.store.lists import is_banned, list_by_id, touch_list
from listserv.store.merging import standing
from listserv.store.schema import addresses, consents, departures, persons, roles, subscriptions

UNDO = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in a list, kept or left; `language` is hers, "" if she chose none."""

    subscription_id: int
    person_id: int
    mail_list: MailList
    is_member: bool
    can_return: bool
    language: str


def place(connection: Connection, subscription_id: int, now: datetime) -> Place | None:
    """The place a link names, None if there is no such subscription."""
    subscription_id = standing(connection, subscription_id)
    row = connection.execute(
        select(subscriptions, addresses.c.address, persons.c.language)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .where(subscriptions.c.id == subscription_id)
    ).one_or_none()
    if row is None:
        return None
    mail_list = list_by_id(connection, row.list_id)
    may_return = (
        row.left_at is not None
        and _departure(connection, subscription_id, now) is not None
        and not is_banned(connection, mail_list, address_key(row.address), now)
    )
    return Place(subscription_id, row.person_id, mail_list, row.left_at is None, may_return, row.language)


def leave(connection: Connection, subscription_id: int, how: str, wording: str, now: datetime) -> bool:
    """The person is out of this one list; False if she was already, or the link names nothing.

    Raises LastOwner, and then the transaction must be rolled back.
    """
    left = connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id == subscription_id, subscriptions.c.left_at.is_(None))
        .values(left_at=now)
        .returning(subscriptions.c.list_id, subscriptions.c.person_id)
    ).one_or_none()
    if left is None:
        return False
    here = (roles.c.list_id == left.list_id) & (roles.c.person_id == left.person_id)
    held = [[row.role, row.host_id] for row in connection.execute(select(roles).where(here).order_by(roles.c.id))]
    connection.execute(insert(departures).values(subscription_id=subscription_id, roles=json.dumps(held), at=now))
    connection.execute(delete(roles).where(here))
    if any(role == Role.OWNER.value for role, _ in held):
        require_an_owner(connection, left.list_id)
    touch_list(connection, left.list_id)
    _note(connection, left, "leave", how, wording, now)
    return True


def come_back(connection: Connection, subscription_id: int, how: str, wording: str, now: datetime) -> bool:
    """The person is in the list again as she was; False where nothing is to be undone (`Place.can_return`)."""
    found = place(connection, subscription_id, now)
    undone = _departure(connection, subscription_id, now)
    if found is None or undone is None or not found.can_return:
        return False
    back = connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id == subscription_id, subscriptions.c.left_at.is_not(None))
        .values(left_at=None, returned_at=now)
        .returning(subscriptions.c.list_id, subscriptions.c.person_id)
    ).one_or_none()
    if back is None:
        return False
    connection.execute(update(departures).where(departures.c.id == undone.id).values(undone_at=now))
    for role, host_id in json.loads(undone.roles):
        row = {"list_id": back.list_id, "person_id": back.person_id, "role": role, "host_id": host_id}
        connection.execute(insert(roles).values(row))
    touch_list(connection, back.list_id)
    _note(connection, back, "join", how, wording, now)
    return True


def _departure(connection: Connection, subscription_id: int, now: datetime) -> Any:
    """The leaving by the link that stands and may be undone, or None; one before an owner's removal is none."""
    statement = (
        select(departures)
        .join(subscriptions, subscriptions.c.id == departures.c.subscription_id)
        .where(
            departures.c.subscription_id == subscription_id,
            departures.c.at == subscriptions.c.left_at,
            departures.c.at > now - UNDO,
            departures.c.undone_at.is_(None),
        )
        .order_by(departures.c.id.desc())
        .limit(1)
    )
    return connection.execute(statement).one_or_none()


def _note(connection: Connection, place_of: Any, act: str, how: str, wording: str, now: datetime) -> None:
    """What shows later that she left, or wished to come back: when, how, and by which words."""
    values = {"person_id": place_of.person_id, "list_id": place_of.list_id, "act": act, "how": how}
    connection.execute(insert(consents).values(**values, wording=wording, at=now))
