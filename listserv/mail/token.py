"""Signed tokens that travel in addresses and links: what was said, and a proof that this house said it.

A token is lower-case base32 without padding (RFC 4648 §6), read ignoring case, and holds its values in the open; the
proof is a truncated HMAC-SHA256 (RFC 2104 §5) bound to the token's purpose, so that a token of one kind is none of
another. Nothing is stored; only a sign-in expires here (`BounceToken.sent_on` lets the caller judge age), and whoever
reads a token checks that the thread, subscription or person it names is there and the list's own.

Promises: verifying takes any text, never raises and compares in constant time; one value has one spelling (apart from
case). Pure; the key is an argument. The key may be one for all lists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

ID_OCTETS = 5
BOUNCE_PROOF_OCTETS = 10
REPLY_PROOF_OCTETS = 8
WITHDRAW_PROOF_OCTETS = 8
FILE_PROOF_OCTETS = 8
UNSUBSCRIBE_PROOF_OCTETS = 16
SIGN_IN_PROOF_OCTETS = 16
CALENDAR_PROOF_OCTETS = 16

BOUNCE_LENGTH = 28
REPLY_LENGTH = 21
WITHDRAW_LENGTH = 21
FILE_LENGTH = 24
UNSUBSCRIBE_LENGTH = 34
SIGN_IN_LENGTH = 37
CALENDAR_LENGTH = 34

_BLOCK_OCTETS = 64
_INNER = bytes(octet ^ 0x36 for octet in range(256))
_OUTER = bytes(octet ^ 0x5C for octet in range(256))
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567".ljust(256)
_DAY_OCTETS = 2
_PART_OCTETS = 2
_DAY_ZERO = date(1970, 1, 1).toordinal()


class BounceToken(NamedTuple):
    """Which subscription a copy went to, and on which day (UTC) its return path was made."""

    subscription_id: int
    sent_on: date


class FileToken(NamedTuple):
    """Which part of which post an address answers with."""

    post_id: int
    part_index: int


def sign_bounce(key: bytes, list_name: str, subscription_id: int, sent_on: date) -> str:
    """The token of a VERP return path: 28 characters. OverflowError for an id of 2^40 or a day after 2149-06-06."""
    day = sent_on.toordinal() - _DAY_ZERO
    values = subscription_id.to_bytes(ID_OCTETS, "big") + day.to_bytes(_DAY_OCTETS, "big")
    return _spell(values + _proof(key, b"bounce", list_name, values, BOUNCE_PROOF_OCTETS))


def verify_bounce(key: bytes, list_name: str, token: str) -> BounceToken | None:
    """What `sign_bounce` was given for this list, None for anything else."""
    values = _proven(key, b"bounce", list_name, token, ID_OCTETS + _DAY_OCTETS, BOUNCE_PROOF_OCTETS)
    if values is None:
        return None
    day = int.from_bytes(values[ID_OCTETS:], "big")
    return BounceToken(int.from_bytes(values[:ID_OCTETS], "big"), date.fromordinal(_DAY_ZERO + day))


def sign_reply(key: bytes, list_name: str, thread_id: int) -> str:
    """The token of a thread's reply address, one for all copies: 21 characters. OverflowError for an id of 2^40."""
    values = thread_id.to_bytes(ID_OCTETS, "big")
    return _spell(values + _proof(key, b"reply", list_name, values, REPLY_PROOF_OCTETS))


def verify_reply(key: bytes, list_name: str, token: str) -> int | None:
    """The thread's id, None for anything that `sign_reply` did not give for this list."""
    values = _proven(key, b"reply", list_name, token, ID_OCTETS, REPLY_PROOF_OCTETS)
    return None if values is None else int.from_bytes(values, "big")


def sign_withdraw(key: bytes, list_name: str, post_id: int) -> str:
    """The token by which a post's author takes it back, in her own copy alone: 21 characters.

    OverflowError for an id of 2^40.
    """
    values = post_id.to_bytes(ID_OCTETS, "big")
    return _spell(values + _proof(key, b"withdraw", list_name, values, WITHDRAW_PROOF_OCTETS))


