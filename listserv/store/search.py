"""The search index, in the database itself: FTS5 on SQLite, tsvector on PostgreSQL, diacritics folded on both.

A post's own text is indexed apart from what it quotes. `index_post` writes both from text derived elsewhere; the
migration that makes the tables holds the rest of the index's definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text, update

from listserv.store.schema import post_texts, posts


@dataclass(frozen=True, slots=True)
class PostText:
    """What the index holds of a post: NFC text, apart by whose words they are."""

    post_id: int
    list_id: int
    author: str
    subject: str
    own: str
    quoted: str


def index_post(connection: Connection, derived: PostText, now: datetime) -> None:
    """The post can be found by these words from now on."""
    drop_post(connection, derived.post_id)
    values = {
        "post_id": derived.post_id,
        "list_id": derived.list_id,
        "author": derived.author,
        "subject": derived.subject,
        "own": derived.own,
        "quoted": derived.quoted,
    }
    connection.execute(insert(post_texts), values)
    if connection.dialect.name == "sqlite":
        connection.execute(_INDEX, values)
    connection.execute(update(posts).where(posts.c.id == derived.post_id).values(text_at=now))


def drop_post(connection: Connection, post_id: int) -> None:
    """The post's words are gone from the index and from its text row."""
    row = connection.execute(select(post_texts).where(post_texts.c.post_id == post_id)).one_or_none()
    if row is None:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(_FORGET, dict(row._mapping))
    connection.execute(delete(post_texts).where(post_texts.c.post_id == post_id))


def post_text(connection: Connection, post_id: int) -> PostText | None:
    """The derived text of a post, or None while it is not derived."""
    row = connection.execute(select(post_texts).where(post_texts.c.post_id == post_id)).one_or_none()
    return None if row is None else PostText(**row._mapping)


def find(connection: Connection, list_id: int, words: str, limit: int = 50) -> list[int]:
    """Ids of the list's posts that hold every word, newest first. The words are taken as words, not as syntax."""
    terms = [term for term in words.replace('"', " ").replace("\0", " ").split() if term]
    if not terms:
        return []
    if connection.dialect.name == "sqlite":
        match = " ".join(f'"{term}"' for term in terms)
        rows = connection.execute(_FIND_SQLITE, {"match": match, "list": list_id, "limit": limit})
    else:
        rows = connection.execute(_FIND_POSTGRES, {"match": " ".join(terms), "list": list_id, "limit": limit})
    return [row.post_id for row in rows]


_INDEX = text(
    "INSERT INTO post_search (rowid, subject, author, own, quoted) VALUES (:post_id, :subject, :author, :own, :quoted)"
)
_FORGET = text(
    "INSERT INTO post_search (post_search, rowid, subject, author, own, quoted)"
    " VALUES ('delete', :post_id, :subject, :author, :own, :quoted)"
)
_FIND_SQLITE = text(
    "SELECT post_text.post_id FROM post_search JOIN post_text ON post_text.post_id = post_search.rowid"
    " WHERE post_search MATCH :match AND post_text.list_id = :list ORDER BY post_search.rowid DESC LIMIT :limit"
)
_FIND_POSTGRES = text(
    "SELECT post_id FROM post_text WHERE search @@ plainto_tsquery('simple', listserv_fold(:match))"
    " AND list_id = :list ORDER BY post_id DESC LIMIT :limit"
)
