"""Transfer encodings undone, also broken ones."""

from __future__ import annotations

import binascii

import pytest

from listserv.mail.transfer import decode_transfer, is_identity


@pytest.mark.parametrize(
    ("octets", "encoding", "decoded"),
    [
        (b"a=20b", "7bit", b"a=20b"),
        (b"a\xff", "8bit", b"a\xff"),
        (b"a", "no-such-encoding", b"a"),
        (b"a=20b=\r\nc", "quoted-printable", b"a bc"),
        (b"a=zzb=", "quoted-printable", b"a=zzb"),
        (b"S2lhIG9yYQ==", "base64", b"Kia ora"),
        (b"S2lh\r\nIG9y\r\nYQ==\r\n", "base64", b"Kia ora"),
        (b"S2lhIG9yYQ", "base64", b"Kia ora"),
        (b"S2lh*IG9y!YQ==", "base64", b"Kia ora"),
        (b"S2lhIG9yYQ==\r\n-- \r\nlist footer\r\n", "base64", b"Kia ora"),
        (b"S2lhIG9yYWE", "base64", b"Kia oraa"),
        (b"S2lhIG9yYWE\r\n\r\n-- \r\na list footer\r\n", "base64", b"Kia oraa"),
        (b"S2lhA", "base64", b"Kia"),
        (b"S2l*hA\r\n=", "base64", b"Kia"),
        (b"S2lh====IG9yYQ", "base64", b"Kia"),
        (b"S2l\t h*A", "base64", b"S2l\t h*A"),
        (b"S2lh \t IG9yYQ=", "base64", b"S2lh \t IG9yYQ="),
        (b" S2lh\r\n IG9y\r\n YQ", "base64", b"Kia ora"),
        (b"Kia ora koutou\r\n", "base64", b"Kia ora koutou\r\n"),
        (b"", "base64", b""),
        (b"====", "base64", b""),
        (b"begin 644 a.txt\n'2VEA(&]R80\n`\nend\n", "x-uuencode", b"Kia ora"),
        (b"text\r\nbegin 644 a.txt\r\n'2VEA(&]R80\r\n`\r\nend\r\n", "uuencode", b"Kia ora"),
        (b"begin 644 a.txt\n\xff\xff\xff\n'2VEA(&]R80\n", "x-uue", b"Kia ora"),
        (b"no begin line\n", "uue", b"no begin line\n"),
    ],
)
def test_decoding(octets: bytes, encoding: str, decoded: bytes) -> None:
    assert decode_transfer(octets, encoding) == decoded


@pytest.mark.parametrize("size", [0, 1, 2, 3, 44, 45, 46, 1000])
def test_a_uuencoded_file_comes_out_whole(size: int) -> None:
    data = bytes(range(256)) * 4
    lines = [binascii.b2a_uu(data[at : min(at + 45, size)]) for at in range(0, size, 45)]
    whole = b"begin 644 a\n" + b"".join(lines) + b"`\nend\n"
    assert decode_transfer(whole, "x-uuencode") == data[:size]


def test_lines_that_promise_more_than_they_hold_do_not_grow() -> None:
    bomb = b"begin 644 a\n" + b"MA\n" * 10_000
    assert len(decode_transfer(bomb, "x-uuencode")) <= len(bomb)


def test_which_leave_octets_alone() -> None:
    assert is_identity("7bit")
    assert is_identity("binary")
    assert not is_identity("base64")
    assert not is_identity("x-unknown")
