"""A house at night for tests: posts, readers with hours of their own, a relay that notes when each copy went out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from listserv.config import Settings
from listserv.errors import RelayUnavailable
from listserv.inbound.desk import Desk
from listserv.inbound.takeback.removing import remove_post
from listserv.mail.address import address_key
from listserv.model.lists import MailList
from listserv.outbound.copies import PostCopies
from listserv.outbound.lane import Lane, Shared
from listserv.outbound.relay import Handed, Outcome, Submission
from listserv.outbound.replies import RelayReply
from listserv.outbound.settling import Settlings
from listserv.outbound.waits import NEXT_ROUND, SideBySide, Steps, Wait
from listserv.resources import environment
from listserv.store import queue
from listserv.store.engine import Connection, Database
from listserv.store.hours import choose_hours
from listserv.store.lists import list_by_id
from listserv.store.people import person_of
from listserv.store.schema import deliveries, persons
from listserv.store.writer import Writer
from tests.store_site import DOMAIN, NOW, a_list, a_member, a_post, judged

AUTHOR = "mere@school.example"
TAKEN, BUSY = RelayReply(250, "", "ok"), RelayReply(451, "", "busy")


class Night:
    """One list, its posts, and a ledger of (address, Message-ID, when)."""

    def __init__(self, database: Database, name: str = "english", recipients_per_message: int = 1) -> None:
        relay = {"host": "127.0.0.1", "recipients_per_message": recipients_per_message}
        self.settings = Settings.model_validate({"site": {"domain": DOMAIN}, "relay": relay})
        self.database, self.now, self.down = database, NOW, False
        self.busy: set[str] = set()
        self.ledger: list[tuple[str, str, datetime]] = []
        self.writer = Writer(database)
        copies = PostCopies(database, self.settings, b"k" * 32, environment(), lambda: self.now)
        clock, nobody = (lambda: self.now), (lambda *_: None)
        self.lanes = [
            Lane(self, owner, Shared(self.writer, copies, clock, nobody, nobody, Settlings(self.writer, clock, nobody)))
            for owner in ("a", "b")
        ]
        with database.begin() as connection:
            mail_list = a_member(connection, a_list(connection, name), AUTHOR)
            self.list_id = mail_list.id

    def group(self, connection: Connection) -> MailList:
        return list_by_id(connection, self.list_id)

    def add(self, address: str, hours: str = "", zone: str = "", **options: Any) -> None:
        """A member; with hours of hers, by the clock of her zone."""
        with self.database.begin() as connection:
            a_member(connection, self.group(connection), address, **options)
            person = person_of(connection, address_key(address))
            assert person is not None
            choose_hours(connection, person, hours, self.now)
            connection.execute(update(persons).where(persons.c.id == person).values(time_zone=zone))

    def person(self, address: str) -> int:
        with self.database.read() as connection:
            found = person_of(connection, address_key(address))
        assert found is not None
        return found

    def post(self, name: str, at: datetime, **fields: str) -> int:
        """The post's id; its Message-ID is <NAME@school.example>."""
        self.now = at
        with self.database.begin() as connection:
            octets = a_post(AUTHOR, body=name, Message_ID=f"<{name}@school.example>", **fields)
            post_id = judged(connection, self.group(connection), octets, at).post_id
        assert post_id is not None
        return post_id

    def take_down(self, post_id: int) -> None:
        with self.database.begin() as connection:
            desk = Desk(connection, self.settings, environment(), b"k" * 32, self.now)
            remove_post(desk, post_id, "post", "a moderator")

    def work(self) -> None:
        """The nodes do what is due now, copy by copy in turn."""
        SideBySide([_works(lane) for lane in self.lanes]).run()

    def go_to(self, at: datetime) -> None:
        """Time passes; whatever falls due on the way is done at its moment."""
        while (due := self.next_due()) is not None and due <= at:
            self.now = max(self.now, due)
            self.work()
            if self.down:
                break
        self.now = max(self.now, at)
        self.work()

    def next_due(self) -> datetime | None:
        with self.database.read() as connection:
            earliest = func.min(deliveries.c.due_at, type_=deliveries.c.due_at.type)
            found: datetime | None = connection.execute(
                select(earliest).where(deliveries.c.state == "waiting")
            ).scalar_one()
        return found

    def waiting(self) -> list[queue.Waiting]:
        with self.database.read() as connection:
            return queue.in_queue(connection, self.now)

    def got(self, address: str) -> list[tuple[str, datetime]]:
        """(post, when) of each copy, in order."""
        return [(name, at) for to, name, at in self.ledger if to == address]

    def submit(self, batch: Iterable[Submission]) -> Iterator[Handed | Wait]:
        """The relay: takes each copy now, but for those it is too busy for."""
        for submission in batch:
            yield NEXT_ROUND
            if self.down:
                raise RelayUnavailable("nobody answers")
            outcomes = []
            for recipient in submission.recipients:
                if recipient in self.busy:
                    outcomes.append(Outcome(recipient, "later", BUSY))
                    continue
                head = submission.content.lower().partition(b"message-id: <")[2]
                self.ledger.append((recipient, head.partition(b"@")[0].decode(), self.now))
                outcomes.append(Outcome(recipient, "taken", TAKEN))
            yield submission, tuple(outcomes)

    def check(self) -> None:
        """It can be used."""

    def close(self) -> None:
        """A relay's connection has nothing to close here."""

    def end(self) -> None:
        self.writer.close()


def _works(lane: Lane) -> Steps[None]:
    with contextlib.suppress(RelayUnavailable):
        yield from lane.work()
