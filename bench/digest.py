"""The weekly update: 200 posts to 2,000 subscribers, from the clock's tick to the last copy's settle.

    python -m bench.digest [--full]

Measured twice: everybody has the common update; and 500 have their own, over three groups, at the same hour. A run
is a site and a process of its own: the tick, the writer and the relay's connections, to a running smtp-sink.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.peers import missing
from bench.result import Row, limit_row, missing_row
from bench.sinks import CountedSink
from listserv.app.clock import make_workshop
from listserv.app.parts import open_relay
from listserv.config import Settings
from listserv.digest.tick import tick
from listserv.inbound.indexing import index_batch
from listserv.inbound.posting import Arrival, post
from listserv.mail.parse import parse
from listserv.model.lists import Delivery, DigestPeriod, ListSettings, MailList
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.lists import create_list, ensure_network
from listserv.store.migrate import signing_key, upgrade
from listserv.store.people import add_member, person_of
from listserv.store.personal import choose_hour, choose_together
from listserv.store.queue import waiting_count
from listserv.store.writer import Writer

DOMAIN = "lists.example.nz"
GROUPS = ("english", "esol", "literacy")
WEEK = datetime(2026, 11, 13, 4, tzinfo=UTC)
SENDS_AT = datetime(2026, 11, 20, 3, tzinfo=UTC)  # Friday, 4 pm in Auckland
WORDS = "Kia ora koutou, this is what we do in our room with the Year 4 tamariki and their running records. "


def measure(form: Form) -> Iterator[Row]:
    """Everybody's common update, then with so many who have their own."""
    posts, subscribers = form.size(50, 200), form.size(500, 2_000)
    for own, seconds_at_most in ((0, 4), (subscribers // 4, 10)):
        what = f"digest: {posts} posts, {subscribers:,} subscribers" + (f", {own} with their own" if own else "")
        if missing("postfix"):
            yield missing_row(what, f"< {seconds_at_most} s", missing("postfix"))
            continue
        found = [_measured(posts, subscribers, own) for _ in range(form.runs)]
        seconds, composed, megabytes = (median(each[name] for each in found) for name in ("all", "tick", "memory"))
        yield limit_row(f"{what}, to the last recipient", seconds, "s", seconds_at_most, f"{composed:.1f} s composing")
        yield limit_row(f"{what}, memory", megabytes, "MB", 300)


def _measured(posts: int, subscribers: int, own: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, CountedSink(counts=False) as sink:
        command = [sys.executable, "-m", "bench.digest", "--child", folder]
        numbers = [sink.port, posts, subscribers, own]
        done = subprocess.run([*command, *map(str, numbers)], capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def in_child(folder: Path, port: int, posts: int, subscribers: int, own: int) -> dict[str, float]:
    """Seconds of the tick and until the outbox was empty, and the most memory that the process had, in MB."""
    settings = Settings.model_validate(
        {
            "site": {"domain": DOMAIN, "base_url": f"https://{DOMAIN}"},
            "database": {"url": f"sqlite:///{folder}/listserv.db"},
            "relay": {"host": "127.0.0.1", "port": port, "connections": 4},
        }
    )
    database = Database(settings.database.url)
    upgrade(database)
    writer = Writer(database)
    _fill(database, posts, subscribers, own)
    while index_batch(database, writer, SENDS_AT):
        pass
    with database.begin() as connection:
        key = signing_key(connection)
    templates = environment(None)
    copies = PostCopies(database, settings, key, templates, _clock)
    tell = partial(tell_author, templates, box_of=settings.box)
    dispatcher = Dispatcher(writer, copies, partial(open_relay, settings), 4, _clock, "bench", tell)
    dispatcher.start()
    workshop = make_workshop(settings)
    began = time.perf_counter()
    recipients = sum(done.recipients for done in tick(database, writer, workshop, SENDS_AT))
    composed = time.perf_counter() - began
    dispatcher.nudge()
    while _waits(database):
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    dispatcher.stop()
    writer.close()
    database.close()
    assert recipients >= subscribers, recipients
    return {"all": seconds, "tick": composed, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _clock() -> datetime:
    return SENDS_AT


def _waits(database: Database) -> bool:
    with database.read() as connection:
        return waiting_count(connection) > 0


def _fill(database: Database, posts: int, subscribers: int, own: int) -> None:
    """A busy group and two quieter ones; everybody reads the first, whoever has her own all three."""
    with database.begin() as connection:
        network = ensure_network(connection, DOMAIN, WEEK)
        groups = [
            create_list(connection, network.id, name, DOMAIN, name.title(), ListSettings(), WEEK) for name in GROUPS
        ]
        for number in range(subscribers):
            _reader(connection, groups, number, number < own)
        for group, count in zip(groups, (posts, posts // 10, posts // 10), strict=True):
            for number in range(count):
                _post(connection, group, number)


def _reader(connection: Connection, groups: Sequence[MailList], number: int, own: bool) -> None:
    address = f"s{number}@school.example.nz"
    for group in groups if own else groups[:1]:
        add_member(
            connection, group, address, address, WEEK, digest=DigestPeriod.WEEKLY, delivery=Delivery.NONE
        )  # fmt: skip
    person = person_of(connection, address)
    if own and person is not None:
        choose_hour(connection, person, "friday", "16:00", WEEK)
        choose_together(connection, person, True, WEEK)


def _post(connection: Connection, group: MailList, number: int) -> None:
    at = WEEK + timedelta(hours=1, minutes=number * 40)
    thread = number % 40
    head = f"From: Teacher {number % 60} <t{number % 60}@school.example.nz>\r\nTo: {group.address}\r\n"
    answer = "" if number == thread else f"In-Reply-To: <{group.name}-{thread}@school.example.nz>\r\n"
    octets = (
        f"{head}Subject: {'Re: ' if answer else ''}Conversation {thread}\r\n{answer}"
        f"Message-ID: <{group.name}-{number}@school.example.nz>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + (WORDS + "\r\n")
        * 8
    )
    post(connection, group, Arrival(parse(octets.encode()), "", group.address, at, at), None, quiet=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(in_child(Path(sys.argv[2]), *map(int, sys.argv[3:]))))
    else:
        run("digest", __doc__, "postfix", measure, most_runs=3)
