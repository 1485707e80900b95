"""The search index, in the database itself: FTS5 on SQLite, tsvector on PostgreSQL, the same folded words in both.

A post's own text is indexed apart from what it quotes, so that a search finds the post that said it. The index is
asked with a `query.Query`, whose terms are letters and digits only. Whoever asks has been let into the
group (`reading.OpenGroup`); the index holds authors' names, never their addresses, and no token of our links, so that
nobody can try them out.

On SQLite the row number is the time and the id of the post in one (`_place`): newest first and "between two days" cost
nothing then, however old the archive that was imported last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, column, delete, insert, select, table, text, update

from listserv.mail.text.secrets import without_secrets
from listserv.store.folding import fold
from listserv.store.hot import Hot, HotAmong
from listserv.store.query import Query, Term
from listserv.store.reading import OpenGroup
from listserv.store.schema import EPOCH, persons, post_references, post_texts, posts, threads

INDEXED_CHARACTERS = 100_000
PLACE_BITS = 30
LONGEST_PAGE = 100
DEEPEST = 10_000

_NUMBER = re.compile(r"[0-9]+e[0-9]+(?=[^0-9])")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PostText:
    """What is derived of a post: NFC text, apart by whose words they are, and the seams between (`mail.text.seams`)."""

    post_id: int
    list_id: int
    author: str
    subject: str
    own: str
    quoted: str
    seams: str = ""


class Indexed(NamedTuple):
    """A text and its words as the index holds them; `author` as in `PostText`."""

    author: str
    subject: str
    own: str
    quoted: str
    seams: str
    folded_subject: str
    folded_own: str
    folded_quoted: str


class Fresh(NamedTuple):
    """A post of this transaction and its text; `name` is what its author is known by, "" if she is not known."""

    post_id: int
    date_at: datetime
    name: str
    text: Indexed


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of posts, newest first. `quoted`: nobody's own words hold them, these posts quote them."""

    post_ids: list[int] = field(default_factory=list)
    more: bool = False
    quoted: bool = False


def index_post(connection: Connection, derived: PostText, now: datetime) -> None:
    """The post can be found by these words from now on."""
    drop_post(connection, derived.post_id)
    author = _name_of(connection, derived)
    values = {
        "post_id": derived.post_id,
        "list_id": derived.list_id,
        "author": author,
        "subject": derived.subject,
        "own": derived.own,
        "quoted": derived.quoted,
        "seams": derived.seams,
    }
    connection.execute(insert(post_texts), values)
    folded = {"post_id": derived.post_id, **_folded(author, derived.subject, derived.own, derived.quoted)}
    if connection.dialect.name == "sqlite":
        connection.execute(_INDEX, {**folded, **_place_of(connection, derived.post_id)})
    else:
        connection.execute(_INDEX_POSTGRES, folded)
    connection.execute(update(posts).where(posts.c.id == derived.post_id).values(text_at=now))


def index_new(connection: Connection, derived: Sequence[PostText], now: datetime) -> list[int]:
    """As `index_post` for each, but not what has got its text or was taken down since it was read; gives the others."""
    ids = [text.post_id for text in derived]
    waiting = {row.id: row for row in connection.execute(_WAITING, {"wanted": ids})}
    for post_id in connection.execute(_WITH_TEXT, {"wanted": list(waiting)}).scalars().all():
        drop_post(connection, post_id)
    rows = [_row(connection, text, waiting[text.post_id]) for text in derived if text.post_id in waiting]
    if not rows:
        return []
    connection.execute(insert(post_texts), [{name: row[name] for name in _TEXT_COLUMNS} for row in rows])
    folded = [row["folded"] for row in rows]
    connection.execute(_INDEX if connection.dialect.name == "sqlite" else _INDEX_POSTGRES, folded)
    connection.execute(_HAS_TEXT, {"wanted": list(waiting), "now": now})
    _NO_SEAMS.run(connection, waiting)
    return list(waiting)


def indexed(author: str, subject: str, own: str, quoted: str, seams: str) -> Indexed:
    """A text ready for `index_fresh`. Needs no database; most of the work of indexing."""
    folded = [_words(value) for value in (subject, own, quoted)]
    return Indexed(author, subject, own, quoted, seams, *folded)


