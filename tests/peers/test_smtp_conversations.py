"""Where a message begins and ends in a conversation with the mail edge, whatever strangers try (RFC 5321 §4.1.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from tests.peers.smtp_edge import MAIL, RCPT, MailEdge

Protocol = Literal["smtp", "lmtp"]
HEADER = b"From: ann@example.com\r\nSubject: kia ora\r\n\r\n"


@pytest.fixture(params=["smtp", "lmtp"])
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return "lmtp" if request.param == "lmtp" else "smtp"


@pytest.fixture
def edge(protocol: Protocol) -> Iterator[MailEdge]:
    with MailEdge(protocol) as edge:
        yield edge


BARE_ENDINGS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\r.\r\n",
    b"\r\n.\r\r\n",
    b"\n\r.\n\r",
]
INNOCENT_ENDINGS = [b"\r\n..\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n .\r\n", b"\r\n. \r\n", b"\r\n.\x85\r\n"]
SMUGGLED = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<list@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nsecond\r\n"


@pytest.mark.parametrize("ending", BARE_ENDINGS)
def test_a_bare_line_end_ends_nothing_and_is_refused(edge: MailEdge, ending: bytes) -> None:
    with edge.ready_client() as client:
        assert client.deliver(HEADER + b"first" + ending + SMUGGLED).startswith("550 5.6.11 ")
        assert client.say("NOOP").startswith("250 2.0.0")
    assert edge.receiver.taken == []


@pytest.mark.parametrize("ending", INNOCENT_ENDINGS)
def test_what_only_looks_like_an_end_is_content(edge: MailEdge, ending: bytes) -> None:
    content = HEADER + b"first" + ending + SMUGGLED
    with edge.ready_client() as client:
        assert client.deliver(content).startswith("250")
        assert client.say("NOOP").startswith("250 2.0.0")
    assert edge.receiver.contents == [content.replace(b"\r\n.", b"\r\n")]


@pytest.mark.parametrize("piece", [0, 1, 3, 7])
def test_whole_transactions_in_one_go_before_the_greeting(edge: MailEdge, piece: int) -> None:
    contents = [HEADER + b"one\r\n", b"", b".dot\r\n.\r\n..two\r\n", HEADER + b"\xff\0 four\r\n"]
    talk = edge.hello.encode() + b"\r\n"
    for content in contents:
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        talk += f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + stuffed + b".\r\n"
    with edge.client() as client:
        client.send(talk + b"QUIT\r\n", piece=piece)
        assert client.replies(2) == ["220", "250"]
        assert client.replies(4 * len(contents)) == ["250", "250", "354", "250"] * len(contents)
        assert client.rest() == ["221 2.0.0 Bye"]
    assert edge.receiver.contents == contents


def test_the_answers_come_though_the_client_has_closed_its_side(edge: MailEdge) -> None:
    with edge.client() as client:
        client.send(f"{edge.hello}\r\n{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + HEADER + b".\r\n")
        client.socket.shutdown(1)
        assert client.replies(6) == ["220", "250", "250", "250", "354", "250"]
        assert client.rest() == []
    assert edge.receiver.contents == [HEADER]


def test_a_content_without_its_end_is_no_message(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.begin()
        client.send(HEADER + b"half a mes")
        client.socket.shutdown(1)
        assert client.rest() == []
    assert edge.receiver.taken == []


@pytest.mark.parametrize("size", [1_500, 1_000_000])
def test_long_lines_are_taken(edge: MailEdge, size: int) -> None:
    content = HEADER + b"x" * size + b"\r\n"
    with edge.ready_client() as client:
        assert client.deliver(content).startswith("250")
    assert edge.receiver.contents == [content]
