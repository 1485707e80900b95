"""A scripted SMTP relay for tests: it fails where it is told to, and keeps a ledger of what it took.

    with FlakyRelay(rules(Rule("RCPT", "550 5.1.1 gone", match="ann@"))) as relay: ... relay.port, relay.taken

Promise: what is in `taken` was taken, with the octets as the reader at the other end has them, whatever was said
about it; with `ledger` a line a recipient is on disk before the reply. `violations` holds each breach of protocol by
the client; a test that expects none asserts so. One thread a connection, loopback only.

A judge is asked at each step and answers None (as usual) or an act:
    "550 5.1.1 text"   say that instead ("421 ..." also closes); a reply may have several lines
    "drop"             close without a word; at CONTENT after its first octets       "reset"   the same with a TCP reset
    "silence"          never answer          "wait 0.2"   seconds, then as usual
    "extra 250 text"   as usual, and that too                "raw text"   exactly these octets, then close
    "take drop", "take 451 text", "take silence", ...        only at DOT: take the message first
Steps: CONNECT EHLO HELO STARTTLS AUTH MAIL RCPT DATA CONTENT DOT RSET NOOP QUIT.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.peers.counting_sink import message_key

Judge = Callable[[str, str], str | None]

OFFERS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
_PATH = re.compile(r"(?:FROM|TO):<([^>]*)>(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """`act` at a step whose command (at DOT: recipients) holds `match`, after `skip` such, `times` times at most."""

    at: str
    act: str
    match: str = ""
    skip: int = 0
    times: int | None = None


@dataclass(frozen=True)
class Taken:
    """One message the relay answers for; `content` is un-stuffed, `acknowledged` says whether 250 was sent."""

    return_path: str
    parameters: str
    recipients: tuple[str, ...]
    content: bytes
    acknowledged: bool


def as_usual(at: str, argument: str) -> str | None:
    """The judge of a relay that works."""
    del at, argument
    return None


def rules(*given: Rule) -> Judge:
    """The judge for a list of rules, the first that fits wins; counts across all connections."""
    seen = [0] * len(given)
    lock = threading.Lock()

    def judge(at: str, argument: str) -> str | None:
        with lock:
            for number, rule in enumerate(given):
                if rule.at != at or rule.match not in argument:
                    continue
                seen[number] += 1
                passed = seen[number] - rule.skip
                if passed > 0 and (rule.times is None or passed <= rule.times):
                    return rule.act
        return None

    return judge


def greylist() -> Judge:
    """The judge that puts each recipient off once (450 4.7.1) and takes the second try."""
    seen: set[str] = set()
    lock = threading.Lock()

    def judge(at: str, argument: str) -> str | None:
        with lock:
            if at != "RCPT" or argument in seen:
                return None
            seen.add(argument)
        return "450 4.7.1 greylisted, try again"

    return judge


class FlakyRelay:
    """The server; a context manager. `commands` holds every command heard, `connections` how many came."""

    def __init__(
        self,
        judge: Judge = as_usual,
        *,
        offers: tuple[str, ...] = OFFERS,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        credentials: tuple[str, str] | None = None,
        auth: str = "PLAIN LOGIN",
        data_without_recipients: bool = False,
        ledger: Path | None = None,
    ) -> None:
        """`credentials` makes AUTH required; `data_without_recipients` answers 354 though nobody was accepted."""
        self.judge = judge
        self.offers = offers
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.credentials = credentials
        self.auth = auth
        self.data_without_recipients = data_without_recipients
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.violations: list[str] = []
        self.connections = 0
        self._ledger = ledger.open("ab") if ledger else None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> FlakyRelay:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops answering, cuts every connection, and returns when all threads have ended."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for peer in self._open:
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()
        if self._ledger:
            self._ledger.close()

    def take(self, message: Taken) -> None:
        """Into the ledger, on disk if there is one."""
        with self._lock:
            self.taken.append(message)
            if self._ledger:
                lines = (f"{recipient}\t{message_key(message.content)}\n" for recipient in message.recipients)
                self._ledger.write("".join(lines).encode())
                self._ledger.flush()
                os.fsync(self._ledger.fileno())

    def sleep(self, seconds: float | None) -> None:
        """Waits, for ever with None, but not beyond `close`."""
        self._closing.wait(seconds)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(lambda peer=peer: self._serve(peer))  # type: ignore[misc]

    def _serve(self, peer: socket.socket) -> None:
        with self._lock:
            self._open.add(peer)
        conversation = _Conversation(self, peer)
        with contextlib.suppress(OSError, _Gone):
            conversation.run()
        with self._lock:
            self._open.discard(peer)
        conversation.hang_up()


class _Gone(Exception):
    """The connection ends here."""


class _Conversation:
    """One connection of one client."""

    def __init__(self, relay: FlakyRelay, peer: socket.socket) -> None:
        self._relay = relay
        self._peer = peer
        self._buffer = b""
        self._encrypted = False
        self._signed_in = relay.credentials is None
        self._return_path: str | None = None
        self._parameters = ""
        self._recipients: list[str] = []

    def run(self) -> None:
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._relay.implicit_tls:
            self._encrypt()
        self._perform("CONNECT", "", lambda: "220 flaky.example ESMTP")
        while True:
            line = self._line()
            self._relay.commands.append(line)
            self._answer(line)

    def hang_up(self) -> None:
        """Close so that what was said still arrives: octets left unread would turn the close into a reset."""
        with contextlib.suppress(OSError):
            self._peer.shutdown(socket.SHUT_WR)
            self._peer.settimeout(0.2)
            while self._peer.recv(65536):
                pass
        self._peer.close()

    def _answer(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if verb in ("DATA", "EHLO", "STARTTLS", "QUIT") and self._buffer:
            self._breach(f"octets sent behind {verb}")
        elif "PIPELINING" not in self._relay.offers and self._buffer:
            self._breach(f"octets sent ahead of the answer to {verb}")
        said = self._perform(verb, argument, lambda: self._usual(verb, argument))
        if said.startswith("220") and verb == "STARTTLS":
            self._encrypt()
        elif said.startswith("354"):
            self._content()
        elif verb == "QUIT":
            raise _Gone

    def _usual(self, verb: str, argument: str) -> str:
        fixed = {
            "HELO": "250 flaky.example",
            "STARTTLS": "220 2.0.0 go ahead",
            "NOOP": "250 2.0.0 ok",
            "QUIT": "221 2.0.0 bye",
        }
        if verb in fixed:
            return fixed[verb]
        known = {
            "EHLO": self._ehlo,
            "AUTH": self._sign_in,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
        }
        return known[verb](argument) if verb in known else "500 5.5.2 unknown command"

    def _perform(self, at: str, argument: str, usual: Callable[[], str]) -> str:
        """Do what the judge says, or as usual; returns what was said."""
        return self._act(self._relay.judge(at, argument) or "", usual)

    def _act(self, act: str, usual: Callable[[], str]) -> str:
        word, _, rest = act.partition(" ")
        if word == "reset":
            # Closing with a linger of 0 seconds sends RST.
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._peer.close()
        elif word == "silence":
            self._relay.sleep(None)
        elif word == "raw":
            self._peer.sendall(rest.encode())
        if word in ("drop", "reset", "silence", "raw"):
            raise _Gone
        if word == "wait":
            self._relay.sleep(float(rest))
        said = act if word[:3].isdigit() else usual()
        self._say(said + (f"\r\n{rest}" if word == "extra" else ""))
        return said

    def _say(self, text: str) -> None:
        if text:
            self._peer.sendall(text.encode() + b"\r\n")
        if text.startswith("421"):
            raise _Gone

    def _ehlo(self, _: str) -> str:
        lines = ["flaky.example", *self._relay.offers]
        lines += ["STARTTLS"] if self._relay.tls and not self._encrypted else []
        lines += [f"AUTH {self._relay.auth}"] if self._relay.credentials else []
        return "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)

    def _sign_in(self, argument: str) -> str:
        mechanism, _, initial = argument.partition(" ")
        if mechanism == "PLAIN":
            words = base64.b64decode(initial).decode().split("\0")[1:]
        else:
            words = [self._prompt("VXNlcm5hbWU6"), self._prompt("UGFzc3dvcmQ6")]
        self._signed_in = tuple(words) == self._relay.credentials
        return "235 2.7.0 welcome" if self._signed_in else "535 5.7.8 wrong password"

    def _prompt(self, challenge: str) -> str:
        self._say(f"334 {challenge}")
        return base64.b64decode(self._line()).decode()

    def _mail(self, argument: str) -> str:
        match = _PATH.fullmatch(argument)
        if not self._signed_in:
            return "530 5.7.0 authentication required"
        if match is None:
            return "501 5.5.4 syntax"
        if self._return_path is not None:
            return "503 5.5.1 nested MAIL"
        self._return_path, self._parameters = match[1], match[2].strip()
        return "250 2.1.0 ok"

    def _rcpt(self, argument: str) -> str:
        match = _PATH.fullmatch(argument)
        if self._return_path is None:
            return "503 5.5.1 need MAIL first"
        if match is None:
            return "501 5.5.4 syntax"
        self._recipients.append(match[1])
        return "250 2.1.5 ok"

    def _data(self, _: str) -> str:
        if not self._recipients and not self._relay.data_without_recipients:
            return "554 5.5.1 no valid recipients" if self._return_path is not None else "503 5.5.1 need MAIL first"
        return "354 go ahead"

    def _rset(self, _: str) -> str:
        self._return_path, self._parameters, self._recipients = None, "", []
        return "250 2.0.0 reset"

    def _content(self) -> None:
        act = self._relay.judge("CONTENT", " ".join(self._recipients))
        if act is not None:  # a word before the end of the content, and away
            if not self._buffer:
                self._receive()
            self._act(act, str)
            raise _Gone
        content = self._stuffed_content()
        if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
            self._breach("bare CR or LF in content")
        self._end_of_content(re.sub(rb"(?m)^\.", b"", content))

    def _end_of_content(self, content: bytes) -> None:
        """Take the message unless told otherwise, then answer the dot."""
        message = (self._return_path or "", self._parameters, tuple(self._recipients), content)
        final = "250 2.0.0 taken" if self._recipients else "554 5.5.1 no valid recipients"
        act = self._relay.judge("DOT", " ".join(self._recipients)) or ""
        acknowledged = act.partition(" ")[0] in ("", "250", "extra", "wait")
        if self._recipients and (acknowledged or act.startswith("take ")):
            self._relay.take(Taken(*message, acknowledged=acknowledged))
        self._rset("")
        self._act(act.removeprefix("take "), lambda: final)

    def _stuffed_content(self) -> bytes:
        while not self._buffer.startswith(b".\r\n") and b"\r\n.\r\n" not in self._buffer:
            self._receive()
        if self._buffer.startswith(b".\r\n"):
            self._buffer = self._buffer[3:]
            return b""
        content, _, self._buffer = self._buffer.partition(b"\r\n.\r\n")
        return content + b"\r\n"

    def _line(self) -> str:
        while b"\n" not in self._buffer:
            self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        if not line.endswith(b"\r") or line.count(b"\r") > 1 or len(line) > 1000:
            self._breach(f"a bad command line: {line!r}")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def _receive(self) -> None:
        octets = self._peer.recv(65536)
        if not octets:
            raise _Gone
        self._buffer += octets

    def _encrypt(self) -> None:
        assert self._relay.tls is not None
        self._peer = self._relay.tls.wrap_socket(self._peer, server_side=True)
        self._encrypted = True

    def _breach(self, what: str) -> None:
        self._relay.violations.append(what)
