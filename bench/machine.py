"""What the figures were measured on: the machine, and the versions of everything that took part."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("SQLAlchemy", "psycopg", "uvloop", "cryptography")
# What each says of itself, and by which Debian package it comes.
PROGRAMS = {
    "Postfix": ("postconf", "-dh", "mail_version"),
    "mlmmj": ("/usr/bin/mlmmj-send", "-V"),
    "notmuch": ("notmuch", "--version"),
    "mu": ("mu", "--version"),
    "PostgreSQL": ("psql", "--version"),
}
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def machine() -> str:
    """One line: cores, memory, processor, kernel, Python, packages and peers."""
    return ", ".join(
        (
            f"{len(os.sched_getaffinity(0))} cores of {_processor()}",
            f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
            f"Linux {platform.release()}",
            f"Python {platform.python_version()}",
            *_packages(),
            *_programs(),
        )
    )


def load() -> float:
    """How many processes wanted to run in the last minute; above one, others share the cores with the benchmark."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _packages() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _programs() -> list[str]:
    return [f"{name} {number}" for name, command in PROGRAMS.items() if (number := _version_of(command))]


def _version_of(command: tuple[str, ...]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _NUMBER.search(done.stdout + done.stderr)
    return found[0] if found else ""
