"""The writer: each job its own SAVEPOINT, one COMMIT for all, each caller her own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from listserv.errors import StoreUnavailable
from listserv.store.engine import Connection, Database, lock_list
from listserv.store.lists import get_list
from listserv.store.people import recipient_set
from listserv.store.schema import networks
from listserv.store.writer import FLUSH_SECONDS, Writer
from tests.store_site import NOW, a_list, a_member, made


def add(name: str) -> Callable[[Connection], str]:
    def job(connection: Connection) -> str:
        connection.execute(insert(networks).values(name=name, title=name, domain=name, created_at=NOW))
        return name

    return job


def names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(networks.c.name)).scalars())


def test_each_caller_gets_her_own_value(database_url: str) -> None:
    with made(database_url) as database:
        writer = Writer(database)
        futures = [writer.submit(add(f"n{number}")) for number in range(300)]
        assert [future.result() for future in futures] == [f"n{number}" for number in range(300)]
        assert names(database) == {f"n{number}" for number in range(300)}
        writer.close()


def test_a_failing_job_takes_nobody_along_and_leaves_nothing(database_url: str) -> None:
    def broken(connection: Connection) -> None:
        connection.execute(insert(networks).values(name="broken", title="", domain="", created_at=NOW))
        raise ValueError("after writing")

    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(insert(networks).values(name="twice", title="", domain="", created_at=NOW))

    with made(database_url) as database:
        writer = Writer(database)
        gate = threading.Event()
        writer.submit(lambda _connection: gate.wait(5))  # the next four share one group
        before = writer.submit(add("before"))
        failing, clashing = writer.submit(broken), writer.submit(twice)
        after = writer.submit(add("after"))
        gate.set()
        assert before.result() == "before"
        assert after.result() == "after"
        with pytest.raises(ValueError, match="after writing"):
            failing.result()
        assert clashing.exception() is not None
        assert names(database) == {"before", "after"}
        writer.close()


@pytest.mark.parametrize("alone", [False, True])
def test_what_a_failed_job_read_of_its_own_change_is_forgotten(database_url: str, alone: bool) -> None:
    """Its version of the list is given to the next change: who was never a member must get no copy."""

    def broken(connection: Connection) -> None:
        recipient_set(connection, a_member(connection, get_list(connection, "english"), "never@school.example"))
        raise ValueError("after a member was added and the copies were counted")

    def recipients(connection: Connection) -> set[str]:
        mail_list = a_member(connection, get_list(connection, "english"), "mere@school.example")
        return set(recipient_set(connection, mail_list).by_key)

    with made(database_url) as database:
        writer = Writer(database)
        writer.run(a_list)
        with pytest.raises(ValueError, match="after a member"):
            writer.run(broken) if alone else writer.submit(broken).result()
        assert writer.submit(recipients).result() == {"mere@school.example"}
        writer.close()


def test_neighbours_in_a_group_see_each_other(database_url: str) -> None:
    with made(database_url) as database:
        writer = Writer(database)
        gate = threading.Event()
        writer.submit(lambda _connection: gate.wait(5))
        writer.submit(add("first"))
        count = writer.submit(
            lambda connection: connection.execute(select(func.count()).select_from(networks)).scalar()
        )
        gate.set()
        assert count.result() == 1
        writer.close()


def test_nothing_is_answered_before_the_commit(database_url: str) -> None:
    with made(database_url) as database:
        writer = Writer(database)
        future = writer.submit(add("kept"))
        future.result()
        assert names(database) == {"kept"}
        writer.close()


def test_after_close_a_job_is_refused_for_now(database_url: str) -> None:
    with made(database_url) as database:
        writer = Writer(database)
        writer.close()
        with pytest.raises(StoreUnavailable):
            writer.submit(add("late")).result()


def test_a_job_that_comes_in_behind_the_last_one_is_refused_and_not_forgotten(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer closes between its caller's look at `closed` and the job's place in the row."""
    with made(database_url) as database:
        writer = Writer(database)
        row = writer._jobs

        class Late:
            def __getattr__(self, name: str) -> Any:
                return getattr(row, name)

            def put(self, job: Any) -> None:
                writer.close()  # which puts the end of the row, and does nothing when it has been done
                row.put(job)

        monkeypatch.setattr(writer, "_jobs", Late())
        with pytest.raises(StoreUnavailable, match="stopping"):
            writer.submit(add("late")).result(timeout=5)
        assert names(database) == set()


def test_a_full_disk_is_temporary_and_mends_itself(tmp_path: object) -> None:
    with made(f"sqlite:///{tmp_path}/full.db") as database:
        writer = Writer(database)
        writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
        large = "x" * 2_000_000

        def fill(connection: Connection) -> None:
            connection.execute(insert(networks).values(name="big", title=large, domain="", created_at=NOW))

        with pytest.raises(StoreUnavailable, match="disk is full"):
            writer.submit(fill).result()
        assert names(database) == set()
        # The connection that hit the limit was thrown away or can be told that there is room again.
        writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
        writer.submit(fill).result()
        assert names(database) == {"big"}
        writer.close()


@pytest.mark.postgres
def test_a_deadlock_with_another_node_is_tried_again(postgres: str) -> None:
    def both(first: int, second: int, gate: threading.Barrier) -> Callable[[Connection], int]:
        def job(connection: Connection) -> int:
            lock_list(connection, first)
            if not gate.broken:
                with suppress(threading.BrokenBarrierError):
                    gate.wait(5)
            lock_list(connection, second)
            return first

        return job

    with made(postgres) as database:
        gate = threading.Barrier(2, timeout=5)
        nodes = [Writer(database), Writer(database)]
        futures = [nodes[0].submit(both(1, 2, gate)), nodes[1].submit(both(2, 1, gate))]
        threading.Timer(2.0, gate.abort).start()
        assert [future.result(timeout=30) for future in futures] == [1, 2]
        for node in nodes:
            node.close()


def test_who_waits_writes_by_himself_and_never_at_the_same_time_as_another(database_url: str) -> None:
    with made(database_url) as database:
        writer = Writer(database)
        threads, inside, most = set(), [0], [0]

        def job(_connection: Connection) -> None:
            threads.add(threading.get_ident())
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            inside[0] -= 1

        writer.run(job)
        assert threads == {threading.get_ident()}
        callers = [threading.Thread(target=lambda: [writer.run(job) for _ in range(10)]) for _ in range(4)]
        for caller in callers:
            caller.start()
        submitted = [writer.submit(job) for _ in range(10)]
        for caller in callers:
            caller.join()
        assert [each.result() for each in submitted] == [None] * 10
        assert most == [1]
        writer.close()
        with pytest.raises(StoreUnavailable):
            writer.run(job)


def test_only_a_lazy_job_soon_after_another_commit_waits_for_no_disk(tmp_path: Path) -> None:
    def waits(connection: Connection) -> bool:
        return bool(connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2)

    with made(f"sqlite:///{tmp_path / 'listserv.db'}") as database:
        writer = Writer(database)
        assert writer.run(waits, lazily=True), "nothing has been flushed yet"
        assert not writer.run(waits, lazily=True)
        assert writer.run(waits)
        assert writer.submit(waits).result()
        assert not writer.run(waits, lazily=True)
        time.sleep(FLUSH_SECONDS * 1.5)
        assert writer.run(waits, lazily=True)
        writer.close()
