"""One writes at a time in a process, with group commit: a thread of its own, or who waits for a job's end by himself.

A job is a function of a connection. Jobs run in the order they were submitted, each in its own SAVEPOINT, so that
neighbours see each other and a failing one takes nobody along; all that waited when a group began, and what comes
while it is at work, share one COMMIT, and each caller gets its job's value (or its own error) only after that COMMIT.
Nothing is waited for: while one group is being flushed to disk, the next gathers. Where nobody writes and nothing
waits, `run` does its job in the caller's thread: two changes of threads cost more than most jobs.

A job that may be done twice (what the outbox claims and settles) need not wait for the disk: `run` it `lazily`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from listserv.errors import StoreUnavailable
from listserv.store.engine import Database, unavailable
from listserv.store.hot import plain
from listserv.store.outbox import newly_queued
from listserv.store.people import forget_recipients

T = TypeVar("T")
Tell: TypeAlias = Callable[[T | None, BaseException | None], None]

GROUP = 64
GROUP_SECONDS = 0.05  # after so long a group takes nothing more along
FLUSH_SECONDS = 0.1  # a lazy job's COMMIT waits for the disk if none has for so long
WAITING = 10_000
TRIES = 5
DEADLOCK = "40P01"
STOPPING = "The server is stopping. Try again later."


class Writer:
    """Runs jobs in groups; `submit` from any thread, `close` once at the end.

    `on_queued` is called, in the thread that wrote, after each COMMIT that put something into the outbox.
    """

    def __init__(self, database: Database) -> None:
        self.on_queued: Callable[[], None] = _nobody
        self._database = database
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._turn = threading.Lock()  # whoever holds it writes, and has the connection
        self._is_due = False  # the thread has a job and waits for its turn: nobody may go before it
        self._connection: Connection | None = None
        self._flushed_at = 0.0
        self._closed = False
        self._stopping = False
        self._has_ended = False  # the thread takes no job any more: what waits still is refused
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """The future resolves after the COMMIT that holds the job's writes.

        It raises what the job raised (nothing of that job is written then), or StoreUnavailable when the database
        could not take the group.
        """
        future = _future()
        self.hand_over(job, partial(_resolve, future))
        return future

    def hand_over(self, job: Callable[[Connection], T], tell: Tell[T]) -> None:
        """As `submit`, for whoever has no need of a future, which is not cheap.

        `tell` is called once with the value and None, or with None and the error, as a rule in the thread that wrote;
        it must be quick and may not raise.
        """
        if self._closed:
            tell(None, StoreUnavailable(STOPPING))
        elif self._jobs.qsize() >= WAITING:
            tell(None, StoreUnavailable("The server is busy. Try again later."))
        else:
            self._jobs.put(_Job(job, tell))
            if self._has_ended:  # it was asked before the end and stands behind the last job
                self._refuse_rest()

    def run(self, job: Callable[[Connection], T], *, lazily: bool = False) -> T:
        """`submit` and wait.

        Lazily: no crash of the process undoes it, but the machine's may undo what was done lazily in the last
        FLUSH_SECONDS, and at the end of such work before the next checkpoint.
        """
        if not self._takes_turn():
            return self.submit(job).result()
        future: Future[T] = _future()
        try:
            self._commit([_Job(job, partial(_resolve, future))], alone=True, lazily=lazily)
        finally:
            self._turn.release()
        return future.result()

    @property
    def is_busy(self) -> bool:
        """True while jobs wait, so that work without a hurry can stand back."""
        return not self._jobs.empty()

    def close(self) -> None:
        """Finishes what was submitted, then stops; who comes too late hears that, and never nothing."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            with self._turn:
                self._drop_connection()
            self._has_ended = True
            self._refuse_rest()

    def _refuse_rest(self) -> None:
        with suppress(queue.Empty):
            while True:
                entry = self._jobs.get_nowait()
                if entry is not None:
                    entry.fail(StoreUnavailable(STOPPING))

    def _takes_turn(self) -> bool:
        """Whether nobody writes and nothing waits; the turn is the caller's then."""
        if self._is_due or self.is_busy or not self._turn.acquire(blocking=False):
            return False
        if self._closed:
            self._turn.release()
        return not self._closed

    def _run(self) -> None:
        while not self._stopping:
            first = self._jobs.get()
            if first is None:
                break
            self._is_due = True
            with self._turn:
                self._is_due = False
                self._commit([first])

    def _commit(self, group: list[_Job], *, alone: bool = False, lazily: bool = False) -> None:
        """Runs the first job of the group, and more that are added to it if it is not alone, and commits them."""
        now = monotonic()
        ends = now + GROUP_SECONDS
        flushes = not lazily or now - self._flushed_at > FLUSH_SECONDS
        try:
            connection = self._begin(flushes)
            if alone:
                group[0].attempt_alone(connection)
            else:
                group[0].attempt(connection)
            while not alone and len(group) < GROUP and monotonic() < ends and (entry := self._next()) is not None:
                group.append(entry)
                entry.attempt(connection)
            connection.commit()
        except (OperationalError, InterfaceError) as error:
            self._drop_connection()
            failure = unavailable(error)
            for entry in group:
                entry.fail(failure)
        except BaseException as error:
            self._drop_connection()
            for entry in group:
                entry.fail(error)
        else:
            for entry in group:
                if entry.may_try_again() and not self._closed:
                    self._jobs.put(entry)
                else:
                    entry.settle()
            if flushes:
                self._flushed_at = monotonic()
            if newly_queued(connection):
                self.on_queued()

    def _next(self) -> _Job | None:
        """A job that waits; None if there is none, or the last was taken and it is time to stop."""
        try:
            entry = self._jobs.get_nowait()
        except queue.Empty:
            return None
        self._stopping = entry is None
        return entry

    def _begin(self, flushes: bool) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect_writer()
        self._database.set_flushing(self._connection, flushes)
        self._connection.begin()
        return self._connection

    def _drop_connection(self) -> None:
        """A connection whose state is not certain is thrown away; the pool makes a new one."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _nobody() -> None:
    """Nobody waits for the outbox."""


def _future() -> Future[Any]:
    """One that a caller who gives up cannot cancel: that must not undo what is committed."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def _resolve(future: Future[T], value: T | None, error: BaseException | None) -> None:
    if error is None:
        future.set_result(value)  # type: ignore[arg-type]
    else:
        future.set_exception(error)


