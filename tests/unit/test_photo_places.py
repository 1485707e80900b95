"""Pictures without the place where they were taken: nothing of it is left, and nothing else has changed."""

from __future__ import annotations

import base64
import zlib

import pytest

from listserv.mail.parse import parse
from listserv.mail.photo.exif import blank_gps
from listserv.mail.photo.message import unplaced
from listserv.mail.photo.xmp import blank_xmp
from tests import photos

PICTURES = {"jpeg": photos.jpeg(), "jpeg, Intel order": photos.jpeg("<"), "webp": photos.webp(), "heic": photos.heic()}
LITTLE_LATITUDE = b"".join([photos.LATITUDE[at : at + 4][::-1] for at in range(0, 24, 4)])


@pytest.mark.parametrize("order", "<>")
def test_exif_keeps_all_but_the_place(order: str) -> None:
    octets = bytearray(photos.tiff(order))
    before = photos.tags(bytes(octets))
    assert blank_gps(octets, 0, len(octets))
    assert photos.LATITUDE not in octets
    after = photos.tags(bytes(octets))
    assert after == {tag: value for tag, value in before.items() if tag != photos.GPS}
    assert set(after) == {photos.MAKE, photos.ORIENTATION, photos.EXIF}
    assert len(octets) == len(photos.tiff(order))
    assert not blank_gps(octets, 0, len(octets))


def test_exif_without_a_place_keeps_every_octet() -> None:
    octets = bytearray(photos.tiff(with_place=False))
    assert not blank_gps(octets, 0, len(octets))
    assert octets == photos.tiff(with_place=False)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_no_place_left_and_keeps_its_length_and_pixels(name: str) -> None:
    before = PICTURES[name]
    after = unplaced(before)
    assert after is not None
    assert [place for place in (*photos.PLACES, b"174.7850") if place in before]
    assert [place for place in (*photos.PLACES, b"174.7850", LITTLE_LATITUDE[:8]) if place in after] == []
    assert len(after) == len(before)
    assert b"pixels" in after
    assert after.count(b"Stays") == before.count(b"Stays") == 1
    assert unplaced(after) is None


def test_only_metadata_of_a_jpeg_changes() -> None:
    before = photos.jpeg()
    after = unplaced(before) or b""
    scans = [slice(at, at + 19) for at in range(len(before)) if before.startswith(b"\xff\xda", at)]
    assert len(scans) == 2
    assert [after[scan] for scan in scans] == [before[scan] for scan in scans]
    tiff = after[after.find(b"MM\x00*") :]
    assert photos.tags(tiff)[photos.ORIENTATION] == 6 << 16


def test_a_png_keeps_the_chunks_of_its_picture_and_has_true_checksums() -> None:
    before = photos.png()
    after = unplaced(before)
    assert after is not None
    kept = list(_chunks(after))
    assert [kind for kind, _ in kept] == [b"IHDR", b"eXIf", b"iTXt", b"tEXt", b"IDAT", b"IEND"]
    assert dict(kept)[b"IDAT"] == dict(_chunks(before))[b"IDAT"]
    assert dict(kept)[b"tEXt"] == b"Title\x00Stays"
    assert [place for place in photos.PLACES if place in after] == []
    assert photos.tags(dict(kept)[b"eXIf"])[photos.ORIENTATION] == 6 << 16
    assert unplaced(after) is None


def _chunks(octets: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(octets):
        size = int.from_bytes(octets[at : at + 4], "big")
        kind, content = octets[at + 4 : at + 8], octets[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + content) == int.from_bytes(octets[at + 8 + size : at + 12 + size], "big")
        found.append((kind, content))
        at += 12 + size
    return found


@pytest.mark.parametrize(
    ("packet", "left"),
    [
        (b'<a exif:GPSLatitude="36S" dc:a="b"/>', b'<a exif:GPSLatitude="   " dc:a="b"/>'),
        (b"<exif:GPSLatitude>36S</exif:GPSLatitude>", b"<exif:GPSLatitude>   </exif:GPSLatitude>"),
        (b"<dc:City-hall>36S</dc:City-hall>", b"<dc:City-hall>36S</dc:City-hall>"),
        (b"<dc:subject>City</dc:subject>", b"<dc:subject>City</dc:subject>"),
        (b"<exif:GPSLatitude>36S never closed", b" " * 34),
        ("<x:xmpmeta>GPSLatitude</x:xmpmeta>".encode("utf-16"), None),
        ('<a wgs84:lat="-36.86" wgs84:long="174.76"/>'.encode("utf-16"), None),
        ("<Iptc4xmpExt:WorldRegion>Te Tai Tokerau</Iptc4xmpExt:WorldRegion>".encode("utf-16"), None),
    ],
)
def test_values_of_a_place_become_spaces(packet: bytes, left: bytes | None) -> None:
    octets = bytearray(packet)
    blank_xmp(octets, 0, len(octets))
    if left is None:
        assert b"\x00" not in octets
        assert octets.startswith(b"<x:xmpmeta")
        left = bytes(octets)
    assert octets == left
    assert len(octets) == len(packet)


def test_every_cut_off_picture_is_read_to_its_end_and_no_further() -> None:
    for picture in (*PICTURES.values(), photos.png(), photos.tiff()):
        for end in range(len(picture)):
            unplaced(picture[:end])


def test_every_changed_octet_of_a_picture_is_borne() -> None:
    for picture in (*PICTURES.values(), photos.png(), photos.tiff(), photos.tiff("<")):
        for at in range(min(len(picture), 700)):
            for value in (0, 0x7F, 0xFF):
                unplaced(picture[:at] + bytes([value]) + picture[at + 1 :])


# --- messages


def message(body: bytes, encoding: str = "base64", before: str = "") -> bytes:
    head = (
        "From: Mere <mere@school.example>\r\nMessage-ID: <1@school.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nKia ora\r\n{before}'
        f'--b\r\nContent-Type: image/jpeg; name="kura.jpg"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    )
    return head.encode() + body + b"\r\n--b--\r\nafter\r\n"


def test_a_message_changes_only_within_the_photos_body() -> None:
    encoded = base64.encodebytes(photos.jpeg()).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    octets = message(encoded)
    made = parse(octets).unplaced
    assert made is not None
    start, end = octets.find(encoded), len(octets) - len(b"\r\n--b--\r\nafter\r\n")
    assert (made[:start], made[-16:]) == (octets[:start], octets[end:])
    assert list(parse(made).root.walk())[2].decoded() == unplaced(photos.jpeg())
    assert parse(made).unplaced is None


@pytest.mark.parametrize("octets", [message(base64.b64encode(b"\xff\xd8\xff\xd9")), message(b"no picture", "7bit")])
def test_a_message_without_a_place_is_left_alone(octets: bytes) -> None:
    assert parse(octets).unplaced is None


def test_a_signed_message_is_left_whole() -> None:
    octets = message(base64.encodebytes(photos.jpeg())).replace(b"multipart/mixed", b"multipart/signed")
    assert parse(octets).unplaced is None
