"""The addresses of a list: which list and which function a local part names, and the way back.

With an own domain, for a list `english`:
    english  english-owner  -request  -help  -join (-subscribe)  -leave (-unsubscribe)  english-bounces
    english-confirm+TOKEN  english-moderate+TOKEN  english-bounces+TOKEN
    english+TOKEN (a reply that knows its thread)
    english+subscribe, english+help ... are read as their hyphen forms, as other list servers taught people
In mailbox mode, everything arriving in one mailbox `box` by subaddress (RFC 5233):
    box+english  box+english-leave ...  box+english-confirm-TOKEN  box+english-r-TOKEN (a reply)

Promises: each local part means at most one thing: a list's name may not end in a function's suffix, and a token is
longer than a name leaves room for (`TOKEN_SHORTEST`), so `box+english-r-TOKEN` is no list. Case is ignored. Pure;
says nothing about whether the list exists or the token is good.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from listserv.mail.token import BOUNCE_LENGTH, FILE_LENGTH, REPLY_LENGTH, WITHDRAW_LENGTH

LOCAL_LONGEST_OCTETS = 64  # RFC 5321 §4.5.3.1.1
NAME_LONGEST = 24
TOKEN_SHORTEST = REPLY_LENGTH  # one letter of a name, "-r-" and this are more than NAME_LONGEST
RANDOM_TOKEN_LENGTH = 26  # 128 bits


class Purpose(StrEnum):
    """What mail to an address of a list is for."""

    POST = "post"
    REPLY = "reply"
    OWNER = "owner"
    REQUEST = "request"
    HELP = "help"
    JOIN = "join"
    LEAVE = "leave"
    CONFIRM = "confirm"
    MODERATE = "moderate"
    BOUNCES = "bounces"


class ListLocal(NamedTuple):
    """What a local part says; reply, confirm and moderate always have a token (lower-case), bounces may have one."""

    name: str
    purpose: Purpose
    token: str | None = None


_SUFFIXES = {
    "owner": Purpose.OWNER,
    "request": Purpose.REQUEST,
    "help": Purpose.HELP,
    "join": Purpose.JOIN,
    "subscribe": Purpose.JOIN,
    "leave": Purpose.LEAVE,
    "unsubscribe": Purpose.LEAVE,
    "bounces": Purpose.BOUNCES,
}
_TOKEN_SUFFIXES = {
    "confirm": Purpose.CONFIRM,
    "moderate": Purpose.MODERATE,
    "bounces": Purpose.BOUNCES,
}
_BOX_TOKEN_SUFFIXES = {"r": Purpose.REPLY, **_TOKEN_SUFFIXES}
_RESERVED_NAMES = frozenset({"postmaster", "abuse"})  # RFC 2142: they answer for the domain

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
_TOKEN = re.compile(rf"[a-z2-7]{{{TOKEN_SHORTEST},{LOCAL_LONGEST_OCTETS}}}")


def valid_list_name(name: str) -> bool:
    """Whether a list may be called so: `[a-z0-9][a-z0-9-]{0,23}`, no function's suffix, no reserved name."""
    if _NAME.fullmatch(name) is None or name in _RESERVED_NAMES:
        return False
    _, hyphen, suffix = name.rpartition("-")
    return not hyphen or (suffix not in _SUFFIXES and suffix not in _TOKEN_SUFFIXES)


def longest_name(box: str | None = None) -> int:
    """How long a list's name may be so that each of its addresses fits; below 1 for an impossible mailbox name."""
    taken = 0 if box is None else len(box.encode()) + len("+")
    return min(NAME_LONGEST, LOCAL_LONGEST_OCTETS - taken - len("-moderate+") - RANDOM_TOKEN_LENGTH)


def split_local(local: str, box: str | None = None) -> ListLocal | None:
    """List, purpose and token of a local part, None if it has no form of ours; `box` is the mailbox's local part."""
    if not local.isascii() or len(local) > LOCAL_LONGEST_OCTETS:
        return None
    local = local.lower()
    if box is None:
        name, plus, detail = local.partition("+")
        return _with_detail(name, detail) if plus else _without_token(local)
    prefix = box.lower() + "+"
    return _in_box(local.removeprefix(prefix)) if local.startswith(prefix) else None