def index_fresh(connection: Connection, list_id: int, fresh: Sequence[Fresh]) -> None:
    """Posts that this transaction has made can be found; that they have their text their rows must say already.

    Not for posts that anybody else may have read: it does not look what is there.
    """
    if not fresh:
        return
    authors = [_written_name(each.text.author) or each.name or _before_at(each.text.author) for each in fresh]
    rows = [
        {
            "post_id": each.post_id,
            "list_id": list_id,
            "author": author,
            "subject": each.text.subject,
            "own": each.text.own,
            "quoted": each.text.quoted,
            "seams": each.text.seams,
        }
        for each, author in zip(fresh, authors, strict=True)
    ]
    _INSERT_TEXTS.run_each(connection, rows)
    _NO_SEAMS.run(connection, [each.post_id for each in fresh])
    folded = [
        {
            "subject": each.text.folded_subject,
            "author": _words(author),
            "own": each.text.folded_own,
            "quoted": each.text.folded_quoted,
        }
        for each, author in zip(fresh, authors, strict=True)
    ]
    if connection.dialect.name == "sqlite":
        places = [{"rowid": _place(each.date_at, each.post_id), "place": f"l{list_id}"} for each in fresh]
        _INSERT_SEARCH.run_each(connection, [at | words for at, words in zip(places, folded, strict=True)])
    else:
        words = [{"post_id": each.post_id, **found} for each, found in zip(fresh, folded, strict=True)]
        connection.execute(_INDEX_POSTGRES, words)


def _row(connection: Connection, derived: PostText, waiting: Any) -> dict[str, Any]:
    author = _name_of(connection, derived)
    return {
        "post_id": derived.post_id,
        "list_id": derived.list_id,
        "author": author,
        "subject": derived.subject,
        "own": derived.own,
        "quoted": derived.quoted,
        "seams": derived.seams,
        "folded": {
            "post_id": derived.post_id,
            "at": _place(waiting.date_at, derived.post_id),
            "place": f"l{waiting.list_id}",
            **_folded(author, derived.subject, derived.own, derived.quoted),
        },
    }


def drop_post(connection: Connection, post_id: int) -> None:
    """The post's words are gone from the index and from its text row."""
    row = connection.execute(select(post_texts).where(post_texts.c.post_id == post_id)).one_or_none()
    if row is None:
        return
    if connection.dialect.name == "sqlite":
        folded = _folded(row.author, row.subject, row.own, row.quoted)
        connection.execute(_FORGET, {**folded, **_place_of(connection, post_id)})
    connection.execute(delete(post_texts).where(post_texts.c.post_id == post_id))


def post_text(connection: Connection, post_id: int) -> PostText | None:
    """The derived text of a post, or None while it is not derived."""
    row = connection.execute(select(post_texts).where(post_texts.c.post_id == post_id)).one_or_none()
    return None if row is None else PostText(**row._mapping)


def find(connection: Connection, group: OpenGroup, query: Query, limit: int, offset: int = 0) -> Found:
    """The group's posts that fit the query, newest first.

    Own words, subjects and names are searched; what posts only quote is searched when nothing else was found.
    """
    limit = min(limit, LONGEST_PAGE)
    if query.is_empty or offset > DEEPEST:
        return Found()
    ids = _ids(connection, group, query, limit + 1, offset, quoted=False)
    if ids or not query.terms:
        return Found(ids[:limit], len(ids) > limit)
    if offset and _ids(connection, group, query, 1, 0, quoted=False):
        return Found()
    ids = _ids(connection, group, query, limit + 1, offset, quoted=True)
    return Found(ids[:limit], len(ids) > limit, quoted=bool(ids))


