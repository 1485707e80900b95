"""The two daylight-saving fortnights of 2026, ticked by two nodes on one database, one of them killed again and again.

What must go is written out by hand, in UTC, from a wall calendar: 27 September 2026 has no hour from two to three, 5
April 2026 has it twice; both lie at the edge of school holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from listserv.model.lists import DigestPeriod, MailList
from listserv.store.deadlines import NewDate, add_dates
from listserv.store.engine import Database
from tests.clockwork import join, new_list, utc
from tests.scenario.nodes import Node, Sent, digests, hours, play, reminders
from tests.store_site import new_database

DEATHS = [("compose", 1), ("enqueued", 1), ("reminder", 1), ("compose", 2), ("enqueued", 2), ("compose", 3)]
LATE = timedelta(hours=2)  # an hour to the next tick, and one more where the node that had the turn was killed


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = new_database(database_url)
    yield made
    made.close()


def groups(database: Database, start: datetime) -> dict[str, MailList]:
    """english: the defaults. night: half past two, holidays or not. monday: before school. london: far away."""
    made = {
        "english": new_list(database, "english", start),
        "night": new_list(
            database, "night", start,
            digest_day="sunday", digest_time="02:30", daily_time="02:30", holiday_pause=False,
        ),
        "monday": new_list(database, "monday", start, digest_day="monday", digest_time="07:00"),
        "london": new_list(
            database, "london", start, time_zone="Europe/London", digest_day="wednesday", digest_time="09:00"
        ),
    }  # fmt: skip
    for mail_list in made.values():
        join(database, mail_list, "weekly", start, DigestPeriod.WEEKLY)
    join(database, made["night"], "daily", start, DigestPeriod.DAILY)
    join(database, made["english"], "monthly", start, DigestPeriod.MONTHLY)
    return made


def of(sent: list[Sent], group: str, kind: str) -> list[tuple[str, str]]:
    """(key, end of its window in UTC) of what a group got."""
    return [
        (each.key, each.covers_until.astimezone(UTC).strftime("%m-%d %H:%M"))
        for each in sent
        if (each.group, each.kind) == (group, kind)
    ]


def check_windows(sent: list[Sent]) -> None:
    """Each group's windows of one kind follow one another without gap or overlap; each was sent soon after its end."""
    for group, kind in {(each.group, each.kind) for each in sent}:
        own = [each for each in sent if (each.group, each.kind) == (group, kind)]
        assert all(before.covers_until == after.covers_from for before, after in pairwise(own))
        assert all(timedelta() < each.at - each.covers_until < LATE for each in own)


def test_spring_into_daylight_saving_and_the_september_holidays(database: Database, database_url: str) -> None:
    start = utc("2026-09-20 12:00")
    made = groups(database, start)
    with database.begin() as connection:
        for name, day in (("Abstracts", date(2026, 9, 28)), ("Awards", date(2026, 10, 14))):
            add_dates(connection, made["english"].id, [NewDate(name, day)], start, distances=(7, 2, 0))
    mortal, other = Node(database_url, list(DEATHS)), Node(database_url)
    play([mortal, other], hours(start, utc("2026-10-19 12:00")))
    sent = digests(database)
    check_windows(sent)
    assert mortal.killed >= 3
    assert of(sent, "english", "weekly") == [("2026-W39", "09-25 03:59"), ("2026-W42", "10-16 02:59")]
    assert of(sent, "english", "monthly") == [("2026-10", "10-16 02:59")]
    assert of(sent, "monday", "weekly") == [
        ("2026-W39", "09-20 18:59"), ("2026-W42", "10-11 17:59"), ("2026-W43", "10-18 17:59"),
    ]  # fmt: skip
    assert of(sent, "london", "weekly") == [("2026-W39", "09-23 07:59"), ("2026-W42", "10-14 07:59")]
    assert of(sent, "night", "weekly") == [
        ("2026-W39", "09-26 13:59"), ("2026-W40", "10-03 13:29"), ("2026-W41", "10-10 13:29"),
        ("2026-W42", "10-17 13:29"),
    ]  # fmt: skip
    nightly = of(sent, "night", "daily")
    assert [key for key, _ in nightly] == [str(date(2026, 9, 21) + timedelta(days=day)) for day in range(29)]
    assert nightly[5:8] == [("2026-09-26", "09-25 14:29"), ("2026-09-27", "09-26 13:59"), ("2026-09-28", "09-27 13:29")]
    assert [(subject.split(": ")[1], at.strftime("%m-%d %H")) for subject, at in reminders(database)] == [
        ("in 7 days, Monday 28 September", "09-20 20"),
        ("in 3 days, Monday 28 September", "09-24 20"),
        ("in 2 days, Wednesday 14 October", "10-11 19"),
        ("today, Wednesday 14 October", "10-13 19"),
    ]


def test_autumn_out_of_daylight_saving_and_the_easter_holidays(database: Database, database_url: str) -> None:
    start = utc("2026-03-26 18:00")
    made = groups(database, start)
    with database.begin() as connection:
        add_dates(connection, made["english"].id, [NewDate("Easter", date(2026, 4, 5))], start, distances=(7, 2, 0))
        add_dates(connection, made["english"].id, [NewDate("Term", date(2026, 4, 22))], start, distances=(7, 2, 0))
    mortal, other = Node(database_url, list(DEATHS)), Node(database_url)
    play([mortal, other], hours(start, utc("2026-04-25 12:00")))
    sent = digests(database)
    check_windows(sent)
    assert mortal.killed >= 3
    assert of(sent, "english", "weekly") == [
        ("2026-W13", "03-27 02:59"), ("2026-W14", "04-02 02:59"), ("2026-W17", "04-24 03:59"),
    ]  # fmt: skip
    assert of(sent, "english", "monthly") == [("2026-04", "04-02 02:59")]
    assert of(sent, "monday", "weekly") == [("2026-W14", "03-29 17:59"), ("2026-W17", "04-19 18:59")]
    assert of(sent, "london", "weekly") == [("2026-W14", "04-01 07:59"), ("2026-W17", "04-22 07:59")]
    assert of(sent, "night", "weekly") == [
        ("2026-W13", "03-28 13:29"), ("2026-W14", "04-04 13:29"), ("2026-W15", "04-11 14:29"),
        ("2026-W16", "04-18 14:29"),
    ]  # fmt: skip
    nightly = of(sent, "night", "daily")
    assert [key for key, _ in nightly] == [str(date(2026, 3, 27) + timedelta(days=day)) for day in range(30)]
    assert nightly[8:11] == [
        ("2026-04-04", "04-03 13:29"),
        ("2026-04-05", "04-04 13:29"),
        ("2026-04-06", "04-05 14:29"),
    ]
    assert [(subject.split(": ")[1], at.strftime("%m-%d %H")) for subject, at in reminders(database)] == [
        ("in 9 days, Sunday 5 April", "03-26 19"),
        ("in 3 days, Sunday 5 April", "04-01 19"),
        ("in 2 days, Wednesday 22 April", "04-19 20"),
        ("today, Wednesday 22 April", "04-21 20"),
    ]
