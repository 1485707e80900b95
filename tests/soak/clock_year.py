"""The year 2026, ticked every half hour by two nodes on one database, one of them killed a hundred times.

Too long for `make test`; `make soak` runs it on both engines. What must go is what each group's calendar yields; that
the calendar itself is right is told by hand in tests/unit and tests/scenario.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from listserv.config.calendars import Calendars
from listserv.digest import plan
from listserv.digest.tick import tick
from listserv.model.calendar import Deadline
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.reminders import reminders as reminders_of
from listserv.model.school import rhythm_of
from listserv.store.deadlines import NewDate, add_dates
from listserv.store.engine import Database
from listserv.store.writer import Writer
from tests.clockwork import SETTINGS, join, new_list, utc, workshop
from tests.scenario.nodes import SKEW, Node, digests, hours, play, reminders, runs
from tests.store_site import new_database

START, END = utc("2026-01-01 00:00"), utc("2027-01-01 00:00")
HALF_HOUR = timedelta(minutes=30)
KINDS = (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY)
GROUPS: dict[str, dict[str, object]] = {
    "english": {},
    "monday": {"digest_day": "monday", "digest_time": "07:00", "daily_time": "06:30"},
    "night": {"digest_day": "sunday", "digest_time": "02:30", "daily_time": "02:30", "holiday_pause": False},
    "edge": {"digest_day": "sunday", "digest_time": "23:59", "daily_time": "00:00"},
    "two": {"digest_day": "sunday", "digest_time": "02:00", "daily_time": "02:00"},
    "three": {"digest_day": "sunday", "digest_time": "03:00", "daily_time": "03:00", "holiday_pause": False},
    "london": {"time_zone": "Europe/London", "digest_time": "01:30", "daily_time": "01:30", "holiday_pause": False},
    "chatham": {"time_zone": "Pacific/Chatham", "digest_day": "sunday", "digest_time": "02:50"},
    "lordhowe": {"time_zone": "Australia/Lord_Howe", "daily_time": "02:10", "holiday_pause": False},
    "wednesday": {"digest_day": "wednesday", "reminder_time": "07:15"},
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = new_database(database_url)
    yield made
    made.close()


def settle(database: Database) -> tuple[dict[str, MailList], list[Deadline]]:
    """Ten lists with readers of every kind of digest, and a deadline every ten days in turn."""
    made = {name: new_list(database, name, START, **settings) for name, settings in GROUPS.items()}
    for mail_list in made.values():
        for kind in KINDS:
            join(database, mail_list, kind.value, START, kind)
    names = list(made)
    with database.begin() as connection:
        deadlines = [
            add_dates(
                connection,
                made[names[number % len(names)]].id,
                [NewDate(f"Date {number}", date(2026, 1, 20) + timedelta(days=10 * number))],
                START,
                distances=(7, 2, 0),
            )[0]
            for number in range(34)
        ]
    return made, deadlines


@pytest.mark.timeout(3600)
def test_a_year_of_two_nodes(database: Database, database_url: str) -> None:
    made, deadlines = settle(database)
    chance = random.Random(2026)
    deaths = [(chance.choice(("compose", "enqueued")), chance.randint(1, 20)) for _ in range(200)]
    deaths[4::15] = [("reminder", 1)] * len(deaths[4::15])
    mortal, other = Node(database_url, deaths), Node(database_url)
    play([mortal, other], hours(START, END, HALF_HOUR))
    assert mortal.killed > 50
    sent = digests(database)
    calendars = Calendars(SETTINGS)
    for name, mail_list in made.items():
        calendar, rhythm = calendars.of(mail_list), rhythm_of(mail_list.settings)
        for kind in KINDS:
            expected = [each.key for each in plan.periods(calendar, rhythm, kind, START, END - SKEW)]
            own = [each for each in sent if (each.group, each.kind) == (name, kind)]
            assert [each.key for each in own] == expected, (name, kind)
            assert all(before.covers_until == after.covers_from for before, after in pairwise(own))
            days = [calendar.day_of(each.covers_until + plan.SETTLES) for each in own]
            assert not rhythm.pauses or not any(calendar.is_holiday(day) for day in days)
            assert all(each.at - each.covers_until < 3 * HALF_HOUR for each in own)
    assert len([each for each in sent if (each.group, each.kind) == ("english", "weekly")]) == 40
    by_id = {mail_list.id: mail_list for mail_list in made.values()}
    wanted = [planned_reminders(calendars, by_id[deadline.list_id], deadline) for deadline in deadlines]
    assert len(reminders(database)) == sum(len(each) for each in wanted)
    claimed = {
        (subject, period)
        for kind, subject, period, outcome in runs(database)
        if (kind, outcome) == ("reminder", "sent")
    }
    assert claimed == {
        (str(deadline.id), key) for deadline, keys in zip(deadlines, wanted, strict=True) for key in keys
    }


def planned_reminders(calendars: Calendars, mail_list: MailList, deadline: Deadline) -> list[str]:
    planned = reminders_of(calendars.of(mail_list), rhythm_of(mail_list.settings), deadline)
    return [each.key for each in planned if START < each.sends_at < END]


def test_a_year_of_hourly_ticks_is_bounded(database: Database) -> None:
    settle(database)
    writer, tools = Writer(database), workshop()
    began = time.perf_counter()
    count = 0
    for now in hours(START, END):
        tick(database, writer, tools, now)
        count += 1
    seconds = time.perf_counter() - began
    writer.close()
    print(f"{database.dialect}: {count} ticks of 10 lists in {seconds:.1f} s, {len(digests(database))} digests")
    assert seconds < 300  # about half a minute on an idle machine with two cores
