"""Two nodes on one PostgreSQL beside one, when the relay is far away: a sink whose replies come 20 ms late.

    python -m bench.nodes [--full]

The same post to the same list, sent by one `listserv serve` and by two, each with 16 connections; from the 250 to the
last recipient at the sink. The processors' time is that of the nodes, from before the post until the queue is empty.
Last, one of two nodes is killed in the middle: who got no copy, and whose copy came twice. A killed node's claims are
taken over when their lease ends; that is made 3 seconds here.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.idle import processor_seconds
from bench.peers import missing
from bench.result import Row, limit_row, missing_row, number, rate_row
from bench.sinks import OwnSink
from bench.site import LIST, Sender, a_post, addresses, make_list
from tests.servers.postgres import PostgresServer, a_server, binaries
from tests.service import Service

NEEDS = "postgresql"
DELAY_SECONDS = 0.02
CONNECTIONS = 16
UNSETTLED = 25  # copies of one connection whose 250 may not be settled (docs/queue.md)
VICTIM = "tests.crash.victim"


def measure(form: Form) -> Iterator[Row]:
    """Speed, work a copy, and what a kill leaves."""
    copies = form.size(6_400, 12_800)  # whole chunks for every connection of two nodes
    what = f"two nodes on PostgreSQL, relay {1000 * DELAY_SECONDS:.0f} ms away, {copies:,} copies"
    if missing("postgresql"):
        yield missing_row(what, "≥ 1.8 ×", "postgresql")
        return
    one: list[tuple[float, float]] = []
    two: list[tuple[float, float]] = []
    programs = binaries()
    assert programs is not None
    with a_server(programs) as server:
        for _ in range(form.runs):
            one.append(_sent(server, copies, 1))
            two.append(_sent(server, copies, 2))
        lost, doubled = _killed(server, copies)
    yield rate_row(what, [copies / t for t, _ in two], [copies / t for t, _ in one], "one node", 1.8)
    work = median(after / before for (_, before), (_, after) in zip(one, two, strict=True))
    told = f"one node: {number(1e6 * median(each for _, each in one) / copies)} µs a copy"
    yield limit_row("two nodes, processors' time a copy by that of one node", work, "×", 1.15, told)
    yield limit_row(f"two nodes, one killed in the middle of {copies:,}: lost", lost, "copies", 1)
    yield limit_row("two nodes, one killed: came twice", doubled, "copies", CONNECTIONS * UNSETTLED + 1)


@contextmanager
def _nodes(server: PostgresServer, port: int, copies: int, count: int) -> Iterator[Sequence[Service]]:
    """So many nodes on a database of their own with one list of so many members; not started."""
    name = server.create_database()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nodes = [
            stack.enter_context(
                Service(
                    folder / str(each),
                    relay_port=port,
                    database_url=server.url(name),
                    connections=CONNECTIONS,
                    forked=False,
                )
            )
            for each in range(count)
        ]
        make_list(nodes[0], "english", addresses(copies))
        yield nodes
    server.drop_database(name)


def _sent(server: PostgresServer, copies: int, count: int) -> tuple[float, float]:
    """Seconds to the last copy, and of the nodes' processors' time."""
    with OwnSink(delay=DELAY_SECONDS, every=10) as sink, _nodes(server, sink.port, copies, count) as nodes:
        for node in nodes:
            node.start()
        time.sleep(2.0)
        before = sum(processor_seconds(node.pid) for node in nodes)
        sender = Sender(nodes[0])
        taken = sender.send(a_post()[1], LIST)
        seconds = sink.wait_copies(copies) - taken
        time.sleep(0.5)
        return seconds, sum(processor_seconds(node.pid) for node in nodes) - before


def _killed(server: PostgresServer, copies: int) -> tuple[int, int]:
    """How many got no copy, and how many copies came too often."""
    with (
        tempfile.NamedTemporaryFile() as record,
        OwnSink(delay=DELAY_SECONDS, every=10, record=Path(record.name)) as sink,
        _nodes(server, sink.port, copies, 2) as nodes,
    ):
        for node in nodes:
            node.start(victim=VICTIM)
        sender = Sender(nodes[0])
        sender.send(a_post()[1], LIST)
        sink.wait_copies(copies // 3)
        nodes[1].kill()
        nodes[0].wait_empty(120)
        lines = Path(record.name).read_bytes().splitlines()
        came = Counter(line.partition(b"\t")[0] for line in lines)
    wanted = {address.encode() for address in addresses(copies)}
    return len(wanted - came.keys()), sum(came[each] - 1 for each in wanted if came[each] > 1)


if __name__ == "__main__":
    run("nodes", __doc__, NEEDS, measure, most_runs=3)