def saying(connection: Connection, list_id: int, words: Sequence[str]) -> list[int]:
    """Every post of the list that holds these folded words in a row, in what it says, quotes or is called.

    For those who may change the archive; whoever reads it asks `find`.
    """
    query = Query(terms=(Term(tuple(words), prefix=False),))
    if connection.dialect.name == "sqlite":
        found = connection.execute(_ALL_SQLITE, {"match": _sqlite_match(list_id, query, quoted=True)}).scalars()
        return [place & (2**PLACE_BITS - 1) for place in found]
    statement = (
        select(posts.c.id).join(post_texts, post_texts.c.post_id == posts.c.id).where(posts.c.list_id == list_id)
    )
    match = text("post_text.search @@ CAST(:match AS tsquery)").bindparams(match=_postgres_match(query, quoted=True))
    return list(connection.execute(statement.where(match)).scalars())


def _ids(connection: Connection, group: OpenGroup, query: Query, limit: int, offset: int, *, quoted: bool) -> list[int]:
    list_id = group.mail_list.id
    if connection.dialect.name == "sqlite":
        values: dict[str, Any] = {
            "match": _sqlite_match(list_id, query, quoted),
            "low": _place(query.since, 0) if query.since else 0,
            "high": _place(query.before, 0) if query.before else 2**63 - 1,
            "limit": limit,
            "offset": offset,
        }
        post_id = _SEARCH.c.rowid.bitwise_and(2**PLACE_BITS - 1)
        found = _FIND_SQLITE if group.since is None else _FIND_SQLITE.where(post_id.in_(_shown(group)))
        return [place & (2**PLACE_BITS - 1) for place in connection.execute(found, values).scalars()]
    statement = (
        select(posts.c.id)
        .join(post_texts, post_texts.c.post_id == posts.c.id)
        .where(posts.c.list_id == list_id)
        .order_by(posts.c.date_at.desc(), posts.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if group.since is not None:
        statement = statement.where(posts.c.id.in_(_shown(group)))
    if query.since:
        statement = statement.where(posts.c.date_at >= query.since)
    if query.before:
        statement = statement.where(posts.c.date_at < query.before)
    match = _postgres_match(query, quoted)
    if match:
        statement = statement.where(text("post_text.search @@ CAST(:match AS tsquery)").bindparams(match=match))
    return list(connection.execute(statement).scalars())


def _shown(group: OpenGroup) -> Select[tuple[int]]:
    """The posts of the group that this viewer may read: what is hidden from her must not fill her pages either."""
    of_group = (threads.c.list_id == group.mail_list.id, group.shows())
    return select(posts.c.id).join(threads, threads.c.id == posts.c.thread_id).where(*of_group)


def _sqlite_match(list_id: int, query: Query, quoted: bool) -> str:
    """An FTS5 expression; every word in it is letters and digits between quotation marks."""
    columns = "{subject author own quoted}" if quoted else "{subject author own}"
    parts = [f'place : "l{list_id}"']
    parts += [f"{columns} : {_sqlite_term(term)}" for term in query.terms]
    parts += [f"author : {_sqlite_term(term)}" for term in query.authors]
    return " AND ".join(parts)


def _sqlite_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + ("*" if term.prefix else "")


def _postgres_match(query: Query, quoted: bool) -> str:
    """The text of a tsquery; weights A to D are subject, author, own and quoted text."""
    parts = [_postgres_term(term, "" if quoted else "ABC") for term in query.terms]
    parts += [_postgres_term(term, "B") for term in query.authors]
    return " & ".join(parts)


def _postgres_term(term: Term, weights: str) -> str:
    parsed = [part for word in term.words for part in _as_parsed(word)]
    last = len(parsed) - 1
    labels = ["*" + weights if term.prefix and at == last else weights for at in range(len(parsed))]
    words = [f"'{word}'" + (f":{label}" if label else "") for word, label in zip(parsed, labels, strict=True)]
    return f"({' <-> '.join(words)})"


def _as_parsed(word: str) -> tuple[str, ...]:
    """The word as PostgreSQL's parser reads it in a text: what begins like 4e7, a number to it, is parted there."""
    number = _NUMBER.match(word)
    return (word,) if number is None else (number[0], word[number.end() :])


def _name_of(connection: Connection, derived: PostText) -> str:
    """What pages call the author: her name, else what we know her by, else her address up to the @."""
    written = _written_name(derived.author)
    if written:
        return written
    known = select(persons.c.name).join(posts, posts.c.person_id == persons.c.id).where(posts.c.id == derived.post_id)
    return connection.execute(known).scalar_one_or_none() or _before_at(derived.author)


def _written_name(author: str) -> str:
    return " ".join([word for word in author.split() if "@" not in word])


def _before_at(author: str) -> str:
    return author.partition("@")[0].strip("<'\"")


def _folded(author: str, subject: str, own: str, quoted: str) -> dict[str, str]:
    texts = {"subject": subject, "author": author, "own": own, "quoted": quoted}
    return {name: _words(value) for name, value in texts.items()}


def _words(text: str) -> str:
    """What of a text is indexed."""
    return fold(without_secrets(text[:INDEXED_CHARACTERS]))


def _place_of(connection: Connection, post_id: int) -> dict[str, Any]:
    """Where the post stands in SQLite's index, and the word that says which list it is in."""
    row = connection.execute(select(posts.c.list_id, posts.c.date_at).where(posts.c.id == post_id)).one()
    return {"at": _place(row.date_at, post_id), "place": f"l{row.list_id}"}


def _place(at: datetime, post_id: int) -> int:
    """A row number that grows with the time, by seconds, then with the id; 33 bits of seconds last until 2242."""
    return max(0, (at - EPOCH) // _SECOND) << PLACE_BITS | post_id


def own_texts(connection: Connection, post_ids: Sequence[int]) -> dict[int, str]:
    """The own text of each of these posts, as far as it is derived."""
    statement = select(post_texts.c.post_id, post_texts.c.own).where(post_texts.c.post_id.in_(list(post_ids)))
    return {row.post_id: row.own for row in connection.execute(statement)}


_TEXT_COLUMNS = ("post_id", "list_id", "author", "subject", "own", "quoted", "seams")
_WANTED = posts.c.id.in_(bindparam("wanted", expanding=True))
_WAITING = select(posts.c.id, posts.c.list_id, posts.c.date_at).where(_WANTED, posts.c.text_at.is_(None))
_WITH_TEXT = select(post_texts.c.post_id).where(post_texts.c.post_id.in_(bindparam("wanted", expanding=True)))
_HAS_TEXT = update(posts).where(_WANTED).values(text_at=bindparam("now", type_=posts.c.text_at.type))
# What was archived before a post that it answers was cut without knowing it.
_NO_SEAMS = HotAmong(
    lambda wanted: (
        update(post_texts)
        .where(
            post_texts.c.post_id.in_(
                select(post_references.c.post_id)
                .join(
                    posts,
                    (posts.c.list_id == post_references.c.list_id)
                    & (posts.c.node == post_references.c.node)
                    & (posts.c.id > post_references.c.post_id),
                )
                .where(posts.c.id.in_(wanted))
            )
        )
        .values(seams="")
    )
)
_INDEX = text(
    "INSERT INTO post_search (rowid, place, subject, author, own, quoted)"
    " VALUES (:at, :place, :subject, :author, :own, :quoted)"
)
_FORGET = text(
    "INSERT INTO post_search (post_search, rowid, place, subject, author, own, quoted)"
    " VALUES ('delete', :at, :place, :subject, :author, :own, :quoted)"
)
_INDEX_POSTGRES = text(
    "UPDATE post_text SET search ="
    " setweight(to_tsvector('simple', :subject), 'A') || setweight(to_tsvector('simple', :author), 'B') ||"
    " setweight(to_tsvector('simple', :own), 'C') || setweight(to_tsvector('simple', :quoted), 'D')"
    " WHERE post_id = :post_id"
)
_INSERT_TEXTS = Hot(insert(post_texts))
_SEARCH = table("post_search", *map(column, ("rowid", "place", "subject", "author", "own", "quoted")))
_INSERT_SEARCH = Hot(insert(_SEARCH))
_ALL_SQLITE = text("SELECT rowid FROM post_search WHERE post_search MATCH :match")
_FIND_SQLITE = (
    select(_SEARCH.c.rowid)
    .where(text("post_search MATCH :match AND rowid >= :low AND rowid < :high"))
    .order_by(_SEARCH.c.rowid.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
