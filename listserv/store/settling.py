"""What is kept when somebody settles in: the language she chose, and that she wished to be there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from listserv.store.schema import consents, persons

WORDING_CHARACTERS = 4000


def choose_language(connection: Connection, person_id: int, language: str) -> None:
    """From now on we write to her in that language ("en", "mi")."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(language=language))


def choose_plain_text(connection: Connection, person_id: int, wanted: bool) -> None:
    """From now on copies and updates come to her as plain text alone, or as they are."""
    connection.execute(update(persons).where(persons.c.id == person_id).values(plain_text=wanted))


def wants_plain_text(connection: Connection, person_id: int) -> bool:
    """Whether copies and updates come to her as plain text alone."""
    return bool(connection.execute(select(persons.c.plain_text).where(persons.c.id == person_id)).scalar_one())


def note_consent(
    connection: Connection, person_id: int, list_id: int, act: str, how: str, wording: str, now: datetime
) -> None:
    """What shows later that she joined, or was added, or let stay: when, how, and by which words."""
    values = {"person_id": person_id, "list_id": list_id, "act": act, "how": how}
    connection.execute(insert(consents).values(**values, wording=wording[:WORDING_CHARACTERS], at=now))


def name_of(connection: Connection, person_id: int) -> str:
    """What the person is called, "" if we do not know."""
    return str(connection.execute(select(persons.c.name).where(persons.c.id == person_id)).scalar_one())
