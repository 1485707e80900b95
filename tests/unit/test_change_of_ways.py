"""Who changes how a group's mail comes to her is told of every post: from updates to single mails and back, from one
kind of update to another, in the group's way or her own, in whatever order she says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from functools import lru_cache

import pytest
from sqlalchemy import select

from listserv.digest.editions import compose_editions
from listserv.digest.tick import tick
from listserv.model.lists import Delivery, DigestPeriod, Subscription
from listserv.store import pauses, personal
from listserv.store.lists import get_list
from listserv.store.outbox import unpack
from listserv.store.people import get_member
from listserv.store.schema import contents, deliveries, posts
from tests.clockwork import join, new_list, utc, workshop
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import a_post, judged

START = utc("2026-10-19T12:00")
WEDNESDAY = utc("2026-10-28T12:00")
DAY = timedelta(days=1)
MERE, ARO = "mere@school.example.nz", "aroha@school.example.nz"
WAYS = (("none", "daily"), ("none", "weekly"), ("none", "monthly"), ("each", "none"), ("each", "weekly"))


class Group:
    """Aroha writes each day at noon, others read updates of each kind; the clock strikes in the morning and at four."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.group = new_list(site.database, "english", START)
        self.go_on(START)
        join(site.database, self.group, "aroha", START)
        for digest in (DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY):
            join(site.database, self.group, f"reader-{digest.value}", START, digest, Delivery.NONE)
        self.written: list[str] = []

    def join(self, who: str, delivery: str, digest: str) -> None:
        join(self.site.database, self.group, who, START, DigestPeriod(digest), Delivery(delivery))

    def place(self, who: str = "mere") -> Subscription:
        address = f"{who}@school.example.nz"
        with self.site.database.read() as connection:
            return get_member(connection, get_list(connection, "english"), address, address)

    def choose(self, who: str, delivery: str | None = None, digest: str | None = None) -> None:
        wanted = Delivery(delivery) if delivery else None, DigestPeriod(digest) if digest else None
        place = self.place(who)
        with self.site.database.begin() as connection:
            pauses.choose(connection, place.id, self.site.now, delivery=wanted[0], digest=wanted[1])

    def at_her_own_hour(self, who: str) -> None:
        person = self.place(who).person_id
        with self.site.database.begin() as connection:
            personal.choose_hour(connection, person, "tuesday", "07:00", self.site.now)

    def go_on(self, when: datetime) -> None:
        """It is so late now, and the clock strikes."""
        self.site.now = when
        tick(self.site.database, self.site.writer, workshop(compose_editions), when)

    def go_to(self, when: datetime) -> None:
        """The days pass, from one noon to another."""
        while self.site.now + DAY <= when:
            noon = self.site.now
            self.write(f"Day {noon:%m-%d}")
            for hours in (4.2, 19.2):
                self.go_on(noon + timedelta(hours=hours))
            self.site.now = noon + DAY

    def write(self, subject: str) -> None:
        octets = a_post(ARO, subject, f"{subject} in words")
        with self.site.database.begin() as connection:
            judged(connection, get_list(connection, "english"), octets, self.site.now, return_path=ARO)
        self.written.append(subject)

    def told(self, who: str = "mere") -> dict[str, int]:
        """How often each post came to her, by itself or in an update."""
        place = self.place(who).id
        said = [words for ids, words in self.sent() if place in ids]
        return {subject: sum(subject in each for each in said) for subject in self.written}

    def sent(self) -> list[tuple[set[int], str]]:
        found = deliveries.outerjoin(posts, posts.c.id == deliveries.c.post_id)
        found = found.outerjoin(contents, contents.c.id == deliveries.c.content_id)
        statement = select(deliveries.c.recipients, posts.c.subject, contents.c.octets).select_from(found)
        with self.site.database.read() as connection:
            rows = [row for row in connection.execute(statement) if row.recipients is not None]
        return [(set(unpack(row.recipients)), row.subject or _told_in(bytes(row.octets))) for row in rows]


