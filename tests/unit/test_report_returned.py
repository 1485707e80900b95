"""What a report quotes of our message: id, recipients, signed return paths, one-click tokens."""

from __future__ import annotations

import base64
import quopri

import pytest

from listserv.mail.fields import cut_head
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.parse import parse
from listserv.mail.report.read import read_report
from listserv.mail.report.returned import MARKS_KEPT, returned, returned_recipients
from listserv.mail.token import BOUNCE_LENGTH, UNSUBSCRIBE_LENGTH
from listserv.model.report import DeliveryReport, Returned

TOKEN = "a" * BOUNCE_LENGTH
VERP = ListAddresses("english", "lists.example.nz").of(Purpose.BOUNCES, TOKEN)
IN_A_BOX = ListAddresses("plg", "mail.example.nz", "office").of(Purpose.BOUNCES, TOKEN)
LINK = "z" * UNSUBSCRIBE_LENGTH


def marks(*sources: str) -> Returned:
    return returned(None, [source.encode() for source in sources])


@pytest.mark.parametrize("path", [VERP, IN_A_BOX])
@pytest.mark.parametrize(
    "text", ["<{}>", "Return-Path: {}", "envelope-from {})", "rfc822;{}", "MAIL FROM:<{}> SIZE=1", "({})", "x={}"]
)
def test_a_return_path_is_found_wherever_it_stands(path: str, text: str) -> None:
    assert marks(text.format(path)).return_paths == (path,)
    assert marks(text.format(path.upper())).return_paths == (path,)


def test_quoted_printable_breaks_are_undone() -> None:
    line = f"{'y' * 60} <{VERP}>".encode()
    assert returned(None, [quopri.encodestring(line)]).return_paths == (VERP,)
    assert marks("Return-Path=3D" + VERP).return_paths == (VERP,)


@pytest.mark.parametrize(
    "text",
    [
        "english-bounces@lists.example.nz",
        "english-owner+aaaa@x.example",
        "english-bounces+@x.example",
        f"english+{TOKEN}@x.nz",
    ],
)
def test_other_addresses_are_no_return_paths(text: str) -> None:
    assert marks(text).return_paths == ()


def test_each_once_in_order_and_no_more_than_so_many() -> None:
    others = [f"l{number}-bounces+{TOKEN}@x.example" for number in range(2 * MARKS_KEPT)]
    assert marks(VERP, f"{VERP} {IN_A_BOX}").return_paths == (VERP, IN_A_BOX)
    assert len(marks(" ".join(others)).return_paths) == MARKS_KEPT


def test_one_click_tokens() -> None:
    assert marks(f"List-Unsubscribe: <https://x.example/unsubscribe/{LINK}>, <mailto:x>").unsubscribe_tokens == (LINK,)
    assert marks(f"https://x.example/unsubscribe/{LINK}9").unsubscribe_tokens == ()


def recipients(header: str) -> list[str]:
    octets = header.encode()
    return returned_recipients(cut_head(octets, 0, len(octets)))


def test_recipients_of_a_personal_copy() -> None:
    header = (
        "Delivered-To: tui@inner.example\nReceived: from a by b\n"
        "Received: from c by d\n\tfor <tui@school.example>; Mon\n"
        "Received: from e by f for <english@lists.example.nz>; Mon\nTo: English <english@lists.example.nz>\n"
    )
    assert recipients(header + "List-Id: <english.lists.example.nz>\n") == ["tui@school.example", "tui@inner.example"]
    assert recipients(header)[-1] == "english@lists.example.nz"
    assert recipients("Subject: nothing\n") == []


def report(part: bytes) -> DeliveryReport:
    octets = (
        b"Return-Path: <>\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nnot delivered\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; tui@school.example\r\n"
        b"Action: failed\r\n--x\r\n" + part + b"\r\n--x--\r\n"
    )
    found = read_report(parse(octets))
    assert isinstance(found, DeliveryReport)
    return found


ORIGINAL = f"Return-Path: <{VERP}>\r\nMessage-ID: <1@lists.example.nz>\r\n\r\nKia ora\r\n".encode()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/rfc822-headers\r\n\r\n",
        b"Content-Type: message/global-headers\r\n\r\n",
        b"Content-Type: text/plain; name=headers.txt\r\nContent-Disposition: attachment\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n\r\n",
    ],
)
def test_the_returned_part(head: bytes) -> None:
    assert report(head + ORIGINAL).returned == Returned("1@lists.example.nz", (), (VERP,))


def test_an_encoded_part() -> None:
    head = b"Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert report(head + base64.encodebytes(ORIGINAL)).returned.return_paths == (VERP,)


def test_nothing_returned() -> None:
    assert report(b"Content-Type: image/png\r\n\r\nxyz").returned == Returned()


def test_the_body_of_the_returned_message_is_not_looked_at() -> None:
    quoted = b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <2@x>\r\n\r\n" + ORIGINAL
    assert report(quoted).returned == Returned("2@x", (), ())
