"""Inquiries and the answers to them: kept in their authors' journals, and given to the asker where they say so.

Law: `consented` is the one reader of other people's answers; it gives those alone whose authors let the asker have
them at this moment, and nobody can read from it who has not answered. Whoever asks must be the inquiry's asker, which
is its caller's to know.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, select, update

from listserv.model.inquiry import Consented, Inquiry
from listserv.store.schema import contents, inquiries, journal_entries, lists, persons, subscriptions

INQUIRY = "inquiry"  # in the schedule, once a day; and of the addresses that take answers
ANSWERS_AFTER = timedelta(days=60)  # for so long after the document they still do


def add_inquiry(
    connection: Connection, list_id: int, question: str, asked_by: int, closes_at: datetime, now: datetime
) -> Inquiry:
    """Every member is asked from now on, and the document is due at `closes_at`."""
    values = {
        "list_id": list_id,
        "question": question,
        "asked_by": asked_by,
        "created_at": now,
        "closes_at": closes_at,
    }
    return _inquiry(connection.execute(insert(inquiries).values(values).returning(*inquiries.c)).one())


def inquiry_of(connection: Connection, list_id: int, inquiry_id: int | None) -> Inquiry | None:
    """The list's inquiry of that id, None if there is none."""
    statement = select(inquiries).where(inquiries.c.id == inquiry_id, inquiries.c.list_id == list_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _inquiry(row)


def open_inquiries(connection: Connection, now: datetime, list_id: int | None = None) -> list[Inquiry]:
    """Inquiries of open lists, or of one list, that still ask, oldest first."""
    statement = _standing().where(inquiries.c.closes_at > now)
    if list_id is not None:
        statement = statement.where(inquiries.c.list_id == list_id)
    return [_inquiry(row) for row in connection.execute(statement)]


def due_inquiries(connection: Connection, now: datetime) -> list[Inquiry]:
    """Those whose document is due and has not gone."""
    statement = _standing().where(inquiries.c.closes_at <= now, inquiries.c.sent_at.is_(None))
    return [_inquiry(row) for row in connection.execute(statement)]


def last_inquiry(connection: Connection, list_id: int, person_id: int) -> Inquiry | None:
    """The newest one that she has asked in the list and not ended."""
    statement = (
        select(inquiries)
        .where(inquiries.c.list_id == list_id, inquiries.c.asked_by == person_id, inquiries.c.removed_at.is_(None))
        .order_by(inquiries.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _inquiry(row)


def claim_document(connection: Connection, inquiry_id: int, now: datetime) -> bool:
    """True if sending the document is this transaction's to do; False if it has gone, or the inquiry was ended."""
    statement = update(inquiries).where(
        inquiries.c.id == inquiry_id, inquiries.c.sent_at.is_(None), inquiries.c.removed_at.is_(None)
    )
    return connection.execute(statement.values(sent_at=now)).rowcount == 1


def end_inquiry(connection: Connection, inquiry_id: int, now: datetime) -> None:
    """Nobody more is asked, and no document is made; what was written stays in its authors' journals."""
    statement = update(inquiries).where(inquiries.c.id == inquiry_id, inquiries.c.removed_at.is_(None))
    connection.execute(statement.values(removed_at=now))


def consent(connection: Connection, inquiry_id: int, person_id: int, at: datetime | None) -> int:
    """The asker may have what she has written in answer, or (None) may not any more; gives how many mails that are."""
    statement = update(journal_entries).where(*_hers(inquiry_id, person_id)).values(consented_at=at)
    return connection.execute(statement).rowcount


def answers_by(connection: Connection, inquiry_id: int, person_id: int) -> list[bytes]:
    """The octets of what she has written in answer, oldest first, for herself."""
    statement = (
        select(contents.c.octets)
        .join(journal_entries, journal_entries.c.content_id == contents.c.id)
        .where(*_hers(inquiry_id, person_id))
        .order_by(journal_entries.c.id)
    )
    return [bytes(octets) for octets in connection.execute(statement).scalars()]


def remove_answers(connection: Connection, inquiry_id: int, person_id: int) -> None:
    """What she has written in answer is in her journal no more, so nobody can be given it."""
    connection.execute(delete(journal_entries).where(*_hers(inquiry_id, person_id)))


def count_consented(connection: Connection, inquiry_id: int) -> int:
    """How many people let the asker have their answer now."""
    statement = select(func.count(journal_entries.c.person_id.distinct())).where(
        journal_entries.c.inquiry_id == inquiry_id, journal_entries.c.consented_at.is_not(None)
    )
    return int(connection.execute(statement).scalar_one())


def consented(connection: Connection, inquiry: Inquiry) -> list[Consented]:
    """The answers whose authors let the asker have them now, in the order in which they came."""
    place = and_(
        subscriptions.c.person_id == journal_entries.c.person_id, subscriptions.c.list_id == journal_entries.c.list_id
    )
    statement = (
        select(
            journal_entries.c.person_id,
            persons.c.name,
            func.coalesce(subscriptions.c.school, "").label("school"),
            contents.c.octets,
            journal_entries.c.at,
        )
        .select_from(
            journal_entries.join(persons, persons.c.id == journal_entries.c.person_id)
            .join(contents, contents.c.id == journal_entries.c.content_id)
            .outerjoin(subscriptions, place)
        )
        .where(journal_entries.c.inquiry_id == inquiry.id, journal_entries.c.consented_at.is_not(None))
        .order_by(journal_entries.c.id)
    )
    return [
        Consented(row.person_id, row.name, row.school, bytes(row.octets), row.at)
        for row in connection.execute(statement)
    ]


def _hers(inquiry_id: int, person_id: int) -> tuple[Any, Any]:
    return journal_entries.c.inquiry_id == inquiry_id, journal_entries.c.person_id == person_id


def _standing() -> Select[Any]:
    return (
        select(inquiries)
        .join(lists, lists.c.id == inquiries.c.list_id)
        .where(inquiries.c.removed_at.is_(None), lists.c.archived_at.is_(None))
        .order_by(inquiries.c.id)
    )


def _inquiry(row: Any) -> Inquiry:
    return Inquiry(
        row.id,
        row.list_id,
        row.question,
        row.asked_by,
        row.created_at,
        row.closes_at,
        row.sent_at,
        row.removed_at is not None,
    )
