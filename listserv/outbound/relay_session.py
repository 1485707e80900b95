"""One greeted connection to a relay: connect, TLS, EHLO, AUTH, then octets out and replies in.

Promises: certificates are verified; a password is never sent in clear except to this very machine, when security
"none" is configured; every wait has an end (RFC 5321 §4.5.3.2). What goes wrong before the first MAIL is about us
and is RelayUnavailable; later it is ConnectionLost. Opening blocks; from then on a wait is a `Wait`, so that one thread
can serve many connections. Knows nothing of messages.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Literal

from listserv.errors import RelayUnavailable
from listserv.outbound.replies import (
    Abilities,
    RelayReply,
    ReplyError,
    ReplyReader,
    all_well,
    parse_abilities,
    parse_reply,
)
from listserv.outbound.waits import Steps, Wait, waited

Security = Literal["none", "starttls", "tls"]

# RFC 5321 §4.5.3.2; the RFC gives none for connecting, QUIT need not be waited for.
CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
DATA_SECONDS = 120.0
BLOCK_SECONDS = 180.0
FINAL_SECONDS = 600.0
QUIT_SECONDS = 5.0
_AFTER_FAILED_WRITE_SECONDS = 1.0

_BLOCK_OCTETS = 262_144
_READ_OCTETS = 65_536
CLOSING = 421
_TOO_SLOW = "no answer in time"


class ConnectionLost(Exception):
    """The connection is of no more use; `reply` is the relay's last word, or ours where it had none."""

    def __init__(self, reply: RelayReply) -> None:
        super().__init__(str(reply))
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the relay is and how to speak to it; `timeout_scale` multiplies every wait."""

    host: str
    port: int
    helo_name: str
    security: Security = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    tls_context: ssl.SSLContext | None = None
    timeout_scale: float = 1.0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Session:
    """An open connection. Writing never raises: what went wrong shows at the next read, after what was still said."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Connected, greeted, encrypted and signed in as `endpoint` asks, or RelayUnavailable."""
        self.abilities = Abilities()
        self.messages = 0
        self.opened_at = self.heard_at = time.monotonic()
        self._endpoint = endpoint
        self._reader = ReplyReader()
        self._write_failed = ""
        self._lost: ConnectionLost | None = None
        self._socket = self._connect()
        try:
            self._introduce()
        except RelayUnavailable:
            self.drop()
            raise
        except (ConnectionLost, OSError, ValueError) as error:
            self.drop()
            raise self._unavailable("broke off before the first message", str(error)) from error

    def write(self, *pieces: bytes) -> Steps[None]:
        """Send the pieces; small ones leave in one packet, and each has its time for every block that gets through."""
        try:
            if len(pieces[0]) <= _BLOCK_OCTETS:
                pieces = (b"".join(pieces),)
            for piece in pieces:
                sent = self._sent(piece) if len(piece) <= _BLOCK_OCTETS else 0
                if sent < len(piece):
                    yield from self._send_rest(memoryview(piece)[sent:])
        except (OSError, ValueError) as error:
            self._write_failed = _reason(error)

    def read(self, seconds: float, hoped_for: int) -> Steps[RelayReply]:
        """The next reply, within `seconds` (times the scale) from now.

        ConnectionLost on silence, on a broken line, on 421 (RFC 5321 §3.8), and on a code that is neither of the
        class `hoped_for` (2 or 3) nor a refusal: then question and answer are out of step.
        """
        _, reply = yield from self._hear(seconds)
        if reply.code == CLOSING:
            raise ConnectionLost(reply)
        if reply.code // 100 not in (hoped_for, 4, 5):
            raise ConnectionLost(_own_reply(f"the relay answered out of step: {reply}"))
        return reply

    def all_well(self, seconds: float, recipients: int) -> Steps[RelayReply | None]:
        """The reply to a dot, if it and all replies to the envelope behind it come and are as hoped for, a line each.

        None otherwise: they are all left to be read one by one, and the loss of the connection behind them.
        """
        deadline = time.monotonic() + seconds * self._endpoint.timeout_scale
        try:
            while not self._reader.has(recipients + 3):
                yield from self._receive(deadline)
        except ConnectionLost as lost:
            self._lost = lost
        found = self._reader.whole(all_well(recipients))
        return None if found is None else parse_reply(found[1])

    def expect_silence(self) -> None:
        """ConnectionLost when something was said that we did not ask for: every later answer would be misread."""
        if self._reader.pending:
            raise ConnectionLost(_own_reply("the relay said more than it was asked"))

    def quit(self) -> Steps[None]:
        """Say QUIT, wait a little for the answer, and close."""
        with contextlib.suppress(ConnectionLost):
            yield from self.write(b"QUIT\r\n")
            yield from self.read(QUIT_SECONDS, 2)
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _connect(self) -> socket.socket:
        endpoint = self._endpoint
        try:
            connected = socket.create_connection(
                (endpoint.host, endpoint.port), CONNECT_SECONDS * endpoint.timeout_scale
            )
        except (OSError, ValueError, OverflowError) as error:
            raise self._unavailable("cannot be reached", _reason(error)) from error
        # Without this each small write waits for the peer's delayed acknowledgement, 40 ms.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        return connected

    def _introduce(self) -> None:
        if self._endpoint.security == "tls":
            self._encrypt()
        self._await_greeting()
        self._say_hello()
        if self._endpoint.security == "starttls":
            self._start_tls()
        if self._endpoint.username:
            self._sign_in()

    def _await_greeting(self) -> None:
        """A server that awaits TLS first says nothing in clear: silence is most often the wrong one of two ports."""
        try:
            self._demand(2, waited(self.read(COMMAND_SECONDS, 2)), "does not greet")
        except ConnectionLost as lost:
            hint = (
                "" if self._endpoint.security == "tls" else "; a port where TLS begins at once (465) needs security tls"
            )
            raise self._unavailable("does not greet", f"{lost.reply.text}{hint}") from lost

    def _say_hello(self) -> None:
        """EHLO, or HELO to a relay that refuses it (RFC 5321 §4.1.4)."""
        name = self._endpoint.helo_name.encode()
        waited(self.write(b"EHLO " + name + b"\r\n"))
        octets, reply = waited(self._hear(COMMAND_SECONDS))
        if reply.code // 100 == 5:
            self.abilities = Abilities()
            self._ask(b"HELO " + name, 2, "refuses HELO")
            return
        self._demand(2, reply, "refuses EHLO")
        self.abilities = parse_abilities(octets)

    def _start_tls(self) -> None:
        if not self.abilities.starttls:
            raise self._unavailable("does not offer STARTTLS, and security = starttls asks for it")
        self._ask(b"STARTTLS", 2, "refuses STARTTLS")
        self.expect_silence()  # what came in clear would count as said under TLS
        self._encrypt()
        self._say_hello()

    def _encrypt(self) -> None:
        context = self._endpoint.tls_context or ssl.create_default_context()
        try:
            self._socket.settimeout(COMMAND_SECONDS * self._endpoint.timeout_scale)
            self._socket = context.wrap_socket(self._socket, server_hostname=self._endpoint.host)
            self._socket.setblocking(False)
        except ssl.SSLCertVerificationError as error:
            raise self._unavailable("shows a certificate that is not valid for it", error.verify_message) from error
        except (OSError, ValueError) as error:
            hint = "; a port where TLS is asked for (587) needs security starttls" if self._in_clear(error) else ""
            raise self._unavailable("cannot be spoken to over TLS", f"{_reason(error)}{hint}") from error

    def _in_clear(self, error: Exception) -> bool:
        """Whether the peer spoke in clear where TLS was to begin at once."""
        at_once = self._endpoint.security == "tls"
        return at_once and (isinstance(error, TimeoutError) or getattr(error, "reason", "") == "WRONG_VERSION_NUMBER")

    def _sign_in(self) -> None:
        if not self._may_send_password():
            raise self._unavailable("would get the password in clear: set security to starttls or tls")
        username, password = (word.encode() for word in (self._endpoint.username, self._endpoint.password))
        failure = "does not accept username and password"
        if "PLAIN" in self.abilities.auth:
            self._ask(b"AUTH PLAIN " + base64.b64encode(b"\0" + username + b"\0" + password), 2, failure)
        elif "LOGIN" in self.abilities.auth:
            self._ask(b"AUTH LOGIN", 3, failure)
            self._ask(base64.b64encode(username), 3, failure)
            self._ask(base64.b64encode(password), 2, failure)
        else:
            raise self._unavailable("offers neither AUTH PLAIN nor AUTH LOGIN")

    def _may_send_password(self) -> bool:
        if isinstance(self._socket, ssl.SSLSocket):
            return True
        peer = ipaddress.ip_address(self._socket.getpeername()[0])
        return self._endpoint.security == "none" and peer.is_loopback

    def _ask(self, command: bytes, hoped_for: int, failure: str) -> None:
        waited(self.write(command + b"\r\n"))
        self._demand(hoped_for, waited(self.read(COMMAND_SECONDS, hoped_for)), failure)

    def _demand(self, hoped_for: int, reply: RelayReply, failure: str) -> None:
        if reply.code // 100 != hoped_for:
            raise self._unavailable(failure, str(reply))

    def _unavailable(self, what: str, detail: str = "") -> RelayUnavailable:
        return RelayUnavailable(f"The relay {self._endpoint} {what}{': ' if detail else ''}{detail}.")

    def _sent(self, octets: bytes | memoryview) -> int:
        """How many of them the system takes at once."""
        try:
            return self._socket.send(octets)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def _send_rest(self, octets: memoryview) -> Steps[None]:
        """Send what was not taken at once; TimeoutError when nothing is taken for as long as a block may need."""
        while octets:
            deadline = time.monotonic() + BLOCK_SECONDS * self._endpoint.timeout_scale
            yield Wait(self._socket.fileno(), deadline, writes=True)
            sent = self._sent(octets[:_BLOCK_OCTETS])
            if not sent and time.monotonic() >= deadline:
                raise TimeoutError
            octets = octets[sent:]

    def _hear(self, seconds: float) -> Steps[tuple[bytes, RelayReply]]:
        """The next reply, as it came and as a value."""
        deadline = time.monotonic() + seconds * self._endpoint.timeout_scale
        try:
            while (octets := self._reader.next()) is None:
                yield from self._receive(deadline)
            return octets, parse_reply(octets)
        except ReplyError as error:
            raise ConnectionLost(_own_reply(str(error))) from error

    def _receive(self, deadline: float) -> Steps[None]:
        """Add what the peer says next, before the deadline; ConnectionLost behind it.

        A write that failed is the reason given when the peer says nothing more.
        """
        if self._lost is not None:
            raise self._lost
        if self._write_failed:
            deadline = min(deadline, time.monotonic() + _AFTER_FAILED_WRITE_SECONDS)
        # What TLS has read ahead no wait would see.
        if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            yield Wait(self._socket.fileno(), deadline)
        while (octets := self._received()) is None:
            if time.monotonic() >= deadline:
                raise ConnectionLost(_own_reply(self._write_failed or _TOO_SLOW))
            yield Wait(self._socket.fileno(), deadline)
        if not octets:
            raise ConnectionLost(_own_reply(self._write_failed or "closed by the relay"))
        self.heard_at = time.monotonic()
        self._reader.feed(octets)

    def _received(self) -> bytes | None:
        """What is there, b"" at the end, None for nothing yet."""
        try:
            return self._socket.recv(_READ_OCTETS)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except (OSError, ValueError) as error:
            raise ConnectionLost(_own_reply(self._write_failed or _reason(error))) from error


def _own_reply(text: str) -> RelayReply:
    """Our words where the relay had none (X.4.2: bad connection, RFC 3463 §3.5)."""
    return RelayReply(451, "4.4.2", f"connection to the relay lost: {text}")


def _reason(error: Exception) -> str:
    if isinstance(error, (TimeoutError, BlockingIOError)):
        return _TOO_SLOW
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