class _Job:
    """One submitted function, who is told of its end, and what became of it inside the group."""

    __slots__ = ("_error", "_function", "_tell", "_tries", "_value")

    def __init__(self, function: Callable[[Connection], Any], tell: Tell[Any]) -> None:
        self._function = function
        self._tell = tell
        self._value: Any = None
        self._error: Exception | None = None
        self._tries = 0

    def attempt(self, connection: Connection) -> None:
        """Runs the function in a SAVEPOINT; an error undoes this job alone.

        An error after which the SAVEPOINT cannot be undone (a lost connection, a full disk) ends the whole group.
        """
        plain(connection, "SAVEPOINT job")
        self._value = self._error = None
        self._tries += 1
        try:
            self._value = self._function(connection)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            self._error = error
            forget_recipients(connection)
            try:
                plain(connection, "ROLLBACK TO SAVEPOINT job")
            except DBAPIError:
                # A full disk makes SQLite undo the whole transaction; what it was about is the first error.
                raise error from None
        plain(connection, "RELEASE SAVEPOINT job")

    def attempt_alone(self, connection: Connection) -> None:
        """Runs the function in a transaction that nobody shares; an error undoes the transaction."""
        self._tries += 1
        try:
            self._value = self._function(connection)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            self._error = error
            forget_recipients(connection)
            connection.rollback()

    def may_try_again(self) -> bool:
        """True after a deadlock with another node (PostgreSQL), a few times: this group's locks are free by then."""
        if self._error is None or self._tries >= TRIES:
            return False
        return getattr(getattr(self._error, "orig", None), "sqlstate", None) == DEADLOCK

    def settle(self) -> None:
        if isinstance(self._error, (OperationalError, InterfaceError)):
            self._tell(None, unavailable(self._error))
        else:
            self._tell(self._value, self._error)

    def fail(self, error: BaseException) -> None:
        self._tell(None, error)
