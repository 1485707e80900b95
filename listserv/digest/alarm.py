"""The alarm clock: APScheduler in memory, which wakes `tick` every 20 seconds and remembers nothing (law 4).

Every node may have one. A tick that takes longer than that is not started a second time beside itself, and ticks that
were missed meanwhile are one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

TICK_SECONDS = 20.0


class Alarm:
    """Calls `tick` in a thread of its own from `start` to `stop`; what it raises is logged and the next call comes."""

    def __init__(self, tick: Callable[[], object], every_seconds: float = TICK_SECONDS) -> None:
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # or the log tells of every tick twice
        self._scheduler.add_job(tick, "interval", seconds=every_seconds, next_run_time=datetime.now(UTC), id="tick")

    def start(self) -> None:
        """The first tick comes at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Returns when no tick is under way any more."""
        self._scheduler.shutdown(wait=True)
