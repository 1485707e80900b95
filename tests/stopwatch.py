"""How long work keeps the processor busy, as the machine would tell on which the bounds of the tests were set.

A bound against hostile input is in seconds. A machine that is slow, or busy with something else, takes longer over
everything: what it takes over a known piece of work says by how much, and is taken off.
"""

from __future__ import annotations

import re
import time
from types import TracebackType

USUAL_SECONDS = 0.004
SHORT_SECONDS = 0.05


class Stopwatch:
    """`seconds` of the processor's time for this process in the `with` block; never more than were measured."""

    seconds = 0.0

    def __enter__(self) -> Stopwatch:
        self._began = time.process_time()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        taken = time.process_time() - self._began
        self.seconds = taken / slowness() if taken > SHORT_SECONDS else taken


def slowness() -> float:
    """How many times as long as usual this machine takes just now, 1.0 where it is no slower."""
    began = time.process_time()
    for _ in range(3):
        _known_work()
    return max(1.0, (time.process_time() - began) / 3 / USUAL_SECONDS)


def _known_work() -> None:
    """What readers of mail do: letters, lists, dictionaries and a regular expression."""
    words = [f"word {number} of <mere@school.example>, " for number in range(8_000)]
    found = re.findall(r"(\d+) of <([^>]+)>", "".join(words))
    places = {number + name: place for place, (number, name) in enumerate(found)}
    assert sum(places.values()) == 8_000 * 7_999 // 2
