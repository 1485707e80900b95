"""Which posts are one conversation: a function of the set of posts, so arrival order never matters.

`partition` works out a whole archive by one of two rules; `joins` says what each post of a part of it joins, given
what is known around that part, so that the store can follow one new post at a time and come to the same end.

A post's *node* is its message id; an id that nobody archived is a *ghost* and joins whoever names it. An *orphan*
names no archived id. `Rule.PLAIN` is references (RFC 5322 §3.6.4) and, for orphans, the reply subject. `Rule.FULL` also
cuts off a hijack (an answer with another subject, no reply prefix and nothing quoted) and asks Thread-Index
(MS-OXOMSG §2.2.1.3) and the reply address about orphans before it asks the subject.

Not matched: ids whose domain a relay replaced (`@LocalDomain`). The other references or the subject find the thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

SUBJECT_REACH = timedelta(days=30)
SUBJECT_CHARACTERS = 4
CONVERSATION_OCTETS = 22

# Subjects that say nothing about what they are on; compared ignoring case.
EMPTY_WORDS = frozenset(
    {
        *(
            "test",
            "testing",
            "hello",
            "hi all",
            "hi everyone",
            "kia ora",
            "kia ora koutou",
            "tena koutou",
            "tēnā koutou",
        ),
        *("no subject", "(no subject)", "(none)", "unsubscribe", "subscribe", "leave", "help", "digest"),
        *("automatic reply", "out of office", "thanks", "thank you", "question"),
    }
)


class Rule(StrEnum):
    """PLAIN: references and reply subjects. FULL: also hijacks, Thread-Index and reply addresses."""

    PLAIN = "plain"
    FULL = "full"


class Link(StrEnum):
    """What put a post where it is."""

    NONE = "none"  # nothing: it begins a thread, or waits for one
    IDS = "ids"
    BELOW = "below"  # ids too, in the part of a conversation that a cut began
    CUT = "cut"  # a hijack: its ids do not count
    INDEX = "index"
    TOKEN = "token"
    SUBJECT = "subject"


class Evidence(NamedTuple):
    """All that threading may know of one post.

    `key` is the post's id and orders nothing. `node` is its message id, or one made from its content. `ids` are those
    it names, without its own, the parent last. `date_at` is its Date, at the latest the time it was received.
    `quotes` is None where nobody looked. `token_node` is a post of the thread whose reply address it was sent to.
    """

    key: int
    node: str
    ids: tuple[str, ...]
    date_at: datetime
    base_subject: str = ""
    is_reply: bool = False
    quotes: bool | None = None
    thread_index: bytes | None = None
    token_node: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The nodes a post shares a thread with, by which link, and its parent: the nearest archived id it names."""

    nodes: tuple[str, ...] = ()
    link: Link = Link.NONE
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the archive outside the posts in question.

    `posts` holds each post they name or might join, ids left out; `below` those nodes that are cut or follow a cut.
    """

    posts: tuple[Evidence, ...] = ()
    below: frozenset[str] = frozenset()


NOWHERE = Around()


@dataclass(frozen=True, slots=True)
class Partition:
    """The threads of an archive, by key of each post.

    `threads` gives the smallest key of the post's thread, `continued_from` the parent node of a post that was cut off.
    """

    threads: Mapping[int, int]
    links: Mapping[int, Link]
    continued_from: Mapping[int, str]

    @property
    def by_subject(self) -> frozenset[int]:
        """The posts that only their subject put where they are."""
        return frozenset(key for key, link in self.links.items() if link is Link.SUBJECT)


def partition(evidence: Iterable[Evidence], rule: Rule) -> Partition:
    """The threads of a whole archive."""
    posts = tuple(evidence)
    joined = joins(posts) if rule is Rule.FULL else _plain_joins(posts)
    return Partition(
        threads=components(posts, joined),
        links={key: join.link for key, join in joined.items()},
        continued_from={key: join.parent for key, join in joined.items() if join.link is Link.CUT and join.parent},
    )


def joins(posts: Collection[Evidence], around: Around = NOWHERE) -> dict[int, Join]:
    """What each of the posts joins by `Rule.FULL`, by key."""
    if len(posts) == 1 and not around.posts:
        return {post.key: Join(post.ids) for post in posts}  # nearly every post that begins a conversation
    everybody = (*posts, *around.posts)
    subjects = _subjects(everybody)
    parents = {post.key: _parent(post, subjects) for post in posts}
    cut = {post.key for post in posts if (node := parents[post.key]) and _is_hijack(post, subjects[node])}
    below = _below(posts, parents, cut, around.below)
    orphans = _Orphans(everybody, subjects) if None in parents.values() else None
    found = {}
    for post in posts:
        parent = parents[post.key]
        if post.key in cut:
            found[post.key] = Join((), Link.CUT, parent)
        elif parent is not None:
            link = Link.BELOW if parent in below else Link.IDS
            found[post.key] = Join(_uncut(post.ids, below), link, parent)
        elif orphans is not None:
            home, link = orphans.home(post)
            found[post.key] = Join((*post.ids, *home), link)
    return found


def components(posts: Iterable[Evidence], joined: Mapping[int, Join]) -> dict[int, int]:
    """The label of each post's thread, by key: the smallest key in it."""
    forest = _Forest()
    roots: dict[int, str] = {}
    for post in posts:
        roots[post.key] = post.node
        for node in joined[post.key].nodes:
            forest.unite(post.node, node)
    smallest: dict[str, int] = {}
    for key in sorted(roots):
        roots[key] = forest.root(roots[key])
        smallest.setdefault(roots[key], key)
    return {key: smallest[root] for key, root in roots.items()}


