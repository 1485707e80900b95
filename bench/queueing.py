"""Queueing: what 10,000 recipients add to the transaction that makes a message a post.

    python -m bench.queueing [--full]

`inbound.posting.post` for a list of 10,000 subscribers less the same for a list of none, in one process. Who gets
single mails is remembered until the list changes; what reading it anew costs is told as well.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.command import Form, run
from bench.result import Row, limit_row, number
from bench.site import a_post, addresses
from listserv.inbound.posting import post
from listserv.model.lists import MailList
from listserv.store.engine import Database
from listserv.store.lists import get_list
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers
from tests.store_site import NOW, a_list, a_member, arrived, made

SUBSCRIBERS = 10_000


def measure(form: Form) -> Iterator[Row]:
    """With the recipients remembered from the post before, and without."""
    posts = form.size(10, 50)
    with tempfile.TemporaryDirectory() as folder, made(f"sqlite:///{Path(folder)}/listserv.db") as database:
        with database.begin() as connection:
            many, none = a_list(connection, "many"), a_list(connection, "none")
            place = NewPlace(many, {}, frozenset())
            people = [Newcomer(each, each, "", [place]) for each in addresses(SUBSCRIBERS)]
            add_newcomers(connection, people, "file", "bench", NOW)
        remembered = [_taken(database, many, None) for _ in range(posts)]
        anew = [_taken(database, many, newcomer) for newcomer in range(posts)]
        bare = median(_taken(database, none, None) for _ in range(posts))
    told = f"the same post to nobody: {number(bare)} ms; after a member came, the recipients read anew: "
    told += f"{number(median(anew) - bare)} ms"
    what = f"queueing a post for {SUBSCRIBERS:,} recipients"
    yield limit_row(what, median(remembered) - bare, "ms", 5, told)


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
    run("queueing", __doc__, "nothing more", measure, most_runs=1)
