"""How long one post takes to its first reader: on an idle system, and while another post is leaving slowly.

    python -m bench.latency [--full]

Idle: posts one at a time to a list of 20, from the 250 until our own sink has the first copy. Behind a big one: a
sink that takes 500 copies a second is busy with a post for 10,000 when a second post to another list comes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.command import Form, run
from bench.result import Row, late, limit_row
from bench.sinks import OwnSink
from bench.site import Sender, a_post, addresses, make_list, site
from tests.service import DOMAIN

MAILMAN = "GNU Mailman 3.3.10, measured apart: 1,470 ms"
RATE = 500.0
SMALL = 20
PAUSE_SECONDS = 0.3


def measure(form: Form) -> Iterator[Row]:
    """Idle first, then behind a big post."""
    values = [1000 * each for each in _idle(form.size(20, 100))]
    yield limit_row(
        "one post on an idle system, from the 250 to the first copy, p95", late(values, 95), "ms", 100, MAILMAN
    )
    copies = form.size(3000, 10_000)
    waits = sorted(_behind(copies) for _ in range(form.runs))
    what = f"a second post while {copies:,} copies leave at {RATE:.0f} a second, to its first copy"
    yield limit_row(what, waits[len(waits) // 2], "s", 1.0, f"all {copies:,} take {copies / RATE:.0f} s")


def _idle(posts: int) -> list[float]:
    with OwnSink() as sink, site(sink.port, SMALL) as service:
        sender = Sender(service)
        found = []
        for number in range(posts + 3):
            time.sleep(PAUSE_SECONDS)
            msgid, octets = a_post()
            taken = sender.send(octets)
            if number >= 3:
                found.append(max(0.0, sink.wait_first(msgid) - taken))
        return found


def _behind(copies: int) -> float:
    with OwnSink(rate=RATE) as sink, site(sink.port, copies) as service:
        make_list(service, "esol", addresses(SMALL))
        sender = Sender(service)
        msgid, octets = a_post()
        sender.send(octets)
        sink.wait_first(msgid)
        time.sleep(1.0)
        to = f"esol@{DOMAIN}"
        second, octets = a_post(to=to)
        taken = sender.send(octets, to)
        waited = sink.wait_first(second, 2 * copies / RATE) - taken
        if sink.counted[0] >= copies:
            raise RuntimeError("the first post had left before the second came")
        return max(0.0, waited)


if __name__ == "__main__":
    run("latency", __doc__, "nothing more", measure, most_runs=3)
