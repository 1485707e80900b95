"""Journals: answers their authors keep for themselves. Every reader here asks for the person; nobody else's exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from listserv.store.schema import contents, inquiries, journal_entries, lists, messages, prompts


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with the octets of the mail it came as; `prompt` is the title, or the words, of what it answers."""

    id: int
    list_id: int
    group: str
    prompt_id: int | None
    prompt: str
    octets: bytes
    at: datetime
    shared_post_id: int | None


def add_entry(
    connection: Connection,
    person_id: int,
    list_id: int,
    content_id: int,
    msgid: str,
    prompt_id: int | None,
    now: datetime,
    inquiry_id: int | None = None,
) -> int | None:
    """The mail is an entry of her journal, in answer to a prompt or an inquiry or to nothing; None if it was one
    before, however often it comes."""
    known = (
        select(journal_entries.c.id)
        .join(messages, messages.c.content_id == journal_entries.c.content_id)
        .where(journal_entries.c.person_id == person_id, messages.c.msgid == msgid)
    )
    if connection.execute(known.limit(1)).first() is not None:
        return None
    values = {
        "person_id": person_id,
        "list_id": list_id,
        "content_id": content_id,
        "prompt_id": prompt_id,
        "inquiry_id": inquiry_id,
        "at": now,
    }
    return int(connection.execute(insert(journal_entries).values(values).returning(journal_entries.c.id)).scalar_one())


def entry_of(connection: Connection, person_id: int, entry_id: int) -> Entry | None:
    """Her entry of that id; None if it is gone, or another's."""
    row = connection.execute(_entries(person_id).where(journal_entries.c.id == entry_id)).one_or_none()
    return None if row is None else Entry(*row)


def entries_of(connection: Connection, person_id: int) -> Iterator[Entry]:
    """Everything in her journal, over all groups, oldest first."""
    for row in connection.execute(_entries(person_id).order_by(journal_entries.c.at, journal_entries.c.id)):
        yield Entry(*row)


def set_shared(connection: Connection, entry_id: int, post_id: int) -> None:
    """The entry was posted to the group."""
    connection.execute(update(journal_entries).where(journal_entries.c.id == entry_id).values(shared_post_id=post_id))


def set_consented(connection: Connection, entry_id: int, now: datetime) -> None:
    """Whoever asked the entry's inquiry may have it."""
    connection.execute(update(journal_entries).where(journal_entries.c.id == entry_id).values(consented_at=now))


def remove_entry(connection: Connection, person_id: int, entry_id: int) -> None:
    """The entry is in her journal no more."""
    connection.execute(
        delete(journal_entries).where(journal_entries.c.id == entry_id, journal_entries.c.person_id == person_id)
    )


def _entries(person_id: int) -> Any:
    return (
        select(
            journal_entries.c.id,
            journal_entries.c.list_id,
            lists.c.title,
            journal_entries.c.prompt_id,
            func.coalesce(prompts.c.title, inquiries.c.question).label("prompt"),
            contents.c.octets,
            journal_entries.c.at,
            journal_entries.c.shared_post_id,
        )
        .select_from(
            journal_entries.join(contents, contents.c.id == journal_entries.c.content_id)
            .join(lists, lists.c.id == journal_entries.c.list_id)
            .outerjoin(prompts, prompts.c.id == journal_entries.c.prompt_id)
            .outerjoin(inquiries, inquiries.c.id == journal_entries.c.inquiry_id)
        )
        .where(journal_entries.c.person_id == person_id)
    )
