"""The one reader for digests: a list's posts of a stretch of time, by thread, each with what is told of it.

It asks for the list's members: a digest goes to nobody else. A post's own text is the one derived for the search
index; where that is not there yet it is derived here in the same way, and not kept. A fixed number of queries tells
where things are; octets are read a batch at a time, so that no more than one batch of attachments is in memory.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from listserv.mail.charsets import nfc
from listserv.mail.parse import Message, parse
from listserv.mail.text.asks import ask_of
from listserv.mail.text.body import Attachment, Body, body
from listserv.mail.text.body_lines import is_seen
from listserv.mail.text.quote import split_own
from listserv.mail.words import clean
from listserv.model.case import Ask
from listserv.model.digest import Enclosure, ToldPost, ToldThread
from listserv.store.schema import contents, messages, persons, post_references, post_texts, posts, thanks, threads

BATCH = 25
BATCH_OCTETS = 50_000_000
ANCESTORS = 10
OWN_CHARACTERS = 25_000  # more than any digest shows
ENCLOSURES = 50
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")


def told_threads(connection: Connection, list_id: int, since: datetime, until: datetime) -> list[ToldThread]:
    """The list's posts that count in [since, until), each in exactly one thread.

    Threads come in the order of their first post of that time. What was taken down is not there.
    """
    window = {"wanted_list": list_id, "since": since, "until": until}
    rows = connection.execute(_POSTS, window).all()
    found: defaultdict[int, list[ToldPost]] = defaultdict(list)
    for row, told in _told(connection, rows, window):
        found[row.thread_id].append(told)
    heads = {row.thread_id: row for row in connection.execute(_THREADS, window)}
    thanked = {row.thread_id: row.thanked for row in connection.execute(_THANKS, window)}
    return [
        ToldThread(
            thread_id,
            heads[thread_id].public_id,
            nfc(clean(heads[thread_id].subject)),
            heads[thread_id].began < since,
            tuple(told),
            thanked.get(thread_id, 0),
        )
        for thread_id, told in found.items()
    ]


def _told(connection: Connection, rows: Sequence[Any], window: dict[str, Any]) -> Iterator[tuple[Any, ToldPost]]:
    """Each row with what is told of it. Posts are derived in order, so that answers know what they answer."""
    without = {row.id for row in rows if row.own is None}
    named = _ancestors(connection, window) if without else {}
    derived: dict[str, str] = {}
    for batch in _batches(rows):
        statement = _OCTETS.where(messages.c.id.in_([row.message_id for row in batch]))
        octets = {row.id: bytes(row.octets) for row in connection.execute(statement)}
        for row in batch:
            message = parse(octets.pop(row.message_id))
            read = body(message)
            own, quoted = row.own, row.quoted
            if row.id in without:
                known = [text or derived.get(node, "") for node, text in named.get(row.id, ())]
                pieces = split_own(read.text, read.html, [text for text in known if text][:ANCESTORS])
                own, quoted = pieces.own, pieces.quoted
                derived[row.node] = own
            yield row, _told_post(row, message, read, own, bool(quoted.strip()))


def _batches(rows: Sequence[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    octets = 0
    for row in rows:
        if batch and (len(batch) == BATCH or octets + row.size_octets > BATCH_OCTETS):
            yield batch
            batch, octets = [], 0
        batch.append(row)
        octets += row.size_octets
    if batch:
        yield batch


def _ancestors(connection: Connection, window: dict[str, Any]) -> dict[int, list[tuple[str, str | None]]]:
    """(node, own text if derived) of every post that the posts of the window name, nearest first."""
    found: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for row in connection.execute(_NAMED, window):
        found[row.post_id].append((row.node, row.own))
    return found


def _told_post(row: Any, message: Message, read: Body, own: str, quotes: bool) -> ToldPost:
    only = read.only or ("" if is_seen(own) else "empty")
    told = ToldPost(
        row.id,
        _author(row.author_name) or _author(row.person_name or ""),
        row.counts_at,
        "" if only else nfc(own)[:OWN_CHARACTERS],
        only,
        quotes,
        tuple(_enclosure(each) for each in read.attachments[:ENCLOSURES]),
        thanks=ask_of(message) is Ask.THANKS,
    )
    tag = (message.header("Content-Language") or "").strip()
    return replace(told, language=tag) if _LANGUAGE.fullmatch(tag) else told


def _enclosure(found: Attachment) -> Enclosure:
    return Enclosure(nfc(clean(found.filename)), found.content_type, found.size_octets, found.holds)


def _author(name: str) -> str:
    """The name on one line; "" for one that is an address."""
    name = nfc(" ".join(clean(name).split()))
    return "" if "@" in name else name


_IN_WINDOW = (
    posts.c.list_id == bindparam("wanted_list"),
    posts.c.counts_at >= bindparam("since", type_=posts.c.counts_at.type),
    posts.c.counts_at < bindparam("until", type_=posts.c.counts_at.type),
    posts.c.taken_down_at.is_(None),
)
_POSTS = (
    select(
        posts.c.id,
        posts.c.message_id,
        posts.c.thread_id,
        posts.c.node,
        posts.c.author_name,
        persons.c.name.label("person_name"),
        posts.c.counts_at,
        messages.c.size_octets,
        post_texts.c.own,
        post_texts.c.quoted,
    )
    .select_from(
        posts.join(messages, messages.c.id == posts.c.message_id)
        .outerjoin(persons, persons.c.id == posts.c.person_id)
        .outerjoin(post_texts, post_texts.c.post_id == posts.c.id)
    )
    .where(*_IN_WINDOW)
    .order_by(posts.c.counts_at, posts.c.id)
)
_OCTETS = select(messages.c.id, contents.c.octets).join(contents, contents.c.id == messages.c.content_id)
_THREADS = (
    select(
        threads.c.id.label("thread_id"),
        threads.c.public_id,
        threads.c.subject,
        func.min(posts.c.counts_at, type_=posts.c.counts_at.type).label("began"),
    )
    .join(posts, posts.c.thread_id == threads.c.id)
    .where(threads.c.id.in_(select(posts.c.thread_id).where(*_IN_WINDOW)))
    .group_by(threads.c.id, threads.c.public_id, threads.c.subject)
)
_THANKS = (
    select(posts.c.thread_id, func.count().label("thanked"))
    .join(thanks, thanks.c.post_id == posts.c.id)
    .where(
        thanks.c.thread_id.in_(select(posts.c.thread_id).where(*_IN_WINDOW)),
        thanks.c.at >= bindparam("since", type_=thanks.c.at.type),
        thanks.c.at < bindparam("until", type_=thanks.c.at.type),
    )
    .group_by(posts.c.thread_id)
)
_named = posts.alias("named")
_NAMED = (
    select(post_references.c.post_id, post_references.c.node, post_texts.c.own)
    .select_from(
        posts.join(post_references, post_references.c.post_id == posts.c.id)
        .outerjoin(
            _named,
            (_named.c.list_id == post_references.c.list_id) & (_named.c.node == post_references.c.node),
        )
        .outerjoin(post_texts, post_texts.c.post_id == _named.c.id)
    )
    .where(*_IN_WINDOW)
    .order_by(post_references.c.post_id, post_references.c.position.desc())
)
