"""`listserv import`: an mbox becomes posts of a list. Nothing is sent, judged or counted; safe to repeat.

A message without a readable author is a post all the same: the archive is history, not mail to be judged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from time import monotonic, sleep
from typing import BinaryIO

from listserv.config import Settings
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

LONGEST_HOLD_SECONDS = 0.25
PAUSE_SECONDS = 0.1


@dataclass(slots=True)
class Imported:
    """What an import did; `refused` holds (number in the file, why)."""

    archived: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_mbox(
    database: Database, address: str, stream: BinaryIO, settings: Settings, now: Callable[[], datetime]
) -> Imported:
    """Archives each message of the mbox that the list does not have; commits in batches, so it may be broken off.

    Between two batches it stands back, so that a server on the same database goes on taking mail. Raises NotFound for
    an unknown list.
    """
    with database.read() as connection:
        mail_list = get_list(connection, address)
    done = Imported()
    limits = bounds(settings)
    numbered = enumerate(read_mbox(stream, message_octets=limits.message_octets), start=1)
    first = next(numbered, None)
    while first is not None:
        with database.begin() as connection:
            lock_list(connection, mail_list.id)
            ends = monotonic() + LONGEST_HOLD_SECONDS
            for number, octets in chain((first,), numbered):
                _import_one(connection, mail_list, number, octets, limits, now(), done)
                if monotonic() > ends:
                    break
        first = next(numbered, None)
        if first is not None:
            sleep(PAUSE_SECONDS)
    return done


def _import_one(
    connection: Connection,
    mail_list: MailList,
    number: int,
    octets: bytes,
    limits: Bounds,
    now: datetime,
    done: Imported,
) -> None:
    fault = check_bounds(octets, limits)
    if fault is not None:
        done.refused.append((number, fault.text))
        return
    message = parse(octets)
    arrival = Arrival(message, _return_path(message), mail_list.address, received_at(message, now), now)
    if archive.known(connection, mail_list.id, arrival.msgid, message.body_hash).seen:
        done.known += 1
        return
    author = message.author
    person_id = person_of(connection, address_key(author.address)) if author else None
    post(connection, mail_list, arrival, person_id, imported=True)
    done.archived += 1


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
