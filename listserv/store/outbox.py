"""The outbox: the only way anything leaves. Chunks of frozen recipients, claimed under a lease, settled under a fence.

A chunk is worked through in order by whoever holds its lease; `done` says how many of its recipients are settled. A
recipient the relay put off moves to a delivery row of her own, due later; one it refused becomes a failure row. A
lease that ran out is claimed again with a higher fence, and a settle with the old fence changes nothing: what a crash
leaves is at worst repeated, never lost. docs/queue.md tells each state.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from listserv.store.hot import Hot
from listserv.store.schema import deliveries, failures, subscriptions

CHUNK = 200  # recipients of a row, and of a long mail's up to LONGEST: enough rows for every connection, and no more
LONGEST = 1000
_SHARES = 32
OWN = "own"  # the kind of the author's own copy
TEST = "test"  # the kind of a newsletter's test copy, to an editor
LEASE = timedelta(seconds=30)
_QUEUED = "queued"  # what a connection remembers: something was put into the outbox over it
STEP = timedelta(seconds=30)  # so much later than the chunk before it has each chunk of a mail its turn


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to one relay connection, from position `done` on."""

    id: int
    kind: str
    list_id: int | None
    post_id: int | None
    content_id: int | None
    return_path: str
    to_address: str | None
    recipients: array[int]
    done: int
    attempts: int
    created_at: datetime
    fence: int

    @property
    def lease(self) -> tuple[int, int]:
        """What tells it from each other claim of the same delivery: a node may hold one and have lost another."""
        return self.id, self.fence


def pack(ids: array[int]) -> bytes:
    """Subscription ids as little-endian 64-bit integers."""
    if sys.byteorder == "big":
        ids = array("q", ids)
        ids.byteswap()
    return ids.tobytes()


def unpack(octets: bytes) -> array[int]:
    """The inverse of `pack`."""
    ids = array("q")
    ids.frombytes(octets)
    if sys.byteorder == "big":
        ids.byteswap()
    return ids


def enqueue_post(
    connection: Connection,
    list_id: int,
    post_id: int,
    recipients: array[int],
    now: datetime,
    *,
    own: int | None = None,
    pause: timedelta = timedelta(0),
) -> int:
    """Copies of the post to these subscriptions are due after the pause; gives the number of recipients.

    `own`, the author's subscription among them, is a delivery of its own and due now.
    """
    due_at = now + pause
    others = _chunks(_without(recipients, own))
    chunks = [("post", due_at, due_at + place * STEP, chunk) for place, chunk in enumerate(others)]
    if own is not None:
        chunks.insert(0, (OWN, now, now, array("q", [own])))
    rows = [
        {
            "kind": kind,
            "list_id": list_id,
            "post_id": post_id,
            "recipients": pack(chunk),
            "created_at": now,
            "due_at": due_at,
            "turn_at": turn_at,
        }
        for kind, due_at, turn_at, chunk in chunks
    ]
    if rows:
        _ENQUEUE.run_each(connection, rows)
        connection.info[_QUEUED] = True
    return len(recipients)


def _chunks(recipients: array[int]) -> list[array[int]]:
    size = _chunk_size(len(recipients))
    return [recipients[start : start + size] for start in range(0, len(recipients), size)]


