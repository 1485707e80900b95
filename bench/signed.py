"""Fan-out with an RSA-2048 signature for each copy, beside what the bare signatures cost.

    python -m bench.signed [--full]

The product hands copies to a relay that signs; here a process a core signs the copies ahead (`bench.signing`), in
a process of its own with the store, the dispatcher and the SMTP client of `listserv serve`, to smtp-sink. The baseline
is `cryptography` signing as many short strings with one thread a core, half of them before and half behind ours. From
the commit of the post to the last copy; a first post is not counted. smtp-sink has its share of the cores, which is not
ours: the ratio is of signatures by a second of the processors' time, ours with all that making, sending and settling
the copies took.
"""

from __future__ import annotations

import gc
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
from statistics import median
from typing import NamedTuple

from bench.command import Form, run
from bench.idle import family, processor_seconds
from bench.peers import missing
from bench.result import Row, missing_row, number
from bench.sinks import CountedSink
from bench.site import a_post, addresses
from listserv.app.parts import open_relay
from listserv.config import Settings
from listserv.inbound.posting import post
from listserv.model.lists import MailList
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.lists import list_by_id
from listserv.store.migrate import signing_key
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers
from listserv.store.writer import Writer
from tests.store_site import NOW, a_list, arrived, made

NEEDS = "postfix; cryptography (pip)"
CONNECTIONS = 6
SETTLING_SECONDS = 0.3  # after the last copy: what was sent is settled by then
AT_LEAST = 0.8


class Spent(NamedTuple):
    """What so many signatures took; `work` are seconds of the processors."""

    signatures: int
    seconds: float
    work: float

    def and_then(self, other: Spent) -> Spent:
        """Both, one after the other."""
        return Spent(self.signatures + other.signatures, self.seconds + other.seconds, self.work + other.work)

    def __str__(self) -> str:
        return f"{number(self.signatures / self.seconds)}/s on {self.work / self.seconds:.1f} cores"


def measure(form: Form) -> Iterator[Row]:
    """Signed copies beside bare signatures."""
    subscribers = form.size(1_000, 10_000)
    what = f"fan-out, personal, RSA-2048 signature each, {subscribers:,} recipients"
    bar = f"≥ {AT_LEAST} × on the cores used"
    absent = missing("postfix", "cryptography")
    if absent:
        yield missing_row(what, bar, absent)
        return
    runs = [_in_turn(subscribers) for _ in range(form.runs)]
    ratio = median(bare.work / ours.work for bare, ours in runs)
    bare, ours = (sorted(each, key=lambda spent: spent.seconds)[len(each) // 2] for each in zip(*runs, strict=True))
    yield Row(what, str(ours), bar, ratio >= AT_LEAST, f"cryptography alone: {bare}", f"{ratio:.2f}")


def _in_turn(subscribers: int) -> tuple[Spent, Spent]:
    """The bare signatures, and ours between their halves: a machine that slows down meanwhile slows both."""
    before, ours, after = _bare(subscribers // 2), _signed(subscribers), _bare(subscribers // 2)
    return before.and_then(after), ours


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _bare(signatures: int) -> Spent:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    from bench.signing import new_key

    key = new_key()

    def sign(count: int) -> None:
        for _ in range(count):
            key.sign(b"a short string", PKCS1v15(), SHA256())

    threads = [threading.Thread(target=sign, args=(signatures // _cores(),)) for _ in range(_cores())]
    began, work = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Spent(signatures, time.monotonic() - began, time.process_time() - work)


def _signed(subscribers: int) -> Spent:
    with tempfile.TemporaryDirectory() as folder, CountedSink() as sink:
        command = [sys.executable, "-m", "bench.signed", "--child", folder, str(sink.port), str(subscribers)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            _sent(child, sink, subscribers)
            spent = _sent(child, sink, subscribers)
            child.communicate()
            return spent


def _sent(child: subprocess.Popen[str], sink: CountedSink, subscribers: int) -> Spent:
    """One post of the child's."""
    assert child.stdin is not None
    assert child.stdout is not None
    goal = sink.messages + subscribers
    child.stdin.write("post\n")
    child.stdin.flush()
    began, work = map(float, child.stdout.readline().split())
    seconds = sink.wait(goal) - began
    time.sleep(SETTLING_SECONDS)
    return Spent(subscribers, seconds, sum(map(processor_seconds, family(child.pid))) - work)


def in_child(folder: Path, port: int, subscribers: int) -> None:
    """Posts at each line that it reads, and says when that was and what had been worked by then."""
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
        mail_list = writer.run(partial(_list, size=subscribers))
        gc.collect()
        gc.freeze()  # as `serve` does
        for _ in sys.stdin:
            work = sum(map(processor_seconds, family(os.getpid())))
            writer.run(partial(_post, mail_list=mail_list))
            print(time.monotonic(), work, flush=True)
            dispatcher.nudge()
        dispatcher.stop()
        writer.close()


def _copies(database: Database, settings: Settings) -> PostCopies:
    with database.begin() as connection:
        key = signing_key(connection)
    return PostCopies(database, settings, key, environment(None), _clock)


def _clock() -> datetime:
    return datetime.now(UTC)


def _list(connection: Connection, size: int) -> MailList:
    mail_list = a_list(connection)
    place = NewPlace(mail_list, {}, frozenset())
    newcomers = [Newcomer(each, each, "", [place]) for each in addresses(size)]
    add_newcomers(connection, newcomers, "file", "bench", NOW)
    return mail_list


def _post(connection: Connection, mail_list: MailList) -> None:
    mail_list = list_by_id(connection, mail_list.id)
    post(connection, mail_list, arrived(a_post(to=mail_list.address)[1], at=_clock()), None)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        in_child(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        run("signed", __doc__, NEEDS, measure)