def conversation(thread_index: bytes | None) -> bytes | None:
    """The part of a Thread-Index that all posts of a conversation share, or None where it has none."""
    if thread_index is None or len(thread_index) < CONVERSATION_OCTETS:
        return None
    return thread_index[:CONVERSATION_OCTETS]


def answers_conversation(post: Evidence) -> bool:
    """True if the post's Thread-Index says that it is an answer, not the first of its conversation."""
    return post.thread_index is not None and len(post.thread_index) > CONVERSATION_OCTETS


def answers_subject(post: Evidence) -> bool:
    """True if the post, as an orphan, may be put to an earlier one of the same subject."""
    return post.is_reply and tells(post.base_subject)


def tells(base_subject: str) -> bool:
    """True if the subject says enough to find a conversation by it."""
    return len(base_subject) >= SUBJECT_CHARACTERS and base_subject.casefold() not in EMPTY_WORDS


def _plain_joins(posts: Collection[Evidence]) -> dict[int, Join]:
    archived = _subjects(posts)
    lines = _Lines((post.base_subject, post) for post in posts)
    found = {}
    for post in posts:
        parent = _parent(post, archived)
        answers = post.is_reply and parent is None and len(post.base_subject) >= SUBJECT_CHARACTERS
        home = _by_subject(post, lines) if answers else ()
        link = Link.IDS if parent else Link.SUBJECT if home else Link.NONE
        found[post.key] = Join((*post.ids, *home), link, parent)
    return found


def _subjects(posts: Iterable[Evidence]) -> dict[str, set[str]]:
    """Each archived node with the base subjects it came under, empty ones left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        known = found[post.node]
        if post.base_subject:
            known.add(post.base_subject)
    return dict(found)


def _parent(post: Evidence, archived: Mapping[str, object]) -> str | None:
    return next((node for node in reversed(post.ids) if node in archived and node != post.node), None)


def _changes(post: Evidence, subjects: Collection[str] | None) -> bool:
    """True if both sides have a subject and they differ: an empty one says nothing."""
    return bool(post.base_subject and subjects and post.base_subject not in subjects)


def _is_hijack(post: Evidence, subjects: Collection[str] | None) -> bool:
    return post.quotes is False and not post.is_reply and _changes(post, subjects)


def _below(
    posts: Iterable[Evidence], parents: Mapping[int, str | None], cut: Collection[int], known: Collection[str]
) -> set[str]:
    """The nodes that are cut off, or come to one that is by their parents."""
    children: dict[str, list[str]] = defaultdict(list)
    found = set(known)
    for post in posts:
        parent = parents[post.key]
        if post.key in cut:
            found.add(post.node)
        elif parent is not None:
            children[parent].append(post.node)
    waiting = list(found)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _uncut(ids: tuple[str, ...], below: Collection[str]) -> tuple[str, ...]:
    """The ids from the last one below a cut on: those before it belong to the thread it was cut from."""
    for position in range(len(ids) - 1, -1, -1):
        if ids[position] in below:
            return ids[position:]
    return ids


class _Orphans:
    """Finds the thread of a post none of whose ids is archived."""

    def __init__(self, posts: Collection[Evidence], subjects: Mapping[str, set[str]]) -> None:
        self._archived = subjects
        self._subjects = _Lines((post.base_subject, post) for post in posts)
        self._conversations = _Lines((conversation(post.thread_index), post) for post in posts)

    def home(self, post: Evidence) -> tuple[tuple[str, ...], Link]:
        """The node it joins, if any, and by what."""
        if answers_conversation(post) and (near := self._conversations.near(conversation(post.thread_index), post)):
            node, subject = near
            if not _is_hijack(post, {subject} - {""}):
                return (node,), Link.INDEX
        if self._token_counts(post):
            return (post.token_node or "",), Link.TOKEN
        if answers_subject(post) and (home := _by_subject(post, self._subjects)):
            return home, Link.SUBJECT
        return (), Link.NONE

    def _token_counts(self, post: Evidence) -> bool:
        """Phones complete a group's name to an old reply address, so an unquoting post's subject counts for more."""
        if post.token_node is None or post.token_node == post.node:
            return False
        subjects = self._archived.get(post.token_node)
        return subjects is not None and not (post.quotes is False and _changes(post, subjects))


def _by_subject(post: Evidence, lines: _Lines) -> tuple[str, ...]:
    latest = lines.latest_before(post.base_subject, post)
    return (latest[1],) if latest and post.date_at - latest[0] <= SUBJECT_REACH else ()


class _Lines:
    """Posts in order of (date, node) for each value they share."""

    def __init__(self, valued: Iterable[tuple[object, Evidence]]) -> None:
        self._lines: dict[object, list[tuple[datetime, str, str]]] = defaultdict(list)
        for value, post in valued:
            if value:
                self._lines[value].append((post.date_at, post.node, post.base_subject))
        for line in self._lines.values():
            line.sort()

    def latest_before(self, value: object, post: Evidence) -> tuple[datetime, str, str] | None:
        """Date, node and subject of the latest other post before this one."""
        line = self._lines.get(value, [])
        for position in range(bisect_left(line, (post.date_at, post.node)) - 1, -1, -1):
            if line[position][1] != post.node:
                return line[position]
        return None

    def near(self, value: object, post: Evidence) -> tuple[str, str] | None:
        """Node and subject of the latest other post before this one, else of the first after it."""
        found = self.latest_before(value, post)
        if found is None:
            line = self._lines.get(value, [])
            found = next((other for other in line if other[1] != post.node), None)
        return None if found is None else (found[1], found[2])


class _Forest:
    """Sets of nodes that grow together."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, node: str) -> str:
        above = self._above
        while (parent := above.get(node, node)) != node:
            above[node] = above.get(parent, parent)
            node = parent
        return node

    def unite(self, one: str, other: str) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            self._above[max(one, other)] = min(one, other)
