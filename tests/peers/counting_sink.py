"""A fast SMTP sink in a process of its own that notes every copy it takes.

    with CountingSink(tmp_path / "copies.tsv") as sink: ... sink.port ... sink.copies()

Promise: when a client has its 250, a line "recipient TAB key" for each recipient is in the record file (not synced:
it outlives the sink's death, not the machine's); the key is the Message-ID, else the SHA-256 of the content.
Announces PIPELINING, 8BITMIME and SMTPUTF8, refuses nobody and checks nothing. Also a command of its own:
`python tests/peers/counting_sink.py RECORD [PORT]` prints the port and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType

_MESSAGE_ID = re.compile(rb"^message-id:[ \t\r\n]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"
_REPLIES = {
    b"EHLO": _EHLO,
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_END = b"\r\n.\r\n"


def message_key(content: bytes) -> str:
    """The Message-ID of a message, or the SHA-256 of its octets where it has none."""
    found = _MESSAGE_ID.search(content[: content.find(b"\r\n\r\n") + 2])
    return found[1].decode("utf-8", "replace") if found else hashlib.sha256(content).hexdigest()


class CountingSink:
    """The sink as a child process; a context manager."""

    def __init__(self, record: Path, port: int = 0) -> None:
        self.record = record
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> CountingSink:
        command = [sys.executable, __file__, str(self.record), str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each (recipient, key) was taken by now."""
        lines = self.record.read_text("utf-8", "replace").splitlines() if self.record.exists() else []
        return Counter((recipient, key) for recipient, _, key in (line.partition("\t") for line in lines))


class _Conversation(asyncio.Protocol):
    """One client; replies and record leave once per packet received, the record first."""

    def __init__(self, record: int) -> None:
        self._record = record
        self._buffer = b""
        self._in_content = False
        self._recipients: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies: list[bytes] = []
        lines: list[bytes] = []
        while self._take_content(replies, lines) if self._in_content else self._take_command(replies):
            pass
        if lines:
            os.write(self._record, b"".join(lines))
        self._transport.write(b"".join(replies))
        if replies and replies[-1].startswith(b"221"):
            self._transport.close()

    def _take_command(self, replies: list[bytes]) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        replies.append(_REPLIES.get(verb, b"500 5.5.2 unknown command\r\n"))
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")])
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
        elif verb == b"DATA":
            self._in_content = True
            self._buffer = b"\r\n" + rest  # so that a dot on the first line ends it too
        return True

    def _take_content(self, replies: list[bytes], lines: list[bytes]) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            return False
        content = self._buffer[: end + 2].replace(b"\r\n..", b"\r\n.")[2:]
        self._buffer = self._buffer[end + len(_END) :]
        self._in_content = False
        key = message_key(content).encode()
        lines.extend(b"%b\t%b\n" % (recipient, key) for recipient in self._recipients)
        self._recipients = []
        replies.append(b"250 2.0.0 taken\r\n")
        return True


async def _serve(record: Path, port: int) -> None:
    descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(descriptor), "127.0.0.1", port, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
