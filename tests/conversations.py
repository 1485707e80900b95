"""Posts as threading sees them, and a list in a database to place them in.

`post` makes evidence with few words, `evidence_of` from octets. `Room` is a list on a connection: it places evidence,
remembers which post became which row, and reads the threads back under the evidence's own keys; `assert_agrees`
compares them with `partition`.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from listserv.mail.dates import parse_date
from listserv.mail.parse import Message, parse
from listserv.mail.subject import base_subject
from listserv.mail.text.quote import has_quotation
from listserv.mail.thread import Evidence, Link, Partition, Rule, partition
from listserv.store.schema import contents, lists, messages, networks, posts, threads
from listserv.store.threads import Placement, place
from tests.store_site import made

START = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)

_numbers = itertools.count(1)


def post(
    key: int,
    node: str,
    *ids: str,
    day: float = 0.0,
    subject: str = "",
    reply: bool = False,
    quotes: bool | None = None,
    index: bytes | None = None,
    token: str | None = None,
) -> Evidence:
    """Evidence of a post `day` days after the start."""
    return Evidence(key, node, ids, START + timedelta(days=day), subject, reply, quotes, index, token)


def evidence_of(key: int, octets: bytes) -> Evidence:
    """Evidence of an archived message, received when its topmost Received header says, else by its Date."""
    message = parse(octets)
    known = [at for at in (message.date, _received_at(message)) if at is not None]
    base = base_subject(message.subject)
    return Evidence(
        key,
        message.message_id or f"{message.content_hash.hex()}@no-id.invalid",
        message.references,
        min(known, default=START),
        base.text,
        base.has_reply_prefix,
        None if base.has_reply_prefix else has_quotation(message),
        message.thread_index,
    )


def _received_at(message: Message) -> datetime | None:
    return next((parse_date(line.rpartition(";")[2].strip()) for line in message.headers("received")), None)


def groups(labels: Mapping[int, int]) -> set[frozenset[int]]:
    """The threads as sets of keys, whatever they are called."""
    found: dict[int, set[int]] = {}
    for key, label in labels.items():
        found.setdefault(label, set()).add(key)
    return {frozenset(keys) for keys in found.values()}


def add_list(connection: Connection) -> int:
    """A new list in a network of its own."""
    number = next(_numbers)
    name = f"room{number}"
    made = {"title": "Room", "domain": "lists.example.nz", "created_at": START}
    network = connection.execute(insert(networks).returning(networks.c.id), {"name": name, **made}).scalar_one()
    values = {"network_id": network, "name": name, "settings": "{}", **made}
    return int(connection.execute(insert(lists).returning(lists.c.id), values).scalar_one())


def add_messages(connection: Connection, count: int) -> list[int]:
    """So many empty messages for posts to refer to."""
    first = connection.execute(select(func.count()).select_from(messages)).scalar_one() + 1
    numbers = range(first, first + count)
    connection.execute(insert(contents), [{"id": n, "hash": n.to_bytes(32, "big"), "octets": b""} for n in numbers])
    fixed = {"size_octets": 0, "body_hash": b"", "received_at": START}
    connection.execute(insert(messages), [{"id": n, "content_id": n, "msgid": f"m{n}", **fixed} for n in numbers])
    return list(numbers)


class Room:
    """One list; message ids may be shared by rooms."""

    def __init__(self, connection: Connection, message_ids: Iterable[int]) -> None:
        self.connection = connection
        self.list_id = add_list(connection)
        self._message_ids = iter(message_ids)
        self._own_keys: dict[int, int] = {}

    def place(self, evidence: Evidence) -> Placement:
        columns = {
            "message_id": next(self._message_ids),
            "subject": f"Subject of {evidence.node}",
            "counts_at": START,
            "archived_at": START,
        }
        placement = place(self.connection, self.list_id, evidence, columns)
        self._own_keys[placement.post_id] = evidence.key
        return placement

    def threads(self) -> dict[int, int]:
        """The thread row of each post, by the evidence's key."""
        return {self._own_keys[row.id]: row.thread_id for row in self._posts()}

    def links(self) -> dict[int, Link]:
        return {self._own_keys[row.id]: Link(row.linked_by) for row in self._posts()}

    def thread_rows(self) -> dict[int, dict[str, Any]]:
        """Every thread row of the list, aliases too, by id, with `continued_from` as the evidence's key."""
        rows = self.connection.execute(select(threads).where(threads.c.list_id == self.list_id))
        return {
            row.id: {**row._mapping, "continued_from": row.continued_from and self._own_keys[row.continued_from]}
            for row in rows
        }

    def _posts(self) -> Iterable[Any]:
        return self.connection.execute(select(posts).where(posts.c.list_id == self.list_id)).all()


def assert_agrees(room: Room, evidence: Collection[Evidence]) -> None:
    """The room's rows say what the partition of all this evidence says, and nothing else."""
    expected = partition(evidence, Rule.FULL)
    homes = room.threads()
    assert groups(homes) == groups(expected.threads)
    assert room.links() == expected.links
    rows = room.thread_rows()
    live = {thread for thread, row in rows.items() if row["alias_of"] is None}
    assert live == set(homes.values())
    assert all(row["alias_of"] in live for thread, row in rows.items() if thread not in live)
    nodes = {item.key: item.node for item in evidence}
    for keys, telling in _tellings(evidence, expected).items():
        row = rows[homes[min(keys)]]
        continued = nodes.get(row["continued_from"])
        assert (row["posts"], row["subject"], row["first_at"], row["last_at"], continued) == telling


def _tellings(evidence: Iterable[Evidence], expected: Partition) -> dict[frozenset[int], tuple[Any, ...]]:
    """What the row of each thread must tell: posts, subject, first and last date, the node it continues from."""
    by_key = {item.key: item for item in evidence}
    found = {}
    for keys in groups(expected.threads):
        ordered = sorted((by_key[key] for key in keys), key=lambda item: (item.date_at, item.node))
        nodes = {item.node for item in ordered}
        cuts = [expected.continued_from.get(item.key) for item in ordered]
        continued = next((node for node in cuts if node is not None and node not in nodes), None)
        subject = f"Subject of {ordered[0].node}"
        found[keys] = (len(ordered), subject, ordered[0].date_at, ordered[-1].date_at, continued)
    return found


@contextmanager
def open_archive(url: str, messages_needed: int) -> Iterator[tuple[Connection, list[int]]]:
    """A connection to a new database, in a transaction that is committed at the end, and ids of messages in it."""
    with made(url) as database, database.begin() as connection:
        yield connection, add_messages(connection, messages_needed)
