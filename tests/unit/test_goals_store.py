"""What counts towards a goal and for whom it is meant, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from listserv.errors import NotFound, Refused
from listserv.inbound.judging import judge
from listserv.inbound.moderating import approve
from listserv.inbound.week.prompting import post_prompt
from listserv.mail.address import address_key
from listserv.mail.parse import parse
from listserv.model.goals import Goal
from listserv.model.lists import MailList, Role
from listserv.store.addresses import addresses_of
from listserv.store.engine import Connection, Database
from listserv.store.goals import add_goal, goal_days, goals_of, open_goals, remove_goal
from listserv.store.lists import get_list
from listserv.store.participation import note_reminder, reminders_of, standings
from listserv.store.people import find_member, person_of, remove_member
from listserv.store.prompts import add_prompt, due_prompts, get_prompt, prompt_of_week, remove_prompt, set_post
from listserv.store.refusing import REMINDERS, allow, refuse, refusing
from tests.store_site import DOMAIN, NOW, a_list, a_member, a_post, arrived, judged, made

HOUR = timedelta(hours=1)
MERE, SIONE = "mere@school.example", "sione@school.example"


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    database: Database
    with made(database_url) as database, database.begin() as opened:
        yield opened


def a_group(connection: Connection, **settings: str) -> MailList:
    mail_list = a_list(connection, **settings)
    for address in (MERE, SIONE):
        mail_list = a_member(connection, mail_list, address, name=address.partition("@")[0].title())
    return mail_list


def counted(connection: Connection, goal: Goal) -> dict[str, int]:
    return {each.place.name: each.posts for each in standings(connection, goal, NOW + 9 * HOUR)}


def two_posts(connection: Connection, mail_list: MailList, **options: int) -> Goal:
    return add_goal(connection, mail_list.id, "Two posts", 2, NOW, day=date(2026, 11, 27), **options)


def test_own_words_count_once_and_nothing_else(connection: Connection) -> None:
    group = a_group(connection)
    goal = two_posts(connection, group)
    judged(connection, group, a_post(body="I tried running records on a tablet."), NOW + HOUR)
    assert counted(connection, goal) == {"Mere": 1, "Sione": 0}
    same = a_post(body="I tried running  records on a Tablet.", subject="Again", Message_ID="<again@phone.example>")
    judged(connection, group, same, NOW + 2 * HOUR)
    judged(connection, group, a_post(body="Thanks Sione!", Message_ID="<thanks@school.example>"), NOW + 2 * HOUR)
    quoted = "On Mon, 16 Nov 2026 at 21:04, Ben <ben@school.example> wrote:\n> What do you want to try?"
    judged(connection, group, a_post(body=quoted, Message_ID="<quoted@school.example>"), NOW + 2 * HOUR)
    assert counted(connection, goal) == {"Mere": 1, "Sione": 0}
    judged(connection, group, a_post(body="Two groups are better than one."), NOW + 3 * HOUR)
    judged(connection, group, a_post(body="And a third thing."), NOW + 4 * HOUR)
    assert counted(connection, goal) == {"Mere": 2, "Sione": 0}


def test_a_second_address_is_the_same_person(connection: Connection) -> None:
    group = a_group(connection)
    goal = two_posts(connection, group)
    person = person_of(connection, MERE)
    assert person is not None
    connection.exec_driver_sql(
        "INSERT INTO address (person_id, address, key, created_at) "
        f"VALUES ({person}, 'mere@home.example', '{address_key('mere@home.example')}', 0)"
    )
    assert len(addresses_of(connection, person)) == 2
    judged(connection, group, a_post(body="From school."), NOW + HOUR)
    judged(connection, group, a_post("mere@home.example", body="From home."), NOW + HOUR)
    assert counted(connection, goal) == {"Mere": 2, "Sione": 0}


def test_who_waits_for_a_moderator_has_done_her_part_and_counts_when_approved(connection: Connection) -> None:
    group = a_group(connection, style="moderated")
    goal = two_posts(connection, group)
    held = judged(connection, group, a_post(body="Please read this first."), NOW + HOUR)
    mere, sione = standings(connection, goal, NOW + HOUR)
    assert (mere.waits, mere.posts, sione.waits) == (True, 0, False)
    assert held.held_id is not None
    approve(connection, held.held_id, NOW + 3 * HOUR)
    mere, _ = standings(connection, goal, NOW + 4 * HOUR)
    assert (mere.waits, mere.posts) == (False, 1)


def test_it_is_meant_for_members_alone_who_count_from_when_they_came(connection: Connection) -> None:
    group = a_group(connection)
    goal = add_goal(connection, group.id, "First two", 2, NOW - 9 * HOUR, within_days=10)
    group = a_member(connection, group, "guest@far.example", name="Guest", granted=[Role.GUEST])
    group = a_member(connection, group, "fay@school.example", name="Fay", granted=[Role.FACILITATOR])
    group = a_member(connection, group, "gone@far.example", name="Gone", until=NOW)
    assert list(counted(connection, goal)) == ["Mere", "Sione"]
    person = person_of(connection, SIONE)
    member = find_member(connection, group, person or 0, NOW)
    assert member is not None
    remove_member(connection, group, member, NOW + HOUR)
    assert list(counted(connection, goal)) == ["Mere"]
    a_member(connection, group, SIONE)
    back = standings(connection, goal, NOW, [person or 0])[0]
    assert back.place.since == NOW


def test_with_a_prompt_only_its_conversation_counts(connection: Connection) -> None:
    group = a_group(connection)
    prompt = add_prompt(connection, group.id, "What will you try?", "What will you try?", NOW + HOUR, NOW)
    goal = two_posts(connection, group, prompt_id=prompt.id)
    assert goal.begins_at == NOW + HOUR
    assert open_goals(connection, NOW + HOUR) == []
    octets = a_post(f"english@{DOMAIN}", "What will you try?", "What will you try?", Message_ID="<p@lists.example.nz>")
    set_post(connection, prompt.id, post_prompt(connection, group, octets, NOW + HOUR)[0])
    assert open_goals(connection, NOW + HOUR) == [goal]
    judged(connection, group, a_post(body="Something else.", subject="Other"), NOW + 2 * HOUR)
    assert counted(connection, goal)["Mere"] == 0
    answer = a_post(body="Reading.", subject="Re: What will you try?", In_Reply_To="<p@lists.example.nz>")
    judge(connection, group, arrived(answer, MERE, NOW + 3 * HOUR), session=True, message_octets=10_000_000)
    assert counted(connection, goal)["Mere"] == 1
    found = prompt_of_week(connection, group.id, NOW, NOW + 2 * HOUR)
    assert found is not None and found.title == "What will you try?" and found.public_id
    with pytest.raises(Refused, match="is a post like any other"):
        remove_prompt(connection, prompt.id, NOW)


def test_a_prompt_that_a_goal_is_about_stays(connection: Connection) -> None:
    group = a_group(connection)
    prompt = add_prompt(connection, group.id, "Why?", "Why?", NOW + HOUR, NOW)
    goal = two_posts(connection, group, prompt_id=prompt.id)
    assert [each.id for each in due_prompts(connection, NOW + HOUR)] == [prompt.id]
    assert due_prompts(connection, NOW) == [] == due_prompts(connection, NOW + timedelta(days=36))
    with pytest.raises(Refused, match="remove it first"):
        remove_prompt(connection, prompt.id, NOW)
    days = goal_days(connection, group.id, date(2026, 11, 20), date(2026, 11, 27))
    assert [(each.title, each.day) for each in days] == [("Two posts", date(2026, 11, 27))]
    assert goal_days(connection, group.id, date(2026, 11, 20), date(2026, 11, 26)) == ()
    remove_goal(connection, goal.id, NOW)
    assert goal_days(connection, group.id, date(2026, 11, 20), date(2026, 11, 27)) == ()
    assert goals_of(connection, group.id) == []
    remove_prompt(connection, prompt.id, NOW)
    with pytest.raises(NotFound):
        get_prompt(connection, prompt.id)


def test_reminders_and_refusals_are_kept(connection: Connection) -> None:
    group = a_group(connection)
    goal = two_posts(connection, group)
    mere, sione = person_of(connection, MERE) or 0, person_of(connection, SIONE) or 0
    note_reminder(connection, goal.id, mere, NOW)
    note_reminder(connection, goal.id, mere, NOW + HOUR)
    assert [each.reminded for each in standings(connection, goal, NOW)] == [(NOW, NOW + HOUR), ()]
    assert reminders_of(connection, [mere, sione]) == {}
    refuse(connection, sione, REMINDERS, NOW)
    refuse(connection, sione, REMINDERS, NOW)
    other = a_list(connection, "arts")
    assert refusing(connection, REMINDERS, other.id) == {sione} == refusing(connection, REMINDERS, group.id)
    assert [each.place.refuses for each in standings(connection, goal, NOW)] == [False, True]
    allow(connection, sione, REMINDERS)
    assert refusing(connection, REMINDERS, get_list(connection, group.address).id) == set()


def test_a_post_that_was_taken_down_or_imported_does_not_count(connection: Connection) -> None:
    group = a_group(connection)
    goal = two_posts(connection, group)
    done = judged(connection, group, a_post(body="A child's name."), NOW + HOUR)
    connection.exec_driver_sql(f"UPDATE post SET taken_down_at = 1 WHERE id = {done.post_id}")
    assert counted(connection, goal)["Mere"] == 0
    assert parse(a_post()).author is not None
