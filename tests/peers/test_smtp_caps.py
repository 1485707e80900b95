"""What no client of the mail edge can overdo: size, number, time, memory; and that honest clients do not notice."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from typing import Literal

import pytest

from tests.peers.smtp_edge import MAIL, MailEdge

Protocol = Literal["smtp", "lmtp"]
HEADER = b"From: ann@example.com\r\nSubject: kia ora\r\n\r\n"


@pytest.fixture(params=["smtp", "lmtp"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return "lmtp" if request.param == "lmtp" else "smtp"


@pytest.fixture
def edge(protocol: Protocol) -> Iterator[MailEdge]:
    with MailEdge(protocol) as edge:
        yield edge


def test_a_declared_size_is_refused_at_mail(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        assert client.say(f"{MAIL} SIZE=26214401").startswith("552 5.3.4")
        assert client.say(f"{MAIL} SIZE=26214400").startswith("250")


def test_an_undeclared_size_is_refused_at_the_end(protocol: Protocol) -> None:
    with MailEdge(protocol, message_octets=100_000, overrun_octets=50_000) as edge:
        with edge.ready_client() as client:
            assert client.deliver(b"x" * 99_998 + b"\r\n").startswith("250")
            assert client.deliver(b"x" * 99_999 + b"\r\n").startswith("552 5.3.4")
            assert client.deliver(b"x" * 140_000 + b"\r\n").startswith("552 5.3.4")
            assert client.deliver(HEADER).startswith("250")
        assert [len(content) for content in edge.receiver.contents] == [100_000, len(HEADER)]


def test_a_flood_behind_the_size_is_cut_off(protocol: Protocol) -> None:
    with MailEdge(protocol, message_octets=100_000, overrun_octets=50_000) as edge, edge.ready_client() as client:
        client.begin()
        client.send(b"x" * 64_000_000)
        assert [reply[:9] for reply in client.rest()] in (["552 5.3.4"], [])
        assert edge.receiver.taken == []


def _peak_octets() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_thirty_megabytes_of_empty_lines_cost_about_nothing(edge: MailEdge) -> None:
    before = _peak_octets()
    began = time.monotonic()
    lines = b"\r\n" * 512
    with edge.ready_client() as client:
        client.begin()
        for _ in range(30 * 1024):
            client.send(lines)
        client.send(b".\r\n")
        assert client.reply().startswith("552 5.3.4")
    assert time.monotonic() - began < 5
    assert _peak_octets() - before < 100 * 2**20


def test_others_are_served_while_one_sends_empty_lines(edge: MailEdge) -> None:
    def flood() -> None:
        with edge.ready_client() as client:
            for _ in range(3):
                client.begin()
                client.send(b"\r\n" * 10_000_000 + b".\r\n")
                client.reply()

    flooding = threading.Thread(target=flood)
    flooding.start()
    slowest = 0.0
    while flooding.is_alive():
        began = time.monotonic()
        with edge.ready_client() as client:
            assert client.deliver(HEADER).startswith("250")
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 1


def test_a_message_to_a_thousand_and_the_rest_later(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.say(MAIL)
        client.send(b"".join(f"RCPT TO:<r{n}@example.org>\r\n".encode() for n in range(1_030)))
        replies = [client.reply() for _ in range(1_030)]
        assert {reply[:3] for reply in replies[:1_000]} == {"250"}
        assert {reply[:9] for reply in replies[1_000:]} == {"452 4.5.3"}
        assert client.say("DATA").startswith("354")
        client.send(HEADER + b".\r\n")
        answers = 1_000 if edge.protocol == "lmtp" else 1
        assert client.replies(answers) == ["250"] * answers
    assert len(edge.receiver.taken[0][0].recipients) == 1_000


def test_octets_held_over_all_sessions_are_bounded(protocol: Protocol) -> None:
    with (
        MailEdge(protocol, message_octets=600_000, held_octets=1_000_000) as edge,
        edge.ready_client() as first,
        edge.ready_client() as second,
    ):
        first.begin()
        first.send(b"x" * 550_000)
        while edge.server.terms.held.now < 500_000:
            time.sleep(0.01)
        assert second.say(f"{MAIL} SIZE=590000").startswith("452 4.3.1")
        assert second.deliver(b"y" * 590_000 + b"\r\n").startswith("452 4.3.1")
        first.send(b"\r\n.\r\n")
        assert first.reply().startswith("250")
        assert second.deliver(b"y" * 590_000 + b"\r\n").startswith("250")


def test_the_real_number_of_connections_of_one_client(edge: MailEdge) -> None:
    clients = [edge.client() for _ in range(256)]
    assert {client.reply()[:3] for client in clients} == {"220"}
    with edge.client() as surplus:
        assert surplus.reply().startswith("421 4.7.0")
        assert surplus.rest() == []
    clients.pop().close()
    assert _eventually_greeted(edge)
    for client in clients:
        client.close()


def _eventually_greeted(edge: MailEdge) -> bool:
    """A slot is free once the edge has seen the other go, which a client cannot see."""
    for _ in range(100):
        with edge.client() as client:
            if client.reply().startswith("220"):
                return True
        time.sleep(0.02)
    return False


def test_connections_of_all_clients_are_bounded(protocol: Protocol) -> None:
    with (
        MailEdge(protocol, connections_total=2) as edge,
        edge.ready_client(),
        edge.ready_client(),
        edge.client() as third,
    ):
        assert third.reply().startswith("421 4.3.2")


def test_twenty_refused_commands_and_no_more(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        assert {client.say("BOGUS")[:9] for _ in range(20)} == {"500 5.5.1"}
        assert client.say("NOOP").startswith("250")
        assert client.say("BOGUS").startswith("421 4.7.0")
        assert client.rest() == []


@pytest.mark.parametrize("content", [HEADER, HEADER + b"bare\n\r\n"])
def test_a_message_taken_or_refused_starts_the_counters_anew(protocol: Protocol, content: bytes) -> None:
    with MailEdge(protocol, refused_commands=3, commands_without_message=9) as edge, edge.ready_client() as client:
        for _ in range(10):
            assert {client.say("BOGUS")[:3] for _ in range(3)} == {"500"}
            assert {client.say("NOOP")[:3] for _ in range(3)} == {"250"}
            assert client.deliver(content)[:3] in ("250", "550")


def test_no_number_of_messages_is_too_many(protocol: Protocol) -> None:
    with MailEdge(protocol, commands_without_message=5, session_idle_seconds=0.6) as edge:
        with edge.ready_client() as client:
            for _ in range(40):
                assert client.deliver(HEADER).startswith("250")
                time.sleep(0.02)
        assert len(edge.receiver.taken) == 40


def test_a_thousand_commands_without_a_message(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.send(b"NOOP\r\n" * 20_000)
        replies = client.rest()
    assert {reply[:3] for reply in replies[:-1]} == {"250"}
    assert len(replies) == 1_000
    assert replies[-1].startswith("421 4.7.0")


def test_refused_recipients_end_the_session(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.say(MAIL)
        assert {client.say(f"RCPT TO:<guess{n}@example.com>")[:9] for n in range(20)} == {"550 5.1.1"}
        assert client.say("RCPT TO:<guess@example.com>").startswith("421 4.7.0")


def test_a_long_command_is_refused_and_an_endless_one_cut_off(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        assert client.say("NOOP " + "x" * 5_000).startswith("500 5.5.6")
        assert client.say("NOOP " + "x" * 4_000).startswith("250")
        client.send(b"NOOP " + b"x" * 64_000_000)
        assert [reply[:9] for reply in client.rest()] in (["421 4.7.0"], [])


# -- patience


def test_a_silent_client_is_told_and_closed(protocol: Protocol) -> None:
    with MailEdge(protocol, idle_seconds=0.3) as edge, edge.ready_client() as client:
        assert [reply[:9] for reply in client.rest()] == ["421 4.4.2"]


def test_a_command_in_drops_does_not_prolong_the_wait(protocol: Protocol) -> None:
    with MailEdge(protocol, idle_seconds=0.5) as edge, edge.ready_client() as client:
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            client.send(b"N")
            time.sleep(0.1)
        assert [reply[:9] for reply in client.rest()] == ["421 4.4.2"]


def test_noops_alone_do_not_keep_a_session(protocol: Protocol) -> None:
    with MailEdge(protocol, session_idle_seconds=0.5) as edge, edge.ready_client() as client:
        began = time.monotonic()
        while time.monotonic() - began < 5 and client.say("NOOP").startswith("250"):
            time.sleep(0.1)
        assert 0.3 < time.monotonic() - began < 2


def test_content_in_drops_is_waited_for_but_not_for_ever(protocol: Protocol) -> None:
    with MailEdge(protocol, data_idle_seconds=0.5, data_total_seconds=1.2) as edge, edge.ready_client() as client:
        client.begin()
        for _ in range(8):
            client.send(b"a")
            time.sleep(0.1)
        client.send(b"\r\n.\r\n")
        assert client.reply().startswith("250")
        client.begin()
        began = time.monotonic()
        while len(edge.server.terms.connections) and time.monotonic() - began < 4:
            client.send(b"a")
            time.sleep(0.1)
        assert 1 < time.monotonic() - began < 3
        assert [reply[:9] for reply in client.rest()] == ["421 4.4.2"]
        assert edge.receiver.contents == [b"a" * 8 + b"\r\n"]


def test_silence_in_a_content_is_told_and_closed(protocol: Protocol) -> None:
    with MailEdge(protocol, data_idle_seconds=0.3) as edge, edge.ready_client() as client:
        client.begin()
        client.send(HEADER)
        began = time.monotonic()
        assert [reply[:9] for reply in client.rest()] == ["421 4.4.2"]
        assert time.monotonic() - began < 2


def test_a_client_that_does_not_listen_is_left(protocol: Protocol) -> None:
    with MailEdge(protocol, idle_seconds=0.5, recipients=1) as edge, edge.ready_client() as client:
        client.say(MAIL)
        client.socket.settimeout(0.5)
        with pytest.raises((TimeoutError, OSError)):
            while True:
                client.socket.sendall(b"RCPT TO:<list@example.org>\r\n" * 10_000)
        began = time.monotonic()
        while len(edge.server.terms.connections):
            assert time.monotonic() - began < 9
            time.sleep(0.05)
