"""Who is signed in on the web: a row for each browser, found by the hash of the secret in its cookie.

The secret itself is never kept, so that a copy of the database signs nobody in. A session lasts 90 days and is not
prolonged by reading (GET never writes).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from listserv.model.lists import Person
from listserv.store.schema import persons, sessions

LASTS = timedelta(days=90)
SESSIONS_EACH = 20

_PERSONS = select(persons.c.id, persons.c.name, persons.c.language, persons.c.time_zone)


def begin_session(connection: Connection, person_id: int, secret: str, now: datetime) -> bool:
    """The secret signs this person in from now on; False if there is no such person.

    Sessions that have ended go, and a person's oldest beyond 20.
    """
    if find_person(connection, person_id) is None:
        return False
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(
        insert(sessions).values(hash=_hash(secret), person_id=person_id, created_at=now, expires_at=now + LASTS)
    )
    newest = select(sessions.c.id).where(sessions.c.person_id == person_id).order_by(sessions.c.id.desc())
    kept = list(connection.execute(newest.limit(SESSIONS_EACH)).scalars())
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id.not_in(kept)))
    return True


def find_person(connection: Connection, person_id: int) -> Person | None:
    """The person of that id, None if there is none any more."""
    row = connection.execute(_PERSONS.where(persons.c.id == person_id)).one_or_none()
    return None if row is None else Person(*row)


def session_person(connection: Connection, secret: str, now: datetime) -> Person | None:
    """Whom the secret signs in, None if nobody."""
    statement = _PERSONS.join(sessions, sessions.c.person_id == persons.c.id).where(
        sessions.c.hash == _hash(secret), sessions.c.expires_at > now
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else Person(*row)


def sign_in_number(connection: Connection, person_id: int) -> int | None:
    """How often the person has been signed out everywhere; None if there is no such person."""
    statement = select(persons.c.sign_in_number).where(persons.c.id == person_id)
    return connection.execute(statement).scalar_one_or_none()


def sign_out_everywhere(connection: Connection, person_id: int) -> None:
    """Every browser of hers is signed out, and no link that was sent to her so far signs anybody in."""
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
    raised = {"sign_in_number": persons.c.sign_in_number + 1}
    connection.execute(update(persons).where(persons.c.id == person_id).values(raised))


def end_session(connection: Connection, secret: str) -> None:
    """The secret signs nobody in any more."""
    connection.execute(delete(sessions).where(sessions.c.hash == _hash(secret)))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
