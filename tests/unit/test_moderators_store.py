"""Who moderates, who is on duty, what waits, what was decided, what is forgotten: on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from listserv.config import Settings
from listserv.errors import Refused
from listserv.inbound import moderating
from listserv.inbound.desk import Desk
from listserv.inbound.functions import Letter, follow_up
from listserv.inbound.moderators import asking, telling
from listserv.inbound.newsletters import release_due
from listserv.inbound.posting import Arrival
from listserv.mail.token import sign_reply
from listserv.model.case import Reason
from listserv.model.lists import MailList, Role
from listserv.resources import environment
from listserv.store import archive, forgetting, moderation
from listserv.store.engine import Connection
from listserv.store.lists import archive_list, list_by_id
from listserv.store.migrate import signing_key
from listserv.store.moderators import Moderator, editor, moderators
from listserv.store.people import person_of, set_roles
from listserv.store.queue import in_queue
from listserv.store.schema import posts
from listserv.store.waiting import all_that_wait, decisions_by_people, last_decision
from tests.store_site import NOW, a_list, a_member, a_post, arrived, judged, made

RAHERA, HANA, MERE = "rahera@school.example", "hana@school.example", "mere@school.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate({"site": {"domain": "lists.example.nz", "postmaster": "admin@school.example"}})


def desk(connection: Connection, settings: Settings, at: timedelta = timedelta(0)) -> Desk:
    return Desk(connection, settings, environment(), b"k" * 32, NOW + at)


def group(connection: Connection, *moderating_people: str, **chosen: Any) -> MailList:
    mail_list = a_list(connection, style="moderated", **chosen)
    for address in moderating_people:
        mail_list = a_member(connection, mail_list, address, granted=[Role.MODERATOR])
    return a_member(connection, mail_list, MERE, name="Mere")


def hold(connection: Connection, settings: Settings, mail_list: MailList, octets: bytes) -> int:
    found = judged(connection, mail_list, octets)
    follow_up(desk(connection, settings), Letter(mail_list, arrived(octets)), found)
    assert found.held_id is not None
    return found.held_id


def queued(connection: Connection) -> list[str]:
    return sorted(item.to_address or "" for item in in_queue(connection, NOW))


def test_facilitators_stand_in_only_where_nobody_moderates(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), HANA, granted=[Role.FACILITATOR])
        assert [person.address for person in moderators(connection, mail_list, NOW)] == [HANA]
        mail_list = a_member(connection, mail_list, RAHERA, granted=[Role.OWNER])
        assert [person.address for person in moderators(connection, mail_list, NOW)] == [RAHERA]
        hana = person_of(connection, HANA) or 0
        found = editor(connection, mail_list, hana, NOW)
        assert found is not None and found.roles == {Role.FACILITATOR}
        set_roles(connection, mail_list, hana, ())
        assert editor(connection, mail_list, hana, NOW) is None


def test_a_guests_role_ends_with_her_time(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), HANA, granted=[Role.MODERATOR], until=NOW + DAY)
        assert len(moderators(connection, mail_list, NOW)) == 1
        assert moderators(connection, mail_list, NOW + DAY) == []


def test_nobody_at_all_is_the_postmaster(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        hold(connection, settings, group(connection), a_post())
        assert queued(connection) == ["admin@school.example", MERE]


def test_duty_goes_round_by_the_week_and_passes_over_who_is_away() -> None:
    people = [
        Moderator(number, "", f"{number}@x.example", "", frozenset({Role.MODERATOR if number < 4 else Role.OWNER}))
        for number in range(1, 6)
    ]
    weeks = [asking.on_duty(people, NOW + week * 7 * DAY)[0].person_id for week in range(6)]
    assert weeks == weeks[:3] * 2
    assert set(weeks) == {1, 2, 3}
    week = [asking.on_duty(people, NOW + day * DAY)[0] for day in range(7)]  # NOW is a Monday
    assert len(set(week)) == 1
    away = [Moderator(1, "", "1@x.example", "", frozenset({Role.MODERATOR}), away=True), people[4]]
    assert asking.on_duty(away, NOW) == [people[4]]
    assert asking.on_duty(away[:1], NOW) == away[:1]


def test_the_clock_asks_nudges_and_expires_once(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = group(connection, RAHERA, HANA, hold_days=3)
        hold(connection, settings, mail_list, a_post())
        assert len(queued(connection)) == 2  # one moderator, its author
        done = [
            (telling.ask_in_time(desk(connection, settings, at)), telling.nudge(desk(connection, settings, at)))
            for at in (3 * HOUR, 4 * HOUR, 5 * HOUR, DAY, DAY + HOUR, 2 * DAY)
        ]
        assert done == [(0, 0), (1, 0), (0, 0), (0, 2), (0, 0), (0, 0)]
        assert telling.expire(desk(connection, settings, 2 * DAY)) == 0
        assert telling.expire(desk(connection, settings, 3 * DAY)) == 1
        assert all_that_wait(connection) == []


def test_a_closed_group_sends_nothing_that_waited_and_its_author_is_told(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = group(connection, RAHERA, HANA)
        hold(connection, settings, mail_list, a_post())
        (held,) = moderation.waiting(connection)
        moderation.schedule_release(connection, held.id, NOW + DAY)
        archive_list(connection, mail_list, NOW)
        assert release_due(desk(connection, settings, 2 * DAY)) == 0
        with pytest.raises(Refused, match="closed"):
            moderating.approve(connection, held.id, NOW)
        before = len(queued(connection))
        assert telling.expire(desk(connection, settings, HOUR)) == 1
        assert all_that_wait(connection) == []
        assert len(queued(connection)) == before + 1
        assert connection.execute(select(func.count()).select_from(posts)).scalar_one() == 0


@pytest.mark.parametrize("reason", [Reason.UNKNOWN_ADDRESS, Reason.WHICH_THREAD])
def test_what_its_author_is_asked_first_goes_to_moderators_a_day_later(
    database_url: str, settings: Settings, reason: Reason
) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = group(connection, RAHERA)
        found = judged(connection, mail_list, a_post())
        held = moderation.waiting(connection)[0]
        moderation.hold(connection, mail_list.id, held.message_id, held.return_path, held.recipient, reason, NOW)
        telling.tell_moderators(desk(connection, settings), Letter(mail_list, arrived(a_post())), found)
        assert telling.ask_in_time(desk(connection, settings, DAY - HOUR)) == 0
        assert telling.nudge(desk(connection, settings, DAY - HOUR)) == 0
        assert telling.ask_in_time(desk(connection, settings, DAY)) == 1
        assert queued(connection) == [RAHERA]


def test_who_decided_what_is_known_by_every_way(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        held_id = hold(connection, settings, group(connection, RAHERA), a_post())
        moderating.discard(connection, held_id, NOW, actor=RAHERA)
        held = moderation.held_by_id(connection, held_id)
        assert held is not None
        decision = last_decision(connection, held)
        assert decision is not None
        assert (decision.verdict, decision.actor) == ("discard", RAHERA)
        assert [each.actor for each in decisions_by_people(connection, NOW - HOUR)] == [RAHERA]
        assert decisions_by_people(connection, NOW) == []


def test_each_moderator_reads_of_the_others_in_the_morning(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = group(connection, RAHERA, HANA)
        moderating.discard(connection, hold(connection, settings, mail_list, a_post()), NOW, actor=RAHERA)
        assert telling.tell_day(desk(connection, settings, HOUR)) == 0  # 22:00 in Auckland
        assert telling.tell_day(desk(connection, settings, 10 * HOUR)) == 1
        assert telling.tell_day(desk(connection, settings, 11 * HOUR)) == 0


def test_a_reply_by_a_threads_address_is_approved_into_that_thread(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = group(connection, RAHERA)
        first = moderating.approve(connection, hold(connection, settings, mail_list, a_post()), NOW)
        thread_id = thread_of(connection, first.post_id)
        local = f"english+{sign_reply(signing_key(connection), 'english', thread_id)}"
        assert moderating.thread_named(connection, mail_list, f"{local}@lists.example.nz") == thread_id
        arrival = arrived(a_post(subject="Re: Running records", body="Yes"))
        arrival = Arrival(arrival.message, MERE, f"{local}@lists.example.nz", NOW, NOW)
        message_id = archive.put_message(connection, arrival.as_new())
        held_id = moderation.hold(connection, mail_list.id, message_id, MERE, arrival.recipient, Reason.MODERATED, NOW)
        second = moderating.approve(connection, held_id, NOW)
        assert thread_of(connection, second.post_id) == thread_id


def thread_of(connection: Connection, post_id: int) -> int:
    return archive.read_post(connection, post_id).thread_id


def test_a_message_another_list_holds_is_forgotten_here_alone(database_url: str, settings: Settings) -> None:
    with made(database_url) as database, database.begin() as connection:
        here, there = group(connection, RAHERA), group(connection, RAHERA, name="esol")
        held_id = hold(connection, settings, here, a_post())
        hold(connection, settings, there, a_post())
        held = moderation.held_by_id(connection, held_id)
        assert held is not None
        forgetting.forget_message(connection, here.id, held.message_id)
        assert moderation.held_by_id(connection, held_id) is None
        (left,) = moderation.waiting(connection)
        assert left.list_id == there.id and left.octets == a_post()
        forgetting.forget_message(connection, there.id, held.message_id)
        assert moderation.waiting(connection) == []
        assert list_by_id(connection, here.id).name == "english"
        assert hold(connection, settings, here, a_post()) > left.id, "who decides about that number means the other"
