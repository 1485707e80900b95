"""What a list has written and received since a moment, to be gone through and forgotten: letters, notices, held posts.

For a question that is passed on without its author's name: afterwards no row holds who asked. Nothing that stands in
an archive, or in its author's own journal, is touched.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from listserv.store.answered import answer_kinds
from listserv.store.schema import (
    contents,
    decisions,
    deliveries,
    failures,
    held_posts,
    journal_entries,
    messages,
    posts,
    schedule_runs,
    tokens,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail of ours to one address, on its way or gone."""

    delivery_id: int
    content_id: int
    to_address: str
    is_waiting: bool
    octets: bytes


def notices_since(connection: Connection, list_id: int, since: datetime) -> list[Notice]:
    """The list's mails to single addresses made since then."""
    statement = (
        select(deliveries.c.id, deliveries.c.content_id, deliveries.c.to_address, deliveries.c.state, contents.c.octets)
        .join(contents, contents.c.id == deliveries.c.content_id)
        .where(deliveries.c.kind == "notice", deliveries.c.list_id == list_id, deliveries.c.created_at >= since)
    )
    return [
        Notice(row.id, row.content_id, row.to_address or "", row.state == "waiting", bytes(row.octets))
        for row in connection.execute(statement)
    ]


def letters_since(connection: Connection, list_id: int, since: datetime) -> list[tuple[int, bytes]]:
    """(message id, octets) of mails to the list's program since then: answers and wishes, no posts."""
    statement = (
        select(messages.c.id, contents.c.octets)
        .distinct()
        .select_from(
            decisions.join(messages, messages.c.id == decisions.c.message_id).join(
                contents, contents.c.id == messages.c.content_id
            )
        )
        .where(decisions.c.list_id == list_id, decisions.c.at >= since, decisions.c.verdict.in_(("run", "record")))
    )
    return [(row.id, bytes(row.octets)) for row in connection.execute(statement)]


def forget_notice(connection: Connection, notice: Notice) -> None:
    """The mail leaves no copy here; if it is still on its way it does not go out.

    Its empty row stays: SQLite would give the id to what is queued next, and whoever has this mail on the wire would
    settle that instead.
    """
    connection.execute(delete(failures).where(failures.c.delivery_id == notice.delivery_id))
    nothing = {"content_id": None, "to_address": None, "return_path": "", "lease_owner": None, "lease_until": None}
    mine = update(deliveries).where(deliveries.c.id == notice.delivery_id)
    connection.execute(mine.values(**nothing, state="dropped", fence=deliveries.c.fence + 1))
    _forget_content(connection, notice.content_id)


def forget_message(connection: Connection, list_id: int, message_id: int) -> None:
    """The message, and that this list ever decided about it, is gone; it stays where another list has or holds it."""
    connection.execute(delete(decisions).where(decisions.c.list_id == list_id, decisions.c.message_id == message_id))
    connection.execute(delete(held_posts).where(held_posts.c.list_id == list_id, held_posts.c.message_id == message_id))
    kept = (posts, held_posts, decisions)
    row = connection.execute(
        select(messages.c.content_id).where(
            messages.c.id == message_id, *(~exists().where(table.c.message_id == message_id) for table in kept)
        )
    ).one_or_none()
    if row is not None:
        connection.execute(delete(messages).where(messages.c.id == message_id))
        _forget_content(connection, row.content_id)


def forget_questions(connection: Connection, list_id: int, object_id: int, purposes: Collection[str]) -> None:
    """Every answer address of the list that is about the held post, or about the message, is gone, used or not."""
    about = (tokens.c.list_id == list_id, tokens.c.object_id == object_id)
    connection.execute(delete(tokens).where(tokens.c.purpose.in_(purposes), *about))


def forget_asked(connection: Connection, kind: str, list_id: int, address_key: str) -> None:
    """That the list asked somebody about the address is known no more."""
    of_list = schedule_runs.c.subject.startswith(f"{list_id}:")
    asked = (schedule_runs.c.kind == kind, schedule_runs.c.period == address_key)
    connection.execute(delete(schedule_runs).where(*asked, of_list))


def forget_answers(connection: Connection, kinds: Collection[str], address_key: str) -> None:
    """That we wrote to the address, of these kinds of answers, is known no more."""
    named = [each for kind in kinds for each in answer_kinds(kind)]
    connection.execute(
        delete(schedule_runs).where(schedule_runs.c.kind.in_(named), schedule_runs.c.subject == address_key)
    )


def _forget_content(connection: Connection, content_id: int) -> None:
    used = (messages, deliveries, journal_entries)
    connection.execute(
        delete(contents).where(
            contents.c.id == content_id, *(~exists().where(table.c.content_id == content_id) for table in used)
        )
    )
