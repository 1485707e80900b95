"""Small pictures with a place in them, made by hand: each holds what a phone writes, none needs a library to read."""

from __future__ import annotations

import struct
import zlib

ORIENTATION, MAKE, EXIF, GPS = 0x0112, 0x010F, 0x8769, 0x8825
LATITUDE = struct.pack(">6I", 36, 1, 51, 1, 3012, 100)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r#"><rdf:Description exif:GPSLatitude="36,51.5S" '
    b'drone-dji:GpsLatitude="-36.8591" geo:lat="-36.8592" dc:title="Stays">'
    b"<exif:GPSLongitude>174,44.1E</exif:GPSLongitude><Iptc4xmpExt:LocationCreated><rdf:Bag>"
    b'<rdf:li Iptc4xmpExt:City="Waiuku" rdf:parseType="Resource">'
    b"<Iptc4xmpExt:Sublocation>Hall</Iptc4xmpExt:Sublocation>"
    b"</rdf:li></rdf:Bag></Iptc4xmpExt:LocationCreated></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PLACES = (LATITUDE, b"36,51.5S", b"-36.859", b"174,44.1E", b"Waiuku", b"Hall")


def tiff(order: str = ">", *, with_place: bool = True) -> bytes:
    """EXIF of a phone: make, orientation 6, an exposure, and where it was taken."""
    mark = b"MM" if order == ">" else b"II"
    number = 4 if with_place else 3
    main = 8
    inner = main + 2 + 12 * number + 4
    place = inner + 2 + 12 + 4
    values = place + 2 + 24 + 4
    entries = [_entry(order, MAKE, 2, 6, values), _entry(order, ORIENTATION, 3, 1, 6 << 16 if order == ">" else 6)]
    entries.append(_entry(order, EXIF, 4, 1, inner))
    entries += [_entry(order, GPS, 4, 1, place)] if with_place else []
    gps = [_entry(order, 1, 2, 2, 0x53000000), _entry(order, 2, 5, 3, values + 6)]
    head = mark + struct.pack(order + "HI", 42, main)
    exposure = _directory(order, [_entry(order, 0x829A, 4, 1, 60)])
    return head + _directory(order, entries) + exposure + _directory(order, gps) + b"Phone\x00" + LATITUDE


def tags(octets: bytes) -> dict[int, int]:
    """Tag -> value of the first directory, read anew."""
    order = ">" if octets[:2] == b"MM" else "<"
    at = struct.unpack_from(order + "I", octets, 4)[0]
    count = struct.unpack_from(order + "H", octets, at)[0]
    found = [struct.unpack_from(order + "HHII", octets, at + 2 + 12 * number) for number in range(count)]
    return {tag: value for tag, _, _, value in found}


def jpeg(order: str = ">") -> bytes:
    """A JPEG with EXIF, XMP, IPTC and a scan; behind it a second picture with a place and a film."""
    iptc = (
        b"Photoshop 3.0\x008BIM\x04\x04\x00\x00"
        + struct.pack(">I", 16)
        + b"\x1c\x02\x5a\x00\x06Waiuku\x1c\x02\x69\x00\x00"
    )
    one = _picture([b"Exif\x00\x00" + tiff(order), b"http://ns.adobe.com/xap/1.0/\x00" + XMP], iptc)
    return one + _picture([b"Exif\x00\x00" + tiff("<")], b"") + film()


def film() -> bytes:
    """The end of a film with a place in it."""
    return b"\x00\x00\x00\x26\xa9xyz\x00\x12\x15\xc7-36.8585+174.7850+012.0/"


def png() -> bytes:
    """A PNG of one pixel with EXIF, XMP and texts."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    hexed = b"\nexif\n" + b"%8d\n" % (len(tiff()) + 6) + (b"Exif\x00\x00" + tiff()).hex().encode()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, content)
        for kind, content in [
            (b"IHDR", header),
            (b"eXIf", tiff()),
            (b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP),
            (b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(XMP)),
            (b"tEXt", b"exif:GPSLatitude\x0036,51.5S"),
            (b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(hexed)),
            (b"tEXt", b"Title\x00Stays"),
            (b"IDAT", zlib.compress(b"\x00\x01\x02\x03")),
            (b"IEND", b""),
        ]
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def webp() -> bytes:
    """A WebP with EXIF and XMP behind a picture that is none."""
    body = b"WEBP" + _riff(b"VP8 ", b"pixels!") + _riff(b"EXIF", tiff("<")) + _riff(b"XMP ", XMP)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic() -> bytes:
    """A HEIC whose EXIF and XMP are items in `mdat`."""
    exif = struct.pack(">I", 6) + b"Exif\x00\x00" + tiff()
    ftyp = box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    infos = box(b"infe", b"\x02\x00\x00\x00\x00\x02\x00\x00Exif\x00") + box(
        b"infe", b"\x02\x00\x00\x00\x00\x03\x00\x00mime\x00application/rdf+xml\x00"
    )
    iinf = box(b"iinf", b"\x00\x00\x00\x00\x00\x02" + infos)

    def meta(start: int) -> bytes:
        places = b"\x01\x00\x00\x00\x44\x00\x00\x02"
        for number, offset, length in ((2, start, len(exif)), (3, start + len(exif), len(XMP))):
            places += struct.pack(">HHHHII", number, 0, 0, 1, offset, length)
        return box(b"meta", bytes(4) + iinf + box(b"iloc", places))

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", exif + XMP + b"pixels")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _picture(metadata: list[bytes], iptc: bytes) -> bytes:
    segments = [b"\xff\xe0" + _sized(b"JFIF\x00\x01\x01")] + [b"\xff\xe1" + _sized(each) for each in metadata]
    segments += [b"\xff\xed" + _sized(iptc)] if iptc else []
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xda" + _sized(b"scan") + b"\x01\xff\x00\x02pixels\xff\xd9"


def _sized(content: bytes) -> bytes:
    return struct.pack(">H", len(content) + 2) + content


def _riff(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) & 1)


def _entry(order: str, tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack(order + "HHII", tag, kind, count, value)


def _directory(order: str, entries: list[bytes]) -> bytes:
    return struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
