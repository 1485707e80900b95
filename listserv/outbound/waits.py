"""Work that waits for another end without keeping a thread: generators, many of them in one thread.

A generator yields a `Wait` where it cannot go on, and is resumed when that wait is over; it looks for itself whether
what it waited for has come or only its time. `SideBySide` runs several, `waited` one to its end, `elsewhere` has a
thread of its own do what can only block. Knows nothing of mail.
"""

from __future__ import annotations

import contextlib
import math
import select
import socket
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from time import monotonic
from typing import NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

_OVER_AND_OVER_SECONDS = 60.0  # a wait without an end is asked about that often
_LONGEST_SECONDS = 3600.0
_MANY_RINGS = 4096


class Wait(NamedTuple):
    """Go on when this handle can be read, or written to if `writes`, or when `until` has come (monotonic seconds)."""

    handle: int
    until: float
    writes: bool = False

    def over(self) -> None:
        """Returns when it is over; blocks the thread."""
        if self == NEXT_ROUND:
            return
        poll = select.poll()
        poll.register(self.handle, _events(self))
        poll.poll(_milliseconds(self.until))


NEXT_ROUND = Wait(-1, 0.0)  # go on at once, but after the others that can
Steps: TypeAlias = Generator[Wait, None, T]


def waited(steps: Steps[T]) -> T:
    """What the generator gives, run in this thread."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        step.over()


def elsewhere(work: Callable[[], T]) -> Steps[T]:
    """What `work` gives or raises, done meanwhile by a thread of its own."""
    done, end = socket.socketpair()
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # raised again where it is waited for
            result.set_exception(error)
        finally:
            end.close()

    threading.Thread(target=run, name="elsewhere", daemon=True).start()
    with done:
        while not result.done():
            yield Wait(done.fileno(), monotonic() + _OVER_AND_OVER_SECONDS)
    return result.result()


class Bell:
    """Wakes one generator from any thread: the first that waits goes on, once for all rings until then."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)

    def ring(self) -> None:
        """One that waits goes on, or else the next to wait does."""
        with contextlib.suppress(BlockingIOError):  # so many rings wait to be heard that this one is not missed
            self._theirs.send(b"!")

    def wait(self, seconds: float) -> Steps[None]:
        """Until it is rung, so long at most."""
        yield Wait(self._ours.fileno(), monotonic() + seconds)
        with contextlib.suppress(BlockingIOError):  # its time has come, and nobody rang
            self._ours.recv(_MANY_RINGS)

    def close(self) -> None:
        """Nobody waits any more, and nobody will ring."""
        self._ours.close()
        self._theirs.close()


class SideBySide:
    """Generators in turn, in the thread that calls `run`; none may raise."""

    def __init__(self, works: Iterable[Steps[None]]) -> None:
        self._poll = select.poll()
        self._waits: dict[Steps[None], Wait] = {}
        self._at: dict[int, list[Steps[None]]] = {}  # who waits at a handle, in the order they came
        self._works = list(works)

    def run(self) -> None:
        """Returns when all have ended."""
        ready = self._works
        while ready:
            again = [work for work in ready if self._go_on(work)]
            if again:
                ready = [*(work for work in self._at_ready_handles(0) if work not in again), *again]
            else:
                ready = self._ready() if self._waits else []

    def _ready(self) -> list[Steps[None]]:
        """Who can go on, at least one: of those at one handle the first; all whose time has come."""
        while True:
            nearest = min([wait.until for wait in self._waits.values()])
            found = self._at_ready_handles(_milliseconds(nearest))
            if nearest <= (now := monotonic()):
                found += [work for work, wait in self._waits.items() if wait.until <= now and work not in found]
            if found:
                return found

    def _at_ready_handles(self, milliseconds: int) -> list[Steps[None]]:
        return [self._at[handle][0] for handle, _ in self._poll.poll(milliseconds)]

    def _go_on(self, work: Steps[None]) -> bool:
        """Whether it goes on in the next round; its wait stays what it was then."""
        wait = next(work, None)
        if wait is NEXT_ROUND:
            return True
        before = self._waits.get(work)
        if wait is None or before is None or (wait.handle, wait.writes) != (before.handle, before.writes):
            if before is not None:
                self._leave(work, before)
            if wait is not None:
                self._come(work, wait)
        if wait is not None:
            self._waits[work] = wait
        return False

    def _come(self, work: Steps[None], wait: Wait) -> None:
        self._at.setdefault(wait.handle, []).append(work)
        self._poll.register(wait.handle, _events(wait))

    def _leave(self, work: Steps[None], wait: Wait) -> None:
        del self._waits[work]
        there = self._at[wait.handle]
        there.remove(work)
        if not there:
            del self._at[wait.handle]
            self._poll.unregister(wait.handle)


def _events(wait: Wait) -> int:
    return select.POLLOUT if wait.writes else select.POLLIN


def _milliseconds(until: float) -> int:
    return math.ceil(1000 * min(max(0.0, until - monotonic()), _LONGEST_SECONDS))
