"""The running service: builds everything from Settings, starts it, stops it. Nothing else knows all the parts."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from listserv.app.parts import describe_relay, edge_limits, open_relay, tls_context
from listserv.config import Settings
from listserv.config.settings import Lmtp, Smtp
from listserv.errors import ConfigError
from listserv.inbound.indexing import Indexer
from listserv.inbound.receive import MailReceiver
from listserv.inbound.reception import Reception
from listserv.inbound.smtp import MailServer, serve_smtp
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import NODES_POLL_SECONDS, POLL_SECONDS, Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.resources import environment, faults
from listserv.store.engine import Checkpointer, Database
from listserv.store.migrate import signing_key, upgrade
from listserv.store.scrubbing import Scrubber
from listserv.store.writer import Writer

if TYPE_CHECKING:
    from listserv.app.web import WebPart
    from listserv.digest.alarm import Alarm
    from listserv.inbound.imap import MailboxReader

PARTS = ("smtp", "lmtp", "imap", "relay", "clock", "web")
STOP_SECONDS = 10.0


class Server:
    """The running service: `await start()`, then `await stop()`."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], parts: frozenset[str]) -> None:
        self._settings = settings
        self._clock = clock
        self._parts = parts
        if wrong := faults(settings.site.templates):
            raise ConfigError("\n".join(wrong))
        self._servers: dict[str, MailServer] = {}
        self._database = Database(settings.database.url)
        upgrade(self._database)
        with self._database.begin() as connection:
            self._key = signing_key(connection)
        self._writer = Writer(self._database)
        self._checkpointer = Checkpointer(self._database)
        self._scrubber = Scrubber(self._database, clock)
        self._indexer = Indexer(self._database, self._writer, clock, settings.site.base_url)
        self._dispatcher = self._make_dispatcher() if "relay" in parts else None
        if self._dispatcher is not None:
            self._writer.on_queued = self._dispatcher.nudge
        self._reception = Reception(
            settings, self._database, self._writer, self._key, clock, on_commit=self._indexer.nudge
        )
        self._mailbox: MailboxReader | None = None
        self._alarm: Alarm | None = None
        self._web: WebPart | None = None

    async def start(self) -> None:
        """Everything asked for runs. Raises ConfigError if a port cannot be had.

        Mail is taken first: the other parts' code is read in only then, so that SMTP answers at once after a start.
        """
        self._checkpointer.start()
        self._scrubber.start()
        self._indexer.start()
        if self._dispatcher is not None:
            self._dispatcher.start()
        for protocol in ("smtp", "lmtp"):
            if protocol in self._parts:
                await self._listen(protocol)
        await asyncio.to_thread(self._make_others)
        if self._alarm is not None:
            self._alarm.start()
        if self._mailbox is not None:
            self._mailbox.start()
        if self._web is not None:
            await self._web.start()

    def _make_others(self) -> None:
        settings, clock = self._settings, self._clock
        if "clock" in self._parts:
            from listserv.app.clock import make_alarm

            self._alarm = make_alarm(settings, self._database, self._writer, self._key, clock, self._indexer.nudge)
        if "imap" in self._parts and settings.imap.host:
            from listserv.inbound.imap import MailboxReader

            self._mailbox = MailboxReader(settings, self._reception)
        if "web" in self._parts and settings.web.listen:
            from listserv.app.web import WebPart

            self._web = WebPart(settings, self._database, self._writer, self._key, clock)

    def addresses(self) -> dict[str, str]:
        """Where each part is met, by protocol: the servers' own addresses, and the mailbox that is read."""
        met = {name: server.address for name, server in self._servers.items()}
        if self._mailbox is not None:
            met["imap"] = self._settings.mailbox
        if self._web is not None:
            met["web"] = self._web.address
        return met

    async def stop(self) -> None:
        """Transactions under way are finished, copies on the wire settled, everything else waits on disk."""
        if self._web is not None:
            await self._web.stop(STOP_SECONDS)
        await asyncio.gather(*(server.stop(STOP_SECONDS) for server in self._servers.values()))
        if self._alarm is not None:
            await asyncio.to_thread(self._alarm.stop)
        if self._mailbox is not None:
            await asyncio.to_thread(self._mailbox.stop)
        if self._dispatcher is not None:
            await asyncio.to_thread(self._dispatcher.stop)
        await asyncio.to_thread(self._indexer.stop)
        self._writer.close()
        self._scrubber.stop()
        self._checkpointer.stop()
        self._database.close()

    async def _listen(self, protocol: str) -> None:
        section = self._section(protocol)
        if not section.listen:
            return
        try:
            self._servers[protocol] = await serve_smtp(
                str(section.listen),
                MailReceiver(self._reception),
                edge_limits(self._settings),
                protocol="smtp" if protocol == "smtp" else "lmtp",
                hostname=self._settings.site.domain,
                tls=tls_context(self._settings) if protocol == "smtp" else None,
            )
        except OSError as error:
            raise ConfigError(
                f'{protocol}.listen = "{section.listen}" cannot be used ({error.strerror}); '
                "choose another port or stop what listens there."
            ) from error

    def _section(self, protocol: str) -> Smtp | Lmtp:
        return self._settings.smtp if protocol == "smtp" else self._settings.lmtp

    def _make_dispatcher(self) -> Dispatcher:
        settings = self._settings
        templates = environment(settings.site.templates)
        return Dispatcher(
            self._writer,
            PostCopies(self._database, settings, self._key, templates, self._clock),
            partial(open_relay, settings),
            1 if settings.relay.directory else settings.relay.connections,
            self._clock,
            f"{socket.gethostname()}/{os.getpid()}",
            partial(tell_author, templates, box_of=settings.box),
            poll_seconds=NODES_POLL_SECONDS if self._database.dialect == "postgresql" else POLL_SECONDS,
        )


async def serve(
    settings: Settings, clock: Callable[[], datetime], parts: frozenset[str], ready: Callable[[str], None]
) -> None:
    """Runs until told to stop, then stops in good order. `ready` gets one line when mail is taken."""
    server = Server(settings, clock, parts)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    told_by = _stop_signals()
    for number in told_by:
        loop.add_signal_handler(number, ended.set)
    try:
        await server.start()
        where = ", ".join(f"{name.upper()} {address}" for name, address in server.addresses().items())
        ready(f"Ready: {where or 'no mail server'}; {describe_relay(settings) if 'relay' in parts else 'no relay'}.")
        # What is there now stays: a full collection, for which every thread waits, need not look at it again.
        gc.collect()
        gc.freeze()
        await ended.wait()
    finally:
        for number in told_by:
            loop.remove_signal_handler(number)
        await server.stop()


def _stop_signals() -> list[signal.Signals]:
    """SIGTERM, Ctrl-C, and the terminal that goes away, unless whoever started us (nohup) had that one ignored."""
    gone = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *gone]
