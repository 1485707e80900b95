"""`listserv import`: an mbox becomes posts of a list. Nothing is sent, judged or counted; safe to repeat.

A message without a readable author is a post all the same: the archive is history, not mail to be judged. Messages are
read by others (`deriving`), here they are written: in the order of the file, a lot in one transaction with its words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic, sleep
from typing import BinaryIO

from listserv.config import Settings
from listserv.inbound.deriving import LOT_OCTETS, Readers
from listserv.inbound.entries import Entry, Plan
from listserv.inbound.limits import bounds
from listserv.mail.mbox import read_mbox
from listserv.model.lists import MailList
from listserv.store.archive import NewMessage
from listserv.store.bulk import known_mails, put_messages
from listserv.store.engine import Connection, Database, lock_list
from listserv.store.lists import get_list
from listserv.store.people import persons_of
from listserv.store.search import Fresh, index_fresh
from listserv.store.shelf import Shared, put_shared
from listserv.store.thread_batch import place_all

LOT = 200
BLOCK_OCTETS = 100_000  # what is used again stays in the cache, and in memory that the program has already
PAUSE_SECONDS = 0.02  # waiting for the next lot is a pause as well


@dataclass(slots=True)
class Imported:
    """What an import did; `refused` holds (number in the file, why)."""

    archived: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_mbox(
    database: Database,
    address: str,
    stream: BinaryIO,
    settings: Settings,
    now: Callable[[], datetime],
    workers: int | None = None,
) -> Imported:
    """Archives each message of the mbox that the list does not have; commits in lots, so it may be broken off.

    Between two lots it stands back, so that a server on the same database goes on taking mail. With `workers` (0: in
    this process) all is in the search index and on the shelf at the end, else a running server sees to that. What was
    imported is on disk when it returns, not before. Raises NotFound for an unknown list.
    """
    with database.read() as connection:
        mail_list = get_list(connection, address)
    limits = bounds(settings)
    plan = Plan(mail_list, limits, settings.site.base_url)
    done = Imported()
    blocks = iter(partial(stream.read, BLOCK_OCTETS), b"")
    lots = _lots(read_mbox(blocks, message_octets=limits.message_octets))
    wrote_at = -PAUSE_SECONDS
    with Readers(plan, database.url, workers) as readers, database.unflushed() as begin:
        for lot, entries in _read(lots, readers, now):
            sleep(max(0.0, PAUSE_SECONDS - (monotonic() - wrote_at)))
            with begin() as connection:
                lock_list(connection, mail_list.id)
                _write(connection, mail_list, lot, entries, done, now())
            wrote_at = monotonic()
    return done


def _read(
    lots: Iterator[list[bytes]], readers: Readers, now: Callable[[], datetime]
) -> Iterator[tuple[list[bytes], list[Entry | str]]]:
    """Each lot with its entries; while one is written, those behind it are read."""
    under_way: deque[list[bytes]] = deque()
    for lot in lots:
        readers.hand_out(lot, now())
        under_way.append(lot)
        if readers.is_full:
            yield under_way.popleft(), readers.take()
    while under_way:
        yield under_way.popleft(), readers.take()


def _lots(messages: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The messages in groups that are written in a part of a second."""
    lot: list[bytes] = []
    size = 0
    for octets in messages:
        if lot and (len(lot) >= LOT or size + len(octets) > LOT_OCTETS):
            yield lot
            lot, size = [], 0
        lot.append(octets)
        size += len(octets)
    if lot:
        yield lot


def _write(
    connection: Connection,
    mail_list: MailList,
    lot: Sequence[bytes],
    entries: Sequence[Entry | str],
    done: Imported,
    now: datetime,
) -> None:
    """What of the lot is new is archived, in its threads, in the index and on the shelf; `done` counts on."""
    before = done.archived + done.known + len(done.refused)
    mails = [(each.msgid, each.body_hash) for each in entries if not isinstance(each, str)]
    seen = known_mails(connection, mail_list.id, mails)
    new: list[tuple[bytes, Entry]] = []
    for number, (octets, entry) in enumerate(zip(lot, entries, strict=True), start=before + 1):
        if isinstance(entry, str):
            done.refused.append((number, entry))
        elif (entry.msgid, entry.body_hash) in seen:
            done.known += 1
        else:
            seen.add((entry.msgid, entry.body_hash))
            new.append((octets, entry))
    done.archived += len(new)
    if new:
        _archive(connection, mail_list, new, now)


def _archive(connection: Connection, mail_list: MailList, new: Sequence[tuple[bytes, Entry]], now: datetime) -> None:
    persons = persons_of(connection, {entry.author_key for _, entry in new if entry.author_key})
    messages = put_messages(connection, [_message(*each) for each in new])
    known = [persons.get(entry.author_key, (None, "")) for _, entry in new]
    placed = [
        (entry.evidence, {**_columns(entry, now), "message_id": message_id, "person_id": person_id})
        for (_, entry), message_id, (person_id, _) in zip(new, messages, known, strict=True)
    ]
    fresh = []
    shared = []
    for (_, entry), post_id, (person_id, name) in zip(
        new, place_all(connection, mail_list.id, placed), known, strict=True
    ):
        if entry.words is not None:
            fresh.append(Fresh(post_id, entry.evidence.date_at, name, entry.words.text))
            shared.append(Shared(post_id, person_id, entry.evidence.date_at, entry.words.items))
    index_fresh(connection, mail_list.id, fresh)
    put_shared(connection, mail_list.id, shared)


def _message(octets: bytes, entry: Entry) -> NewMessage:
    return NewMessage(
        octets, entry.msgid, entry.body_hash, entry.return_path, entry.received_at, entry.kept, entry.content_hash
    )


def _columns(entry: Entry, now: datetime) -> dict[str, object]:
    """The columns of its post that the message alone decides; it counts in digests at its own date."""
    return {
        "author_name": entry.author_name,
        "author_address": entry.author_address,
        "subject": entry.subject,
        "counts_at": entry.evidence.date_at,
        "archived_at": now,
        "quiet": False,
        "imported": True,
        "answers_run": None,
        "text_at": now if entry.words is not None else None,
    }
