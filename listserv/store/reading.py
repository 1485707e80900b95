"""What a viewer may read: one function for each kind of thing, and the viewer is in all of them.

`open_groups` and `open_group` decide; they alone make an `OpenGroup`, and every other function here, in `search` and
behind them takes one. So pages, feed, search, digest and export cannot differ about who may see what, and a group one
may not see cannot be told from one that does not exist. A private group is open to who has a subscription that has
not ended, and to who runs it or its network. Whoever reads it at a role's address (principal@) inherits nothing: of a
private group she sees the conversations that began since she came. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from listserv.errors import NotFound
from listserv.model.lists import MailList, Network, Role
from listserv.store.gratitude import thanks_in
from listserv.store.lists import all_lists, all_networks, lists_named
from listserv.store.schema import addresses, lists, messages, persons, posts, roles, subscriptions, threads

DEEPEST_PAGE = 100_000

_RUNNING = (Role.FACILITATOR, Role.MODERATOR, Role.OWNER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and when. `person_id` is None for a stranger."""

    person_id: int | None
    now: datetime


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """A group that this viewer was let into. `is_unique`: no other list has this local part.

    `since`: conversations that began before are not this viewer's to read; None where all are.
    """

    viewer: Viewer
    mail_list: MailList
    network: Network
    is_member: bool
    is_unique: bool = True
    since: datetime | None = None

    def shows(self) -> ColumnElement[bool]:
        """The condition on the group's `thread` rows that holds for what this viewer may read of them."""
        return true() if self.since is None else threads.c.first_at >= self.since


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One conversation in a list of them; the author is the one who began it."""

    public_id: str
    subject: str
    author_name: str
    author_address: str
    posts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A conversation; `continued_from` is the (public id, subject) of the one it came out of.

    `thanks` counts those that went to an author alone.
    """

    id: int
    public_id: str
    subject: str
    posts: int
    continued_from: tuple[str, str] | None
    thanks: int = 0


@dataclass(frozen=True, slots=True)
class OpenPost:
    """A post without its octets. What was taken down has neither author nor subject any more.

    `version` changes whenever what the post says may have changed.
    """

    id: int
    thread_public_id: str
    thread_subject: str
    subject: str
    author_name: str
    author_address: str
    date_at: datetime
    size_octets: int
    taken_down_at: datetime | None
    version: tuple[int, datetime | None]


# --- groups --------------------------------------------------------------------------------------------------------


def open_groups(connection: Connection, viewer: Viewer) -> list[OpenGroup]:
    """Every group the viewer may see, by network and title."""
    found = _opened(connection, viewer, all_lists(connection))
    return sorted(found, key=lambda group: (group.network.title, group.mail_list.title, group.mail_list.address))


def open_group(
    connection: Connection,
    viewer: Viewer,
    name: str,
    domains: Sequence[str] = (),
    *,
    holds_post: int | None = None,
    holds_thread: str | None = None,
) -> OpenGroup:
    """The group called `name`, any case, or exactly `name@domain`. Raises NotFound, also for one that is private.

    Of several lists with this local part it is the one that holds the post or thread asked for, else that of the first
    domain in `domains` that has one, else the oldest: so what a link means does not change when another network takes
    the same name later.
    """
    local, at, domain = name.lower().partition("@")
    namesakes = lists_named(connection, local)
    wanted = [each for each in namesakes if each.domain == domain] if at else namesakes
    if len(wanted) > 1:
        holder = _holder(connection, holds_post, holds_thread)
        by_domain = [each for place in domains for each in wanted if each.domain == place]
        wanted = [*(each for each in wanted if each.id == holder), *by_domain, *wanted]
    for group in _opened(connection, viewer, wanted[:1], is_unique=len(namesakes) == 1):
        return group
    raise NotFound("There is no such group.")


def _holder(connection: Connection, post_id: int | None, public_id: str | None) -> int | None:
    """The list of the post or thread."""
    if post_id is not None:
        return connection.execute(select(posts.c.list_id).where(posts.c.id == post_id)).scalar_one_or_none()
    if public_id is not None:
        thread = select(threads.c.list_id).where(threads.c.public_id == public_id)
        return connection.execute(thread).scalar_one_or_none()
    return None


