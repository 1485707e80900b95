"""What reads sees one moment of the database and changes nothing, on SQLite as on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from listserv.errors import StoreUnavailable
from listserv.store.schema import networks
from tests.store_site import NOW, made

ROW = {"name": "n", "title": "n", "domain": "n", "created_at": NOW}
COUNT = select(func.count()).select_from(networks)


def test_what_reads_cannot_write(database_url: str) -> None:
    with made(database_url) as database:
        with pytest.raises((StoreUnavailable, DBAPIError)), database.read() as connection:
            connection.execute(insert(networks).values(**ROW))
        with database.begin() as connection:  # the same connection writes again, where readers and writers share them
            connection.execute(insert(networks).values(**ROW))
        with database.read() as connection:
            assert connection.execute(COUNT).scalar_one() == 1


def test_what_reads_sees_one_moment(database_url: str) -> None:
    with made(database_url) as database:
        with database.read() as reader:
            assert reader.execute(COUNT).scalar_one() == 0
            with database.begin() as writer:
                writer.execute(insert(networks).values(**ROW))
            assert reader.execute(COUNT).scalar_one() == 0
        with database.read() as reader:
            assert reader.execute(COUNT).scalar_one() == 1
