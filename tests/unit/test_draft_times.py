"""When drafts go: on a school day, in working hours, a school day before the update; to whom, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from listserv.digest.draft_tick import tick_drafts
from listserv.digest.drafts import draft_at, due_draft
from listserv.digest.plan import periods
from listserv.digest.run import Done
from listserv.model.lists import DigestPeriod, MailList, Role
from listserv.model.school import Rhythm
from listserv.store.engine import Database
from listserv.store.schedule import Outcome, claim_run
from listserv.store.schema import deliveries, drafts
from listserv.store.told import digest_kind
from listserv.store.writer import Writer
from tests.clockwork import utc, workshop
from tests.store_site import a_list, a_member, new_database

SITE = workshop()
CALENDAR = SITE.calendars.in_zone("Pacific/Auckland")
THURSDAY = utc("2026-11-26T15:00")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = new_database(database_url)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("rhythm", "update", "draft"),
    [
        (Rhythm(), "2026-11-27", "2026-11-26T15:00"),
        (Rhythm(weekday=0), "2026-11-23", "2026-11-20T15:00"),
        (Rhythm(weekly_at=datetime(2026, 1, 1, 7, 30).time()), "2026-11-27", "2026-11-26T09:00"),
        (Rhythm(weekly_at=datetime(2026, 1, 1, 11).time()), "2026-11-27", "2026-11-26T11:00"),
        (Rhythm(weekday=1), "2026-10-27", "2026-10-23T15:00"),  # Labour Day is the Monday
        (Rhythm(weekday=0), "2026-10-12", None),  # the first day of term
    ],
)
def test_it_goes_on_the_school_day_before(rhythm: Rhythm, update: str, draft: str | None) -> None:
    (period,) = periods(CALENDAR, rhythm, DigestPeriod.WEEKLY, utc(f"{update}T00:00"), utc(f"{update}T23:00"))
    assert draft_at(CALENDAR, period) == (utc(draft) if draft else None)


@pytest.mark.parametrize(
    ("at", "is_due"),
    [
        ("2026-11-26T14:59", False),
        ("2026-11-26T15:00", True),
        ("2026-11-26T16:59", True),
        ("2026-11-26T17:00", False),
        ("2026-11-27T08:59", False),
        ("2026-11-27T09:00", True),
        ("2026-11-27T12:59", True),
        ("2026-11-27T13:00", False),
        ("2026-11-28T10:00", False),
        ("2026-12-17T15:00", True),
        ("2026-12-24T15:00", False),
        ("2026-10-08T15:00", False),
    ],
)
def test_late_ones_keep_to_working_hours_too(at: str, is_due: bool) -> None:
    assert (due_draft(CALENDAR, Rhythm(), utc(at)) is not None) == is_due


def test_no_hour_of_the_year_outside_school_days_is_one_of_drafts() -> None:
    hour, keys = utc("2026-01-01T00:00"), set()
    while hour < utc("2026-12-31T00:00"):
        period = due_draft(CALENDAR, Rhythm(), hour)
        local = hour.astimezone(CALENDAR.zone)
        if period is not None:
            keys.add(period.key)
            assert CALENDAR.is_school_day(local.date()) and 9 <= local.hour < 17
            assert timedelta(hours=3) < period.sends_at - hour < timedelta(days=8)
        hour += timedelta(hours=1)
    assert 36 <= len(keys) <= 40


def group(database: Database, *held: Role, **settings: str) -> MailList:
    with database.begin() as connection:
        mail_list = a_list(connection, time_zone="Pacific/Auckland", **settings)
        mail_list = a_member(connection, mail_list, "mere@school.example", name="Mere", digest="weekly")
        for number, role in enumerate(held):
            mail_list = a_member(connection, mail_list, f"f{number}@school.example", granted=(role,), digest="none")
    return mail_list


def ticked(database: Database, now: datetime = THURSDAY) -> list[Done]:
    writer = Writer(database)
    try:
        return tick_drafts(database, writer, SITE, now)
    finally:
        writer.close()


def mailed(database: Database) -> list[str]:
    with database.read() as connection:
        assert connection.execute(select(drafts.c.id)).first() is not None
        return sorted(connection.execute(select(deliveries.c.to_address)).scalars())


def test_both_facilitators_get_it_once(database: Database) -> None:
    group(database, Role.FACILITATOR, Role.FACILITATOR, Role.OWNER)
    assert [(done.outcome, done.recipients) for done in ticked(database)] == [(Outcome.SENT, 2)]
    assert ticked(database) == [] and ticked(database, utc("2026-11-27T10:00")) == []
    assert mailed(database) == ["f0@school.example", "f1@school.example"]


@pytest.mark.parametrize(
    ("held", "wanted", "sent"),
    [(Role.OWNER, "facilitators", 0), (Role.OWNER, "owners", 1), (Role.FACILITATOR, "owners", 1)],
)
def test_owners_get_it_where_the_list_says_so(database: Database, held: Role, wanted: str, sent: int) -> None:
    group(database, held, drafts=wanted)
    assert [done.recipients for done in ticked(database)] == [sent]


@pytest.mark.parametrize("settings", [{"drafts": "none"}, {"quiet_digest": "skip"}])
def test_there_is_none_where_none_is_wanted_or_nothing_is_told(database: Database, settings: dict[str, str]) -> None:
    group(database, Role.FACILITATOR, **settings)
    assert sum(done.recipients for done in ticked(database)) == 0


def test_an_update_sent_by_hand_has_no_draft_any_more(database: Database) -> None:
    mail_list = group(database, Role.FACILITATOR)
    with database.begin() as connection:
        assert claim_run(connection, digest_kind(DigestPeriod.WEEKLY), mail_list.id, "2026-W48", THURSDAY)
    assert ticked(database) == []
