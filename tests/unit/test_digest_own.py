"""Updates at people's own hours: one each, at her day, hour and zone, of one group or of all together, never twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import select

from listserv.digest.editions import compose_editions, composed
from listserv.digest.items import Edition
from listserv.digest.tick import tick
from listserv.inbound.digest_answers import placed
from listserv.inbound.judging import judge
from listserv.inbound.posting import Arrival
from listserv.mail.parse import parse
from listserv.model.lists import Delivery, DigestPeriod, MailList, QuietDigest
from listserv.store import pauses, personal
from listserv.store.deadlines import NewDate, add_dates
from listserv.store.engine import Database
from listserv.store.lists import all_lists, archive_list
from listserv.store.merging import merge_persons
from listserv.store.people import find_member, person_of, remove_member
from listserv.store.schedule import Outcome
from listserv.store.schema import persons, subscriptions
from listserv.store.sent_digests import threads_told
from listserv.store.takedowns import digests_between
from listserv.store.writer import Writer
from tests.clockwork import Mail, join, new_list, outbox, utc, workshop
from tests.store_site import a_post, new_database

START = utc("2026-10-19T09:00")
FRIDAY = utc("2026-10-23T16:00")
TUESDAY = utc("2026-10-27T07:00")


@dataclass
class Site:
    """A database whose clock moves by hand."""

    database: Database
    writer: Writer

    def group(self, name: str, *who: str, **settings: object) -> MailList:
        made = new_list(self.database, name, START, **settings)
        for each in who:
            join(self.database, made, each, START, DigestPeriod.WEEKLY, Delivery.NONE)
        return made

    def person(self, who: str) -> int:
        with self.database.read() as connection:
            statement = (
                select(subscriptions.c.person_id)
                .join(persons, persons.c.id == subscriptions.c.person_id)
                .order_by(subscriptions.c.id)
            )
            found = connection.execute(statement).scalars().all()
        return int(found[["mere", "wiremu"].index(who)])

    def post(self, mail_list: MailList, subject: str, at: datetime) -> None:
        octets = a_post("Mere <mere@school.example.nz>", subject, f"About {subject}", Message_ID=f"<{subject}@x>")
        arrival = Arrival(parse(octets), "mere@school.example.nz", mail_list.address, at, at)
        with self.database.begin() as connection:
            assert judge(connection, mail_list, arrival, session=True, message_octets=10_000_000).post_id is not None

    def tick(self, at: datetime) -> list[str]:
        """The kinds of what was sent."""
        done = tick(self.database, self.writer, workshop(compose_editions), at)
        return [each.kind for each in done if each.outcome is Outcome.SENT]

    def mails(self) -> list[Mail]:
        return outbox(self.database)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    database = new_database(database_url)
    writer = Writer(database)
    yield Site(database, writer)
    writer.close()
    database.close()


def text_of(mail: Mail) -> str:
    message = message_from_bytes(mail.octets, policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    return f"{message['Subject']}\n{part.get_content()}"


def choose(
    site: Site, who: str, day: str = "tuesday", hour: str = "07:00", together: bool = False, at: datetime = START
) -> None:
    with site.database.begin() as connection:
        personal.choose_hour(connection, site.person(who), day, hour, at)
        personal.choose_together(connection, site.person(who), together, at)


def test_her_own_hour_and_not_the_groups(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    choose(site, "mere")
    site.post(english, "Early", START + timedelta(hours=1))
    assert site.tick(utc("2026-10-20T07:01")) == ["own-weekly-digest"]
    assert site.tick(FRIDAY) == ["weekly-digest"]
    site.post(english, "Late", FRIDAY + timedelta(hours=1))
    assert site.tick(TUESDAY - timedelta(minutes=1)) == []
    assert site.tick(TUESDAY) == ["own-weekly-digest"]
    assert site.tick(TUESDAY + timedelta(minutes=1)) == []
    first, common, second = site.mails()
    assert "Early" in text_of(first) and "Early" in text_of(common)
    assert "Late" in text_of(second) and "Early" not in text_of(second)
    assert len(common.recipients) == 1 and first.recipients == second.recipients != common.recipients


def test_an_hour_that_is_over_this_week_brings_no_mail_at_once_and_loses_nothing(site: Site) -> None:
    english = site.group("english", "mere")
    site.post(english, "Early", START + timedelta(hours=1))
    choose(site, "mere", at=utc("2026-10-22T11:00"))
    assert site.tick(utc("2026-10-22T12:00")) == []
    site.post(english, "Later", utc("2026-10-22T13:00"))
    assert site.tick(TUESDAY) == ["own-weekly-digest"]
    assert "Early" in text_of(site.mails()[0]) and "Later" in text_of(site.mails()[0])


def test_back_to_the_group_nothing_is_told_twice_or_never(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    choose(site, "mere")
    site.post(english, "One", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    site.post(english, "Two", utc("2026-10-22T12:00"))
    site.tick(FRIDAY)
    choose(site, "mere", "", "", at=utc("2026-10-24T12:00"))
    site.post(english, "Three", utc("2026-10-28T12:00"))
    assert site.tick(utc("2026-10-30T16:00")) == ["weekly-digest"]
    site.post(english, "Four", utc("2026-11-03T12:00"))
    assert site.tick(utc("2026-11-06T16:00")) == ["weekly-digest"]
    assert len(site.mails()[-1].recipients) == 2 and "Three" not in text_of(site.mails()[-1])
    hers = next(text_of(mail) for mail in site.mails()[2:4] if mail.recipients == site.mails()[0].recipients)
    others = next(text_of(mail) for mail in site.mails()[2:] if mail.recipients == site.mails()[1].recipients)
    assert "Two" in hers and "Three" in hers and "One" not in hers
    assert "Two" not in others and "Three" in others


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=1)])
def test_back_to_the_group_just_before_its_update_leaves_nothing_is_told_twice(site: Site, late: timedelta) -> None:
    """What is sent covers the time up to a minute before its hour, however late it leaves: she may come back after."""
    english = site.group("english", "mere", "wiremu")
    choose(site, "mere")
    site.tick(utc("2026-10-20T07:00"))
    site.post(english, "Between", utc("2026-10-21T09:00"))
    back = FRIDAY + late - timedelta(seconds=30)
    choose(site, "mere", "", "", at=back)
    assert site.tick(FRIDAY + late) == ["weekly-digest"]
    site.post(english, "Later", FRIDAY + timedelta(days=1))
    assert site.tick(FRIDAY + timedelta(days=7)) == ["weekly-digest"]
    hers = [text_of(mail) for mail in site.mails() if 1 in mail.recipients]
    assert [sum(subject in text for text in hers) for subject in ("Between", "Later")] == [1, 1]


def test_back_to_a_group_in_which_nothing_is_said_any_more_she_is_told_the_rest(site: Site) -> None:
    english = site.group("english", "mere", "wiremu", quiet_digest=QuietDigest.SKIP)
    choose(site, "mere")
    site.tick(utc("2026-10-20T07:00"))
    site.post(english, "Between", utc("2026-10-21T09:00"))
    assert site.tick(FRIDAY) == ["weekly-digest"]
    choose(site, "mere", "", "", at=FRIDAY + timedelta(days=1))
    assert site.tick(FRIDAY + timedelta(days=7)) == ["weekly-digest"]
    assert site.tick(FRIDAY + timedelta(days=14)) == []
    others, hers = site.mails()
    assert others.recipients != hers.recipients and len(hers.recipients) == 1
    assert "Between" in text_of(hers)


def test_from_the_group_to_her_own_hour_nothing_is_told_twice_or_never(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    site.post(english, "One", START + timedelta(hours=1))
    site.tick(FRIDAY)
    site.post(english, "Two", FRIDAY + timedelta(hours=2))
    choose(site, "mere", at=utc("2026-10-28T12:00"))
    site.tick(utc("2026-10-30T16:00"))
    site.post(english, "Three", utc("2026-10-31T12:00"))
    choose(site, "mere", together=True, at=utc("2026-11-01T12:00"))
    assert site.tick(utc("2026-11-03T07:00")) == ["together-weekly-digest"]
    said = text_of(site.mails()[-1])
    assert "One" not in said and "Two" in said and "Three" in said


def test_one_mail_tells_of_all_her_groups(site: Site) -> None:
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    site.group("arts", "mere")
    choose(site, "mere", together=True)
    site.post(english, "Records", START + timedelta(hours=1))
    site.post(esol, "Arrivals", START + timedelta(hours=2))
    assert site.tick(utc("2026-10-20T07:00")) == ["together-weekly-digest"]
    (mail,) = site.mails()
    said = text_of(mail)
    assert said.startswith("Your groups · Term 4, Week 2\n")
    assert "ENGLISH" in said and "Records" in said and "ESOL" in said and "Arrivals" in said
    assert "Nothing new in Arts." in said
    assert said.count("leave@") == 3


def test_a_date_of_the_whole_network_is_told_once(site: Site) -> None:
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    choose(site, "mere", together=True)
    with site.database.begin() as connection:
        camp = NewDate("Cluster camp", date(2026, 10, 22), event=True)
        add_dates(connection, esol.id, [camp], START, distances=(), network_id=esol.network_id)
    site.post(english, "Records", START + timedelta(hours=1))
    site.post(esol, "Arrivals", START + timedelta(hours=2))
    site.tick(utc("2026-10-20T07:00"))
    (mail,) = site.mails()
    assert text_of(mail).count("Cluster camp") == 1


def test_a_zone_of_her_own(site: Site) -> None:
    english = site.group("english", "mere")
    choose(site, "mere")
    with site.database.begin() as connection:
        connection.execute(persons.update().values(time_zone="Australia/Perth"))
    site.post(english, "Early", START + timedelta(hours=1))
    assert site.tick(utc("2026-10-20T07:01")) == []
    assert site.tick(utc("2026-10-20T12:01")) == ["own-weekly-digest"]


def test_old_forms(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    with site.database.begin() as connection:
        personal.choose_form(connection, site.person("mere"), "plain")
        personal.choose_form(connection, site.person("wiremu"), "mime")
    site.post(english, "Early", START + timedelta(hours=1))
    assert site.tick(FRIDAY) == ["weekly-digest"]
    plain, mime = (message_from_bytes(mail.octets, policy=policy.default) for mail in site.mails())
    assert plain.get_content_type() == "text/plain"
    assert [part.get_content_type() for part in mime.iter_parts()] == ["text/plain", "multipart/digest"]


def test_other_groups_are_told_of_to_those_who_may_see_them(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    leaders, arts = site.group("leaders", "mere", private=True), site.group("arts")
    for group in all_lists_of(site):
        site.post(group, f"In {group.name}", START + timedelta(hours=1)) if group.id != arts.id else None
    assert site.tick(FRIDAY).count("weekly-digest") == 2
    said = {tuple(mail.recipients): text_of(mail) for mail in site.mails() if mail.list_id == english.id}
    assert len(said) == 2
    assert sorted("In leaders" in text for text in said.values()) == [False, True]
    assert leaders.settings.private


def all_lists_of(site: Site) -> list[MailList]:
    with site.database.read() as connection:
        return all_lists(connection)


def test_an_answer_to_her_own_update_finds_what_hers_told(site: Site) -> None:
    english = site.group("english", "mere", "wiremu")
    choose(site, "mere")
    site.post(english, "Early", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    site.post(english, "Later", utc("2026-10-21T12:00"))
    site.tick(FRIDAY)
    hers = message_from_bytes(site.mails()[0].octets, policy=policy.default)
    answer = a_post("Mere <mere@school.example.nz>", "Re: x", "We do.", In_Reply_To=str(hers["Message-ID"]))
    with site.database.begin() as connection:
        arrival = Arrival(parse(answer), "mere@school.example.nz", english.address, FRIDAY, FRIDAY)
        found, is_unclear = placed(connection, english, arrival)
        (thread,) = threads_told(connection, english.id, START, utc("2026-10-20T07:00"))
    assert not is_unclear and found.thread_id == thread.id


def test_after_a_pause_her_own_update_tells_what_she_missed_once(site: Site) -> None:
    english = site.group("english", "mere")
    choose(site, "mere")
    site.post(english, "Early", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    with site.database.begin() as connection:
        place = connection.execute(select(subscriptions.c.id)).scalar_one()
        pauses.pause(connection, place, utc("2026-11-12T07:00"), utc("2026-10-21T09:00"))
    site.post(english, "Missed", utc("2026-10-28T12:00"))
    assert site.tick(utc("2026-11-03T07:00")) == []
    assert site.tick(utc("2026-11-12T07:01")) == []
    assert site.tick(utc("2026-11-17T07:00")) == ["own-weekly-digest"]
    assert "Missed" in text_of(site.mails()[-1]) and len(site.mails()) == 2


def test_a_line_about_a_community_elsewhere(site: Site) -> None:
    english = site.group("english", "mere", "wiremu", elsewhere="On the VPLD: a panel in December.")
    site.group("esol", "mere", elsewhere="At the museum: free days.")
    choose(site, "mere", together=True)
    site.post(english, "Early", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    site.tick(FRIDAY)
    together, common = site.mails()[:2]
    assert "In other groups" in text_of(common) and "On the VPLD: a panel in December." in text_of(common)
    assert "On the VPLD" in text_of(together) and "At the museum" in text_of(together)
    assert "Nothing new in Esol." in text_of(together)


def test_a_removal_looks_into_updates_of_every_group(site: Site) -> None:
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    choose(site, "mere", together=True)
    site.post(esol, "Arrivals", START + timedelta(hours=2))
    site.tick(utc("2026-10-20T07:00"))
    (mail,) = site.mails()
    assert mail.list_id == esol.id != english.id
    with site.database.read() as connection:
        kept = list(digests_between(connection, START, FRIDAY))
    assert [each.octets for each in kept] == [mail.octets]


def test_a_failing_update_takes_no_other_along(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("english", "esol"):
        site.post(site.group(name, "mere"), f"In {name}", START + timedelta(hours=1))
    choose(site, "mere")

    def failing(editions: Sequence[Edition], *rest: Any) -> bytes:
        if editions[0].mail_list.name == "english":
            raise ValueError("cannot be told")
        return composed(editions, *rest)

    monkeypatch.setattr("listserv.digest.own.composed", failing)
    assert site.tick(utc("2026-10-20T07:00")) == ["own-weekly-digest"]
    monkeypatch.undo()
    assert site.tick(utc("2026-10-20T07:01")) == ["own-weekly-digest"]
    assert len(site.mails()) == 2


@pytest.mark.parametrize("together", [False, True])
def test_of_a_group_that_was_closed_her_own_update_tells_the_rest_once(site: Site, together: bool) -> None:
    english = site.group("english", "mere", "wiremu")
    site.group("esol", "mere")
    choose(site, "mere", together=together)
    kind = f"{'together' if together else 'own'}-weekly-digest"
    site.post(english, "Early", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    site.post(english, "Last words", utc("2026-10-21T12:00"))
    with site.database.begin() as connection:
        archive_list(connection, english, utc("2026-10-22T12:00"))
    assert "weekly-digest" in site.tick(FRIDAY)
    assert kind in site.tick(TUESDAY)
    hers = [text_of(mail) for mail in site.mails() if 1 in mail.recipients or 3 in mail.recipients]
    assert [sum(f"About {subject}" in text for text in hers) for subject in ("Early", "Last words")] == [1, 1]
    before = len(hers)
    site.tick(TUESDAY + timedelta(days=7))
    later = [text_of(mail) for mail in site.mails() if 1 in mail.recipients or 3 in mail.recipients][before:]
    assert not any("English" in text for text in later)


@pytest.mark.parametrize("at_once", [True, False])
def test_who_comes_back_to_a_group_is_not_told_of_the_time_she_was_away(site: Site, at_once: bool) -> None:
    english = site.group("english", "mere", "wiremu", nonmember="accept")
    choose(site, "mere")
    site.post(english, "Early", START + timedelta(hours=1))
    site.tick(utc("2026-10-20T07:00"))
    with site.database.begin() as connection:
        person = person_of(connection, "mere@school.example.nz") or 0
        place = find_member(connection, english, person, TUESDAY)
        assert place is not None
        remove_member(connection, english, place, utc("2026-10-20T09:00"))
    for week in range(1, 6):
        site.post(english, f"Away {week}", FRIDAY + timedelta(days=7 * week - 8))
        site.tick(FRIDAY + timedelta(days=7 * week - 7))
    back = utc("2026-11-22T09:00")
    weekly = (DigestPeriod.WEEKLY, Delivery.NONE)
    join(site.database, english, "mere", back, *(weekly if at_once else (DigestPeriod.NONE, Delivery.EACH)))
    if not at_once:
        with site.database.begin() as connection:
            pauses.choose(connection, place.id, back, delivery=Delivery.NONE, digest=DigestPeriod.WEEKLY)
    site.post(english, "Again", back + timedelta(hours=1))
    assert site.tick(utc("2026-11-24T07:00")) == ["own-weekly-digest"]
    said = text_of(site.mails()[-1])
    assert "About Again" in said
    assert "About Away" not in said


@pytest.mark.parametrize("again", [False, True])
def test_after_a_pause_of_one_group_the_update_over_all_tells_what_she_missed_there(site: Site, again: bool) -> None:
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    choose(site, "mere", together=True)
    site.tick(utc("2026-10-20T07:00"))
    with site.database.begin() as connection:
        place = find_member(connection, english, person_of(connection, "mere@school.example.nz") or 0, START)
        assert place is not None
        pauses.pause(connection, place.id, utc("2026-11-12T07:00"), utc("2026-10-21T09:00"))
    site.post(english, "Missed", utc("2026-10-28T12:00"))
    site.post(esol, "There", utc("2026-10-28T12:00"))
    for days in (0, 7, 14):
        site.tick(TUESDAY + timedelta(days=days))
    site.tick(utc("2026-11-12T07:01"))
    if again:
        choose(site, "mere", day="monday", together=True, at=utc("2026-11-12T12:00"))
    site.tick(utc("2026-11-16T07:00"))
    site.tick(utc("2026-11-17T07:00"))
    texts = [text_of(mail) for mail in site.mails()]
    assert [sum(f"About {subject}" in text for text in texts) for subject in ("Missed", "There")] == [1, 1]


def test_one_of_her_groups_told_of_daily_from_now_on_loses_no_day(site: Site) -> None:
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    choose(site, "mere", together=True)
    with site.database.begin() as connection:
        person = person_of(connection, "mere@school.example.nz") or 0
        places = [find_member(connection, each, person, START) for each in (english, esol)]
        pauses.choose(connection, places[1].id if places[1] else 0, START, digest=DigestPeriod.DAILY)
    site.tick(TUESDAY)
    site.post(english, "Between", utc("2026-10-28T12:00"))
    site.post(esol, "There", utc("2026-10-28T12:00"))
    site.tick(utc("2026-10-29T07:00"))
    with site.database.begin() as connection:
        pauses.choose(connection, places[0].id if places[0] else 0, utc("2026-10-29T12:00"), digest=DigestPeriod.DAILY)
    site.tick(utc("2026-10-30T07:00"))
    texts = [text_of(mail) for mail in site.mails()]
    assert [sum(f"About {subject}" in text for text in texts) for subject in ("Between", "There")] == [1, 1]


def test_joined_with_one_who_reads_the_groups_updates_she_loses_no_day(site: Site) -> None:
    site.group("english", "mere", "wiremu")
    esol = site.group("esol", "wiremu", "hana")
    with site.database.begin() as connection:
        personal.choose_hour(connection, site.person("wiremu"), "thursday", "07:00", START)
    site.tick(utc("2026-10-22T07:00"))
    octets = a_post("Hana <hana@school.example.nz>", "Between", "About Between")
    with site.database.begin() as connection:
        at = utc("2026-10-23T10:00")
        arrival = Arrival(parse(octets), "hana@school.example.nz", esol.address, at, at)
        judge(connection, esol, arrival, session=True, message_octets=10_000_000)
    site.tick(FRIDAY)
    with site.database.begin() as connection:
        mere, wiremu = (person_of(connection, f"{who}@school.example.nz") or 0 for who in ("mere", "wiremu"))
        merge_persons(connection, mere, wiremu, "command", FRIDAY + timedelta(days=1))
        place = find_member(connection, esol, mere, FRIDAY)
    assert place is not None
    site.tick(FRIDAY + timedelta(days=7))
    hers = [text_of(mail) for mail in site.mails() if place.id in mail.recipients]
    assert sum("About Between" in text for text in hers) == 1


def test_a_pause_that_ends_in_the_very_tick_of_the_update_over_all_loses_no_day(site: Site) -> None:
    """As after a night without the service: the clock finds both due, and sends the update first."""
    english, esol = site.group("english", "mere"), site.group("esol", "mere")
    choose(site, "mere", together=True)
    site.tick(utc("2026-10-20T07:00"))
    with site.database.begin() as connection:
        place = find_member(connection, english, person_of(connection, "mere@school.example.nz") or 0, START)
        assert place is not None
        pauses.pause(connection, place.id, TUESDAY, utc("2026-10-21T09:00"))
    site.post(english, "Missed", utc("2026-10-22T12:00"))
    site.post(esol, "There", utc("2026-10-22T12:00"))
    for days in (0, 7):
        site.tick(TUESDAY + timedelta(days=days))
    texts = [text_of(mail) for mail in site.mails()]
    assert [sum(f"About {subject}" in text for text in texts) for subject in ("Missed", "There")] == [1, 1]
