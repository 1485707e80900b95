"""A message: who wrote it, what it answers, when, and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from listserv.mail.address import Mailbox
from listserv.mail.parse import Message, parse

PLAIN = (
    "From: Jo Smith <jo@school.example.nz>\nTo: english@lists.example.nz\nSubject: Re: [English Online] Wiki 6\n"
    "Date: Mon, 12 Oct 2026 09:00:00 +1300\nMessage-ID: <2@school.example.nz>\nIn-Reply-To: <1@example.nz>\n"
    "References: <0@example.nz>\n <1@example.nz>\nList-Id: English <English.lists.example.nz>\n\nKia ora\n"
)


def _message(text: str) -> Message:
    return parse(text.replace("\n", "\r\n").encode())


def _with(field: str) -> Message:
    return _message(f"From: Jo <jo@example.nz>\nMessage-ID: <me@example.nz>\n{field}\n\nKia ora\n")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_plain_message(line_end: str) -> None:
    message = parse(PLAIN.replace("\n", line_end).encode())
    assert message.author == Mailbox("Jo Smith", "jo@school.example.nz")
    assert message.authors == (message.author,)
    assert message.subject == "Re: [English Online] Wiki 6"
    assert message.date == datetime(2026, 10, 11, 20, 0, tzinfo=UTC)
    assert message.message_id == "2@school.example.nz"
    assert message.in_reply_to == "1@example.nz"
    assert message.references == ("0@example.nz", "1@example.nz")
    assert message.list_ids == ("english.lists.example.nz",)
    assert message.content_type == "text/plain"
    assert message.root.text() == "Kia ora\n"
    assert message.defects == ()
    assert not message.is_signed_or_encrypted
    assert message.mailboxes("To") == (Mailbox("", "english@lists.example.nz"),)


def test_fields_and_offsets() -> None:
    message = _message(PLAIN)
    assert [field.name for field in message.fields][:2] == [b"From", b"To"]
    assert message.octets[message.body_start :] == b"Kia ora\r\n"
    assert message.octets[message.head_end : message.body_start] == b"\r\n"
    assert message.head_start == 0
    assert message.raw("REFERENCES") == [b"<0@example.nz>\r\n <1@example.nz>"]
    assert message.header("x-none") is None
    assert message.headers("x-none") == []


def test_nothing_at_all() -> None:
    message = parse(b"")
    assert message.defects == ("no_from", "no_message_id", "no_date")
    assert (message.subject, message.references, message.author, message.date) == ("", (), None, None)
    assert message.root.body() == b""


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("To: a@b.nz", "no_from"),
        ("From: a@b.nz\nFROM: a@b.nz", "two_from"),
        ("From: a@b.nz\nTo: b@c.nz\nFrom : a@b.nz", "two_from"),
        ("From: a@b.nz, c@d.nz", "many_authors"),
        ("From: a@b.nz a@b.nz", "bad_from"),
        ("From: member@b.nz(<eve@evil.example>", "bad_from"),
        ("From:", "bad_from"),
        ("From: undisclosed:;", "bad_from"),
    ],
)
def test_why_there_is_no_author(fields: str, why: str) -> None:
    message = _message(fields + "\n\nKia ora\n")
    assert message.author is None
    assert why in message.defects


def test_a_from_hidden_below_a_line_of_garbage_counts() -> None:
    message = _message("From: jo@example.nz\nSubject: a\n=garbage=\nFrom: eve@evil.example\n\nKia ora\n")
    assert message.author is None
    assert {"two_from", "header_garbage"} <= set(message.defects)


def test_what_nobody_reads_to_its_end_has_no_author() -> None:
    for filling in ("X: y\n" * 10_000, "X: " + "y" * 1_100_000 + "\n"):
        message = _message(f"From: jo@example.nz\n{filling}From: eve@evil.example\n\n")
        assert message.author is None
        assert {"header_cut", "bad_from"} <= set(message.defects)
    assert _message(f"From: jo@example.nz{' ' * 70_000}, eve@evil.example\n\n").author is None


@pytest.mark.parametrize(
    ("field", "references"),
    [
        ("In-Reply-To: 1@example.nz", ("1@example.nz",)),
        ("In-Reply-To: <1@example.nz>\nReferences: <0@example.nz>", ("0@example.nz", "1@example.nz")),
        ("References: <1@example.nz>, <0@example.nz>\nIn-Reply-To: <1@example.nz>", ("0@example.nz", "1@example.nz")),
        ("References: <0@example.nz> <me@example.nz>", ("0@example.nz",)),
        ("References: <0@exam\n ple.nz>", ("0@example.nz",)),
        ("In-Reply-To: jo@example.nz", ()),
        ("In-Reply-To: <JO@example.nz>", ()),
        ("Cc: ann@example.nz\nIn-Reply-To: <ann@example.nz>\nReferences: <0@example.nz>", ("0@example.nz",)),
        ("Cc: joann@example.nz\nIn-Reply-To: <ann@example.nz>", ("ann@example.nz",)),
        ("References: <0@example.nz>\nReferences: <1@example.nz>", ("0@example.nz", "1@example.nz")),
        ('In-Reply-To: Your message of "Mon, 12 Oct 2026 09:00:00 +1300." <1@example.nz>', ("1@example.nz",)),
        ("In-Reply-To: Ann's message of Monday", ()),
        ("References: <\u0101@example.nz>", ("\u0101@example.nz",)),
    ],
)
def test_references(field: str, references: tuple[str, ...]) -> None:
    assert _with(field).references == references


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("<A@B.nz>", "A@B.nz"),
        ("A@B.nz", "A@B.nz"),
        ("<a\n @b.nz>", "a@b.nz"),
        ("<a@b.nz> <c@d.nz>", "a@b.nz"),
        ("abc", None),
        ("", None),
    ],
)
def test_message_ids(value: str, token: str | None) -> None:
    message = _message(f"From: jo@example.nz\nMessage-ID: {value}\n\n")
    assert message.message_id == token
    assert ("no_message_id" in message.defects) is (token is None)


def test_two_of_what_may_stand_once() -> None:
    message = _with("Message-ID: <other@example.nz>\nSubject: a\nSubject: b\nDate: x\nDate: y")
    assert message.message_id == "me@example.nz"
    assert message.subject == "a"
    assert message.headers("Subject") == ["a", "b"]
    assert message.defects == ("two_message-id", "two_subject", "two_date", "bad_date")


def test_headers_are_decoded_with_the_charset_of_the_text() -> None:
    octets = b"From: <a@b.nz>\r\nSubject: \xd0\xd2\xc9\xd7\xc5\xd4\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n"
    assert parse(octets).subject == "привет"
    inner = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n'
    )
    assert parse(b"From: \xd0\xd2\xc9\xd7\xc5\xd4 <a@b.nz>\r\n" + inner).author == Mailbox("привет", "a@b.nz")


def test_nothing_in_a_header_breaks_a_line() -> None:
    message = _with("Subject: =?utf-8?q?a=0D=0AX=3A_b?= \x00c\x0bd")
    assert message.subject == "a  X: b c d"
    assert "nul" in message.defects


def test_thread_index() -> None:
    octets = bytes(range(27))
    value = base64.b64encode(octets).decode()
    assert _with(f"Thread-Index: {value[:20]}\n {value[20:]}").thread_index == octets
    assert _with("Thread-Index: AQHZ").thread_index is None
    assert _with("Thread-Index: *").thread_index is None
    assert _with("Thread-Index: AAAAA").thread_index is None
    assert _with("X: y").thread_index is None


def test_list_ids() -> None:
    message = _with("List-Id: A <a.example.nz>\nList-Id: B.example.nz\nList-Id:")
    assert message.list_ids == ("a.example.nz", "b.example.nz")


SIGNED = (
    'Content-Type: multipart/signed; boundary="s"; protocol="application/pgp-signature"\n\n--s\n\nx\n--s\n\ny\n--s--\n'
)


@pytest.mark.parametrize(
    ("text", "sealed"),
    [
        (SIGNED, True),
        ('Content-Type: multipart/mixed; boundary="b"\n\n--b\n' + SIGNED + "--b\n\nfooter\n--b--\n", True),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n", True),
        ("Content-Type: application/x-pkcs7-mime\n\nx\n", True),
        ('Content-Type: multipart/encrypted; boundary="b"\n\n--b\n\nx\n--b--\n', True),
        ("X: y\n\n-----BEGIN PGP SIGNED MESSAGE-----\n", True),
        ("X: y\n\nKia ora\n-----BEGIN PGP MESSAGE-----\n", True),
        ("X: y\n\n> -----BEGIN PGP MESSAGE-----\n", False),
        ("X: y\n\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n", False),
        ("Content-Type: message/rfc822\n\n" + SIGNED, False),
        ('Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n--b--\n', False),
    ],
)
def test_sealed_messages(text: str, sealed: bool) -> None:
    assert _message("From: jo@example.nz\n" + text).is_signed_or_encrypted is sealed


def test_inline_pgp_under_base64_is_seen() -> None:
    part = "Content-Transfer-Encoding: BASE64\n\n" + base64.b64encode(b"-----BEGIN PGP MESSAGE-----\r\n").decode()
    assert _message(part).is_signed_or_encrypted
    assert _message(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{part}\n--b--\n").is_signed_or_encrypted


def test_hashes() -> None:
    message = _message(PLAIN)
    assert message.content_hash == hashlib.sha256(message.octets).digest()
    assert message.body_hash == hashlib.sha256(b"Kia ora").digest()
    same = parse(b"Subject: other\n\nKia ora\n\n \n")
    assert same.body_hash == message.body_hash
    assert parse(b"\n\nKia  ora\n").body_hash != message.body_hash


def test_an_mbox_line_is_read_over_and_kept() -> None:
    octets = b"From jo@example.nz Mon Oct 12 09:00:00 2026\nFrom: jo@example.nz\n\nx\n"
    message = parse(octets)
    assert message.author == Mailbox("", "jo@example.nz")
    assert message.octets == octets
    assert message.head_start == octets.index(b"From:")


def test_reading_the_header_does_not_look_at_the_body() -> None:
    message = _message(PLAIN)
    _ = message.author, message.references, message.subject, message.date, message.defects
    assert "root" not in vars(message)
