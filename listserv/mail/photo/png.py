"""PNG files (W3C PNG, third edition) whose metadata names no place: the chunks of the picture keep their octets.

`eXIf` is edited in place with a new checksum, an XMP packet likewise; other texts that hold a place go as whole chunks.
Never raises, linear; a compressed text is opened up to `TEXT_OCTETS`, one that is longer goes.
"""

from __future__ import annotations

import re
import zlib

from listserv.mail.photo.exif import blank_gps
from listserv.mail.photo.xmp import blank_xmp, names_place

MAGIC = b"\x89PNG\r\n\x1a\n"
TEXT_OCTETS = 1_000_000
CHUNKS_READ = 50_000
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PLACE = re.compile(rb"gps|location|latitude|longitude|geotag", re.IGNORECASE)
_PROFILE = re.compile(rb"raw profile type (exif|app1|xmp|iptc)", re.IGNORECASE)
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


def without_place(octets: bytes) -> bytes | None:
    """The file without a place, None where it names none."""
    pieces = [MAGIC]
    changed = False
    at = len(MAGIC)
    for _ in range(CHUNKS_READ):
        if at + 12 > len(octets):
            break
        end = at + 12 + int.from_bytes(octets[at : at + 4], "big")
        if end > len(octets):
            break
        kept = _kept(octets[at + 4 : at + 8], octets[at + 8 : end - 4]) if octets[at + 4 : at + 8] != b"IDAT" else None
        if kept is None:
            pieces.append(octets[at:end])
        else:
            changed = True
            pieces.append(kept)
        at = end
    pieces.append(octets[at:])
    return b"".join(pieces) if changed else None


def _kept(kind: bytes, content: bytes) -> bytes | None:
    """What stands for a chunk that named a place, b"" for nothing; None where it stays as it is."""
    if kind == b"eXIf":
        edited = bytearray(content)
        return _chunk(kind, bytes(edited)) if blank_gps(edited, 0, len(edited)) else None
    if kind not in _TEXTS:
        return None
    keyword, _, rest = content.partition(b"\x00")
    if kind == b"iTXt" and rest.startswith(b"\x00") and keyword == b"XML:com.adobe.xmp":
        edited = bytearray(content)
        return _chunk(kind, bytes(edited)) if blank_xmp(edited, _text_start(content), len(edited)) else None
    return b"" if _names_place(kind, keyword, content) else None


def _names_place(kind: bytes, keyword: bytes, content: bytes) -> bool:
    if _PLACE.search(keyword):
        return True
    profile = _PROFILE.match(keyword)
    if profile is None and keyword != b"XML:com.adobe.xmp":
        return False
    text = _text(kind, content)
    if text is None:
        return True
    if profile is None:
        return names_place(text)
    return _profile_names_place(text)


def _profile_names_place(text: bytes) -> bool:
    """Hexadecimal octets after a line with a name and one with their number, as ImageMagick writes them."""
    try:
        raw = bytes.fromhex(_NOT_HEX.sub(b"", text.split(b"\n", 3)[-1]).decode("ascii"))
    except ValueError:
        return True
    start = raw.find(b"Exif\x00\x00")
    edited = bytearray(raw)
    if start >= 0 and blank_gps(edited, start + 6, len(edited)):
        return True
    return names_place(raw) if start < 0 else False


def _text_start(content: bytes) -> int:
    """Where the text of an iTXt chunk begins: after keyword, two flags, language and translated keyword."""
    at = content.find(b"\x00") + 3
    for _ in range(2):
        at = content.find(b"\x00", at) + 1
        if at == 0:
            return len(content)
    return at


def _text(kind: bytes, content: bytes) -> bytes | None:
    """The text of a chunk, None if it is too long or cannot be opened."""
    after = content.find(b"\x00") + 1
    if kind == b"tEXt":
        return content[after:]
    if kind == b"iTXt" and content[after : after + 1] != b"\x01":
        return content[_text_start(content) :]
    packed = content[after + 1 :] if kind == b"zTXt" else content[_text_start(content) :]
    opened = zlib.decompressobj()
    try:
        text = opened.decompress(packed, TEXT_OCTETS)
    except zlib.error:
        return None
    return None if opened.unconsumed_tail else text


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
