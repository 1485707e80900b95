"""RCPT is answered from here: which list, and what for, an address names. Pure.

Whether the list exists is asked of `known`; whether a token is ours, of the key or, for those that are good once, of
`is_good`. An address that names nothing is refused before a single octet of content is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import TypeAlias

from listserv.mail.listaddress import ListLocal, Purpose, split_local
from listserv.mail.token import BounceToken, verify_bounce, verify_reply
from listserv.model.lists import MailList
from listserv.model.smtp import Reply

UNKNOWN = Reply(550, "5.1.1", "No such address here; one that was good for a single answer ends with it")
ROLE_LOCALS = frozenset({"postmaster", "abuse"})

FUNCTIONS = frozenset({Purpose.REQUEST, Purpose.HELP, Purpose.JOIN, Purpose.LEAVE})
ANSWERS = frozenset({Purpose.CONFIRM, Purpose.MODERATE})


@dataclass(frozen=True, slots=True)
class ToList:
    """A post to a list; `thread_id` is set when the address was a thread's reply address."""

    list: MailList
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class ToFunction:
    """Mail that asks the list's program for something: -join, -leave, -request, -help."""

    list: MailList
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """A reply to a mail of ours that asked something; `token` is good once, `purpose` confirm or moderate."""

    list: MailList
    purpose: Purpose
    token: str


@dataclass(frozen=True, slots=True)
class ToOwners:
    """Mail for the people who look after a list."""

    list: MailList


@dataclass(frozen=True, slots=True)
class ToBounces:
    """A report about a copy; `signed` says whose copy and of which day, when the return path was a signed one."""

    list: MailList
    signed: BounceToken | None = None


@dataclass(frozen=True, slots=True)
class ToPostmaster:
    """Mail for postmaster@ or abuse@ of a domain of ours (RFC 2142)."""

    address: str


Route: TypeAlias = ToList | ToFunction | ToAnswer | ToOwners | ToBounces | ToPostmaster
Known: TypeAlias = Callable[[str, str], MailList | None]
IsGood: TypeAlias = Callable[[MailList, Purpose, str], bool]


def route(
    recipient: str, known: Known, domains: Container[str], key: bytes, is_good: IsGood, mailbox: str = ""
) -> Route | None:
    """What the recipient address names, or None if nothing here.

    `known(name, domain)` finds a list, `is_good(list, purpose, token)` knows the tokens that are kept; a bare
    `postmaster` counts as ours (RFC 5321 §4.5.1). `mailbox` is the address behind whose name lists are reached
    (`box+english@`, mailbox mode), "" where there is none.
    """
    local, at, domain = recipient.lower().rpartition("@")
    if not at:
        return ToPostmaster(recipient.lower()) if recipient.lower() == "postmaster" else None
    box, _, home = mailbox.rpartition("@")
    if box and domain == home:
        behind = _named(split_local(local, box), domain, known, key, is_good)
        if behind is not None:
            return behind
    if local in ROLE_LOCALS and domain in domains:
        return ToPostmaster(recipient.lower())
    return _named(split_local(local), domain, known, key, is_good)


def _named(named: ListLocal | None, domain: str, known: Known, key: bytes, is_good: IsGood) -> Route | None:
    mail_list = known(named.name, domain) if named else None
    if named is None or mail_list is None:
        return None
    if named.purpose is Purpose.POST:
        return ToList(mail_list)
    if named.purpose is Purpose.OWNER:
        return ToOwners(mail_list)
    if named.purpose in FUNCTIONS:
        return ToFunction(mail_list, named.purpose)
    if named.purpose in ANSWERS:
        token = named.token or ""
        return ToAnswer(mail_list, named.purpose, token) if is_good(mail_list, named.purpose, token) else None
    if named.purpose is Purpose.BOUNCES and named.token is None:
        return ToBounces(mail_list)
    return _by_token(mail_list, named.purpose, named.token or "", key)


def _by_token(mail_list: MailList, purpose: Purpose, token: str, key: bytes) -> Route | None:
    if purpose is Purpose.REPLY:
        thread_id = verify_reply(key, mail_list.name, token)
        return None if thread_id is None else ToList(mail_list, thread_id)
    if purpose is Purpose.BOUNCES:
        signed = verify_bounce(key, mail_list.name, token)
        return None if signed is None else ToBounces(mail_list, signed)
    return None
