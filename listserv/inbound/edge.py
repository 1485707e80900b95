"""What the mail edge agrees to before a word is spoken: who takes the mail, the caps, and who is connected now.

Promises: every cap has a default, is checked before memory is spent, and is answered with a 4xx or 5xx sentence.
Touches no socket and no clock; `smtp_connection` and `smtp_dialogue` ask here, `smtp` builds it.
"""

from __future__ import annotations

import ipaddress
from asyncio import Future
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from ssl import SSLContext
from typing import Literal, Protocol

from listserv.model.smtp import Envelope, Reply

SHUTTING_DOWN = Reply(421, "4.3.2", "This server is stopping, please try again later")
TOO_MANY_HERE = Reply(421, "4.3.2", "Too many connections, please try again later")
TOO_MANY_FROM_YOU = Reply(421, "4.7.0", "Too many connections from your address, please try again later")


class Receiver(Protocol):
    """The one who decides: asked at each RCPT and at the end of each content.

    Both may raise: the client then reads a 451 with a short id, which the log holds too.
    """

    def route(self, recipient: str, envelope: Envelope) -> Awaitable[Reply]:
        """The answer to one RCPT; a positive one makes `recipient` a recipient of the transaction.

        `recipient` is as the client spelt it, without angle brackets and source route; it may be the bare word
        `postmaster` (RFC 5321 §4.5.1). `envelope.recipients` holds those taken before it.
        """
        ...

    def receive(self, envelope: Envelope, octets: bytes) -> Awaitable[tuple[Reply, ...]]:
        """The answers to one message, which is safe on disk for each positive one.

        `envelope.protocol` says how many: "smtp" exactly one for the whole transaction, "lmtp" one for each of
        `envelope.recipients` in their order (RFC 2033 §4.2). `octets` is the content, dots unstuffed, every line
        ended by CRLF, with no other CR or LF. Is not cancelled when the client goes away.
        """
        ...


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """How much one client, and all of them together, may ask for.

    No number of messages and no length of session is capped while messages come: `refused_commands`,
    `commands_without_message` and `session_idle_seconds` count from the last message taken or refused.
    """

    message_octets: int = 26_214_400
    overrun_octets: int = 26_214_400
    """How much of a too long content is still read, to say 552 in good order, before the connection is closed."""
    held_octets: int = 268_435_456
    """Content of unfinished messages in memory, over all sessions; beyond it 452."""
    recipients: int = 1000
    connections: int = 256
    """At once from one client address (an IPv6 client is its /64), loopback too."""
    connections_total: int = 500
    """At once from all clients; two servers then stay below the usual 1024 open files of a process."""
    refused_commands: int = 20
    commands_without_message: int = 1000
    """Commands other than RCPT, which `recipients` and `refused_commands` bound."""
    command_octets: int = 4096
    idle_seconds: float = 300
    """For one command to arrive whole (RFC 5321 §4.5.3.2.7)."""
    session_idle_seconds: float = 3600
    data_idle_seconds: float = 180
    """Between two blocks of content (RFC 5321 §4.5.3.2.5)."""
    data_total_seconds: float = 1800


class HeldOctets:
    """How many octets of unfinished messages are in memory now; never more than `cap`."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self.now = 0

    def take(self, octets: int) -> bool:
        """True when there was room, and `octets` more are held from now on."""
        if self.now + octets > self._cap:
            return False
        self.now += octets
        return True

    def give_back(self, octets: int) -> None:
        self.now -= octets

    def has_room(self, octets: int) -> bool:
        """Whether a message of about `octets` (0 = unknown) may begin."""
        return self.now + max(octets, 1) <= self._cap


class Closable(Protocol):
    """A session as its register sees it; `gone` is done when nothing of it is left."""

    gone: Future[None]

    def retire(self) -> None:
        """Say 421 and close as soon as no transaction is open."""
        ...

    def abandon(self) -> None:
        """Break off whatever goes on."""
        ...


class Connections:
    """The register of open sessions, by client."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._clients: dict[Closable, str] = {}
        self._count: Counter[str] = Counter()
        self._shut = False

    def __iter__(self) -> Iterator[Closable]:
        return iter(tuple(self._clients))

    def __len__(self) -> int:
        return len(self._clients)

    def enter(self, session: Closable, address: str) -> Reply | None:
        """None when `session` is in the register now, else the words to turn it away with."""
        client = client_of(address)
        if self._shut:
            return SHUTTING_DOWN
        if len(self._clients) >= self._total:
            return TOO_MANY_HERE
        if self._count[client] >= self._each:
            return TOO_MANY_FROM_YOU
        self._count[client] += 1
        self._clients[session] = client
        return None

    def leave(self, session: Closable) -> None:
        """Afterwards `session` counts no more; leaving twice is harmless."""
        client = self._clients.pop(session, None)
        if client is None:
            return
        self._count[client] -= 1
        if not self._count[client]:
            del self._count[client]

    def shut(self) -> None:
        """Afterwards nobody enters."""
        self._shut = True


def client_of(address: str) -> str:
    """The client an address belongs to: itself for IPv4, its /64 for IPv6, which one customer owns whole."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))


@dataclass(frozen=True, slots=True)
class Terms:
    """What every session of one listening socket shares."""

    receiver: Receiver
    limits: EdgeLimits
    protocol: Literal["smtp", "lmtp"]
    hostname: str
    tls: SSLContext | None
    held: HeldOctets
    connections: Connections
