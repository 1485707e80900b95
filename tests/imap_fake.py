"""A mailbox in memory behind a small IMAP server, for what a good server does not do when asked: refusing one message,
answering nonsense, falling silent, wanting a token. One connection at a time; just the commands the reader uses.
"""

from __future__ import annotations

import base64
import re
import select
import socket
import threading
from contextlib import suppress
from io import BufferedRWPair

_COMMAND = re.compile(rb"(\S+) ((?:UID )?\S+) ?(.*)", re.DOTALL)


class FakeImap:
    """`folders` is its mail: octets by UID. What it should do badly is said by its attributes."""

    def __init__(self, capabilities: str = "IMAP4rev1 MOVE UIDPLUS IDLE") -> None:
        self.capabilities = capabilities.encode()
        self.folders: dict[bytes, dict[int, bytes]] = {b"INBOX": {}}
        self.flags: dict[int, set[bytes]] = {}
        self.token = b""
        self.unreadable: set[int] = set()
        self.withheld: set[int] = set()
        self.hangs_up_on: set[int] = set()
        self.size_of: dict[int, int] = {}
        self.refuses: set[bytes] = set()
        self.garbled: set[bytes] = set()
        self.silent = False
        self.comes_with_idle: dict[int, bytes] = {}
        self.commands: list[bytes] = []
        self._newest_told = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def inbox(self) -> dict[int, bytes]:
        return self.folders[b"INBOX"]

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._client = client
            with client, client.makefile("rwb") as stream, suppress(OSError, ValueError):
                self._converse(stream)

    def _converse(self, stream: BufferedRWPair) -> None:
        _say(stream, b"* OK [CAPABILITY " + self.capabilities + b"] ready")
        while line := stream.readline():
            found = _COMMAND.fullmatch(line.rstrip())
            if found is None:
                return
            tag, name, rest = found[1], found[2].upper(), found[3]
            self.commands.append(name)
            if self.silent:
                continue
            if name in self.garbled:
                _say(stream, b"* 1 FETCH (UID )((")
            if name in self.refuses:
                _say(stream, tag + b" NO [SERVERBUG] not today")
                continue
            if name == b"AUTHENTICATE":
                self._authenticate(stream, tag)
                continue
            status = self._answer(stream, name, rest)
            _say(stream, tag + b" " + status)
            if name == b"LOGOUT":
                return

    def _authenticate(self, stream: BufferedRWPair, tag: bytes) -> None:
        _say(stream, b"+ ")
        self.token = base64.b64decode(stream.readline())
        _say(stream, tag + (b" OK in" if b"good-token" in self.token else b" NO bad token"))

    def _answer(self, stream: BufferedRWPair, name: bytes, rest: bytes) -> bytes:
        if name in (b"FETCH", b"UID FETCH"):
            return self._fetch(stream, rest)
        if name in (b"UID MOVE", b"UID STORE"):
            self._change(name, *rest.split(b" "))
        elif name == b"CREATE":
            self.folders[rest.strip(b'"')] = {}
        elif name == b"IDLE":
            self._idle(stream)
        else:
            for line in self._told(name, rest):
                _say(stream, b"* " + line)
        return b"OK done"

    def _idle(self, stream: BufferedRWPair) -> None:
        """Says once that something new is there; ends with the client's DONE."""
        self.inbox.update(self.comes_with_idle)
        if self.comes_with_idle:
            self.comes_with_idle = {}
            _say(stream, b"+ idling\r\n* %d EXISTS" % len(self.inbox))
            self._newest_told = max(self.inbox)
        else:
            _say(stream, b"+ idling")
        while not select.select([self._client], [], [], 0.02)[0]:
            if max(self.inbox, default=0) > self._newest_told:
                self._newest_told = max(self.inbox)
                _say(stream, b"* %d EXISTS" % len(self.inbox))
        stream.readline()

    def _told(self, name: bytes, rest: bytes) -> list[bytes]:
        """The untagged answers of the commands that only ask."""
        folder = rest.split()[-1].strip(b'"') if rest else b""
        if name == b"CAPABILITY":
            return [b"CAPABILITY " + self.capabilities]
        if name in (b"SELECT", b"EXAMINE"):
            self._newest_told = max(self.inbox, default=0)
            return [b"%d EXISTS" % len(self.inbox), b"OK [UIDVALIDITY 7] valid"]
        return [b'LIST () "/" ' + folder] if name == b"LIST" and folder in self.folders else []

    def _change(self, name: bytes, uids: bytes, *rest: bytes) -> None:
        for uid in _numbers(uids):
            if name == b"UID STORE":
                self.flags.setdefault(uid, set()).add(rest[-1].strip(b"()"))
            elif uid in self.inbox:
                self.folders[rest[0].strip(b'"')][uid] = self.inbox.pop(uid)

    def _fetch(self, stream: BufferedRWPair, rest: bytes) -> bytes:
        numbers, _, items = rest.partition(b" ")
        places = list(self.inbox)
        if b"BODY.PEEK[]" not in items:
            for place in _numbers(numbers):
                uid = places[place - 1]
                size = self.size_of.get(uid, len(self.inbox[uid]))
                flags = b" ".join(self.flags.get(uid, ()))
                _say(stream, b"* %d FETCH (UID %d FLAGS (%b) RFC822.SIZE %d)" % (place, uid, flags, size))
            return b"OK done"
        wanted = _numbers(numbers)
        if self.hangs_up_on & set(wanted):
            raise ConnectionAbortedError
        if self.unreadable & set(wanted):
            return b"NO [SERVERBUG] cannot be read"
        for uid in wanted:
            if uid in self.inbox and uid not in self.withheld:
                octets = self.inbox[uid]
                head = b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (places.index(uid) + 1, uid, len(octets))
                stream.write(head + octets + b")\r\n")
        return b"OK done"


def _say(stream: BufferedRWPair, line: bytes) -> None:
    stream.write(line + b"\r\n")
    stream.flush()


def _numbers(text: bytes) -> list[int]:
    return [int(number) for number in text.split(b",")]
