"""When a copy that was put off goes again, and what a relay's reply says about it.

Promises: waits grow from one minute to at most four hours; after five days there is no further attempt
(RFC 5321 §4.5.4.1 asks for at least four or five days). Pure: `now` and the jitter are arguments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Literal

from listserv.outbound.replies import RelayReply

State = Literal["taken", "later", "never"]

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(days=5)
_JITTER_SHARE = 0.25

_ADDRESS_SUBJECT = "1"
_MAILBOX_SUBJECT = "2"
_ROUTING_SUBJECT = "4"
# RFC 3463 §3.2-3.3: bad sender's mailbox (5.1.7, 5.1.8) and a message too long for the mailbox (5.2.3) say
# nothing against the recipient's address.
_NOT_THE_ADDRESS = frozenset({"5.1.7", "5.1.8", "5.2.3"})
_ADDRESS_CODES = frozenset({550, 551, 553})


class Verdict(Enum):
    """What one reply means for one copy; `state` is what the outbox does with it."""

    TAKEN = "taken"
    LATER = "later"
    ADDRESS_REFUSED = "address"
    """Never, and it counts against the address: no such mailbox, disabled, full, no route to its domain."""
    CONTENT_REFUSED = "content"
    """Never, but about the message, the sender or the protocol: it says nothing of the address."""

    @property
    def state(self) -> State:
        if self is Verdict.TAKEN:
            return "taken"
        return "later" if self is Verdict.LATER else "never"


def classify(reply: RelayReply) -> Verdict:
    """The verdict of a final reply or of a refusal; anything that is neither 2xx nor 5xx means later."""
    if 200 <= reply.code < 300:
        return Verdict.TAKEN
    if not 500 <= reply.code < 600:
        return Verdict.LATER
    return Verdict.ADDRESS_REFUSED if _blames_address(reply) else Verdict.CONTENT_REFUSED


def _blames_address(reply: RelayReply) -> bool:
    """The enhanced code decides (RFC 3463); without one, or with x.0.y, the bare code (RFC 5321 §4.2.3)."""
    if reply.enhanced in _NOT_THE_ADDRESS:
        return False
    subject = reply.enhanced.split(".")[1] if reply.enhanced else "0"
    if subject == "0":
        return reply.code in _ADDRESS_CODES
    return subject in (_ADDRESS_SUBJECT, _MAILBOX_SUBJECT, _ROUTING_SUBJECT)


def next_attempt(attempts: int, first_at: datetime, now: datetime, jitter: float) -> datetime | None:
    """When to try again after `attempts` failures, or None when five days have gone by since `first_at`.

    `jitter` in 0..1 lengthens the wait by up to a quarter, so that copies put off together do not come back
    together. The last attempt falls on the end of the five days.
    """
    give_up_at = first_at + GIVE_UP_AFTER
    if now >= give_up_at:
        return None
    doublings = min(max(attempts, 1) - 1, 16)
    base = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT / (1 + _JITTER_SHARE))
    wait = base * (1 + _JITTER_SHARE * min(max(0.0, jitter), 1.0))
    return min(now + wait, give_up_at)
