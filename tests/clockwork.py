"""A small site for tests of the clock: lists, readers, a digest that says what it covers, and what is in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment
from sqlalchemy import select

from listserv.config import Settings
from listserv.config.calendars import Calendars
from listserv.digest.run import Compose, Composed, Workshop
from listserv.model.calendar import Period
from listserv.model.lists import Delivery, DigestPeriod, ListSettings, MailList
from listserv.resources import environment
from listserv.store.engine import Connection, Database
from listserv.store.lists import create_list, ensure_network
from listserv.store.outbox import unpack
from listserv.store.people import add_member
from listserv.store.schedule import digest_readers
from listserv.store.schema import contents, deliveries

DOMAIN = "lists.example.nz"
AUCKLAND = ZoneInfo("Pacific/Auckland")
SETTINGS = Settings.model_validate({"site": {"domain": DOMAIN}, "calendar": {"region": "NZ"}})


def utc(text: str) -> datetime:
    """A local New Zealand time as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AUCKLAND).astimezone(UTC)


def saying(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    _settings: Settings,
    _templates: Environment,
    now: datetime,
) -> Composed:
    """Composes a digest that says in one line which list and time it covers, for each language of its readers."""
    window = f"{period.covers_from.isoformat()} {period.covers_until.isoformat()}"
    return [
        (ids, f"{mail_list.name} {period.kind} {period.key} {window} {language}".encode())
        for language, ids in digest_readers(connection, mail_list, period.kind, now).items()
    ]


def silent(*_: object) -> Composed:
    """Composes nothing: nobody wrote."""
    return ()


def workshop(compose: Compose = saying) -> Workshop:
    return Workshop(SETTINGS, environment(), Calendars(SETTINGS), compose)


def new_list(database: Database, name: str, now: datetime, **settings: object) -> MailList:
    with database.begin() as connection:
        home = ensure_network(connection, DOMAIN, now)
        chosen = ListSettings.model_validate(settings)
        return create_list(connection, home.id, name, DOMAIN, name.title(), chosen, now)


def join(
    database: Database,
    mail_list: MailList,
    who: str,
    now: datetime,
    digest: DigestPeriod = DigestPeriod.NONE,
    delivery: Delivery = Delivery.EACH,
    until: datetime | None = None,
) -> None:
    """`who` is a member from now on."""
    address = f"{who}@school.example.nz"
    with database.begin() as connection:
        add_member(connection, mail_list, address, address, now, digest=digest, delivery=delivery, until=until)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of ours in the outbox."""

    kind: str
    list_id: int
    octets: bytes
    recipients: Sequence[int]

    @property
    def words(self) -> list[str]:
        """What `saying` said: list, kind, key, from, until, language."""
        return self.octets.decode().split()


def outbox(database: Database) -> list[Mail]:
    """Everything of ours in the outbox, in the order it came there."""
    statement = select(deliveries, contents.c.octets).join(contents).order_by(deliveries.c.id)
    with database.read() as connection:
        return [
            Mail(row.kind, row.list_id, bytes(row.octets), list(unpack(row.recipients)))
            for row in connection.execute(statement)
        ]
