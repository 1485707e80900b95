"""Digests that went out, for who answers one: what it covered, what it said, and which threads it told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from listserv.mail.digestmark import DigestMark
from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.html_text import html_to_text
from listserv.model.lists import DigestPeriod
from listserv.store.hot import Hot
from listserv.store.schema import addresses, contents, posts, schedule_runs, subscriptions, threads
from listserv.store.told import digest_kind, own_kind

LATEST = 3
FIRST_REACH = timedelta(days=35)
_KINDS = {digest_kind(kind): kind for kind in (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)}


@dataclass(frozen=True, slots=True)
class SentDigest:
    """One digest that went out; `id` is its run of the schedule, `octets` are its forms, one a language."""

    id: int
    mark: DigestMark
    covers_from: datetime
    covers_until: datetime
    octets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NamedThread:
    """A thread by its present id, with its subject."""

    id: int
    subject: str


def sent_digest(connection: Connection, list_id: int, mark: DigestMark, reader: str = "") -> SentDigest | None:
    """The list's digest of that period, None if none was sent; of a reader (an address' key) who had her own, hers."""
    place = _own_place(connection, list_id, reader) if reader else None
    own = _sent(connection, own_kind(mark.kind, False), place, mark) if place is not None else None
    return own or _sent(connection, digest_kind(mark.kind), list_id, mark)


def _own_place(connection: Connection, list_id: int, reader: str) -> int | None:
    statement = (
        select(subscriptions.c.id)
        .join(addresses, addresses.c.person_id == subscriptions.c.person_id)
        .where(subscriptions.c.list_id == list_id, addresses.c.key == reader)
    )
    return connection.execute(statement).scalar_one_or_none()


def _sent(connection: Connection, kind: str, subject: int, mark: DigestMark) -> SentDigest | None:
    row = connection.execute(
        select(schedule_runs).where(
            schedule_runs.c.kind == kind,
            schedule_runs.c.subject == str(subject),
            schedule_runs.c.period == mark.key,
            schedule_runs.c.outcome == "sent",
        )
    ).one_or_none()
    if row is None or row.covers_until is None:
        return None
    before = connection.execute(
        select(func.max(schedule_runs.c.covers_until, type_=schedule_runs.c.covers_until.type)).where(
            schedule_runs.c.kind == row.kind,
            schedule_runs.c.subject == row.subject,
            schedule_runs.c.covers_until < row.covers_until,
        )
    ).scalar_one_or_none()
    since = before or row.covers_until - FIRST_REACH
    return SentDigest(row.id, mark, since, row.covers_until, _octets(connection, row.content_ids))


def latest_digests(connection: Connection, list_id: int) -> list[DigestMark]:
    """The list's digests of each kind sent last, the newest first."""
    statement = (
        select(schedule_runs.c.kind, schedule_runs.c.period)
        .where(
            schedule_runs.c.kind.in_(_KINDS),
            schedule_runs.c.subject == str(list_id),
            schedule_runs.c.outcome == "sent",
        )
        .order_by(schedule_runs.c.claimed_at.desc())
        .limit(LATEST)
    )
    return [DigestMark(_KINDS[row.kind], row.period) for row in connection.execute(statement)]


def digest_texts(connection: Connection, post_id: int) -> list[str]:
    """The words of the digest that the post answers, plain and from HTML; [] for nearly every post."""
    return _texts(connection, _ANSWERED.scalar(connection, {"wanted_post": post_id}) or "")


def texts_of_run(connection: Connection, run_id: int) -> list[str]:
    """The words of the digest of this run of the schedule, as they now are, plain and from HTML."""
    statement = select(schedule_runs.c.content_ids).where(schedule_runs.c.id == run_id)
    return _texts(connection, connection.execute(statement).scalar_one_or_none() or "")


def _texts(connection: Connection, content_ids: str) -> list[str]:
    read = [body(parse(octets)) for octets in _octets(connection, content_ids)]
    return [text for each in read for text in (each.text, html_to_text(each.html or "").text)]


def _octets(connection: Connection, content_ids: str) -> tuple[bytes, ...]:
    ids = [int(each) for each in content_ids.split(",") if each]
    if not ids:
        return ()
    rows = connection.execute(select(contents.c.id, contents.c.octets).where(contents.c.id.in_(ids))).all()
    return tuple(bytes(row.octets) for row in sorted(rows))


def threads_told(connection: Connection, list_id: int, since: datetime, until: datetime) -> list[NamedThread]:
    """The threads with a post that counts in [since, until), as a digest orders them."""
    first = func.min(posts.c.counts_at)
    statement = (
        select(threads.c.id, threads.c.subject)
        .join(posts, posts.c.thread_id == threads.c.id)
        .where(
            posts.c.list_id == list_id,
            posts.c.counts_at >= since,
            posts.c.counts_at < until,
            posts.c.taken_down_at.is_(None),
        )
        .group_by(threads.c.id, threads.c.subject)
        .order_by(first, threads.c.id)
    )
    return [NamedThread(row.id, row.subject) for row in connection.execute(statement)]


def thread_named(connection: Connection, list_id: int, thread_id: int) -> NamedThread | None:
    """The list's thread with this id, or the one it was merged into."""
    wanted = select(threads).where(threads.c.list_id == list_id)
    row = connection.execute(wanted.where(threads.c.id == thread_id)).one_or_none()
    if row is not None and row.alias_of is not None:
        row = connection.execute(wanted.where(threads.c.id == row.alias_of)).one_or_none()
    return None if row is None else NamedThread(row.id, row.subject)


def any_archived(connection: Connection, list_id: int, nodes: Sequence[str]) -> bool:
    """Whether one of these ids is a post's of the list."""
    if not nodes:
        return False
    statement = select(posts.c.id).where(posts.c.list_id == list_id, posts.c.node.in_(list(nodes)[-20:])).limit(1)
    return connection.execute(statement).first() is not None


_ANSWERED = Hot(
    select(schedule_runs.c.content_ids)
    .join(posts, posts.c.answers_run == schedule_runs.c.id)
    .where(posts.c.id == bindparam("wanted_post"))
)
