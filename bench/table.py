"""Runs benchmarks one after the other and writes what they found into docs/performance.md, between its two markers.

    bench/run [NAME ...] [--full]

Without a name, all of them. A row that was not taken this time stays as it was taken last; a short run never takes the
place of a full one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.result import RESULTS, Result, Row

NAMES = (
    "accept",
    "fanout",
    "signed",
    "busyday",
    "queueing",
    "latency",
    "pages",
    "members",
    "imports",
    "threads",
    "idle",
    "digest",
    "nodes",
    "growth",
)
PAGE = Path("docs") / "performance.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
HEAD = ("what", "figure", "baseline", "ratio", "bar", "", "command", "needs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(NAMES)}; else all", metavar="NAME")
    parser.add_argument("--full", action="store_true", help="the sizes of the bars, medians of five")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    results = RESULTS / ("full" if given.full else "short")
    failed = [name for name in given.names or NAMES if not measured(name, results, given.full)]
    write(PAGE, list(found(RESULTS)))
    if failed:
        print(f"ended with an error: {' '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def measured(name: str, results: Path, full: bool) -> bool:
    """Runs one; false if it ended with an error. What it found before is kept then."""
    began = time.monotonic()
    command = [sys.executable, "-m", f"bench.{name}", "--results", str(results), *(["--full"] if full else [])]
    status = subprocess.run(command, check=False).returncode
    print(f"[{name}: {time.monotonic() - began:.0f} s]\n", flush=True)
    return status == 0


def found(folder: Path) -> Iterator[Result]:
    """What is known of each benchmark: its full run, else its short one."""
    for name in NAMES:
        files = [folder / form / f"{name}.json" for form in ("full", "short")]
        for file in [each for each in files if each.exists()][:1]:
            yield Result.load(file)


def write(page: Path, results: list[Result]) -> None:
    """The page has the table of these results in place of the one it had."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text("\n".join((before + BEGIN, *table(results), END + after)), "utf-8")


def table(results: list[Result]) -> Iterator[str]:
    """The lines of the table, and above it what they were measured on."""
    for machine in dict.fromkeys(result.machine for result in results):
        yield f"Measured on {machine}."
    yield ""
    yield _line(HEAD)
    yield _line(["---"] * len(HEAD))
    for result in results:
        for row in result.rows:
            yield _line(_cells(row, result))


def _cells(row: Row, result: Result) -> Iterable[str]:
    word = {None: row.missing, True: "held", False: "**missed**"}[row.held]
    command = f"`{result.command}` ({result.form})"
    return row.what, row.figure, row.baseline, row.ratio, row.bar, word, command, result.needs


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
