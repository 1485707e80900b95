"""The names in a zip archive, from its central directory alone (APPNOTE 4.3.12): nothing is ever unpacked.

Promises: never raises, reads at most `ENTRIES_READ` entries, linear. What is no archive, or a broken one, has no names.
"""

from __future__ import annotations

import struct

ENTRIES_READ = 10_000
NAME_OCTETS = 1_000
_END = b"PK\x05\x06"
_END_OCTETS = 22
_COMMENT_OCTETS = 65_535
_ENTRY = b"PK\x01\x02"
_ENTRY_OCTETS = 46


def zip_names(octets: bytes) -> list[str]:
    """The names as they are written, folders with them, in the order of the directory."""
    end = octets.rfind(_END, max(0, len(octets) - _END_OCTETS - _COMMENT_OCTETS))
    if end < 0 or end + _END_OCTETS > len(octets):
        return []
    size, start = struct.unpack_from("<II", octets, end + 12)
    # Where something stands before the archive (a program that unpacks itself) the directory still ends here.
    at = start if octets.startswith(_ENTRY, start) else end - size
    return _names(octets, at, end) if at >= 0 else []


def _names(octets: bytes, at: int, end: int) -> list[str]:
    names: list[str] = []
    while len(names) < ENTRIES_READ and at + _ENTRY_OCTETS <= end and octets.startswith(_ENTRY, at):
        flags = struct.unpack_from("<H", octets, at + 8)[0]
        name, extra, comment = struct.unpack_from("<HHH", octets, at + 28)
        written = octets[at + _ENTRY_OCTETS : at + _ENTRY_OCTETS + min(name, NAME_OCTETS)]
        names.append(written.decode("utf-8" if flags & 0x800 else "cp437", "replace"))
        at += _ENTRY_OCTETS + name + extra + comment
    return names
