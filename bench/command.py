"""The command line that every benchmark has: `python -m bench.NAME [--full] [--runs N]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.machine import load, machine
from bench.result import RESULTS, Result, Row


@dataclass(frozen=True, slots=True)
class Form:
    """How much is measured. The short form shows that a bar is about held; the full one is what the table tells."""

    full: bool
    runs: int

    def size(self, short: int, full: int) -> int:
        """The number that belongs to this form."""
        return full if self.full else short


def run(
    name: str, about: str | None, needs: str, measure: Callable[[Form], Iterable[Row]], *, most_runs: int = 5
) -> None:
    """Measures, prints the machine and each row as it comes, and keeps them for the table (`bench.table`).

    `most_runs`: fewer than five where a run takes a minute, one where each post or page of a run is measured by itself.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the sizes of the bars, medians of five")
    parser.add_argument("--runs", type=int, help=f"how often each figure is taken; {most_runs} in full, else at most 2")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder the rows are kept in")
    given = parser.parse_args()
    form = Form(given.full, given.runs or min(most_runs, 5 if given.full else 2))
    where, busy = machine(), load()
    print(f"{where}; load {busy:.1f}", flush=True)
    rows = []
    for row in measure(form):
        rows.append(row)
        print(told(row), flush=True)
    command = f"python -m bench.{name}{' --full' if form.full else ''}"
    runs = "1 run" if form.runs == 1 else f"{form.runs} runs"
    words = f"{'full' if form.full else 'short'}, {runs}, load {busy:.1f} at the start"
    Result(name, command, needs, where, words, tuple(rows)).save(given.results)


def told(row: Row) -> str:
    """One row as a line."""
    if row.held is None:
        return f"{row.what}: not measured ({row.missing}); bar {row.bar}"
    beside = f"; {row.baseline}" if row.baseline else ""
    ratio = f"; ratio {row.ratio}" if row.ratio else ""
    return f"{row.what}: {row.figure}{beside}{ratio}; bar {row.bar}: {'held' if row.held else 'MISSED'}"