def verify_withdraw(key: bytes, list_name: str, token: str) -> int | None:
    """The post's id, None for anything that `sign_withdraw` did not give for this list."""
    values = _proven(key, b"withdraw", list_name, token, ID_OCTETS, WITHDRAW_PROOF_OCTETS)
    return None if values is None else int.from_bytes(values, "big")


def sign_file(key: bytes, list_name: str, post_id: int, part_index: int) -> str:
    """The token of the address that answers with a file of a post, the same in every copy: 24 characters.

    OverflowError for an id of 2^40 or an index of 2^16.
    """
    values = post_id.to_bytes(ID_OCTETS, "big") + part_index.to_bytes(_PART_OCTETS, "big")
    return _spell(values + _proof(key, b"file", list_name, values, FILE_PROOF_OCTETS))


def verify_file(key: bytes, list_name: str, token: str) -> FileToken | None:
    """What `sign_file` was given for this list, None for anything else."""
    values = _proven(key, b"file", list_name, token, ID_OCTETS + _PART_OCTETS, FILE_PROOF_OCTETS)
    if values is None:
        return None
    return FileToken(int.from_bytes(values[:ID_OCTETS], "big"), int.from_bytes(values[ID_OCTETS:], "big"))


def sign_unsubscribe(key: bytes, subscription_id: int) -> str:
    """The token of a one-click link (RFC 8058 §3.1): 34 characters. OverflowError for an id of 2^40.

    It names no list, as the link has only this token to be known by; a subscription belongs to one list.
    """
    values = subscription_id.to_bytes(ID_OCTETS, "big")
    return _spell(values + _proof(key, b"unsubscribe", "", values, UNSUBSCRIBE_PROOF_OCTETS))


def verify_unsubscribe(key: bytes, token: str) -> int | None:
    """The subscription's id, None for anything that `sign_unsubscribe` did not give."""
    values = _proven(key, b"unsubscribe", "", token, ID_OCTETS, UNSUBSCRIBE_PROOF_OCTETS)
    return None if values is None else int.from_bytes(values, "big")


def sign_in_token(key: bytes, person_id: int, expires_on: date, number: int = 0) -> str:
    """The token of a link that signs a person in on the web: 37 characters.

    It opens a page through the whole of that day (UTC), while `number` is how often she has asked to be signed out
    everywhere. OverflowError for an id of 2^40 or a day after 2149-06-06.
    """
    day = expires_on.toordinal() - _DAY_ZERO
    values = person_id.to_bytes(ID_OCTETS, "big") + day.to_bytes(_DAY_OCTETS, "big")
    return _spell(values + _proof(key, _sign_in(number), "", values, SIGN_IN_PROOF_OCTETS))


def sign_in_hole(key: bytes) -> str:
    """What stands for the token in mail composed for many, until each copy gets its reader's own: 37 characters.

    It is a token of nobody for a day long past. Nobody without the key can write it, so that no author of a post can
    have a reader's token put where he likes, such as behind a web address of his own.
    """
    return sign_in_token(key, 0, date.fromordinal(_DAY_ZERO))


def sign_in_link(base_url: str, token: str, list_name: str) -> str:
    """The address of the page that signs in and leads to the list's pages; `base_url` has no slash at its end."""
    return f"{base_url}/sign-in/{token}?next=/groups/{quote(list_name, safe='')}/"


def named_in_sign_in(token: str) -> int | None:
    """Whom the token says it signs in, proven by nothing: by it her number is looked up for `verify_sign_in`."""
    octets = _read(token, ID_OCTETS + _DAY_OCTETS + SIGN_IN_PROOF_OCTETS)
    return None if octets is None else int.from_bytes(octets[:ID_OCTETS], "big")


def verify_sign_in(key: bytes, token: str, today: date, number: int = 0) -> int | None:
    """The person's id, None for what `sign_in_token` did not give for this number or whose day has passed."""
    values = _proven(key, _sign_in(number), "", token, ID_OCTETS + _DAY_OCTETS, SIGN_IN_PROOF_OCTETS)
    if values is None or int.from_bytes(values[ID_OCTETS:], "big") < today.toordinal() - _DAY_ZERO:
        return None
    return int.from_bytes(values[:ID_OCTETS], "big")


