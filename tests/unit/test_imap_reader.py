"""The reader against a mailbox that misbehaves: nothing lost, nothing twice, nothing held up, and a word in the log."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

import listserv.inbound.imap as reading
from listserv.config import Settings, load_settings
from listserv.inbound import imap_mailbox
from listserv.inbound.imap import BATCH, BATCH_OCTETS, MailboxReader, batches, pause_seconds, verdict
from listserv.inbound.imap_mailbox import ImapMailbox, MailboxUnavailable, Waiting, describe
from listserv.inbound.reception import Reception
from listserv.inbound.route import UNKNOWN
from listserv.mail.address import address_key
from listserv.model.lists import ListSettings
from listserv.model.smtp import Envelope, Reply
from listserv.store.archive import iterate_posts
from listserv.store.engine import Database
from listserv.store.lists import create_list, ensure_network, get_list
from listserv.store.migrate import signing_key
from listserv.store.people import add_member
from listserv.store.writer import Writer
from tests.imap_fake import FakeImap
from tests.imap_service import AUTHOR, DOMAIN, LIST, a_mail, wait_for
from tests.store_site import new_database

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


class Running:
    """A reader on a fake mailbox and a database of its own."""

    def __init__(self, folder: Path, fake: FakeImap, **imap: str) -> None:
        self.fake = fake
        self.settings = settings(folder, fake.port, **imap)
        self.database = new_database(self.settings.database.url)
        with self.database.begin() as connection:
            network = ensure_network(connection, DOMAIN, NOW)
            made = create_list(connection, network.id, "english", DOMAIN, "English", ListSettings(), NOW)
            add_member(connection, made, AUTHOR, address_key(AUTHOR), NOW)
            key = signing_key(connection)
        self.writer = Writer(self.database)
        self.committed = threading.Event()
        self.reception = Reception(
            self.settings, self.database, self.writer, key, lambda: NOW, on_commit=self.committed.set
        )
        self.reader = MailboxReader(self.settings, self.reception)

    def posts(self) -> list[bytes]:
        with self.database.read() as connection:
            return [post.octets for post in iterate_posts(connection, get_list(connection, LIST).id)]

    def folder(self, name: str) -> list[int]:
        return sorted(self.fake.folders.get(name.encode(), {}))


def settings(folder: Path, port: int, **imap: str) -> Settings:
    """A site whose mailbox is at this port."""
    file = folder / "listserv.toml"
    file.write_text('[site]\ndomain = "lists.example.nz"\n[relay]\ndirectory = "outbox"\n', "utf-8")
    chosen = {"host": "127.0.0.1", "port": str(port), "security": "none", "username": f"box@{DOMAIN}", "password": "p"}
    return load_settings(file, {f"LISTSERV__IMAP__{key.upper()}": text for key, text in {**chosen, **imap}.items()})


@contextmanager
def running(folder: Path, fake: FakeImap, **imap: str) -> Iterator[Running]:
    made = Running(folder, fake, **imap)
    made.reader.start()
    try:
        yield made
    finally:
        made.reader.stop()
        made.writer.close()
        made.database.close()


@pytest.fixture
def fake() -> Iterator[FakeImap]:
    server = FakeImap()
    yield server
    server.close()


def fill(fake: FakeImap, *numbers: int) -> None:
    for number in numbers:
        fake.inbox[number] = a_mail(number)


def test_a_message_the_server_does_not_give_out_holds_up_nobody(tmp_path: Path, fake: FakeImap) -> None:
    fill(fake, 1, 2, 3)
    fake.unreadable = {2}
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert (site.folder("Done"), site.folder("Refused")) == ([1, 3], [2])
        assert len(site.posts()) == 2


def test_a_message_that_breaks_every_connection_holds_up_nobody(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.01)
    fill(fake, 1, 2, 3)
    fake.hangs_up_on = {2}
    with running(tmp_path, fake) as site:
        wait_for(lambda: sorted(fake.inbox) == [2], "the others", 10)
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert (site.folder("Done"), site.folder("Refused")) == ([1, 3], [2])
        assert site.posts() == [a_mail(1), a_mail(3)]


def test_a_connection_that_breaks_once_changes_no_order(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(reading, "BATCH", 2)
    fill(fake, 1, 2, 3, 4)
    fake.hangs_up_on = {1}
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"UID FETCH" in fake.commands, "the fetch", 10)
        fake.hangs_up_on = set()
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert site.posts() == [a_mail(number) for number in (1, 2, 3, 4)]


def test_a_message_that_breaks_our_code_is_refused(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(fake, 1, 2, 3)
    original = Reception._take

    def take(self: Reception, connection: object, envelope: Envelope, arrival: object) -> tuple[Reply, ...]:
        if "<2@school.example>" in str(arrival.message.octets):  # type: ignore[attr-defined]
            raise RuntimeError("poison")
        return original(self, connection, envelope, arrival)  # type: ignore[arg-type]

    monkeypatch.setattr(Reception, "_take", take)
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert (site.folder("Done"), site.folder("Refused")) == ([1, 3], [2])
    assert "poison" in caplog.text


def test_a_message_that_is_never_given_out_is_asked_for_once(tmp_path: Path, fake: FakeImap) -> None:
    fill(fake, 1, 2)
    fake.withheld = {1}
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"IDLE" in fake.commands, "the end of the round", 10)
        assert (sorted(fake.inbox), site.folder("Done")) == ([1], [2])
        assert len(site.posts()) == 1


def test_the_database_is_away_for_a_while(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.1)
    fill(fake, 1, 2)
    away = [True]
    connect = Database.connect_writer

    def connect_writer(self: Database) -> object:
        if away.pop() if away else False:
            from sqlalchemy.exc import OperationalError

            raise OperationalError("BEGIN", {}, Exception("database is locked"))
        return connect(self)

    monkeypatch.setattr(Database, "connect_writer", connect_writer)
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert (site.folder("Done"), site.folder("Refused")) == ([1, 2], [])
        assert len(site.posts()) == 2
    assert "database is not available" in caplog.text


@pytest.mark.parametrize("command", [b"SELECT", b"FETCH", b"UID MOVE", b"IDLE"])
def test_nonsense_from_the_server_is_survived(
    command: bytes, tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.05)
    fill(fake, 1)
    fake.garbled = {command}
    with running(tmp_path, fake) as site:
        wait_for(lambda: command in fake.commands, "the command", 10)
        fake.garbled = set()
        fill(fake, 2)
        wait_for(lambda: site.folder("Done") == [1, 2], "both taken", 20)
        assert len(site.posts()) == 2


def test_a_message_in_a_nonsensical_answer_holds_up_nobody(tmp_path: Path, fake: FakeImap) -> None:
    fill(fake, 1)
    fake.garbled = {b"UID FETCH"}
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        fake.garbled = set()
        assert site.folder("Refused") == [1]


def test_what_cannot_be_moved_or_marked_is_taken_once(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading, "NEWS_SECONDS", 0.2)
    fake.refuses = {b"UID MOVE", b"UID STORE"}
    fill(fake, 1, 2)
    with running(tmp_path, fake) as site:
        wait_for(lambda: fake.commands.count(b"IDLE") > 3, "a few rounds", 20)
        assert fake.commands.count(b"UID FETCH") == 1
        assert (sorted(fake.inbox), len(site.posts())) == ([1, 2], 2)
    assert "looked at again after a restart" in caplog.text


def test_what_cannot_be_moved_is_marked_and_passed_over(tmp_path: Path, fake: FakeImap) -> None:
    fake.refuses = {b"UID MOVE"}
    fill(fake, 1, 2)
    fake.inbox[3] = b"Subject: to nobody\r\n\r\n"
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"IDLE" in fake.commands, "the end of the round", 10)
        assert len(site.posts()) == 2
    assert fake.flags == {1: {b"$ListservTaken"}, 2: {b"$ListservTaken"}, 3: {b"$ListservRefused"}}
    with running_again(tmp_path, fake):
        wait_for(lambda: fake.commands.count(b"IDLE") == 2, "the next round", 10)
        assert fake.commands.count(b"UID FETCH") == 1


@contextmanager
def running_again(folder: Path, fake: FakeImap) -> Iterator[None]:
    """A second process on the same mailbox."""
    database = Database(settings(folder, fake.port).database.url)
    writer = Writer(database)
    with database.begin() as connection:
        key = signing_key(connection)
    there = settings(folder, fake.port)
    reader = MailboxReader(there, Reception(there, database, writer, key, lambda: NOW, on_commit=lambda: None))
    reader.start()
    try:
        yield
    finally:
        reader.stop()
        writer.close()
        database.close()


def test_a_full_folder_of_passed_over_mail_hides_nothing(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one window of messages that stay; what waits behind them is found."""
    monkeypatch.setattr(reading, "WINDOW", 10)
    fill(fake, *range(1, 36))
    fake.flags = {uid: {b"\\Deleted"} for uid in range(1, 31)}
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"IDLE" in fake.commands, "the end of the round", 10)
        assert site.folder("Done") == [31, 32, 33, 34, 35]
        assert len(fake.inbox) == 30


