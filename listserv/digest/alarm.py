"""The alarm clock: APScheduler in memory, which wakes `tick` every 20 seconds and remembers nothing (law 4).

Every node may have one. A tick that takes longer than that is not started a second time beside itself, and ticks that
were missed meanwhile are one. Where the machine's clock is set, by an hour or by years, the next tick comes as soon.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

TICK_SECONDS = 20.0
_TICK = "tick"


def _nothing() -> None:
    """The tick goes on to its end."""


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # the library has no types
    """Its one job is due at once where the clock was set since: else it would wait for the hour it was planned for,
    or count every 20 seconds of the years between."""

    def __init__(self, every: timedelta, **options: object) -> None:
        self._every = every
        super().__init__(**options)

    def _process_jobs(self) -> float | None:
        job, now = self.get_job(_TICK), datetime.now(UTC)
        if job is not None and abs(job.next_run_time - now) > 2 * self._every:
            job.modify(next_run_time=now)
        seconds: float | None = super()._process_jobs()
        return None if seconds is None else min(seconds, self._every.total_seconds())


class Alarm:
    """Calls `tick` in a thread of its own from `start` to `stop`; what it raises is logged and the next call comes."""

    def __init__(
        self, tick: Callable[[], object], every_seconds: float = TICK_SECONDS, *, on_stop: Callable[[], None] = _nothing
    ) -> None:
        """`on_stop` is called first when it is to stop, so that a tick under way may leave the rest for the next."""
        self._on_stop = on_stop
        self._scheduler = _Scheduler(
            timedelta(seconds=every_seconds),
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # or the log tells of every tick twice
        self._scheduler.add_job(tick, "interval", seconds=every_seconds, next_run_time=datetime.now(UTC), id=_TICK)

    def start(self) -> None:
        """The first tick comes at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Returns when no tick is under way any more."""
        self._on_stop()
        self._scheduler.shutdown(wait=True)