@lru_cache
def _told_in(octets: bytes) -> str:
    part = message_from_bytes(octets, policy=policy.default).get_body(("plain",))
    assert part is not None
    return "\n".join(line for line in str(part.get_content()).splitlines() if "in words" in line)


@pytest.fixture
def group(database_url: str) -> Iterator[Group]:
    with a_site(database_url) as site:
        yield Group(site)


def test_in_whatever_way_they_read_before_and_after_they_are_told_of_every_post(group: Group) -> None:
    changes = {
        f"{'-'.join(before + after)}{'-own' if own else ''}": (before, after, own)
        for before in WAYS
        for after in WAYS
        for own in (False, True)
        if before != after and not (own and "each" in before + after and "weekly" in before + after)
    }
    group.site.now = START - timedelta(hours=1)
    for who, (before, _, own) in changes.items():
        group.join(who, *before)
        if own:
            group.at_her_own_hour(who)
    group.go_on(START)
    group.go_to(WEDNESDAY)
    for who, (_, after, _) in changes.items():
        group.choose(who, *after)
    group.go_on(WEDNESDAY)
    group.go_to(utc("2026-11-07T12:00"))
    known = [subject for subject in group.written if subject < "Day 11-02"]
    told = {who: group.told(who) for who in changes}
    lost = {who: [subject for subject in known if not times[subject]] for who, times in told.items()}
    assert {who: subjects for who, subjects in lost.items() if subjects} == {}


@pytest.mark.parametrize("words", [("digest none", "mails on"), ("mails on", "digest none"), ("mails on",)])
@pytest.mark.parametrize("apart", [False, True])
def test_from_updates_to_single_mails_by_mail_one_mail_tells_the_days_between(
    group: Group, words: tuple[str, ...], apart: bool
) -> None:
    group.join("mere", "none", "weekly")
    group.go_to(WEDNESDAY)
    mails = group.site.mails()[:0]
    for said in words if apart else ["\n".join(words)]:
        group.site.send("english-request", MERE, said)
        question = group.site.mails()[-1]
        group.site.send(reply_address(question), MERE, "yes")
        group.go_on(group.site.now + timedelta(minutes=5))
        mails += group.site.mails()
    assert [str(mail["Subject"]) for mail in mails if "October" in mail["Subject"]] == [
        "English · 23–28 October 2026 · Day 10-23, and 3 more"
    ]
    place = group.place()
    assert (place.delivery, place.digest.value) == ("each", "none" if len(words) > 1 else "weekly")
    group.write("Single")
    told = {subject: times for subject, times in group.told().items() if subject > "Day 10-22"}
    assert set(told.values()) == {1}


def test_who_ends_her_updates_and_a_week_later_wants_single_mails_is_told_nothing_of_the_time_between(
    group: Group,
) -> None:
    group.join("mere", "none", "weekly")
    group.go_to(WEDNESDAY)
    group.choose("mere", digest="none")
    group.go_to(WEDNESDAY + 5 * DAY)
    group.choose("mere", delivery="each")
    group.go_to(WEDNESDAY + 6 * DAY)
    told = [subject for subject, times in group.told().items() if times and subject > "Day 10-22"]
    assert told == ["Day 11-01"]


def test_until_that_mail_has_gone_her_settings_are_told_as_she_chose_them(group: Group) -> None:
    group.join("mere", "none", "weekly")
    group.go_to(WEDNESDAY)
    group.choose("mere", delivery="each", digest="none")
    group.site.mails()
    group.site.send("english-request", MERE, "my settings")
    part = group.site.mail().get_body(("plain",))
    assert part is not None
    said = " ".join(str(part.get_content()).split())
    assert "You get each mail of the group." in said
    assert "until" not in said.lower() and "paused" not in said.lower(), said
