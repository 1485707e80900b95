"""Mail in over sockets: a listening SMTP (RFC 5321) or LMTP (RFC 2033) server on the running loop.

Promises: a message is answered by what the `Receiver` says and by nothing else; a stop lets transactions under way
finish. Owns the listening socket; the words are in `smtp_dialogue`, the caps in `edge`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Literal

from listserv.inbound.edge import Connections, EdgeLimits, HeldOctets, Receiver, Terms
from listserv.inbound.smtp_dialogue import Dialogue

__all__ = ["EdgeLimits", "HeldOctets", "MailServer", "Receiver", "serve_smtp"]

_BACKLOG = 1024


class MailServer:
    """One listening socket and its sessions; `server` is asyncio's own."""

    def __init__(self, server: asyncio.Server, terms: Terms) -> None:
        self.server = server
        self.terms = terms

    @property
    def port(self) -> int:
        """The port listened on, also where port 0 was asked for."""
        return int(self.server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        """Where it listens, as host:port."""
        return f"{self.server.sockets[0].getsockname()[0]}:{self.port}"

    async def stop(self, within_seconds: float) -> None:
        """Afterwards no session is left: new ones are refused, idle ones told 421, transactions finish or are cut.

        A message cut off after `within_seconds` was not answered: its client sends it again.
        """
        self.server.close()
        sessions = self.terms.connections
        sessions.shut()
        for session in sessions:
            session.retire()
        await _ended(sessions, within_seconds)
        for session in sessions:
            session.abandon()
        await _ended(sessions, 1.0)


async def serve_smtp(
    listen: str,
    receiver: Receiver,
    limits: EdgeLimits,
    *,
    protocol: Literal["smtp", "lmtp"],
    hostname: str,
    tls: ssl.SSLContext | None = None,
    held: HeldOctets | None = None,
) -> MailServer:
    """Listen on `listen` ("127.0.0.1:8025", "[::1]:0") until `stop`; `held` may be shared with other servers.

    Raises OSError when the address cannot be listened on, ValueError when it is none.
    """
    # aiosmtpd tells a line of the AUTH that is not offered; ours say what matters.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    terms = Terms(
        receiver,
        limits,
        protocol,
        hostname,
        tls,
        held or HeldOctets(max(limits.held_octets, limits.message_octets)),
        Connections(limits.connections, limits.connections_total),
    )
    host, port = split_listen(listen)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Dialogue(terms), host, port, backlog=_BACKLOG)
    return MailServer(server, terms)


def split_listen(listen: str) -> tuple[str | None, int]:
    """Host (None = every interface) and port of "host:port"; ValueError says what is wrong."""
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"{listen!r} is not an address to listen on; it should look like 127.0.0.1:8025")
    return host.strip("[]") or None, int(port)


async def _ended(sessions: Connections, within_seconds: float) -> None:
    """Return when every session has left, or after `within_seconds`."""
    waiting = [session.gone for session in sessions]
    if waiting:
        await asyncio.wait(waiting, timeout=within_seconds)
