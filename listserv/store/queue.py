"""The outbox as who looks after the server sees and steers it: what waits, what is tried at once, what never leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from listserv.errors import NotFound
from listserv.store.schema import deliveries


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of `listserv queue show`."""

    id: int
    kind: str
    list_id: int | None
    post_id: int | None
    to_address: str | None
    left: int
    attempts: int
    created_at: datetime
    due_at: datetime
    leased: bool


def in_queue(connection: Connection, now: datetime) -> list[Waiting]:
    """Every delivery that has not left, by due time."""
    statement = select(deliveries).where(deliveries.c.state == "waiting").order_by(deliveries.c.due_at)
    return [
        Waiting(
            row.id,
            row.kind,
            row.list_id,
            row.post_id,
            row.to_address,
            (len(row.recipients) // 8 if row.recipients is not None else 1) - row.done,
            row.attempts,
            row.created_at,
            row.due_at,
            row.lease_until is not None and row.lease_until > now,
        )
        for row in connection.execute(statement)
    ]


def waiting_count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).where(deliveries.c.state == "waiting")).scalar_one())


def retry_now(connection: Connection, delivery_id: int | None, now: datetime) -> int:
    """Makes one waiting delivery, or all, due now; gives how many. Raises NotFound if the one named is not waiting.

    One that is under way is left alone: it is due already.
    """
    statement = update(deliveries).where(deliveries.c.state == "waiting", deliveries.c.lease_until.is_(None))
    if delivery_id is not None:
        _require_waiting(connection, delivery_id)
        statement = statement.where(deliveries.c.id == delivery_id)
    return int(connection.execute(statement.values(due_at=now, turn_at=now)).rowcount)


def drop(connection: Connection, delivery_id: int) -> None:
    """The rest of the delivery never leaves. Raises NotFound if it is not waiting."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "waiting")
        .values(state="dropped", lease_owner=None, lease_until=None, fence=deliveries.c.fence + 1)
    )
    _require_waiting(connection, delivery_id)
    connection.execute(statement)


def _require_waiting(connection: Connection, delivery_id: int) -> None:
    here = select(deliveries.c.id).where(deliveries.c.id == delivery_id, deliveries.c.state == "waiting")
    if connection.execute(here).first() is None:
        raise NotFound(f"There is no waiting delivery {delivery_id}; `listserv queue show` shows them all.")
