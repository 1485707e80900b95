"""Threading alone: no parsing, no copies, no commit a post.

    python -m bench.threads [--full]

The store's way, which live mail takes: each post is placed by `store.threads.place` among those that came before it, at
10,000, 100,000 and a million posts in one list; a third row tells how the cost grows. The pure way: the same evidence
partitioned at once by `mail.thread.partition`, as an export or `rethread` does.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.command import Form, run
from bench.result import Row, floor_row, late, limit_row, number
from listserv.mail.thread import Evidence, Rule, partition
from tests.conversations import Room, open_archive

START = datetime(2010, 1, 4, tzinfo=UTC)
OPEN_THREADS = 200  # so many conversations are answered at any time
CHAIN = 8  # ids that a mail program names


def measure(form: Form) -> Iterator[Row]:
    """The pure function, then the store at three sizes."""
    steps = (1_000, 10_000, 50_000) if not form.full else (10_000, 100_000, 1_000_000)
    yield floor_row(f"threading alone, {steps[1]:,} posts at once", _pure(steps[1], form.runs), " msgs/s", 10_000)
    rates, waits = _placed(steps)
    told = ", ".join(f"{number(rate)}/s at {step:,}" for step, rate in zip(steps, rates, strict=True))
    yield floor_row(
        f"threading alone, post by post in the store, one run, at {steps[-1]:,}", rates[-1], " msgs/s", 10_000, told
    )
    tails = ", ".join(f"{number(wait)} ms at {step:,}" for step, wait in zip(steps, waits, strict=True))
    yield limit_row(f"threading alone, post by post, one run, p99 at {steps[-1]:,}", waits[-1], "ms", 1.0, tails)
    yield limit_row(
        f"threading alone, one run, cost at {steps[-1]:,} by that at {steps[0]:,}", rates[0] / rates[-1], "×", 1.5
    )


def _pure(posts: int, runs: int) -> float:
    evidence = list(conversations(posts))
    rates = []
    for _ in range(runs):
        began = time.monotonic()
        partition(evidence, Rule.FULL)
        rates.append(posts / (time.monotonic() - began))
    return median(rates)


def _placed(steps: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Messages a second, and the p99 in ms, of the last posts before each step, all in one list and transaction."""
    rates: list[float] = []
    waits: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(f"sqlite:///{folder}/threads.db", steps[-1]) as (connection, message_ids),
    ):
        room = Room(connection, message_ids)
        sample = steps[0] // 2
        taken: list[float] = []
        for each in conversations(steps[-1]):
            evidence = each._replace(key=0)  # as a post that has no row yet
            began = time.monotonic()
            room.place(evidence)
            taken.append(time.monotonic() - began)
            if len(taken) in steps:
                last = taken[-sample:]
                rates.append(len(last) / sum(last))
                waits.append(1000 * late(last, 99))
    return rates, waits


def conversations(posts: int, seed: int = 1) -> Iterator[Evidence]:
    """Posts of a lively list: four in five answer one of the open conversations, now and then by subject alone."""
    chance = random.Random(seed)
    under_way: list[list[str]] = []
    for key in range(1, posts + 1):
        node = f"{key}.{seed}@school.example"
        at = START + timedelta(minutes=5 * key)
        if len(under_way) < OPEN_THREADS or chance.random() < 0.2:
            under_way.append([node])
            if len(under_way) > OPEN_THREADS:
                under_way.pop(0)
            yield Evidence(key, node, (), at, f"conversation {key}", False, None, None, None)
            continue
        thread = chance.choice(under_way)
        ids = () if chance.random() < 0.01 else tuple(thread[-CHAIN:])
        subject = f"conversation {thread[0].partition('.')[0]}"
        thread.append(node)
        yield Evidence(key, node, ids, at, subject, True, None, None, None)


if __name__ == "__main__":
    run("threads", __doc__, "nothing more", measure)
