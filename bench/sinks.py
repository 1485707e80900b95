"""Where copies end: Postfix's smtp-sink, which counts them, and `bench.sink`, which is slow or tells them apart.

Both run as processes of their own and say on a pipe what came; the pipe is read a few times a millisecond's worth, not
a line at a time, so that reading costs the cores nothing that would show.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tests.servers.private import free_port

STEP_SECONDS = 0.002
_COUNTED = re.compile(rb"mesg=(\d+)\r")


class CountedSink:
    """smtp-sink. `messages` is how many it took since it began, if it counts; a context manager."""

    def __init__(self, *, counts: bool = True) -> None:
        self.port = free_port()
        self.messages = 0
        self._counts = ["-c"] if counts else []
        self._tail = b""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> CountedSink:
        as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = ["smtp-sink", *as_user, *self._counts, f"127.0.0.1:{self.port}", "1000"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self._pipe, False)
        time.sleep(0.3)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    @property
    def _pipe(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def drain(self) -> None:
        """Reads what it has counted. While mail comes this must be called often, or the sink waits for its pipe."""
        while True:
            try:
                octets = os.read(self._pipe, 1 << 20)
            except BlockingIOError:
                return
            found = _COUNTED.findall(self._tail + octets)
            self._tail = octets[-40:]
            if found:
                self.messages = int(found[-1])

    def wait(self, messages: int, seconds: float = 300.0) -> float:
        """Until it has taken so many since it began; gives the moment (`time.monotonic`)."""
        end = time.monotonic() + seconds
        while True:
            self.drain()
            now = time.monotonic()
            if self.messages >= messages:
                return now
            if now > end:
                raise TimeoutError(f"{self.messages} of {messages} messages came to smtp-sink")
            time.sleep(STEP_SECONDS)


class OwnSink:
    """`bench.sink` as a child process; a context manager. Times are of `time.monotonic`."""

    def __init__(self, *, rate: float = 0.0, delay: float = 0.0, every: int = 100, record: Path | None = None) -> None:
        self.port = 0
        self.first: dict[str, float] = {}
        self.counted = (0, 0.0)
        self._options = ["--rate", str(rate), "--delay", str(delay), "--every", str(every)]
        if record is not None:
            self._options += ["--record", str(record.resolve())]
        self._rest = b""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> OwnSink:
        command = [sys.executable, "-m", "bench.sink", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[1])
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self.wait(lambda: self.port > 0, 20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def wait(self, ready: Callable[[], bool], seconds: float = 300.0) -> None:
        """Reads what it tells until `ready()`; TimeoutError after so long."""
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError(f"the sink has {self.counted[0]} copies, {len(self.first)} messages")
            time.sleep(STEP_SECONDS)
            self._read()

    def wait_copies(self, copies: int, seconds: float = 300.0) -> float:
        """Until so many copies have come since it began; the moment it took the last of them."""
        self.wait(lambda: self.counted[0] >= copies, seconds)
        return self.counted[1]

    def wait_first(self, msgid: str, seconds: float = 60.0) -> float:
        """Until the first copy of this message has come; the moment it came."""
        self.wait(lambda: msgid in self.first, seconds)
        return self.first[msgid]

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            octets = os.read(self._process.stdout.fileno(), 1 << 20)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + octets).split(b"\n")
        for line in lines:
            kind, *words = line.decode().split(" ")
            if kind == "port":
                self.port = int(words[0])
            elif kind == "first":
                self.first[words[0]] = float(words[1])
            else:
                self.counted = (int(words[0]), float(words[1]))