def calendar_token(key: bytes, person_id: int, number: int = 0) -> str:
    """The token by which a calendar program reads a person's dates, and nothing else: 34 characters.

    It has no last day, as calendars ask for years; it is good while `number` is how often she has asked to be signed
    out everywhere. OverflowError for an id of 2^40.
    """
    values = person_id.to_bytes(ID_OCTETS, "big")
    return _spell(values + _proof(key, b"calendar %d" % number, "", values, CALENDAR_PROOF_OCTETS))


def named_in_calendar(token: str) -> int | None:
    """Whose dates the token says it reads, proven by nothing: her number is looked up by it for `verify_calendar`."""
    octets = _read(token, ID_OCTETS + CALENDAR_PROOF_OCTETS)
    return None if octets is None else int.from_bytes(octets[:ID_OCTETS], "big")


def verify_calendar(key: bytes, token: str, number: int = 0) -> int | None:
    """The person's id, None for anything that `calendar_token` did not give for this number."""
    values = _proven(key, b"calendar %d" % number, "", token, ID_OCTETS, CALENDAR_PROOF_OCTETS)
    return None if values is None else int.from_bytes(values, "big")


def _sign_in(number: int) -> bytes:
    return b"sign-in %d" % number if number else b"sign-in"


def _proof(key: bytes, purpose: bytes, list_name: str, values: bytes, octets: int) -> bytes:
    inner, outer = _begun(key, purpose, list_name)
    inner, outer = inner.copy(), outer.copy()
    inner.update(values)
    outer.update(inner.digest())
    proof: bytes = outer.digest()
    return proof[:octets]


@lru_cache(maxsize=256)
def _begun(key: bytes, purpose: bytes, list_name: str) -> tuple[Any, Any]:
    """HMAC's two hashes (RFC 2104 §2 and §4) with the key, the purpose and the list already in them.

    It takes a tenth of `hmac.digest`'s time a token.
    """
    padded = (key if len(key) <= _BLOCK_OCTETS else hashlib.sha256(key).digest()).ljust(_BLOCK_OCTETS, b"\0")
    inner = hashlib.sha256(padded.translate(_INNER))
    inner.update(b"listserv\x00%b\x00%b\x00" % (purpose, list_name.lower().encode()))
    return inner, hashlib.sha256(padded.translate(_OUTER))


def _proven(
    key: bytes, purpose: bytes, list_name: str, token: str, values_octets: int, proof_octets: int
) -> bytes | None:
    octets = _read(token, values_octets + proof_octets)
    if octets is None:
        return None
    values, proof = octets[:values_octets], octets[values_octets:]
    expected = _proof(key, purpose, list_name, values, proof_octets)
    return values if hmac.compare_digest(proof, expected) else None


def _spell(octets: bytes) -> str:
    length = -(-len(octets) * 8 // 5)
    value = int.from_bytes(octets, "big") << (5 * length - 8 * len(octets))
    for low, high, shift in _halvings(length):
        value = value & low | (value & high) << shift
    return value.to_bytes(length, "big").translate(_LETTERS).decode()


@lru_cache(maxsize=64)
def _halvings(length: int) -> tuple[tuple[int, int, int], ...]:
    """Masks that move so many groups of five bits to an octet each, halves first: no loop over the letters.

    Each step parts every run of 2n groups into two of n, `shift` = 3n bits further apart.
    """
    steps = []
    half = 1 << max(0, (length - 1).bit_length() - 1)
    runs = 1
    while half:
        mask = (1 << 5 * half) - 1
        low = sum(mask << 16 * half * run for run in range(runs))
        steps.append((low, low << 5 * half, 3 * half))
        half, runs = half // 2, runs * 2
    return tuple(steps)


def _read(token: str, octets: int) -> bytes | None:
    """The octets of a token of exactly that many; a spelling that `_spell` would not give back is refused."""
    length = -(-octets * 8 // 5)
    if len(token) != length or not token.isascii():
        return None
    try:
        value = base64.b32decode(token.upper() + "=" * (-length % 8))
    except ValueError:
        return None
    return value if _spell(value) == token.lower() else None
