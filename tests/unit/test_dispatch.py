"""Who of the lanes that rest looks for work: what another node has queued is found soon, and by one."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import cast

import pytest

from listserv.outbound.dispatch import LONGEST_PAUSE_SECONDS, POLL_SECONDS, Dispatcher
from listserv.outbound.lane import Copies
from listserv.outbound.relay import Relay
from listserv.outbound.waits import Steps, Wait
from listserv.store.writer import Writer
from tests.store_site import NOW

NUDGES = 0


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    """One that was not started: its lanes rest by hand."""
    writer, copies, relay = cast("Writer", None), cast("Copies", None), cast("Relay", None)
    made = Dispatcher(writer, copies, lambda: relay, 3, lambda: NOW, "test", lambda *_: None)
    yield made
    made._bell.close()
    made._ended.close()


def rests(dispatcher: Dispatcher, pause_seconds: float = 0.0) -> tuple[Steps[None], Wait]:
    lane = dispatcher._rest(NUDGES, pause_seconds)
    return lane, next(lane)


def seconds(wait: Wait) -> float:
    return wait.until - monotonic()


def goes_on(lane: Steps[None]) -> None:
    with pytest.raises(StopIteration):
        next(lane)


def is_rung(wait: Wait) -> bool:
    began = monotonic()
    wait._replace(until=began + 0.2).over()
    return monotonic() - began < 0.2


def test_one_of_those_that_rest_polls_and_then_another(dispatcher: Dispatcher) -> None:
    first, wait = rests(dispatcher)
    assert seconds(wait) <= POLL_SECONDS
    for _ in range(2):
        assert seconds(rests(dispatcher)[1]) > LONGEST_PAUSE_SECONDS - 1
    goes_on(first)
    assert seconds(rests(dispatcher)[1]) <= POLL_SECONDS


def test_whoever_finds_something_wakes_one_who_polls_when_it_rests_again(dispatcher: Dispatcher) -> None:
    first, _ = rests(dispatcher)
    second, wait = rests(dispatcher)
    goes_on(first)
    assert not is_rung(wait)
    dispatcher._shared.on_found()
    assert is_rung(wait)
    goes_on(second)
    assert seconds(rests(dispatcher)[1]) <= POLL_SECONDS


def test_whoever_fails_leaves_the_poll_to_another(dispatcher: Dispatcher) -> None:
    first, _ = rests(dispatcher)
    second, wait = rests(dispatcher)
    goes_on(first)
    assert seconds(rests(dispatcher, 5.0)[1]) > 4
    assert is_rung(wait)
    goes_on(second)
    assert seconds(rests(dispatcher)[1]) <= POLL_SECONDS
    third, wait = rests(dispatcher)
    rests(dispatcher, 5.0)
    assert not is_rung(wait)
    third.close()
