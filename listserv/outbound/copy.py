"""What goes into a copy and what a copy is: the post's context, one recipient's envelope, the octets for the relay.

Frozen values and the tokens in them. A recipient's tokens do not depend on the post, so that they are made once a day
for her, as far as they are remembered. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.token import BOUNCE_LENGTH, sign_bounce, sign_reply, sign_unsubscribe
from listserv.model.lists import MailList
from listserv.outbound.footer import Footer

ENVELOPES_KEPT = 20_000  # some 10 MB: who gets many posts a day gets one day's envelope


class CopyRecipient(NamedTuple):
    """What is personal in a copy: its return path, the tokens of its one-click link and, in our mail, of signing in."""

    return_path: str
    unsubscribe: bytes
    sign_in: bytes = b""


class Copy(NamedTuple):
    """One copy as `relay.Submission` wants it: `content` is dot-stuffed (RFC 5321 §4.5.2) and ends in CRLF.

    `eight_bit` says that it holds octets above 0x7F.
    """

    return_path: str
    content: bytes
    eight_bit: bool
    stuffed: bool = True


@dataclass(frozen=True)
class PostContext:
    """All that the copies of one post depend on beside the message itself.

    `key` signs tokens; `message_id` is the archive's id for the post without angle brackets, used only where the
    message has none; `archived_at_url` and `base_url` (no slash at its end) are "" where there is no public web;
    `box` is the mailbox's local part in mailbox mode; `withdraw_address` is where answers to the author's own copy go,
    "" in everybody else's. `subject` stands in place of the author's, "" keeps his; `notes` in place of
    parts, by their index. `received_at` is aware, its zone is the one shown.
    """

    mail_list: MailList
    key: bytes
    thread_id: int
    message_id: str
    received_at: datetime
    hostname: str
    base_url: str = ""
    archived_at_url: str = ""
    footer: Footer | None = None
    box: str | None = None
    withdraw_address: str = ""
    subject: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def addresses(self) -> ListAddresses:
        """The list's addresses."""
        return ListAddresses(self.mail_list.name, self.mail_list.domain, self.box)

    @cached_property
    def reply_address(self) -> str:
        """The thread's reply address."""
        return reply_address(self.key, self.addresses, self.thread_id)

    @property
    def bounce_address(self) -> str:
        """The return path that names no recipient."""
        return self.addresses.of(Purpose.BOUNCES)


def reply_address(key: bytes, addresses: ListAddresses, thread_id: int) -> str:
    """A thread's reply address, the same in every copy; the list's own where no token fits behind its name."""
    if not addresses.has_room_for_reply:
        return addresses.of(Purpose.POST)
    return addresses.of(Purpose.REPLY, sign_reply(key, addresses.name, thread_id))


@lru_cache(maxsize=ENVELOPES_KEPT)
def copy_recipient(key: bytes, addresses: ListAddresses, subscription_id: int, sent_on: date) -> CopyRecipient:
    """One subscriber's envelope for the copies of that day (UTC): a signed return path where it fits in 64 octets."""
    return_path, after = _around_token(addresses)
    if after:
        return_path += sign_bounce(key, addresses.name, subscription_id, sent_on) + after
    return CopyRecipient(return_path, sign_unsubscribe(key, subscription_id).encode())


@lru_cache(maxsize=256)
def _around_token(addresses: ListAddresses) -> tuple[str, str]:
    """What stands before and behind the token in a return path; all of it and "" where there is no room for one."""
    if not addresses.has_room_for_verp:
        return addresses.of(Purpose.BOUNCES), ""
    token = "a" * BOUNCE_LENGTH
    before, _, after = addresses.of(Purpose.BOUNCES, token).partition(token)
    return before, after
