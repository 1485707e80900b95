"""Content transfer encodings undone (RFC 2045 §6): base64, quoted-printable and uuencode, however broken.

Promises: never raises, linear, the result is never longer than what went in.
"""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_WORDS_FIRST = re.compile(rb"\s*+[^\s]++[ \t]++[^\s]")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
_UUENCODE = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})


def decode_transfer(octets: bytes, encoding: str) -> bytes:
    """The octets that `encoding` (lower case) carried; an encoding nobody knows leaves them as they are."""
    if encoding == "base64":
        return decode_base64(octets)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    if encoding in _UUENCODE:
        return decode_uuencode(octets)
    return octets


def is_identity(encoding: str) -> bool:
    """Whether this encoding leaves octets as they are."""
    return encoding in _IDENTITY


def decode_base64(octets: bytes) -> bytes:
    """What stands before the first padding, junk between the digits left out, a digit too many at the end dropped.

    Octets whose first line is words with spaces between are text that somebody labelled wrongly: they stay.
    """
    if _WORDS_FIRST.match(octets) is not None:
        return octets
    digits = _NOT_BASE64.sub(b"", octets.partition(b"=")[0])
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def decode_uuencode(octets: bytes) -> bytes:
    """The file between `begin` and `end`; the octets themselves where no `begin` line is. Broken lines are left out."""
    begin = _UU_BEGIN.search(octets)
    if begin is None:
        return octets
    pieces = []
    for line in octets[begin.end() :].split(b"\n"):
        line = line.rstrip(b"\r")
        if line == b"end":
            break
        pieces.append(_uu_line(line))
    return b"".join(pieces)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    try:
        length = (((line[0] - 32) & 63) * 4 + 5) // 3
        return binascii.a2b_uu(line[:length])
    except (binascii.Error, IndexError):
        return b""
