"""A pause that remembers: no mail of a group until a moment, then what was set before, and what was missed in one mail.

While a pause lasts the subscription says none/none, so that nothing else has to know of it; what it said before, and
from when on its holder has been told nothing, lies beside it. The clock ends pauses (`digest.catch_up`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from listserv.errors import NotFound
from listserv.model.lists import Delivery, DigestPeriod
from listserv.store.hours import waits_since
from listserv.store.lists import touch_list
from listserv.store.personal import has_own_way
from listserv.store.schedule import covered_until
from listserv.store.schema import persons, subscriptions


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause: until when, what was set before it, and from when on nothing has been told.

    `own`: her updates come in her own way, and each begins where her last one ended.
    """

    subscription_id: int
    list_id: int
    until: datetime
    delivery: Delivery
    digest: DigestPeriod
    missed_from: datetime
    language: str
    own: bool = False


def pause(connection: Connection, subscription_id: int, until: datetime, now: datetime) -> None:
    """No mail until then; one who pauses already only gets another date."""
    row = _row(connection, subscription_id)
    values: dict[str, Any] = {"paused_until": until}
    if row.paused_until is None:
        before = {"delivery": row.delivery, "digest": row.digest, "missed_from": _told_until(connection, row, now)}
        values |= {"before_pause": json.dumps(before), "delivery": Delivery.NONE.value}
        values["digest"] = DigestPeriod.NONE.value
    _write(connection, row, values)


def resume(connection: Connection, subscription_id: int, now: datetime) -> bool:
    """The pause is due to end now; False if there is none. The clock's next look ends it."""
    row = _row(connection, subscription_id)
    if row.paused_until is None:
        return False
    _write(connection, row, {"paused_until": now})
    return True


def pause_of(connection: Connection, subscription_id: int) -> Pause | None:
    """The pause that lasts, None if there is none."""
    row = _row(connection, subscription_id)
    return None if row.paused_until is None else _value(row)


def choose(
    connection: Connection,
    subscription_id: int,
    *,
    delivery: Delivery | None = None,
    digest: DigestPeriod | None = None,
) -> None:
    """Single mails and digest are set so; in a pause that is what comes after it."""
    row = _row(connection, subscription_id)
    wanted = {"delivery": delivery, "digest": digest}
    values: dict[str, Any] = {name: value.value for name, value in wanted.items() if value is not None}
    if row.paused_until is not None:
        values = {"before_pause": json.dumps(json.loads(row.before_pause) | values)}
    _write(connection, row, values)


def ended(connection: Connection, now: datetime) -> list[Pause]:
    """The pauses whose time is over, oldest first."""
    statement = _PAUSES.where(subscriptions.c.paused_until <= now, subscriptions.c.left_at.is_(None))
    return [_value(row) for row in connection.execute(statement.order_by(subscriptions.c.paused_until))]


def end_pause(connection: Connection, subscription_id: int, now: datetime) -> Pause | None:
    """What was set before is set again; gives the pause that was, None if none is over."""
    row = connection.execute(
        _PAUSES.where(subscriptions.c.id == subscription_id, subscriptions.c.paused_until <= now)
    ).one_or_none()
    if row is None:
        return None
    found = _value(row)
    values = {"paused_until": None, "before_pause": ""}
    _write(connection, row, values | {"delivery": found.delivery.value, "digest": found.digest.value})
    return found


_PAUSES = (
    select(
        subscriptions.c.id,
        subscriptions.c.list_id,
        subscriptions.c.delivery,
        subscriptions.c.digest,
        subscriptions.c.paused_until,
        subscriptions.c.before_pause,
        persons.c.language,
        has_own_way().label("own"),
    )
    .join(persons, persons.c.id == subscriptions.c.person_id)
    .where(subscriptions.c.paused_until.is_not(None))
)


def _told_until(connection: Connection, row: Any, now: datetime) -> str:
    """Up to when she has been told everything: now, the oldest post whose copy waits for her hours, or, where she reads
    digests alone, the end of the last one."""
    told = waits_since(connection, row.id, row.list_id) or now
    if row.delivery == Delivery.NONE.value and row.digest != DigestPeriod.NONE.value:
        told = min(covered_until(connection, DigestPeriod(row.digest), row.list_id) or now, now)
    return told.isoformat()


def _row(connection: Connection, subscription_id: int) -> Any:
    row = connection.execute(select(subscriptions).where(subscriptions.c.id == subscription_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such subscription.")
    return row


def _write(connection: Connection, row: Any, values: dict[str, Any]) -> None:
    if values:
        connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(**values))
        touch_list(connection, row.list_id)


def _value(row: Any) -> Pause:
    before = json.loads(row.before_pause)
    return Pause(
        row.id,
        row.list_id,
        row.paused_until,
        Delivery(before["delivery"]),
        DigestPeriod(before["digest"]),
        datetime.fromisoformat(before["missed_from"]),
        getattr(row, "language", ""),
        bool(getattr(row, "own", False)),
    )
