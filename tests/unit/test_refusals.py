"""What the relay itself refuses counts like a report: for the address it was about, and only where that is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from listserv.mail.address import address_key
from listserv.model.report import Kind
from listserv.outbound.refusals import refusal_kind
from listserv.outbound.relay import Outcome
from listserv.outbound.replies import RelayReply
from listserv.outbound.settling import Settlings
from listserv.store import outbox
from listserv.store.addresses import on_file
from listserv.store.archive import put_content
from listserv.store.engine import Database
from listserv.store.outbox import Claim
from listserv.store.schema import bounces
from listserv.store.writer import Writer
from tests.store_site import NOW, a_list, a_member, made

MERE = "mere@school.example"


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "kind"),
    [
        (550, "5.1.1", "User unknown", Kind.HARD),
        (550, "", "No such user here", Kind.HARD),
        (550, "5.1.2", "Bad destination system: no such domain", Kind.HARD),
        (552, "5.2.2", "Mailbox full", Kind.SOFT),
        (550, "", "Message rejected as spam", Kind.CONTENT),
        (550, "5.1.1", "Message rejected as spam", Kind.CONTENT),
        (554, "5.7.1", "Relay access denied", Kind.CONTENT),
        (550, "5.7.26", "Unauthenticated mail is rejected by the DMARC policy", Kind.CONTENT),
        (550, "5.4.6", "This mail has been through this list already", Kind.CONTENT),
        (552, "5.3.4", "Message too big", Kind.CONTENT),
        (550, "5.1.8", "Sender address rejected: domain not found", Kind.CONTENT),
    ],
)
def test_whose_fault_a_refusal_is(code: int, enhanced: str, text: str, kind: Kind) -> None:
    assert refusal_kind(RelayReply(code, enhanced, text)) is kind


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    with made(database_url) as database:
        with database.begin() as connection:
            a_member(connection, a_list(connection), MERE)
        writer = Writer(database)
        writer.__dict__["test_database"] = database
        yield writer
        writer.close()


def settle(writer: Writer, reply: RelayReply, state: str, at: datetime, *, to: str | None = None) -> None:
    """A digest to subscription 1, or a notice, is claimed and comes to this end."""

    def enqueue(connection: object) -> None:
        content_id = put_content(connection, b"Subject: x\r\n\r\ny\r\n")  # type: ignore[arg-type]
        if to is None:
            outbox.enqueue_digest(connection, 1, content_id, [1], at)  # type: ignore[arg-type]
        else:
            outbox.enqueue_notice(connection, 1, content_id, to, at)  # type: ignore[arg-type]

    writer.run(enqueue)
    held = writer.run(lambda connection: outbox.claim(connection, "test", at))
    assert held is not None
    clock = lambda: at + (timedelta(days=6) if state == "later" else timedelta(0))  # noqa: E731
    settling = Settlings(writer, clock, _nobody).begin(held)
    outcome = Outcome(MERE, "never" if state == "never" else "later", reply)
    settling.add(() if to else (1,), (outcome,))
    settling.keep()


def _nobody(_connection: object, _held: Claim, _now: datetime) -> None:
    return None


def stopped(writer: Writer) -> tuple[bool, set[str]]:
    database: Database = writer.__dict__["test_database"]
    with database.read() as connection:
        known = on_file(connection, address_key(MERE))
        kinds = set(connection.execute(select(bounces.c.kind)).scalars())
        return known is not None and known.stopped_at is not None, kinds


@pytest.mark.parametrize("to", [None, MERE])
def test_three_days_of_refusals_stop_the_address(writer: Writer, to: str | None) -> None:
    for day in range(3):
        assert not stopped(writer)[0]
        settle(writer, RelayReply(550, "5.1.1", "User unknown"), "never", NOW + timedelta(days=day), to=to)
    assert stopped(writer) == (True, {"hard"})


@pytest.mark.parametrize(
    ("reply", "state", "kind"),
    [
        (RelayReply(550, "5.7.1", "Message rejected as spam"), "never", "content"),
        (RelayReply(451, "4.4.1", "No answer from host"), "later", "delayed"),
    ],
)
def test_refused_content_and_five_days_of_waiting_never_do(
    writer: Writer, reply: RelayReply, state: str, kind: str
) -> None:
    for day in range(8):
        settle(writer, reply, state, NOW + timedelta(days=day))
    assert stopped(writer) == (False, {kind})


def test_a_notice_to_a_stranger_is_nobodys(writer: Writer) -> None:
    settle(writer, RelayReply(550, "5.1.1", "User unknown"), "never", NOW, to="stranger@elsewhere.example")
    assert stopped(writer) == (False, set())


def test_the_log_tells_what_is_not_the_addresses_fault(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    settle(writer, RelayReply(550, "5.1.1", "User unknown"), "never", NOW)
    assert not caplog.records
    settle(writer, RelayReply(553, "5.7.1", "Sender address rejected: not owned by user box"), "never", NOW)
    assert ["not owned by user box" in record.getMessage() for record in caplog.records] == [True]
