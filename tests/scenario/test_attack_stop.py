"""SIGTERM ends the service within fifteen seconds whatever the other side does, and what it took is kept."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

from listserv.app.server import _stop_signals
from tests.service import Service

ENGLISH = "english@lists.example.nz"
POST = f"From: anna@school.example\r\nTo: {ENGLISH}\r\nSubject: s\r\nMessage-ID: <1@x.example>\r\n\r\ntext\r\n".encode()
STOP_SECONDS = 15.0


def test_a_relay_that_never_greets_does_not_keep_the_service_from_ending(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Service(tmp_path / "site", relay_port=silent.getsockname()[1]) as service,
    ):
        service.run("list", "create", "english")
        service.run("member", "add", "english", "anna@school.example")
        service.start()
        assert service.send(POST, ENGLISH, "anna@school.example")[0] == 250
        silent.settimeout(10)
        with silent.accept()[0]:
            began = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - began < STOP_SECONDS
        assert [row["to"] for row in service.table("queue", "show")] == ["1 subscribers"]
        assert "Traceback" not in service.log.read_text("utf-8")


def test_a_terminal_that_goes_away_ends_it_in_good_order(tmp_path: Path) -> None:
    with Service(tmp_path / "site") as service:
        service.start()
        assert service.stop(signal.SIGHUP) == 0


def test_under_nohup_the_terminal_may_go_away() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert _stop_signals() == [signal.SIGTERM, signal.SIGINT]
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.SIGHUP in _stop_signals()
