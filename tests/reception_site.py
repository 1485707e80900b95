"""A reception over a database of its own: mail in as the SMTP edge hands it on, our own mail out as rows."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import select

from listserv.config import Settings
from listserv.inbound.desk import Desk
from listserv.inbound.reception import Reception
from listserv.mail.parse import parse
from listserv.model.smtp import Envelope, Reply
from listserv.resources import environment
from listserv.store.engine import Database
from listserv.store.migrate import signing_key
from listserv.store.schema import contents, deliveries
from listserv.store.writer import Writer
from tests.store_site import DOMAIN, made

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


class Site:
    """One reception, its clock, and what it put into the outbox."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = Settings.model_validate({"site": {"domain": DOMAIN, "postmaster": "admin@school.example"}})
        self.now = MONDAY
        with database.begin() as connection:
            self.key = signing_key(connection)
        self.writer = Writer(database)
        self.reception = Reception(self.settings, database, self.writer, self.key, lambda: self.now, lambda: None)
        self._read = 0

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk in a transaction of its own."""
        with self.database.begin() as connection:
            yield Desk(connection, self.settings, environment(None), self.key, self.now)

    def send(
        self,
        to: str | Sequence[str],
        author: str,
        text: str = "",
        subject: str = "",
        *,
        return_path: str | None = None,
        peer: str = "127.0.0.1",
        **fields: str,
    ) -> Reply:
        """One mail, taken; gives the reply to its first recipient. `to` is a local part or an address."""
        recipients = [each if "@" in each else f"{each}@{DOMAIN}" for each in ([to] if isinstance(to, str) else to)]
        head = {"From": author, "Subject": subject, "Content-Type": "text/plain; charset=utf-8"}
        head |= {name.replace("_", "-"): value for name, value in fields.items()}
        octets = "\r\n".join([*(f"{name}: {value}" for name, value in head.items()), "", text, ""]).encode()
        path = author if return_path is None else return_path
        envelope = Envelope(path, tuple(recipients), peer=peer)
        return self.reception.submit(envelope, parse(octets)).result()[0]

    def mails(self) -> list[EmailMessage]:
        """Our own mail since the last look, in the order it came into the outbox."""
        statement = select(contents.c.octets).select_from(deliveries.join(contents)).order_by(deliveries.c.id)
        with self.database.read() as connection:
            rows = [bytes(octets) for octets in connection.execute(statement).scalars()]
        fresh, self._read = rows[self._read :], len(rows)
        return [email.message_from_bytes(octets, policy=email.policy.default) for octets in fresh]

    def mail(self) -> EmailMessage:
        """The one mail since the last look."""
        (found,) = self.mails()
        return found

    def after(self, **time: float) -> None:
        self.now += timedelta(**time)


@contextmanager
def a_site(where: str | Path) -> Iterator[Site]:
    """A site on the database of a URL, or on a new one in a folder."""
    url = where if isinstance(where, str) else f"sqlite:///{where / 'listserv.db'}"
    with made(url) as database:
        site = Site(database)
        try:
            yield site
        finally:
            site.writer.close()


def reply_address(mail: EmailMessage) -> str:
    """Where an answer to the mail goes."""
    return str(mail["Reply-To"].addresses[0].addr_spec)
