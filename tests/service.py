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
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import select

from listserv.store.engine import Database
from listserv.store.schema import deliveries
from tests.forks import Child, fork, run
from tests.servers.private import free_port
from tests.store_site import lay

READY_SECONDS = 20.0
DOMAIN = "lists.example.nz"
SQLITE = "sqlite:///listserv.db"


class Service:
    """One site in a folder: serving, its command line, and what was delivered."""

    def __init__(
        self,
        folder: Path,
        *,
        relay_port: int | None = None,
        database_url: str = SQLITE,
        environment: dict[str, str] | None = None,
        connections: int = 2,
        parts: str = "",
        forked: bool = True,
    ) -> None:
        """Not forked: no tables yet, and each process imports the program again, as a user's does."""
        self.folder = folder
        self.port, self.lmtp_port = free_port(), free_port()
        self.outbox = folder / "outbox"
        self.log = folder / "serve.log"
        self._config = ["--config", str(folder / "listserv.toml")]
        self._parts = ["--only", parts] if parts else []
        self._environment = {**os.environ, **(environment or {})}
        self._forked, self._database_url = forked, database_url
        self._process: Child | subprocess.Popen[bytes] | None = None
        relay = f'host = "127.0.0.1"\nport = {relay_port}' if relay_port else 'directory = "outbox"'
        folder.mkdir(parents=True, exist_ok=True)
        if forked and database_url == SQLITE:
            lay(folder / "listserv.db")
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
        environment = {"LISTSERV_KILL_AT": at}
        if victim and short_lease:
            environment["LISTSERV_SHORT_LEASE"] = "1"
        self._process = self._child(victim or "listserv", environment)
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                if probe.recv(3) == b"220":
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"the service did not start:\n{self.log.read_text('utf-8', 'replace')[-4000:]}")

    def _child(self, module: str, more: dict[str, str]) -> Child | subprocess.Popen[bytes]:
        """`python -m MODULE serve` on this site."""
        given, environment = [*self._config, "serve", *self._parts], self._environment | more
        with self.log.open("ab") as log:
            if self._forked:
                return fork(module, given, environment, log, log)
            return subprocess.Popen([sys.executable, "-m", module, *given], stdout=log, stderr=log, env=environment)

    @property
    def pid(self) -> int:
        """The served process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is tidied up."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal; gives the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
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
        ended, output, errors = self._ended("listserv", arguments, {})
        printed, complained = output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")
        assert ended == status, f"{arguments}: {ended}\n{printed}{complained}"
        assert "Traceback" not in complained, complained
        return printed if status == 0 else complained

    def run_victim(self, *arguments: str, at: str) -> None:
        """The command line, killed at that point (tests.crash.victim)."""
        status, _, _ = self._ended("tests.crash.victim", arguments, {"LISTSERV_KILL_AT": at})
        assert status == -signal.SIGKILL

    def _ended(self, module: str, arguments: Sequence[str], more: dict[str, str]) -> tuple[int, bytes, bytes]:
        given, environment = [*self._config, *arguments], self._environment | more
        if self._forked:
            return run(module, given, environment)
        done = subprocess.run([sys.executable, "-m", module, *given], capture_output=True, env=environment, check=False)
        return done.returncode, done.stdout, done.stderr

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
        self._wait_queue(lambda attempts: not attempts, "still in the outbox", seconds)

    def wait_put_off(self, seconds: float = 60.0) -> None:
        """Until everything left in the outbox has been tried and put off."""
        self._wait_queue(all, "not yet tried", seconds)

    def _wait_queue(self, good: Callable[[list[int]], bool], complaint: str, seconds: float) -> None:
        """Asks the database, not the command line, which would cost more than what it waits for."""
        database = Database(self._database_url.replace("sqlite:///listserv.db", f"sqlite:///{self.folder}/listserv.db"))
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                with database.read() as connection:
                    waiting = connection.execute(select(deliveries.c.attempts).where(deliveries.c.state == "waiting"))
                    if good(list(waiting.scalars())):
                        return
                time.sleep(0.05)
        finally:
            database.close()
        raise AssertionError(f"{complaint}: {self.table('queue', 'show')}")

    def delivered(self, address: str) -> list[bytes]:
        """The copies in the folder of one recipient (directory relay), in order."""
        folder = self.outbox / address
        return [file.read_bytes() for file in sorted(folder.glob("*.eml"))] if folder.is_dir() else []
