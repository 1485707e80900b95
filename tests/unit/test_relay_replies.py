"""Replies and abilities are read from whatever a relay sends, in whatever pieces, and stay bounded."""

from __future__ import annotations

import pytest

from listserv.outbound.replies import (
    MAX_REPLY_OCTETS,
    MAX_TEXT_CHARACTERS,
    Abilities,
    RelayReply,
    ReplyError,
    ReplyReader,
    parse_abilities,
    parse_reply,
)


@pytest.mark.parametrize(
    ("octets", "reply"),
    [
        (b"250 2.1.5 Ok\r\n", RelayReply(250, "2.1.5", "Ok")),
        (b"250\r\n", RelayReply(250, "", "")),
        (b"250 Ok\n", RelayReply(250, "", "Ok")),
        (b"550-5.1.1 No such\r\n550 5.1.1 mailbox\r\n", RelayReply(550, "5.1.1", "No such mailbox")),
        (b"550-first\r\n550 5.7.1 second\r\n", RelayReply(550, "5.7.1", "first second")),
        (b"550 2.1.5 odd\r\n", RelayReply(550, "", "2.1.5 odd")),
        (b"250 1.2.3.4 hello\r\n", RelayReply(250, "", "1.2.3.4 hello")),
        (b"450 4.2.1\r\n", RelayReply(450, "4.2.1", "")),
        (b"550 bell \x07 and \xff\r\n", RelayReply(550, "", "bell   and �")),
        ("550 5.1.1 kāore\r\n".encode(), RelayReply(550, "5.1.1", "kāore")),
        (b"550 a\rb\r\n", RelayReply(550, "", "a b")),
    ],
)
def test_a_reply_is_code_enhanced_code_and_one_line_of_text(octets: bytes, reply: RelayReply) -> None:
    assert parse_reply(octets) == reply


@pytest.mark.parametrize("octets", [b"\r\n", b"hello\r\n", b"99 x\r\n", b"650 x\r\n", b"250ok\r\n", b"2500 x\r\n"])
def test_what_is_no_reply_is_an_error(octets: bytes) -> None:
    with pytest.raises(ReplyError):
        parse_reply(octets)


def test_a_long_text_is_cut() -> None:
    assert len(parse_reply(b"550 " + b"x" * 10_000 + b"\r\n").text) == MAX_TEXT_CHARACTERS


def test_a_reply_reads_as_it_is_logged() -> None:
    assert str(RelayReply(550, "5.1.1", "gone")) == "550 5.1.1 gone"
    assert str(RelayReply(250, "", "")) == "250"


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_reader_gives_whole_replies_from_any_pieces(size: int) -> None:
    octets = b"250-a\r\n250 b\r\n354 go\r\n250 c\r\n55"
    reader = ReplyReader()
    replies = []
    for start in range(0, len(octets), size):
        reader.feed(octets[start : start + size])
        while (reply := reader.next()) is not None:
            replies.append(reply)
    assert replies == [b"250-a\r\n250 b\r\n", b"354 go\r\n", b"250 c\r\n"]
    assert reader.pending


def test_nothing_is_pending_after_the_last_reply() -> None:
    reader = ReplyReader()
    reader.feed(b"250 ok\r\n")
    assert reader.next() == b"250 ok\r\n"
    assert not reader.pending


@pytest.mark.parametrize("piece", [b"x" * 100, b"250-more\r\n"])
def test_a_reply_without_an_end_is_given_up(piece: bytes) -> None:
    reader = ReplyReader()
    with pytest.raises(ReplyError):
        for _ in range(MAX_REPLY_OCTETS // len(piece) + 2):
            reader.feed(piece)
            assert reader.next() is None


def test_abilities_are_read_from_the_answer_to_ehlo() -> None:
    octets = (
        b"250-mx.example greets you, PIPELINING\r\n250-pipelining\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
        b"250-STARTTLS\r\n250-AUTH PLAIN login\r\n250 AUTH=XOAUTH2\r\n"
    )
    assert parse_abilities(octets) == Abilities(
        pipelining=True,
        eight_bit=True,
        utf8=True,
        starttls=True,
        declares_size=True,
        size_octets=1000,
        auth=frozenset({"PLAIN", "LOGIN", "XOAUTH2"}),
    )


def test_the_greeting_line_is_no_ability() -> None:
    assert parse_abilities(b"250-PIPELINING\r\n250 HELP\r\n") == Abilities()


@pytest.mark.parametrize(
    "line", [b"SIZE", b"SIZE 0", b"SIZE many", b"SIZE -1", b"SIZE " + b"9" * 5000, "SIZE ²".encode()]
)
def test_a_size_that_says_nothing_is_no_limit(line: bytes) -> None:
    abilities = parse_abilities(b"250-x\r\n250 " + line + b"\r\n")
    assert abilities.declares_size
    assert abilities.size_octets is None
