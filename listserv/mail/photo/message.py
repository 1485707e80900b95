"""A message whose pictures say nothing of where they were taken.

    octets of a picture --unplaced--> the same picture without a place     message --unplaced_octets--> its octets

Promises: only the body of a part that held a place changes, and of the picture only the metadata; signed and encrypted
messages stay as they are (a changed octet breaks their seal). Never raises, linear; a message without pictures costs a
walk over its parts. Pure.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from listserv.mail.mime import Part
from listserv.mail.photo import jpeg, png
from listserv.mail.photo.containers import blank_film, blank_heif, blank_webp
from listserv.mail.photo.exif import blank_gps
from listserv.mail.splice import encode_base64
from listserv.mail.transfer import decode_transfer, is_identity

if TYPE_CHECKING:
    from listserv.mail.parse import Message

OPENING_OCTETS = 64
_CRLF = b"\r\n"
_LOOKED_AT = frozenset({"image", "video", "application"})
_TIFF = (b"II*\x00", b"MM\x00*")


def unplaced_octets(message: Message) -> bytes | None:
    """The message's octets without places, None where there is none to take out."""
    pictures = [part for part in message.root.walk() if _may_be_picture(part)]
    if not pictures or message.is_signed_or_encrypted:
        return None
    cuts = [(part, body) for part in pictures if (body := _body_without_place(part)) is not None]
    pieces: list[bytes] = []
    at = 0
    for part, body in cuts:
        pieces += (message.octets[at : part.body_start], body)
        at = part.body_end
    return b"".join([*pieces, message.octets[at:]]) if cuts else None


def unplaced(octets: bytes) -> bytes | None:
    """A picture or film without the place where it was taken, None where it names none or is of no kind we edit."""
    if octets.startswith(png.MAGIC):
        return png.without_place(octets)
    edited = bytearray(octets)
    if octets.startswith(jpeg.MAGIC):
        changed = jpeg.blank_jpeg(edited)
        changed = blank_film(edited) or changed
    elif octets.startswith(b"RIFF") and octets[8:12] == b"WEBP":
        changed = blank_webp(edited)
    elif octets[4:8] == b"ftyp":
        changed = blank_heif(edited)
    else:
        changed = octets.startswith(_TIFF) and blank_gps(edited, 0, len(edited))
    return bytes(edited) if changed else None


def _may_be_picture(part: Part) -> bool:
    if part.children or part.main_type not in _LOOKED_AT:
        return False
    opening = part.octets[part.body_start : min(part.body_end, part.body_start + OPENING_OCTETS)]
    octets = decode_transfer(opening, part.transfer_encoding)
    known = (png.MAGIC, jpeg.MAGIC, *_TIFF)
    return octets.startswith(known) or octets[4:8] == b"ftyp" or (octets[:4] == b"RIFF" and octets[8:12] == b"WEBP")


def _body_without_place(part: Part) -> bytes | None:
    """The part's body in its transfer encoding, ending in a line end if it did before."""
    octets = unplaced(part.decoded())
    if octets is None:
        return None
    line_end = _CRLF if _CRLF in part.body() else b"\n"
    if part.transfer_encoding == "base64":
        body = encode_base64(octets).replace(_CRLF, line_end)
        return body if part.body().endswith(b"\n") else body.removesuffix(line_end)
    if part.transfer_encoding == "quoted-printable":
        return binascii.b2a_qp(octets, istext=False).replace(b"\n", line_end)
    return octets if is_identity(part.transfer_encoding) else None
