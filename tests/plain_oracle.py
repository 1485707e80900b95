"""The plain rule of threads a second time, slowly, from its words alone; it shares no code with the program.

(a) A message joins every id in its References and In-Reply-To, archived or not; messages with the same id are one.
(b) If none of its ids belongs to a message of the archive, earlier or later, and its subject begins with a reply
prefix, it also joins the latest message before it in Date order (ties by message id) with an equal base subject of at
least 4 characters, if that is at most 30 days older.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from listserv.mail.thread import Evidence


def plain_threads(messages: Sequence[Evidence]) -> set[frozenset[int]]:
    """The threads as sets of keys."""
    beside: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        joined = set(message.ids)
        if (earlier := earlier_by_subject(message, messages)) is not None:
            joined.add(earlier.node)
        for other in joined:
            beside[message.node].add(other)
            beside[other].add(message.node)
    found = set()
    for message in messages:
        reached, edge = {message.node}, {message.node}
        while edge:
            edge = {other for name in edge for other in beside[name]} - reached
            reached |= edge
        found.add(frozenset(other.key for other in messages if other.node in reached))
    return found


def earlier_by_subject(message: Evidence, messages: Sequence[Evidence]) -> Evidence | None:
    """The message that (b) joins this one to."""
    if not message.is_reply or len(message.base_subject) < 4:
        return None
    if any(other.node in message.ids for other in messages):
        return None
    earlier = [
        other
        for other in messages
        if other.base_subject == message.base_subject
        and other.node != message.node
        and (other.date_at, other.node) < (message.date_at, message.node)
    ]
    latest = max(earlier, key=lambda other: (other.date_at, other.node), default=None)
    if latest is None or message.date_at - latest.date_at > timedelta(days=30):
        return None
    return latest
