"""The mail edge with real clients: smtplib with and without TLS, SMTPUTF8, LMTP; and on uvloop."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from types import ModuleType
from typing import Literal

import pytest
import trustme

from tests.peers.smtp_edge import HOSTNAME, MAIL, RCPT, MailEdge

CONTENT = b"Subject: kia ora\r\n\r\n.a dot\r\n\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOSTNAME, "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def _uvloop() -> asyncio.AbstractEventLoop:
    uvloop: ModuleType = pytest.importorskip("uvloop")
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


@pytest.fixture(params=[asyncio.new_event_loop, _uvloop], ids=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    function: Callable[[], asyncio.AbstractEventLoop] = request.param
    return function


@pytest.fixture
def edge(server_tls: ssl.SSLContext, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Iterator[MailEdge]:
    with MailEdge(tls=server_tls, new_loop=new_loop) as edge:
        yield edge


def test_smtplib_delivers_in_clear_and_in_tls(edge: MailEdge, client_tls: ssl.SSLContext) -> None:
    with smtplib.SMTP("127.0.0.1", edge.port, timeout=10) as client:
        client.sendmail("ann@example.com", ["list@example.org"], CONTENT)
        client.starttls(context=client_tls)
        client.sendmail("ann@example.com", ["list@example.org", "other@example.org"], CONTENT)
    assert edge.receiver.contents == [CONTENT, CONTENT]
    assert [envelope.tls for envelope, _ in edge.receiver.taken] == [False, True]


def test_smtplib_delivers_utf8_addresses(edge: MailEdge) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "anā@example.com", "pātai@example.org", "kia ora koutou ā"
    message.set_content("tēnā koe\n")
    with smtplib.SMTP("127.0.0.1", edge.port, timeout=10) as client:
        client.send_message(message)
    envelope, octets = edge.receiver.taken[0]
    assert (envelope.return_path, envelope.recipients) == ("anā@example.com", ("pātai@example.org",))
    assert "Subject: kia ora koutou ā\r\n".encode() in octets


def test_smtplib_hears_each_refusal(edge: MailEdge) -> None:
    with smtplib.SMTP("127.0.0.1", edge.port, timeout=10) as client:
        refused = client.sendmail("ann@example.com", ["list@example.org", "nobody@example.com"], CONTENT)
        assert refused == {"nobody@example.com": (550, b"5.1.1 No group has the address nobody@example.com")}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("ann@example.com", ["nobody@example.com"], CONTENT)
        with pytest.raises(smtplib.SMTPSenderRefused) as too_big:
            client.sendmail("ann@example.com", ["list@example.org"], b"x" * 26_214_401)
        assert too_big.value.smtp_code == 552
    assert len(edge.receiver.taken) == 1


def test_smtplib_speaks_lmtp(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with MailEdge("lmtp", new_loop=new_loop) as edge, smtplib.LMTP("127.0.0.1", edge.port) as client:
        assert client.sendmail("ann@example.com", ["list@example.org", "nobody@example.com"], CONTENT)
        assert client.sendmail("ann@example.com", ["list@example.org"], CONTENT) == {}
        assert edge.receiver.contents == [CONTENT, CONTENT]


@pytest.mark.postfix
@pytest.mark.parametrize("options", [[], ["-d"], ["-r", "5"], ["-d", "-r", "5"]])
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_postfix_generator_of_load_is_served(protocol: Literal["smtp", "lmtp"], options: list[str]) -> None:
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("smtp-source is not installed (make test-servers)")
    with MailEdge(protocol) as edge:
        words = ["-s", "8", "-m", "200", "-l", "4096", "-f", "ann@example.com", "-t", "list@example.org", *options]
        words += ["-L"] if protocol == "lmtp" else []
        subprocess.run([program, *words, f"127.0.0.1:{edge.port}"], check=True, timeout=60)
        assert len(edge.receiver.taken) == 200
        assert {len(envelope.recipients) for envelope, _ in edge.receiver.taken} == {5 if "-r" in options else 1}


def test_nothing_said_in_clear_counts_in_tls(edge: MailEdge, client_tls: ssl.SSLContext) -> None:
    with edge.ready_client() as client:
        client.send(f"NOOP\r\nSTARTTLS\r\nEHLO evil.example.com\r\n{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode())
        assert client.replies(2) == ["250", "220"]
        client.start_tls(client_tls)
        assert client.say(MAIL).startswith("503 5.5.1")
        assert client.say(edge.hello).startswith("250")
        assert client.say(RCPT).startswith("503 5.5.1")
        assert "STARTTLS" not in client.say(edge.hello)
        assert client.say("STARTTLS").startswith("503 5.5.1")
        assert client.deliver(CONTENT.replace(b"\r\n.", b"\r\n..")).startswith("250")
    assert [envelope.helo for envelope, _ in edge.receiver.taken] == ["client.example.com"]


def test_what_was_begun_in_clear_is_forgotten_in_tls(edge: MailEdge, client_tls: ssl.SSLContext) -> None:
    with edge.ready_client() as client:
        assert "STARTTLS" in client.say(edge.hello)
        client.say(MAIL)
        client.say(RCPT)
        assert client.say("STARTTLS").startswith("220 2.0.0")
        client.start_tls(client_tls)
        assert client.say(edge.hello).startswith("250")
        assert client.say("DATA").startswith("503 5.5.1")


def test_a_failed_handshake_leaves_nothing_behind(edge: MailEdge) -> None:
    with edge.ready_client() as client:
        assert client.say("STARTTLS").startswith("220")
        client.send(b"this is no handshake\r\n")
        client.rest()
    with edge.ready_client() as client:
        assert client.say("STARTTLS now").startswith("501 5.5.4")
        assert client.say("STARTTLS").startswith("220")
    for _ in range(100):
        if not len(edge.server.terms.connections):
            break
        edge.run(asyncio.sleep(0.02))
    assert len(edge.server.terms.connections) == 0


def test_starttls_needs_a_name_first(edge: MailEdge) -> None:
    with edge.client() as client:
        client.reply()
        assert client.say("STARTTLS").startswith("503 5.5.1")


def test_a_pipelined_burst_on_each_loop(edge: MailEdge) -> None:
    burst = f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + b"Subject: x\r\n\r\nx\r\n.\r\n"
    with edge.ready_client() as client:
        client.send(burst * 300)
        assert client.replies(1_200) == ["250", "250", "354", "250"] * 300
    assert len(edge.receiver.taken) == 300
