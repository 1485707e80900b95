"""Addresses as reports write them: in the fields of RFC 3464 §2.3 and RFC 6533 §3, and loose in text for people.

Promises: linear, never raises; an address it gives passes `valid_address`. It says nothing of what the address is there
for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from listserv.mail.address import valid_address

FIELD_CHARACTERS = 2_000

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-"
_LOOSE = re.compile(rf"(?<![{_ATEXT}@])[{_ATEXT}]{{1,64}}+@[A-Za-z0-9][A-Za-z0-9._-]{{0,253}}+")
_ANGLED = re.compile(r"<(?:mailto:)?([^<>\s]{1,300})>")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_QUOTES = "'\"`‘’“”«»"
_LAST_CODE_POINT = 0x10FFFF


def loose_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """Every address in a line of text as (start, end, address), punctuation around it left out."""
    for match in _LOOSE.finditer(text):
        start = match.start() + len(match[0]) - len(match[0].lstrip("'`*|{.-"))
        address = text[start : match.end()].rstrip("._-")
        if valid_address(address):
            yield start, start + len(address), address


def angled_addresses(text: str) -> Iterator[str]:
    """Every address between angle brackets, also one that is quoted or beyond ASCII."""
    for match in _ANGLED.finditer(text):
        address = match[1].strip(_QUOTES) if match[1][:1] != '"' else match[1]
        if valid_address(address):
            yield address


def field_address(value: str) -> str:
    """The address of a `type; address` field, "" if it holds none.

    The type is left out, as programs write nothing or anything there; RFC 6533's `\\x{...}` and the xtext of
    RFC 3461 §4 (`+40`) are undone.
    """
    kind, semicolon, rest = value[:FIELD_CHARACTERS].partition(";")
    text = (rest if semicolon else kind).strip()
    text = _HEX.sub(_code_point, text)
    if "@" not in text:
        text = _XTEXT.sub(_octet, text)
    bare = text.strip("<> \t")
    if valid_address(bare):
        return bare
    found = [*angled_addresses(text), *(address for _, _, address in loose_addresses(text))]
    return found[0] if found else ""


def _code_point(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= _LAST_CODE_POINT else ""


def _octet(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
