"""The command line with one kill point: the process sends itself SIGKILL where $LISTSERV_KILL_AT says.

The product knows nothing of this; a function of it is wrapped here. `NAME` kills the first time, `NAME:N` the Nth.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

import listserv.app.server
import listserv.inbound.imap_mailbox
import listserv.inbound.indexing
import listserv.inbound.moderating
import listserv.inbound.receive
import listserv.outbound.lane
import listserv.outbound.settling
import listserv.store.engine
import listserv.store.outbox
import listserv.store.queue
import listserv.store.search
import listserv.store.writer
from listserv.cli import main
from listserv.store.hot import Hot

_point, _, _count = os.environ.get("LISTSERV_KILL_AT", "").partition(":")
_left = int(_count or 1)


def die() -> None:
    """SIGKILL to this process, at the chosen pass."""
    global _left
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> None:
    """Dies when the function is called."""
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        die()
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str) -> None:
    """Dies when the function has done its work."""
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        value = original(*arguments, **options)
        die()
        return value

    setattr(owner, name, wrapped)


def before_commit_of(table: str) -> None:
    """Dies before the COMMIT of a transaction that has written to this table."""

    @event.listens_for(Engine, "before_execute")
    def note(connection: Connection, statement: Any, *_others: object) -> None:
        if getattr(getattr(statement, "table", None), "name", "") == table and not statement.is_select:
            connection.info["wrote"] = True

    original = Hot._prepared

    def prepared(self: Hot, connection: Connection, values: Any) -> Any:
        note(connection, self._statement)
        return original(self, connection, values)

    setattr(Hot, "_prepared", prepared)  # noqa: B010 - mypy would hold it to the original

    @event.listens_for(Engine, "commit")
    def commit(connection: Connection) -> None:
        if connection.info.pop("wrote", False):
            die()


def before_claim_of_work() -> None:
    """Dies when a claim would find something; the many that find nothing pass."""
    original = listserv.store.outbox.claim

    def claim(connection: Connection, *arguments: Any) -> Any:
        if listserv.store.queue.waiting_count(connection):
            die()
        return original(connection, *arguments)

    setattr(listserv.store.outbox, "claim", claim)  # noqa: B010 - mypy would hold it to the original


POINTS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "job before commit": lambda: before_commit_of("post"),
    "commit before reply": lambda: before(listserv.inbound.receive, "reply_to_client"),
    "before put away": lambda: before(listserv.inbound.imap_mailbox.ImapMailbox, "put_away"),
    "before claim of work": lambda: before_claim_of_work(),
    "after claim": lambda: before(listserv.outbound.lane.Lane, "_submissions_of"),
    "before settle": lambda: before(listserv.outbound.settling.Settling, "keep"),
    "settle before commit": lambda: after(listserv.outbound.settling.Settling, "write"),
    "after settle": lambda: after(listserv.outbound.settling.Settlings, "settle"),
    "put off": lambda: after(listserv.store.outbox, "put_off"),
    "put by": lambda: after(listserv.outbound.lane, "put_by"),
    "file written": lambda: before(Path, "replace"),
    "in take-down": lambda: after(listserv.store.search, "drop_post"),
    "take-down before commit": lambda: before_commit_of("takedown"),
    "scrub": lambda: before(listserv.store.engine.Database, "cut_log"),
    "index": lambda: before(listserv.store.search, "index_new"),
}

if os.environ.get("LISTSERV_SHORT_LEASE"):
    listserv.store.outbox.LEASE = timedelta(seconds=3)
POINTS[_point]()
main()
