"""The first look: what is too large or too odd is named before anything reads it."""

from __future__ import annotations

import pytest

from listserv.mail.bounds import Bounds, check_bounds

SMALL = Bounds(
    message_octets=4_000, header_octets=1_000, field_octets=300, fields=20, parts=5, depth=3, boundary_octets=70,
    recipients_in_field=10,
)  # fmt: skip
HEAD = b"From: jo@example.nz\r\nSubject: a\r\n"


def _multipart(boundary: bytes, parts: int) -> bytes:
    lines = (b"--" + boundary + b"\r\n\r\nx\r\n") * parts
    return HEAD + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + lines


def _nested(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"\r\nx\r\n"


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (HEAD + b"\r\n" + b"x" * 4_000, "message_too_large"),
        (HEAD + b"X: y\r\n" * 300 + b"\r\nx", "header_too_large"),
        (b"X: " + b"y" * 2_000, "header_too_large"),
        (HEAD + b"X: " + b"y" * 300 + b"\r\n\r\nx", "field_too_long"),
        (HEAD + b"X: y" + b"\r\n y" * 100 + b"\r\n\r\nx", "field_too_long"),
        (HEAD + b"X: y\r\n" * 19 + b"\r\nx", "too_many_fields"),
        (HEAD + b"Cc: " + b",".join(b"p%d@b.nz" % n for n in range(11)) + b"\r\n\r\nx", "too_many_recipients"),
        (_multipart(b"b", 5), "too_many_parts"),
        (_nested(4), "too_deep"),
        (_multipart(b"b" * 71, 1), "boundary_too_long"),
    ],
)
def test_broken_bounds(octets: bytes, code: str) -> None:
    fault = check_bounds(octets, SMALL)
    assert fault is not None
    assert fault.code == code
    assert fault.text.endswith(".")
    assert fault.text.isascii()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        HEAD + b"\r\nKia ora\r\n",
        HEAD + b"X: " + b"y" * 290 + b"\r\n\r\nx",
        HEAD + b"X: y\r\n" * 18 + b"\r\nx",
        HEAD + b"Cc: " + b",".join(b"p%d@b.nz" % n for n in range(10)) + b"\r\n\r\nx",
        _multipart(b"b", 4),
        _multipart(b"b" * 70, 1),
        _nested(3),
        HEAD + b"\r\n" + b"-- \r\n--b\r\n" * 100 + b"multipart/mixed message/rfc822 boundary" * 9,
        HEAD + b'\r\n\r\nContent-Type: multipart/mixed; boundary="' + b"x" * 500 + b'"\r\n',
    ],
)
def test_kept_bounds(octets: bytes) -> None:
    assert check_bounds(octets, SMALL) is None


@pytest.mark.parametrize("text", [b"x", b"x" * Bounds().header_octets])
@pytest.mark.parametrize(
    ("kept", "broken", "code"),
    [
        (_multipart(b"b", 499), _multipart(b"b", 1_000), "too_many_parts"),
        (_nested(20), _nested(21), "too_deep"),
        (_multipart(b"b" * 2_048, 1), _multipart(b"b" * 2_049, 1), "boundary_too_long"),
    ],
)
def test_the_usual_bounds_of_parts_are_looked_at_where_the_message_is_read(
    kept: bytes, broken: bytes, code: str, text: bytes
) -> None:
    assert check_bounds(kept + text, Bounds()) is None
    fault = check_bounds(broken + text, Bounds())
    assert fault is not None
    assert fault.code == code


def test_a_header_of_exactly_the_bound_is_let_pass() -> None:
    for line_end in (b"\r\n", b"\n"):
        header = b"X: " + b"y" * 200 + line_end
        exact = Bounds(header_octets=len(header))
        assert check_bounds(header + line_end + b"x" * 5_000, exact) is None
        fault = check_bounds(b"Z" + header + line_end + b"x" * 5_000, exact)
        assert fault is not None
        assert fault.code == "header_too_large"


def test_the_usual_bounds_let_usual_mail_pass() -> None:
    assert check_bounds(HEAD + b"\r\n" + b"x" * 70 * 1_000, Bounds()) is None


def test_lines_that_are_no_field_do_not_hide_the_fields_behind_them() -> None:
    crowd = b"To: " + b", ".join(b"p%d@b.nz" % number for number in range(5_000)) + b"\r\n"
    fault = check_bounds(HEAD + b"this line is no field\r\n" * 5_000 + crowd + b"\r\nx", Bounds())
    assert fault is not None
    assert fault.code == "header_too_large"
