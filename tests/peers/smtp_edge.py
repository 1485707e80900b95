"""The mail edge under test, in a thread with a loop of its own, and a client that says exactly what it is told.

    with MailEdge("lmtp", recipients=2) as edge, edge.client() as client:
        client.hello(); client.say("MAIL FROM:<a@example.org>"); ...; edge.receiver.taken

`RecordingReceiver` takes every recipient at example.org (and postmaster), refuses others, and keeps what it took.
Loopback only; every read has a time-out, so that a test fails instead of hanging.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from listserv.inbound.smtp import EdgeLimits, MailServer, serve_smtp
from listserv.model.smtp import Envelope, Reply

T = TypeVar("T")

HOSTNAME = "mx.example.org"
PATIENCE_SECONDS = 10.0
MAIL = "MAIL FROM:<ann@example.com>"
RCPT = "RCPT TO:<list@example.org>"


async def _kept(envelope: Envelope, _octets: bytes) -> tuple[Reply, ...]:
    count = len(envelope.recipients) if envelope.protocol == "lmtp" else 1
    return (Reply(250, "2.0.0", "kept"),) * count


@dataclass
class RecordingReceiver:
    """Keeps each message it takes; `answer` says what becomes of a message, for tests that want otherwise."""

    taken: list[tuple[Envelope, bytes]] = field(default_factory=list)
    routed: list[tuple[str, Envelope]] = field(default_factory=list)
    answer: Callable[[Envelope, bytes], Awaitable[tuple[Reply, ...]]] = _kept

    async def route(self, recipient: str, envelope: Envelope) -> Reply:
        self.routed.append((recipient, envelope))
        if recipient == "broken@example.org":
            raise RuntimeError("the secret of the route")
        if recipient == "postmaster" or recipient.lower().endswith("@example.org"):
            return Reply(250, "2.1.5", "OK")
        return Reply(550, "5.1.1", f"No group has the address {recipient}")

    async def receive(self, envelope: Envelope, octets: bytes) -> tuple[Reply, ...]:
        replies = await self.answer(envelope, octets)
        self.taken.append((envelope, octets))
        return replies

    @property
    def contents(self) -> list[bytes]:
        return [octets for _, octets in self.taken]


class MailEdge:
    """A running edge; leave the `with` and it is stopped and its thread gone."""

    def __init__(
        self,
        protocol: Literal["smtp", "lmtp"] = "smtp",
        *,
        tls: ssl.SSLContext | None = None,
        receiver: RecordingReceiver | None = None,
        new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        **limits: Any,
    ) -> None:
        self.protocol = protocol
        self.receiver = receiver or RecordingReceiver()
        self.limits = EdgeLimits(**limits)
        self.faults: list[dict[str, Any]] = []
        self._tls = tls
        self._loop = new_loop()
        self._loop.set_exception_handler(lambda _loop, context: self.faults.append(context))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.server: MailServer

    def __enter__(self) -> Self:
        self._thread.start()
        self.server = self.run(
            serve_smtp(
                "127.0.0.1:0",
                self.receiver,
                self.limits,
                protocol=self.protocol,
                hostname=HOSTNAME,
                tls=self._tls,
            )
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self.server.stop(0.0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()
        if kind is None:
            assert self.faults == []
            assert self.server.terms.held.now == 0

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def hello(self) -> str:
        return "LHLO client.example.com" if self.protocol == "lmtp" else "EHLO client.example.com"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done on the edge's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def client(self, *, timeout_seconds: float = PATIENCE_SECONDS) -> Client:
        """A connection that has not read the greeting yet."""
        return Client(self, timeout_seconds)

    def ready_client(self) -> Client:
        """A connection that has been greeted and has said who it is."""
        client = self.client()
        assert client.reply().startswith("220 ")
        assert client.say(self.hello).startswith("250")
        return client


class Client:
    """A socket with replies read whole: "250-a\\n250 b" for a reply of two lines, "" when the edge closed."""

    def __init__(self, edge: MailEdge, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        self.edge = edge
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", edge.port), timeout_seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, octets: bytes, *, piece: int = 0) -> None:
        """Send all, in pieces of `piece` octets where given; an edge that has closed meanwhile is no error here."""
        size = piece or max(len(octets), 1)
        try:
            for start in range(0, len(octets), size):
                self.socket.sendall(octets[start : start + size])
        except (BrokenPipeError, ConnectionResetError):
            pass

    def reply(self) -> str:
        lines: list[str] = []
        while True:
            try:
                line = self._file.readline()
            except ConnectionResetError:
                line = b""
            if not line.endswith(b"\r\n"):
                return "\n".join(lines)
            lines.append(line[:-2].decode("utf-8"))
            if line[3:4] != b"-":
                return "\n".join(lines)

    def replies(self, count: int) -> list[str]:
        """The first three digits of the next `count` replies."""
        return [self.reply()[:3] for _ in range(count)]

    def rest(self) -> list[str]:
        """Every reply until the edge closes."""
        found: list[str] = []
        while reply := self.reply():
            found.append(reply)
        return found

    def say(self, line: str | bytes) -> str:
        """The reply to one command."""
        octets = line.encode() if isinstance(line, str) else line
        self.send(octets + b"\r\n")
        return self.reply()

    def begin(self, *recipients: str) -> None:
        """A transaction up to the 354."""
        assert self.say(MAIL).startswith("250")
        for recipient in recipients or ("list@example.org",):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")

    def deliver(self, content: bytes, *, piece: int = 0) -> str:
        """The reply to one message; `content` goes out as it is, with its end behind it."""
        self.begin()
        self.send(content + b".\r\n", piece=piece)
        return self.reply()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Turn to TLS on a connection that has read the 220 to STARTTLS."""
        self._file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=HOSTNAME)
        self._file = self.socket.makefile("rb")
