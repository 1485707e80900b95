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
from listserv.inbound.chores import do_chores
from listserv.store.engine import Database
from listserv.store.migrate import signing_key
from listserv.store.writer import Writer

HOUR = timedelta(hours=1)


class ServiceClock:
    """Strikes when told to; `close` once at the end."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._workshop = make_workshop(settings)
        self._settings = settings
        self._database = database
        self._writer = Writer(database)
        with database.begin() as connection:
            self._key = signing_key(connection)

    def strike(self, now: datetime) -> tuple[Done, ...]:
        """What was due at `now` is in the outbox; gives what groups get of it."""
        do_chores(self._writer, self._settings, self._workshop.environment, self._key, now)
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
