"""The demonstration checks itself: what was played and delivered against what week.toml and expected.toml promise.

Gives sentences, one a fault; none means that each person has exactly the copies due to her, each conversation holds
together, the archive keeps every octet as it was sent, each update and reminder came once to those who want it, and
nothing is on its way or waits that should not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http.client import HTTPConnection

from examples.folder import HOST, DemoFolder
from examples.mailboxes import Copy, plain_text
from examples.play import Played
from examples.week import ENDS, Expected, Sending, file_names
from listserv.mail.parse import parse
from listserv.model.shelf import ShelfItem
from listserv.store.archive import StoredPost, iterate_posts
from listserv.store.engine import Connection, Database
from listserv.store.lists import all_lists, all_networks
from listserv.store.moderation import waiting
from listserv.store.reading import OpenGroup, Viewer
from listserv.store.shelf import open_shelf

PAGE_SECONDS = 20.0
MOST_SHARED = 50


def faults(expected: Expected, played: Sequence[Played], copies: Sequence[Copy], database: Database) -> list[str]:
    """Everything that is not as it should be."""
    names = file_names()
    with database.read() as connection:
        posts = {group.name: list(iterate_posts(connection, group.id)) for group in all_lists(connection)}
        shared = shared_here(connection)
        held = {names.get(parse(post.octets).message_id or "", "?") for post in waiting(connection)}
    found = [
        *outcomes(played),
        *mailboxes(expected, copies),
        *updates(expected, copies),
        *repeated(copies),
        *threads(expected, posts, names),
        *shelves(expected, shared),
    ]
    found += octets(played, (post for group in posts.values() for post in group))
    if held != expected.waiting:
        found.append(f"waiting for a moderator: {_listed(held)} instead of {_listed(expected.waiting)}")
    return found


def outcomes(played: Sequence[Played]) -> Iterator[str]:
    """Mails that were answered otherwise than the week says."""
    for one in played:
        if isinstance(one.event, Sending) and one.outcome is not one.event.outcome:
            yield f"{one.event.message}: {one.outcome} instead of {one.event.outcome} ({one.reply})"


def mailboxes(expected: Expected, copies: Sequence[Copy]) -> Iterator[str]:
    """Mailboxes with more or fewer single mails of a group than are due."""
    found = Counter((copy.mailbox, copy.group) for copy in copies if not copy.update)
    due = {(address, group): count for address, groups in expected.mailboxes.items() for group, count in groups.items()}
    for address, group in sorted(found.keys() | due.keys()):
        if found[address, group] != due.get((address, group), 0):
            yield f"{address}: {found[address, group]} of {group} instead of {due.get((address, group), 0)}"


def updates(expected: Expected, copies: Sequence[Copy]) -> Iterator[str]:
    """Updates and reminders that somebody misses, got twice, or got without wanting them."""
    found: dict[str, list[str]] = defaultdict(list)
    for copy in copies:
        if copy.update:
            found[copy.subject].append(copy.mailbox)
    for subject in sorted(found.keys() | expected.updates.keys()):
        got, due = sorted(found.get(subject, [])), sorted(expected.updates.get(subject, frozenset()))
        if got != due:
            yield f'"{subject}": went to {_listed(got)} instead of {_listed(due)}'


def dead_links(copies: Sequence[Copy], folder: DemoFolder, database: Database) -> list[str]:
    """Links of updates that do not lead to a page; those to a private group must not, for we are strangers to it.

    A reader's own link shows the button that signs her in, whatever her group is.
    """
    if not folder.web_port:
        return []
    with database.read() as connection:
        private = {group.name for group in all_lists(connection) if group.settings.private}
    paths = {
        (copy.group, path)
        for copy in copies
        if copy.update
        for path in re.findall(rf"{re.escape(folder.base_url)}(/\S+)", plain_text(copy))
    }
    hidden = {path for group, path in paths if group in private and not path.startswith("/sign-in/")}
    statuses = {path: (404 if path in hidden else 200) for _, path in paths}
    found = {path: _status(folder.web_port, path) for path in statuses}
    return [f"{path}: {found[path]} instead of {due}" for path, due in sorted(statuses.items()) if found[path] != due]


def repeated(copies: Iterable[Copy]) -> Iterator[str]:
    """Copies that somebody got twice."""
    counted = Counter((copy.mailbox, copy.group, copy.message_id) for copy in copies)
    for (address, group, message_id), count in counted.items():
        if count > 1:
            yield f"{address}: {count} times <{message_id}> of {group}"


def threads(expected: Expected, posts: dict[str, list[StoredPost]], names: dict[str, str]) -> Iterator[str]:
    """Conversations that the archive groups otherwise."""
    for group, found in posts.items():
        grouped: dict[int, set[str]] = defaultdict(set)
        for post in found:
            grouped[post.thread_id].add(names.get(post.msgid, post.msgid))
        here = frozenset(map(frozenset, grouped.values()))
        due = expected.threads.get(group, frozenset())
        for extra in sorted(map(_listed, here - due)):
            yield f"{group}: a conversation of {extra}, which should not be one"
        for missing in sorted(map(_listed, due - here)):
            yield f"{group}: no conversation of {missing}"


def shared_here(connection: Connection) -> dict[str, list[ShelfItem]]:
    """The links and files of each group that has any, the newest first, as its members see them."""
    networks = {network.id: network for network in all_networks(connection)}
    nobody = Viewer(None, ENDS)
    groups = [OpenGroup(nobody, each, networks[each.network_id], is_member=True) for each in all_lists(connection)]
    found = {group.mail_list.name: open_shelf(connection, group, "", MOST_SHARED) for group in groups}
    return {name: items for name, items in found.items() if items}


def shelves(expected: Expected, shared: Mapping[str, Sequence[ShelfItem]]) -> Iterator[str]:
    """Links and files of a group that stand on its shelf otherwise than each once."""
    for group in sorted(expected.shelf.keys() | shared.keys()):
        found, due = [item.title for item in shared.get(group, ())], expected.shelf.get(group, frozenset())
        if sorted(found) != sorted(due):
            yield f"{group}: it has shared {_listed(found)} instead of {_listed(due)}"


def octets(played: Sequence[Played], posts: Iterable[StoredPost]) -> Iterator[str]:
    """Posts that the archive does not keep as they were sent."""
    sent = {one.octets for one in played}
    for post in posts:
        if post.octets not in sent:
            yield f"the archive has other octets of <{post.msgid}> than were sent"


def _status(port: int, path: str) -> int:
    connection = HTTPConnection(HOST, port, timeout=PAGE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _listed(files: Iterable[str]) -> str:
    return ", ".join(sorted(files)) or "nothing"
