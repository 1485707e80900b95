"""smtp-source and smtp-sink of Debian's postfix package, and a site of ours, for the benchmarks."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from statistics import median

from tests.service import free_port

NEEDED = ("smtp-source", "smtp-sink")


def demand_peers() -> None:
    """Ends the program with one sentence when the baseline programs are not there."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} not found: install Debian's postfix package (make test-servers).")


@contextmanager
def smtp_sink() -> Iterator[int]:
    """A running smtp-sink; gives its port."""
    port = free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["smtp-sink", *as_user, f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        yield port
    finally:
        process.terminate()
        process.wait()


def source_seconds(port: int, *, sessions: int, messages: int, octets: int, recipient: str) -> float:
    """How long smtp-source takes for so many messages of that size, one recipient each."""
    command = [
        *("smtp-source", "-s", str(sessions), "-m", str(messages), "-l", str(octets)),
        *("-f", "author@school.example", "-t", recipient, f"127.0.0.1:{port}"),
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def machine() -> str:
    """What the figures were measured on."""
    postfix = subprocess.run(["postconf", "-dh", "mail_version"], capture_output=True, text=True, check=False).stdout
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLAlchemy {version('sqlalchemy')}, Postfix's tools {postfix.strip() or '?'}"
    )


def row(what: str, ours: list[float], baseline: list[float], name: str) -> str:
    """One line: medians and their ratio."""
    ratio = median(ours) / median(baseline)
    return f"{what}: {median(ours):,.0f}/s; {name} {median(baseline):,.0f}/s; ratio {ratio:.2f}"