def test_too_large_is_never_fetched(tmp_path: Path, fake: FakeImap) -> None:
    fill(fake, 1, 2)
    fake.size_of = {1: 2**31}
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert (site.folder("Done"), site.folder("Refused")) == ([2], [1])


def test_line_ends_that_are_none_are_made_crlf(tmp_path: Path, fake: FakeImap) -> None:
    fake.inbox[1] = a_mail(1).replace(b"\r\n", b"\n")
    with running(tmp_path, fake) as site:
        wait_for(lambda: not fake.inbox, "an empty INBOX", 10)
        assert site.posts() == [a_mail(1)]


def test_it_stops_at_once_while_it_waits(tmp_path: Path, fake: FakeImap) -> None:
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"IDLE" in fake.commands, "IDLE", 10)
        began = monotonic()
        site.reader.stop()
        assert monotonic() - began < 3
    assert fake.commands[-1] == b"LOGOUT"


def test_without_idle_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "NEWS_SECONDS", 0.1)
    fake = FakeImap("IMAP4rev1 MOVE")
    with running(tmp_path, fake) as site:
        wait_for(lambda: fake.commands.count(b"SELECT") > 2, "a few rounds", 10)
        fill(fake, 1)
        wait_for(lambda: site.folder("Done") == [1], "the new one", 10)
    fake.close()
    assert b"IDLE" not in fake.commands


