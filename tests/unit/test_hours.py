"""Single mails in their readers' hours: held till they open, once, to whoever still wants them; on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from listserv.model.case import Ask
from listserv.model.lists import Delivery, DigestPeriod
from listserv.store import outbox, pauses, queue
from listserv.store.hours import HOURS, PutBy, choose_hours, put_by
from listserv.store.people import find_member, remove_member
from listserv.store.takedowns import who_has
from listserv.store.thread_choices import choose
from tests.night import AUTHOR, Night
from tests.store_site import a_member, made

ARO, BEN, CY = "aroha@school.example", "ben@school.example", "cy@school.example"
DAY = timedelta(days=1)


def local(text: str, zone: str = "Pacific/Auckland") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


EVENING, MORNING = local("2026-11-16 21:00"), local("2026-11-17 07:00")


@pytest.fixture
def night(database_url: str) -> Iterator[Night]:
    with made(database_url) as database:
        site = Night(database)
        site.add(ARO, "07:00-19:00")
        site.add(BEN)
        yield site
        site.end()


def test_what_is_written_at_night_comes_in_the_morning_and_to_others_at_once(night: Night) -> None:
    night.post("late", EVENING)
    night.work()
    assert night.got(BEN) == [("late", EVENING)]
    assert night.got(AUTHOR) == [("late", EVENING)]
    assert night.got(ARO) == []
    assert [(row.kind, row.left, row.due_at) for row in night.waiting()] == [(HOURS, 1, MORNING)]
    night.go_to(MORNING + DAY)
    assert night.got(ARO) == [("late", MORNING)]
    assert len(night.ledger) == 3
    assert night.waiting() == []


def test_in_her_hours_a_copy_comes_at_once_as_everybodys(night: Night) -> None:
    noon = local("2026-11-17 12:00")
    night.post("noon", noon)
    assert [row.kind for row in night.waiting()] == ["own", "post"]
    night.work()
    assert night.got(ARO) == [("noon", noon)]


def test_readers_of_one_zone_and_hours_wait_in_one_row_and_each_zone_has_its_morning(night: Night) -> None:
    night.add(CY, "07:00-19:00")
    night.add("dee@school.example", "07:00-19:00", "Australia/Perth")
    night.add("eve@school.example", "06:30-20:00")
    night.post("late", EVENING)
    night.work()
    perth = local("2026-11-17 07:00", "Australia/Perth")
    # 21:00 in Auckland is 16:00 in Perth, so that one is open.
    assert [(row.left, row.due_at) for row in night.waiting()] == [(1, MORNING - timedelta(minutes=30)), (2, MORNING)]
    night.post("night", local("2026-11-17 02:00"))
    night.work()
    assert (1, perth) in [(row.left, row.due_at) for row in night.waiting()]
    night.go_to(perth)
    assert [each[0] for each in night.got("dee@school.example")] == ["late", "night"]
    assert len(night.ledger) == len(set(night.ledger)) == 12


def test_neutral_copies_wait_as_well(database_url: str) -> None:
    with made(database_url) as database:
        night = Night(database, recipients_per_message=50)
        for number in range(6):
            night.add(f"s{number}@school.example", "07:00-19:00" if number % 2 else "")
        night.post("late", EVENING)
        night.work()
        assert sorted(to for to, _, _ in night.ledger) == [
            AUTHOR,
            *(f"s{number}@school.example" for number in (0, 2, 4)),
        ]
        night.go_to(MORNING)
        assert {night.got(f"s{number}@school.example")[0] for number in (1, 3, 5)} == {("late", MORNING)}
        assert len(night.ledger) == 7
        night.end()


@pytest.mark.parametrize("how", ["leaves", "digest", "pauses", "guest", "mutes"])
def test_who_no_longer_wants_it_before_morning_gets_none(night: Night, how: str) -> None:
    night.post("first", EVENING - DAY / 2)
    night.work()
    post_id = night.post("late", EVENING, In_Reply_To="<first@school.example>")
    night.work()
    with night.database.begin() as connection:
        mail_list, person = night.group(connection), night.person(ARO)
        place = find_member(connection, mail_list, person, night.now)
        assert place is not None
        if how == "leaves":
            remove_member(connection, mail_list, place, night.now)
        elif how == "digest":
            pauses.choose(connection, place.id, night.now, delivery=Delivery.NONE, digest=DigestPeriod.WEEKLY)
        elif how == "pauses":
            pauses.pause(connection, place.id, night.now + 9 * DAY, night.now)
            paused = pauses.pause_of(connection, place.id)
            assert paused is not None
            assert paused.missed_from == EVENING, "the mail after the pause tells what waited"
        elif how == "guest":
            a_member(connection, mail_list, ARO, until=MORNING - timedelta(minutes=1))
        else:
            thread = connection.exec_driver_sql(f"SELECT thread_id FROM post WHERE id = {post_id}").scalar_one()
            choose(connection, thread, person, Ask.MUTE, night.now)
    night.go_to(MORNING + DAY)
    assert [name for name, _ in night.got(ARO)] == ["first"]
    assert night.waiting() == []
    with night.database.read() as connection:
        has = who_has(connection, post_id)
    assert (place.id in has) == (how == "leaves")  # as in any chunk: who has left is settled with her neighbours


def test_a_follower_of_the_conversation_has_it_in_her_hours_too(night: Night) -> None:
    night.add(CY, "07:00-19:00", delivery="none")
    first = night.post("first", EVENING - DAY / 2)
    with night.database.begin() as connection:
        thread = connection.exec_driver_sql(f"SELECT thread_id FROM post WHERE id = {first}").scalar_one()
        choose(connection, thread, night.person(CY), Ask.FOLLOW, night.now)
    night.post("late", EVENING, In_Reply_To="<first@school.example>")
    night.go_to(MORNING)
    assert night.got(CY) == [("late", MORNING)]


def test_a_post_taken_down_at_night_reaches_nobody_in_the_morning(night: Night) -> None:
    post_id = night.post("late", EVENING)
    night.work()
    with night.database.read() as connection:
        assert len(who_has(connection, post_id)) == 1, "Ben; the author is not counted, Aroha's copy waits"
    night.take_down(post_id)
    night.go_to(MORNING + DAY)
    assert night.got(ARO) == []
    assert night.waiting() == []


def test_whoever_asks_for_each_post_at_once_has_what_waited_and_others_sleep_on(night: Night) -> None:
    night.add(CY, "07:00-19:00")
    night.post("late", EVENING)
    night.work()
    night.now = EVENING + timedelta(hours=1)
    with night.database.begin() as connection:
        choose_hours(connection, night.person(ARO), "", night.now)
    night.work()
    assert night.got(ARO) == [("late", night.now)]
    assert night.got(CY) == []
    night.go_to(MORNING)
    assert night.got(CY) == [("late", MORNING)]
    assert len(night.ledger) == 4


def test_an_order_to_send_all_now_wakes_nobody(night: Night) -> None:
    night.post("late", EVENING)
    night.work()
    with night.database.begin() as connection:
        queue.retry_now(connection, None, night.now)
    night.work()
    assert night.got(ARO) == []
    night.go_to(MORNING)
    assert night.got(ARO) == [("late", MORNING)]


def test_a_relay_that_comes_back_at_night_is_too_late_for_her(night: Night) -> None:
    night.down = True
    night.post("afternoon", local("2026-11-16 18:00"))
    night.work()
    night.busy, night.down = {ARO}, False
    night.go_to(local("2026-11-16 18:59"))
    night.busy.clear()
    night.go_to(MORNING)
    assert night.got(BEN) != []
    assert night.got(ARO) == [("afternoon", MORNING)]
    assert len(night.ledger) == 3


def test_a_claim_that_was_lost_puts_nothing_by(database_url: str) -> None:
    with made(database_url) as database:
        night = Night(database)
        night.add(ARO, "07:00-19:00")
        post_id = night.post("late", EVENING)
        with database.begin() as connection:
            claims = [outbox.claim(connection, "a", EVENING), outbox.claim(connection, "a", EVENING)]
            held = next(each for each in claims if each is not None and each.kind == "post")
        night.take_down(post_id)
        with database.begin() as connection:
            assert put_by(connection, held, PutBy({MORNING: list(held.recipients)}, []), EVENING) is None
        assert night.waiting() == []
        night.end()


def test_nobodys_hours_cost_nothing(database_url: str) -> None:
    """What is asked of the database for a chunk is the same before anybody chose hours and after she gave them up."""

    def asked(night: Night, name: str) -> list[str]:
        seen: list[str] = []

        def note(*given: Any) -> None:
            seen.append(given[2])

        night.post(name, EVENING)
        event.listen(Engine, "before_cursor_execute", note)
        night.work()
        event.remove(Engine, "before_cursor_execute", note)
        return seen

    with made(database_url) as database:
        night = Night(database)
        night.add(BEN)
        plain = asked(night, "first")
        assert not [text for text in plain if "thread_choice" in text]
        night.add(BEN, "07:00-19:00")
        assert len(asked(night, "second")) > len(plain)
        night.add(BEN)
        night.work()
        assert asked(night, "third") == plain
        night.end()
