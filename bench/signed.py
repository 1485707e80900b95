"""Fan-out with an RSA-2048 signature for each copy, beside what the bare signatures cost.

    python -m bench.signed [--full]

The product hands copies to a relay that signs; here a process a core signs the copies ahead (`bench.signing`), in
a process of its own with the store, the dispatcher and the SMTP client of `listserv serve`, to smtp-sink. The baseline
is `cryptography` signing as many short strings with one thread a core. From the commit of the post to the last copy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.command import Form, run
from bench.peers import missing
from bench.result import Row, missing_row, rate_row
from bench.sinks import CountedSink
from bench.site import a_post, addresses
from listserv.app.parts import open_relay
from listserv.config import Settings
from listserv.inbound.posting import post
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.migrate import signing_key
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers
from listserv.store.writer import Writer
from tests.store_site import NOW, a_list, arrived, made

NEEDS = "postfix; cryptography (pip)"
CONNECTIONS = 4
WARMING = 10  # recipients of a first post, so that connections stand and code is read in


def measure(form: Form) -> Iterator[Row]:
    """Signed copies a second beside bare signatures."""
    subscribers = form.size(1_000, 10_000)
    what = f"fan-out, personal, RSA-2048 signature each, {subscribers:,} recipients"
    absent = missing("postfix", "cryptography")
    if absent:
        yield missing_row(what, "≥ 0.8 ×", absent)
        return
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(form.runs):
        bare.append(subscribers / _bare_seconds(subscribers))
        ours.append(subscribers / _signed_seconds(subscribers))
    yield rate_row(what, ours, bare, f"cryptography alone, {_cores()} threads", 0.8)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _bare_seconds(signatures: int) -> float:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    from bench.signing import new_key

    key = new_key()

    def sign(count: int) -> None:
        for _ in range(count):
            key.sign(b"a short string", PKCS1v15(), SHA256())

    threads = [threading.Thread(target=sign, args=(signatures // _cores(),)) for _ in range(_cores())]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _signed_seconds(subscribers: int) -> float:
    with tempfile.TemporaryDirectory() as folder, CountedSink() as sink:
        command = [sys.executable, "-m", "bench.signed", "--child", folder, str(sink.port), str(subscribers)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            began = float(child.stdout.readline())
            taken = sink.wait(subscribers + WARMING) - began
            child.communicate("\n")
            return taken


def in_child(folder: Path, port: int, subscribers: int) -> None:
    """Posts, says when, sends until told to stop."""
    from bench.signing import SigningCopies, new_key

    settings = Settings.model_validate(
        {"site": {"domain": "lists.example.nz", "base_url": "https://lists.example.nz"},
         "relay": {"host": "127.0.0.1", "port": port, "connections": CONNECTIONS}}
    )  # fmt: skip
    with made(f"sqlite:///{folder}/listserv.db") as database:
        writer = Writer(database)
        copies = SigningCopies(_copies(database, settings), new_key(), "lists.example.nz", _cores())
        tell = partial(tell_author, environment(None), box_of=settings.box)
        dispatcher = Dispatcher(writer, copies, partial(open_relay, settings), CONNECTIONS, _clock, "bench", tell)
        dispatcher.start()
        for size in (WARMING, subscribers):
            writer.run(partial(_post, size=size))
            committed = time.monotonic()
            dispatcher.nudge()
            if size == WARMING:
                time.sleep(1.0)
        print(committed, flush=True)
        sys.stdin.readline()
        dispatcher.stop()
        writer.close()


def _copies(database: Database, settings: Settings) -> PostCopies:
    with database.begin() as connection:
        key = signing_key(connection)
    return PostCopies(database, settings, key, environment(None), _clock)


def _clock() -> datetime:
    return datetime.now(UTC)


def _post(connection: Connection, size: int) -> None:
    mail_list = a_list(connection, f"english{size}")
    place = NewPlace(mail_list, {}, frozenset())
    people = [f"{size}.{each}" for each in addresses(size)]
    add_newcomers(connection, [Newcomer(each, each, "", [place]) for each in people], "file", "bench", NOW)
    post(connection, mail_list, arrived(a_post(to=mail_list.address)[1], at=_clock()), None)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        in_child(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        run("signed", __doc__, NEEDS, measure)
