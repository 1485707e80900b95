"""Octets in, replies out."""

from __future__ import annotations

import pytest

from listserv.inbound.smtp_wire import Inbox, wire
from listserv.model.smtp import Reply


@pytest.mark.parametrize(
    ("reply", "octets"),
    [
        (Reply(250, "2.0.0", "kept"), b"250 2.0.0 kept\r\n"),
        (Reply(354, "", "go ahead"), b"354 go ahead\r\n"),
        (Reply(550, "5.7.1", "a\r\n250 2.0.0 b\0\tc"), b"550 5.7.1 a 250 2.0.0 b c\r\n"),
        (Reply(550, "5.7.1", "a\u2028b\x85c"), b"550 5.7.1 a b c\r\n"),
        (Reply(550, "5.7.1", "kāore"), b"550 5.7.1 k?ore\r\n"),
        (Reply(550, "5.7.1", ""), b"550 5.7.1 \r\n"),
        (Reply(550, "5.7.1", "\n"), b"550 5.7.1  \r\n"),
    ],
)
def test_a_reply_on_the_wire(reply: Reply, octets: bytes) -> None:
    assert wire(reply) == octets


def test_letters_outside_ascii_go_to_who_asked_for_them() -> None:
    assert wire(Reply(550, "5.7.1", "kāore \ud800"), utf8=True) == "550 5.7.1 kāore ?\r\n".encode()


@pytest.mark.parametrize("text", ["word " * 1_000, "x" * 5_000, "ā" * 5_000, "ā b " * 800])
@pytest.mark.parametrize("utf8", [False, True])
def test_no_line_of_a_reply_is_longer_than_512_octets(text: str, utf8: bool) -> None:
    lines = wire(Reply(550, "5.7.1", text), utf8=utf8).split(b"\r\n")
    assert lines.pop() == b""
    assert max(len(line) for line in lines) <= 510
    assert [line[:10] for line in lines] == [b"550-5.7.1 "] * (len(lines) - 1) + [b"550 5.7.1 "]
    assert sum(len(line) for line in lines) < 2_000 * 2 + 20 * len(lines)


def test_lines_and_blocks_come_out_once_and_in_order() -> None:
    inbox = Inbox()
    assert inbox.line() is None
    inbox.put(b"one\r\ntw")
    assert inbox.line() == b"one\r\n"
    assert inbox.line() is None
    inbox.put(b"o\nrest\n")
    assert inbox.line() == b"two\n"
    assert inbox.take() == b"rest\n"
    assert inbox.take() == b""
    inbox.put(b"later\n")
    inbox.give_back(b"first\n")
    assert (inbox.line(), inbox.line(), inbox.line()) == (b"first\n", b"later\n", None)


def test_what_is_given_back_is_searched_for_lines() -> None:
    inbox = Inbox()
    inbox.put(b"abc")
    assert inbox.line() is None
    inbox.give_back(b"x\n")
    assert inbox.line() == b"x\n"
    assert len(inbox) == 3
    inbox.clear()
    assert len(inbox) == 0


def test_only_what_came_since_it_was_asked_is_news() -> None:
    inbox = Inbox()
    quiet, news = [inbox.is_quiet], []
    inbox.put(b"a")
    quiet.append(inbox.is_quiet)
    news.append(inbox.news())
    quiet.append(inbox.is_quiet)
    inbox.put(b"b")
    inbox.end()
    news += [inbox.news(), inbox.news()]
    quiet.append(inbox.is_quiet)
    assert news == [True, True, False]
    assert quiet == [True, False, True, False], "at the end nothing more will come: it is not worth waiting for"


def test_what_was_cleared_is_no_news() -> None:
    inbox = Inbox()
    inbox.put(b"before TLS")
    inbox.clear()
    inbox.end()
    assert not inbox.news()
