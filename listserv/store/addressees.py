"""Whom the copies of a chunk go to: each subscription's address of this moment, read in statements of fixed shape.

A subscription that has ended, or whose address gets no mail, has no address here: who left meanwhile gets nothing. What
few have chosen, and what few mails need, is asked for by itself: a column costs a reader more than finding its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Select, bindparam, or_, select

from listserv.store.hot import Hot
from listserv.store.schema import addresses, persons, subscriptions

_SIZES = (1, 25, 200)  # how many are asked for in one statement: the rest of its places repeat the last one


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
    rows = _read(connection, _ADDRESSES, subscription_ids)
    found = {subscription_id: address for subscription_id, address, _ in rows}
    wishing = [subscription_id for subscription_id, _, wishes in rows if wishes]
    return Addressees(found, {row[0]: Wish(*row[1:]) for row in _read(connection, _WISHES, wishing)})


def sign_ins(connection: Connection, subscription_ids: Sequence[int]) -> dict[int, SignIn]:
    """Whose subscriptions these are, as their sign-in tokens say it."""
    rows = _read(connection, _SIGN_INS, subscription_ids)
    return {subscription_id: SignIn(person_id, number) for subscription_id, person_id, number in rows}


def _read(connection: Connection, statements: dict[int, Hot], subscription_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(subscription_ids), _SIZES[-1]):
        wanted = list(subscription_ids[start : start + _SIZES[-1]])
        size = next(size for size in _SIZES if size >= len(wanted))
        wanted += wanted[-1:] * (size - len(wanted))
        rows += statements[size].tuples(connection, dict(zip(_NAMES, wanted, strict=False)))
    return rows


def _sized(statement: Select[Any]) -> dict[int, Hot]:
    """The statement for so many subscriptions."""
    names: dict[int, list[BindParameter[int]]] = {size: [bindparam(name) for name in _NAMES[:size]] for size in _SIZES}
    return {size: Hot(statement.where(subscriptions.c.id.in_(wanted))) for size, wanted in names.items()}


_NAMES = [f"wanted_{place}" for place in range(_SIZES[-1])]
_PERSONS = subscriptions.join(persons, persons.c.id == subscriptions.c.person_id)
_ADDRESSES = _sized(
    select(subscriptions.c.id, addresses.c.address, or_(persons.c.plain_text, persons.c.hours != "").label("wishes"))
    .select_from(_PERSONS.join(addresses, addresses.c.id == subscriptions.c.address_id))
    .where(subscriptions.c.left_at.is_(None), addresses.c.stopped_at.is_(None))
)
_WISHES = _sized(
    select(subscriptions.c.id, persons.c.plain_text, persons.c.hours, persons.c.time_zone).select_from(_PERSONS)
)
_SIGN_INS = _sized(
    select(subscriptions.c.id, subscriptions.c.person_id, persons.c.sign_in_number).select_from(_PERSONS)
)
