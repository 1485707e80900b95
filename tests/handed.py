"""What a relay hands over, with its waits waited for: as one thread that has nothing else to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from listserv.outbound.relay import Handed, Relay, Submission
from listserv.outbound.waits import Wait


def handed(relay: Relay, batch: Iterable[Submission]) -> Iterator[Handed]:
    """`Relay.submit` without its waits; abandoned, it abandons that."""
    steps = relay.submit(batch)
    for step in steps:
        if isinstance(step, Wait):
            step.over()
        else:
            yield step
