"""The names of the files in a winmail.dat (MS-OXTNEF), which other programs than Outlook cannot open.

Promises: never raises; at most `FILES_READ` names, each a safe label as `mail.params.safe_file_name` gives it; what is
broken or cut off ends the reading, not what was found before. Nothing inside is unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from listserv.mail.charsets import decode
from listserv.mail.params import safe_file_name

FILES_READ = 100
ATTRIBUTES_READ = 5_000
PROPERTIES_READ = 500
_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_SIGNATURE = b"\x78\x9f\x3e\x22"
_CODE_PAGE = 0x00069007
_NEW_FILE = 0x00069002
_TITLE = 0x00018010
_PROPERTIES = 0x00069005
_LONG_NAME = 0x3707
_TEXT, _WIDE = 0x1E, 0x1F
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, _TEXT, _WIDE, 0x102})
_MANY = 0x1000


def is_winmail(content_type: str, filename: str) -> bool:
    """Whether a file is one, by its type or its name."""
    return content_type in _TYPES or filename.lower() == "winmail.dat"


def tnef_names(octets: bytes) -> tuple[str, ...]:
    """What the files inside are called, in their order; a file without a readable name is left out."""
    titles: list[str | None] = []
    charset = "cp1252"
    for kind, value in _attributes(octets):
        if kind == _CODE_PAGE and len(value) >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif kind == _NEW_FILE:
            if len(titles) >= FILES_READ:
                break
            titles.append(None)
        elif kind == _TITLE and titles and titles[-1] is None:
            titles[-1] = safe_file_name(decode(value.rstrip(b"\x00")[:1000], charset))
        elif kind == _PROPERTIES and titles:
            titles[-1] = _long_name(value, charset) or titles[-1]
    return tuple(title for title in titles if title)


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attribute's id and value (MS-OXTNEF 2.1.3.1), as far as they are whole."""
    if not octets.startswith(_SIGNATURE):
        return
    at = 6
    for _ in range(ATTRIBUTES_READ):
        if at + 9 > len(octets):
            return
        kind, length = struct.unpack_from("<II", octets, at + 1)
        start = at + 9
        if start + length > len(octets):
            return
        yield kind, octets[start : start + length] if length < 1_000_000 else b""
        at = start + length + 2


def _long_name(octets: bytes, charset: str) -> str | None:
    """The long file name among the MAPI properties of a file (MS-OXTNEF 2.1.3.4)."""
    if len(octets) < 4:
        return None
    at = 4
    for _ in range(min(struct.unpack_from("<I", octets)[0], PROPERTIES_READ)):
        if at + 4 > len(octets):
            return None
        kind, number = struct.unpack_from("<HH", octets, at)
        after = _after_name(octets, at + 4) if number >= 0x8000 else at + 4
        found = _values(octets, after, kind)
        if found is None:
            return None
        value, at = found
        if number == _LONG_NAME and kind in (_TEXT, _WIDE):
            text = value.decode("utf-16-le", "replace") if kind == _WIDE else decode(value, charset)
            return safe_file_name(text.partition("\x00")[0][:1000])
    return None


def _after_name(octets: bytes, at: int) -> int:
    """Where a named property's value begins: after its GUID and its number or name."""
    if at + 24 > len(octets):
        return len(octets)
    by_name, length = struct.unpack_from("<II", octets, at + 16)
    return at + 24 + (_padded(length) if by_name else 0)


def _values(octets: bytes, at: int, kind: int) -> tuple[bytes, int] | None:
    """The first value and where the next property begins; None where that cannot be told."""
    single = kind & ~_MANY
    if single in _FIXED and not kind & _MANY:
        return octets[at : at + _FIXED[single]], at + _FIXED[single]
    if at + 4 > len(octets) or (single not in _FIXED and single not in _VARIABLE):
        return None
    count = struct.unpack_from("<I", octets, at)[0]
    at += 4
    if single in _FIXED:
        return b"", at + count * _FIXED[single]
    first = b""
    for number in range(min(count, PROPERTIES_READ)):
        if at + 4 > len(octets):
            return None
        length = struct.unpack_from("<I", octets, at)[0]
        first = octets[at + 4 : at + 4 + length] if number == 0 else first
        at += 4 + _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + (-length % 4)
