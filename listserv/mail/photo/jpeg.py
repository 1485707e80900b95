"""JPEG files (ITU-T T.81) whose metadata names no place, edited in place: no segment moves, no picture changes.

Reads the segments before each scan: EXIF and XMP in APP1, IPTC in APP13. Further pictures behind the first (a depth
map, a second frame) and a film behind them (a moving photo) are looked at as well. Never raises, linear,
bounded.
"""

from __future__ import annotations

from listserv.mail.photo.exif import blank_gps
from listserv.mail.photo.xmp import blank_xmp

MAGIC = b"\xff\xd8\xff"
PICTURES_READ = 64
SEGMENTS_READ = 2_000
_EXIF = b"Exif\x00\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\x00"
_MORE_XMP_HEAD = len(_MORE_XMP) + 32 + 8
_IPTC = b"Photoshop 3.0\x00"
_IPTC_PLACES = frozenset({26, 27, 90, 92, 95, 100, 101})
_SCAN, _END = 0xDA, 0xD9
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def blank_jpeg(octets: bytearray) -> bool:
    """Whether any picture in the file named a place; none does now."""
    changed = False
    at = 0
    for _ in range(PICTURES_READ):
        found, at = _blank_picture(octets, at)
        changed = found or changed
        at = octets.find(MAGIC, at)
        if at < 0:
            break
    return changed


def _blank_picture(octets: bytearray, at: int) -> tuple[bool, int]:
    """Whether the picture that begins at `at` was changed, and where its scan begins."""
    changed = False
    at += 2
    for _ in range(SEGMENTS_READ):
        if at + 4 > len(octets) or octets[at] != 0xFF:
            break
        marker = octets[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker in (_SCAN, _END):
            break
        end = at + 2 + int.from_bytes(octets[at + 2 : at + 4], "big")
        if marker in (0xE1, 0xED):
            changed = _blank_segment(octets, at + 4, min(end, len(octets))) or changed
        if end < at + 4:
            break
        at = end
    return changed, max(at, 2)


def _blank_segment(octets: bytearray, start: int, end: int) -> bool:
    if octets.startswith(_EXIF, start, end):
        return blank_gps(octets, start + len(_EXIF), end)
    if octets.startswith(_XMP, start, end):
        return blank_xmp(octets, start + len(_XMP), end)
    if octets.startswith(_MORE_XMP, start, end):
        return blank_xmp(octets, min(start + _MORE_XMP_HEAD, end), end)
    return octets.startswith(_IPTC, start, end) and blank_iptc(octets, start, end)


def blank_iptc(octets: bytearray, start: int, end: int) -> bool:
    """Datasets of IPTC-IIM §6 that name city, region or country become spaces; whether there were any."""
    changed = False
    at = octets.find(b"8BIM\x04\x04", start, end)
    at = octets.find(b"\x1c", at, end) if at >= 0 else -1
    while at >= 0 and at + 5 <= end and octets[at] == 0x1C:
        size = int.from_bytes(octets[at + 3 : at + 5], "big")
        if size & 0x8000 or at + 5 + size > end:
            break
        if octets[at + 1] == 2 and octets[at + 2] in _IPTC_PLACES and octets[at + 5 : at + 5 + size].strip():
            octets[at + 5 : at + 5 + size] = b" " * size
            changed = True
        at += 5 + size
    return changed
