"""`listserv export`: a list's archive as mbox, or its threads as a table."""

from __future__ import annotations

from typing import BinaryIO, TextIO

from listserv.mail.mbox import write_mbox_entry
from listserv.mail.thread import Rule, partition
from listserv.store.archive import iterate_posts
from listserv.store.engine import Connection
from listserv.store.lists import get_list
from listserv.store.threads import load_evidence


def export_mbox(connection: Connection, address: str, stream: BinaryIO) -> int:
    """Every post's octets, in the order archived, as mboxrd; gives how many. Raises NotFound for an unknown list."""
    count = 0
    for post in iterate_posts(connection, get_list(connection, address).id):
        stream.write(write_mbox_entry(post.octets, post.return_path, post.received_at))
        count += 1
    return count


def export_threads(connection: Connection, address: str, rule: str, table: TextIO) -> tuple[int, int]:
    """A line a post, `message-id TAB thread`; gives how many posts and threads.

    plain: references, and a reply subject within 30 days. full: as the archive shows them, splits and all.
    """
    found = load_evidence(connection, get_list(connection, address).id)
    grouped = partition(found, Rule(rule))
    first_of: dict[int, str] = {}
    for post in sorted(found, key=lambda post: (post.date_at, post.node)):
        label = grouped.threads[post.key]
        name = first_of.setdefault(label, post.node)
        table.write(f"{post.node}\t{name}\n")
    return len(found), len(first_of)
