"""Secrets for one purpose, sent by mail and kept as hashes: who holds one may do that one thing, once, until it ends.

A token is 128 random bits in lower-case base32, so guessing one is hopeless, and a copy of the database gives none
away. It belongs to one list. Used, ended, unknown and another list's cannot be told apart by who asks.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from listserv.store.schema import tokens

OCTETS = 16
KEPT_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Token:
    """What a good token stands for; `object_id` is whatever `purpose` says it is."""

    id: int
    purpose: str
    list_id: int
    person_id: int | None
    object_id: int | None
    payload: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime | None


def issue(
    connection: Connection,
    list_id: int,
    purpose: str,
    now: datetime,
    lasts: timedelta,
    *,
    person_id: int | None = None,
    object_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> str:
    """A new token: 26 characters, good until `now + lasts` or `use`."""
    token = base64.b32encode(secrets.token_bytes(OCTETS)).decode("ascii").rstrip("=").lower()
    connection.execute(
        insert(tokens).values(
            hash=_hash(token),
            purpose=purpose,
            list_id=list_id,
            person_id=person_id,
            object_id=object_id,
            payload=json.dumps(payload, sort_keys=True) if payload else "",
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return token


def find(connection: Connection, list_id: int, token: str, now: datetime) -> Token | None:
    """What the token stands for in this list, None if it is not good (any more)."""
    row = connection.execute(_GOOD, {"wanted": _hash(token), "wanted_list": list_id, "now": now}).one_or_none()
    return None if row is None else _token(row)


def _token(row: Any) -> Token:
    payload = json.loads(row.payload) if row.payload else {}
    return Token(
        row.id, row.purpose, row.list_id, row.person_id, row.object_id, payload, row.created_at, row.expires_at
    )


def use(connection: Connection, token: Token, now: datetime) -> bool:
    """True if the token was good until now; it is not any more."""
    statement = update(tokens).where(tokens.c.id == token.id, tokens.c.used_at.is_(None)).values(used_at=now)
    return connection.execute(statement).rowcount == 1


def withdraw(
    connection: Connection, purpose: str, now: datetime, *, object_id: int | None = None, person_id: int | None = None
) -> None:
    """Tokens of this purpose about this object, for this person, or both, are good for nothing any more."""
    if object_id is None and person_id is None:
        raise ValueError("whose tokens?")
    statement = update(tokens).where(tokens.c.purpose == purpose, tokens.c.used_at.is_(None))
    if object_id is not None:
        statement = statement.where(tokens.c.object_id == object_id)
    if person_id is not None:
        statement = statement.where(tokens.c.person_id == person_id)
    connection.execute(statement.values(used_at=now))


def is_open(connection: Connection, purpose: str, object_id: int, now: datetime) -> bool:
    """Whether anybody holds a good token of this purpose about this object."""
    good = tokens.c.used_at.is_(None) & (tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now))
    statement = select(tokens.c.id).where(tokens.c.purpose == purpose, tokens.c.object_id == object_id, good)
    return connection.execute(statement.limit(1)).first() is not None


def issued_before(connection: Connection, purpose: str, before: datetime, now: datetime) -> list[Token]:
    """The good tokens of this purpose that were issued before that time, oldest first."""
    statement = select(tokens).where(
        tokens.c.purpose == purpose,
        tokens.c.used_at.is_(None),
        tokens.c.created_at <= before,
        tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now),
    )
    return [_token(row) for row in connection.execute(statement.order_by(tokens.c.id))]


def holders(connection: Connection, purpose: str, object_id: int) -> set[int | None]:
    """The persons who hold, or held and have used, a token of this purpose about this object."""
    statement = select(tokens.c.person_id).where(tokens.c.purpose == purpose, tokens.c.object_id == object_id)
    return set(connection.execute(statement).scalars())


def forget_old(connection: Connection, now: datetime) -> None:
    """Rows of tokens that ended 90 days ago or earlier go."""
    connection.execute(delete(tokens).where(tokens.c.expires_at < now - KEPT_AFTER))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.lower().encode("utf-8", "replace")).digest()


_GOOD = select(tokens).where(
    tokens.c.hash == bindparam("wanted"),
    tokens.c.list_id == bindparam("wanted_list"),
    tokens.c.used_at.is_(None),
    tokens.c.expires_at.is_(None) | (tokens.c.expires_at > bindparam("now", type_=tokens.c.expires_at.type)),
)
