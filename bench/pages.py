"""Pages of an archive of 100,000 posts, asked of a running `listserv serve` over HTTP, one after the other.

    python -m bench.pages [--full]

A list of conversations (the first ten pages), conversations of 60 posts, each asked for the first time since the
start, and searches for words that many, some and few posts hold. The times are the client's, from the request to the
last octet of the page.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote_plus

from bench.archive import WORDS, Archive
from bench.command import Form, run
from bench.result import Row, late, limit_row, number
from listserv.store.engine import Database
from listserv.store.lists import get_list
from tests.servers.private import free_port
from tests.service import Service

MAILMAN = "HyperKitty with 3,000 messages, measured apart: p95 {} ms"


def measure(form: Form) -> Iterator[Row]:
    """p95 of each kind of page."""
    posts, asked = form.size(5_000, 100_000), form.size(40, 200)
    port = free_port()
    environment = {"LISTSERV__WEB__LISTEN": f"127.0.0.1:{port}"}
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), environment=environment, forked=False) as service,
    ):
        service.run("list", "create", "english")
        conversations = _filled(Path(folder), posts)
        service.start()
        lists = [f"/groups/english/?page={1 + each % 10}" for each in range(asked)]
        threads = [f"/groups/english/threads/{each}" for each in conversations[-asked:]]
        searches = [f"/groups/english/search?q={quote_plus(words)}" for words in _searches(asked)]
        for name, paths, below, peer in (
            ("a list of conversations", lists, 30, "455"),
            ("a conversation of 60 posts, its first time", threads, 60, "82"),
            ("a conversation of 60 posts, again", threads, 60, "71"),
            ("a search", searches, 50, "440"),
        ):
            taken = _asked(port, paths)
            told = f"median {number(late(taken, 50))} ms; {MAILMAN.format(peer)}"
            yield limit_row(f"{name}, {posts:,} messages, p95", late(taken, 95), "ms", below, told)


def _filled(folder: Path, posts: int) -> Sequence[str]:
    """The public ids of the long conversations."""
    database = Database(f"sqlite:///{folder}/listserv.db")
    try:
        with database.begin() as connection:
            archive = Archive(connection, get_list(connection, "english"))
            archive.fill(posts)
        database.checkpoint()
    finally:
        database.close()
    return archive.long_threads


def _searches(count: int) -> Iterator[str]:
    """One word, two words, a phrase, a beginning and an author, in turn."""
    for each in range(count):
        one, other = WORDS[each % len(WORDS)], WORDS[(each * 7 + 3) % len(WORDS)]
        yield (one, f"{one} {other}", f'"{one} {other}"', f"{one[:4]}*", f"{one} author:teacher")[each % 5]


def _asked(port: int, paths: Sequence[str]) -> list[float]:
    """Milliseconds of each page, on one connection; the first two requests warm the server's code, not the pages."""
    client = _client(port)
    found = []
    for path in ("/groups/english/", "/", *paths):
        began = time.monotonic()
        client.request("GET", path, headers={"Host": "lists.example.nz"})
        answer = client.getresponse()
        answer.read()
        found.append(1000 * (time.monotonic() - began))
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {path}")
    client.close()
    return found[2:]


def _client(port: int) -> http.client.HTTPConnection:
    """Connected as soon as the pages are served."""
    end = time.monotonic() + 20
    while True:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            client.connect()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return client


if __name__ == "__main__":
    run("pages", __doc__, "nothing more", measure, most_runs=1)
