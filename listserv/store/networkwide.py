"""Lists for everybody of a network: who is missing in one, and who is there only for a group that she has left.

A place made here is an ordinary subscription, whose consent says "network"; whoever left such a list by herself has
a place that ended, and is not missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from listserv.mail.address import address_key
from listserv.model.lists import Delivery, DigestPeriod, MailList, Subscription
from listserv.store.people import add_member, get_member
from listserv.store.schema import addresses, consents, lists, roles, subscriptions
from listserv.store.settling import note_consent

HOW = "network"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody of the network's groups: her address there, and how she reads."""

    address: str
    delivery: Delivery
    digest: DigestPeriod


def missing(connection: Connection, mail_list: MailList, now: datetime) -> list[Missing]:
    """Up to 200 people with a place in another open list of the network who never had one here.

    Who is away (a pause, an address that takes no mail) is not missing before she is back.
    """
    here, first = subscriptions.alias("here"), subscriptions.alias("first")
    known = select(here.c.id).where(here.c.person_id == first.c.person_id, here.c.list_id == mail_list.id)
    places = (
        select(func.min(first.c.id))
        .select_from(first)
        .join(lists, lists.c.id == first.c.list_id)
        .join(addresses, addresses.c.id == first.c.address_id)
        .where(
            lists.c.network_id == mail_list.network_id,
            lists.c.id != mail_list.id,
            lists.c.archived_at.is_(None),
            first.c.left_at.is_(None),
            first.c.paused_until.is_(None),
            first.c.until.is_(None) | (first.c.until > now),
            addresses.c.stopped_at.is_(None),
            ~known.correlate(first).exists(),
        )
        .group_by(first.c.person_id)
        .order_by(func.min(first.c.id))
        .limit(BATCH)
    )
    statement = (
        select(addresses.c.address, subscriptions.c.delivery, subscriptions.c.digest)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(subscriptions.c.id.in_(places))
        .order_by(subscriptions.c.id)
    )
    return [
        Missing(row.address, Delivery(row.delivery), DigestPeriod(row.digest)) for row in connection.execute(statement)
    ]


def add(connection: Connection, mail_list: MailList, who: Missing, wording: str, now: datetime) -> Subscription:
    """Her place in the list from now on, with single mails and updates as in the group she is known from."""
    key = address_key(who.address)
    add_member(connection, mail_list, who.address, key, now, delivery=who.delivery, digest=who.digest)
    place = get_member(connection, mail_list, who.address, key)
    note_consent(connection, place.person_id, mail_list.id, "join", HOW, wording, now)
    return place


def without_a_group(connection: Connection, mail_list: MailList, now: datetime) -> list[int]:
    """Person ids of up to 200 who were put in as people of the network and are in none of its other open lists now.

    Who looks after the list stays.
    """
    there, last = subscriptions.alias("there"), consents.alias("last")
    newest = (
        select(func.max(last.c.id))
        .where(last.c.person_id == subscriptions.c.person_id, last.c.list_id == mail_list.id, last.c.act == "join")
        .correlate(subscriptions)
        .scalar_subquery()
    )
    elsewhere = (
        select(there.c.id)
        .join(lists, lists.c.id == there.c.list_id)
        .where(
            there.c.person_id == subscriptions.c.person_id,
            lists.c.network_id == mail_list.network_id,
            lists.c.id != mail_list.id,
            lists.c.archived_at.is_(None),
            there.c.left_at.is_(None),
            there.c.until.is_(None) | (there.c.until > now),
        )
    )
    keeps = select(roles.c.id).where(roles.c.person_id == subscriptions.c.person_id, roles.c.list_id == mail_list.id)
    statement = (
        select(subscriptions.c.person_id)
        .select_from(subscriptions.join(consents, consents.c.person_id == subscriptions.c.person_id))
        .where(
            consents.c.id == newest,
            subscriptions.c.list_id == mail_list.id,
            subscriptions.c.left_at.is_(None),
            consents.c.how == HOW,
            ~elsewhere.correlate(subscriptions).exists(),
            ~keeps.correlate(subscriptions).exists(),
        )
        .order_by(subscriptions.c.person_id)
        .limit(BATCH)
    )
    return list(connection.execute(statement).scalars())
