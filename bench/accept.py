"""Accepting: posts of 4 KB over 16 connections, decided, threaded, archived, queued and on disk before the 250.

    python -m bench.accept [--messages 3000] [--runs 5] [--connections 16]

Ours and smtp-sink (which keeps nothing) take turns; the sender is smtp-source for both.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.peers import demand_peers, machine, row, smtp_sink, source_seconds
from tests.service import DOMAIN, Service

OCTETS = 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    demand_peers()
    ours, baseline = measure(given.messages, given.runs, given.connections)
    print(machine())
    print(row(f"accept, {given.connections} connections, durable", ours, baseline, "smtp-sink"))


def measure(messages: int, runs: int, connections: int) -> tuple[list[float], list[float]]:
    """Messages a second, ours and the baseline's, in turn."""
    ours: list[float] = []
    baseline: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        smtp_sink() as sink_port,
        Service(Path(folder), relay_port=sink_port) as service,
    ):
        service.run("list", "create", "english")
        service.run("list", "set", "english", "nonmember=accept")
        service.start()
        for _ in range(runs + 1):
            for port, figures in ((service.port, ours), (sink_port, baseline)):
                seconds = source_seconds(
                    port,
                    sessions=connections,
                    messages=messages,
                    octets=OCTETS,
                    recipient=f"english@{DOMAIN}",
                )
                figures.append(messages / seconds)
    return ours[1:], baseline[1:]


if __name__ == "__main__":
    main()
