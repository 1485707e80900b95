"""The clock put together from the settings: for the running service its alarm, for `listserv tick` one tick."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from listserv.app.site import Site
from listserv.config import Settings
from listserv.config.calendars import Calendars
from listserv.digest.alarm import Alarm
from listserv.digest.draft_tick import tick_drafts
from listserv.digest.editions import compose_editions
from listserv.digest.run import Done, Workshop
from listserv.digest.tick import tick
from listserv.digest.week import tick_week
from listserv.errors import ListservError
from listserv.inbound.chores import do_chores
from listserv.inbound.week.prompting import post_prompt
from listserv.resources import environment
from listserv.store.engine import Database
from listserv.store.migrate import signing_key
from listserv.store.writer import Writer

log = logging.getLogger(__name__)


def make_workshop(settings: Settings) -> Workshop:
    """What every run needs. Raises ConfigError for a terms file or region that cannot be used."""
    return Workshop(settings, environment(settings.site.templates), Calendars(settings), compose_editions)


def make_alarm(
    settings: Settings,
    database: Database,
    writer: Writer,
    key: bytes,
    clock: Callable[[], datetime],
    on_mail: Callable[[], None],
) -> Alarm:
    """The alarm of a running service, not started; `on_mail` is called when a tick may have posted something."""
    workshop = make_workshop(settings)
    stopping = threading.Event()

    def ring() -> None:
        try:
            now = clock()
            chores = do_chores(writer, settings, workshop.environment, key, now)
            done = [
                *tick_week(database, writer, workshop, post_prompt, now, stopping.is_set),
                *tick_drafts(database, writer, workshop, now, stopping.is_set),
                *tick(database, writer, workshop, now, stopping.is_set),
            ]
            if any(each.recipients for each in done) or chores:
                on_mail()
        except ListservError as error:
            log.warning("the clock waits for its next round: %s", error)

    return Alarm(ring, on_stop=stopping.set)


def tick_once(site: Site, now: datetime) -> list[Done]:
    """What was due at `now` is done, beside any service that runs on the same database."""
    workshop = make_workshop(site.settings)
    writer = Writer(site.database)
    try:
        with site.database.begin() as connection:
            key = signing_key(connection)
        do_chores(writer, site.settings, workshop.environment, key, now)
        week = tick_week(site.database, writer, workshop, post_prompt, now)
        drafts = tick_drafts(site.database, writer, workshop, now)
        return [*week, *drafts, *tick(site.database, writer, workshop, now)]
    finally:
        writer.close()