def make_local(name: str, purpose: Purpose, token: str | None = None, box: str | None = None) -> str:
    """The local part that `split_local` reads back; ValueError if none does: bad name or token, over 64 octets."""
    if box is None:
        local = _with_token(name, purpose, token) if token is not None else _hyphened(name, purpose)
    else:
        word = "r" if purpose is Purpose.REPLY else purpose
        local = f"{box}+{name}-{word}-{token}" if token is not None else f"{box}+{_hyphened(name, purpose)}"
    if split_local(local, box) != (name, purpose, token):
        raise ValueError(f"{local!r} is no {purpose} address of the list {name!r}")
    return local


class ListAddresses(NamedTuple):
    """All addresses of one list. `box` is the mailbox's own local part in mailbox mode, `domain` then its domain."""

    name: str
    domain: str
    box: str | None = None

    def of(self, purpose: Purpose, token: str | None = None) -> str:
        """The address for that purpose; ValueError as `make_local`."""
        return f"{make_local(self.name, purpose, token, self.box)}@{self.domain}"

    @property
    def has_room_for_verp(self) -> bool:
        """Whether a signed return path fits in 64 octets; always with an own domain, rarely in mailbox mode."""
        return self._taken + len("-bounces+") + BOUNCE_LENGTH <= LOCAL_LONGEST_OCTETS

    @property
    def has_room_for_reply(self) -> bool:
        """Whether a thread's reply address fits in 64 octets; always, but for a long list name in mailbox mode."""
        return self._taken + len("-r-") + REPLY_LENGTH <= LOCAL_LONGEST_OCTETS

    @property
    def has_room_for_withdraw(self) -> bool:
        """Whether the address by which an author takes her post back fits in 64 octets."""
        return self._taken + len("-confirm+") + WITHDRAW_LENGTH <= LOCAL_LONGEST_OCTETS

    @property
    def has_room_for_file(self) -> bool:
        """Whether the address that answers with a file of a post fits in 64 octets."""
        return self._taken + len("-confirm+") + FILE_LENGTH <= LOCAL_LONGEST_OCTETS

    @property
    def _taken(self) -> int:
        return len(self.name) + (0 if self.box is None else len(self.box.encode()) + len("+"))


def _hyphened(name: str, purpose: Purpose) -> str:
    return name if purpose is Purpose.POST else f"{name}-{purpose}"


def _with_token(name: str, purpose: Purpose, token: str) -> str:
    return f"{name}+{token}" if purpose is Purpose.REPLY else f"{name}-{purpose}+{token}"


def _without_token(local: str) -> ListLocal | None:
    if valid_list_name(local):
        return ListLocal(local, Purpose.POST)
    name, _, suffix = local.rpartition("-")
    purpose = _SUFFIXES.get(suffix)
    return ListLocal(name, purpose) if purpose is not None and valid_list_name(name) else None


def _with_detail(name: str, detail: str) -> ListLocal | None:
    if _TOKEN.fullmatch(detail) is None:
        purpose = _SUFFIXES.get(detail)
        return ListLocal(name, purpose) if purpose is not None and valid_list_name(name) else None
    if valid_list_name(name):
        return ListLocal(name, Purpose.REPLY, detail)
    name, _, suffix = name.rpartition("-")
    purpose = _TOKEN_SUFFIXES.get(suffix)
    return ListLocal(name, purpose, detail) if purpose is not None and valid_list_name(name) else None


def _in_box(rest: str) -> ListLocal | None:
    head, _, token = rest.rpartition("-")
    name, _, suffix = head.rpartition("-")
    purpose = _BOX_TOKEN_SUFFIXES.get(suffix)
    if purpose is not None and _TOKEN.fullmatch(token) is not None:
        return ListLocal(name, purpose, token) if valid_list_name(name) else None
    return _without_token(rest)
