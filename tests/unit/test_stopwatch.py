"""The watch that other tests trust: it tells work from none, and allows for a slow machine."""

from __future__ import annotations

import pytest

from tests import stopwatch
from tests.stopwatch import Stopwatch


def work() -> None:
    for _ in range(40):
        stopwatch._known_work()


def test_work_takes_its_time_whatever_the_machine() -> None:
    with Stopwatch() as watch:
        work()
    assert 0.4 < watch.seconds / (40 * stopwatch.USUAL_SECONDS) < 2.5


def test_a_slow_machine_is_allowed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with Stopwatch() as usual:
        work()
    monkeypatch.setattr(stopwatch, "USUAL_SECONDS", stopwatch.USUAL_SECONDS / 100)
    with Stopwatch() as allowed:
        work()
    assert allowed.seconds < usual.seconds / 4


def test_a_quick_machine_is_not_held_to_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "USUAL_SECONDS", 60.0)
    assert stopwatch.slowness() == 1.0
