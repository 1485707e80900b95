"""The demonstration's folder and ports: made anew each time, never somebody else's.

Promises: only a folder that is empty or was made here is emptied; one in which another demonstration still serves is
left to it and the next (`demo-2`) taken; a busy port moves to the next free one, and each move is said.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG = "listserv.toml"
MARK = "# Written by the demonstration, which empties this folder when it starts again.\n"
HOST = "127.0.0.1"
SMTP_PORT = 8025
LMTP_PORT = 8024
WEB_PORT = 8080
FOLDERS = 20
PORTS = 200


class NotOurs(Exception):
    """The folder holds something else."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where everything of one demonstration lies."""

    path: Path
    smtp_port: int = 0
    lmtp_port: int = 0
    web_port: int = 0
    imap: str = ""

    @property
    def config(self) -> Path:
        return self.path / CONFIG

    @property
    def outbox(self) -> Path:
        return self.path / "outbox"

    @property
    def log(self) -> Path:
        return self.path / "serve.log"

    @property
    def base_url(self) -> str:
        """Where the pages are, "" if this service has none."""
        return f"http://{HOST}:{self.web_port}" if self.web_port else ""

    def write_config(self) -> None:
        """The configuration is as this value says; everything in it stays on this machine."""
        self.config.write_text(
            f'{MARK}\n[site]\nname = "Sample lists"\ndomain = "lists.example.nz"\npostmaster = "you@lists.example.nz"\n'
            f'base_url = "{self.base_url}"\n'
            f'\n[database]\nurl = "sqlite:///listserv.db"\n\n[relay]\ndirectory = "{self.outbox.name}"\n'
            f'\n[smtp]\nlisten = "{HOST}:{self.smtp_port}"\n\n[lmtp]\nlisten = "{HOST}:{self.lmtp_port}"\n'
            f'\n[web]\nlisten = "{f"{HOST}:{self.web_port}" if self.web_port else ""}"\n{self.imap}',
            "utf-8",
        )


@contextmanager
def empty_folder(wanted: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """`wanted`, or the next one free, emptied and held for as long as the block lasts. Raises NotOurs."""
    for number in range(1, FOLDERS):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            say(f"Another demonstration is running in {path}; this one takes the next folder.")
            continue
        try:
            _empty(path)
            yield path
            return
        finally:
            os.close(lock)
    raise NotOurs(f"{wanted} and the folders after it are all in use.")


def free_port(wanted: int, taken: frozenset[int], what: str, say: Callable[[str], None]) -> int:
    """`wanted`, or the next port that nobody listens on."""
    for port in range(wanted, wanted + PORTS):
        if port not in taken and _is_free(port):
            if port != wanted:
                say(f"Port {wanted} is in use; {what} listens on {port} instead.")
            return port
    raise OSError(errno.EADDRINUSE, f"no port from {wanted} to {wanted + PORTS - 1} is free")


def with_ports(path: Path, say: Callable[[str], None], *, web: bool, imap: str) -> DemoFolder:
    """The folder with free ports, its configuration written; `imap` is the section that names the mailbox, or ""."""
    lmtp = free_port(LMTP_PORT, frozenset({SMTP_PORT}), "LMTP", say)
    smtp = free_port(SMTP_PORT, frozenset({lmtp}), "SMTP", say)
    pages = free_port(WEB_PORT, frozenset({lmtp, smtp}), "the web", say) if web else 0
    folder = DemoFolder(path, smtp, lmtp, pages, imap)
    folder.write_config()
    return folder


def _empty(path: Path) -> None:
    config = path / CONFIG
    ours = config.is_file() and config.read_bytes().startswith(MARK.encode())
    if any(path.iterdir()) and not ours:
        raise NotOurs(f"{path} holds files that are not the demonstration's; name another folder with --folder.")
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name == CONFIG):
        # The configuration goes last: it is the sign that the rest is ours.
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