def _opened(
    connection: Connection, viewer: Viewer, among: Sequence[MailList], *, is_unique: bool | None = None
) -> list[OpenGroup]:
    inside, since = _member_of(connection, viewer, among)
    networks = {network.id: network for network in all_networks(connection)}
    names = [each.name for each in among]
    return [
        OpenGroup(
            viewer,
            each,
            networks[each.network_id],
            each.id in inside,
            names.count(each.name) == 1 if is_unique is None else is_unique,
            since.get(each.id) if each.settings.private else None,
        )
        for each in among
        if each.id in inside or not each.settings.private
    ]


def _member_of(
    connection: Connection, viewer: Viewer, among: Sequence[MailList]
) -> tuple[set[int], dict[int, datetime]]:
    """Which of these lists the viewer is inside of, as a subscriber or as one who runs it; since when at a role's
    address."""
    if viewer.person_id is None or not among:
        return set(), {}
    place = (subscriptions.c.list_id, subscriptions.c.left_at, subscriptions.c.until, subscriptions.c.created_at)
    mine = (
        select(*place, addresses.c.is_role)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(subscriptions.c.person_id == viewer.person_id)
    )
    inside: set[int] = set()
    ended: set[int] = set()
    since: dict[int, datetime] = {}
    for row in connection.execute(mine):
        over = row.left_at is not None or (row.until is not None and row.until <= viewer.now)
        (ended if over else inside).add(row.list_id)
        if row.is_role:
            since[row.list_id] = row.created_at
    running = select(roles.c.list_id, roles.c.network_id).where(
        roles.c.person_id == viewer.person_id, roles.c.role.in_(_RUNNING)
    )
    for role in connection.execute(running):
        if role.list_id is not None and role.list_id not in ended:
            inside.add(role.list_id)
        inside.update(each.id for each in among if each.network_id == role.network_id)
    return inside, since


def last_posts(connection: Connection, groups: Collection[OpenGroup]) -> dict[int, datetime]:
    """When each of these groups had its newest post, by list id; a group without posts is missing."""
    newest = (
        select(func.max(threads.c.last_at))
        .where(threads.c.list_id == lists.c.id, threads.c.alias_of.is_(None))
        .scalar_subquery()
    )
    statement = select(lists.c.id, newest.label("newest")).where(lists.c.id.in_([g.mail_list.id for g in groups]))
    return {row.id: row.newest for row in connection.execute(statement) if row.newest is not None}


# --- conversations -------------------------------------------------------------------------------------------------


