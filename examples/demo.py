"""The demonstration: a week of sample groups played through the real service on this machine.

    python -m examples.demo [--once] [--folder var/demo]

Makes its folder anew with groups, members and settings, starts the service with a clock of its own, plays week.toml
through SMTP, a mailbox and the command line, brings the clock to every hour between, and tells what came of it. Then it
serves until Ctrl-C; with --once it ends, with status 1 if anything was delivered otherwise than expected.toml says.
Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path

from examples import summary
from examples.folder import DemoFolder, NotOurs, empty_folder, with_ports
from examples.hours import ServiceClock
from examples.mailbox_server import MailboxServer, mailbox_server
from examples.mailboxes import count_copies, read_outbox
from examples.play import ROOT, DemoClock, DemoError, Played, Player
from examples.terminal import Terminal
from examples.verify import dead_links, faults
from examples.week import (
    BEGINS,
    ENDS,
    HERE,
    ZONE,
    Answer,
    Command,
    Expected,
    Sending,
    read_expected,
    read_week,
    without_imap,
)
from listserv.app.server import PARTS, Server
from listserv.app.site import Site
from listserv.cli.groups_file import apply_groups, read_groups
from listserv.cli.members_file import import_rows, read_members
from listserv.config import Settings, load_settings
from listserv.errors import ConfigError, ListservError
from listserv.store.engine import Database
from listserv.store.lists import all_networks
from listserv.store.migrate import upgrade
from listserv.store.moderation import waiting

STARTS = 5
LOOK_SECONDS = 1.0
INTERRUPTED = 130
# While the week is played the demonstration itself strikes the clock, at each hour; afterwards the service does.
CLOCK = frozenset({"clock"})
WEB = "web" in PARTS


@dataclass(slots=True)
class Demo:
    """One run: where it is, what it says it to, and what has happened."""

    terminal: Terminal
    path: Path
    week: tuple[Sending | Command | Answer, ...]
    expected: Expected
    mailbox: MailboxServer | None = None
    ends: datetime = ENDS
    clock: DemoClock = field(default_factory=lambda: DemoClock(BEGINS))
    played: list[Played] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def say(self, *lines: str) -> None:
        for line in lines or ("",):
            self.terminal.say(line)

    def folder(self) -> DemoFolder:
        """Its folder with ports that are free now, the configuration written."""
        imap = self.mailbox.section if self.mailbox is not None else ""
        return with_ports(self.path, self.say, web=WEB, imap=imap)

    def chapter(self, title: str, lines: Iterable[str]) -> None:
        """A title and what stands under it."""
        self.say("", title, *lines)


async def run(demo: Demo, *, once: bool) -> int:
    """The whole demonstration; the exit status."""
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, demo.ended.set)
    folder = demo.folder()
    settings = load_settings(folder.config, {})
    database = Database(settings.database.url)
    await asyncio.to_thread(make_groups, demo, settings, database)
    server, folder = await start(demo, folder)
    try:
        try:
            await asyncio.to_thread(play, demo, folder, database)
        except DemoError:
            # Ctrl-C reaches a command under way too, which then fails.
            if not demo.ended.is_set():
                raise
        if demo.ended.is_set():
            demo.say("", "Stopped before the week was over.")
            return INTERRUPTED
        wrong = await asyncio.to_thread(tell, demo, folder, database)
        if once:
            demo.say("", f"Played and checked in {time.monotonic() - began:.0f} seconds.")
        else:
            await serve_on(demo, folder, database)
        return 1 if wrong else 0
    finally:
        await server.stop()
        database.close()


def make_groups(demo: Demo, settings: Settings, database: Database) -> None:
    """Networks, groups and members are in the database, as `listserv load` and `listserv member import` do it."""
    upgrade(database)
    with database.begin() as connection:
        done = apply_groups(connection, read_groups(HERE / "groups.toml"), settings.site.domain, demo.clock())
        networks = [network.name for network in all_networks(connection)]
    demo.say(f"examples/groups.toml: {len(networks)} networks, {done.made - len(networks)} groups")
    site = Site(settings, database, demo.clock)
    added = 0
    for name in networks:
        rows = read_members(HERE / "members" / f"{name}.csv", with_group=True)
        added += import_rows(site, rows, None, name, dry_run=False, tell=False).added
    demo.say(f"examples/members: {added} memberships; nobody is mailed for that")


async def start(demo: Demo, folder: DemoFolder) -> tuple[Server, DemoFolder]:
    """The service, taking mail; on other ports if somebody took ours since we looked."""
    for _ in range(STARTS):
        try:
            return await started(demo, folder), folder
        except ConfigError:
            folder = demo.folder()
    return await started(demo, folder), folder


async def started(demo: Demo, folder: DemoFolder) -> Server:
    """The service as its configuration says. Raises ConfigError if a port cannot be had; nothing runs then."""
    server = Server(load_settings(folder.config, {}), demo.clock, frozenset(PARTS) - CLOCK)
    try:
        await server.start()
    except ConfigError:
        await server.stop()
        raise
    return server


def play(demo: Demo, folder: DemoFolder, database: Database) -> None:
    """The week, a line an event."""
    service_clock = ServiceClock(load_settings(folder.config, {}), database)
    try:
        player = Player(folder, demo.clock, database, service_clock, demo.mailbox)
        today: date | None = None
        demo.say("", "The week: Term 4, Week 6, 2026")
        for played in chain(player.play(demo.week, demo.ended.is_set), player.let_pass(demo.ends, demo.ended.is_set)):
            demo.played.append(played)
            local = played.event.at.astimezone(ZONE)
            if local.date() != today:
                today = local.date()
                demo.say("", f"{local:%A} {local.day} {local:%B}")
            first, *more = summary.told(played)
            demo.say(f"  {local:%H:%M}  {first}", *(f"         {line}" for line in more))
    finally:
        service_clock.close()


def tell(demo: Demo, folder: DemoFolder, database: Database) -> bool:
    """The summary; True if something is not as it should be."""
    copies = read_outbox(folder.outbox)
    demo.chapter("What was said", summary.groups(database, copies))
    demo.chapter("What waited for a moderator", summary.held(demo.played))
    demo.chapter("What was refused or not posted, in the server's words", summary.refused(demo.played))
    demo.chapter("What the clock sent", summary.updates(copies))
    demo.chapter("What Anneke reads, who wants the weekly update of Primary ESOL only", summary.update_in_full(copies))
    demo.chapter("What people shared in their posts", summary.shared(database))
    demo.chapter("What the server answered Jess, who asked for it", summary.shelf_mail(copies))
    demo.say("", "What is in the mailbox of")
    for address in summary.SAMPLE:
        demo.say(*summary.mailbox(copies, address))
    wrong = faults(demo.expected, demo.played, copies, database)
    wrong += dead_links(copies, folder, database)
    if wrong:
        demo.chapter("NOT AS EXPECTED (examples/expected.toml)", [f"  {fault}" for fault in wrong])
    else:
        mailboxes = len({copy.mailbox for copy in copies})
        demo.say("", f"Verified: {len(copies)} mails in {mailboxes} mailboxes, each exactly where it should be.")
    demo.chapter("Where to look", summary.where(folder, demo.mailbox))
    return bool(wrong)


async def serve_on(demo: Demo, folder: DemoFolder, database: Database) -> None:
    """Serves until told to stop, from now on with the service's own clock."""
    clock = Server(load_settings(folder.config, {}), demo.clock, CLOCK)
    try:
        await clock.start()
        await asyncio.to_thread(watch, demo, folder, database)
    finally:
        await clock.stop()


