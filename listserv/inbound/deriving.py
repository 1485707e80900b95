"""The words of an archive that is being imported, worked out on all cores beside the process that writes it.

Each conversation's posts go to one worker in their order, so that a post's own words are told apart from those it
repeats; what was archived earlier a worker reads from the database. Workers write nothing. What they have not given
back when the import ends, or is broken off, a running server's index derives later (`indexing`).
"""

from __future__ import annotations

import logging
import os
import signal
from collections import OrderedDict
from collections.abc import Sequence
from multiprocessing import get_context
from queue import Empty
from types import TracebackType
from typing import Any, NamedTuple
from zlib import crc32

from listserv.mail.parse import Message, parse
from listserv.mail.text.body import search_text
from listserv.store.archive import texts_of_nodes
from listserv.store.engine import Database
from listserv.store.search import PostText

log = logging.getLogger(__name__)

ANCESTORS = 10
UNDER_WAY = 400  # posts handed out and not given back: they are in memory, and their octets may be large
OCTETS_UNDER_WAY = 64_000_000
REMEMBERED_CHARACTERS = 20_000_000
MOST_WORKERS = 8
WORTH_OCTETS = 2_000_000  # a file smaller than this is read before the workers have begun
PATIENCE_SECONDS = 1.0


def workers_for(octets: int) -> int:
    """How many workers an mbox of that size is worth: as many as there are cores, or none."""
    return 0 if octets < WORTH_OCTETS else min(MOST_WORKERS, len(os.sched_getaffinity(0)))


class Task(NamedTuple):
    """A post whose words are wanted; `author` as the index takes it."""

    post_id: int
    list_id: int
    node: str
    author: str
    subject: str
    octets: bytes


class TextWorkers:
    """Processes that derive texts; a context manager. Made before the program has threads, as they are forked.

    With no workers at all, which is right for a small file, the texts are derived where they are asked for.
    """

    def __init__(self, database_url: str, workers: int) -> None:
        context = get_context("fork")
        self._results: Any = context.Queue()
        self._tasks: list[Any] = [context.Queue() for _ in range(workers)]
        self._processes = [
            context.Process(target=_work, args=(database_url, tasks, self._results), daemon=True)
            for tasks in self._tasks
        ]
        self._under_way: dict[int, int] = {}
        self._here: list[Task] = []
        self._known = _Known(Database(database_url))
        for process in self._processes:
            process.start()

    def __enter__(self) -> TextWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
            process.join()
        self._known.close()

    def submit(self, message: Message, task: Task) -> None:
        """The post's words will be among those given back."""
        if not self._tasks:
            self._here.append(task)
            return
        self._under_way[task.post_id] = len(task.octets)
        root = message.references[0] if message.references else task.node
        self._tasks[crc32(root.encode("utf-8", "surrogatepass")) % len(self._tasks)].put(task)

    @property
    def is_full(self) -> bool:
        """So many posts are under way that some should be taken back first."""
        return len(self._under_way) >= UNDER_WAY or sum(self._under_way.values()) >= OCTETS_UNDER_WAY

    def finished(self) -> list[PostText]:
        """What is ready now; while `is_full` it waits for something. [] when nothing is under way."""
        found = [_derived(task, self._known) for task in self._here]
        self._here.clear()
        while self._under_way and len(found) < UNDER_WAY:
            text = self._next(wait=self.is_full and not found)
            if text is None:
                break
            found.append(text)
        return found

    def last(self) -> list[PostText]:
        """Waits for more; [] when everything was given back."""
        first = self._next(wait=True) if self._under_way else None
        return [*([] if first is None else [first]), *self.finished()]

    def _next(self, *, wait: bool) -> PostText | None:
        while True:
            try:
                text: PostText = self._results.get(timeout=PATIENCE_SECONDS) if wait else self._results.get_nowait()
            except Empty:
                if wait and all(process.is_alive() for process in self._processes):
                    continue
                if wait:
                    log.warning("a process that derives texts has died; a running server derives the rest")
                    self._under_way.clear()
                return None
            self._under_way.pop(text.post_id, None)
            return text


def _work(database_url: str, tasks: Any, results: Any) -> None:
    """One worker's life; it ends with the program that made it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    known = _Known(Database(database_url))
    while True:
        results.put(_derived(tasks.get(), known))


def _derived(task: Task, known: _Known) -> PostText:
    """A post whose text cannot be derived is found by its author and subject alone."""
    try:
        message = parse(task.octets)
        own, quoted = search_text(message, known.texts(task.list_id, message.references))
    except Exception:
        log.exception("the text of post %d cannot be derived; it is found by author and subject only", task.post_id)
        own, quoted = "", ""
    known.remember(task.list_id, task.node, own)
    return PostText(task.post_id, task.list_id, task.author, task.subject, own, quoted)


class _Known:
    """The own texts that a worker has derived, the last of them, and behind them the database's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._texts: OrderedDict[tuple[int, str], str] = OrderedDict()
        self._room = REMEMBERED_CHARACTERS

    def texts(self, list_id: int, nodes: Sequence[str]) -> list[str]:
        """The own texts of the nearest of these posts, nearest first."""
        wanted = list(dict.fromkeys(reversed(nodes)))
        found = {node: self._texts[list_id, node] for node in wanted if (list_id, node) in self._texts}
        missing = [node for node in wanted if node not in found][:ANCESTORS]
        if missing:
            with self._database.read() as connection:
                found |= texts_of_nodes(connection, list_id, missing)
        return [found[node] for node in wanted if node in found][:ANCESTORS]

    def close(self) -> None:
        self._database.close()

    def remember(self, list_id: int, node: str, own: str) -> None:
        self._texts[list_id, node] = own
        self._room -= len(own)
        while self._room < 0:
            self._room += len(self._texts.popitem(last=False)[1])
