"""Whether the peers are installed, and smtp-source, the sender that they and we are measured with."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

# By the Debian package that brings it: what must be there.
PROGRAMS = {
    "postfix": ("smtp-source", "smtp-sink", "/usr/sbin/postfix"),
    "mlmmj": ("/usr/bin/mlmmj-receive", "/usr/bin/mlmmj-send"),
    "gcc": ("gcc",),
    "notmuch": ("notmuch",),
    "maildir-utils": ("mu",),
    "postgresql": (),
}


def missing(*packages: str) -> str:
    """The packages that are needed and not installed, "" when all are there."""
    return " ".join(package for package in packages if not _is_there(package))


def _is_there(package: str) -> bool:
    if package == "postgresql":
        return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if package == "cryptography":
        return _imports(package)
    return all(shutil.which(program) is not None for program in PROGRAMS[package])


def _imports(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def is_root() -> bool:
    """A private Postfix needs root."""
    return os.geteuid() == 0


def source(port: int, *, sessions: int, messages: int, octets: int, recipient: str) -> subprocess.Popen[bytes]:
    """smtp-source under way: so many messages, one recipient each, over that many connections, each kept open."""
    command = [
        *("smtp-source", "-d", "-s", str(sessions), "-m", str(messages), "-l", str(octets)),
        *("-f", "author@school.example", "-t", recipient, f"127.0.0.1:{port}"),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def source_seconds(port: int, *, sessions: int, messages: int, octets: int, recipient: str) -> float:
    """How long smtp-source takes until the last of them has its 250."""
    began = time.perf_counter()
    process = source(port, sessions=sessions, messages=messages, octets=octets, recipient=recipient)
    if process.wait():
        raise RuntimeError(f"smtp-source ended with {process.returncode}")
    return time.perf_counter() - began
