"""The receiver behind SMTP and LMTP: RCPT answered by `route`, a message judged and on disk before its reply.

One transaction of the client is one job of the writer: every list it names judges it by its own rules, in order. SMTP
gives one reply for all (250 if any list took it), LMTP one a recipient.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from listserv.config import Settings
from listserv.errors import StoreUnavailable
from listserv.inbound.forwarding import forward_to_owners, forward_to_postmaster, record_report
from listserv.inbound.judging import Judged, judge
from listserv.inbound.posting import Arrival
from listserv.inbound.route import UNKNOWN, Route, ToBounces, ToList, ToOwners, ToPostmaster, route
from listserv.mail.bounds import Bounds, check_bounds
from listserv.mail.parse import parse
from listserv.model.case import Accept, Hold, Reason, Record, Reject
from listserv.model.smtp import Envelope, Reply
from listserv.store.engine import Connection, Database
from listserv.store.lists import domains_in_use, find_list
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

KNOWN_KEPT = 10_000
KNOWN_SECONDS = 5.0
INLINE_OCTETS = 65_536  # a larger message is parsed off the loop
KNOWN = Reply(250, "2.1.5", "Recipient ok")
TRY_LATER = Reply(451, "4.3.0", "The database is not available now, please try again later")
DISK_FULL = Reply(452, "4.3.1", "No room on the disk now, please try again later")


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing a transaction is for, and which of its recipients named it."""

    route: Route
    recipients: tuple[str, ...]


class MailReceiver:
    """Implements `inbound.edge.Receiver` on one database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        writer: Writer,
        key: bytes,
        clock: Callable[[], datetime],
        on_commit: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._writer = writer
        self._key = key
        self._clock = clock
        self._on_commit = on_commit
        self._bounds = bounds(settings)
        # Addresses found a moment ago. Only saves asking: the transaction that takes the mail looks again.
        self._known: dict[str, float] = {}

    async def route(self, recipient: str, _envelope: Envelope) -> Reply:
        """250 for an address of ours, 550 5.1.1 for any other, 451 while the database cannot be asked."""
        if self._known.get(recipient, 0.0) > monotonic():
            return KNOWN
        try:
            found = await asyncio.to_thread(self._look_up, recipient)
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
        fault = check_bounds(octets, self._bounds)
        if fault is not None:
            code = 552 if fault.code == "message_octets" else 554
            return (Reply(code, "5.3.4" if code == 552 else "5.6.0", fault.text),) * _replies(envelope)
        message = parse(octets) if len(octets) <= INLINE_OCTETS else await asyncio.to_thread(parse, octets)
        now = self._clock()
        arrival = Arrival(message, envelope.return_path, "", now, now)
        try:
            answers = await asyncio.wrap_future(
                self._writer.submit(lambda connection: self._receive(connection, envelope, arrival))
            )
        except StoreUnavailable as error:
            log.warning("not taken: %s", error)
            return (DISK_FULL if "disk is full" in error.public else TRY_LATER,) * _replies(envelope)
        self._on_commit()
        return reply_to_client(envelope, answers)

    def _look_up(self, recipient: str) -> Route | None:
        with self._database.read() as connection:
            return self._route(connection, recipient)

    def _route(self, connection: Connection, recipient: str) -> Route | None:
        domains = domains_in_use(connection) | {self._settings.site.domain}
        return route(recipient, lambda name, domain: find_list(connection, name, domain), domains, self._key)

    def _receive(self, connection: Connection, envelope: Envelope, arrival: Arrival) -> tuple[Reply, ...]:
        """One reply a recipient; recipients that name the same thing share its one answer."""
        replies: dict[str, Reply] = {}
        for destination in self._destinations(connection, envelope.recipients, replies):
            reply = self._deliver(connection, envelope, arrival, destination)
            replies.update(dict.fromkeys(destination.recipients, reply))
        return tuple(replies[recipient] for recipient in envelope.recipients)

    def _destinations(
        self, connection: Connection, recipients: tuple[str, ...], replies: dict[str, Reply]
    ) -> list[Destination]:
        """A list named twice, by its address and by a thread's, is one destination with the thread."""
        found: dict[tuple[type, int | str], Destination] = {}
        for recipient in dict.fromkeys(recipients):
            named = self._route(connection, recipient)
            if named is None:
                replies[recipient] = UNKNOWN
                continue
            key = (type(named), named.address if isinstance(named, ToPostmaster) else named.list.id)
            earlier = found.get(key)
            if earlier is not None:
                both = (*earlier.recipients, recipient)
                with_thread = isinstance(named, ToList) and named.thread_id is not None
                found[key] = Destination(named if with_thread else earlier.route, both)
            else:
                found[key] = Destination(named, (recipient,))
        return list(found.values())

    def _deliver(self, connection: Connection, envelope: Envelope, arrival: Arrival, destination: Destination) -> Reply:
        named = destination.route
        if isinstance(named, ToOwners):
            return forward_to_owners(connection, named.list, arrival, self._settings)
        if isinstance(named, ToBounces):
            return record_report(connection, named.list, arrival, named.subscription_id)
        if isinstance(named, ToPostmaster):
            return forward_to_postmaster(connection, named.address, arrival, self._settings)
        here = Arrival(
            arrival.message,
            arrival.return_path,
            destination.recipients[0],
            arrival.received_at,
            arrival.now,
            named.thread_id,
        )
        judged = judge(
            connection,
            named.list,
            here,
            session=envelope.protocol == "smtp",
            message_octets=self._settings.limits.message_octets,
        )
        return reply_to(judged, named.list.address)


def reply_to(judged: Judged, address: str) -> Reply:
    """The reply a verdict is told with."""
    verdict = judged.verdict
    if isinstance(verdict, Accept):
        return Reply(250, "2.0.0", f"Post {judged.post_id} in {address}, on its way")
    if isinstance(verdict, Hold):
        return Reply(250, "2.0.0", f"Kept for {address}: waiting for a moderator ({verdict.reason.value})")
    if isinstance(verdict, Record):
        return Reply(250, "2.0.0", "Automatic mail, kept and not posted")
    if isinstance(verdict, Reject):
        return Reply(552 if verdict.reason is Reason.TOO_LARGE else 550, verdict.enhanced, verdict.text)
    return Reply(250, "2.0.0", f"{address} has this message already")


def bounds(settings: Settings) -> Bounds:
    """The configured limits of a message's form."""
    limits = settings.limits
    return Bounds(
        message_octets=limits.message_octets,
        header_octets=limits.header_octets,
        field_octets=limits.field_octets,
        parts=limits.parts,
        depth=limits.depth,
        boundary_octets=limits.boundary_octets,
    )


def _replies(envelope: Envelope) -> int:
    return len(envelope.recipients) if envelope.protocol == "lmtp" else 1


def reply_to_client(envelope: Envelope, answers: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """LMTP hears each recipient's answer (RFC 2033 §4.2), SMTP one for all of them."""
    return answers if envelope.protocol == "lmtp" else (_for_all(answers),)


def _for_all(answers: tuple[Reply, ...]) -> Reply:
    """250 if any list took it (a second try would only repeat it there), else the first refusal."""
    return next((answer for answer in answers if answer.positive), answers[0])
