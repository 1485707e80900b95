"""Files of strangers: whatever they hold, reading them ends soon, raises nothing and changes nothing it should not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.files.compound import MAGIC, compound_names
from listserv.mail.files.danger import danger_of
from listserv.mail.files.tnef import tnef_names
from listserv.mail.files.ziplist import zip_names
from listserv.mail.parse import parse
from listserv.mail.photo.message import unplaced
from listserv.mail.text.wrapped import unwrapped, unwrapped_html
from listserv.outbound.enclosures import too_large
from tests import photos
from tests.fuzz.hostile_mail import KINDS
from tests.stopwatch import Stopwatch

SECONDS = 2.0
OPENINGS = [
    MAGIC, b"PK\x03\x04", b"PK\x05\x06", b"\x78\x9f\x3e\x22", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"II*\x00",
    b"MM\x00*", b"RIFF\x00\x00\x00\x00WEBP", b"\x00\x00\x00\x10ftypheic", b"MZ",
]  # fmt: skip
PICTURES = [photos.jpeg(), photos.png(), photos.webp(), photos.heic(), photos.tiff(), photos.tiff("<")]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_hostile_mail_is_borne(name: str) -> None:
    octets = KINDS[name]()
    with Stopwatch() as watch:
        message = parse(octets)
        _ = message.danger, message.unplaced, too_large(message, 1)
    assert watch.seconds < SECONDS * max(1.0, len(octets) / 5_000_000)


@given(st.sampled_from(OPENINGS), st.binary(max_size=2_000))
def test_noise_behind_an_opening_is_borne(opening: bytes, noise: bytes) -> None:
    octets = opening + noise
    for read in (zip_names, compound_names, tnef_names):
        read(octets)
    unplaced(octets)


@given(
    st.sampled_from(PICTURES), st.lists(st.tuples(st.integers(0, 2_000), st.binary(min_size=1, max_size=8)), max_size=6)
)
def test_a_damaged_picture_keeps_its_length_and_is_done_in_one_go(
    picture: bytes, damages: list[tuple[int, bytes]]
) -> None:
    octets = bytearray(picture)
    for at, damage in damages:
        octets[at % len(octets) : at % len(octets) + len(damage)] = damage
    before = bytes(octets)
    after = unplaced(before)
    if after is None:
        return
    assert after != before
    if not before.startswith(b"\x89PNG"):
        assert len(after) == len(before)


@given(st.binary(max_size=400))
def test_a_damaged_base64_body_is_borne(noise: bytes) -> None:
    head = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    encoded = base64.encodebytes(photos.jpeg())
    message = parse(head + encoded[:200] + noise + encoded[200:])
    _ = message.unplaced, danger_of(message.root)


@given(st.text(max_size=300))
def test_text_without_wrapped_links_stays_and_with_them_ends(text: str) -> None:
    for link in ("https://a.safelinks.protection.outlook.com/?url=", "https://urldefense.com/v3/__", ""):
        unwrapped(link + text)
        unwrapped_html(link + text)
    if "safelinks" not in text.lower() and "urldefense" not in text.lower():
        assert unwrapped(text) == text


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff\xd8\xff" * 4_000_000,
        b"\xff\xd8" + b"\xff" * 12_000_000,
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * 3_000_000,
        b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x00tEXt\x00\x00\x00\x00" * 1_000_000,
        b"RIFF\x00\x00\x00\x00WEBPXMP " + (12_000_000).to_bytes(4, "little") + b"<a:GPSa>" * 1_500_000,
        b"\x00\x00\x00\x10ftypheic\x00\x00\x00\x00" + b"\x00\x00\x00\x08free" * 1_500_000,
        b"\x00\x00\x00\x10ftypheic\x00\x00\x00\x00" + b"\xa9xyz" * 3_000_000,
        b"MM\x00*\x00\x00\x00\x08" + (b"\x03\xe8" + b"\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08" * 1_000) * 900,
    ],
)
def test_floods_end_soon(octets: bytes) -> None:
    with Stopwatch() as watch:
        unplaced(octets)
    assert watch.seconds < SECONDS
