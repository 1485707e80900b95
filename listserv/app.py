"""The composition root: builds everything from Settings, starts it, stops it. Nothing else knows all the parts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from listserv.config import Settings, load_settings
from listserv.errors import ConfigError
from listserv.inbound.edge import EdgeLimits
from listserv.inbound.indexing import Indexer
from listserv.inbound.receive import MailReceiver
from listserv.inbound.smtp import MailServer, serve_smtp
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.outbound.relay import Relay
from listserv.outbound.relay_directory import DirectoryRelay
from listserv.outbound.relay_smtp import SmtpRelay
from listserv.resources import environment
from listserv.store.engine import Checkpointer, Database
from listserv.store.migrate import is_current, signing_key, upgrade
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

PARTS = ("smtp", "lmtp", "relay")
STOP_SECONDS = 10.0


def clock_from(environ: dict[str, str]) -> Callable[[], datetime]:
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


class Server:
    """The running service: `await start()`, then `await stop()`."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], parts: frozenset[str]) -> None:
        self._settings = settings
        self._clock = clock
        self._parts = parts
        self._servers: dict[str, MailServer] = {}
        self._database = Database(settings.database.url)
        upgrade(self._database)
        with self._database.begin() as connection:
            self._key = signing_key(connection)
        self._writer = Writer(self._database)
        self._checkpointer = Checkpointer(self._database)
        self._indexer = Indexer(self._database, self._writer, clock)
        self._dispatcher = self._make_dispatcher() if "relay" in parts else None

    async def start(self) -> None:
        """Everything asked for runs; mail is taken from now on. Raises ConfigError if a port cannot be had."""
        self._checkpointer.start()
        self._indexer.start()
        if self._dispatcher is not None:
            self._dispatcher.start()
        for protocol in ("smtp", "lmtp"):
            if protocol in self._parts:
                await self._listen(protocol)

    def addresses(self) -> dict[str, str]:
        """Where each mail server listens, by protocol."""
        return {name: f"{self._section(name).listen.host}:{server.port}" for name, server in self._servers.items()}

    async def stop(self) -> None:
        """Transactions under way are finished, copies on the wire settled, everything else waits on disk."""
        await asyncio.gather(*(server.stop(STOP_SECONDS) for server in self._servers.values()))
        if self._dispatcher is not None:
            await asyncio.to_thread(self._dispatcher.stop)
        await asyncio.to_thread(self._indexer.stop)
        self._writer.close()
        self._checkpointer.stop()
        self._database.close()

    async def _listen(self, protocol: str) -> None:
        section = self._section(protocol)
        if not section.listen:
            return
        receiver = MailReceiver(
            self._settings, self._database, self._writer, self._key, self._clock, on_commit=self._committed
        )
        try:
            self._servers[protocol] = await serve_smtp(
                str(section.listen),
                receiver,
                edge_limits(self._settings),
                protocol="smtp" if protocol == "smtp" else "lmtp",
                hostname=hostname(self._settings),
                tls=tls_context(self._settings) if protocol == "smtp" else None,
            )
        except OSError as error:
            raise ConfigError(
                f'{protocol}.listen = "{section.listen}" cannot be used ({error.strerror}); '
                "choose another port or stop what listens there."
            ) from error

    def _section(self, protocol: str) -> Settings.Smtp | Settings.Lmtp:
        return self._settings.smtp if protocol == "smtp" else self._settings.lmtp

    def _committed(self) -> None:
        self._indexer.nudge()
        if self._dispatcher is not None:
            self._dispatcher.nudge()

    def _make_dispatcher(self) -> Dispatcher:
        settings = self._settings
        templates = environment(settings.site.templates)
        return Dispatcher(
            self._writer,
            PostCopies(self._database, settings, self._key, templates),
            partial(open_relay, settings),
            1 if settings.relay.directory else settings.relay.connections,
            self._clock,
            f"{socket.gethostname()}/{os.getpid()}",
            partial(tell_author, settings, templates),
        )


async def serve(
    settings: Settings, clock: Callable[[], datetime], parts: frozenset[str], ready: Callable[[str], None]
) -> None:
    """Runs until SIGTERM or SIGINT, then stops in good order. `ready` gets one line when mail is taken."""
    server = Server(settings, clock, parts)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        await server.start()
        where = ", ".join(f"{name.upper()} {address}" for name, address in server.addresses().items())
        ready(f"Ready: {where or 'no mail server'}; {describe_relay(settings) if 'relay' in parts else 'no relay'}.")
        await ended.wait()
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
        await server.stop()


def open_relay(settings: Settings) -> Relay:
    """The way out that the configuration names; nothing is connected yet."""
    relay = settings.relay
    if relay.directory is not None:
        return DirectoryRelay(relay.directory)
    return SmtpRelay(
        relay.host,
        relay.port,
        security=relay.security,
        username=relay.username,
        password=relay.password.get_secret_value(),
        hostname=hostname(settings),
    )


def describe_relay(settings: Settings) -> str:
    """Where mail goes, in words."""
    relay = settings.relay
    return f"copies become files in {relay.directory}" if relay.directory else f"relay {relay.host}:{relay.port}"


def hostname(settings: Settings) -> str:
    """Our name in greetings and Received fields: the site's domain."""
    return settings.site.domain


def edge_limits(settings: Settings) -> EdgeLimits:
    """The configured limits in the edge's words."""
    limits = settings.limits
    return EdgeLimits(
        message_octets=limits.message_octets,
        overrun_octets=limits.message_octets,
        recipients=limits.recipients,
        connections=limits.connections,
        refused_commands=limits.refused_commands,
        commands_without_message=limits.commands,
        idle_seconds=limits.idle_seconds,
        data_total_seconds=limits.data_seconds,
    )


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The certificate clients are offered, or None. Raises ConfigError if it cannot be read."""
    smtp = settings.smtp
    if smtp.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(smtp.tls_certificate, smtp.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"smtp.tls_certificate and tls_key cannot be used: {error}") from error
    return context
