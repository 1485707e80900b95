"""A private PostgreSQL: one server a test process, a database a test.

`fsync` is off and the tests' cluster lies in memory, for the machine does not lose power; `synchronous_commit` stays
on, so what was committed survives `crash()`, and crash tests may use this server too. A database is some 300 files:
made and dropped on a disk, with others at work there too, it takes ten times the processor.
"""

from __future__ import annotations

import itertools
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.servers.private import absent, open_folder, wait_until
from tests.store_site import made

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
}


def binaries() -> Path | None:
    """The folder of the newest installed server's programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def _server_user() -> str:
    """PostgreSQL refuses root: then it runs as the package's user, else as whoever runs the tests."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """One cluster in a folder of its own, spoken to through a Unix socket in that folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self._cluster = folder / "cluster"
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def _identity(self) -> dict[str, Any]:
        if os.getuid() != 0:
            return {}
        entry = pwd.getpwnam(_server_user())
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def create(self) -> None:
        """Makes the cluster; once."""
        if os.getuid() == 0:
            entry = pwd.getpwnam(_server_user())
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [self.programs / "initdb", "--pgdata", self._cluster, *options],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._identity(),
        )

    def start(self) -> None:
        """Starts the server and waits until it answers; again after `stop` or `crash`."""
        settings = _SETTINGS | {"unix_socket_directories": str(self.folder)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self._cluster, *arguments],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._identity(),
            )
        wait_until(self._answers, "PostgreSQL's start")

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text()[-2000:])
        try:
            self._admin().close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Ends the server, cutting its connections; what was committed is kept."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Ends the server at once without a checkpoint, as a fault would; `start` then recovers."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None

    def _admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def create_database(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template`; empty by default."""
        name = f"test_{next(self._numbers)}"
        with self._admin() as admin:
            # Through the log, as PostgreSQL 15 and later would else copy it, it takes twice the processor.
            strategy = "STRATEGY FILE_COPY" if admin.info.server_version >= 150_000 else ""
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
        return name

    def drop_database(self, name: str) -> None:
        """Removes a database, also while connections are open to it."""
        with self._admin() as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database, as [database] url takes it."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextmanager
def a_server(programs: Path, *, in_memory: bool = False) -> Iterator[PostgresServer]:
    """A running server in a folder of its own, both gone at the end."""
    with open_folder("postgres", in_memory=in_memory) as folder:
        server = PostgresServer(programs, folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The running server of this test process."""
    programs = binaries()
    if programs is None:
        absent("PostgreSQL's server programs are not installed")
    with a_server(programs, in_memory=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_ready(postgres_server: PostgresServer) -> str:
    """The name of a database with today's tables, to make others of."""
    name = postgres_server.create_database()
    with made(postgres_server.url(name)):
        return name


@pytest.fixture
def postgres(postgres_server: PostgresServer, postgres_ready: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with today's tables and nothing in them, dropped after the test."""
    yield from _kept(postgres_server, postgres_ready)


@pytest.fixture
def empty_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without a table, dropped after the test."""
    yield from _kept(postgres_server, "template0")


def _kept(server: PostgresServer, template: str) -> Iterator[str]:
    name = server.create_database(template)
    try:
        yield server.url(name)
    finally:
        server.drop_database(name)
