"""Whatever is said to it, the edge answers in well-formed replies, breaks nothing, and serves the next client."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.peers.smtp_edge import MailEdge

PROTOCOLS: list[Literal["smtp", "lmtp"]] = ["smtp", "lmtp"]
VERBS = b"EHLO LHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY EXPN HELP AUTH STARTTLS BDAT".split()
PATHS = b"FROM: TO: < > <> @ a.example <a@example.org> <list@example.org> <@x:y@example.org>".split()
ODDS = [b"SIZE=10", b"BODY=8BITMIME", b"SMTPUTF8", b".", b"..", b"\0", b"\r", b"\n", b"\xff", b"\xc4\x81", b'"', b"\\"]
REPLY = re.compile(r"(?:[245][0-9][0-9]-[^\r\n]*\n)*[245][0-9][0-9] [2345]\.[0-9]\.[0-9]{1,2} [^\r\n]*")
PLAIN = re.compile(r"(?:220|354) [^\r\n]*|250 mx\.example\.org|250-mx\.example\.org(?:\n250[- ][A-Z0-9 ]+)+")

word = st.sampled_from([*VERBS, *PATHS, *ODDS, b" ", b"\r\n", b"\r\n", b"\r\n"])
talk = st.lists(st.one_of(word, st.binary(max_size=30)), max_size=60).map(b"".join)


@pytest.fixture(scope="module", params=PROTOCOLS)
def edge(request: pytest.FixtureRequest) -> Iterator[MailEdge]:
    protocol: Literal["smtp", "lmtp"] = request.param
    with MailEdge(protocol) as edge:
        yield edge


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(noise=talk, ready=st.booleans())
def test_noise_is_answered_and_harms_nobody(
    edge: MailEdge, caplog: pytest.LogCaptureFixture, noise: bytes, ready: bool
) -> None:
    with edge.ready_client() if ready else edge.client() as client:
        client.send(noise)
        client.socket.shutdown(1)
        for reply in client.rest():
            assert REPLY.fullmatch(reply) or PLAIN.fullmatch(reply), reply
    with edge.ready_client() as client:
        assert client.deliver(b"Subject: x\r\n\r\n").startswith("250")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert edge.faults == []
