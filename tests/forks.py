"""Children that need not import the program again: one parent a test process has it imported, and forks each of them.

A child is a process of its own, with its own arguments, environment and output, that can be killed like any other. What
is saved is the second it takes to import the program and, of no less weight, to take it apart again: the interpreter
looks at every object for a last time, and so copies each page that the child had shared with its parent.
`tests/scenario/test_front_door.py` and the demo start the program as a user does.

    python -m tests.forks FD     the parent; FD is its end of a socket pair
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryFile
from typing import IO, Any

_REQUEST_OCTETS = 1 << 20


class Child:
    """A forked process, with what the tests use of `subprocess.Popen`."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._lines = wire.makefile("r", encoding="ascii")
        self.pid = int(self._lines.readline())
        self._status: int | None = None

    def send_signal(self, number: int) -> None:
        """Sends it, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def poll(self) -> int | None:
        """Its exit status, negative for a signal's number; None while it runs."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wire, selectors.EVENT_READ)
            return self.wait() if self._status is not None or selector.select(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """The exit status when it has ended; raises TimeoutError after so many seconds."""
        if self._status is None:
            self._wire.settimeout(timeout)
            self._status = int(self._lines.readline())
            self._lines.close()
            self._wire.close()
        return self._status


def fork(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    output: IO[Any],
    errors: IO[Any],
    given: IO[Any] | None = None,
) -> Child:
    """`python -m MODULE ARGUMENTS`, its standard output and error written to those files, its input read from `given`
    (None: it has none)."""
    ours, theirs = socket.socketpair()
    with theirs, Path(os.devnull).open("rb") as nothing:
        request = {"argv": [module, *arguments], "environment": dict(environment), "folder": str(Path.cwd())}
        files = [theirs.fileno(), (given or nothing).fileno(), output.fileno(), errors.fileno()]
        socket.send_fds(_parent()[0], [json.dumps(request).encode()], files)
    return Child(ours)


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """The same until it has ended: its exit status and what it wrote on standard output and error."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        status = fork(module, arguments, environment, output, errors).wait(timeout=120)
        for file in (output, errors):
            file.seek(0)
        return status, output.read(), errors.read()


@lru_cache(maxsize=1)
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The connection to the parent, started now, and the parent; it ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.forks", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    return ours, process


def _import_all() -> None:
    """Every module of the program, but for the one that runs it."""
    import listserv

    for found in walk_packages(listserv.__path__, "listserv."):
        if not found.name.endswith("__main__") and ".migrations." not in found.name:
            import_module(found.name)


class _Parent:
    """Takes requests, forks, and tells each asker the child's number and then its exit status."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._children: dict[int, socket.socket] = {}
        self._woken, wake = socket.socketpair()
        for end in (self._woken, wake):
            end.setblocking(False)
        self._wake = wake

    def serve(self) -> list[str] | None:
        """In a child its arguments; in the parent None, when nobody can ask any more."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    self._reap()
                if self._requests in ready:
                    octets, files, _, _ = socket.recv_fds(self._requests, _REQUEST_OCTETS, 4)
                    if not octets:
                        return None
                    if (argv := self._fork(octets, files)) is not None:
                        return argv

    def _fork(self, octets: bytes, files: list[int]) -> list[str] | None:
        asker, streams = socket.socket(fileno=files[0]), files[1:]
        request = json.loads(octets)
        number = os.fork()
        if number == 0:
            self._become(request, streams)
            asker.close()
            argv: list[str] = request["argv"]
            return argv
        for stream in streams:
            os.close(stream)
        self._children[number] = asker
        asker.sendall(b"%d\n" % number)
        return None

    def _become(self, request: dict[str, Any], streams: list[int]) -> None:
        """Makes this fork what a fresh process would be."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for held in (self._requests, self._woken, self._wake, *self._children.values()):
            held.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        os.chdir(request["folder"])

    def _reap(self) -> None:
        self._woken.recv(4096)
        while self._children:
            number, status = os.waitpid(-1, os.WNOHANG)
            if number == 0:
                return
            with self._children.pop(number) as asker:
                try:
                    asker.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
                except OSError:  # who asked has gone
                    continue


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        _import_all()
        gc.collect()
        gc.freeze()  # else a child's first full collection copies them all
        argv = _Parent(requests).serve()
    if argv is None:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = argv
    _end(_status(argv[0]))


def _status(module: str) -> int:
    """The exit status of the module's run."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> None:
    """Ends this process as the interpreter would, in its order, but for taking the heap apart."""
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing does in its forks
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _main()
