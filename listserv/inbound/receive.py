"""The receiver behind SMTP and LMTP: RCPT answered by `route`, a message judged and on disk before its reply.

One transaction of the client is one job of the writer: every list it names judges it by its own rules, in order. SMTP
gives one reply for all (250 if any list took it), LMTP one a recipient. What is done with a message is in
`inbound.reception`; here is the side of the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from listserv.errors import StoreUnavailable
from listserv.inbound.posting import Arrival
from listserv.inbound.reception import Reception
from listserv.inbound.route import UNKNOWN
from listserv.mail.parse import parse
from listserv.model.smtp import Envelope, Reply
from listserv.store.writer import Tell

log = logging.getLogger(__name__)
T = TypeVar("T")

KNOWN_KEPT = 10_000
KNOWN_SECONDS = 5.0
INLINE_OCTETS = 65_536  # a larger message is read off the loop
KNOWN = Reply(250, "2.1.5", "Recipient ok")
TRY_LATER = Reply(451, "4.3.0", "The database is not available now, please try again later")
DISK_FULL = Reply(452, "4.3.1", "No room on the disk now, please try again later")


class MailReceiver:
    """Implements `inbound.edge.Receiver`."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        # Addresses found a moment ago. Only saves asking: the transaction that takes the mail looks again.
        self._known: dict[str, float] = {}
        self._bell = _Bell()

    async def route(self, recipient: str, _envelope: Envelope) -> Reply:
        """250 for an address of ours, 550 5.1.1 for any other, 451 while the database cannot be asked."""
        if self._known.get(recipient, 0.0) > monotonic():
            return KNOWN
        try:
            found = await asyncio.to_thread(self._reception.look_up, recipient)
        except StoreUnavailable:
            return TRY_LATER
        if found is None:
            return UNKNOWN
        if len(self._known) >= KNOWN_KEPT:
            self._known.clear()
        self._known[recipient] = monotonic() + KNOWN_SECONDS
        return KNOWN

    async def receive(self, envelope: Envelope, octets: bytes) -> tuple[Reply, ...]:
        """Everything the message causes is on disk when a positive reply comes back."""
        large = len(octets) > INLINE_OCTETS
        read = await asyncio.to_thread(self._read, envelope, octets) if large else self._read(envelope, octets)
        if isinstance(read, Reply):
            return (read,) * _replies(envelope)
        waiter: asyncio.Future[tuple[Reply, ...]] = asyncio.get_running_loop().create_future()
        self._reception.hand_over(envelope, read, self._bell.rings_for(waiter))
        try:
            answers = await waiter
        except StoreUnavailable as error:
            log.warning("not taken: %s", error)
            return (DISK_FULL if "disk is full" in error.public else TRY_LATER,) * _replies(envelope)
        self._reception.on_commit()
        return reply_to_client(envelope, answers)

    def _read(self, envelope: Envelope, octets: bytes) -> Arrival | Reply:
        """The message with all that the writer need not work out, or the refusal of its form."""
        message = parse(octets)
        return self._reception.fault(message) or self._reception.arrival(envelope, message)


class _Bell:
    """Tells the loop what the writer has done: once a group of jobs, not once a job, for each telling is a system call
    and a change of threads."""

    def __init__(self) -> None:
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._rung = False

    def rings_for(self, waiter: asyncio.Future[T]) -> Tell[T]:
        """What to tell the end of a job that `waiter`, of the running loop, waits for; it need not wait any more."""
        return partial(self._ring, waiter.get_loop(), waiter)

    def _ring(
        self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[T], value: T | None, error: BaseException | None
    ) -> None:
        self._done.append((waiter, value, error))
        if not self._rung and not loop.is_closed():
            self._rung = True
            loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._rung = False  # first: what is added from now on may be handed out below, or by the next round
        while self._done:
            waiter, value, error = self._done.popleft()
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(value)
            else:
                waiter.set_exception(error)


def _replies(envelope: Envelope) -> int:
    return len(envelope.recipients) if envelope.protocol == "lmtp" else 1


def reply_to_client(envelope: Envelope, answers: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """LMTP hears each recipient's answer (RFC 2033 §4.2), SMTP one for all of them."""
    return answers if envelope.protocol == "lmtp" else (_for_all(answers),)


def _for_all(answers: tuple[Reply, ...]) -> Reply:
    """250 if any list took it (a second try would only repeat it there), else the first refusal."""
    return next((answer for answer in answers if answer.positive), answers[0])
