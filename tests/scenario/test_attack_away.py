"""The database goes away under a running service, or the clock jumps: mail waits, the log stays short, all arrives."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.postgres import PostgresServer
from tests.service import Service

ENGLISH = "english@lists.example.nz"
ANNA = "anna@school.example"


def a_post(number: int) -> bytes:
    return f"From: {ANNA}\r\nSubject: s\r\nMessage-ID: <{number}@x.example>\r\n\r\ntext {number}\r\n".encode()


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def test_a_database_that_goes_away_for_a_while_costs_nothing(
    tmp_path: Path, postgres_server: PostgresServer, postgres: str
) -> None:
    with Service(tmp_path / "site", database_url=postgres) as service:
        service.run("list", "create", "english")
        service.run("member", "add", "english", ANNA)
        service.start()
        assert service.send(a_post(1), ENGLISH, ANNA)[0] == 250
        postgres_server.crash()
        try:
            assert service.send(a_post(2), ENGLISH, ANNA)[0] == 451
            assert "database" in service.run("list", "all", status=1)
            time.sleep(6)  # longer than any of the service's own rounds but the clock's
        finally:
            postgres_server.start()
        assert until(lambda: service.send(a_post(2), ENGLISH, ANNA)[0] == 250)
        assert until(lambda: len(service.delivered(ANNA)) == 2)
        assert service.stop() == 0
        assert "Traceback" not in service.log.read_text("utf-8")


@pytest.mark.parametrize("hours", [-1, 1])
def test_what_was_queued_and_claimed_by_another_clock_leaves_within_a_minute(tmp_path: Path, hours: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with Service(
            tmp_path / "site",
            relay_port=silent.getsockname()[1],
            environment={"LISTSERV_CLOCK": "2026-11-20T10:00:00+13:00"},
        ) as before:
            before.run("list", "create", "english")
            before.run("member", "add", "english", ANNA)
            before.start()
            assert before.send(a_post(1), ENGLISH, ANNA)[0] == 250
            assert until(lambda: any(row["under way"] for row in before.table("queue", "show")))
        later = {"LISTSERV_CLOCK": f"2026-11-20T{10 + hours:02}:00:00+13:00"}
        with Service(tmp_path / "site", environment=later) as after:
            after.start()
            after.send(a_post(2), ENGLISH, ANNA)
            assert until(lambda: len(after.delivered(ANNA)) == 2)
