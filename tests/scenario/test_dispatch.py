"""From the outbox to a relay that misbehaves: nothing lost, nothing repeated without a cause, the author told once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from listserv.config import Settings
from listserv.outbound import dispatch
from listserv.outbound.copies import PostCopies
from listserv.outbound.dispatch import Dispatcher
from listserv.outbound.expiry import tell_author
from listserv.outbound.relay_smtp import SmtpRelay
from listserv.resources import environment
from listserv.store import queue
from listserv.store.engine import Database
from listserv.store.lists import get_list
from listserv.store.migrate import signing_key
from listserv.store.schema import failures
from listserv.store.writer import Writer
from tests.peers.flaky_relay import FlakyRelay, Judge, Rule, as_usual, greylist, rules
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

MEMBERS = 30
FOLDER = {"folder": Path("/")}


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def dispatching(
    database: Database, port: int, clock: Clock, connections: int = 1, batch: int = 1
) -> Iterator[Dispatcher]:
    settings = Settings.model_validate(
        {
            "site": {"domain": "lists.example.nz"},
            "relay": {"host": "127.0.0.1", "port": port, "recipients_per_message": batch},
        },
        context=FOLDER,
    )
    with database.begin() as connection:
        key = signing_key(connection)
    writer = Writer(database)
    dispatcher = Dispatcher(
        writer,
        PostCopies(database, settings, key, environment(), clock),
        lambda: SmtpRelay("127.0.0.1", port, helo_name="lists.example.nz", timeout_scale=0.02),
        connections,
        clock,
        "test",
        partial(tell_author, environment()),
    )
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        writer.close()


def a_queued_post(database: Database, members: int = MEMBERS) -> None:
    with database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), "mere@school.example", name="Mere")
        for number in range(members):
            mail_list = a_member(connection, mail_list, f"s{number}@school.example")
        judged(connection, mail_list, a_post())


def until(what: str, holds: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, what
        time.sleep(0.02)


def left(database: Database) -> list[queue.Waiting]:
    with database.read() as connection:
        return queue.in_queue(connection, NOW)


def until_tried(database: Database, clock: Clock) -> None:
    """Returns when nothing is under way and nothing due: time does not go on before all that it brought was tried."""
    until(
        "a try of all that is due",
        lambda: not any(item.leased or item.due_at <= clock.now for item in left(database)),
        seconds=60.0,
    )


def taken_by(relay: FlakyRelay) -> Counter[str]:
    return Counter(recipient for message in relay.taken for recipient in message.recipients)


EVERYBODY = {f"s{number}@school.example" for number in range(MEMBERS)} | {"mere@school.example"}


def test_each_copy_leaves_once_under_its_own_return_path(database_url: str) -> None:
    with made(database_url) as database, FlakyRelay() as relay:
        a_queued_post(database)
        with dispatching(database, relay.port, Clock(), connections=3):
            until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY, 1)
        assert len({message.return_path for message in relay.taken}) == MEMBERS + 1
        assert all(message.return_path.startswith("english-bounces+") for message in relay.taken)


def test_a_second_post_does_not_wait_for_a_slow_relay_to_drain_the_first(database_url: str) -> None:
    second_posted = threading.Event()

    def slow(at: str, argument: str) -> str | None:
        del argument
        if at == "DOT" and len(relay.taken) > 3:
            second_posted.wait(30)
        return "wait 0.05" if at == "DOT" else None

    with made(database_url) as database, FlakyRelay(slow) as relay:
        a_queued_post(database)
        with dispatching(database, relay.port, Clock()) as dispatcher:
            until("the first copies", lambda: len(relay.taken) > 3)
            with database.begin() as connection:
                judged(connection, get_list(connection, "english@lists.example.nz"), a_post(subject="Another"))
            dispatcher.nudge()
            second_posted.set()
            until("the second post's", lambda: any(b"Subject: Another" in each.content for each in relay.taken))
            assert len(relay.taken) < MEMBERS
            until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY, 2)


def test_what_a_slow_relay_has_taken_is_settled_when_the_service_stops(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "STOP_SECONDS", 0.5)
    silent, over = threading.Event(), threading.Event()

    def falls_silent(at: str, argument: str) -> str | None:
        del argument
        if at == "DOT" and len(relay.taken) == 15:
            silent.set()
            over.wait(10)
            return "drop"
        return None

    with made(database_url) as database, FlakyRelay(falls_silent) as relay:
        a_queued_post(database)
        with dispatching(database, relay.port, Clock()) as dispatcher:
            assert silent.wait(10)
            dispatcher.stop()
            waiting = sum(each.left for each in left(database))
            over.set()
            monkeypatch.undo()
        assert waiting == MEMBERS + 1 - 15, "the copies that were taken do not go again"


def test_neutral_copies_go_in_batches_without_a_personal_link(database_url: str) -> None:
    with made(database_url) as database, FlakyRelay() as relay:
        a_queued_post(database)
        with dispatching(database, relay.port, Clock(), batch=10):
            until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY, 1)
        assert [len(message.recipients) for message in relay.taken] == [1, 10, 10, 10]
        assert {message.return_path for message in relay.taken} == {"english-bounces@lists.example.nz"}
        assert all(b"List-Unsubscribe-Post" not in message.content for message in relay.taken)


def test_greylisting_costs_a_minute_and_nothing_else(database_url: str) -> None:
    with made(database_url) as database, FlakyRelay(greylist()) as relay:
        a_queued_post(database)
        clock = Clock()
        with dispatching(database, relay.port, clock) as dispatcher:
            until("all put off", lambda: left(database) and all(item.attempts == 1 for item in left(database)))
            assert not relay.taken
            clock.now += timedelta(minutes=2)
            dispatcher.nudge()
            until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY, 1)


def test_one_refused_for_good_fails_alone(database_url: str) -> None:
    gone = rules(Rule("RCPT", "550 5.1.1 no such mailbox", match="<s7@"))
    with made(database_url) as database, FlakyRelay(gone) as relay:
        a_queued_post(database)
        with dispatching(database, relay.port, Clock()):
            until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY - {"s7@school.example"}, 1)
        with database.read() as connection:
            (row,) = connection.execute(failures.select()).all()
        assert (row.kind, row.reply) == ("refused", "550 5.1.1 no such mailbox")


@pytest.mark.parametrize(
    "judge",
    [
        rules(Rule("DOT", "drop", times=2, skip=5)),
        rules(Rule("DATA", "drop", times=2, skip=5)),
        rules(Rule("MAIL", "421 4.3.2 going down", times=1, skip=9)),
        rules(Rule("DOT", "452 4.3.1 disk full", times=4, skip=3)),
    ],
    ids=["dropped after the dot", "dropped in DATA", "421 at MAIL", "disk full"],
)
def test_a_relay_that_breaks_off_loses_nobody(database_url: str, judge: Judge) -> None:
    with made(database_url) as database, FlakyRelay(judge) as relay:
        a_queued_post(database)
        clock = Clock()
        with dispatching(database, relay.port, clock) as dispatcher:
            until_tried(database, clock)
            while left(database) and clock.now - NOW < timedelta(hours=1):
                clock.now += timedelta(minutes=5)
                dispatcher.nudge()
                until_tried(database, clock)
        assert not left(database)
        taken = taken_by(relay)
        assert set(taken) == EVERYBODY
        assert sum(taken.values()) <= MEMBERS + 1 + 2


def test_five_days_without_a_relay_end_in_one_note_to_the_author(database_url: str) -> None:
    refuse_all: Judge = rules(Rule("RCPT", "451 4.3.0 not now", match="@school.example>"))
    with made(database_url) as database, FlakyRelay(refuse_all) as relay:
        a_queued_post(database)
        clock = Clock()
        with dispatching(database, relay.port, clock) as dispatcher:
            while any(item.kind == "post" for item in left(database)) and clock.now - NOW < timedelta(days=7):
                clock.now += timedelta(hours=5)
                dispatcher.nudge()
                until_tried(database, clock)
            relay.judge = as_usual
            clock.now += timedelta(hours=5)
            dispatcher.nudge()
            until("an empty outbox", lambda: not left(database))
        assert timedelta(days=5) < clock.now - NOW < timedelta(days=7)
        assert [message.recipients for message in relay.taken] == [("mere@school.example",)]
        note = relay.taken[0]
        assert note.return_path == ""
        assert b"could not reach everybody" in note.content
        assert b"s7@school.example" not in note.content
        with database.read() as connection:
            kinds = Counter(row.kind for row in connection.execute(failures.select()))
        assert kinds == {"expired": MEMBERS + 1}


def test_a_relay_that_is_away_keeps_everything_waiting(database_url: str) -> None:
    with made(database_url) as database:
        a_queued_post(database)
        with FlakyRelay() as gone:
            port = gone.port
        with dispatching(database, port, Clock()):
            time.sleep(1.5)
            assert [(item.left, item.attempts) for item in left(database)] == [(1, 0), (MEMBERS, 0)]
    # The same database, a relay that is there again.
    with made(database_url) as database, FlakyRelay() as relay, dispatching(database, relay.port, Clock()):
        until("an empty outbox", lambda: not left(database))
        assert taken_by(relay) == dict.fromkeys(EVERYBODY, 1)


def test_who_left_meanwhile_gets_nothing(database_url: str) -> None:
    with made(database_url) as database, FlakyRelay() as relay:
        a_queued_post(database)
        with database.begin() as connection:
            connection.exec_driver_sql("UPDATE subscription SET left_at = 1 WHERE id IN (1, 5, 6, 31)")
        with dispatching(database, relay.port, Clock()):
            until("an empty outbox", lambda: not left(database))
        assert sum(taken_by(relay).values()) == MEMBERS + 1 - 4
        assert max(taken_by(relay).values()) == 1
