"""What every private server needs: a free port, a folder its user can reach, and a word when it is missing.

The servers run beside the machine's own and never touch their files. Promise: after the session nothing runs on and
no folder is left. Where a server is not installed a test is skipped with the reason; with CI=true it fails.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

LOOPBACK = "127.0.0.1"
MEMORY = Path("/dev/shm")
_ROOM_OCTETS = 2**30
_FIRST, _LAST = 10_240, 32_000
_PORTS = ((_FIRST + number % (_LAST - _FIRST)) for number in itertools.count(os.getpid() * 997))


def absent(reason: str) -> NoReturn:
    """Skips the test, or fails it with CI=true; does not return."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI must have it: make test-servers)")
    pytest.skip(f"{reason} (make test-servers installs it)")


def free_port() -> int:
    """A loopback port nobody listens on now.

    Of those no outgoing connection is given (ip_local_port_range), and each once a process: between this answer and the
    server's own bind another test must not take it.
    """
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable")


def _reachable(folder: Path) -> bool:
    """True when every user may pass through all of `folder` and its parents."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM_OCTETS


@contextmanager
def open_folder(name: str, *, in_memory: bool = False) -> Iterator[Path]:
    """A new folder that servers running as other users can reach; pytest's own is closed to them (mode 0700).

    `in_memory`: not on a disk, where the machine has a gigabyte of memory for it.
    """
    roots = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]
    if in_memory and _has_room(MEMORY):
        roots.insert(0, MEMORY)
    root = next(root for root in roots if root.is_dir() and _reachable(root))
    folder = Path(tempfile.mkdtemp(prefix=f"listserv-{name}-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Returns when `ready()` is true; raises TimeoutError naming `what` after `seconds`."""
    limit = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > limit:
            raise TimeoutError(f"{what} did not happen within {seconds:g} seconds")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """True when something accepts connections on the loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
