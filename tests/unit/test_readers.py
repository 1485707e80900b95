"""What reads sees one moment of the database and changes nothing, on SQLite as on PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from listserv.errors import StoreUnavailable
from listserv.store.engine import Checkpointer
from listserv.store.schema import networks
from tests.store_site import NOW, made

ROW = {"name": "n", "title": "n", "domain": "n", "created_at": NOW}
COUNT = select(func.count()).select_from(networks)


def test_what_reads_cannot_write(database_url: str) -> None:
    with made(database_url) as database:
        with pytest.raises((StoreUnavailable, DBAPIError)), database.read() as connection:
            connection.execute(insert(networks).values(**ROW))
        with database.begin() as connection:
            connection.execute(insert(networks).values(**ROW))
        with database.read() as connection:
            assert connection.execute(COUNT).scalar_one() == 1


def test_a_fault_that_is_new_does_not_end_the_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when all readers are taken for half a minute: the log would grow from then on."""
    again = threading.Event()
    faults: list[Exception] = [TimeoutError("no reader is free")]

    def checkpoint() -> None:
        if faults:
            raise faults.pop()
        again.set()

    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database:
        monkeypatch.setattr(database, "checkpoint", checkpoint)
        checkpointer = Checkpointer(database, every_seconds=0.01)
        checkpointer.start()
        assert again.wait(5)
        checkpointer.stop()
    assert "no reader is free" in caplog.text


def test_what_reads_sees_one_moment(database_url: str) -> None:
    with made(database_url) as database:
        with database.read() as reader:
            assert reader.execute(COUNT).scalar_one() == 0
            with database.begin() as writer:
                writer.execute(insert(networks).values(**ROW))
            assert reader.execute(COUNT).scalar_one() == 0
        with database.read() as reader:
            assert reader.execute(COUNT).scalar_one() == 1