def newest_threads(connection: Connection, group: OpenGroup, limit: int, offset: int = 0) -> list[ThreadLine]:
    """The group's conversations, that with the newest post first; none beyond `DEEPEST_PAGE`."""
    if offset > DEEPEST_PAGE:
        return []
    first = (
        select(posts.c.id)
        .where(posts.c.thread_id == threads.c.id)
        .order_by(posts.c.date_at, posts.c.id)
        .limit(1)
        .correlate(threads)
        .scalar_subquery()
    )
    page = (
        select(threads, first.label("opener"))
        .where(
            threads.c.list_id == group.mail_list.id,
            threads.c.alias_of.is_(None),
            threads.c.posts > 0,
            group.shows(),
        )
        .order_by(threads.c.last_at.desc(), threads.c.id.desc())
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    statement = (
        select(
            page,
            posts.c.author_name,
            posts.c.author_address,
            posts.c.taken_down_at,
            persons.c.name.label("person_name"),
        )
        .join(posts, posts.c.id == page.c.opener)
        .outerjoin(persons, persons.c.id == posts.c.person_id)
        .order_by(page.c.last_at.desc(), page.c.id.desc())
    )
    return [_thread_line(row) for row in connection.execute(statement)]


def _thread_line(row: Any) -> ThreadLine:
    gone = row.taken_down_at is not None
    return ThreadLine(
        row.public_id,
        row.subject,
        "" if gone else _name(row),
        "" if gone else row.author_address,
        row.posts,
        row.first_at,
        row.last_at,
    )


def open_thread(connection: Connection, group: OpenGroup, public_id: str) -> OpenThread:
    """The conversation of that id; that of a merged one leads to where its posts are now. Raises NotFound."""
    row: Any = connection.execute(
        select(threads).where(threads.c.public_id == public_id, threads.c.list_id == group.mail_list.id)
    ).one_or_none()
    while row is not None and row.alias_of is not None:
        row = connection.execute(select(threads).where(threads.c.id == row.alias_of)).one_or_none()
    if row is None or not row.posts or (group.since is not None and row.first_at < group.since):
        raise NotFound("There is no such conversation.")
    origin = _origin(connection, group, row.continued_from) if row.continued_from is not None else None
    return OpenThread(row.id, row.public_id, row.subject, row.posts, origin, thanks_in(connection, row.id))


def _origin(connection: Connection, group: OpenGroup, post_id: int) -> tuple[str, str] | None:
    row = connection.execute(
        select(threads.c.public_id, threads.c.subject)
        .join(posts, posts.c.thread_id == threads.c.id)
        .where(posts.c.id == post_id, posts.c.list_id == group.mail_list.id, group.shows())
    ).one_or_none()
    return None if row is None else (row.public_id, row.subject)


# --- posts ---------------------------------------------------------------------------------------------------------

_POST = (
    posts.c.id,
    persons.c.name.label("person_name"),
    threads.c.public_id.label("thread_public_id"),
    threads.c.subject.label("thread_subject"),
    posts.c.subject,
    posts.c.author_name,
    posts.c.author_address,
    posts.c.date_at,
    messages.c.size_octets,
    posts.c.taken_down_at,
    messages.c.content_id,
    posts.c.text_at,
)
_POSTS = (
    posts.join(threads, threads.c.id == posts.c.thread_id)
    .join(messages, messages.c.id == posts.c.message_id)
    .outerjoin(persons, persons.c.id == posts.c.person_id)
)


def thread_posts(
    connection: Connection, group: OpenGroup, thread: OpenThread, limit: int, offset: int = 0
) -> list[OpenPost]:
    """The posts of a conversation in the order they were written; none beyond `DEEPEST_PAGE`."""
    if offset > DEEPEST_PAGE:
        return []
    statement = (
        select(*_POST)
        .select_from(_POSTS)
        .where(posts.c.thread_id == thread.id, posts.c.list_id == group.mail_list.id, group.shows())
        .order_by(posts.c.date_at, posts.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [_open_post(row) for row in connection.execute(statement)]


def open_post(connection: Connection, group: OpenGroup, post_id: int) -> OpenPost:
    """The post of the group with that id. Raises NotFound."""
    for post in open_posts(connection, group, [post_id]):
        return post
    raise NotFound("There is no such post.")


def open_posts(connection: Connection, group: OpenGroup, post_ids: Sequence[int]) -> list[OpenPost]:
    """Those of these posts that are the group's, in the order asked for."""
    statement = (
        select(*_POST)
        .select_from(_POSTS)
        .where(posts.c.id.in_(post_ids), posts.c.list_id == group.mail_list.id, group.shows())
    )
    found = {row.id: _open_post(row) for row in connection.execute(statement)}
    return [found[post_id] for post_id in post_ids if post_id in found]


def newest_posts(connection: Connection, group: OpenGroup, limit: int) -> list[OpenPost]:
    """The group's newest posts, newest first, without those that were taken down."""
    statement = (
        select(*_POST)
        .select_from(_POSTS)
        .where(posts.c.list_id == group.mail_list.id, posts.c.taken_down_at.is_(None), group.shows())
        .order_by(posts.c.counts_at.desc(), posts.c.id.desc())
        .limit(limit)
    )
    return [_open_post(row) for row in connection.execute(statement)]


def _name(row: Any) -> str:
    """What the author calls herself; where that is no name, what we know her by."""
    if row.author_name and "@" not in row.author_name:
        return str(row.author_name)
    return str(row.person_name or row.author_name)


def _open_post(row: Any) -> OpenPost:
    gone = row.taken_down_at is not None
    return OpenPost(
        row.id,
        row.thread_public_id,
        row.thread_subject,
        "" if gone else row.subject,
        "" if gone else _name(row),
        "" if gone else row.author_address,
        row.date_at,
        row.size_octets,
        row.taken_down_at,
        (row.content_id, row.text_at),
    )
