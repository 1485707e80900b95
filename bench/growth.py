"""Flat growth: what a post, a claim and pages cost as archive, lists, members and queue grow a hundredfold.

    python -m bench.growth [--full]

One SQLite database at three sizes, in full a hundredth, a tenth and all of: a million archived messages, 1,000 lists,
100,000 members, a million queued recipients. At each size, in one process: taking a post up to its COMMIT, claiming a
delivery and settling it, and the pages. Each row tells the three medians and the cost at the largest size by that at
the smallest; what grows with the logarithm may double when everything grows a hundredfold.
"""

from __future__ import annotations

import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.archive import WORDS, Archive
from bench.command import Form, run
from bench.result import Row, number
from bench.site import a_post
from listserv.model.lists import MailList
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.lists import get_list
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers
from tests.store_site import NOW, a_list, judged
from tests.web_site import WebSiteUnderTest, web_site

BAR = 2.0
SMALLEST = 10_000  # with fewer, a page is not full and there are not enough long conversations for first times
AUTHOR = "author@school.example"


def measure(form: Form) -> Iterator[Row]:
    """A row for each kind of work."""
    whole = form.size(20_000, 1_000_000)
    sizes = sorted({max(SMALLEST, whole // 100), max(SMALLEST, whole // 10), whole})
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, web_site(Path(folder), f"sqlite:///{folder}/listserv.db") as site:
        grown = Grown(site, whole)
        for size in sizes:
            grown.to(size)
            for name, work in grown.work().items():
                found.setdefault(name, []).append(_cost(work, form.size(20, 40)))
            print(f"  grown to {size:,}", file=sys.stderr, flush=True)
    for name, costs in found.items():
        curve = ", ".join(f"{number(cost)} ms at {size:,}" for size, cost in zip(sizes, costs, strict=True))
        ratio = costs[-1] / costs[0]
        yield Row(f"growth: {name}", curve, f"≤ {BAR:g} × from first to last", ratio <= BAR, ratio=f"{ratio:.2f}")


def _cost(work: Callable[[], object], times: int) -> float:
    """Milliseconds, the median; the first calls are not counted."""
    taken = []
    for _ in range(times + 3):
        began = time.monotonic()
        work()
        taken.append(1000 * (time.monotonic() - began))
    return median(taken[3:])


class Grown:
    """The database at a size, and the work that is timed on it."""

    def __init__(self, site: WebSiteUnderTest, whole: int) -> None:
        self._site = site
        self._whole = whole
        self._size = 0
        self._lists: list[MailList] = []
        self._conversations: list[str] = []
        self._turn = 0
        self._main = site.group("english", AUTHOR, nonmember="accept", posts_a_day=0)

    def to(self, size: int) -> None:
        """Everything has grown to that share of the whole."""
        share = size / self._whole
        with self._site.database.begin() as connection:
            self._add_lists(connection, max(1, int(1000 * share)), int(100_000 * share))
            self._archive(connection, size - self._size)
            self._queue(connection, size - self._size)
            connection.exec_driver_sql("ANALYZE")
        self._site.database.checkpoint()
        self._size = size

    def _add_lists(self, connection: Connection, lists: int, members: int) -> None:
        each = max(1, members // lists)
        for count in range(len(self._lists), lists):
            mail_list = a_list(connection, f"list{count}")
            place = NewPlace(mail_list, {}, frozenset())
            keys = [f"m{count}.{member}@school.example" for member in range(each)]
            add_newcomers(connection, [Newcomer(key, key, "Teacher", [place]) for key in keys], "file", "bench", NOW)
            self._lists.append(mail_list)

    def _archive(self, connection: Connection, posts: int) -> None:
        last_post, last_thread = _last_ids(connection)
        archive = Archive(connection, self._main, octets=300)
        archive.start_after(last_post, last_thread)
        archive.fill(posts)
        self._conversations = archive.long_threads

    def _queue(self, connection: Connection, recipients: int) -> None:
        """Copies of old posts that are not due yet, and enough that are."""
        ids = array("q", range(1, outbox.CHUNK + 1))
        for _ in range(recipients // outbox.CHUNK):
            outbox.enqueue_post(connection, self._main.id, 1, ids, NOW, pause=timedelta(days=1))
        for _ in range(200):
            outbox.enqueue_post(connection, self._main.id, 1, ids, NOW)

    def work(self) -> dict[str, Callable[[], object]]:
        """What is timed, by its name."""
        return {
            "a post, decided, threaded, queued, committed": self._post,
            "claiming a delivery and settling it": self._claim,
            "a list of conversations": lambda: self._page("/groups/english/"),
            "a conversation of 60 posts, its first time": self._conversation,
            "a search for two words": self._search,
        }

    def _post(self) -> None:
        octets = a_post(1000, self._main.address)[1]
        with self._site.database.begin() as connection:
            judged(connection, get_list(connection, self._main.address), octets, return_path=AUTHOR)

    def _claim(self) -> None:
        with self._site.database.begin() as connection:
            held = outbox.claim(connection, "bench", NOW)
            if held is None:
                raise RuntimeError("nothing is due")
            outbox.settle(connection, held, len(held.recipients), NOW)

    def _conversation(self) -> None:
        self._turn += 1
        self._page(f"/groups/english/threads/{self._conversations[-self._turn % len(self._conversations)]}")

    def _search(self) -> None:
        self._turn += 1
        one, other = WORDS[self._turn % len(WORDS)], WORDS[self._turn * 7 % len(WORDS)]
        self._page(f"/groups/english/search?q={one}+{other}")

    def _page(self, path: str) -> None:
        answer = self._site.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {path}")


def _last_ids(connection: Connection) -> tuple[int, int]:
    row = connection.exec_driver_sql(
        "SELECT (SELECT max(id) FROM content), (SELECT max(id) FROM post), (SELECT max(id) FROM thread)"
    ).one()
    return max(row[0] or 0, row[1] or 0), row[2] or 0


if __name__ == "__main__":
    run("growth", __doc__, "nothing more", measure, most_runs=1)
