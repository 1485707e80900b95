"""Each word a client may or may not say to the mail edge, and the answer to it."""

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


def test_a_web_page_that_posts_is_closed_without_a_word(edge: MailEdge) -> None:
    talk = f"{edge.hello}\r\n{MAIL}\r\n{RCPT}\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"
    requests = [
        "POST /",
        "GET /",
        "HEAD /",
        "PUT /",
        "OPTIONS *",
        "CONNECT a:25",
        "post /",
        "PRI *",
        "POST /" + "x" * 5_000,
    ]
    for request in requests:
        with edge.client() as client:
            client.send(f"{request} HTTP/1.1\r\nHost: mx\r\nContent-Length: 200\r\n\r\n{talk}".encode())
            assert [reply[:3] for reply in client.rest()] in (["220"], [])
    assert edge.receiver.routed == []
    assert edge.receiver.taken == []


@pytest.mark.parametrize(
    "line",
    [
        b"MAIL FROM:<ann\0@example.com>",
        b"MAIL FROM:<ann\x01@example.com>",
        b"MAIL FROM:<ann@example.com>\rRCPT TO:<list@example.org>",
        b"NOOP\n",
        b"NOOP\nNOOP",
        b"\0",
        b"",
        b" NOOP",
        b"NOOP\t",
        b"MAIL FROM:<\xff\xfe@example.com>",
        b"\x16\x03\x01\x00\x05hello",
        "ſTARTTLS".encode(),
        "RſET".encode(),
    ],
)
def test_commands_that_are_none_are_refused(edge: MailEdge, line: bytes) -> None:
    with edge.ready_client() as client:
        client.send(line + b"\r\n")
        codes = client.replies(1 + line.count(b"\n"))
        assert codes[0] == "500"
        assert client.say(RCPT).startswith("503"), "nothing of the line was obeyed"


def test_a_command_must_end_in_crlf(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.send(b"MAIL FROM:<ann@example.com>\nNOOP\r\n")
        assert client.reply().startswith("500 5.5.2")
        assert client.reply().startswith("250")
        assert client.say(RCPT).startswith("503")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("noop", "250 2.0.0"),
        ("NOOP whatever you say", "250 2.0.0"),
        ("RSET ", "250 2.0.0"),
        ("RSET now", "501 5.5.4"),
        ("QUIT now", "501 5.5.4"),
        ("HELP", "214 2.0.0"),
        ("HELP MAIL", "214 2.0.0"),
        ("VRFY ann", "252 2.5.2"),
        ("VRFY", "501 5.5.4"),
        ("EXPN list", "502 5.5.1"),
        ("AUTH PLAIN AGFubgBzZWNyZXQ=", "502 5.5.1"),
        ("STARTTLS", "502 5.5.1"),
        ("BDAT 5 LAST", "500 5.5.1"),
        ("XCLIENT ADDR=192.0.2.1", "500 5.5.1"),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 1 2", "500 5.5.1"),
        ("TURN", "500 5.5.1"),
        ("smtp_mail", "500 5.5.1"),
        ("DATA", "503 5.5.1"),
        (RCPT, "503 5.5.1"),
        ("MAIL", "501 5.5.4"),
        ("MAIL FROM:", "501 5.1.7"),
        ("MAIL FROM:ann@example.com", "501 5.1.7"),
        ("MAIL FROM:<ann@example.com> SIZE=12x", "501 5.5.4"),
        ("MAIL FROM:<ann@example.com> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<ann@example.com> XYZZY=1", "555 5.5.4"),
        ("MAIL FROM:<> BODY=8BITMIME SMTPUTF8 SIZE=10 RET=HDRS ENVID=a+20b", "250 2.1.0"),
        ("mail from: <ann@example.com>", "250 2.1.0"),
    ],
)
def test_the_answer_to_each_command(edge: MailEdge, line: str, answer: str) -> None:
    with edge.ready_client() as client:
        assert client.say(line)[:9] == answer


def test_the_order_of_commands_is_kept(edge: MailEdge) -> None:
    with edge.client() as client:
        client.reply()
        assert client.say(MAIL).startswith("503 5.5.1")
        assert client.say(edge.hello).startswith("250")
        assert client.say(MAIL).startswith("250 2.1.0")
        assert client.say(MAIL).startswith("503 5.5.1")
        assert client.say("DATA").startswith("503 5.5.1")
        assert client.say("RCPT TO:<nobody@example.com>").startswith("550 5.1.1")
        refusal = "503 5.5.1" if edge.protocol == "lmtp" else "554 5.5.1"
        assert client.say("DATA").startswith(refusal)
        assert client.say(RCPT).startswith("250")
        assert client.say("DATA at once").startswith("501 5.5.4")
        assert client.say("RSET").startswith("250")
        assert client.say("DATA").startswith("503 5.5.1")
        assert client.say(MAIL).startswith("250")
        assert client.say(edge.hello).startswith("250")
        assert client.say(RCPT).startswith("503 5.5.1")


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "x" * 400,
        "client\rX-Injected:.yes",
        "client\0",
        "two words",
        "",
        "a;b",
        '"quoted"',
        "(comment)",
        "a\x85b",
        "ann@example.com",
    ],
)
def test_a_client_name_that_is_none(edge: MailEdge, name: str) -> None:
    with edge.client() as client:
        client.reply()
        assert client.say(edge.hello.split()[0] + " " + name)[:3] in ("500", "501")
        assert client.say(MAIL).startswith("503")


