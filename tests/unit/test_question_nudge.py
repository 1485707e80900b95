"""Facilitators hear of a question nobody has answered: once, on a school day, not where another mail tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from listserv.digest.draft_tick import tick_drafts
from listserv.digest.waiting import asked_before
from listserv.digest.week import tick_week
from listserv.inbound.indexing import derive
from listserv.inbound.week.prompting import post_prompt
from listserv.mail.parse import parse
from listserv.model.lists import MailList, Role
from listserv.store.archive import posts_without_text
from listserv.store.engine import Database
from listserv.store.refusing import BRIEFS, refuse
from listserv.store.schema import contents, deliveries, persons
from listserv.store.search import index_new
from listserv.store.writer import Writer
from tests.clockwork import utc, workshop
from tests.store_site import NOW, a_list, a_member, a_post, judged, new_database

SITE = workshop()
CALENDAR = SITE.calendars.in_zone("Pacific/Auckland")
THURSDAY = utc("2026-11-19T08:00:05")  # asked on Monday evening


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = new_database(database_url)
    yield made
    made.close()


def asked(database: Database, at: datetime = NOW, **settings: str | int) -> MailList:
    """A group in which Mere asked something on Monday evening, or then; Aroha facilitates it."""
    with database.begin() as connection:
        values = {"time_zone": "Pacific/Auckland", "drafts": "none"} | settings
        mail_list = a_list(connection, **values)  # type: ignore[arg-type]
        for who, held in (("mere", ()), ("jo", (Role.OWNER,)), ("aroha", (Role.FACILITATOR,))):
            address = f"{who}@school.example"
            mail_list = a_member(connection, mail_list, address, name=who.title(), granted=held, digest="weekly")
        octets = a_post("mere@school.example", "A question", "Does anyone know?", Message_ID="<a@school.example>")
        judged(connection, mail_list, octets, at, return_path="mere@school.example")
        for row in posts_without_text(connection, 9):
            index_new(connection, [derive(connection, row)], NOW)
    return mail_list


def mails(database: Database, about: str) -> list[str]:
    """Whom a mail with this in its subject went to."""
    statement = select(deliveries.c.to_address, contents.c.octets).join(contents)
    with database.read() as connection:
        rows = connection.execute(statement.where(deliveries.c.to_address.is_not(None))).all()
    return sorted(row.to_address for row in rows if about in (parse(bytes(row.octets)).header("Subject") or ""))


def nudged(database: Database, now: datetime = THURSDAY) -> list[str]:
    """Whom the ticks until then wrote to about questions."""
    writer = Writer(database)
    try:
        tick_drafts(database, writer, SITE, now)
    finally:
        writer.close()
    return mails(database, "wait")


def briefed(database: Database, now: datetime) -> list[str]:
    """Whom the ticks until then sent a brief."""
    writer = Writer(database)
    try:
        tick_week(database, writer, SITE, post_prompt, now)
    finally:
        writer.close()
    return mails(database, "your brief")


def test_its_facilitators_hear_of_it_once(database: Database) -> None:
    asked(database)
    for early in ("2026-11-18T08:01", "2026-11-19T07:59"):
        assert nudged(database, utc(early)) == []
    assert nudged(database) == ["aroha@school.example"]
    for later in (timedelta(hours=1), timedelta(days=1), timedelta(days=5)):
        assert nudged(database, THURSDAY + later) == ["aroha@school.example"]


def test_an_answer_before_that_and_there_is_none(database: Database) -> None:
    mail_list = asked(database)
    with database.begin() as connection:
        octets = a_post("jo@school.example", "Re: A question", "Yes.", In_Reply_To="<a@school.example>")
        judged(connection, mail_list, octets, NOW + timedelta(hours=1), return_path="jo@school.example")
    assert nudged(database) == []


@pytest.mark.parametrize("settings", [{"question_days": 0}, {"question_days": 3}, {"drafts": "facilitators"}])
def test_none_where_it_is_not_wanted_too_early_or_the_draft_tells_it(
    database: Database, settings: dict[str, str | int]
) -> None:
    asked(database, NOW, **settings)
    assert nudged(database) == []


def test_a_brief_leaves_out_what_a_nudge_has_told_for_seven_days(database: Database) -> None:
    asked(database)
    assert nudged(database) == ["aroha@school.example"]
    assert briefed(database, utc("2026-11-23T08:01")) == []
    assert briefed(database, utc("2026-11-30T08:01")) == ["aroha@school.example"]
    assert nudged(database, utc("2026-11-30T08:02")) == ["aroha@school.example"]


def test_a_nudge_leaves_out_what_a_brief_has_told(database: Database) -> None:
    asked(database, utc("2026-11-20T18:00"))
    assert briefed(database, utc("2026-11-23T08:01")) == ["aroha@school.example"]
    for day in (23, 24, 25, 26, 30):
        assert nudged(database, utc(f"2026-11-{day}T08:02")) == []
    assert briefed(database, utc("2026-11-30T08:01")) == ["aroha@school.example"] * 2  # it still waits, a week later


def test_the_buddy_is_told_what_the_first_was(database: Database) -> None:
    mail_list = asked(database, utc("2026-11-20T18:00"))
    with database.begin() as connection:
        a_member(connection, mail_list, "gus@school.example", name="Gus", granted=(Role.FACILITATOR,))
    assert len(briefed(database, utc("2026-11-23T08:01"))) == 1
    assert briefed(database, utc("2026-11-25T08:01")) == ["aroha@school.example", "gus@school.example"]


def test_none_to_who_refuses_briefs(database: Database) -> None:
    asked(database)
    with database.begin() as connection:
        aroha = connection.execute(select(persons.c.id).where(persons.c.name == "Aroha")).scalar_one()
        refuse(connection, aroha, BRIEFS, THURSDAY)
    assert nudged(database) == []


@pytest.mark.parametrize(
    ("at", "days", "since"),
    [
        ("2026-11-19T08:00", 2, "2026-11-17T08:00"),
        ("2026-11-23T08:00", 2, "2026-11-19T08:00"),
        ("2026-10-28T08:00", 2, "2026-10-23T08:00"),  # Labour Day between
        ("2026-10-13T08:00", 2, "2026-09-25T08:00"),  # holidays between
        ("2026-11-19T08:00", 0, "2026-11-19T08:00"),
    ],
)
def test_school_days_are_counted(at: str, days: int, since: str) -> None:
    found = asked_before(CALENDAR, utc(at), days)
    assert abs(found - utc(since)) <= timedelta(hours=1)
