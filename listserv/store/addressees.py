"""Whom the copies of a chunk go to: each subscription's address of this moment, read in statements of fixed shape.

A subscription that has ended, or whose address gets no mail, has no address here: who left meanwhile gets nothing. What
few have chosen, and what few mails need, is asked for by itself: a column costs a reader more than finding its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, or_, select

from listserv.store.hot import HotAmong
from listserv.store.schema import addresses, persons, subscriptions


class Wish(NamedTuple):
    """How somebody wants her copies who wants them otherwise than most; `plain_text`: in no other form.

    `hours`: single mails come to her only then (`model.hours`), by the clock of `time_zone`, "" for the group's.
    """

    plain_text: bool = False
    hours: str = ""
    time_zone: str = ""


class Addressees(NamedTuple):
    """Of these subscriptions the addresses of those that are still there, and what some of them wish."""

    addresses: dict[int, str]
    wishes: dict[int, Wish]

    @property
    def plain(self) -> set[int]:
        """Who wants her mail as plain text alone."""
        return {subscription_id for subscription_id, wish in self.wishes.items() if wish.plain_text}


class SignIn(NamedTuple):
    """What a person's sign-in token is made of, besides its day."""

    person_id: int
    number: int


def addressees(connection: Connection, subscription_ids: Sequence[int]) -> Addressees:
    """The current address of each subscription that is still there; one who left, or gets no mail there, is missing."""
    rows = _ADDRESSES.tuples(connection, subscription_ids)
    found = {subscription_id: address for subscription_id, address, _ in rows}
    wishing = [subscription_id for subscription_id, _, wishes in rows if wishes]
    return Addressees(found, {row[0]: Wish(*row[1:]) for row in _WISHES.tuples(connection, wishing)})


def sign_ins(connection: Connection, subscription_ids: Sequence[int]) -> dict[int, SignIn]:
    """Whose subscriptions these are, as their sign-in tokens say it."""
    rows = _SIGN_INS.tuples(connection, subscription_ids)
    return {subscription_id: SignIn(person_id, number) for subscription_id, person_id, number in rows}


def _among_subscriptions(statement: Select[Any]) -> HotAmong:
    return HotAmong(lambda subscription_ids: statement.where(subscriptions.c.id.in_(subscription_ids)))


_PERSONS = subscriptions.join(persons, persons.c.id == subscriptions.c.person_id)
_ADDRESSES = _among_subscriptions(
    select(subscriptions.c.id, addresses.c.address, or_(persons.c.plain_text, persons.c.hours != "").label("wishes"))
    .select_from(_PERSONS.join(addresses, addresses.c.id == subscriptions.c.address_id))
    .where(subscriptions.c.left_at.is_(None), addresses.c.stopped_at.is_(None))
)
_WISHES = _among_subscriptions(
    select(subscriptions.c.id, persons.c.plain_text, persons.c.hours, persons.c.time_zone).select_from(_PERSONS)
)
_SIGN_INS = _among_subscriptions(
    select(subscriptions.c.id, subscriptions.c.person_id, persons.c.sign_in_number).select_from(_PERSONS)
)