@pytest.mark.parametrize(
    "name", ["localhost", "WIN_PC-7", "[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", "mānuka.nz"]
)
def test_a_client_name_reaches_the_envelope(edge: MailEdge, name: str) -> None:
    with edge.client() as client:
        client.reply()
        assert client.say(edge.hello.split()[0] + " " + name).startswith("250")
        assert client.deliver(HEADER).startswith("250")
    assert edge.receiver.taken[0][0].helo == name


@pytest.mark.parametrize(
    "path",
    [
        "<>",
        "<@>",
        "<list>",
        "<list@>",
        "<@example.org>",
        "<list@example.org",
        "list@example.org",
        "<list@example.org>x",
        "<list@example..org>",
        "<list@.example.org>",
        "<list@example.org.>",
        "<li st@example.org>",
        "<list@@example.org>",
        "<list@example.org@example.org>",
        '<"list@example.org>',
        "<li\u2028st@example.org>",
        "<li\u200bst@example.org>",
        "<" + "x" * 300 + "@example.org>",
        "<list@" + "x" * 300 + ".example.org>",
        "<list@example.org,other@example.org>",
        "<list@example.org> NOTIFY",
        "<list@example.org> XYZZY=1",
        "<list@example.org> NOTIFY=NEVER NOTIFY=NEVER",
    ],
)
def test_an_absurd_recipient_is_not_even_routed(edge: MailEdge, path: str) -> None:
    with edge.ready_client() as client:
        client.say(MAIL)
        reply = client.say(f"RCPT TO:{path}")
        if path.endswith(" NOTIFY"):
            assert reply.startswith("250"), "an ignored parameter"
        else:
            assert reply[:3] in ("501", "555")
            assert edge.receiver.routed == []


@pytest.mark.parametrize(
    ("path", "recipient"),
    [
        ("<list@example.org>", "list@example.org"),
        (" <List+Token@Example.org>", "List+Token@Example.org"),
        ("<@a.example,@b.example:list@example.org>", "list@example.org"),
        ('<"a b>\\" @c"@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@b.example', '"a b>\\" @c"@example.org'),
        ("<a..b.@example.org>", "a..b.@example.org"),
        ("<pātai@example.org>", "pātai@example.org"),
        ("<Postmaster>", "postmaster"),
        ("<" + "v" * 200 + "@example.org>", "v" * 200 + "@example.org"),
    ],
)
def test_a_recipient_arrives_as_it_was_spelt(edge: MailEdge, path: str, recipient: str) -> None:
    with edge.ready_client() as client:
        client.say(MAIL)
        assert client.say(f"RCPT TO:{path}").startswith("250")
    assert [name for name, _ in edge.receiver.routed] == [recipient]


def test_an_address_literal_is_left_to_the_route(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.say("MAIL FROM:<ann@[192.0.2.1]>")
        assert client.say("RCPT TO:<list@[IPv6:::1]>").startswith("550 5.1.1")
    assert edge.receiver.routed[0][0] == "list@[IPv6:::1]"


def test_the_route_hears_what_is_known_so_far(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        client.say("MAIL FROM:<> SMTPUTF8")
        client.say("RCPT TO:<a@example.org>")
        client.say("RCPT TO:<pātai@example.net>")
        assert client.say("RCPT TO:<nobody-ū@example.net>") == "550 5.1.1 No group has the address nobody-ū@example.net"
    envelope = edge.receiver.routed[-1][1]
    assert envelope.recipients == ("a@example.org",)
    assert (envelope.return_path, envelope.peer, envelope.helo) == ("", "127.0.0.1", "client.example.com")
    assert (envelope.protocol, envelope.tls) == (edge.protocol, False)


def test_the_greeting_names_us_and_not_our_tools(edge: MailEdge) -> None:
    with edge.client() as client:
        greeting = client.reply()
        offers = client.say(edge.hello).splitlines()
    assert greeting.startswith("220 mx.example.org ")
    assert "ython" not in greeting + "".join(offers)
    assert offers[0] == "250-mx.example.org"
    assert {line[4:] for line in offers[1:]} == {
        "SIZE 26214400",
        "8BITMIME",
        "SMTPUTF8",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
        "HELP",
    }
