"""Two long-lived nodes on one database, told the time together; a killed one is started again and told it once more."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO

from sqlalchemy import select

from listserv.store.engine import Database
from listserv.store.schema import contents, deliveries, schedule_runs
from tests.forks import Child, fork

SKEW = timedelta(minutes=3)


def hours(start: datetime, end: datetime, step: timedelta = timedelta(hours=1)) -> Iterator[datetime]:
    """Ten seconds after each full step, as a tick every 20 seconds comes a little late."""
    now = start + timedelta(seconds=10)
    while now < end:
        yield now
        now += step


@dataclass
class Node:
    """One process. `deaths` are the places its successive lives end at; after them it lives on."""

    url: str
    deaths: list[tuple[str, int]] = field(default_factory=list)
    killed: int = 0
    _process: Child | None = None
    _pipes: tuple[IO[str], IO[str]] | None = None

    def tell(self, now: datetime) -> None:
        if self._pipes is None:
            self._pipes = self._start(self.deaths.pop(0) if self.deaths else ())
        self._pipes[0].write(f"{now.isoformat()}\n")
        self._pipes[0].flush()

    def _start(self, place: Sequence[object]) -> tuple[IO[str], IO[str]]:
        """Another life; gives the pipes to its standard input and from its standard output."""
        (given, to_it), (from_it, said) = os.pipe(), os.pipe()
        with os.fdopen(given) as theirs, os.fdopen(said, "w") as output:
            arguments = [self.url, *map(str, place)]
            self._process = fork("tests.scenario.ticking", arguments, os.environ, output, sys.stderr, theirs)
        return os.fdopen(to_it, "w"), os.fdopen(from_it)

    def heard(self) -> list[list[str]] | None:
        """What the tick did; None if the process died in it."""
        assert self._pipes is not None
        line = self._pipes[1].readline()
        if line:
            answer: list[list[str]] = json.loads(line)
            return answer
        assert self._ended() == -9, "a node ended by itself"
        self.killed += 1
        return None

    def stop(self) -> None:
        if self._pipes is not None:
            self._pipes[0].close()
            assert self._ended() == 0

    def _ended(self) -> int:
        """The exit status of the process, which ends now."""
        assert self._process is not None and self._pipes is not None
        status = self._process.wait(timeout=60)
        for pipe in self._pipes:
            pipe.close()
        self._pipes = None
        return status


def play(nodes: Sequence[Node], times: Iterable[datetime]) -> None:
    """Every node ticks at every time, at once; on every other tick the second node's clock is behind."""
    for number, now in enumerate(times):
        told = [now - SKEW * (number % 2) * place for place in range(len(nodes))]
        for node, at in zip(nodes, told, strict=True):
            node.tell(at)
        for node, at in zip(nodes, told, strict=True):
            while node.heard() is None:
                node.tell(at)
    for node in nodes:
        node.stop()


@dataclass(frozen=True, slots=True)
class Sent:
    """One digest in the outbox: what it said of itself, and when it was put there."""

    group: str
    kind: str
    key: str
    covers_from: datetime
    covers_until: datetime
    at: datetime


def digests(database: Database) -> list[Sent]:
    """Every digest in the outbox, in order."""
    statement = select(deliveries.c.created_at, contents.c.octets).join(contents).where(deliveries.c.kind == "digest")
    found = []
    with database.read() as connection:
        for row in connection.execute(statement.order_by(deliveries.c.id)):
            group, kind, key, begin, end, _language = row.octets.decode().split()
            found.append(
                Sent(group, kind, key, datetime.fromisoformat(begin), datetime.fromisoformat(end), row.created_at)
            )
    return found


def reminders(database: Database) -> list[tuple[str, datetime]]:
    """(subject, when) of every reminder in the outbox, in order."""
    statement = select(deliveries.c.created_at, contents.c.octets).join(contents).where(deliveries.c.kind == "reminder")
    with database.read() as connection:
        rows = connection.execute(statement.order_by(deliveries.c.id)).all()
    return [(row.octets.split(b"Subject: ", 1)[1].split(b"\r\n", 1)[0].decode(), row.created_at) for row in rows]


def runs(database: Database) -> set[tuple[str, str, str, str]]:
    """(kind, subject, period, outcome) of everything that was claimed."""
    columns = (schedule_runs.c.kind, schedule_runs.c.subject, schedule_runs.c.period, schedule_runs.c.outcome)
    with database.read() as connection:
        return {(row.kind, row.subject, row.period, row.outcome) for row in connection.execute(select(*columns))}
