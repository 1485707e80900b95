"""Copies that wait for their readers' hours: who chose some, what is put by till they open, and who still wants it.

A chunk is claimed, and whoever's hours are closed then moves from it to a row of kind `HOURS`, due when they open, in
one transaction under the fence: each recipient stands in one row, so her copy goes out once and is never lost. A
row that waited is looked at again when it is claimed: who has left is no longer there, who reads no single mails any
more, or has muted the conversation, gets none. Nothing of this costs a query where nobody has chosen hours.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from listserv.model.lists import Delivery
from listserv.store.outbox import Claim, pack, unpack
from listserv.store.schema import deliveries, persons, subscriptions
from listserv.store.thread_choices import choices

HOURS = "hours"  # the kind of copies that waited for their readers' hours


@dataclass(frozen=True, slots=True)
class PutBy:
    """Who gets no copy of a claimed chunk now: later, by when her hours open, or `never`, as she wants it no more."""

    later: Mapping[datetime, Sequence[int]]
    never: Sequence[int]


def choose_hours(connection: Connection, person_id: int, hours: str, now: datetime) -> None:
    """Single mails come to her in these hours from now on, "" at any; what waited is looked at anew."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(hours=hours))
    hers = select(subscriptions.c.list_id).where(subscriptions.c.person_id == person_id)
    waiting = _WAITING.where(deliveries.c.list_id.in_(hers), deliveries.c.due_at > now, deliveries.c.attempts == 0)
    connection.execute(waiting.values(due_at=now))


def hours_of(connection: Connection, person_id: int) -> str:
    """The hours the person chose, "" for none."""
    return str(connection.execute(select(persons.c.hours).where(persons.c.id == person_id)).scalar_one())


def put_by(connection: Connection, held: Claim, wanted: PutBy, now: datetime) -> Claim | None:
    """These recipients stand in rows of their own; gives what is left of the claim, None if nothing or it was lost."""
    moved = {each for ids in (*wanted.later.values(), wanted.never) for each in ids}
    settled, rest = held.recipients[: held.done], held.recipients[held.done :]
    left = settled + array("q", (each for each in rest if each not in moved))
    values: dict[str, Any] = {"recipients": pack(left)}
    if len(left) == held.done:
        values |= {"state": "done", "lease_owner": None, "lease_until": None}
    mine = _HELD.where(deliveries.c.id == held.id, deliveries.c.fence == held.fence)
    if connection.execute(mine.values(**values)).rowcount != 1:
        return None
    rows = [_row(held, ids, due_at, "waiting") for due_at, ids in sorted(wanted.later.items())]
    rows += [_row(held, wanted.never, now, "dropped")] if wanted.never else []
    connection.execute(insert(deliveries), rows)
    return replace(held, recipients=left) if len(left) > held.done else None


def _row(held: Claim, ids: Sequence[int], due_at: datetime, state: str) -> dict[str, Any]:
    return {
        "kind": HOURS,
        "list_id": held.list_id,
        "post_id": held.post_id,
        "recipients": pack(array("q", ids)),
        "state": state,
        "attempts": held.attempts,
        "created_at": held.created_at,
        "due_at": due_at,
        "turn_at": due_at,
    }


def still_wanting(
    connection: Connection, subscription_ids: Collection[int], list_id: int, thread_id: int, now: datetime
) -> set[int]:
    """Which of them get single mails of the list, or of this conversation, still."""
    statement = select(subscriptions.c.id).where(
        subscriptions.c.id.in_(sorted(subscription_ids)),
        subscriptions.c.delivery == Delivery.EACH.value,
        subscriptions.c.until.is_(None) | (subscriptions.c.until > now),
    )
    chosen = choices(connection, list_id, thread_id, now)
    following = {each.subscription_id for each in chosen.followers}
    return (set(connection.execute(statement).scalars()) | following) - chosen.muted


def waits_since(connection: Connection, subscription_id: int, list_id: int) -> datetime | None:
    """When the oldest post of the list was taken whose copy waits for her hours; None if none does."""
    statement = select(deliveries.c.recipients, deliveries.c.created_at).where(
        deliveries.c.state == "waiting", deliveries.c.kind == HOURS, deliveries.c.list_id == list_id
    )
    rows = connection.execute(statement)
    return min((row.created_at for row in rows if subscription_id in unpack(row.recipients)), default=None)


_HELD = update(deliveries).where(deliveries.c.state == "waiting")
_WAITING = _HELD.where(deliveries.c.kind == HOURS, deliveries.c.lease_until.is_(None))
