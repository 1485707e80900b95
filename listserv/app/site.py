"""The site of one configuration: settings, database, clock. What a command line call opens and closes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from listserv.config import Settings, load_settings
from listserv.errors import ConfigError
from listserv.model.calendar import YEARS
from listserv.store.engine import Database
from listserv.store.migrate import is_current, upgrade


def clock_from(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """The clock: the system's, or one set by LISTSERV_CLOCK to an ISO 8601 time, going on from there.

    For demonstrations and tests; nothing else in the program reads a clock of its own.
    """
    wanted = environ.get("LISTSERV_CLOCK", "")
    if not wanted:
        return lambda: datetime.now(UTC)
    try:
        start = datetime.fromisoformat(wanted)
    except ValueError:
        raise ConfigError(f"LISTSERV_CLOCK = {wanted!r}: allowed is an ISO 8601 time with its zone.") from None
    if start.year not in YEARS:
        raise ConfigError(f"LISTSERV_CLOCK = {wanted!r}: the year is from {YEARS[0]} to {YEARS[-1]}.")
    if start.tzinfo is None:
        raise ConfigError(f"LISTSERV_CLOCK = {wanted!r} names no zone; write for example 2026-11-16T08:00+13:00.")
    ahead = start.astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead


@dataclass(frozen=True, slots=True)
class Site:
    """The configuration, the database and the clock: what one command line call needs."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]


@contextmanager
def open_site(config: Path | None) -> Iterator[Site]:
    """The site of this configuration, its database brought to today's schema."""
    environ = dict(os.environ)
    settings = load_settings(config, environ)
    database = Database(settings.database.url)
    try:
        if not is_current(database):
            upgrade(database)
        yield Site(settings, database, clock_from(environ))
    finally:
        database.close()


def prepare(directory: Path, domain: str) -> Path:
    """A commented configuration and an empty database in the folder; gives the configuration file.

    Raises Refused if there is a configuration already, or the domain is none.
    """
    # Of all commands only this one fills a template, which costs a tenth of the start of the others.
    from listserv.config.reference import write_example
    from listserv.resources import environment

    file = write_example(directory, domain, environment())
    try:
        settings = load_settings(file, {})
    except ConfigError:
        file.unlink()  # so that the corrected call is not told that there is one already
        raise
    database = Database(settings.database.url)
    try:
        upgrade(database)
    finally:
        database.close()
    return file
