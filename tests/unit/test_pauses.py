"""Pauses, guests, goodbyes and consent in both databases; what the clock does with them, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from listserv.digest.catch_up import run_catch_up
from listserv.inbound.asking import forget_counts
from listserv.inbound.guests import guest_notices
from listserv.inbound.leaving import goodbyes
from listserv.model.lists import Delivery, DigestPeriod, MailList, Role, Subscription
from listserv.store import pauses
from listserv.store.joining import Entry, admit, count_source, note_source, wait_for_proof, waiting_lists
from listserv.store.leaving import leave, place
from listserv.store.lists import get_list
from listserv.store.people import get_member, recipient_set
from listserv.store.schedule import Outcome, claim_run, covered_until, end_run
from listserv.store.schema import consents
from listserv.store.told import digest_kind
from tests.clockwork import workshop
from tests.join_flood import flood
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import NOW, a_list, a_member, a_post, judged

MERE, ARO = "mere@school.example", "aroha@school.example"
FRIDAY = NOW + timedelta(days=4)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            group = a_member(connection, a_list(connection, "english", join="open"), MERE, name="Mere")
            a_member(connection, group, ARO, name="Aroha", granted={Role.OWNER})
        yield made


def group_of(site: Site) -> MailList:
    with site.database.read() as connection:
        return get_list(connection, "english")


def member(site: Site, address: str = MERE) -> Subscription:
    with site.database.read() as connection:
        return get_member(connection, get_list(connection, "english"), address, address)


def pause(site: Site, until: datetime) -> None:
    with site.database.begin() as connection:
        pauses.pause(connection, member(site).id, until, site.now)


def write(site: Site, subject: str, at: datetime) -> None:
    with site.database.begin() as connection:
        octets = a_post(ARO, subject, f"{subject} in words")
        judged(connection, get_list(connection, "english"), octets, at, return_path=ARO)


def catch_up(site: Site, now: datetime) -> Outcome | None:
    with site.database.begin() as connection:
        done = run_catch_up(connection, member(site).id, workshop(), now)
    return done.outcome if done else None


def test_a_pause_stops_everything_and_gives_back_what_was(site: Site) -> None:
    with site.database.begin() as connection:
        pauses.choose(connection, member(site).id, site.now, digest=DigestPeriod.DAILY)
    pause(site, FRIDAY)
    held = member(site)
    assert (held.delivery, held.digest) == (Delivery.NONE, DigestPeriod.NONE)
    with site.database.begin() as connection:
        assert held.id not in recipient_set(connection, get_list(connection, "english")).ids
    write(site, "Missed", NOW + timedelta(days=1))
    pause(site, FRIDAY + timedelta(days=1))
    assert catch_up(site, FRIDAY) is None
    with site.database.begin() as connection:
        pauses.choose(connection, held.id, FRIDAY, digest=DigestPeriod.WEEKLY)
        assert [each.subscription_id for each in pauses.ended(connection, FRIDAY + timedelta(days=2))] == [held.id]
        assert pauses.ended(connection, FRIDAY) == []
    assert catch_up(site, FRIDAY + timedelta(days=1)) is Outcome.SENT
    assert catch_up(site, FRIDAY + timedelta(days=1)) is None
    back = member(site)
    assert (back.delivery, back.digest) == (Delivery.EACH, DigestPeriod.WEEKLY)
    told = site.mails()[-1].get_body(("plain",))
    assert told is not None
    assert "Missed in words" in told.get_content()


def test_nothing_missed_is_no_mail(site: Site) -> None:
    write(site, "Before", NOW - timedelta(hours=1))
    pause(site, FRIDAY)
    assert catch_up(site, FRIDAY) is Outcome.QUIET
    assert site.mails() == []


def test_a_reader_of_digests_alone_is_told_up_to_where_the_next_digest_begins(site: Site) -> None:
    def covered(until: datetime, key: str) -> None:
        with site.database.begin() as connection:
            kind = digest_kind(DigestPeriod.WEEKLY)
            claim_run(connection, kind, group_of(site).id, key, until)
            end_run(connection, kind, group_of(site).id, key, Outcome.SENT, until)
            assert covered_until(connection, DigestPeriod.WEEKLY, group_of(site).id, until) == until

    with site.database.begin() as connection:
        pauses.choose(connection, member(site).id, site.now, delivery=Delivery.NONE, digest=DigestPeriod.WEEKLY)
    covered(NOW - timedelta(days=3), "2026-W46")
    write(site, "Since the last digest", NOW - timedelta(days=1))
    pause(site, FRIDAY)
    write(site, "In the pause", NOW + timedelta(days=1))
    covered(NOW + timedelta(days=2), "2026-W47")
    write(site, "Left for the next digest", NOW + timedelta(days=3))
    assert catch_up(site, FRIDAY) is Outcome.SENT
    body = site.mails()[-1].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Since the last digest" in text
    assert "In the pause" in text
    assert "Left for the next" not in text


def test_two_pauses_give_two_mails_of_different_ids(site: Site) -> None:
    for days in (1, 3):
        site.now = NOW + timedelta(days=days)
        pause(site, site.now + timedelta(days=1))
        write(site, f"Missed {days}", site.now + timedelta(hours=1))
        assert catch_up(site, site.now + timedelta(days=1)) is Outcome.SENT
    assert len({mail["Message-ID"] for mail in site.mails()}) == 2


def test_whoever_comes_back_has_no_pause(site: Site) -> None:
    pause(site, FRIDAY)
    place_id = member(site).id
    with site.database.begin() as connection:
        leave(connection, place_id, "mail", "", site.now)
        assert pauses.ended(connection, FRIDAY) == []
        assert admit(connection, get_list(connection, "english"), MERE, Entry("mail", "asked"), FRIDAY) is not None
        assert pauses.pause_of(connection, place_id) is None
    assert member(site).delivery is Delivery.EACH


def test_consent_is_kept_with_when_how_and_which_wording(site: Site) -> None:
    site.send("english-join", "New One <new@school.example>", return_path="new@school.example")
    site.send(
        reply_address(site.mail()), "New One <new@school.example>", "Yes please", return_path="new@school.example"
    )
    with site.database.read() as connection:
        (row,) = connection.execute(select(consents)).all()
    assert (row.act, row.how, row.at, row.list_id) == ("join", "mail", site.now, group_of(site).id)
    assert "asked to join English with this address. To join, reply to this mail." in row.wording
    assert row.wording.endswith("> Yes please")


def test_whoever_leaves_by_the_link_is_told_goodbye_once_and_comes_back_by_a_reply(site: Site) -> None:
    with site.database.begin() as connection:
        leave(connection, member(site).id, "one-click", "List-Unsubscribe=One-Click", site.now)
    for _ in range(2):
        with site.desk() as desk:
            goodbyes(desk)
    goodbye = site.mail()
    assert goodbye["Subject"] == "You have left English"
    site.after(days=29)
    with site.desk() as desk:
        assert goodbyes(desk) == 0
    assert site.send(reply_address(goodbye), MERE).code == 250
    assert site.mail()["Subject"] == "You are in English again"
    assert site.send(reply_address(goodbye), MERE).code == 550


def test_the_last_owner_is_told_to_hand_over_first(site: Site) -> None:
    site.send("english-leave", ARO)
    site.send(reply_address(site.mail()), ARO)
    assert site.mail()["Subject"] == "You look after this group alone"
    assert member(site, ARO).id


def test_a_guests_notice_goes_once_to_her_and_to_the_people_of_the_group_without_a_host(site: Site) -> None:
    ends = NOW + timedelta(days=10)
    with site.database.begin() as connection:
        a_member(connection, get_list(connection, "english"), "ana@other.example", granted={Role.GUEST}, until=ends)
    with site.desk() as desk:
        assert guest_notices(desk) == 0
    site.after(days=4)
    for _ in range(2):
        with site.desk() as desk:
            guest_notices(desk)
    asked, told = site.mails()
    assert asked["To"] == f"Aroha <{ARO}>"
    assert told["To"] == "ana@other.example"
    site.send(reply_address(asked), ARO, "no")
    site.after(days=7)
    for _ in range(2):
        with site.desk() as desk:
            guest_notices(desk)
    assert "is over" in str(site.mail()["Subject"])
    with site.database.begin() as connection:
        group = get_list(connection, "english")
        guest = get_member(connection, group, "ana@other.example", "ana@other.example")
        assert guest.id not in recipient_set(connection, group).frozen((), site.now)
        found = place(connection, guest.id, site.now)
        assert found is not None


def test_what_was_counted_is_forgotten(site: Site) -> None:
    with site.database.begin() as connection:
        for number in range(3):
            assert count_source(connection, "client x", NOW) == number
            note_source(connection, "client x", NOW)
        wait_for_proof(connection, MERE, group_of(site).id, NOW)
        assert [each.name for each in waiting_lists(connection, MERE, NOW + timedelta(hours=23))] == ["english"]
        assert waiting_lists(connection, MERE, NOW) == []
        assert count_source(connection, "client x", NOW + timedelta(hours=25)) == 0
    site.now = datetime(2026, 11, 25, tzinfo=UTC)
    with site.desk() as desk:
        forget_counts(desk)
    with site.database.read() as connection:
        assert count_source(connection, "client x", NOW) == 0


def test_a_flood_is_held_back_on_both_databases(database_url: str) -> None:
    with a_site(database_url) as site:
        assert flood(site, requests=100, victims=10) == 10
