"""A hot statement says the same as SQLAlchemy's own way, on both engines, with the same errors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import BindParameter, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from listserv.errors import StoreUnavailable
from listserv.store.engine import Database
from listserv.store.hot import Hot, HotAmong
from listserv.store.schema import contents, deadlines, networks, subscriptions
from tests.store_site import NOW, a_list, a_member, made

ABOVE: BindParameter[int] = bindparam("above")
NETWORK = {"name": "cluster", "title": "Kāhui", "domain": "lists.example.nz", "created_at": NOW}


def test_rows_have_the_types_of_their_columns(database_url: str) -> None:
    statement = select(subscriptions).where(subscriptions.c.list_id == bindparam("wanted"))
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), "mere@school.example", until=NOW + timedelta(days=1))
        plain = connection.execute(statement, {"wanted": mail_list.id}).one()
        hot = Hot(statement).first(connection, {"wanted": mail_list.id})
        assert tuple(plain) == tuple(hot)  # type: ignore[arg-type]
        assert plain._fields == hot._fields  # type: ignore[union-attr]
        assert hot.until == NOW + timedelta(days=1)  # type: ignore[union-attr]
        assert hot.own_copy is True  # type: ignore[union-attr]


def test_it_writes_changes_and_counts(database_url: str) -> None:
    rename = Hot(update(networks).where(networks.c.name == bindparam("called")).values(title=bindparam("new_title")))
    with made(database_url) as database:
        with database.begin() as connection:
            number = Hot(insert(networks).returning(networks.c.id)).scalar(connection, NETWORK)
            assert rename.run(connection, {"called": "cluster", "new_title": "Ngā kura"}) == 1
            assert rename.run(connection, {"called": "nobody", "new_title": "x"}) == 0
        with database.read() as connection:
            row = connection.execute(select(networks)).one()
            assert (row.id, row.title, row.created_at) == (number, "Ngā kura", NOW)


def test_constants_and_octets(database_url: str) -> None:
    octets = bytes(range(256))
    found = Hot(select(contents.c.octets).where(contents.c.hash == b"\x00\xff", contents.c.id > bindparam("above")))
    with made(database_url) as database, database.begin() as connection:
        Hot(insert(contents)).run(connection, {"hash": b"\x00\xff", "octets": octets})
        assert bytes(found.scalar(connection, {"above": 0})) == octets  # type: ignore[arg-type]
        assert found.scalar(connection, {"above": 10**6}) is None


def test_it_is_undone_with_its_transaction(database_url: str) -> None:
    with made(database_url) as database:
        with pytest.raises(RuntimeError), database.begin() as connection:
            Hot(insert(networks)).run(connection, NETWORK)
            raise RuntimeError
        with database.read() as connection:
            assert Hot(select(networks.c.id)).rows(connection, {}) == []


def test_errors_are_those_of_sqlalchemy(database_url: str) -> None:
    insert_one = Hot(insert(networks))
    with made(database_url) as database:
        with pytest.raises(IntegrityError), database.begin() as connection:
            insert_one.run(connection, NETWORK)
            insert_one.run(connection, NETWORK)
        with pytest.raises((DBAPIError, StoreUnavailable)), database.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE deadline RENAME TO other")
            Hot(delete(deadlines)).run(connection, {})


def test_reading_in_a_snapshot_sees_one_state(database_url: str) -> None:
    count = Hot(select(networks.c.id))
    with made(database_url) as database, database.read() as reader:
        assert count.rows(reader, {}) == []
        _add_one(database)
        assert count.rows(reader, {}) == []


def _add_one(database: Database) -> None:
    with database.begin() as connection:
        Hot(insert(networks)).run(connection, NETWORK)


@pytest.mark.parametrize("count", [0, 1, 3, 20, 499, 501, 1203])
def test_any_number_of_values_is_asked_for_and_written(database_url: str, count: int) -> None:
    beyond = HotAmong(lambda hashes: select(contents.c.hash).where(contents.c.hash.in_(hashes), contents.c.id > ABOVE))
    change = HotAmong(lambda hashes: update(contents).where(contents.c.hash.in_(hashes)).values(octets=b"changed"))
    wanted = [b"%d" % number for number in range(count)]
    with made(database_url) as database, database.begin() as connection:
        Hot(insert(contents)).run_each(connection, [{"hash": each, "octets": b""} for each in [*wanted, b"other"]])
        assert sorted(row.hash for row in beyond.rows(connection, wanted, {"above": 0})) == sorted(wanted)
        assert beyond.rows(connection, wanted, {"above": 10**6}) == []
        change.run(connection, wanted)
        left = connection.execute(select(contents.c.hash).where(contents.c.octets == b"")).scalars().all()
        assert left == [b"other"]
