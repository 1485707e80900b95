"""The facilitators' brief: whose turn it is, when it passes on, what it tells; and never two for one week's stage."""

from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from listserv.digest.tick import tick
from listserv.digest.week import tick_week
from listserv.inbound.week.prompting import post_prompt
from listserv.model.lists import DigestPeriod, Role
from listserv.store.engine import Database
from listserv.store.goals import add_goal
from listserv.store.lists import change_list, get_list
from listserv.store.people import add_member, person_of
from listserv.store.refusing import BRIEFS, refuse
from listserv.store.schema import contents, deliveries
from listserv.store.writer import Writer
from tests.clockwork import join, new_list, silent, utc, workshop
from tests.store_site import a_post, judged, new_database

MONDAY = utc("2026-11-02 07:00")


class Week:
    """A group with two facilitators and two members, and its clock."""

    def __init__(self, url: str, database: Database, writer: Writer) -> None:
        self.url, self.database, self.writer = url, database, writer
        self.list = new_list(database, "english", MONDAY)
        self._read = 0
        for who in ("mere", "sione"):
            join(database, self.list, who, MONDAY)
        for who in ("fay", "gus"):
            with database.begin() as connection:
                address = f"{who}@school.example.nz"
                add_member(
                    connection, self.list, address, address, MONDAY, name=who.title(), granted=[Role.FACILITATOR]
                )

    def goal(self) -> None:
        with self.database.begin() as connection:
            add_goal(connection, self.list.id, "Two posts", 2, MONDAY, day=date(2026, 11, 27))

    def at(self, time: str) -> list[tuple[str, str]]:
        """(to, text) of what a tick then puts into the outbox."""
        tick_week(self.database, self.writer, workshop(), post_prompt, utc(time))
        mails = outbox_notices(self.database)
        fresh, self._read = mails[self._read :], len(mails)
        return fresh

    def write(self, who: str, at: datetime, body: str) -> None:
        with self.database.begin() as connection:
            octets = a_post(f"{who}@school.example.nz", f"From {who}", body)
            judged(connection, get_list(connection, "english"), octets, at)


def outbox_notices(database: Database) -> list[tuple[str, str]]:
    """(to, text) of every mail to one person, in the order they were written."""
    wanted = select(deliveries.c.to_address, contents.c.octets).join(contents).where(deliveries.c.kind == "notice")
    with database.read() as connection:
        rows = connection.execute(wanted.order_by(deliveries.c.id)).all()
    read = email.policy.default
    return [
        (row.to_address.partition("@")[0], str(email.message_from_bytes(row.octets, policy=read).get_content()))
        for row in rows
    ]


@pytest.fixture
def week(database_url: str) -> Iterator[Week]:
    database = new_database(database_url)
    writer = Writer(database)
    yield Week(database_url, database, writer)
    writer.close()
    database.close()


def test_it_goes_to_one_then_to_the_buddy_then_to_nobody(week: Week) -> None:
    week.goal()
    [(first, text)] = week.at("2026-11-02 08:00")
    assert "0 of 2 have" in text and "Mere" not in text and "mere@school.example.nz" in text
    assert week.at("2026-11-02 08:20") == week.at("2026-11-03 09:00") == []
    [(second, text)] = week.at("2026-11-04 08:00")
    assert {first, second} == {"fay", "gus"} and f"{first.title()} has had this brief" in text
    assert week.at("2026-11-05 09:00") == []
    [(third, _)] = [each for each in week.at("2026-11-09 08:00") if each[0] in ("fay", "gus")]
    assert third == second


def test_who_writes_in_the_group_has_acted(week: Week) -> None:
    week.goal()
    [(first, _)] = week.at("2026-11-02 08:00")
    week.write(first, utc("2026-11-02 12:00"), "Who goes first?")
    assert week.at("2026-11-04 08:00") == []


