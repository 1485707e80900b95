"""Generators side by side in one thread: who goes on when, and that nobody is forgotten."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from listserv.outbound.waits import NEXT_ROUND, Bell, SideBySide, Steps, Wait, elsewhere, waited


def test_who_is_answered_goes_on_before_who_waits_longer() -> None:
    heard: list[str] = []
    pairs = {name: socket.socketpair() for name in ("slow", "quick")}

    def listens(name: str) -> Steps[None]:
        yield Wait(pairs[name][0].fileno(), time.monotonic() + 5)
        heard.append(name + pairs[name][0].recv(10).decode())

    pairs["quick"][1].send(b"!")
    later = threading.Timer(0.05, lambda: pairs["slow"][1].send(b"?"))
    later.start()
    SideBySide([listens("slow"), listens("quick")]).run()
    later.join()
    assert heard == ["quick!", "slow?"]
    for pair in pairs.values():
        for end in pair:
            end.close()


def test_a_wait_ends_with_its_time_though_nothing_comes() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def listens() -> Steps[float]:
            began = time.monotonic()
            yield Wait(ours.fileno(), began + 0.02)
            return time.monotonic() - began

        assert 0.02 <= waited(listens()) < 2
        SideBySide([_forgets(listens())]).run()


def _forgets(steps: Steps[float]) -> Steps[None]:
    yield from steps


def test_who_goes_on_in_the_next_round_lets_the_others_go_first() -> None:
    told: list[str] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def first() -> Steps[None]:
            told.append("a")
            theirs.send(b"!")
            yield NEXT_ROUND
            told.append("c")

        def second() -> Steps[None]:
            yield Wait(ours.fileno(), time.monotonic() + 5)
            told.append("b")

        SideBySide([first(), second()]).run()
    assert told == ["a", "b", "c"]


def test_a_bell_wakes_one_at_a_time_and_is_not_missed() -> None:
    bell, woken = Bell(), []

    def sleeps(name: str, rings: bool) -> Steps[None]:
        yield from bell.wait(5)
        woken.append(name)
        if rings:
            bell.ring()

    bell.ring()
    bell.ring()  # before anybody waits: one ring for both
    began = time.monotonic()
    SideBySide([sleeps("a", True), sleeps("b", False)]).run()
    assert woken == ["a", "b"]
    assert time.monotonic() - began < 4
    bell.close()


def test_a_bell_that_nobody_rings_ends_the_wait_by_itself() -> None:
    bell = Bell()
    waited(bell.wait(0.01))
    bell.close()


@pytest.mark.parametrize("run", [waited, lambda steps: SideBySide([steps]).run()], ids=["waited", "side by side"])
def test_what_can_only_block_is_done_meanwhile(run: Callable[[Steps[None]], object]) -> None:
    found: list[int] = []

    def asked() -> int:
        time.sleep(0.01)
        return 7

    def asks() -> Steps[None]:
        found.append((yield from elsewhere(asked)))

    run(asks())
    assert found == [7]


def test_what_fails_elsewhere_fails_here() -> None:
    def fails() -> int:
        raise LookupError("no such relay")

    with pytest.raises(LookupError, match="no such relay"):
        waited(elsewhere(fails))
