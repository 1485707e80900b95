"""Pages: how long a list of conversations, a conversation, a search and a feed take, on an archive of real mail.

    python -m bench.pages FILE.mbox[.xz] ... [--rounds 30]

All files become one list, in the process, without a socket. "First" is the time of a page nobody asked for since the
start; then its posts are understood already (web.showing.Shelf).
"""

from __future__ import annotations

import argparse
import lzma
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

from listserv.mail.mbox import read_mbox
from tests.web_site import WebSiteUnderTest, web_site

SEARCHES = ("the", "clock", '"clock source"', "tim*", "author:john", "zzz")
THREAD_POSTS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, web_site(Path(folder), f"sqlite:///{folder}/listserv.db") as site:
        messages = dict.fromkeys(octets for file in given.files for octets in read(file))
        site.archive(site.group("archive"), *messages)
        print(f"{len(messages)} posts; milliseconds: median, 95 % within")
        for name, path in pages(site):
            first = seconds(site, path)
            told(name, first, [seconds(site, path) for _ in range(given.rounds)])
        lists = [f"/groups/archive/?page={page}" for page in range(1, 11)]
        told("lists of conversations, pages 1 to 10", None, [seconds(site, path) for path in lists * 5])


def read(file: Path) -> Iterator[bytes]:
    with lzma.open(file) if file.suffix == ".xz" else file.open("rb") as octets:
        yield from read_mbox(octets)


def pages(site: WebSiteUnderTest) -> Iterator[tuple[str, str]]:
    """What is asked for."""
    yield "a list of 50 conversations", "/groups/archive/"
    with site.database.read() as connection:
        nearest = f"SELECT public_id, posts FROM thread WHERE posts >= {THREAD_POSTS} ORDER BY posts LIMIT 1"
        longest = "SELECT public_id, posts FROM thread ORDER BY posts DESC LIMIT 1"
        found = [connection.exec_driver_sql(query).one_or_none() for query in (nearest, longest)]
    for row in dict.fromkeys(found):
        if row is not None:
            yield f"a conversation of {row.posts} posts", f"/groups/archive/threads/{row.public_id}"
    yield "a post", "/groups/archive/posts/100"
    for words in SEARCHES:
        yield f"a search for {words}", f"/groups/archive/search?q={quote_plus(words)}"
    yield "the feed", "/groups/archive/feed.atom"


def seconds(site: WebSiteUnderTest, path: str) -> float:
    start = time.perf_counter()
    answer = site.get(path)
    taken = time.perf_counter() - start
    assert answer.status == 200, path
    return taken


def told(name: str, first: float | None, taken: list[float]) -> None:
    middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    before = f"first {1000 * first:6.1f}   " if first is not None else ""
    print(f"{name:42} {before}{1000 * middle:6.1f} {1000 * late:6.1f}")


if __name__ == "__main__":
    main()
