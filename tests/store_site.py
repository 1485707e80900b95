"""A small site in a test's database: a network, lists, members. Values in, ids out, by the store's own functions."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from listserv.inbound.judging import Judged, judge
from listserv.inbound.posting import Arrival
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.model.lists import ListSettings, MailList
from listserv.store.engine import Connection, Database
from listserv.store.lists import create_list, ensure_network, get_list
from listserv.store.migrate import upgrade
from listserv.store.people import add_member

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
DOMAIN = "lists.example.nz"


def lay(file: Path) -> None:
    """A SQLite database with today's tables in a new file: a copy of one that is made once a test process."""
    if not file.exists():
        shutil.copy(_ready(), file)


@lru_cache(maxsize=1)
def _ready() -> Path:
    folder = Path(mkdtemp(prefix="listserv-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'listserv.db'}")
    upgrade(database)
    database.close()
    return folder / "listserv.db"


def new_database(url: str) -> Database:
    """A database with today's tables, open."""
    database = Database(url)
    if database.file is not None:
        lay(database.file)
    upgrade(database)
    return database


@contextmanager
def made(url: str) -> Iterator[Database]:
    """A database with today's tables, closed at the end."""
    database = new_database(url)
    try:
        yield database
    finally:
        database.close()


def a_list(connection: Connection, name: str = "english", **settings: Any) -> MailList:
    """A new list of the sample domain."""
    network = ensure_network(connection, DOMAIN, NOW)
    chosen = ListSettings.model_validate(settings)
    return create_list(connection, network.id, name, DOMAIN, name.title(), chosen, NOW)


def a_member(connection: Connection, mail_list: MailList, address: str, **options: Any) -> MailList:
    """The list after `address` became a member (its version has grown)."""
    add_member(connection, mail_list, address, address_key(address), NOW, **options)
    return get_list(connection, mail_list.address)


def a_post(
    author: str = "mere@school.example", subject: str = "Running records", body: str = "Kia ora koutou", **fields: str
) -> bytes:
    """The octets of a small post. Keyword arguments are header fields, `_` for `-`."""
    head = {"From": author, "To": f"english@{DOMAIN}", "Subject": subject, "Date": "Mon, 16 Nov 2026 20:00:00 +1300"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    head.setdefault("Message-ID", f"<{abs(hash((author, subject, body)))}@school.example>")
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", *body.split("\n"), ""]).encode()


def arrived(octets: bytes, return_path: str = "mere@school.example", at: datetime = NOW) -> Arrival:
    """The message as SMTP would hand it on."""
    return Arrival(parse(octets), return_path, f"english@{DOMAIN}", at, at)


def judged(connection: Connection, mail_list: MailList, octets: bytes, at: datetime = NOW, **options: Any) -> Judged:
    """What the list makes of these octets, written."""
    arrival = arrived(octets, options.pop("return_path", "mere@school.example"), at)
    return judge(connection, mail_list, arrival, session=options.pop("session", True), message_octets=26_214_400)
