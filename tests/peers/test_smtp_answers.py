"""What the receiver's answers, its faults, and a stop of the server look like to a client of the mail edge."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Literal

import pytest

from listserv.model.smtp import Envelope, Reply
from tests.peers.smtp_edge import MAIL, MailEdge, RecordingReceiver

HEADER = b"Subject: kia ora\r\n\r\n"
BOTH: list[Literal["smtp", "lmtp"]] = ["smtp", "lmtp"]


async def _mixed(envelope: Envelope, octets: bytes) -> tuple[Reply, ...]:
    if b"broken" in octets:
        raise RuntimeError("the secret of the store")
    if b"miscounted" in octets:
        return ()
    answers = Reply(250, "2.0.0", "kept"), Reply(550, "5.7.1", "not a member"), Reply(451, "4.3.0", "later")
    return answers if envelope.protocol == "lmtp" else answers[:1]


def _three_recipients(edge: MailEdge, content: bytes) -> list[str]:
    """The answers to one message to three recipients, one of them twice and one refused between them."""
    with edge.ready_client() as client:
        client.say(MAIL)
        for name in ("a@example.org", "b@example.org", "nobody@example.com", "a@example.org"):
            client.say(f"RCPT TO:<{name}>")
        client.say("DATA")
        client.send(content + b".\r\nQUIT\r\n")
        return client.rest()


def test_lmtp_says_one_answer_a_recipient_in_order() -> None:
    with MailEdge("lmtp", receiver=RecordingReceiver(answer=_mixed)) as edge:
        answers = _three_recipients(edge, HEADER)
    assert answers == ["250 2.0.0 kept", "550 5.7.1 not a member", "451 4.3.0 later", "221 2.0.0 Bye"]
    assert edge.receiver.taken[0][0].recipients == ("a@example.org", "b@example.org", "a@example.org")


def test_smtp_says_one_answer_for_all() -> None:
    with MailEdge(receiver=RecordingReceiver(answer=_mixed)) as edge:
        assert _three_recipients(edge, HEADER) == ["250 2.0.0 kept", "221 2.0.0 Bye"]


@pytest.mark.parametrize("protocol", BOTH)
@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"bare\n\r\n", "550 5.6.11"),
        (b"x" * 2_000 + b"\r\n", "552 5.3.4"),
        (b"broken\r\n", "451 4.3.0"),
        (b"miscounted\r\n", "451 4.3.0"),
    ],
)
def test_our_own_refusals_are_said_to_each_recipient_too(
    protocol: Literal["smtp", "lmtp"], content: bytes, answer: str
) -> None:
    with MailEdge(protocol, receiver=RecordingReceiver(answer=_mixed), message_octets=1_000) as edge:
        answers = _three_recipients(edge, HEADER + content)
    count = 3 if protocol == "lmtp" else 1
    assert [reply[: len(answer)] for reply in answers[:-1]] == [answer] * count
    assert answers[-1].startswith("221")


@pytest.mark.parametrize("protocol", BOTH)
def test_a_fault_of_ours_is_told_by_a_number_only(
    protocol: Literal["smtp", "lmtp"], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        MailEdge(protocol, receiver=RecordingReceiver(answer=_mixed)) as edge,
        edge.ready_client() as client,
    ):
        client.say(MAIL)
        at_rcpt = client.say("RCPT TO:<broken@example.org>")
        client.say("RSET")
        at_data = client.deliver(HEADER + b"broken\r\n")
        assert client.say("NOOP").startswith("250")
    for reply, secret in ((at_rcpt, "the secret of the route"), (at_data, "the secret of the store")):
        assert reply.startswith("451 4.3.0 ")
        assert "secret" not in reply
        number = reply.split("(")[1].split(")")[0]
        told = [record for record in caplog.records if number in record.getMessage()]
        assert len(told) == 1
        assert secret in str(told[0].exc_info)


async def _wordy(_envelope: Envelope, _octets: bytes) -> tuple[Reply, ...]:
    return (Reply(550, "5.7.1", "two\r\n250 2.0.0 lines, kāore " + "and many words " * 100),)


def test_an_answer_cannot_end_its_line_and_long_ones_are_folded() -> None:
    with MailEdge(receiver=RecordingReceiver(answer=_wordy)) as edge, edge.ready_client() as client:
        lines = client.deliver(HEADER).splitlines()
        assert client.say("NOOP").startswith("250 2.0.0 OK")
    assert lines[0].startswith("550-5.7.1 two 250 2.0.0 lines, k?ore and")
    assert len(lines) > 2
    assert all(line.startswith("550-5.7.1 ") for line in lines[:-1])
    assert lines[-1].startswith("550 5.7.1 ")
    assert max(len(line) for line in lines) <= 510


class _Slow(RecordingReceiver):
    """Takes a message once the test says `go`."""

    def __init__(self) -> None:
        super().__init__(answer=self._wait)
        self.arrived = threading.Event()
        self.go = threading.Event()

    async def _wait(self, _envelope: Envelope, _octets: bytes) -> tuple[Reply, ...]:
        self.arrived.set()
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        return (Reply(250, "2.0.0", "kept"),)


def test_a_message_under_way_is_finished_though_its_client_is_gone() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver) as edge:
        client = edge.ready_client()
        client.begin()
        client.send(HEADER + b".\r\n")
        assert receiver.arrived.wait(5)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        time.sleep(0.1)
        assert len(edge.server.terms.connections) == 1
        receiver.go.set()
        while len(edge.server.terms.connections):
            time.sleep(0.01)
        assert receiver.contents == [HEADER]


def test_the_answer_is_said_to_a_client_that_has_closed_its_side_meanwhile() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver) as edge, edge.ready_client() as client:
        client.begin()
        client.send(HEADER + b".\r\nNOOP\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert receiver.arrived.wait(5)
        time.sleep(0.1)
        receiver.go.set()
        assert [reply[:9] for reply in client.rest()] == ["250 2.0.0", "250 2.0.0"]


def test_a_slow_receiver_costs_its_client_no_patience() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver, idle_seconds=0.2, data_idle_seconds=0.2) as edge, edge.ready_client() as client:
        client.begin()
        client.send(HEADER + b".\r\n")
        time.sleep(1.5)
        receiver.go.set()
        assert client.reply().startswith("250")
        assert client.say("NOOP").startswith("250")


def test_a_slow_receiver_holds_its_client_up_instead_of_memory() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver) as edge, edge.ready_client() as client:
        client.begin()
        client.send(HEADER + b".\r\n")
        assert receiver.arrived.wait(5)
        client.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            client.socket.sendall(b"NOOP\r\n" * 10_000_000)
        receiver.go.set()


def test_a_stop_lets_transactions_finish_and_sends_the_others_away() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver) as edge:
        idle, sending, waiting = edge.ready_client(), edge.ready_client(), edge.ready_client()
        port = edge.port
        sending.begin()
        waiting.begin()
        waiting.send(HEADER + b".\r\n")
        assert receiver.arrived.wait(5)
        stopping = threading.Thread(target=lambda: edge.run(edge.server.stop(5)))
        stopping.start()
        assert [reply[:9] for reply in idle.rest()] == ["421 4.3.2"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)
        receiver.go.set()
        assert [reply[:9] for reply in waiting.rest()] == ["250 2.0.0", "421 4.3.2"]
        sending.send(HEADER + b".\r\nNOOP\r\n")
        assert [reply[:9] for reply in sending.rest()] == ["250 2.0.0", "421 4.3.2"]
        stopping.join(5)
        assert not stopping.is_alive()
        assert receiver.contents == [HEADER, HEADER]
        for client in (idle, sending, waiting):
            client.close()


def test_a_stop_waits_no_longer_than_it_is_told() -> None:
    receiver = _Slow()
    with MailEdge(receiver=receiver) as edge, edge.ready_client() as client:
        client.begin()
        client.send(HEADER + b".\r\n")
        assert receiver.arrived.wait(5)
        began = time.monotonic()
        edge.run(edge.server.stop(0.3))
        assert 0.2 < time.monotonic() - began < 2
        assert client.rest() == []
    assert receiver.taken == []
