"""TLS and passwords: verified, or not used at all."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing

import pytest
import trustme

from listserv.errors import RelayUnavailable
from listserv.outbound.relay import Submission
from listserv.outbound.relay_session import Security
from listserv.outbound.relay_smtp import SmtpRelay
from tests.handed import handed
from tests.peers.flaky_relay import FlakyRelay, Judge, Rule, rules

COPY = Submission("list@lists.example.nz", ("a@school.example.nz",), b"Subject: x\r\n\r\nkia ora\r\n")
CREDENTIALS = ("līst@example.nz", "kupuhipa: 🔑")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def _client(
    peer: FlakyRelay,
    security: Security,
    authority: trustme.CA | None = None,
    credentials: tuple[str, str] = ("", ""),
    host: str = "127.0.0.1",
) -> SmtpRelay:
    context = ssl.create_default_context()
    if authority:
        authority.configure_trust(context)
    return SmtpRelay(
        host,
        peer.port,
        helo_name="lists.example.nz",
        security=security,
        username=credentials[0],
        password=credentials[1],
        tls_context=context if authority else None,
        timeout_scale=0.02,
    )


def _taken(relay: SmtpRelay) -> bool:
    with closing(relay):
        return [outcomes[0].state for _, outcomes in handed(relay, [COPY, COPY])] == ["taken", "taken"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_over_tls(security: Security, authority: trustme.CA) -> None:
    with FlakyRelay(tls=_server_tls(authority), implicit_tls=security == "tls") as peer:
        assert _taken(_client(peer, security, authority))
    assert [command for command in peer.commands if command.startswith(("EHLO", "STARTTLS", "MAIL"))][:3] == (
        ["EHLO lists.example.nz", "STARTTLS", "EHLO lists.example.nz"]
        if security == "starttls"
        else ["EHLO lists.example.nz", *[f"MAIL FROM:<{COPY.return_path}> SIZE={len(COPY.content)}"] * 2]
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(("trusted", "name"), [(False, "127.0.0.1"), (True, "other.example.nz")])
def test_a_certificate_that_is_not_the_relay_s_stops_everything(
    security: Security, trusted: bool, name: str, authority: trustme.CA
) -> None:
    tls = _server_tls(authority, name)
    with FlakyRelay(tls=tls, implicit_tls=security == "tls", credentials=CREDENTIALS) as peer:
        relay = _client(peer, security, authority if trusted else None, CREDENTIALS)
        with pytest.raises(RelayUnavailable, match="certificate that is not valid"):
            list(handed(relay, [COPY]))
    assert not [command for command in peer.commands if command.startswith(("AUTH", "MAIL"))]


def test_starttls_that_is_not_offered_is_not_done_without() -> None:
    refused = pytest.raises(RelayUnavailable, match="does not offer STARTTLS")
    with FlakyRelay(credentials=CREDENTIALS) as peer, refused:
        list(handed(_client(peer, "starttls", credentials=CREDENTIALS), [COPY]))
    assert not [command for command in peer.commands if command.startswith(("AUTH", "MAIL"))]


@pytest.mark.parametrize(
    "judge",
    [rules(Rule("STARTTLS", "454 4.7.0 not now")), rules(Rule("STARTTLS", "extra 250 injected"))],
    ids=["refused", "injected"],
)
def test_starttls_that_fails_is_not_done_without(judge: Judge, authority: trustme.CA) -> None:
    with FlakyRelay(judge, tls=_server_tls(authority)) as peer, pytest.raises(RelayUnavailable):
        list(handed(_client(peer, "starttls", authority), [COPY]))
    assert not [command for command in peer.commands if command.startswith("MAIL")]


def test_tls_to_a_relay_that_speaks_clear_text_is_unavailable(authority: trustme.CA) -> None:
    with FlakyRelay() as peer, pytest.raises(RelayUnavailable, match="TLS"):
        list(handed(_client(peer, "tls", authority), [COPY]))


@pytest.mark.parametrize("auth", ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN"])
@pytest.mark.parametrize("security", ["none", "starttls"])
def test_the_password_is_accepted(auth: str, security: Security, authority: trustme.CA) -> None:
    tls = _server_tls(authority) if security == "starttls" else None
    with FlakyRelay(credentials=CREDENTIALS, auth=auth, tls=tls) as peer:
        assert _taken(_client(peer, security, authority, CREDENTIALS))


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN"])
def test_a_wrong_password_lets_everything_wait_and_is_not_told(auth: str) -> None:
    refused = pytest.raises(RelayUnavailable, match="username and password")
    with FlakyRelay(credentials=CREDENTIALS, auth=auth) as peer, refused as caught:
        list(handed(_client(peer, "none", credentials=(CREDENTIALS[0], "kupuhē")), [COPY]))
    assert "kupuhē" not in str(caught.value)
    assert "kupuhē" not in caught.value.private


def test_a_relay_without_a_mechanism_of_ours_is_unavailable() -> None:
    refused = pytest.raises(RelayUnavailable, match="neither AUTH PLAIN nor AUTH LOGIN")
    with FlakyRelay(credentials=CREDENTIALS, auth="XOAUTH2") as peer, refused:
        list(handed(_client(peer, "none", credentials=CREDENTIALS), [COPY]))


def test_a_password_never_leaves_this_machine_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listserv.outbound.relay_session.ipaddress.ip_address", _far_away)
    with FlakyRelay(credentials=CREDENTIALS) as peer, pytest.raises(RelayUnavailable, match="in clear"):
        list(handed(_client(peer, "none", credentials=CREDENTIALS), [COPY]))
    assert not [command for command in peer.commands if command.startswith("AUTH")]


def _far_away(address: str) -> object:
    del address

    class Address:
        is_loopback = False

    return Address()


def test_a_password_is_not_shown_by_the_endpoint() -> None:
    from listserv.outbound.relay_session import Endpoint

    assert "kupuhipa" not in repr(Endpoint("h", 25, "x.nz", password="kupuhipa"))


def test_the_wrong_one_of_two_ports_is_told(authority: trustme.CA) -> None:
    with FlakyRelay() as asks_for_tls, pytest.raises(RelayUnavailable, match="needs security starttls"):
        list(handed(_client(asks_for_tls, "tls", authority), [COPY]))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # as one that awaits the client's first octets of TLS
        port = silent.getsockname()[1]
        relay = SmtpRelay("127.0.0.1", port, helo_name="lists.example.nz", security="starttls", timeout_scale=0.001)
        with closing(relay), pytest.raises(RelayUnavailable, match=r"does not greet: .*needs security tls"):
            relay.check()
