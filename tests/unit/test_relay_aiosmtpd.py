"""The relay client against a server written by others: aiosmtpd, which announces no PIPELINING."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from listserv.outbound.relay import Submission
from listserv.outbound.relay_smtp import SmtpRelay
from tests.handed import handed
from tests.servers.private import free_port


class _Inbox:
    """Takes everything but mail for gone@."""

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, list[str], bytes]] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address.startswith("gone@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del server, session
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 ok"


@pytest.fixture
def server() -> Iterator[Controller]:
    controller = Controller(
        _Inbox(), hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True, data_size_limit=10_000
    )
    controller.start()
    yield controller
    controller.stop()


def test_copies_arrive_and_refusals_are_heard(server: Controller) -> None:
    copies = [
        Submission("b+1@x.nz", ("a@x.nz", "gone@x.nz"), b"Subject: 1\r\n\r\n.dot\r\n..\r\n"),
        Submission("", ("gone@x.nz",), b"Subject: 2\r\n\r\n"),
        Submission("b+3@x.nz", ("kōrero@kura.nz",), "Subject: pātai\r\n\r\n".encode(), eight_bit=True),
        Submission("b+4@x.nz", ("c@x.nz",), b"x" * 900 + b"\r\n" + b"y" * 10_000),
    ]
    with closing(SmtpRelay("127.0.0.1", server.port, helo_name="x.nz", timeout_scale=0.05)) as relay:
        outcomes = [[outcome.state for outcome in each] for _, each in handed(relay, copies)]
    assert outcomes == [["taken", "never"], ["never"], ["taken"], ["never"]]
    assert server.handler.taken == [
        ("b+1@x.nz", ["a@x.nz"], copies[0].content),
        ("b+3@x.nz", ["kōrero@kura.nz"], copies[2].content),
    ]
