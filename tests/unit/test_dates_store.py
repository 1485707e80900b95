"""Dates in the database: proposed and published, of a school or of all, removed and still told to calendars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from listserv.errors import NotFound
from listserv.mail.address import address_key
from listserv.model.calendar import Deadline, Reminder
from listserv.model.lists import MailList, Role
from listserv.store.calendars import open_dates
from listserv.store.deadlines import (
    CANCELLED_KEPT,
    NewDate,
    add_dates,
    calendar_dates,
    coming,
    coming_deadlines,
    dates_named,
    deadlines_of,
    decline_dates,
    move_deadline,
    publish_dates,
    remove_deadline,
    schools_of,
    set_distances,
)
from listserv.store.engine import Connection
from listserv.store.people import add_member, person_of
from listserv.store.reading import Viewer, open_group
from listserv.store.schedule import reminder_readers
from tests.store_site import NOW, a_list, a_member, made

DAY = date(2026, 11, 27)
AWARDS = NewDate("TESSOL awards", DAY, link="https://tessol.example.nz/")
HUI = NewDate(
    "Hui", DAY, datetime(2026, 11, 27, 3, tzinfo=UTC), event=True, ends_at=datetime(2026, 11, 27, 4, tzinfo=UTC)
)
CAMP = NewDate("Camp", DAY, event=True, end_day=date(2026, 11, 29), school="Everglade")


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with made(database_url) as database, database.begin() as found:
        yield found


def add(connection: Connection, mail_list: MailList, *new: NewDate, proposed: bool = False) -> list[Deadline]:
    return add_dates(connection, mail_list.id, new, NOW, distances=(7, 0), proposed=proposed)


def titles(found: list[Deadline]) -> list[str]:
    return [each.title for each in found]


def test_what_is_written_down_comes_back(connection: Connection) -> None:
    mail_list = a_list(connection)
    awards, hui, camp = add(connection, mail_list, AWARDS, HUI, CAMP)
    assert (awards.event, awards.link, awards.at, awards.distances) == (False, AWARDS.link, None, (7, 0))
    assert (hui.event, hui.at, hui.ends_at) == (True, HUI.at, HUI.ends_at)
    assert (camp.end_day, camp.school, camp.sequence) == (CAMP.end_day, "Everglade", 0)
    assert awards.series and awards.series == hui.series == camp.series
    (alone,) = add(connection, mail_list, AWARDS)
    assert alone.series == ""


def test_a_proposal_is_told_to_nobody_until_it_is_published_once(connection: Connection) -> None:
    mail_list = a_list(connection)
    other = a_list(connection, "maths")
    (proposed,) = add(connection, mail_list, AWARDS, proposed=True)
    assert deadlines_of(connection, mail_list.id, DAY) == coming_deadlines(connection, DAY) == []
    assert calendar_dates(connection, [mail_list.id], NOW) == []
    with pytest.raises(NotFound):
        remove_deadline(connection, proposed.id, NOW)
    assert publish_dates(connection, other.id, [proposed.id], NOW) == []
    later = NOW + timedelta(days=3)
    (published,) = publish_dates(connection, mail_list.id, [proposed.id], later)
    assert published.created_at == published.changed_at == later
    assert publish_dates(connection, mail_list.id, [proposed.id], later) == []
    assert decline_dates(connection, mail_list.id, [proposed.id], later) == []
    assert titles(deadlines_of(connection, mail_list.id, DAY)) == ["TESSOL awards"]


def test_what_was_declined_stays_away(connection: Connection) -> None:
    mail_list = a_list(connection)
    (proposed,) = add(connection, mail_list, AWARDS, proposed=True)
    assert titles(decline_dates(connection, mail_list.id, [proposed.id], NOW)) == ["TESSOL awards"]
    assert publish_dates(connection, mail_list.id, [proposed.id], NOW) == []
    assert [each.removed for each in dates_named(connection, mail_list.id, [proposed.id])] == [True]
    assert calendar_dates(connection, [mail_list.id], NOW) == []


def test_a_removed_date_is_cancelled_in_calendars_for_sixty_days(connection: Connection) -> None:
    mail_list = a_list(connection)
    (awards,) = add(connection, mail_list, AWARDS)
    later = NOW + timedelta(hours=1)
    remove_deadline(connection, awards.id, later)
    (gone,) = calendar_dates(connection, [mail_list.id], later)
    assert (gone.id, gone.removed, gone.sequence, gone.changed_at) == (awards.id, True, 1, later)
    assert deadlines_of(connection, mail_list.id, DAY) == []
    assert calendar_dates(connection, [mail_list.id], later + CANCELLED_KEPT - timedelta(seconds=1))
    assert calendar_dates(connection, [mail_list.id], later + CANCELLED_KEPT) == []


def test_a_schools_date_is_for_its_members(connection: Connection) -> None:
    mail_list = a_list(connection, private=True)
    people = {"mere": "Everglade", "jo": "Waiuku", "ana": "", "hana": "EVERGLADE"}
    for name, school in people.items():
        a_member(connection, mail_list, f"{name}@school.example", school=school)
    add_member(
        connection, mail_list, "aroha@x.example", address_key("aroha@x.example"), NOW, granted=[Role.FACILITATOR]
    )
    add(connection, mail_list, AWARDS, CAMP)
    assert schools_of(connection, mail_list.id) == ["EVERGLADE", "Waiuku"]
    assert [each.title for each in coming(connection, mail_list.id, DAY, DAY)] == ["TESSOL awards"]
    assert [each.title for each in coming(connection, mail_list.id, DAY, DAY, "everglade")] == ["TESSOL awards", "Camp"]
    assert len(reminder_readers(connection, mail_list.id, NOW)) == 5
    assert len(reminder_readers(connection, mail_list.id, NOW, "Everglade")) == 2

    def seen(address: str) -> list[str]:
        viewer = Viewer(person_of(connection, address_key(address)), NOW)
        return titles(open_dates(connection, [open_group(connection, viewer, mail_list.address)]))

    assert seen("mere@school.example") == seen("hana@school.example") == ["TESSOL awards", "Camp"]
    assert seen("jo@school.example") == seen("ana@school.example") == ["TESSOL awards"]
    assert seen("aroha@x.example") == ["TESSOL awards", "Camp"]


def test_a_stranger_sees_no_schools_date_in_an_open_group(connection: Connection) -> None:
    mail_list = a_list(connection)
    add(connection, mail_list, AWARDS, CAMP)
    group = open_group(connection, Viewer(None, NOW), mail_list.address)
    assert titles(open_dates(connection, [group])) == ["TESSOL awards"]
    assert open_dates(connection, []) == []


def test_a_networks_date_is_every_groups_once_and_changes_in_all(connection: Connection) -> None:
    english, maths = a_list(connection), a_list(connection, "maths")
    home = maths.network_id
    (camp,) = add_dates(connection, english.id, [CAMP], NOW, distances=(7,), network_id=home)
    a_member(connection, english, "mere@school.example", school="Everglade")
    maths = a_member(connection, maths, "jo@school.example", school="Waiuku")
    assert schools_of(connection, maths.id) == ["Waiuku"]
    assert schools_of(connection, maths.id, home) == ["Everglade", "Waiuku"]
    for mail_list in (english, maths):
        assert titles(deadlines_of(connection, mail_list.id, DAY)) == ["Camp"]
        assert titles(dates_named(connection, mail_list.id, [camp.id])) == ["Camp"]
    assert titles(calendar_dates(connection, [english.id, maths.id], NOW)) == ["Camp"]
    move_deadline(connection, camp.id, date(2026, 12, 1), None, NOW)
    for mail_list in (english, maths):
        (moved,) = deadlines_of(connection, mail_list.id, DAY)
        assert (moved.day, moved.end_day, moved.sequence) == (date(2026, 12, 1), date(2026, 12, 3), 1)
    viewer = Viewer(person_of(connection, address_key("jo@school.example")), NOW)
    assert open_dates(connection, [open_group(connection, viewer, maths.address)]) == []
    remove_deadline(connection, camp.id, NOW)
    assert deadlines_of(connection, maths.id, DAY) == []


def test_a_date_under_way_is_told_until_its_last_day(connection: Connection) -> None:
    mail_list = a_list(connection)
    add(connection, mail_list, replace(CAMP, school=""))
    last = date(2026, 11, 29)
    assert [each.end_day for each in coming(connection, mail_list.id, last, last)] == [last]
    assert coming(connection, mail_list.id, date(2026, 11, 30), date(2026, 12, 9)) == ()


def test_other_distances_count_from_now_on(connection: Connection) -> None:
    mail_list = a_list(connection)
    (awards,) = add(connection, mail_list, AWARDS)
    later = NOW + timedelta(days=1)
    changed = set_distances(connection, awards.id, (3, 1), later)
    assert (changed.distances, changed.created_at, changed.sequence) == ((3, 1), later, 0)
    with pytest.raises(NotFound):
        set_distances(connection, 99, (1,), later)


def test_a_moved_date_keeps_its_length_and_is_reminded_of_anew(connection: Connection) -> None:
    mail_list = a_list(connection)
    hui, camp, proposed = *add(connection, mail_list, HUI, CAMP), *add(connection, mail_list, AWARDS, proposed=True)
    later, day = NOW + timedelta(hours=1), date(2026, 12, 1)
    at = datetime(2026, 12, 1, 2, tzinfo=UTC)
    moved = move_deadline(connection, hui.id, day, at, later)
    assert (moved.id, moved.day, moved.at, moved.ends_at) == (hui.id, day, at, at + timedelta(hours=1))
    assert (moved.sequence, moved.changed_at, moved.created_at) == (1, later, later)
    assert move_deadline(connection, camp.id, day, None, later).end_day == date(2026, 12, 3)
    assert (Reminder(7, later).key, Reminder(7, later, moved.sequence).key) == ("7d", "7d.1")
    with pytest.raises(NotFound):
        move_deadline(connection, proposed.id, day, None, later)
