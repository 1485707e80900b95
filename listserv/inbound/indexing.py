"""Derives each post's text and puts it into the search index, in the background, after the 250; with it the links and
files it shares, onto its group's shelf.

What is not derived yet is found by its empty `text_at`, so a crash loses nothing: the next start goes on. While mail
comes in it stands back, for each post it derives is one that cannot be taken meanwhile; a batch is due all the same
after a while.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from listserv.errors import ListservError
from listserv.mail.parse import parse
from listserv.mail.shelf.gathering import text_and_items
from listserv.mail.text.seams import DerivedText
from listserv.model.shelf import Gathered
from listserv.store import search, shelf
from listserv.store.archive import ancestor_texts, ancestors, posts_without_text
from listserv.store.engine import Connection, Database
from listserv.store.search import PostText
from listserv.store.sent_digests import digest_texts
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

BATCH = 20
POLL_SECONDS = 5.0
STAND_BACK_SECONDS = 0.05
QUIET_SECONDS = 0.2
LONGEST_SECONDS = 2.0


class Indexer:
    """A thread; `nudge` after a commit that may have archived something. `our_site`: whose pages are no resource."""

    def __init__(self, database: Database, writer: Writer, clock: Callable[[], datetime], our_site: str = "") -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._our_site = our_site
        self._wake = threading.Event()
        self._nudged_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        """What an earlier service left without text is its first work."""
        self._wake.set()
        self._thread.start()

    def nudge(self) -> None:
        self._nudged_at = monotonic()
        if not self._wake.is_set():
            self._wake.set()

    def stop(self) -> None:
        """Finishes the batch under way; the rest waits in the database."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self._stand_back()
                while not self._stopping.is_set() and self._index_some():
                    self._stand_back()
            except ListservError as error:
                log.warning("the search index waits for the next round: %s", error)
            except Exception:
                log.exception("the search index waits for the next round")

    def _index_some(self) -> int:
        return index_batch(self._database, self._writer, self._clock(), self._our_site)

    def _stand_back(self) -> None:
        """Until no mail has come for QUIET_SECONDS and the writer is idle, at most LONGEST_SECONDS."""
        latest = monotonic() + LONGEST_SECONDS
        while self._is_peak() and monotonic() < latest and not self._stopping.wait(STAND_BACK_SECONDS):
            pass

    def _is_peak(self) -> bool:
        return self._writer.is_busy or monotonic() - self._nudged_at < QUIET_SECONDS


def index_batch(database: Database, writer: Writer, now: datetime, our_site: str = "") -> int:
    """Derives and indexes the oldest posts without text, and shelves what they share; gives how many."""
    with database.read() as connection:
        pending = list(posts_without_text(connection, BATCH))
        digests = {row.id: digest_texts(connection, row.id) for row in pending}
        named = {row.id: ancestors(connection, row.id, row.list_id) for row in pending}
    if not pending:
        return 0
    derived: dict[int, PostText] = {}
    shared: dict[int, Sequence[Gathered]] = {}
    for row in pending:
        texts = (derived[each].own if each in derived else own for each, own in named[row.id])
        known = [*digests[row.id], *(own for own in texts if own is not None)]
        derived[row.id], shared[row.id] = _read(row, known, our_site)
    writer.run(partial(_keep, derived=list(derived.values()), shared=shared, now=now))
    return len(pending)


def _keep(
    connection: Connection, derived: Sequence[PostText], shared: Mapping[int, Sequence[Gathered]], now: datetime
) -> None:
    for post_id in search.index_new(connection, derived, now):
        shelf.put_items(connection, post_id, shared[post_id])


def derive(connection: Connection, row: Any) -> PostText:
    """The text of one post, its own words apart from what it repeats of its ancestors.

    A post whose text cannot be derived is found by its author and subject alone: it must not keep those after it out
    of the index for good.
    """
    known = [*digest_texts(connection, row.id), *ancestor_texts(connection, row.id, row.list_id)]
    return _read(row, known, "")[0]


def _read(row: Any, known: Sequence[str], our_site: str) -> tuple[PostText, tuple[Gathered, ...]]:
    """The post's text and what it shares."""
    try:
        text, items = text_and_items(parse(bytes(row.octets)), known, our_site)
    except Exception:
        log.exception("the text of post %d cannot be derived; it is found by author and subject only", row.id)
        text, items = DerivedText("", "", ""), ()
    author = " ".join(part for part in (row.author_name, row.author_address) if part)
    return PostText(row.id, row.list_id, author, row.subject, *text), items
