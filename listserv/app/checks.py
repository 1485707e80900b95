"""`listserv check`: one line a thing that must be right, each ok or what to do about it. Changes nothing."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from listserv.app.parts import describe_relay, open_relay, tls_context
from listserv.app.site import clock_from
from listserv.config import Settings, load_settings
from listserv.config.calendars import Calendars
from listserv.errors import ConfigError, ListservError
from listserv.inbound.imap_mailbox import describe
from listserv.model.lists import MODERATING, MailList, Role
from listserv.resources import faults
from listserv.store.engine import Connection, Database
from listserv.store.hours import HOURS
from listserv.store.lists import all_lists
from listserv.store.migrate import is_current
from listserv.store.owners import in_charge
from listserv.store.queue import in_queue

LATE = timedelta(hours=4)
NAMED = 5
# Somebody waits for the answer: a relay that says nothing has half a minute instead of five (RFC 5321 §4.5.3.2).
RELAY_WAITS = 0.1


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at; `text` says what was found or what to do. What only `warns` can wait."""

    ok: bool
    what: str
    text: str
    warns: bool = False


def check_site(config: Path | None) -> list[Line]:
    """Every line there is to say; after a wrong configuration no other."""
    try:
        settings = load_settings(config, os.environ)
    except ConfigError as error:
        return [Line(False, "configuration", error.public)]
    return [
        Line(True, "configuration", f"domain {settings.site.domain}"),
        *_templates(settings),
        *_database(settings),
        _relay(settings),
        *_ports(settings),
        _imap(settings),
        _certificate(settings),
        _web(settings),
        _calendar(settings),
    ]


def _calendar(settings: Settings) -> Line:
    try:
        warning = Calendars(settings).warning(clock_from(os.environ)())
    except ConfigError as error:
        return Line(False, "calendar", error.public)
    return Line(True, "calendar", warning or "school terms are known for the next two months", warns=bool(warning))


def _templates(settings: Settings) -> list[Line]:
    return [Line(False, "templates", fault) for fault in faults(settings.site.templates)]


def _database(settings: Settings) -> list[Line]:
    database = Database(settings.database.url)
    try:
        if not is_current(database):
            return [Line(False, "database", "not made or of an earlier version; `listserv serve` brings it up to date")]
        now = clock_from(os.environ)()
        with database.read() as connection:
            lists = all_lists(connection)
            queue = in_queue(connection, now)
            alone = [
                each.address for each in lists if each.archived_at is None and _is_alone(connection, each, settings)
            ]
        late = [item for item in queue if now - (item.due_at if item.kind == HOURS else item.created_at) > LATE]
        waits = f"{len(queue)} deliveries wait"
        if late:
            waits += f", {len(late)} of them for over four hours; see `listserv queue show`"
        count = f"{len(lists)} {'list' if len(lists) == 1 else 'lists'}"
        found = [Line(True, "database", f"{database.dialect}, {count}"), Line(not late, "outbox", waits)]
        return [*found, *_people(settings, alone)]
    except ListservError as error:
        return [Line(False, "database", str(error))]
    finally:
        database.close()


def _is_alone(connection: Connection, mail_list: MailList, settings: Settings) -> bool:
    return not in_charge(connection, mail_list, settings.site.postmaster, {Role.OWNER}, MODERATING)


def _people(settings: Settings, alone: list[str]) -> list[Line]:
    """Who is there to be asked; `alone` are the lists where nobody is."""
    found = []
    if alone:
        shown = ", ".join(alone[:NAMED]) + (" and others" if len(alone) > NAMED else "")
        text = f"nobody looks after {shown}: what waits there, and who asks to join, reaches nobody;"
        found.append(Line(True, "people", f"{text} listserv member add LIST ADDRESS --role owner", warns=True))
    if not settings.site.postmaster:
        text = "nobody reads postmaster@ and abuse@; name somebody in [site] postmaster"
        found.append(Line(True, "postmaster", text, warns=True))
    return found


def _relay(settings: Settings) -> Line:
    relay = open_relay(settings, RELAY_WAITS)
    try:
        relay.check()
    except ListservError as error:
        return Line(False, "relay", error.public)
    finally:
        relay.close()
    return Line(True, "relay", describe_relay(settings))


def _ports(settings: Settings) -> list[Line]:
    lines = []
    for name, listen in (("smtp", settings.smtp.listen), ("lmtp", settings.lmtp.listen)):
        if not listen:
            lines.append(Line(True, name, "off"))
            continue
        try:
            with socket.create_connection((listen.host, listen.port), timeout=2) as peer:
                greeting = peer.recv(200).decode("ascii", "replace").strip()
            lines.append(Line(greeting.startswith("220"), name, f"{listen} answers: {greeting or 'nothing'}"))
        except OSError:
            lines.append(Line(True, name, f"{listen} is free; start it with `listserv serve`"))
    return lines


def _imap(settings: Settings) -> Line:
    if not settings.imap.host:
        return Line(True, "imap", "off")
    try:
        return Line(True, "imap", describe(settings.imap))
    except ListservError as error:
        return Line(False, "imap", error.public)


def _certificate(settings: Settings) -> Line:
    try:
        offered = tls_context(settings) is not None
    except ConfigError as error:
        return Line(False, "certificate", error.public)
    return Line(True, "certificate", "STARTTLS is offered" if offered else "none; clients are not offered STARTTLS")


def _web(settings: Settings) -> Line:
    if settings.site.base_url:
        return Line(True, "web address", settings.site.base_url)
    return Line(True, "web address", "none; copies hold no link, leaving a list is by mail")
