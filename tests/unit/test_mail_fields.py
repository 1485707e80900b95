"""Where a header begins and ends, and what its fields are, in good mail and in bad."""

from __future__ import annotations

import pytest

from listserv.mail.fields import cut_head, cut_message_head, with_line_feeds

GOOD = b"From: a@b.nz\r\nSubject: one\r\n\ttwo\r\n\r\nbody\r\n"


def test_fields_give_the_octets_they_stand_in() -> None:
    head = cut_message_head(GOOD)
    assert [(field.name, field.value) for field in head.fields] == [
        (b"From", b" a@b.nz"),
        (b"Subject", b" one\r\n\ttwo"),
    ]
    assert GOOD[head.fields[1].start : head.fields[1].end] == b"Subject: one\r\n\ttwo\r\n"
    assert b"".join(GOOD[field.start : field.end] for field in head.fields) == GOOD[head.start : head.end]
    assert GOOD[head.body_start :] == b"body\r\n"
    assert head.defects == ()


def test_values_are_found_by_any_case_and_keep_their_order() -> None:
    head = cut_message_head(b"received: 1\nRECEIVED:2 \nTo : x\n\n")
    assert head.raw("Received") == [b"1", b"2"]
    assert head.first(b"to") == b"x"
    assert head.raw("Māori") == []


@pytest.mark.parametrize(
    ("octets", "names", "body", "defects"),
    [
        (b"", [], b"", ()),
        (b"\n", [], b"", ()),
        (b"\r\nx", [], b"x", ()),
        (b"A: b", [b"A"], b"", ()),
        (b"A: b\r\r\n\r\r\nx", [b"A"], b"x", ()),
        (b"From jo Mon Oct 12 09:00:00 2026\nA: b\n\nx", [b"A"], b"x", ("mbox_line",)),
        (b">From jo Mon Oct 12 09:00:00 2026\nA: b\n\nx", [b"A"], b"x", ("mbox_line",)),
        (b"From : jo@b.nz\n\nx", [b"From"], b"x", ()),
        (b"Thanks :-)\nFrom : jo\n\nx", [], b"Thanks :-)\nFrom : jo\n\nx", ("no_blank_line",)),
        (b"Subject : a\nThanks :-)\n\nx", [b"Subject"], b"Thanks :-)\n\nx", ("no_blank_line",)),
        (b"From jo", [], b"From jo", ("no_blank_line",)),
        (b"\xef\xbb\xbfSubject: a\n\nx", [b"Subject"], b"x", ("byte_order_mark",)),
        (b"\n\nSubject: a\n\nx", [b"Subject"], b"x", ("early_blank_line",)),
        (b"\n\nKia ora: a\n\nx", [], b"\nKia ora: a\n\nx", ()),
        (b"Subject: a\n=garbage\nTo: b\n\nx", [b"Subject", b"To"], b"x", ("header_garbage",)),
        (b"Subject: a\nKia ora koutou\n\nx", [b"Subject"], b"Kia ora koutou\n\nx", ("no_blank_line",)),
        (b"Kia ora koutou\n\nx", [], b"Kia ora koutou\n\nx", ("no_blank_line",)),
        (b" by mx.example.nz\nReceived: a\nTo: b\n\nx", [b"Received", b"To"], b"x", ("header_garbage",)),
        (b"-- Forwarded --\nFrom: a\nTo: b\n\nx", [], b"-- Forwarded --\nFrom: a\nTo: b\n\nx", ("no_blank_line",)),
        (
            b"To: a\nText\n--b\nContent-Type: x/y\n\nz",
            [b"To"],
            b"Text\n--b\nContent-Type: x/y\n\nz",
            ("no_blank_line",),
        ),
        (b"To: a\nText\nX-A: b\nmore\n\nz", [b"To", b"X-A"], b"more\n\nz", ("header_garbage", "no_blank_line")),
    ],
)
def test_what_real_mail_puts_there(octets: bytes, names: list[bytes], body: bytes, defects: tuple[str, ...]) -> None:
    head = cut_message_head(octets)
    assert [field.name for field in head.fields] == names
    assert octets[head.body_start :] == body
    assert head.defects == defects


def test_garbage_is_no_part_of_the_field_above() -> None:
    head = cut_message_head(b"Subject: a\n b\ngarbage\n c\nTo: d\n\n")
    assert head.raw("subject") == [b"a\n b"]
    assert [(field.start, field.end) for field in head.fields] == [(0, 14), (25, 31)]


def test_bare_carriage_returns_end_lines_only_where_there_is_no_line_feed() -> None:
    assert cut_message_head(with_line_feeds(b"A: b\rC: d\r\rx")).raw("c") == [b"d"]
    assert with_line_feeds(b"A: b\rC: d\n\n") == b"A: b\rC: d\n\n"


def test_a_part_ends_where_it_must() -> None:
    octets = b"A: b\nC: d\n\nbody\n\nmore"
    head = cut_head(octets, 5, 10)
    assert head.raw("c") == [b"d"]
    assert (head.start, head.end, head.body_start) == (5, 10, 10)


def test_a_header_without_end_is_read_no_further_than_a_mebibyte() -> None:
    head = cut_message_head(b"A: " + b"x" * 3_000_000)
    assert (head.end, head.defects) == (1_048_576, ("header_cut",))
    many = cut_message_head(b"a:\n" * 20_000)
    assert len(many.fields) == 10_001
    assert many.defects == ("header_cut",)
