"""Posts that wait for a moderator, and the log of every decision with its reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from listserv.errors import NotFound, Refused
from listserv.model.case import Reason
from listserv.store.hot import Hot
from listserv.store.schema import contents, decisions, held_posts, lists, messages


@dataclass(frozen=True, slots=True)
class Held:
    """One post waiting for a moderator, or decided; a newsletter goes out by itself at `release_at`."""

    id: int
    list_id: int
    list_address: str
    message_id: int
    return_path: str
    recipient: str
    reason: Reason
    state: str
    held_at: datetime
    octets: bytes
    release_at: datetime | None = None


def hold(
    connection: Connection,
    list_id: int,
    message_id: int,
    return_path: str,
    recipient: str,
    reason: Reason,
    now: datetime,
) -> int:
    """The message waits for a moderator of the list; one that was decided before waits anew."""
    values = {
        "return_path": return_path,
        "recipient": recipient,
        "reason": reason.value,
        "state": "waiting",
        "held_at": now,
        "decided_at": None,
        "release_at": None,
    }
    again = (
        update(held_posts)
        .where(held_posts.c.list_id == list_id, held_posts.c.message_id == message_id)
        .values(**values)
        .returning(held_posts.c.id)
    )
    known = connection.execute(again).scalar_one_or_none()
    if known is not None:
        return int(known)
    fresh = insert(held_posts).values(list_id=list_id, message_id=message_id, **values).returning(held_posts.c.id)
    return int(connection.execute(fresh).scalar_one())


def waiting(connection: Connection, list_id: int | None = None) -> list[Held]:
    """The posts that wait, oldest first; of one list, or of all."""
    statement = _held().where(held_posts.c.state == "waiting").order_by(held_posts.c.held_at, held_posts.c.id)
    if list_id is not None:
        statement = statement.where(held_posts.c.list_id == list_id)
    return [_value(row) for row in connection.execute(statement)]


def held_by_id(connection: Connection, held_id: int) -> Held | None:
    """The held post, waiting or decided; None if there is none (any more)."""
    row = connection.execute(_held().where(held_posts.c.id == held_id)).one_or_none()
    return None if row is None else _value(row)


def claim_held(connection: Connection, held_id: int, state: str, now: datetime) -> Held:
    """Decides a waiting post: the first decision wins.

    Raises NotFound if there is no such post, Refused if somebody has decided it already.
    """
    won = connection.execute(
        update(held_posts)
        .where(held_posts.c.id == held_id, held_posts.c.state == "waiting")
        .values(state=state, decided_at=now)
        .returning(held_posts.c.id)
    ).scalar_one_or_none()
    row = connection.execute(_held().where(held_posts.c.id == held_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no held post {held_id}; `listserv held` shows them all.")
    if won is None:
        raise Refused(f"Held post {held_id} was {row.state} already.")
    return _value(row)


def schedule_release(connection: Connection, held_id: int, at: datetime) -> None:
    """The waiting post goes out then, if nobody has decided otherwise before."""
    statement = update(held_posts).where(held_posts.c.id == held_id, held_posts.c.state == "waiting")
    connection.execute(statement.values(release_at=at))


def to_be_released(connection: Connection, now: datetime) -> list[int]:
    """Ids of waiting posts whose time has come, in its order."""
    # Spelled out, or the partial index is not taken.
    statement = (
        select(held_posts.c.id)
        .where(held_posts.c.state == literal_column("'waiting'"), held_posts.c.release_at <= now)
        .order_by(held_posts.c.release_at, held_posts.c.id)
    )
    return list(connection.execute(statement).scalars())


def content_of(connection: Connection, message_id: int) -> int:
    """The row that has the message's octets."""
    return int(connection.execute(select(messages.c.content_id).where(messages.c.id == message_id)).scalar_one())


def log_decision(
    connection: Connection,
    list_id: int,
    message_id: int | None,
    verdict: str,
    reason: str,
    now: datetime,
    *,
    actor: str = "",
    note: str = "",
) -> None:
    """One line of the log: what was decided, why, by whom ("" = by the rules)."""
    _LOG.run(
        connection,
        {
            "list_id": list_id,
            "message_id": message_id,
            "verdict": verdict,
            "reason": reason,
            "actor": actor,
            "note": note,
            "at": now,
        },
    )


def was_decided(connection: Connection, list_id: int, octets: bytes) -> bool:
    """True if the rules or a moderator have decided about exactly these octets in this list, whatever came of it."""
    wanted = {"wanted_list": list_id, "wanted_hash": hashlib.sha256(octets).digest()}
    return connection.execute(_DECIDED, wanted).first() is not None


_LOG = Hot(insert(decisions))
_DECIDED = (
    select(decisions.c.id)
    .join(messages, messages.c.id == decisions.c.message_id)
    .join(contents, contents.c.id == messages.c.content_id)
    .where(contents.c.hash == bindparam("wanted_hash"), decisions.c.list_id == bindparam("wanted_list"))
    .limit(1)
)


def _held() -> Any:
    return (
        select(
            held_posts,
            (lists.c.name + "@" + lists.c.domain).label("list_address"),
            contents.c.octets,
        )
        .join(lists, lists.c.id == held_posts.c.list_id)
        .join(messages, messages.c.id == held_posts.c.message_id)
        .join(contents, contents.c.id == messages.c.content_id)
    )


def _value(row: Any) -> Held:
    return Held(
        row.id,
        row.list_id,
        row.list_address,
        row.message_id,
        row.return_path,
        row.recipient,
        Reason(row.reason),
        row.state,
        row.held_at,
        bytes(row.octets),
        row.release_at,
    )
