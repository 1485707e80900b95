"""EXIF (a TIFF structure, as in CIPA DC-008 §4) without its GPS directory, edited in place.

Promises: the length stays, so every offset elsewhere stays true; nothing but the GPS directory, its values, the one
entry that points to it and the values of location in an XMP packet changes; never raises; bounded.
"""

from __future__ import annotations

import struct

from listserv.mail.photo.xmp import blank_xmp

DIRECTORIES_READ = 16
ENTRIES_READ = 1_000
VALUE_OCTETS = 65_536
_GPS, _EXIF, _XMP = 0x8825, 0x8769, 0x02BC
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def blank_gps(octets: bytearray, start: int, end: int) -> bool:
    """Whether `octets[start:end]`, a TIFF structure, had a place in it; it has none now."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(octets[start : start + 2]))
    if order is None or end - start < 8 or struct.unpack_from(order + "H", octets, start + 2)[0] != 42:
        return False
    return _Tiff(octets, start, end, order).blank()


class _Tiff:
    def __init__(self, octets: bytearray, start: int, end: int, order: str) -> None:
        self.octets, self.start, self.end, self.order = octets, start, end, order
        self.changed = False

    def blank(self) -> bool:
        waiting, seen = [self._long(self.start + 4)], set[int]()
        while waiting and len(seen) < DIRECTORIES_READ:
            offset = waiting.pop()
            if offset in seen or not self._is_directory(offset):
                continue
            seen.add(offset)
            waiting += self._clean(self.start + offset)
        return self.changed

    def _clean(self, at: int) -> list[int]:
        """The directory at `at` without its pointers to GPS directories; gives where others are."""
        further: list[int] = []
        number = 0
        while number < self._count(at):
            entry = at + 2 + 12 * number
            tag = self._short(entry)
            if tag == _GPS:
                self._empty(self._long(entry + 8))
                self._remove(at, number)
                continue
            if tag == _EXIF:
                further.append(self._long(entry + 8))
            elif tag == _XMP:
                self._blank_xmp(entry)
            number += 1
        after = at + 2 + 12 * self._count(at)
        return [*further, self._long(after)] if after + 4 <= self.end else further

    def _remove(self, at: int, number: int) -> None:
        """The entries after it move up, and what follows them: the offset of the next directory."""
        self.changed = True
        count = self._count(at)
        if number >= count:  # it lay within what became zeros
            return
        entry, stop = at + 2 + 12 * number, min(at + 2 + 12 * count + 4, self.end)
        self.octets[entry:stop] = self.octets[entry + 12 : stop] + bytes(12)
        struct.pack_into(self.order + "H", self.octets, at, count - 1)

    def _empty(self, offset: int) -> None:
        """A directory and its values become zeros."""
        if not self._is_directory(offset):
            return
        at = self.start + offset
        count = self._count(at)
        for number in range(count):
            value, size = self._value(at + 2 + 12 * number)
            if size > 4:
                self.octets[value : value + size] = bytes(size)
        stop = min(at + 2 + 12 * count + 4, self.end)
        self.octets[at:stop] = bytes(stop - at)

    def _blank_xmp(self, entry: int) -> None:
        value, size = self._value(entry)
        if size > 4 and blank_xmp(self.octets, value, value + size):
            self.changed = True

    def _value(self, entry: int) -> tuple[int, int]:
        """Where an entry's value stands and its octets; 0 of them if it reaches beyond the structure or is huge."""
        size = _SIZES.get(self._short(entry + 2), 0) * self._long(entry + 4)
        at = self.start + self._long(entry + 8)
        return at, size if size <= VALUE_OCTETS and at + size <= self.end else 0

    def _is_directory(self, offset: int) -> bool:
        at = self.start + offset
        if offset < 8 or at + 2 > self.end:
            return False
        count = self._short(at)
        return 0 < count <= ENTRIES_READ and at + 2 + 12 * count <= self.end

    def _count(self, at: int) -> int:
        """How many entries the directory has, of which all lie within the structure."""
        return min(self._short(at), (self.end - at - 2) // 12)

    def _short(self, at: int) -> int:
        return int(struct.unpack_from(self.order + "H", self.octets, at)[0])

    def _long(self, at: int) -> int:
        return int(struct.unpack_from(self.order + "I", self.octets, at)[0])
