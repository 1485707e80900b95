"""mboxrd files read and written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from listserv.mail.mbox import read_mbox, write_mbox_entry

NINE = datetime(2026, 10, 12, 9, 0, tzinfo=timezone(timedelta(hours=13)))
ONE = b"Subject: one\r\n\r\nFrom here\r\n>From there\r\n\r\n"


def test_an_entry_as_it_stands_in_the_file() -> None:
    assert write_mbox_entry(ONE, "jo@example.nz", NINE) == (
        b"From jo@example.nz Sun Oct 11 20:00:00 2026\nSubject: one\n\n>From here\n>>From there\n\n\n"
    )


def test_the_null_return_path_and_a_nasty_one() -> None:
    assert write_mbox_entry(b"", "", NINE).startswith(b"From MAILER-DAEMON Sun Oct 11")
    assert write_mbox_entry(b"", "a b\n\nFrom c", datetime(2026, 1, 2, tzinfo=UTC)) == (
        b"From abFromc Fri Jan  2 00:00:00 2026\n\n"
    )


def test_there_and_back() -> None:
    messages = [
        ONE,
        b"",
        b"\r\n",
        b"From x\r\n",
        b"a\r\n\r\nFrom b\r\n",
        b"Subject: \xff\x00\r\n\r\n>>>From\r\n\r\n\r\n",
    ]
    octets = b"".join(write_mbox_entry(message, "jo@example.nz", NINE) for message in messages)
    assert list(read_mbox([octets])) == messages
    assert list(read_mbox(octets.splitlines(keepends=True))) == messages
    assert list(read_mbox([octets.replace(b"\n", b"\r\n")])) == messages
    assert list(read_mbox(bytes([octet]) for octet in octets)) == messages


def test_a_line_keeps_the_carriage_returns_before_its_end() -> None:
    """Lost, they made the message another one for the next import, and the archive had it twice."""
    messages = [b"a: b\r\n\r\nx\r\r\ny\rz\r\n", b"\r\r\r\n\r\r\n", b"\r\r\nFrom x\r\r\n\r\n", b"a\r\n"]
    octets = b"".join(write_mbox_entry(message, "jo@example.nz", NINE) for message in messages)
    assert list(read_mbox([octets])) == messages
    assert list(read_mbox(bytes([octet]) for octet in octets)) == messages


def test_only_a_line_after_a_blank_one_begins_a_message() -> None:
    octets = b"From a\nSubject: a\n\ntext\nFrom me to you\n\nFrom b\nSubject: b\n\nx\n"
    assert list(read_mbox([octets])) == [
        b"Subject: a\r\n\r\ntext\r\nFrom me to you\r\n",
        b"Subject: b\r\n\r\nx\r\n",
    ]


def test_what_stands_before_the_first_message_is_left_out() -> None:
    assert list(read_mbox([b"junk\n\nFrom a\n\nx\n\n"])) == [b"\r\nx\r\n"]
    assert list(read_mbox([b"Subject: no mbox\n\nx\n"])) == []
    assert list(read_mbox([])) == []


def test_a_byte_order_mark_hides_no_message() -> None:
    octets = b"\xef\xbb\xbfFrom a\nSubject: a\n\nx\n\nFrom b\nz\n\n"
    expected = [b"Subject: a\r\n\r\nx\r\n", b"z\r\n"]
    assert list(read_mbox([octets])) == expected
    assert list(read_mbox(bytes([octet]) for octet in octets)) == expected
    assert list(read_mbox([b"\xef\xbb\xbf\nFrom a\nx\n"])) == [b"x\r\n"]


def test_a_message_that_is_too_large_is_given_just_too_large() -> None:
    octets = b"From a\n" + b"x" * 50 + b"\n" + b"y\n" * 1_000_000 + b"\nFrom b\nz\n\n"
    large, small = read_mbox([octets[at : at + 4096] for at in range(0, len(octets), 4096)], message_octets=1_000)
    assert 1_000 < len(large) < 1_100
    assert small == b"z\r\n"
    endless = list(read_mbox([b"From a\n", *[b"x" * 4096] * 1_000], message_octets=10_000))
    assert 10_000 < len(endless[0]) < 20_000
