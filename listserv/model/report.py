"""What a report says about mail we sent: to whom it could not be given and why, or who complained about it.

Frozen values, made by `mail.report.read`. They are a stranger's claims: who may be scored for them is decided by the
signed return path the report came to, never by an address that stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """What became of a copy, seen from its recipient's address.

    `hard`: the address or its domain does not exist (any more). `soft`: the mailbox is full or closed for now, or its
    server failed for good without a reason that lies in the message. `delayed`: no answer yet, whether the other side
    goes on trying or gave up waiting. `content`: this message or its sender was refused (size, spam, policy, DMARC), or
    a server refused in words that nobody understood yet. `delivered`: it arrived. Only the first two count against an
    address.
    """

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    CONTENT = "content"
    DELIVERED = "delivered"

    @property
    def counts(self) -> bool:
        """Whether a report of this kind says something against the address itself."""
        return self in (Kind.HARD, Kind.SOFT)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report quotes of our message.

    `message_id` is the post's, without brackets, "" where it is not quoted. `to` are the addresses that its newest
    `for` clause of Received, Delivered-To and, unless it is a list's mail, To name. `return_paths` are all texts of
    the form `NAME-bounces+TOKEN@DOMAIN` or `BOX+NAME-bounces-TOKEN@DOMAIN`, lower case, unproven; `unsubscribe_tokens`
    those of one-click links (`/unsubscribe/TOKEN`).
    """

    message_id: str = ""
    to: tuple[str, ...] = ()
    return_paths: tuple[str, ...] = ()
    unsubscribe_tokens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """One recipient of a delivery report.

    `address` is the one we sent to as far as the report says; `final_address` the one it was forwarded to, or the same.
    `status` is an enhanced code (RFC 3463) or "". `diagnostic` is the server's own words on one line, at most 500
    characters. `given_up`: nobody will try again.
    """

    address: str
    final_address: str
    kind: Kind
    status: str = ""
    diagnostic: str = ""
    given_up: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery status notification, machine-readable (RFC 3464) or only for people; at least one recipient."""

    recipients: tuple[RecipientReport, ...]
    returned: Returned


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report (RFC 5965) or a provider's own form of one.

    `recipients` are the addresses the message had been sent to as far as the report says, often none: providers hide
    them, and `returned` then says more. `feedback_type` is lower case: abuse, fraud, opt-out, auth-failure, ...
    """

    recipients: tuple[str, ...]
    feedback_type: str
    returned: Returned

    @property
    def by_a_person(self) -> bool:
        """Whether somebody did not want the mail; auth-failure, not-spam and other machine's news say nothing of it."""
        return self.feedback_type in ("abuse", "fraud", "opt-out")


Report: TypeAlias = DeliveryReport | Complaint
