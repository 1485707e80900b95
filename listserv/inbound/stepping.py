"""A conversation that goes on in the very call that brings it octets, not a turn of the loop later.

    a task:   octets -> a future is done -> the loop wakes the task -> a reply      for each line a client says
    Stepped:  octets -> the coroutine's next step -> a reply

Promises: where the coroutine waits for `turn()` it goes on inside `go_on`; where it awaits anything else (a future, the
receiver's answer, TLS) the loop wakes it like any task, and `go_on` does nothing meanwhile. Touches no socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any

_TURN = object()


@coroutine
def turn() -> Generator[object, None, None]:
    """Wait until the coroutine's `Stepped` is told to go on."""
    yield _TURN


class Stepped:
    """One coroutine, begun by the first `go_on`; it must not end by an error."""

    def __init__(self, steps: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> None:
        self._steps = steps
        self._loop = loop
        self._waits = True
        self._task: asyncio.Task[None] | None = None

    def go_on(self) -> None:
        """Afterwards it waits again, is in the loop's hands, or has ended. To be called on the loop's thread."""
        if not self._waits:
            return
        self._waits = False
        try:
            awaited = self._steps.send(None)
        except StopIteration:
            return
        if awaited is _TURN:
            self._waits = True
        else:
            self._task = self._loop.create_task(_as_task(self._until_turn(awaited)))

    def cancel(self) -> None:
        """What it awaits of the loop is broken off; who waits for a turn goes on waiting for it."""
        if self._task is not None:
            self._task.cancel()

    @coroutine
    def _until_turn(self, awaited: object) -> Generator[object, None, None]:
        """Steps as the loop takes them, until it waits for a turn or has ended."""
        while awaited is not _TURN:
            try:
                try:
                    yield awaited
                except BaseException as error:
                    awaited = self._steps.throw(error)
                else:
                    awaited = self._steps.send(None)
            except StopIteration:
                return
        self._waits = True


async def _as_task(steps: Awaitable[None]) -> None:
    await steps