def _chunk_size(recipients: int) -> int:
    """In whole hundreds, so that those who share copies are not cut apart."""
    return max(CHUNK, min(LONGEST, -(-recipients // (100 * _SHARES)) * 100))


def _without(recipients: array[int], own: int | None) -> array[int]:
    if own is None:
        return recipients
    at = recipients.index(own)
    return recipients[:at] + recipients[at + 1 :]


def enqueue_digest(
    connection: Connection,
    list_id: int,
    content_id: int,
    recipients: Sequence[int],
    now: datetime,
    kind: str = "digest",
) -> int:
    """Copies of a mail of our own to these subscriptions are due now; gives the number of recipients.

    `kind` is "digest" or "reminder". What is each recipient's own (return path, List-Unsubscribe) is put in when a
    copy is made.
    """
    rows = [
        {
            "kind": kind,
            "list_id": list_id,
            "content_id": content_id,
            "recipients": pack(chunk),
            "created_at": now,
            "due_at": now,
            "turn_at": now + place * STEP,
        }
        for place, chunk in enumerate(_chunks(array("q", recipients)))
    ]
    if rows:
        _ENQUEUE.run_each(connection, rows)
        connection.info[_QUEUED] = True
    return len(recipients)


def enqueue_notice(
    connection: Connection,
    list_id: int | None,
    content_id: int,
    to_address: str,
    now: datetime,
    return_path: str = "",
    *,
    due_at: datetime | None = None,
) -> None:
    """One mail of our own to one address is due, now if nothing else is said."""
    values = {
        "kind": "notice",
        "list_id": list_id,
        "content_id": content_id,
        "to_address": to_address,
        "return_path": return_path,
        "created_at": now,
        "due_at": due_at or now,
        "turn_at": due_at or now,
    }
    connection.execute(insert(deliveries), values)
    connection.info[_QUEUED] = True


def enqueue_test(connection: Connection, list_id: int, content_id: int, to_address: str, now: datetime) -> None:
    """A copy of a post that waits, as subscribers would get it, is due to one address; `content_id` is the post's."""
    values = {"kind": TEST, "list_id": list_id, "content_id": content_id, "to_address": to_address}
    connection.execute(insert(deliveries).values(**values, created_at=now, due_at=now, turn_at=now))
    connection.info[_QUEUED] = True


def newly_queued(connection: Connection) -> bool:
    """Whether something was put into the outbox over this connection since this was last asked."""
    return bool(connection.info.pop(_QUEUED, False))


def claim(connection: Connection, owner: str, now: datetime) -> Claim | None:
    """Of the deliveries that are due the one whose turn it is, leased to `owner`; None when nothing is due.

    On PostgreSQL rows another node is just claiming are stepped over (SKIP LOCKED).
    """
    row = _CLAIM.first(connection, {"new_owner": owner, "new_until": now + LEASE, "now": now})
    if row is None:
        return None
    return Claim(
        row.id,
        row.kind,
        row.list_id,
        row.post_id,
        row.content_id,
        row.return_path,
        row.to_address,
        unpack(row.recipients) if row.recipients is not None else array("q"),
        row.done,
        row.attempts,
        row.created_at,
        row.fence,
    )


def is_awaited(connection: Connection, now: datetime) -> bool:
    """Whether a delivery is due that nobody has claimed though its turn has come."""
    return _AWAITED.first(connection, {"now": now}) is not None


def renew(connection: Connection, held: Claim, now: datetime) -> bool:
    """Extends the lease; False if it was lost to another owner."""
    return _fenced(connection, held, {"lease_until": now + LEASE})


def settle(connection: Connection, held: Claim, done: int, now: datetime) -> bool:
    """The first `done` recipients are settled; False if the lease was lost, and nothing is changed then."""
    values = {"held_id": held.id, "held_fence": held.fence, "new_done": done}
    if done >= (len(held.recipients) or 1):
        return _SETTLE_ALL.run(connection, values) == 1
    return _SETTLE.run(connection, {**values, "new_until": now + LEASE}) == 1


def release(connection: Connection, held: Claim, due_at: datetime) -> bool:
    """Gives the rest of the delivery back, due at that time and behind what is due by then.

    The claim is over: a renewal that was under way meanwhile must not lease the row again.
    """
    values = {
        "due_at": due_at,
        "turn_at": due_at,
        "lease_owner": None,
        "lease_until": None,
        "fence": deliveries.c.fence + 1,
    }
    return _fenced(connection, held, values)


def put_off(connection: Connection, held: Claim, subscription_ids: Sequence[int], due_at: datetime) -> None:
    """These recipients get a delivery row of their own, one attempt older, due later. Part of the settle's transaction.

    A notice has one recipient and no subscription; its next row is the notice again.
    """
    recipients = pack(array("q", subscription_ids)) if subscription_ids else None
    connection.execute(
        insert(deliveries).values(
            kind=held.kind,
            list_id=held.list_id,
            post_id=held.post_id,
            content_id=held.content_id,
            return_path=held.return_path,
            to_address=held.to_address,
            recipients=recipients,
            attempts=held.attempts + 1,
            created_at=held.created_at,
            due_at=due_at,
            turn_at=due_at,
        )
    )


def record_failure(
    connection: Connection, held: Claim, subscription_id: int | None, kind: str, reply: str, now: datetime
) -> None:
    """A copy was refused for good ("refused") or did not leave in five days ("expired").

    A place in the list that became part of another one meanwhile (`store.merging`) is not named.
    """
    hers = select(subscriptions.c.id).where(subscriptions.c.id == subscription_id).scalar_subquery()
    connection.execute(
        insert(failures).values(
            delivery_id=held.id,
            post_id=held.post_id,
            subscription_id=hers,
            kind=kind,
            reply=reply[:500],
            at=now,
        )
    )


def expired_before(connection: Connection, post_id: int) -> bool:
    """True if copies of the post have expired already, so that its author knows."""
    statement = select(failures.c.id).where(failures.c.post_id == post_id, failures.c.kind == "expired").limit(1)
    return connection.execute(statement).first() is not None


def forget_the_future(connection: Connection, now: datetime) -> None:
    """After the clock was set back: what was made or leased by the later time waits for that time no longer.

    A lease reaches LEASE ahead; twice that is left to nodes whose clocks differ. Copies that the relay put off keep
    their time, so that nobody is asked again and again.
    """
    waiting = update(deliveries).where(deliveries.c.state == "waiting")
    early = waiting.where(deliveries.c.attempts == 0, deliveries.c.created_at > now, deliveries.c.due_at > now)
    connection.execute(early.values(due_at=now, turn_at=now))
    held = waiting.where(deliveries.c.lease_until > now + 2 * LEASE)
    connection.execute(held.values(lease_owner=None, lease_until=None, fence=deliveries.c.fence + 1))


def _fenced(connection: Connection, held: Claim, values: dict[str, Any]) -> bool:
    statement = (
        update(deliveries)
        .where(deliveries.c.id == held.id, deliveries.c.fence == held.fence, deliveries.c.state == "waiting")
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


_HELD = update(deliveries).where(
    deliveries.c.id == bindparam("held_id"),
    deliveries.c.fence == bindparam("held_fence"),
    deliveries.c.state == "waiting",
)
_SETTLE = Hot(_HELD.values(done=bindparam("new_done"), lease_until=bindparam("new_until")))
_SETTLE_ALL = Hot(_HELD.values(done=bindparam("new_done"), state="done", lease_owner=None, lease_until=None))
_ENQUEUE = Hot(insert(deliveries))
_FREE = select(deliveries.c.id).where(
    deliveries.c.state == "waiting",
    deliveries.c.due_at <= bindparam("now", type_=deliveries.c.due_at.type),
    deliveries.c.lease_until.is_(None) | (deliveries.c.lease_until < bindparam("now")),
)
# By the fence what was claimed before stands behind what was not, should both have their turn at one time.
_DUE = (
    _FREE.order_by(deliveries.c.turn_at, deliveries.c.fence, deliveries.c.id).limit(1).with_for_update(skip_locked=True)
)
_AWAITED = Hot(_FREE.where(deliveries.c.turn_at <= bindparam("now")).limit(1))
_CLAIM = Hot(
    update(deliveries)
    .where(deliveries.c.id == _DUE.scalar_subquery())
    .values(lease_owner=bindparam("new_owner"), lease_until=bindparam("new_until"), fence=deliveries.c.fence + 1)
    .returning(
        deliveries.c.id,
        deliveries.c.kind,
        deliveries.c.list_id,
        deliveries.c.post_id,
        deliveries.c.content_id,
        deliveries.c.return_path,
        deliveries.c.to_address,
        deliveries.c.recipients,
        deliveries.c.done,
        deliveries.c.attempts,
        deliveries.c.created_at,
        deliveries.c.fence,
    )
)
