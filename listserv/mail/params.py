"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231), file names.

Promises: linear, bounded (64 parameters a name, 200 in all), never raises; reads what real programs write: missing
quotation marks and semicolons, RFC 2047 words and raw 8-bit in file names. A file name it gives has no path, no
control or direction character, no double quotation mark, and is never `.` or `..`; it is a label for people, not a
place to write to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from listserv.mail.charsets import decode, nfc
from listserv.mail.words import decode_words, header_octets_text, unfold

PARAMETERS_READ = 200
SEGMENTS_READ = 64
FILE_NAME_OCTETS = 200
OFTEN_OCTETS = 60
VALUES_KEPT = 500

# What most fields are: a value and parameters without escapes, comments, pieces and letters beyond ASCII.
_PARAMETER = re.compile(
    rb';[ \t\r\n]{0,8}+([A-Za-z-]{1,20}+)=(?:"([ -!#-\[\]-~]{0,200}+)"|([A-Za-z0-9._+-]{1,100}+))',
)
_USUAL = re.compile(
    rb"([A-Za-z]{1,20}+(?>(?:/[A-Za-z0-9.+-]{1,40}+)?))((?>(?:%b){0,20}))" % _PARAMETER.pattern,
)
_VALUE = re.compile(r"[ \t]*([^;\s]*)")
_BETWEEN = re.compile(r"[\s;]*")
_NAME = re.compile(r"([^=;\s\"]+)[ \t]*(=?)[ \t]*")
_QUOTE_STOP = re.compile(r'["\\]')
_BARE = re.compile(r"[^;]*")
_COMMENT = re.compile(r"[ \t]*\([^()]*\)[ \t]*\Z")
_SEGMENT = re.compile(r"([^*]+)\*(?:([0-9]{1,3})(\*?))?\Z")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_TYPE = re.compile(r"([a-z0-9!#$&^_.+-]+)/([a-z0-9!#$&^_.+-]+)")
_PATH = re.compile(r"[/\\]")


def parse_parameters(octets: bytes) -> tuple[str, dict[str, str]]:
    """The value of a field in lower case and its parameters by lower-case name; of two of one name the first counts."""
    usual = _often(octets) if len(octets) <= OFTEN_OCTETS else _usual(octets)
    if usual is not None:
        return usual[0], dict(usual[1])
    text = header_octets_text(unfold(octets))
    value = _VALUE.match(text)
    if value is None:
        return "", {}
    params = _joined(_pairs(text, value.end())) if value.end() < len(text) else {}
    return value[1].lower(), params


def _usual(octets: bytes) -> tuple[str, dict[str, str]] | None:
    found = _USUAL.fullmatch(octets)
    if found is None:
        return None
    params: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(found[2]):
        params.setdefault(name.decode().lower(), (quoted or bare).decode())
    return found[1].decode().lower(), params


_often = lru_cache(VALUES_KEPT)(_usual)  # `text/plain; charset="utf-8"`, again and again


def parse_content_type(octets: bytes | None, default: str = "text/plain") -> tuple[str, dict[str, str]]:
    """`type/subtype` and parameters; the default without a field, text/plain for a broken one (RFC 2045 §5.2)."""
    if octets is None:
        return default, {}
    value, params = parse_parameters(octets)
    match = _TYPE.match(value)
    if match is None:
        return "text/plain", params
    return match[0], params


def _pairs(text: str, at: int) -> list[tuple[str, str]]:
    """Every `name=value` in order, quotation marks and escapes removed."""
    pairs: list[tuple[str, str]] = []
    while len(pairs) < PARAMETERS_READ and at < len(text):
        at = _end_of(_BETWEEN, text, at)
        name = _NAME.match(text, at)
        if name is None:
            at = _end_of(_BARE, text, at)
            continue
        at = name.end()
        if not name[2]:
            continue
        if text.startswith('"', at):
            value, at = _quoted(text, at + 1)
        else:
            bare = _BARE.match(text, at)
            value, at = ("", at) if bare is None else (_COMMENT.sub("", bare[0]).strip(), bare.end())
        pairs.append((name[1].lower(), value))
    return pairs


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The quoted string that begins at `at`, and where it ends; without an end it goes to the next semicolon."""
    start, pieces = at, []
    while (stop := _QUOTE_STOP.search(text, at)) is not None:
        pieces.append(text[at : stop.start()])
        if stop[0] == '"':
            return "".join(pieces), stop.end()
        escaped = text[stop.end() : stop.end() + 1]
        pieces.append(escaped if escaped in ('"', "\\") else "\\" + escaped)
        at = stop.end() + 1
    semicolon = text.find(";", start)
    end = len(text) if semicolon < 0 else semicolon
    return text[start:end], end


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Parameters with the RFC 2231 pieces of one name put together; such a one wins over a plain one of its name."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, value in pairs:
        segment = _SEGMENT.match(name) if "*" in name else None
        if segment is None:
            plain.setdefault(name, value)
            continue
        number = int(segment[2] or 0)
        if number < SEGMENTS_READ:
            encoded = segment[2] is None or segment[3] == "*"
            pieces.setdefault(segment[1], {}).setdefault(number, (encoded, value))
    for name, segments in pieces.items():
        plain[name] = _extended(segments)
    return plain


def _extended(segments: Mapping[int, tuple[bool, str]]) -> str:
    """The text of numbered pieces up to the first that is missing (RFC 2231 §3, §4)."""
    charset: str | None = None
    octets = b""
    for number in range(len(segments)):
        if number not in segments:
            break
        encoded, value = segments[number]
        if encoded and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "replace")
        octets += _PERCENT.sub(_percent, raw) if encoded else raw
    return decode(octets, charset or None)


def _percent(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def safe_file_name(text: str) -> str | None:
    """A name to show and to offer for saving: last step of any path, no control or direction marks, at most 200 octets.

    None if nothing is left. The ending is kept when a long name is cut.
    """
    name = _PATH.split(nfc(decode_words(text)))[-1]
    name = "".join([letter for letter in name if unicodedata.category(letter)[0] != "C"])
    name = " ".join(name.replace('"', "'").split()).strip("' ").lstrip(".").rstrip(". ")
    if len(name.encode("utf-8")) > FILE_NAME_OCTETS:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 10 else ""
        room = FILE_NAME_OCTETS - len(ending.encode("utf-8"))
        name = (stem or name).encode("utf-8")[:room].decode("utf-8", "ignore") + ending
    return name or None
