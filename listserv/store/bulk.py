"""The rows of an archive that is imported, written some hundred at a time.

What `archive` does for one mail with a handful of statements is done here for many with as many statements: what is
there is asked for once, and rows that refer to one another get their ids before they are written. The rows are the
same. All functions belong to the transaction of their connection.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter

from sqlalchemy import Connection, Table, bindparam, exists, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from listserv.store.archive import NewMessage, put_message
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import contents, held_posts, messages, posts


def known_mails(connection: Connection, list_id: int, mails: Collection[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """Those of these mails (Message-ID and hash of the body) that the list has, or holds for a moderator."""
    rows = _KNOWN.rows(connection, [msgid for msgid, _ in mails], {"wanted_list": list_id})
    found = {(row.msgid, bytes(row.body_hash)) for row in rows}
    return found.intersection(mails)


def put_messages(connection: Connection, new: Sequence[NewMessage]) -> list[int]:
    """As `archive.put_message` for each of these, which have their hash and of which no two have the same octets."""
    contents_made = _put_contents(connection, new)
    fresh = [each for each in new if each.content_hash in contents_made]
    ids = dict(zip((each.content_hash for each in fresh), new_ids(connection, messages, len(fresh)), strict=True))
    rows = [
        {
            "id": ids[each.content_hash],
            "content_id": contents_made[each.content_hash],
            "size_octets": len(_kept(each)),
            "msgid": each.msgid,
            "body_hash": each.body_hash,
            "return_path": each.return_path,
            "received_at": each.received_at,
        }
        for each in fresh
    ]
    if rows:
        _INSERT_MESSAGE.run_each(connection, rows)
    # Octets that were there already, as another list's mail or a refused one, go the way of a single mail.
    return [ids[each.content_hash] if each.content_hash in ids else put_message(connection, each) for each in new]


def _put_contents(connection: Connection, new: Sequence[NewMessage]) -> dict[bytes, int]:
    """The rows made for octets that were not there, by their hash: another node may have put some meanwhile."""
    numbered = list(zip(new, new_ids(connection, contents, len(new)), strict=True))
    rows = [{"id": id, "hash": each.content_hash, "octets": _kept(each)} for each, id in numbered]
    if rows:
        # Two imports that share mail wait for one another's rows, and would for ever if each began with another one.
        rows.sort(key=itemgetter("hash"))
        _INSERT_CONTENT[connection.dialect.name].run_each(connection, rows)
    there = _CONTENTS.rows(connection, [each.content_hash for each in new])
    found = {bytes(row.hash): row.id for row in there}
    return {each.content_hash: id for each, id in numbered if found[each.content_hash] == id}


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
_KNOWN = HotAmong(
    # Found by their ids and then held against the list: a join begins with all posts of the list.
    lambda msgids: select(messages.c.msgid, messages.c.body_hash).where(
        messages.c.msgid.in_(msgids),
        or_(
            exists().where(posts.c.message_id == messages.c.id, posts.c.list_id == bindparam("wanted_list")),
            exists().where(
                held_posts.c.message_id == messages.c.id,
                held_posts.c.list_id == bindparam("wanted_list"),
                held_posts.c.state == "waiting",
            ),
        ),
    )
)
_CONTENTS = HotAmong(lambda hashes: select(contents.c.id, contents.c.hash).where(contents.c.hash.in_(hashes)))
_INSERT_CONTENT = {
    name: Hot(dialect(contents).on_conflict_do_nothing(index_elements=["hash"]))
    for name, dialect in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}
_INSERT_MESSAGE = Hot(insert(messages))
