"""Any content of CRLF lines arrives octet for octet, however it is cut on its way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listserv.inbound.edge import HeldOctets
from listserv.inbound.smtp_data import Content
from tests.peers.smtp_edge import MAIL, RCPT, MailEdge

NEXT = b"NOOP\r\n"
PROTOCOLS: list[Literal["smtp", "lmtp"]] = ["smtp", "lmtp"]

line = st.one_of(
    st.sampled_from(
        [b"", b".", b"..", b". ", b".\0", b"MAIL FROM:<a@example.org>", b"QUIT", b"\xff\xfe", b"x" * 2_000]
    ),
    st.binary(max_size=60).map(lambda octets: octets.replace(b"\r", b"").replace(b"\n", b"")),
)
lines = st.lists(line, max_size=30).map(lambda found: b"".join(octets + b"\r\n" for octets in found))
cuts = st.lists(st.integers(1, 400), max_size=12)
near_the_end = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"a", b"\0"]), max_size=14).map(b"".join)


def _stuffed(content: bytes) -> bytes:
    return b"".join(b"." + octets if octets.startswith(b".") else octets for octets in io.BytesIO(content))


def _pieces(octets: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield octets[start : start + size]
        start += size
    yield octets[start:]


@pytest.fixture(scope="module", params=PROTOCOLS)
def edge(request: pytest.FixtureRequest) -> Iterator[MailEdge]:
    protocol: Literal["smtp", "lmtp"] = request.param
    with MailEdge(protocol) as edge:
        yield edge


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(contents=st.lists(lines, min_size=1, max_size=3), sizes=cuts)
def test_contents_arrive_over_a_socket(edge: MailEdge, contents: list[bytes], sizes: list[int]) -> None:
    edge.receiver.taken.clear()
    start = f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode()
    talk = b"".join(start + _stuffed(content) + b".\r\n" + NEXT for content in contents)
    with edge.ready_client() as client:
        for piece in _pieces(talk, sizes):
            client.send(piece)
        assert client.replies(5 * len(contents)) == ["250", "250", "354", "250", "250"] * len(contents)
    assert edge.receiver.contents == contents


def _by_the_book(raw: bytes) -> tuple[bytes | None, bytes] | None:
    """The content (None where a CR or LF stands alone) and what is behind its end, read slowly and plainly."""
    kept: list[bytes] = []
    start = 0
    while (end := raw.find(b"\r\n", start)) >= 0:
        text = raw[start:end]
        start = end + 2
        if text == b".":
            whole = b"".join(kept)
            bare = whole.replace(b"\r\n", b"")
            return (None if b"\r" in bare or b"\n" in bare else whole), raw[start:]
        kept.append(text.removeprefix(b".") + b"\r\n")
    return None


@settings(max_examples=1_500)
@given(raw=st.one_of(near_the_end, lines.map(_stuffed)), sizes=cuts)
def test_a_content_is_read_as_the_book_says(raw: bytes, sizes: list[int]) -> None:
    raw += b"\r\n.\r\n" + NEXT
    content = Content(2**20, HeldOctets(2**20))
    rest: bytes | None = None
    for piece in _pieces(raw, sizes):
        rest = content.feed(piece) if rest is None else rest + piece
    expected = _by_the_book(raw)
    assert expected is not None
    octets, behind = expected
    assert rest == behind
    assert (content.octets() if content.fault is None else None) == octets
