"""Fan-out: one post to 10,000 subscribers, from its 250 until smtp-sink has the last of them.

    python -m bench.fanout [--full]

Personal: a copy and a return path each, beside smtp-source handing as many messages of that size to the same smtp-sink
over as many connections, and beside mlmmj's own VERP. Neutral: 50 recipients a transaction, beside smtp-source with one
recipient each, and beside mlmmj with 100 a transaction. The sink's own count says when the last one came.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.command import Form, run
from bench.mlmmj import Mlmmj
from bench.peers import missing, source
from bench.result import Row, missing_row, rate_row
from bench.sinks import CountedSink
from bench.site import OCTETS, Sender, a_post, addresses, site

NEEDS = "postfix, mlmmj, gcc"
CONNECTIONS = 4
TOGETHER = 50
MLMMJ_TOGETHER = 100


def measure(form: Form) -> Iterator[Row]:
    """Personal and neutral, each beside both peers."""
    subscribers = form.size(2000, 10_000)
    personal = f"fan-out, personal, {subscribers:,} recipients"
    neutral = f"fan-out, neutral ({TOGETHER} a transaction), {subscribers:,} recipients"
    bars = ((personal, 1, 1.0, 1.5), (neutral, TOGETHER, 10.0, 3.0))
    absent = missing("postfix")
    for what, together, by_source, by_mlmmj in bars:
        if absent:
            yield missing_row(what, f"≥ {by_source:g} ×", absent)
            continue
        ours, sent, mlmmj = _measured(form, subscribers, together)
        yield rate_row(what, ours, sent, f"smtp-source, {CONNECTIONS} connections", by_source)
        if mlmmj:
            yield rate_row(f"{what}, beside mlmmj", ours, mlmmj, "mlmmj with TCP_NODELAY", by_mlmmj)
        else:
            yield missing_row(f"{what}, beside mlmmj", f"≥ {by_mlmmj:g} ×", missing("mlmmj", "gcc"))


def _measured(form: Form, subscribers: int, together: int) -> tuple[list[float], list[float], list[float]]:
    """Recipients a second: ours, smtp-source's and mlmmj's, in turn; the first round of each is not counted."""
    ours: list[float] = []
    sent: list[float] = []
    mlmmj: list[float] = []
    options = {"LISTSERV__RELAY__RECIPIENTS_PER_MESSAGE": str(together)}
    with (
        tempfile.TemporaryDirectory() as folder,
        CountedSink() as sink,
        site(sink.port, subscribers, connections=CONNECTIONS, environment=options) as service,
    ):
        sender = Sender(service)
        peer = None
        if not missing("mlmmj", "gcc"):
            peer = Mlmmj(Path(folder), sink.port, addresses(subscribers), together=together > 1)
        for _ in range(form.runs + 1):
            ours.append(subscribers / ours_seconds(sender, sink, _transactions(subscribers, together)))
            sent.append(subscribers / _source_seconds(sink, subscribers))
            if peer is not None:
                batch = MLMMJ_TOGETHER if together > 1 else 1
                mlmmj.append(subscribers / mlmmj_seconds([peer], sink, _transactions(subscribers, batch)))
    return ours[1:], sent[1:], mlmmj[1:]


def ours_seconds(sender: Sender, sink: CountedSink, transactions: int) -> float:
    """From the 250 to a post until the sink has so many messages more."""
    sink.drain()
    goal = sink.messages + transactions
    taken = sender.send(a_post()[1])
    return sink.wait(goal) - taken


def mlmmj_seconds(peers: Sequence[Mlmmj], sink: CountedSink, transactions: int) -> float:
    """From handing a post to each of these lists until the sink has so many messages more."""
    sink.drain()
    goal = sink.messages + transactions
    began = time.monotonic()
    processes = [peer.post(a_post()[1]) for peer in peers]
    ends = sink.wait(goal)
    for process in processes:
        process.wait()
    return ends - began


def _source_seconds(sink: CountedSink, messages: int) -> float:
    """From smtp-source's start until the sink has all its messages."""
    sink.drain()
    goal = sink.messages + messages
    began = time.monotonic()
    with source(sink.port, sessions=CONNECTIONS, messages=messages, octets=OCTETS, recipient="a@school.example"):
        return sink.wait(goal) - began


def _transactions(recipients: int, together: int) -> int:
    return -(-recipients // together)


if __name__ == "__main__":
    run("fanout", __doc__, NEEDS, measure)
