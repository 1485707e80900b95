"""The reader of a content: its end, its dots, its faults, and what it holds."""

from __future__ import annotations

import pytest

from listserv.inbound.edge import HeldOctets
from listserv.inbound.smtp_data import BARE_LINE_END, NO_ROOM, Content, too_big
from tests.stopwatch import Stopwatch

REST = b"MAIL FROM:<a@example.org>\r\n"


def _read(raw: bytes, cuts: list[int], limit: int = 10_000) -> tuple[Content, bytes | None]:
    """`raw`, cut at `cuts`, read to its end; what stood behind it."""
    content = Content(limit, HeldOctets(limit))
    rest: bytes | None = None
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        block = raw[start:end]
        rest = content.feed(block) if rest is None else rest + block
    return content, rest


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..a\r\n...\r\n\r\n..\r\n.\r\n", b".a\r\n..\r\n\r\n.\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"\0\xff\r\n\r\n\r\n.\r\n", b"\0\xff\r\n\r\n\r\n"),
        (b".\r\0\r\n.\r\n", None),
        (b"a\n.\r\n.\r\n", None),
        (b"a\r\n.\n\r\n.\r\n", None),
        (b"a\r\r\n.\r\n", None),
        (b"\n.\r\n\r\n.\r\n", None),
    ],
)
def test_a_content_is_the_same_wherever_it_is_cut(raw: bytes, octets: bytes | None) -> None:
    whole = raw + REST
    cuts: list[list[int]] = [[]] + [[i] for i in range(len(whole) + 1)] + [list(range(1, len(whole)))]
    cuts += [[i, j] for i in range(len(raw)) for j in range(i, len(raw))]
    for cut in cuts:
        content, rest = _read(whole, cut)
        assert rest == REST, cut
        if octets is None:
            assert content.fault == BARE_LINE_END, cut
        else:
            assert content.fault is None, cut
            assert content.octets() == octets, cut


def test_no_end_while_there_is_none() -> None:
    for raw in (b"", b".", b".\r", b"\r\n.", b"a\r\n.\r", b"a.\r\n", b"a\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n"):
        assert _read(raw, [])[1] is None, raw


def test_the_size_counts_what_is_kept() -> None:
    assert _read(b"..34\r\n.\r\n", [], limit=5)[0].octets() == b".34\r\n"
    content, rest = _read(b"..345\r\n.\r\nNOOP\r\n", [], limit=5)
    assert content.fault == too_big(5)
    assert "5 octets" in too_big(5).text
    assert rest == b"NOOP\r\n"


def test_a_refused_content_holds_nothing_and_is_still_read() -> None:
    held = HeldOctets(1_000_000)
    with Content(1_000, held) as content:
        content.feed(b"x" * 900)
        assert held.now >= 900
        for _ in range(100):
            assert content.feed(b"x" * 1_000) is None
            assert held.now == 0
        assert content.read_octets == 100_900
        assert content.feed(b"\r\n.\r\nNOOP") == b"NOOP"
    assert content.fault == too_big(1_000)


def test_what_is_held_is_given_back() -> None:
    held = HeldOctets(1_000)
    with Content(1_000, held) as first:
        first.feed(b"x" * 600)
        with Content(1_000, held) as second:
            second.feed(b"y" * 600 + b"\r\n.\r\n")
            assert second.fault == NO_ROOM
        assert first.feed(b"\r\n.\r\n") == b""
        assert first.octets() == b"x" * 600 + b"\r\n"
        assert held.now >= 600, "its octets are in use as long as it is open"
    assert held.now == 0


def test_a_permanent_fault_wins_over_a_temporary_one() -> None:
    with Content(1_000, HeldOctets(10)) as content:
        content.feed(b"no room for this\r\n")
        assert content.fault == NO_ROOM
        content.feed(b"nor for a bare\n line")
        assert content.fault == BARE_LINE_END
        content.refuse(NO_ROOM)
        assert content.fault == BARE_LINE_END


@pytest.mark.parametrize("line", [b"\r\n", b"\r\n.\r", b".\r\n..", b"\r", b"x" * 79 + b"\r\n"])
def test_time_grows_with_the_octets_and_no_faster(line: bytes) -> None:
    def seconds(octets: int) -> float:
        block = (line * (65_536 // len(line)))[:65_536]
        fastest = 9.0
        for _ in range(5):
            content = Content(2**30, HeldOctets(2**30))
            with Stopwatch() as watch:
                for _ in range(octets // 65_536):
                    content.feed(block)
            fastest = min(fastest, watch.seconds)
        return fastest

    assert seconds(8 * 2**20) < 3.2 * seconds(4 * 2**20) + 0.05
    assert seconds(8 * 2**20) < 1