def test_news_that_come_together_with_the_start_of_idle(tmp_path: Path, fake: FakeImap) -> None:
    fake.comes_with_idle = {1: a_mail(1)}
    with running(tmp_path, fake) as site:
        wait_for(lambda: site.folder("Done") == [1], "the message", 10)


def test_a_connection_that_died_without_a_word(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading, "NEWS_SECONDS", 0.2)
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(imap_mailbox, "READ_SECONDS", 0.3)
    monkeypatch.setattr(imap_mailbox, "GOODBYE_SECONDS", 0.1)
    with running(tmp_path, fake) as site:
        wait_for(lambda: b"IDLE" in fake.commands, "IDLE", 10)
        fake.silent = True
        wait_for(lambda: "next try in" in caplog.text, "a word in the log", 10)
        fill(fake, 1)
        fake.silent = False
        wait_for(lambda: site.folder("Done") == [1], "the message", 10)


def test_news_are_awaited_no_longer_than_nine_minutes() -> None:
    assert 0 < reading.NEWS_SECONDS <= 540


@pytest.mark.parametrize(("token", "lets_in"), [("good-token", True), ("stale-token", False)])
def test_an_access_token(token: str, lets_in: bool, tmp_path: Path, fake: FakeImap) -> None:
    fake.capabilities += b" AUTH=XOAUTH2"
    imap = settings(tmp_path, fake.port, auth="xoauth2", password=token).imap
    if lets_in:
        assert "INBOX holds 0 messages" in describe(imap)
        assert fake.token == f"user=box@{DOMAIN}\1auth=Bearer good-token\1\1".encode()
    else:
        with pytest.raises(MailboxUnavailable) as caught:
            describe(imap)
        assert caught.value.signing_in
        assert token not in caught.value.public


def test_nobody_listens(tmp_path: Path, fake: FakeImap) -> None:
    fake.close()
    with pytest.raises(MailboxUnavailable, match="cannot be reached") as caught:
        describe(settings(tmp_path, fake.port).imap)
    assert not caught.value.signing_in


def test_a_server_that_speaks_no_tls(tmp_path: Path, fake: FakeImap) -> None:
    mailbox = ImapMailbox(settings(tmp_path, fake.port, security="starttls").imap)
    with pytest.raises(MailboxUnavailable):
        mailbox.open()
    mailbox.close()
    assert b"LOGIN" not in fake.commands, "the password went out in clear"


def test_the_thread_survives_an_error_of_ours(
    tmp_path: Path, fake: FakeImap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading, "FIRST_PAUSE_SECONDS", 0.05)
    fill(fake, 1)
    faults = [ZeroDivisionError("of ours")]
    waiting = ImapMailbox.waiting

    def faulty(self: ImapMailbox, first: int, last: int) -> list[Waiting]:
        if faults:
            raise faults.pop()
        return waiting(self, first, last)

    monkeypatch.setattr(ImapMailbox, "waiting", faulty)
    with caplog.at_level(logging.WARNING), running(tmp_path, fake) as site:
        wait_for(lambda: site.folder("Done") == [1], "the message", 10)
    assert "ZeroDivisionError" in caplog.text


def test_batches_are_bounded_and_in_order() -> None:
    small = [Waiting(uid, 100) for uid in range(1, 2 * BATCH + 2)]
    assert [len(batch) for batch in batches(small)] == [BATCH, BATCH, 1]
    assert [uid for batch in batches(small) for uid in batch] == [message.uid for message in small]
    large = [Waiting(1, BATCH_OCTETS - 1), Waiting(2, 1), Waiting(3, 1), Waiting(4, BATCH_OCTETS * 3), Waiting(5, 1)]
    assert list(batches(large)) == [[1, 2], [3], [4], [5]]
    assert list(batches([])) == []


def test_pauses_grow_to_five_minutes() -> None:
    assert [pause_seconds(failures, 1.0) for failures in (0, 1, 2, 8, 9, 10_000)] == [1, 2, 4, 256, 300, 300]
    assert pause_seconds(0, 30.0) == 30


def test_one_list_that_takes_it_is_enough() -> None:
    taken, refused = Reply(250, "2.0.0", "on its way"), Reply(550, "5.4.6", "a loop")
    assert verdict((UNKNOWN, refused, taken)) == taken
    assert verdict((UNKNOWN, refused)) == refused
    assert verdict((UNKNOWN, UNKNOWN)).text.startswith("No recipient")


def test_a_server_that_awaits_tls_first_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listserv.inbound.imap_mailbox.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        imap = settings(tmp_path, silent.getsockname()[1]).imap
        with pytest.raises(MailboxUnavailable, match=r"does not answer in time; .* needs imap\.security tls"):
            describe(imap)
