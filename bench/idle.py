"""Idle: the one command with all its parts, doing nothing; and how soon after its start mail is taken.

    python -m bench.idle [--full]

Processes and their proportional memory (PSS of /proc/PID/smaps_rollup: shared pages are shared out) after some seconds
of rest, mail, pages, relay and clock all on. The start is from the command to the 250 of a first post.
"""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.result import Row, limit_row
from bench.site import AUTHOR, LIST, a_post, make_list
from tests.servers.private import free_port
from tests.service import Service

MAILMAN = "GNU Mailman 3.3.10, measured apart"


def measure(form: Form) -> Iterator[Row]:
    """Memory, processes, the share of a core, and the start."""
    rest = form.size(4, 20)
    found = [_started(rest if number == 0 else 0) for number in range(form.runs)]
    _, processes, megabytes, share = found[0]
    yield limit_row("idle: processes of `listserv serve`, web and all", processes, "processes", 4, f"{MAILMAN}: 15")
    yield limit_row("idle: memory in all (PSS)", megabytes, "MB", 150, f"{MAILMAN}: 869 MB, pages apart")
    yield limit_row("idle: processor", 100 * share, "% of a core", 1, f"{MAILMAN}: 0.25 %")
    starts = median(each[0] for each in found)
    yield limit_row("from start to the first 250", starts, "s", 2, f"{MAILMAN}: 7.5 s to an open port")


def _started(rest: int) -> tuple[float, int, float, float]:
    """Seconds to the first 250; then processes, their MB, and the share of a core they use at rest."""
    with tempfile.TemporaryDirectory() as folder, Service(Path(folder), forked=False) as service:
        make_list(service, "english", ["a@school.example"])
        environment = {**os.environ, "LISTSERV__WEB__LISTEN": f"127.0.0.1:{free_port()}"}
        command = [sys.executable, "-m", "listserv", "--config", str(service.folder / "listserv.toml"), "serve"]
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            _first_post(service.port)
            started = time.monotonic() - began
            if not rest:
                return started, 0, 0.0, 0.0
            time.sleep(5)
            before = sum(processor_seconds(each) for each in family(process.pid))
            time.sleep(rest)
            processes = family(process.pid)
            share = (sum(processor_seconds(each) for each in processes) - before) / rest
            return started, len(processes), sum(_pss_octets(each) for each in processes) / 1e6, share
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _first_post(port: int) -> None:
    octets = a_post()[1]
    for _ in range(2000):
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                client.sendmail(AUTHOR, [LIST], octets)
                return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise TimeoutError("the service did not start")


def family(pid: int) -> list[int]:
    """The process and all that it started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(each) for file in children for each in file.read_text().split()]
    return [pid, *(each for child in found for each in family(child))]


def _pss_octets(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def processor_seconds(pid: int) -> float:
    """What the process has used of the cores since its start."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    run("idle", __doc__, "nothing more", measure)
