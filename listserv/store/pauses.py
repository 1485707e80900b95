"""A pause that remembers: no mail of a group until a moment, then what was set before, and what was missed in one mail.

While a pause lasts the subscription says none/none, so that nothing else has to know of it; what it said before, and
from when on its holder has been told nothing, lies beside it. The clock ends pauses (`digest.catch_up`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from listserv.errors import NotFound
from listserv.model.lists import Delivery, DigestPeriod
from listserv.store.hours import waits_since
from listserv.store.lists import touch_list
from listserv.store.schedule import covered_until
from listserv.store.schema import persons, subscriptions
from listserv.store.told import has_own_way, is_own, note_told, noted_since, told_by

# Who ends one thing and begins another writes it in one mail, or in two on one day.
CHANGES_HER_MIND = timedelta(days=1)
# No catch-up tells of more, where no digest has told her anything yet.
LONGEST_UNTOLD = timedelta(days=35)


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
        values |= _silent(_reading(row), _told_until(connection, row, now))
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


def pauses_of(connection: Connection, list_id: int) -> dict[int, Pause]:
    """The pauses that last in the list, by subscription id."""
    rows = connection.execute(_PAUSES.where(subscriptions.c.list_id == list_id, subscriptions.c.left_at.is_(None)))
    return {row.id: _value(row) for row in rows}


def choose(
    connection: Connection,
    subscription_id: int,
    now: datetime,
    *,
    delivery: Delivery | str | None = None,
    digest: DigestPeriod | str | None = None,
) -> None:
    """Single mails and digest are set so; in a pause that is what comes after it.

    What she was not told before is told: by her next digest, or, where she gets single mails from now on, by the clock
    at once, as at the end of a pause.
    """
    row = _row(connection, subscription_id)
    wanted = {"delivery": delivery and Delivery(delivery), "digest": digest and DigestPeriod(digest)}
    named: dict[str, Any] = {name: value.value for name, value in wanted.items() if value}
    if row.paused_until is not None:
        _write(connection, row, {"before_pause": json.dumps(json.loads(row.before_pause) | named)})
        return
    was = _reading(row)
    wants = _Reading(Delivery(named.get("delivery", was.delivery)), DigestPeriod(named.get("digest", was.digest)))
    if wants != was:
        _write(connection, row, _change(connection, row, was, wants, now))


class _Reading(NamedTuple):
    """How somebody reads."""

    delivery: Delivery
    digest: DigestPeriod


NOTHING = _Reading(Delivery.NONE, DigestPeriod.NONE)


def _reading(row: Any) -> _Reading:
    return _Reading(Delivery(row.delivery), DigestPeriod(row.digest))


def _change(connection: Connection, row: Any, was: _Reading, wants: _Reading, now: datetime) -> dict[str, Any]:
    """What is set now: what she wants, or where single mails begin and she was not told all, a pause that is over."""
    if was == NOTHING:
        told = noted_since(connection, row.id, now - CHANGES_HER_MIND, now)
    else:
        told = _told(connection, row, was, now)
    if wants.delivery is Delivery.EACH and was.delivery is Delivery.NONE:
        if told is not None and told < now:
            return {"paused_until": now, **_silent(wants, told)}
    elif wants.digest is not was.digest or wants.digest is DigestPeriod.NONE:
        _carry_over(connection, row, wants.digest, told, now)
    return {"delivery": wants.delivery.value, "digest": wants.digest.value}


def _silent(before: _Reading, told: datetime) -> dict[str, Any]:
    """The columns of a pause, but its end: nothing comes, and how she read before is kept, with up to where told."""
    kept = {"delivery": before.delivery.value, "digest": before.digest.value, "missed_from": told.isoformat()}
    return {"before_pause": json.dumps(kept), "delivery": NOTHING.delivery.value, "digest": NOTHING.digest.value}


def _told(connection: Connection, row: Any, was: _Reading, now: datetime) -> datetime | None:
    """Up to where she has been told, where that is not up to now: by her digests, or but for what waits for her hours.

    None as well for one who asked for nothing.
    """
    waits = waits_since(connection, row.id, row.list_id) if was.delivery is Delivery.EACH else None
    if was.digest is DigestPeriod.NONE or (was.delivery is Delivery.EACH and waits is None):
        return waits
    joined = max(row.returned_at or row.created_at, now - LONGEST_UNTOLD)
    told: datetime = told_by(connection, row.person_id, row.id, row.list_id, was.digest, now) or joined
    return max(told, waits) if waits is not None else told


def _carry_over(connection: Connection, row: Any, digest: DigestPeriod, told: datetime | None, now: datetime) -> None:
    """Her first digest of another kind begins where she was told, or earlier, as everybody's does.

    One of her own begins where she was told; where that is everything, as everybody's, or where her last one ended.
    """
    usual = None if digest is DigestPeriod.NONE else covered_until(connection, digest, row.list_id, now)
    if digest is not DigestPeriod.NONE and is_own(connection, row.person_id):
        ended = told_by(connection, row.person_id, row.id, row.list_id, digest, now)
        common = min(usual or now, now)
        note_told(connection, row.id, told or max(ended or common, common), now)
    elif told is not None and (usual is None or told < usual):
        note_told(connection, row.id, told, now)


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
    in_digests = found.delivery is Delivery.NONE and found.digest is not DigestPeriod.NONE
    if in_digests and (found.own or covered_until(connection, found.digest, found.list_id, now) is None):
        note_told(connection, found.subscription_id, found.missed_from, now)
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


def _told_until(connection: Connection, row: Any, now: datetime) -> datetime:
    """Up to when she has been told everything: now, the oldest post whose copy waits for her hours, or, where she reads
    digests alone, the end of the last one."""
    return min(_told(connection, row, _reading(row), now) or now, now)


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
