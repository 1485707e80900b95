"""The rows of an archive that is imported, written some hundred at a time.

What `archive` does for one mail with a handful of statements is done here for many with as many statements: what is
there is asked for once, and rows that refer to one another get their ids before they are written. The rows are the
same. All functions belong to the transaction of their connection.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Table, bindparam, func, insert, literal_column, select, text

from listserv.store.archive import NewMessage, put_message
from listserv.store.hot import Hot
from listserv.store.schema import contents, held_posts, messages, posts


def known_mails(connection: Connection, list_id: int, mails: Collection[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """Those of these mails (Message-ID and hash of the body) that the list has, or holds for a moderator."""
    values = {"wanted_list": list_id, "wanted": [msgid for msgid, _ in mails]}
    found = {(row.msgid, bytes(row.body_hash)) for row in connection.execute(_KNOWN, values)}
    return found.intersection(mails)


def put_messages(connection: Connection, new: Sequence[NewMessage]) -> list[int]:
    """As `archive.put_message` for each of these, which have their hash and of which no two have the same octets."""
    there = set(connection.execute(_HASHES, {"wanted": [each.content_hash for each in new]}).scalars())
    fresh = [each for each in new if each.content_hash not in there]
    ids = new_ids(connection, messages, len(fresh))
    if fresh:
        _insert(connection, fresh, ids)
    made = {each.content_hash: id for each, id in zip(fresh, ids, strict=True)}
    # Octets that are there already, as another list's mail or a refused one, go the way of a single mail.
    return [made[each.content_hash] if each.content_hash in made else put_message(connection, each) for each in new]


def _insert(connection: Connection, fresh: Sequence[NewMessage], ids: Sequence[int]) -> None:
    numbered = list(zip(fresh, ids, new_ids(connection, contents, len(fresh)), strict=True))
    octets = [{"id": content, "hash": each.content_hash, "octets": _kept(each)} for each, _, content in numbered]
    _INSERT_CONTENT.run_each(connection, octets)
    rows = [
        {
            "id": id,
            "content_id": content,
            "size_octets": len(_kept(each)),
            "msgid": each.msgid,
            "body_hash": each.body_hash,
            "return_path": each.return_path,
            "received_at": each.received_at,
        }
        for each, id, content in numbered
    ]
    _INSERT_MESSAGE.run_each(connection, rows)


def _kept(message: NewMessage) -> bytes:
    return message.octets if message.kept is None else message.kept


def new_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """So many ids that no row of the table has or will get, in the order rows are numbered.

    On SQLite they count on from the highest, as the writer holds the database until its transaction ends; on PostgreSQL
    they are drawn from the table's sequence.
    """
    if connection.dialect.name == "sqlite":
        last = connection.execute(select(func.max(table.c.id))).scalar_one() or 0
        return range(last + 1, last + 1 + count)
    return sorted(connection.execute(_DRAWN, {"name": f'"{table.name}"', "count": count}).scalars())


_DRAWN = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
_AMONG = messages.c.msgid.in_(bindparam("wanted", expanding=True))
_KNOWN = (
    select(messages.c.msgid, messages.c.body_hash)
    .join(posts, posts.c.message_id == messages.c.id)
    .where(_AMONG, posts.c.list_id == bindparam("wanted_list"))
    .union_all(
        select(messages.c.msgid, messages.c.body_hash)
        .join(held_posts, held_posts.c.message_id == messages.c.id)
        # The state is spelled out, or the partial index is not taken.
        .where(
            _AMONG,
            held_posts.c.list_id == bindparam("wanted_list"),
            held_posts.c.state == literal_column("'waiting'"),
        )
    )
)
_HASHES = select(contents.c.hash).where(contents.c.hash.in_(bindparam("wanted", expanding=True)))
_INSERT_CONTENT = Hot(insert(contents))
_INSERT_MESSAGE = Hot(insert(messages))
