"""A busy day: 200 posts to 500 subscribers with a copy of their own each, until smtp-sink has the last.

    python -m bench.busyday [--full]

Four connections hand the posts over as fast as each is taken. Meanwhile somebody posts to a quiet list every 20 ms: how
long her 250 takes is the second row. mlmmj, with TCP_NODELAY, is handed all posts at once, a process each, as its MTA
would.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from bench.command import Form, run
from bench.fanout import mlmmj_seconds
from bench.mlmmj import Mlmmj
from bench.peers import missing
from bench.result import Row, late, limit_row, missing_row, rate_row
from bench.sinks import CountedSink
from bench.site import Sender, a_post, addresses, make_list, site
from tests.service import DOMAIN, Service

NEEDS = "postfix, mlmmj, gcc"
SENDERS = 4
QUIET = f"quiet@{DOMAIN}"
BEAT_SECONDS = 0.02


def measure(form: Form) -> Iterator[Row]:
    """How many copies a second, and how late a 250 came meanwhile."""
    posts, subscribers = form.size(20, 200), form.size(200, 500)
    what = f"busy day, {posts} posts × {subscribers} personal"
    absent = missing("postfix", "mlmmj", "gcc")
    if absent:
        yield missing_row(what, "≥ 1.5 ×", absent)
        return
    ours: list[float] = []
    peer: list[float] = []
    waits: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        CountedSink() as sink,
        site(sink.port, subscribers) as service,
    ):
        make_list(service, "quiet", [])
        mlmmj = Mlmmj(Path(folder), sink.port, addresses(subscribers), together=False)
        copies = posts * subscribers
        for _ in range(form.runs + 1):
            ours.append(copies / _our_day(service, sink, posts, copies, waits))
            peer.append(copies / mlmmj_seconds([mlmmj] * posts, sink, copies))
    yield rate_row(what, ours[1:], peer[1:], "mlmmj with TCP_NODELAY", 1.5)
    told = f"{len(waits)} posts to another list meanwhile, median {1000 * late(waits, 50):.1f} ms"
    yield limit_row("busy day, until a 250 meanwhile, p99", 1000 * late(waits, 99), "ms", 100, told)


def _our_day(service: Service, sink: CountedSink, posts: int, copies: int, waits: list[float]) -> float:
    """From the first post handed over to the last copy."""
    sink.drain()
    goal = sink.messages + copies
    senders = [Sender(service) for _ in range(SENDERS)]
    ended = Event()
    prober = Thread(target=_probe, args=(service, ended, waits))
    with ThreadPoolExecutor(SENDERS) as pool:
        prober.start()
        began = time.monotonic()
        under_way: list[Future[None]] = [pool.submit(_send, each, posts // SENDERS) for each in senders]
        ends = sink.wait(goal)
        ended.set()
        for each in under_way:
            each.result()
    prober.join()
    for sender in senders:
        sender.close()
    return ends - began


def _send(sender: Sender, posts: int) -> None:
    for _ in range(posts):
        sender.send(a_post()[1])


def _probe(service: Service, ended: Event, waits: list[float]) -> None:
    sender = Sender(service)
    while not ended.wait(BEAT_SECONDS):
        began = time.monotonic()
        waits.append(sender.send(a_post(to=QUIET)[1], QUIET) - began)
    sender.close()


if __name__ == "__main__":
    run("busyday", __doc__, NEEDS, measure)
