"""XMP (ISO 16684-1) without the values that name a place, edited in place.

Promises: the length stays (a packet may be padded with spaces, ISO 16684-1 §7.3.2), the XML stays well formed; what
cannot be read plainly makes way for an empty packet as a whole. Linear, never raises.
"""

from __future__ import annotations

import re

PACKET_OCTETS = 2_000_000

_PLACE = (
    rb"(?:[Gg][Pp][Ss][A-Za-z]{1,40}|City|State|Country|CountryCode|CountryName|ProvinceState|Sublocation|WorldRegion|Location|"
    rb"LocationName|LocationId|LocationCreated|LocationShown|[Ll]atitude|[Ll]ongitude|lat|long)"
)
_NAME = rb"[A-Za-z_][A-Za-z0-9_.-]{0,40}:" + _PLACE
_ATTRIBUTE = re.compile(rb"[\s]" + _NAME + rb"""\s{0,8}=\s{0,8}(?:"([^"<]{0,4000})"|'([^'<]{0,4000})')""")
_ELEMENT = re.compile(rb"<(" + _NAME + rb")(?=[\s/>])[^<>]{0,4000}>")
_EMPTY = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
# In each of those names there is one of these.
_ANY_PLACE = re.compile(
    rb"[Gg][Pp][Ss]|City|State|Country|WorldRegion|[Ll]ocation|[Ll]atitude|[Ll]ongitude|:l(?:at|ong)\b"
)


def blank_xmp(octets: bytearray, start: int, end: int) -> bool:
    """Whether the packet `octets[start:end]` named a place; it names none now."""
    packet = bytes(octets[start:end])
    if len(packet) > PACKET_OCTETS or b"\x00" in packet.rstrip(b"\x00"):
        # A huge one, UTF-16 or UTF-32: found, but not edited letter by letter.
        cleaned = _blank_packet(packet) if _ANY_PLACE.search(packet.replace(b"\x00", b"")) else packet
    else:
        cleaned = _cleaned(packet)
    octets[start:end] = cleaned
    return cleaned != packet


def names_place(packet: bytes) -> bool:
    """Whether a packet names a place."""
    octets = bytearray(packet)
    return blank_xmp(octets, 0, len(octets))


def _cleaned(packet: bytes) -> bytes:
    made = bytearray(packet)
    for found in _ATTRIBUTE.finditer(packet):
        value = 1 if found.start(1) >= 0 else 2
        _blank(made, found.start(value), found.end(value))
    until = 0
    for found in _ELEMENT.finditer(packet):
        if found.start() < until or found[0].endswith(b"/>"):
            continue
        until = packet.find(b"</" + found[1] + b">", found.end())
        if until < 0:
            return _blank_packet(packet)
        _blank_words(made, packet, found.end(), until)
    return bytes(made)


def _blank_words(made: bytearray, packet: bytes, start: int, stop: int) -> None:
    """Text between the tags of an element; attributes of what stands inside it are values of a place as well."""
    at = start
    while at < stop:
        opened = packet.find(b"<", at, stop)
        _blank(made, at, opened if opened >= 0 else stop)
        if opened < 0:
            return
        closed = packet.find(b">", opened, stop)
        for value in re.finditer(rb'="([^"]{0,4000})"', packet[opened : closed if closed >= 0 else stop]):
            if not value[1].startswith((b"http", b"Resource")):
                _blank(made, opened + value.start(1), opened + value.end(1))
        at = closed + 1 if closed >= 0 else stop


def _blank(made: bytearray, start: int, stop: int) -> None:
    made[start:stop] = b" " * (stop - start)


def _blank_packet(packet: bytes) -> bytes:
    return _EMPTY.ljust(len(packet)) if len(packet) >= len(_EMPTY) else b" " * len(packet)
