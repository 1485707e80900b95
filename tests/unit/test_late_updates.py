"""After downtime an update goes out late: who gets it then is reminded of no goal in the same tick, nor a day later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from listserv.digest.editions import compose_editions
from listserv.digest.tick import tick
from listserv.digest.week import tick_week
from listserv.inbound.week.prompting import post_prompt
from listserv.model.lists import DigestPeriod, MailList
from listserv.store.engine import Database
from listserv.store.goals import add_goal
from listserv.store.outbox import unpack
from listserv.store.people import person_of
from listserv.store.personal import choose_hour
from listserv.store.schema import addresses, deliveries, subscriptions
from listserv.store.writer import Writer
from tests.clockwork import join, new_list, utc, workshop
from tests.store_site import a_post, judged, new_database

START = utc("2026-11-02 09:00")
LATE = "2026-11-17 09:00"  # Tuesday; the update was due on Friday the 13th at 16:00


class Clock:
    """A group with a goal for whose last reminder but one the day is the Tuesday on which the clock goes again."""

    def __init__(self, database: Database) -> None:
        self.database, self.writer = database, Writer(database)
        self.workshop = replace(workshop(compose_editions))
        self.english: MailList = new_list(database, "english", START, drafts="none")
        for who, digest in (
            ("weekly", DigestPeriod.WEEKLY),
            ("single", DigestPeriod.NONE),
            ("own", DigestPeriod.WEEKLY),
        ):
            join(database, self.english, who, START, digest)
        with database.begin() as connection:
            add_goal(connection, self.english.id, "Two posts", 2, START, day=date(2026, 11, 24))
            choose_hour(connection, person_of(connection, "own@school.example.nz") or 0, "friday", "07:00", START)
        self.post("2026-11-04 10:00")
        first = [self.reached(f"2026-11-06 {hour}") for hour in ("07:30", "16:30")]
        assert first == [{"own": {"digest"}}, {"weekly": {"digest"}}]

    def post(self, at: str) -> None:
        with self.database.begin() as connection:
            octets = a_post("single@school.example.nz", f"At {at}", "Words", Message_ID=f"<{at[:10]}@s.example>")
            judged(connection, self.english, octets, utc(at), return_path="single@school.example.nz")

    def reached(self, at: str) -> dict[str, set[str]]:
        """Who gets which kinds of mail of ours by a tick at that time, in the order in which the service does them."""
        with self.database.read() as connection:
            before = len(connection.execute(select(deliveries.c.id)).all())
        tick_week(self.database, self.writer, self.workshop, post_prompt, utc(at))
        tick(self.database, self.writer, self.workshop, utc(at))
        return self._came(before)

    def _came(self, before: int) -> dict[str, set[str]]:
        of_place = select(subscriptions.c.id, addresses.c.key).join(
            addresses, addresses.c.id == subscriptions.c.address_id
        )
        with self.database.read() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.id)).all()[before:]
            keys = {row.id: row.key for row in connection.execute(of_place)}
        found: dict[str, set[str]] = {}
        for row in rows:
            for key in [row.to_address] if row.to_address else [keys[each] for each in unpack(row.recipients)]:
                found.setdefault(key.partition("@")[0], set()).add(row.kind)
        return found


@pytest.fixture
def clock(database_url: str) -> Iterator[Clock]:
    database = new_database(database_url)
    made = Clock(database)
    yield made
    made.writer.close()
    database.close()


def test_a_late_update_and_a_reminder_do_not_meet(clock: Clock) -> None:
    clock.post("2026-11-12 10:00")
    came = clock.reached(LATE)
    assert came == {"weekly": {"digest"}, "own": {"digest"}, "single": {"notice"}}
    assert clock.reached("2026-11-18 09:00") == {}
    assert clock.reached("2026-11-20 16:30") == {"weekly": {"digest"}, "own": {"digest"}}
    assert clock.reached("2026-11-23 09:00") == {"weekly": {"notice"}, "own": {"notice"}}


def test_an_update_in_time_changes_nothing(clock: Clock) -> None:
    clock.post("2026-11-12 10:00")
    assert clock.reached("2026-11-13 16:30") == {"weekly": {"digest"}, "own": {"digest"}}
    assert set(clock.reached(LATE)) == {"weekly", "own", "single"}


def test_of_an_update_of_her_own_its_own_hour_counts_and_not_the_groups(clock: Clock) -> None:
    """Hers comes on Tuesdays, the group's on Fridays: Thursday is two days from both of hers."""
    with clock.database.begin() as connection:
        own = person_of(connection, "own@school.example.nz") or 0
        choose_hour(connection, own, "tuesday", "07:00", utc("2026-11-06 12:00"))
    clock.post("2026-11-09 10:00")
    assert clock.reached("2026-11-10 07:30") == {"own": {"digest"}}
    assert clock.reached("2026-11-10 09:00") == {"weekly": {"notice"}, "single": {"notice"}}
    assert clock.reached("2026-11-11 09:00") == {}
    assert clock.reached("2026-11-12 09:00") == {"own": {"notice"}}


def test_no_reminder_comes_the_day_before_an_update_of_her_own(clock: Clock) -> None:
    with clock.database.begin() as connection:
        own = person_of(connection, "own@school.example.nz") or 0
        choose_hour(connection, own, "tuesday", "07:00", utc("2026-11-06 12:00"))
    assert clock.reached("2026-11-10 07:30") == {"own": {"digest"}}
    assert clock.reached("2026-11-13 16:30") == {"weekly": {"digest"}}
    assert "own" not in clock.reached("2026-11-16 09:00")
