"""Member import: `listserv member import` of a file of 10,000 people, the command's own start included.

python -m bench.members [--full]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.result import Row, limit_row
from tests.service import Service

MAILMAN = "GNU Mailman 3.3.10, measured apart: 100 s"


def measure(form: Form) -> Iterator[Row]:
    """Into an empty list, and the same sheet once more."""
    rows = form.size(2_000, 10_000)
    found = [_taken(rows) for _ in range(form.runs)]
    yield limit_row(f"member import, {rows:,} rows", median(first for first, _ in found), "s", 3, MAILMAN)
    yield limit_row(f"the same {rows:,} rows once more", median(again for _, again in found), "s", 3)


def _taken(rows: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder, Service(Path(folder), forked=False) as service:
        service.run("list", "create", "english")
        lines = [f"t{each}@school.example,Teacher {each},each,weekly,School {each % 40}" for each in range(rows)]
        file = Path(folder) / "members.csv"
        file.write_text("\n".join(["address,name,delivery,digest,school", *lines, ""]), "utf-8")
        taken = []
        for _ in range(2):
            began = time.monotonic()
            service.run("member", "import", "english", str(file))
            taken.append(time.monotonic() - began)
        return taken[0], taken[1]


if __name__ == "__main__":
    run("members", __doc__, "nothing more", measure)
