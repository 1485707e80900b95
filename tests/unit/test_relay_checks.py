"""What never goes on the wire, and what the wire carries of the rest."""

from __future__ import annotations

import pytest

from listserv.outbound import relay_checks
from listserv.outbound.relay import Submission
from listserv.outbound.relay_checks import (
    is_safe_address,
    message_refusal,
    plain_content,
    recipient_refusal,
    wire_content,
)
from listserv.outbound.replies import Abilities, RelayReply

EVERYTHING = Abilities(pipelining=True, eight_bit=True, utf8=True)
PLAIN = Abilities()


@pytest.mark.parametrize(
    "address",
    [
        "aroha@school.example.nz",
        "english-bounces+k7x@lists.example.nz",
        "o'brien@x.nz",
        '"a@b"@x.nz',
        "kōrero@kura.nz",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "!#$%&'*/=?^_`{|}~@x.nz",
    ],
)
def test_an_ordinary_address_is_safe(address: str) -> None:
    assert is_safe_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@x.nz",
        "nobody",
        "a b@x.nz",
        "a\r\nRSET\r\n@x.nz",
        "a@x.nz\n",
        "a@x.nz\r",
        "\na@x.nz",
        "a\0@x.nz",
        "a\t@x.nz",
        "a@x.nz>",
        "a@x.nz> SIZE=1",
        "<a@x.nz",
        "a@x.nz\\",
        "a@x.nz,b@y.nz",
        "a\x85@x.nz",
        "a\u2028@x.nz",
        "a\x7f@x.nz",
        "a\ud800@x.nz",
        "a" * 260 + "@x.nz",
        "ā" * 130 + "@x.nz",
    ],
)
def test_an_address_that_could_mean_something_else_is_refused(address: str) -> None:
    assert not is_safe_address(address)
    assert recipient_refusal(address, EVERYTHING) == relay_checks.BAD_RECIPIENT


def test_the_longest_address_counts_octets() -> None:
    assert is_safe_address("a" * 249 + "@x.nz")
    assert not is_safe_address("ā" + "a" * 248 + "@x.nz")


def test_a_utf8_address_needs_a_relay_that_takes_it() -> None:
    assert recipient_refusal("kōrero@kura.nz", EVERYTHING) is None
    assert recipient_refusal("kōrero@kura.nz", PLAIN) == relay_checks.UTF8_ADDRESS


def _message(content: bytes = b"x\r\n", return_path: str = "r@x.nz", stuffed: bool = False) -> Submission:
    return Submission(return_path, ("a@x.nz",), content, stuffed=stuffed)


@pytest.mark.parametrize(
    ("submission", "refusal"),
    [
        (_message(), None),
        (_message(return_path=""), None),
        (_message(return_path="a@x.nz\r\nDATA"), relay_checks.BAD_RETURN_PATH),
        (_message(return_path="kōrero@x.nz"), relay_checks.UTF8_ADDRESS),
        (_message(b"a\nb\r\n"), relay_checks.BARE_CR_OR_LF),
        (_message(b"a\rb\r\n"), relay_checks.BARE_CR_OR_LF),
        (_message(b"a\r\r\nb\r\n"), relay_checks.BARE_CR_OR_LF),
        (_message(b"a\n\rb\r\n"), relay_checks.BARE_CR_OR_LF),
        (_message(b"\r\n.\r\nMAIL FROM:<x@y>\r\n"), None),
        (_message(b"a\r\n.\r\nMAIL FROM:<x@y>\r\n", stuffed=True), relay_checks.ENDS_EARLY),
        (_message(b".\r\nMAIL FROM:<x@y>\r\n", stuffed=True), relay_checks.ENDS_EARLY),
        (_message(b"a\r\n.", stuffed=True), relay_checks.ENDS_EARLY),
        (_message(b".", stuffed=True), relay_checks.ENDS_EARLY),
        (_message(b"..\r\nb\r\n..\r\n", stuffed=True), None),
    ],
)
def test_a_message_is_refused_before_it_is_sent(submission: Submission, refusal: RelayReply | None) -> None:
    assert message_refusal(submission, PLAIN) == refusal


def test_a_utf8_message_goes_to_a_relay_that_takes_it() -> None:
    assert message_refusal(_message(return_path="kōrero@x.nz"), EVERYTHING) is None


def test_the_size_counts_the_message_without_its_stuffing() -> None:
    submission = _message(b"..\r\n" * 10, stuffed=True)
    assert message_refusal(submission, Abilities(size_octets=30)) is None
    refusal = message_refusal(submission, Abilities(size_octets=29))
    assert refusal is not None
    assert (refusal.code, refusal.enhanced) == (552, "5.3.4")
    assert "30" in refusal.text


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"", b""),
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b".", b"..\r\n"),
        (b".a\r\n.b\r\nc.\r\n", b"..a\r\n..b\r\nc.\r\n"),
        (b"a\r\n.\r\n", b"a\r\n..\r\n"),
    ],
)
def test_the_wire_gets_stuffed_content_and_the_reader_the_message(content: bytes, wire: bytes) -> None:
    assert wire_content(_message(content)) == wire
    stuffed = _message(wire, stuffed=True)
    assert wire_content(stuffed) == wire
    assert plain_content(stuffed).removesuffix(b"\r\n") == content.removesuffix(b"\r\n")
    assert plain_content(_message(content)) == content
