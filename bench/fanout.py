"""Fan-out: one post to 10,000 subscribers, a personal copy each, from its 250 to the last copy's settle.

    python -m bench.fanout [--subscribers 10000] [--runs 5] [--connections 4]

The baseline is smtp-source handing as many messages of that size to the same smtp-sink over as many connections.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.peers import demand_peers, machine, row, smtp_sink, source_seconds
from listserv.store.engine import Database
from listserv.store.outbox import waiting_count
from tests.service import DOMAIN, Service

OCTETS = 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    demand_peers()
    ours, baseline = measure(given.subscribers, given.runs, given.connections)
    print(machine())
    print(row(f"fan-out, {given.subscribers:,} personal copies", ours, baseline, "smtp-source"))


def measure(subscribers: int, runs: int, connections: int) -> tuple[list[float], list[float]]:
    """Copies a second, ours and the baseline's, in turn."""
    ours: list[float] = []
    baseline: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        smtp_sink() as sink_port,
        Service(Path(folder), relay_port=sink_port, connections=connections) as service,
    ):
        service.run("list", "create", "english")
        service.run("list", "set", "english", "nonmember=accept")
        rows = "".join(f"s{number}@school.example\n" for number in range(subscribers))
        members = Path(folder) / "members.csv"
        members.write_text(f"address\n{rows}", "utf-8")
        service.run("member", "import", "english", str(members))
        service.start()
        database = Database(f"sqlite:///{folder}/listserv.db")
        for number in range(runs + 1):
            ours.append(subscribers / _one_post(service, database, number))
            seconds = source_seconds(
                sink_port, sessions=connections, messages=subscribers, octets=OCTETS, recipient="a@school.example"
            )
            baseline.append(subscribers / seconds)
        database.close()
    return ours[1:], baseline[1:]


def _one_post(service: Service, database: Database, number: int) -> float:
    """Seconds from the 250 to an empty outbox."""
    body = "Kia ora koutou, a line of a post about running records.\r\n" * (OCTETS // 57)
    octets = (
        f"From: Mere <mere@school.example>\r\nTo: english@{DOMAIN}\r\nSubject: Post {number}\r\n"
        f"Message-ID: <{number}@school.example>\r\nDate: Mon, 16 Nov 2026 20:00:00 +1300\r\n\r\n{body}"
    )
    code, text = service.send(octets.encode(), f"english@{DOMAIN}", "mere@school.example")
    began = time.perf_counter()
    assert code == 250, text
    while True:
        with database.read() as connection:
            if not waiting_count(connection):
                return time.perf_counter() - began
        time.sleep(0.005)


if __name__ == "__main__":
    main()
