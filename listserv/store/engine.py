"""One database behind two engines: SQLite (the default) and PostgreSQL.

SQLite: write-ahead log, `synchronous=FULL` (a commit is on disk, law 1; for what may be done twice see `set_flushing`),
`BEGIN IMMEDIATE` for writers so that a read-then-write never fails half-way, readers that cannot write, and a
checkpoint outside the commit path.
PostgreSQL: `synchronous_commit` as the server has it (on by default); the same functions run on psycopg 3; readers
have REPEATABLE READ READ ONLY transactions.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import QueuePool

from listserv.errors import ConfigError, StoreUnavailable
from listserv.store.hot import plain

# Connection is what the rest of the house calls a transaction by, without importing SQLAlchemy.
__all__ = ["Checkpointer", "Connection", "Database", "lock_list", "translated_errors", "unavailable"]

log = logging.getLogger(__name__)

BUSY_SECONDS = 25.0
READERS = 4
SQLITE = "sqlite:///"
ALLOWED = 'allowed are "sqlite:///file.db" and "postgresql+psycopg://user@host/name"'
_FLUSHES = "flushes"  # what a connection remembers: whether its COMMIT waits for the disk
CUT_MILLISECONDS = 500  # how long cutting the log waits for readers, and writers for it


class Database:
    """A database by its URL: `begin()` to write in one transaction, `read()` to read one consistent snapshot."""

    def __init__(self, url: str) -> None:
        parsed = _read_url(url)
        self.dialect = parsed.get_backend_name()
        self.url = url
        if self.dialect == "sqlite":
            self.file: Path | None = Path(parsed.database or "")
            self._writers = _sqlite_engine(parsed, writer=True)
            self._readers = _sqlite_engine(parsed, writer=False)
        elif self.dialect == "postgresql":
            self.file = None
            self._writers = _postgres_engine(parsed, writer=True)
            self._readers = _postgres_engine(parsed, writer=False)
        else:
            raise ConfigError(f'database.url = "{parsed.render_as_string(hide_password=True)}": {ALLOWED}.')

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back on an error.

        Raises StoreUnavailable when the database is locked, full or gone; nothing was written then.
        """
        with translated_errors(), self._writers.begin() as connection:
            yield connection

    @contextmanager
    def unflushed(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """As `begin`, for many transactions of one piece of work that may be done again: what they wrote is on disk at
        the end of the block; until then a power cut may take the last of them back, in order, never half of one.

        PostgreSQL keeps its server's `synchronous_commit`.
        """
        with translated_errors(), self._writers.connect() as connection:
            self.set_flushing(connection, False)
            try:
                yield lambda: self._within(connection)
            finally:
                self.set_flushing(connection, True)
            if self.dialect == "sqlite":
                # A commit that waits waits for all that the log holds; this one changes nothing.
                with connection.begin():
                    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
                    connection.exec_driver_sql(f"PRAGMA user_version={version}")

    @contextmanager
    def _within(self, connection: Connection) -> Iterator[Connection]:
        with translated_errors(), connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot to read from; writing through it fails."""
        with translated_errors(), self._readers.connect() as connection:
            yield connection

    @property
    def exists(self) -> bool:
        """False for a SQLite file that is not there yet."""
        return self.file is None or self.file.exists()

    def connect_writer(self) -> Connection:
        """A connection for the writer thread, which begins and commits by itself."""
        return self._writers.connect()

    def set_flushing(self, connection: Connection, flushes: bool) -> None:
        """Whether a COMMIT of this connection waits until it is on disk. To be called between its transactions.

        PostgreSQL keeps its server's `synchronous_commit`.
        """
        if self.dialect == "sqlite" and connection.info.get(_FLUSHES, True) != flushes:
            raw: Any = connection.connection.dbapi_connection
            raw.execute(f"PRAGMA synchronous={'FULL' if flushes else 'NORMAL'}")
            connection.info[_FLUSHES] = flushes

    def checkpoint(self) -> None:
        """Moves SQLite's write-ahead log into the database file; nothing to do on PostgreSQL."""
        if self.dialect == "sqlite":
            with self._readers.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def cut_log(self) -> bool:
        """SQLite's write-ahead log is moved into the file and empty; False if a reader was in the way."""
        with translated_errors(), self._writers.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute(f"PRAGMA busy_timeout={CUT_MILLISECONDS}")
            try:
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
            return not busy

    def vacuum(self, tables: Sequence[str]) -> None:
        """PostgreSQL may overwrite the dead rows of these tables from now on."""
        with translated_errors(), self._writers.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                connection.exec_driver_sql(f'VACUUM "{table}"')

    def close(self) -> None:
        self._writers.dispose()
        self._readers.dispose()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns the driver's "not now" errors into StoreUnavailable; programming errors pass as they are.

    A damaged file and a missing right are the database's state, not our program's: they are among them.
    """
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, (OperationalError, InterfaceError)) or _is_damage(error):
            raise unavailable(error) from error
        raise


def _is_damage(error: DBAPIError) -> bool:
    """SQLite's bare DatabaseError (no database, malformed), PostgreSQL's 42501 (no right) and 25006 (read only); what
    its driver says before any statement, as of an option in the address that it does not know.
    """
    if type(error) is DatabaseError or error.statement is None:
        return True
    return getattr(error.orig, "sqlstate", "") in ("42501", "25006")


def unavailable(error: DBAPIError) -> StoreUnavailable:
    """What a caller may say when the database could not take the transaction."""
    detail = str(error.orig)
    if "full" in detail or "No space" in detail:
        return StoreUnavailable("The disk is full; nothing was taken. Try again later.", private=detail)
    return StoreUnavailable("The database is not available now; nothing was taken. Try again later.", private=detail)


def lock_list(connection: Connection, list_id: int, msgid: str | None = None) -> None:
    """Until the transaction ends no other node decides or threads in this list, nor about this mail in any list.

    The mail's lock comes first: what one node accepts in a list, another sees before it serves the next list, and two
    that were sent the same mail wait before they hold a list. On SQLite the writer holds the whole database already.
    """
    # The first number of an advisory lock says what it is for: 76 a list, with 0 the tables; 77 a mail; 78 removals
    # (`takedowns`); 79 a turn of the clock (`schedule`).
    if connection.dialect.name != "postgresql":
        return
    if msgid is None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(76, %(id)s)", {"id": list_id})
        return
    key = int.from_bytes(hashlib.sha256(msgid.encode("utf-8", "replace")).digest()[:4], "big", signed=True)
    both = "SELECT pg_advisory_xact_lock(77, %(key)s), pg_advisory_xact_lock(76, %(id)s)"
    connection.exec_driver_sql(both, {"key": key, "id": list_id})


def _read_url(text: str) -> URL:
    """SQLite's file is the rest of the text, whatever signs the folder's name has. Raises ConfigError."""
    if text.startswith(SQLITE):
        return URL.create("sqlite", database=text.removeprefix(SQLITE))
    try:
        return make_url(text)
    except (ValueError, ArgumentError):  # the message may hold the password
        raise ConfigError(f"database.url cannot be read: {ALLOWED}.") from None


def _postgres_engine(url: URL, *, writer: bool) -> Engine:
    """Readers say what they are with each BEGIN, which costs no round trip."""
    options: dict[str, Any] = {"pool_size": 4}
    if not writer:
        options = {"pool_size": READERS + 2, "isolation_level": "REPEATABLE READ"}
    try:
        engine = create_engine(url, max_overflow=4, pool_pre_ping=True, **options)
    except NoSuchModuleError as error:
        raise ConfigError(f"database.url: {error}.") from None
    except ModuleNotFoundError as error:
        raise ConfigError(
            "database.url names PostgreSQL, but its driver is not installed: pip install 'listserv[postgres]'."
        ) from error
    if not writer:
        event.listen(engine, "connect", lambda connection, _record: setattr(connection, "read_only", True))
    return engine


def _sqlite_engine(url: URL, *, writer: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=2 if writer else READERS,
        max_overflow=8,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "cached_statements": 512},
    )
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _pragmas(writer):
            connection.execute(pragma)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: plain(connection, begin))
    return engine


def _pragmas(writer: bool) -> tuple[str, ...]:
    common = ("PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-32000")
    if writer:
        # The log is checkpointed by Checkpointer; 64 MB is the net below it for command-line calls.
        return (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA wal_autocheckpoint=16000",
            # What is taken down must not stay in the file's free places; it costs a tenth of the indexing of a post.
            "PRAGMA secure_delete=ON",
            *common,
        )
    return ("PRAGMA query_only=ON", *common)


class Checkpointer:
    """A thread that checkpoints SQLite's log every few seconds, so that no commit has to."""

    def __init__(self, database: Database, every_seconds: float = 5.0) -> None:
        self._database = database
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)

    def start(self) -> None:
        if self._database.dialect == "sqlite":
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_seconds):
            try:
                self._database.checkpoint()
            except OperationalError:
                continue  # busy: the next round does it
            except Exception:
                log.exception("the log is not checkpointed yet")  # else it would grow as long as the service runs
