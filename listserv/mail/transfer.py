"""Content transfer encodings undone (RFC 2045 §6): base64, quoted-printable and uuencode, however broken.

Promises: never raises, linear, the result is never longer than what went in.
"""

from __future__ import annotations

import binascii
import re

UUENCODED_LINES_READ = 600_000

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_WORDS_FIRST = re.compile(rb"\s*+[^\s]++[ \t]++[^\s]")
_WORDS_LINE = re.compile(rb"\n[^\s]++[ \t]++[^\s]")
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

    It ends before a line of words with spaces between, such as a list's footer. Octets that begin with such a line are
    text that somebody labelled wrongly: they stay.
    """
    if b" " in octets or b"\t" in octets:
        if _WORDS_FIRST.match(octets) is not None:
            return octets
        words = _WORDS_LINE.search(octets)
        if words is not None:
            octets = octets[: words.start()]
    digits = octets.partition(b"=")[0]
    try:
        # It leaves out junk itself, and padding that nothing needs.
        return binascii.a2b_base64(digits + b"==")
    except binascii.Error:
        digits = digits.translate(None, _NOT_BASE64)
        return binascii.a2b_base64(digits[: len(digits) // 4 * 4])


def decode_uuencode(octets: bytes) -> bytes:
    """The file between `begin` and `end`; the octets themselves where no `begin` line is. Broken lines are left out."""
    begin = _UU_BEGIN.search(octets)
    if begin is None:
        return octets
    decoded = bytearray()
    at = begin.end()
    for _ in range(UUENCODED_LINES_READ):
        line_end = octets.find(b"\n", at)
        line = octets[at : line_end if line_end >= 0 else len(octets)].rstrip(b"\r")
        if line == b"end":
            break
        decoded += _uu_line(line)
        if line_end < 0 or len(decoded) > len(octets):
            break
        at = line_end + 1
    return bytes(decoded[: len(octets)])


def _uu_line(line: bytes) -> bytes:
    """One line; a count of its octets stands first, and spaces at its end may have been eaten on the way."""
    if len(line) < 2:
        return b""
    digits_end = 1 + (((line[0] - 32) & 63) * 4 + 2) // 3
    try:
        return binascii.a2b_uu(line[:digits_end])
    except binascii.Error:
        return b""
