"""After a take-down: nothing of it stays in the free places of the database's files.

SQLite zeroes what is deleted (`secure_delete`), but its full-text index keeps words until segments are merged, and the
write-ahead log keeps old pages until it is cut off: `scrub` does both, in steps of some 30 ms so that nobody waits.
PostgreSQL gets a VACUUM: the old rows can be overwritten from then on, but stay readable in the server's files until
they are, and in its write-ahead log, replicas and backups as long as those are kept. What was scrubbed last is a run of
the schedule, so a crash in between scrubs again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select, text

from listserv.errors import ListservError
from listserv.store.engine import Database
from listserv.store.schedule import claim_run
from listserv.store.schema import schedule_runs, takedowns

log = logging.getLogger(__name__)

KIND, SUBJECT = "scrub", "takedowns"
PAGES_A_STEP = 500
STEPS = 5_000
REST_SECONDS = 0.01
TRIES = 3
_REWRITTEN = ("content", "message", "post", "post_text", "thread", "decision", "token", "delivery")


def scrub(database: Database, now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """True if nothing of the take-downs so far is left in the file.

    False if readers kept the log from being cut, or it was told to stop: the next call goes on.
    """
    with database.read() as connection:
        last = connection.execute(select(func.max(takedowns.c.id))).scalar_one()
        done = select(schedule_runs.c.id).where(
            schedule_runs.c.kind == KIND, schedule_runs.c.subject == SUBJECT, schedule_runs.c.period == str(last)
        )
        if last is None or connection.execute(done).first() is not None:
            return True
    if database.dialect == "sqlite":
        if not _merge_index(database, is_stopping) or not _cut_log(database):
            return False
    else:
        database.vacuum(_REWRITTEN)
    with database.begin() as connection:
        claim_run(connection, KIND, SUBJECT, str(last), now)
    return True


def _cut_log(database: Database) -> bool:
    return any(database.cut_log() for _ in range(TRIES))


def _merge_index(database: Database, is_stopping: Callable[[], bool]) -> bool:
    """True if all segments of the index have become one, which holds no deleted word (SQLite FTS5 §6.7)."""
    pages = -PAGES_A_STEP
    for _ in range(STEPS):
        with database.begin() as connection:
            before = connection.execute(_CHANGES).scalar_one()
            connection.execute(_MERGE, {"pages": pages})
            if connection.execute(_CHANGES).scalar_one() - before < 2:
                return True
        if is_stopping():
            return False
        pages = PAGES_A_STEP
        time.sleep(REST_SECONDS)
    return False


class Scrubber:
    """A thread that scrubs within seconds of a take-down, by whatever process it was done."""

    def __init__(self, database: Database, clock: Callable[[], datetime], every_seconds: float = 3.0) -> None:
        self._database = database
        self._clock = clock
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scrub", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_seconds):
            try:
                scrub(self._database, self._clock(), self._stop.is_set)
            except ListservError as error:
                log.warning("what was taken down is not scrubbed yet: %s", error)
            except Exception:
                log.exception("what was taken down is not scrubbed yet")


_CHANGES = text("SELECT total_changes()")
_MERGE = text("INSERT INTO post_search (post_search, rank) VALUES ('merge', :pages)")
