"""The tokens of our own links and addresses, which people quote when they answer a mail, taken out of a text.

Whoever holds one signs in, leaves a list or reads a calendar as somebody else: no copy, no page shows a link's, and no
search finds it, or it could be guessed letter by letter. A link that a school's mail filter has put into one of its own
(`%2Fsign-in%2F`, `_sign-2Din_`) is known too. Pure and linear.
"""

from __future__ import annotations

import re

from listserv.mail.charsets import BEYOND_ASCII
from listserv.mail.mime import Part
from listserv.mail.parse import Message

_SLASH = r"(?:/|%(?:25)?2F|-2F|_)"
_LINK = (
    rf"{_SLASH}(?:sign-(?:2D)?in|unsubscribe|calendar){_SLASH}"
    r"|/calendar\.ics(?:\?|%(?:25)?3F|-3F)key(?:=|%(?:25)?3D|-3D)"
)
# Of addresses those that are kept as hashes: they act for one person. A file's is in every copy, and quoted by right.
_KEY = re.compile(
    rf"(?:(?:{_LINK})(?=[a-z2-7]{{34}})|-(?:confirm|moderate)(?:[+-]|%2B|-2B)(?=[a-z2-7]{{26}}(?![a-z2-7])))"
    r"([a-z2-7]{26,37})(?![a-z2-7])",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(/(?:sign-in|unsubscribe|calendar)/|/calendar\.ics\?key=|-(?:confirm|moderate)(?:[+-]|%2B|-2B)"
    rf"|(?:{_LINK})(?=[a-z2-7]{{34}}))[a-z2-7]{{20,64}}",
    re.IGNORECASE,
)
# What makes an address of ours good for one person alone: an answer to her own copy has it in To.
_SECRET_ADDRESS = re.compile(rb"-(?:confirm|moderate)[+-][a-z2-7]{21,64}(?=@)", re.IGNORECASE)
_MARKS = ("sign-in", "sign-2din", "unsubscribe", "calendar", "-confirm", "-moderate")
_MARKS_IN_OCTETS = tuple(mark.encode() for mark in _MARKS)


def without_secrets(text: str) -> str:
    """The text with "…" in the place of each token."""
    return _SECRET.sub(r"\1…", text) if _may_hold_secret(text) else text


def without_secret_addresses(header: bytes) -> bytes:
    """Header fields with the list's plain address in the place of one that acts for one person."""
    return _SECRET_ADDRESS.sub(b"", header)


def keys_quoted(message: Message) -> frozenset[str]:
    """The tokens of our links, and of addresses that act for one person, in the texts, those of attached mails too."""
    small = message.small_text
    if small is not None and not _is_marked(small):
        return frozenset()
    texts = (part for part in message.root.walk() if part.main_type == "text" and not part.children)
    said = (part.text() for part in texts if _may_hold_key(part))
    return frozenset(key for text in said for key in _KEY.findall(text))


def _may_hold_key(part: Part) -> bool:
    """False for nearly every text; what is no ASCII underneath, by its charset or its zeros, has to be read."""
    octets = part.decoded()
    return part.charset not in BEYOND_ASCII or b"\x00" in octets or _is_marked(octets.lower())


def _is_marked(lower: bytes) -> bool:
    return any(mark in lower for mark in _MARKS_IN_OCTETS)


def _may_hold_secret(text: str) -> bool:
    """False for nearly every text, and cheaper than looking; ı, ſ and İ count as i, s and i."""
    lower = text.lower()
    return any(mark in lower for mark in _MARKS) or any(letter in text for letter in "ıſİ")
