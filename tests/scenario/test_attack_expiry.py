"""A server that was off for a week (holidays) still sends what it took before: nothing is given up untried."""

from __future__ import annotations

from datetime import timedelta

from listserv.store.schema import failures
from tests.peers.flaky_relay import FlakyRelay
from tests.scenario.test_dispatch import EVERYBODY, Clock, a_queued_post, dispatching, left, taken_by, until
from tests.store_site import made


def test_copies_that_waited_while_the_server_was_off_leave_at_its_next_start(database_url: str) -> None:
    with made(database_url) as database, FlakyRelay() as relay:
        a_queued_post(database)
        clock = Clock()
        clock.now += timedelta(days=7)
        with dispatching(database, relay.port, clock):
            until("an empty outbox", lambda: not left(database))
        assert set(taken_by(relay)) == EVERYBODY


def test_what_is_too_old_is_given_up_when_the_relay_is_away_still(database_url: str) -> None:
    with made(database_url) as database:
        a_queued_post(database)
        with FlakyRelay() as gone:
            port = gone.port
        clock = Clock()
        clock.now += timedelta(days=7)
        with dispatching(database, port, clock):
            until("no post left", lambda: all(item.kind == "notice" for item in left(database)))
        with database.read() as connection:
            kinds = [row.kind for row in connection.execute(failures.select())]
        assert kinds == ["expired"] * len(EVERYBODY)