def test_with_nothing_to_tell_nobody_is_written_to(week: Week) -> None:
    assert week.at("2026-11-02 08:00") == week.at("2026-11-04 08:00") == []


def test_who_wants_none_or_is_away_is_passed_over(week: Week) -> None:
    week.goal()
    with week.database.begin() as connection:
        gus = person_of(connection, "gus@school.example.nz")
        assert gus is not None
        refuse(connection, gus, BRIEFS, MONDAY, week.list.id)
    assert [who for who, _ in week.at("2026-11-02 08:00")] == ["fay"]
    assert week.at("2026-11-05 08:00") == []
    with week.database.begin() as connection:
        connection.exec_driver_sql("UPDATE subscription SET paused_until = 2000000000000000 WHERE person_id = 3")
    assert week.at("2026-11-09 08:00") == []


def test_with_no_days_between_both_have_it_at_once(week: Week) -> None:
    week.goal()
    with week.database.begin() as connection:
        change_list(connection, get_list(connection, "english"), {"buddy_days": 0})
    assert sorted(who for who, _ in week.at("2026-11-02 08:00")) == ["fay", "gus"]
    assert week.at("2026-11-05 08:00") == []


def test_two_nodes_at_the_same_moment_write_to_each_once(week: Week) -> None:
    """Each works on another group of hers first: she gets one mail, and each facilitator no brief twice."""
    week.goal()
    other = new_list(week.database, "arts", MONDAY)
    join(week.database, other, "mere", MONDAY)
    with week.database.begin() as connection:
        add_goal(connection, other.id, "About arts", 1, MONDAY, day=date(2026, 11, 27))
    database = Database(week.url)
    second = Writer(database)
    at = utc("2026-11-13 08:00")
    nodes = [
        threading.Thread(target=tick_week, args=(*node, workshop(), post_prompt, at))
        for node in ((week.database, week.writer), (database, second))
    ]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    second.close()
    database.close()
    tick_week(week.database, week.writer, workshop(), post_prompt, at)
    to = [who for who, _ in outbox_notices(week.database)]
    assert sorted(to) == sorted(["mere", "sione", *(each for each in to if each in ("fay", "gus"))])
    assert len([each for each in to if each in ("fay", "gus")]) == 1


def test_holidays_and_weekends_have_no_brief(week: Week) -> None:
    week.goal()
    for time in ("2026-11-07 09:00", "2026-12-19 09:00", "2026-11-04 07:59", "2026-11-04 16:00"):
        assert week.at(time) == []


def test_a_second_group_is_told_in_the_same_reminder_and_a_closed_one_is_not(week: Week) -> None:
    for name, private in (("arts", False), ("leaders", True)):
        other = new_list(week.database, name, MONDAY, private=private)
        join(week.database, other, "mere", MONDAY)
        with week.database.begin() as connection:
            add_goal(connection, other.id, f"About {name}", 1, MONDAY, day=date(2026, 11, 27))
    week.goal()
    reminders = [text for who, text in week.at("2026-11-13 08:00") if who == "mere"]
    assert len(reminders) == 1 and reminders[0].count("Friday 27 November") == 2
    assert "In Arts everybody" in reminders[0] and "In English everybody" in reminders[0]
    assert "Leaders" not in reminders[0]
    # The closed group's own turn comes a week later, in a mail of its own.
    later = [text for who, text in week.at("2026-11-20 08:00") if who == "mere"]
    assert len(later) == 1


def test_who_reads_weekly_is_reminded_apart_from_the_update(week: Week) -> None:
    week.goal()
    join(week.database, week.list, "eve", MONDAY, DigestPeriod.WEEKLY)
    assert "eve" not in [who for who, _ in week.at("2026-11-13 08:00")]
    tick(week.database, week.writer, workshop(silent), utc("2026-11-13 16:00"))
    assert "eve" in [who for who, _ in week.at("2026-11-16 08:00")]
    assert timedelta(days=2) < utc("2026-11-16 08:00") - utc("2026-11-13 16:00")
