"""`listserv import`: an mbox becomes posts of a list. Nothing is sent, judged or counted; safe to repeat.

A message without a readable author is a post all the same: the archive is history, not mail to be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic, sleep
from typing import BinaryIO

from listserv.config import Settings
from listserv.inbound.deriving import Task, TextWorkers
from listserv.inbound.posting import Arrival, post
from listserv.inbound.reception import bounds
from listserv.mail.address import address_key
from listserv.mail.bounds import Bounds, check_bounds
from listserv.mail.dates import parse_date
from listserv.mail.mbox import read_mbox
from listserv.mail.parse import Message, parse
from listserv.model.lists import MailList
from listserv.store import archive
from listserv.store.engine import Connection, Database, lock_list
from listserv.store.lists import get_list
from listserv.store.people import person_of
from listserv.store.search import index_new

BATCH = 100
BATCH_OCTETS = 8_000_000
BLOCK_OCTETS = 1_000_000
PAUSE_SECONDS = 0.02  # reading the next batch is a pause as well


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
    texts: TextWorkers | None = None,
) -> Imported:
    """Archives each message of the mbox that the list does not have; commits in batches, so it may be broken off.

    Between two batches it stands back, so that a server on the same database goes on taking mail. With `texts` all is
    in the search index at the end, else a running server sees to that. Raises NotFound for an unknown list.
    """
    with database.read() as connection:
        mail_list = get_list(connection, address)
    done = Imported()
    limits = bounds(settings)
    blocks = iter(partial(stream.read, BLOCK_OCTETS), b"")
    batches = _batches(enumerate(read_mbox(blocks, message_octets=limits.message_octets), start=1), limits)
    batch = next(batches, None)
    while batch is not None:
        # What is ready is taken before the transaction, for it may have to be waited for.
        ready = texts.finished() if texts is not None else []
        with database.begin() as connection:
            lock_list(connection, mail_list.id)
            for number, message in batch:
                _import_one(connection, mail_list, number, message, now(), done, texts)
            index_new(connection, ready, now())
        began = monotonic()
        batch = next(batches, None)
        if batch is not None:
            sleep(max(0.0, PAUSE_SECONDS - (monotonic() - began)))
    while texts is not None and (ready := texts.last()):
        with database.begin() as connection:
            index_new(connection, ready, now())
    return done


def _batches(numbered: Iterator[tuple[int, bytes]], limits: Bounds) -> Iterator[list[tuple[int, Message | str]]]:
    """The messages read, or why one is refused, in groups that are written in a part of a second."""
    batch: list[tuple[int, Message | str]] = []
    octets_read = 0
    for number, octets in numbered:
        fault = check_bounds(octets, limits)
        batch.append((number, parse(octets) if fault is None else fault.text))
        octets_read += len(octets)
        if len(batch) >= BATCH or octets_read >= BATCH_OCTETS:
            yield batch
            batch, octets_read = [], 0
    if batch:
        yield batch


def _import_one(
    connection: Connection,
    mail_list: MailList,
    number: int,
    message: Message | str,
    now: datetime,
    done: Imported,
    texts: TextWorkers | None,
) -> None:
    if isinstance(message, str):
        done.refused.append((number, message))
        return
    arrival = Arrival(message, _return_path(message), mail_list.address, received_at(message, now), now)
    if archive.known(connection, mail_list.id, arrival.msgid, message.body_hash).seen:
        done.known += 1
        return
    author = message.author
    person_id = person_of(connection, address_key(author.address)) if author else None
    post_id = post(connection, mail_list, arrival, person_id, imported=True).post_id
    done.archived += 1
    if texts is not None:
        named = " ".join(part for part in (author.name, author.address) if part) if author else ""
        task = Task(post_id, mail_list.id, arrival.msgid, named, message.subject, message.octets)
        texts.submit(message, task)


def received_at(message: Message, now: datetime) -> datetime:
    """When the message was received: the topmost Received field's time, else its Date, else now."""
    for value in message.headers("Received")[:1]:
        stamped = parse_date(value.rpartition(";")[2])
        if stamped is not None:
            return min(stamped, now)
    return min(message.date or now, now)


def _return_path(message: Message) -> str:
    value = (message.header("Return-Path") or "").strip().strip("<>")
    return value if "@" in value else ""
