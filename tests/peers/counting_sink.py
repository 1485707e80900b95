"""A fast SMTP sink in a process of its own that notes every copy it takes.

    with CountingSink(tmp_path / "copies.tsv") as sink: ... sink.port ... sink.copies()

Promise: when a client has its 250, a line "recipient TAB key" for each recipient is in the record file (not synced:
it outlives the sink's death, not the machine's); the key is the Message-ID, else the SHA-256 of the content.
It takes everything (`tests.peers.sink`). Also a command of its own:
`python -m tests.peers.counting_sink RECORD [PORT]` prints the port and serves until it is killed.
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

from tests.peers.sink import TAKEN, Conversation

_MESSAGE_ID = re.compile(rb"^message-id:[ \t\r\n]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_ROOT = Path(__file__).resolve().parents[2]


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
        command = [sys.executable, "-m", "tests.peers.counting_sink", str(self.record.resolve()), str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
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


class _Conversation(Conversation):
    """One client; replies and record leave once per packet received, the record first."""

    def __init__(self, record: int) -> None:
        super().__init__()
        self._record = record
        self._lines: list[bytes] = []

    def taken(self, octets: bytes, recipients: list[bytes]) -> bytes:
        key = message_key(octets.replace(b"\r\n..", b"\r\n.")[2:]).encode()
        self._lines.extend(b"%b\t%b\n" % (recipient, key) for recipient in recipients)
        return TAKEN

    def leave(self, replies: list[bytes]) -> None:
        os.write(self._record, b"".join(self._lines))
        self._lines.clear()
        super().leave(replies)


async def _serve(record: Path, port: int) -> None:
    descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(descriptor), "127.0.0.1", port, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
