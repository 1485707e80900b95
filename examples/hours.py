"""The service's clock, struck by the demonstration: what takes a running service a week happens here hour by hour.

Promises: each full hour of the played week gets one tick, the same that a running service makes every 20 seconds, so
that updates and reminders go out when their hour has come and at no other. Sends only through the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from listserv.app.clock import make_workshop
from listserv.config import Settings
from listserv.digest.run import Done
from listserv.digest.tick import tick
from listserv.store.engine import Database
from listserv.store.writer import Writer

HOUR = timedelta(hours=1)


class ServiceClock:
    """Strikes when told to; `close` once at the end."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._workshop = make_workshop(settings)
        self._database = database
        self._writer = Writer(database)

    def strike(self, now: datetime) -> tuple[Done, ...]:
        """What was due at `now` is in the outbox; gives what somebody gets of it."""
        return tuple(done for done in tick(self._database, self._writer, self._workshop, now) if done.recipients)

    def close(self) -> None:
        """Its thread has ended."""
        self._writer.close()


def full_hours(after: datetime, until: datetime) -> Iterator[datetime]:
    """Each full hour later than `after`, up to `until` and that included."""
    hour = after.replace(minute=0, second=0, microsecond=0) + HOUR
    while hour <= until:
        yield hour
        hour += HOUR
