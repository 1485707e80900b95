"""How an answer to a whole digest is known: the digest's Message-ID and its own reply address name its period.

    digest.english.weekly.2026-w47.en@lists.example.nz      Message-ID
    english+TOKEN@lists.example.nz                          Reply-To; the token is a thread's, of a number no thread has

Promises: what is written here is read back, and nothing else is taken for it. Pure.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from listserv.mail.ids import make_message_id
from listserv.model.lists import DigestPeriod, MailList

_FIRST_NUMBER = 1 << 39  # ids of threads count from 1 and never come so far
_KIND_BITS = 32
_KINDS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class DigestMark(NamedTuple):
    """Which digest of a list: its kind and its period's key ("2026-W47")."""

    kind: DigestPeriod
    key: str


def digest_message_id(mail_list: MailList, mark: DigestMark, language: str) -> str:
    """The digest's id, without angle brackets: one for each list, period and language."""
    unique = f"digest.{mail_list.name}.{mark.kind.value}.{mark.key.lower()}.{language}"
    return make_message_id(unique, mail_list.domain)


def read_digest_id(message_id: str, mail_list: MailList) -> DigestMark | None:
    """Which digest of this list has the id; None for any other id."""
    left, _, domain = message_id.lower().partition("@")
    words = left.split(".")
    if len(words) != 5 or words[:2] != ["digest", mail_list.name] or domain != mail_list.domain.lower():
        return None
    kind = next((kind for kind in _KINDS if kind.value == words[2]), None)
    return None if kind is None else _mark(kind, words[3].upper())


def digest_number(mark: DigestMark) -> int:
    """What stands for the digest where a reply address names a thread. ValueError for a key of no period."""
    if mark.kind is DigestPeriod.DAILY:
        value = date.fromisoformat(mark.key).toordinal()
    else:
        found = (_WEEK if mark.kind is DigestPeriod.WEEKLY else _MONTH).fullmatch(mark.key)
        if found is None:
            raise ValueError(f"{mark.key!r} is no period of a {mark.kind.value} digest")
        value = int(found[1]) * 100 + int(found[2])
    return _FIRST_NUMBER | _KINDS.index(mark.kind) << _KIND_BITS | value


def read_digest_number(number: int) -> DigestMark | None:
    """Which digest the number stands for; None for a thread's id."""
    if not number & _FIRST_NUMBER:
        return None
    index, value = (number & ~_FIRST_NUMBER) >> _KIND_BITS, number & ((1 << _KIND_BITS) - 1)
    if index >= len(_KINDS):
        return None
    kind = _KINDS[index]
    if kind is DigestPeriod.DAILY:
        return _mark(kind, date.fromordinal(value).isoformat()) if 0 < value <= date.max.toordinal() else None
    between = "-W" if kind is DigestPeriod.WEEKLY else "-"
    return _mark(kind, f"{value // 100:04}{between}{value % 100:02}")


def _mark(kind: DigestPeriod, key: str) -> DigestMark | None:
    mark = DigestMark(kind, key)
    try:
        digest_number(mark)
    except ValueError:
        return None
    return mark
