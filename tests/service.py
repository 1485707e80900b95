"""A real `listserv serve` as a child process, with its configuration, its command line and ways to talk to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

READY_SECONDS = 20.0
DOMAIN = "lists.example.nz"


def free_port() -> int:
    """A port of 127.0.0.1 that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """One site in a folder: serving, its command line, and what was delivered."""

    def __init__(
        self,
        folder: Path,
        *,
        relay_port: int | None = None,
        database_url: str = "sqlite:///listserv.db",
        environment: dict[str, str] | None = None,
        connections: int = 2,
        parts: str = "",
    ) -> None:
        self.folder = folder
        self.port, self.lmtp_port = free_port(), free_port()
        self.outbox = folder / "outbox"
        self.log = folder / "serve.log"
        self._parts = ["--only", parts] if parts else []
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        relay = f'host = "127.0.0.1"\nport = {relay_port}' if relay_port else 'directory = "outbox"'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "listserv.toml").write_text(
            f'[site]\ndomain = "{DOMAIN}"\nbase_url = "https://{DOMAIN}"\npostmaster = "admin@school.example"\n'
            f'[database]\nurl = "{database_url}"\n'
            f'[smtp]\nlisten = "127.0.0.1:{self.port}"\n[lmtp]\nlisten = "127.0.0.1:{self.lmtp_port}"\n'
            f"[relay]\n{relay}\nconnections = {connections}\n"
            '[web]\nlisten = ""\n',
            "utf-8",
        )

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, *, victim: str | None = None, at: str = "", short_lease: bool = True) -> None:
        """Serves until killed or stopped; returns when SMTP answers. A victim's leases are short unless told not."""
        program = ["-m", victim] if victim else ["-m", "listserv"]
        command = [sys.executable, *program, "--config", str(self.folder / "listserv.toml"), "serve", *self._parts]
        with self.log.open("ab") as log:
            environment = {**self._environment, "LISTSERV_KILL_AT": at}
            if victim and short_lease:
                environment["LISTSERV_SHORT_LEASE"] = "1"
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=Path.cwd())
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                if probe.recv(3) == b"220":
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"the service did not start:\n{self.log.read_text('utf-8', 'replace')[-4000:]}")

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is tidied up."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(timeout=30)
        self._process = None
        return status

    def move_clock(self, to: str) -> None:
        """Stops it and starts it with its clock, and that of its command line, set to an ISO 8601 time."""
        self.stop()
        self._environment["LISTSERV_CLOCK"] = to
        self.start()

    def wait_dead(self, seconds: float = 30.0) -> None:
        """Until the process has ended by itself."""
        assert self._process is not None
        self._process.wait(timeout=seconds)
        self._process = None

    def run(self, *arguments: str, status: int = 0) -> str:
        """The command line on this site; what it printed. Fails on another exit status."""
        command = [sys.executable, "-m", "listserv", "--config", str(self.folder / "listserv.toml"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=False)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout if status == 0 else done.stderr

    def run_victim(self, *arguments: str, at: str) -> None:
        """The command line, killed at that point (tests.crash.victim)."""
        config = str(self.folder / "listserv.toml")
        command = [sys.executable, "-m", "tests.crash.victim", "--config", config, *arguments]
        done = subprocess.run(command, env={**self._environment, "LISTSERV_KILL_AT": at}, check=False)
        assert done.returncode == -signal.SIGKILL

    def table(self, *arguments: str) -> Any:
        """What a command that lists says, from its JSON."""
        return json.loads(self.run(*arguments, "--json"))

    def client(self) -> smtplib.SMTP:
        """An SMTP conversation, greeted."""
        client = smtplib.SMTP("127.0.0.1", self.port, timeout=60)
        client.ehlo("test.example")
        return client

    def send(self, octets: bytes, to: str | list[str], sender: str) -> tuple[int, str]:
        """One message by SMTP: the code and text of the last reply (of RCPT, if that was refused)."""
        recipients = [to] if isinstance(to, str) else to
        with self.client() as client:
            client.mail(sender)
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                if code >= 400 and len(recipients) == 1:
                    return code, text.decode("utf-8", "replace")
            code, text = client.data(octets)
            return code, text.decode("utf-8", "replace")

    def wait_empty(self, seconds: float = 60.0) -> None:
        """Until the outbox has nothing left to send."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.table("queue", "show"):
                return
            time.sleep(0.1)
        raise AssertionError(f"still in the outbox: {self.table('queue', 'show')}")

    def wait_put_off(self, seconds: float = 60.0) -> None:
        """Until everything left in the outbox has been tried and put off."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if all(item["attempts"] for item in self.table("queue", "show")):
                return
            time.sleep(0.1)
        raise AssertionError(f"not yet tried: {self.table('queue', 'show')}")

    def delivered(self, address: str) -> list[bytes]:
        """The copies in the folder of one recipient (directory relay), in order."""
        folder = self.outbox / address
        return [file.read_bytes() for file in sorted(folder.glob("*.eml"))] if folder.is_dir() else []
