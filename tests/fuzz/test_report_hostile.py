"""Reports and automatic mail that strangers made to hurt: nothing raises, nothing takes long, everything is bounded."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.mail.address import valid_address
from listserv.mail.automatic import automatic_reason
from listserv.mail.parse import parse
from listserv.mail.report.read import read_report
from listserv.mail.report.wording import meaning, plain, stage
from listserv.model.report import Complaint, Report
from tests.fuzz.hostile_mail import KINDS
from tests.stopwatch import Stopwatch

SECONDS = 1.5
BIG = 2_000_000

HEAD = (
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON <>\r\nTo: a@b.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
)
REPORT = (
    HEAD + b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\ncould not be delivered\r\n"
    b"--x\r\nContent-Type: message/delivery-status\r\n\r\n"
)
FEEDBACK = REPORT.replace(b"delivery-status", b"feedback-report")
PIECES = [
    *(b"a", b"@", b"a@", b"a@b.cc ", b"<", b" ", b"\r\n", b"\t", b"=", b"-", b">", b".", b"%", b"\\x{41}", b"+40"),
    *(b"user ", b"not ", b"deliver ", b"size exceed", b"content ", b"sender ", b"mailbox ", b"does not have a "),
    *(b"messages from ", b"no such ", b"http://", b"5.1.", b"x-bounces+", b"/unsubscribe/", b"550 <x@y.zz>\r\n"),
    *(b"original message\r\n", b"Received: for <a@b.cc>\r\n", b"click the link visit ", b"your message ", b"<p>"),
    *(b"Final-Recipient: rfc822; a@b.cc\r\n\r\n", b"Original-Rcpt-To: a@b.cc\r\n", b"x@y.zz could not\r\n"),
    *(b"out of office ", b"auto reply ", b"i am out of ", b"expanded from: ", b"1 ", b"--x\r\n"),
]


def ask(octets: bytes) -> Report | None:
    message = parse(octets)
    automatic_reason(message, "someone@example.nz")
    return read_report(message)


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_much_of_one_thing(piece: bytes) -> None:
    much = piece * (BIG // len(piece))
    line = piece.replace(b"\r\n", b" ") * (60_000 // len(piece))
    status = b"Final-Recipient: rfc822; a@b.cc\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 "
    for octets in (
        HEAD + b"\r\ncould not be delivered\r\n" + much,
        REPORT + much,
        FEEDBACK + much,
        REPORT + status + line + b"\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + much,
        b"From: a@b.cc\r\nIn-Reply-To: <1@b.cc>\r\nSubject: " + line + b"\r\n\r\n" + much,
        HEAD + b"X-Failed-Recipients: " + line + b"\r\n\r\n" + line,
    ):
        with Stopwatch() as watch:
            ask(octets)
        assert watch.seconds < SECONDS


def test_very_many_recipients() -> None:
    group = b"Final-Recipient: rfc822; u%d@b.cc\r\nAction: failed\r\nDiagnostic-Code: smtp; 550 %s\r\n\r\n"
    with Stopwatch() as watch:
        report = ask(REPORT + b"".join([group % (number, b"user " * 100) for number in range(1_500)]))
        assert report is not None
        assert len(report.recipients) == 500
    assert watch.seconds < SECONDS


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_messages(kind: str) -> None:
    octets = KINDS[kind]()
    with Stopwatch() as watch:
        ask(octets)
    assert watch.seconds < SECONDS


FIELDS = st.sampled_from(
    [
        *(b"Final-Recipient: rfc822; ", b"Original-Recipient: utf-8;", b"Action: ", b"Status: ", b"Diagnostic-Code: "),
        *(b"Feedback-Type: ", b"Original-Rcpt-To: ", b"Received: ", b"To: ", b"X-HmXmrOriginalRecipient: ", b""),
    ]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([b"a@b.cc", b"<a@b.cc>", b"failed", b"delayed", b"5.1.1", b"550 user unknown", b"abuse", b""]),
)
LINES = st.lists(st.tuples(FIELDS, VALUES, st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b"\r\n "])), max_size=30)


@given(st.sampled_from([HEAD + b"\r\n", REPORT, FEEDBACK, b"", b"Subject: failure notice\r\n\r\n"]), LINES)
@settings(max_examples=150)
def test_anything_in_a_report(start: bytes, lines: list[tuple[bytes, bytes, bytes]]) -> None:
    report = ask(start + b"".join([part for line in lines for part in line]))
    if report is None:
        return
    addresses = report.recipients if isinstance(report, Complaint) else [each.address for each in report.recipients]
    assert all(valid_address(address) for address in addresses)
    if not isinstance(report, Complaint):
        assert report.recipients
        assert all(len(each.diagnostic) <= 500 and "\n" not in each.diagnostic for each in report.recipients)


@given(st.binary(max_size=2_000))
@settings(max_examples=100)
def test_any_octets(octets: bytes) -> None:
    ask(octets)


@given(st.text(max_size=500))
def test_any_words(text: str) -> None:
    words = plain(text)
    assert len(words) <= 4_000
    meaning(words)
    stage(words)


SAID_OF_ALL = {
    "local parts": HEAD.replace(b"<>\r\nTo", b"<d@x.nz>\r\nTo")
    + b"\r\nNot delivered:\r\n"
    + b"".join(b"  w%d\r\n" % number for number in range(1_800))
    + (b"x" * 950 + b"\r\n") * 190,
    "groups": REPORT.replace(b"could not", b"word " * 190 + b"\r\n" + (b"word " * 190 + b"\r\n") * 200 + b"could not")
    + b"".join(b"Final-Recipient: rfc822; a%d@b.nz\r\nStatus: 5.0.0\r\n\r\n" % number for number in range(500)),
}


@pytest.mark.parametrize("octets", SAID_OF_ALL.values(), ids=SAID_OF_ALL)
def test_a_text_about_many_is_read_once(octets: bytes) -> None:
    with Stopwatch() as watch:
        report = ask(octets)
    assert watch.seconds < 1
    assert report is not None
    assert len(report.recipients) == 500
    tracemalloc.start()
    ask(octets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(octets)
