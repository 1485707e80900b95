"""Whom the copies of a chunk go to: each subscription's address of this moment, read in one statement of fixed shape.

A subscription that has ended, or whose address gets no mail, has no addressee: who left meanwhile gets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from listserv.store.hot import Hot
from listserv.store.schema import addresses, persons, subscriptions

_SIZES = (1, 25, 200)  # how many are asked for in one statement: the rest of its places repeat the last one


class Addressee(NamedTuple):
    """One recipient of a copy, as the relay needs her; `plain_text`: she wants no other form.

    `hours`: single mails come to her only then (`model.hours`), by the clock of `time_zone`, "" for the group's.
    """

    subscription_id: int
    person_id: int
    address: str
    sign_in_number: int = 0
    plain_text: bool = False
    hours: str = ""
    time_zone: str = ""


def addressees(connection: Connection, subscription_ids: Sequence[int]) -> dict[int, Addressee]:
    """The current address of each subscription that is still there; one who left, or gets no mail there, is missing."""
    found: dict[int, Addressee] = {}
    for start in range(0, len(subscription_ids), _SIZES[-1]):
        wanted = list(subscription_ids[start : start + _SIZES[-1]])
        size = next(size for size in _SIZES if size >= len(wanted))
        wanted += wanted[-1:] * (size - len(wanted))
        for row in _FOUND[size].tuples(connection, dict(zip(_NAMES, wanted, strict=False))):
            found[row[0]] = Addressee._make(row)
    # SQLite's 0 and 1 for `plain_text` are left to be False and True.
    return found


_NAMES = [f"wanted_{place}" for place in range(_SIZES[-1])]
_FOUND = {
    size: Hot(
        select(
            subscriptions.c.id,
            subscriptions.c.person_id,
            addresses.c.address,
            persons.c.sign_in_number,
            persons.c.plain_text,
            persons.c.hours,
            persons.c.time_zone,
        )
        .select_from(subscriptions)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .join(persons, persons.c.id == subscriptions.c.person_id)
        .where(
            subscriptions.c.id.in_([bindparam(name) for name in _NAMES[:size]]),
            subscriptions.c.left_at.is_(None),
            addresses.c.stopped_at.is_(None),
        )
    )
    for size in _SIZES
}
