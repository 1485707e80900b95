"""Queueing: what 10,000 recipients add to the transaction that makes a message a post.

    python -m bench.queueing [--full]

`inbound.posting.post` for a list of 10,000 subscribers beside the same for a list of none, in turn, in one process; a
new member has come before each post for the first row, so that nothing is remembered from the post before.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.result import Row, limit_row, number
from bench.site import a_post
from listserv.inbound.posting import post
from listserv.model.lists import MailList
from listserv.store.engine import Database
from listserv.store.lists import get_list
from tests.store_site import a_list, a_member, arrived, made

SUBSCRIBERS = 10_000


def measure(form: Form) -> Iterator[Row]:
    """With the recipients remembered from the post before, and without."""
    posts = form.size(10, 50)
    with tempfile.TemporaryDirectory() as folder, made(f"sqlite:///{Path(folder)}/listserv.db") as database:
        with database.begin() as connection:
            many, none = a_list(connection, "many"), a_list(connection, "none")
            for number_ in range(SUBSCRIBERS):
                a_member(connection, many, f"s{number_}@school.example")
        for fresh, what in ((False, ""), (True, ", after a member came")):
            ours = [_taken(database, many, number_ if fresh else None) for number_ in range(posts)]
            bare = [_taken(database, none, None) for _ in range(posts)]
            added = median(ours) - median(bare)
            told = f"the same post to nobody: {number(median(bare))} ms"
            yield limit_row(f"queueing a post for {SUBSCRIBERS:,} recipients{what}", added, "ms", 5, told)


def _taken(database: Database, mail_list: MailList, newcomer: int | None) -> float:
    """Milliseconds of one post in its transaction, the COMMIT not counted."""
    octets = a_post(to=mail_list.address)[1]
    with database.begin() as connection:
        if newcomer is not None:
            a_member(connection, mail_list, f"new{newcomer}@school.example")
        current = get_list(connection, mail_list.address)
        began = time.monotonic()
        post(connection, current, arrived(octets), None)
        return 1000 * (time.monotonic() - began)


if __name__ == "__main__":
    run("queueing", __doc__, "nothing more", measure)
