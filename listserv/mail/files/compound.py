"""The names in an OLE compound file (MS-CFB), which old Office documents, Outlook items and installers are.

Promises: never raises, reads at most `ENTRIES_READ` directory entries over at most `SECTORS_READ` sectors, no sector
twice. Streams are never opened.
"""

from __future__ import annotations

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRIES_READ = 4_000
SECTORS_READ = 2_000

_HEADER_OCTETS = 512
_ENTRY_OCTETS = 128
_LAST_REGULAR = 0xFFFFFFFA
_INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")


def compound_names(octets: bytes) -> list[str]:
    """The names of storages and streams, the root first; [] for anything else. An installer's root is `.msi`."""
    if not octets.startswith(MAGIC) or len(octets) < _HEADER_OCTETS:
        return []
    shift = struct.unpack_from("<H", octets, 30)[0]
    if shift not in (9, 12):
        return []
    names: list[str] = []
    for start in _directory(octets, 1 << shift):
        for at in range(start, min(start + (1 << shift), len(octets)) - _ENTRY_OCTETS + 1, _ENTRY_OCTETS):
            if len(names) >= ENTRIES_READ:
                return names
            name = _name(octets, at)
            if name:
                names.append(name)
    return names


def _name(octets: bytes, at: int) -> str:
    length = struct.unpack_from("<H", octets, at + 64)[0]
    if octets[at + 66] == 5 and octets.startswith(_INSTALLER, at + 80):
        return ".msi"
    if octets[at + 66] == 0 or not 2 <= length <= 64:
        return ""
    return octets[at : at + length - 2].decode("utf-16-le", "replace")


def _directory(octets: bytes, sector_octets: int) -> list[int]:
    """Where each sector of the directory starts, along its chain in the allocation table."""
    table = _table_sectors(octets, sector_octets)
    each = sector_octets // 4
    sector = struct.unpack_from("<I", octets, 48)[0]
    found: list[int] = []
    seen: set[int] = set()
    while sector < _LAST_REGULAR and sector not in seen and len(found) < SECTORS_READ:
        seen.add(sector)
        start = (sector + 1) * sector_octets
        if start >= len(octets):
            break
        found.append(start)
        position = sector // each
        if position >= len(table):
            break
        at = (table[position] + 1) * sector_octets + 4 * (sector % each)
        if at + 4 > len(octets):
            break
        sector = struct.unpack_from("<I", octets, at)[0]
    return found


def _table_sectors(octets: bytes, sector_octets: int) -> list[int]:
    """The sectors of the allocation table: 109 in the header, the rest in a chain of their own."""
    table = list(struct.unpack_from("<109I", octets, 76))
    sector = struct.unpack_from("<I", octets, 68)[0]
    each = sector_octets // 4
    for _ in range(SECTORS_READ // each + 1):
        start = (sector + 1) * sector_octets
        if sector >= _LAST_REGULAR or start + sector_octets > len(octets):
            break
        block = struct.unpack_from(f"<{each}I", octets, start)
        table += block[:-1]
        sector = block[-1]
    return [entry for entry in table if entry < _LAST_REGULAR]
