"""WebP (RIFF) and HEIC, AVIF, MP4 (ISO 14496-12 boxes) whose metadata names no place, edited in place.

Promises: the length stays, no box or chunk moves; never raises, bounded. A HEIC's EXIF and XMP are items (ISO 23008-12
annex A) found through `iinf` and `iloc`; a film names its place in `©xyz` or in Apple's ISO 6709 key.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from listserv.mail.photo.exif import blank_gps
from listserv.mail.photo.xmp import blank_xmp

BOXES_READ = 5_000
ITEMS_READ = 5_000
EXTENTS_READ = 16
# `+37.0502+174.9448/` as written by phones: latitude, longitude, perhaps height (ISO 6709 annex H).
_ISO_6709 = (
    rb"[+-][0-9]{2,6}(?:\.[0-9]{1,12})?[+-][0-9]{3,7}(?:\.[0-9]{1,12})?(?:[+-][0-9.]{1,16})?(?:CRS[A-Z0-9_]{1,20})?/?"
)
_FILM_PLACE = re.compile(rb"(?s:\xa9xyz.{4}|data\x00\x00\x00\x01.{4})(" + _ISO_6709 + rb")")


def blank_film(octets: bytearray, start: int = 0) -> bool:
    """Whether the film named a place; where it did, spaces stand."""
    found = list(_FILM_PLACE.finditer(octets, start))
    for place in found:
        octets[place.start(1) : place.end(1)] = b" " * (place.end(1) - place.start(1))
    return bool(found)


def blank_webp(octets: bytearray) -> bool:
    """Whether the EXIF or XMP chunk of a WebP named a place; none does now."""
    changed = False
    at = 12
    for _ in range(BOXES_READ):
        if at + 8 > len(octets):
            break
        kind, size = bytes(octets[at : at + 4]), int.from_bytes(octets[at + 4 : at + 8], "little")
        start, end = at + 8, min(at + 8 + size, len(octets))
        if kind == b"EXIF":
            start += 6 if octets.startswith(b"Exif\x00\x00", start) else 0
            changed = blank_gps(octets, start, end) or changed
        elif kind == b"XMP ":
            changed = blank_xmp(octets, start, end) or changed
        at += 8 + size + (size & 1)
    return changed


def blank_heif(octets: bytearray) -> bool:
    """Whether an item of a HEIC or AVIF, or the film in it, named a place; none does now."""
    changed = blank_film(octets)
    meta = next((box for box in _boxes(octets, 0, len(octets)) if box.kind == b"meta"), None)
    if meta is None:
        return changed
    inside = {box.kind: box for box in _boxes(octets, meta.start + 4, meta.end)}
    info, places = inside.get(b"iinf"), inside.get(b"iloc")
    if info is None or places is None:
        return changed
    kinds = dict(_items(octets, info))
    idat = inside.get(b"idat")
    for number, start, end in _extents(octets, places, idat.start if idat else None, set(kinds)):
        if kinds[number] == b"Exif" and start + 4 <= end:
            tiff = start + 4 + int.from_bytes(octets[start : start + 4], "big")
            changed = (tiff < end and blank_gps(octets, tiff, end)) or changed
        elif kinds[number] == b"mime":
            changed = blank_xmp(octets, start, end) or changed
    return changed


class _Box(NamedTuple):
    kind: bytes
    start: int
    end: int


def _boxes(octets: bytearray, at: int, stop: int) -> Iterator[_Box]:
    for _ in range(BOXES_READ):
        if at + 8 > stop:
            return
        size, head = int.from_bytes(octets[at : at + 4], "big"), 8
        if size == 1 and at + 16 <= stop:
            size, head = int.from_bytes(octets[at + 8 : at + 16], "big"), 16
        end = stop if size == 0 else at + size
        if end > stop or end < at + head:
            return
        yield _Box(bytes(octets[at + 4 : at + 8]), at + head, end)
        at = end


def _items(octets: bytearray, info: _Box) -> Iterator[tuple[int, bytes]]:
    """(number, kind) of each item of EXIF and of XMP."""
    if info.start + 8 > info.end:
        return
    entries = info.start + (6 if octets[info.start] == 0 else 8)
    for box in _boxes(octets, entries, info.end):
        if box.kind != b"infe" or box.start + 12 > box.end or octets[box.start] < 2:
            continue
        wide = 4 if octets[box.start] >= 3 else 2
        number = int.from_bytes(octets[box.start + 4 : box.start + 4 + wide], "big")
        kind = bytes(octets[box.start + 6 + wide : box.start + 10 + wide])
        if kind == b"Exif" or (kind == b"mime" and octets.find(b"rdf+xml", box.start, box.end) >= 0):
            yield number, kind


def _extents(octets: bytearray, places: _Box, idat: int | None, wanted: set[int]) -> Iterator[tuple[int, int, int]]:
    """(item, start, end) of the items that lie in one piece, in the file or in `idat` (ISO 14496-12 §8.11.3)."""
    try:
        yield from _Places(octets, places, idat).read(wanted)
    except struct.error:
        return


class _Places:
    def __init__(self, octets: bytearray, box: _Box, idat: int | None) -> None:
        self.octets, self.box, self.idat = octets, box, idat
        self.at = box.start

    def read(self, wanted: set[int]) -> Iterator[tuple[int, int, int]]:
        version = self._number(1)
        self.at += 3
        sizes = self._number(2)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version else 0
        for _ in range(min(self._number(4 if version == 2 else 2), ITEMS_READ)):
            number = self._number(4 if version == 2 else 2)
            method = self._number(2) & 15 if version else 0
            self.at += 2
            base = self._number(base_size)
            extents = []
            for _ in range(self._number(2)):
                self.at += index_size
                extents.append((base + self._number(offset_size), self._number(length_size)))
                if len(extents) > EXTENTS_READ:
                    return
            origin = {0: 0, 1: self.idat}.get(method)
            if number in wanted and origin is not None and len(extents) == 1:
                start = origin + extents[0][0]
                yield number, start, min(start + extents[0][1], len(self.octets))

    def _number(self, size: int) -> int:
        if self.at + size > self.box.end:
            raise struct.error("the box is shorter than it says")
        value = int.from_bytes(self.octets[self.at : self.at + size], "big")
        self.at += size
        return value
