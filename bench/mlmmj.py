"""mlmmj as a baseline: one list in a folder, posts handed to mlmmj-receive, copies to a sink on loopback.

It runs without an MTA. As shipped it loses 44 ms a transaction to Nagle's algorithm against delayed acknowledgements
(it writes a message in several pieces), so that a comparison with it says little; `nodelay.c`, compiled here and
preloaded, takes that away, and what is left is what mlmmj's own work costs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

LIST_NAME = "english"
DOMAIN = "lists.example.nz"
_FOLDERS = (
    *("incoming", "queue", "queue/discarded", "archive", "text", "subconf", "unsubconf", "bounce", "control"),
    *("moderation", "subscribers.d", "digesters.d", "requeue", "nomailsubs.d"),
)


class Mlmmj:
    """One list. `together`: groups of 100 recipients a transaction; else each has her own return path and copy."""

    def __init__(self, folder: Path, port: int, subscribers: Sequence[str], *, together: bool) -> None:
        self._list = folder / LIST_NAME
        for name in _FOLDERS:
            (self._list / name).mkdir(parents=True, exist_ok=True)
        control = {
            "listaddress": f"{LIST_NAME}@{DOMAIN}",
            "owner": f"owner@{DOMAIN}",
            "relayhost": "127.0.0.1",
            "smtpport": str(port),
            "smtphelo": DOMAIN,
            **({"verp": ""} if together else {}),
        }
        for name, text in control.items():
            (self._list / "control" / name).write_text(f"{text}\n" if text else "")
        (self._list / "index").touch()
        (self._list / "subscribers.d" / "s").write_text("".join(f"{address}\n" for address in subscribers))
        self._environment = {**os.environ, "LD_PRELOAD": str(nodelay(folder))}

    def post(self, octets: bytes) -> subprocess.Popen[bytes]:
        """Under way; the process ends when the post is sent. mlmmj wants to see the Return-Path that an MTA writes."""
        command = ["/usr/bin/mlmmj-receive", "-L", f"{self._list}/", "-F"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment
        )
        assert process.stdin is not None
        process.stdin.write(b"Return-Path: <mere@school.example>\n" + octets.replace(b"\r\n", b"\n"))
        process.stdin.close()
        return process


@cache
def nodelay(folder: Path) -> Path:
    """The compiled library that sets TCP_NODELAY on every connection made."""
    made = folder / "nodelay.so"
    source = Path(__file__).with_name("nodelay.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
    return made