def watch(demo: Demo, folder: DemoFolder, database: Database) -> None:
    """Says what to try and when mail has been delivered, until told to stop."""
    with database.begin() as connection:
        waits = next((post.id for post in waiting(connection)), None)
        opens = summary.sign_in_path(connection, demo.clock())
    demo.chapter("What to try", summary.to_try(folder, waits, opens))
    demo.say("", "Still serving; in the demonstration it is Sunday evening. Ctrl-C ends it.")
    known = count_copies(folder.outbox)
    while not demo.ended.wait(LOOK_SECONDS):
        now = count_copies(folder.outbox)
        if now > known:
            demo.say(f"  {demo.clock().astimezone(ZONE):%H:%M}  {now - known} more in {folder.outbox}")
        known = now
    demo.say("", "Stopped. Everything is still in its folder; the next demonstration empties it.")


def main(arguments: list[str] | None = None) -> int:
    """Reads the options and runs the demonstration; the exit status."""
    parser = argparse.ArgumentParser(prog="examples.demo", description="A week of sample groups on this machine.")
    parser.add_argument("--once", action="store_true", help="verify what was delivered and end")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "demo", help="made anew; default var/demo")
    options = parser.parse_args(arguments)
    terminal = Terminal(sys.stdout)
    try:
        with empty_folder(options.folder.absolute(), terminal.say) as path, mailbox_server(terminal.say) as mailbox:
            logging.basicConfig(filename=path / "serve.log", level=logging.WARNING, encoding="utf-8")
            week = read_week() if mailbox else without_imap(read_week())
            expected = read_expected(imap=mailbox is not None)
            return asyncio.run(run(Demo(terminal, path, week, expected, mailbox), once=options.once))
    except (NotOurs, DemoError, ListservError, OSError) as error:
        print(f"The demonstration cannot go on: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
