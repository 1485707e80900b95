"""Each period's update goes once or not at all, at the group's hour and at one's own, whatever the zone, hours, terms,
downtime and number of nodes; and no reader is told a post twice, or never.

Seven weeks of a group are played against a real database, as in `test_goals`: what each of two readers got, one at the
group's hour and one at her own, is held against what was written.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from listserv.digest.editions import compose_editions
from listserv.digest.plan import PUNCTUAL, is_silent, period_named, periods
from listserv.digest.run import Done, Workshop
from listserv.digest.tick import tick
from listserv.model.calendar import DAY
from listserv.model.lists import Delivery, DigestPeriod, Weekday
from listserv.model.reminders import reminders
from listserv.model.school import Rhythm, SchoolCalendar, rhythm_of
from listserv.store import personal
from listserv.store.deadlines import NewDate, add_dates
from listserv.store.engine import Database
from listserv.store.lists import get_list
from listserv.store.outbox import unpack
from listserv.store.people import person_of
from listserv.store.schedule import Outcome
from listserv.store.schema import contents, deliveries, schedule_runs, subscriptions
from listserv.store.writer import Writer
from tests.clockwork import join, new_list, workshop
from tests.property.test_goals import BEGIN, DAYS, Fixed, a_site, at_once, calendars, hours, moments
from tests.store_site import a_post, judged

GROUPS, OWN = "weekly-digest", "own-weekly-digest"
END = BEGIN + DAYS * DAY
days = st.sampled_from(list(Weekday))


class Everywhere(Fixed):
    """Every zone has the one calendar of the example."""

    def in_zone(self, _name: str, _school: str = "") -> SchoolCalendar:
        return self.calendar


class Play:
    """A group with a reader at its hour and one at her own; who writes reads nothing."""

    def __init__(
        self,
        database: Database,
        writers: list[Writer],
        calendar: SchoolCalendar,
        group: tuple[Weekday, time],
        own: tuple[Weekday, time],
    ) -> None:
        self._database, self._writers, self._calendar = database, writers, calendar
        plain = workshop()
        self._tools = Workshop(plain.settings, plain.environment, Everywhere(calendar), compose_editions)
        day, at = group
        self._list = new_list(database, "english", BEGIN, digest_day=day.value, digest_time=f"{at:%H:%M}")
        self.rhythm = rhythm_of(self._list.settings)
        self.own_rhythm = replace(self.rhythm, weekday=list(Weekday).index(own[0]), weekly_at=own[1])
        join(database, self._list, "writer", BEGIN)
        for who in ("common", "own"):
            join(database, self._list, who, BEGIN, DigestPeriod.WEEKLY, Delivery.NONE)
        with database.begin() as connection:
            person_id = person_of(connection, "own@school.example.nz")
            assert person_id is not None
            personal.choose_hour(connection, person_id, own[0].value, f"{own[1]:%H:%M}", BEGIN)
        self.written: list[datetime] = []

    def remind(self, day: date) -> None:
        with self._database.begin() as connection:
            new = NewDate("TESSOL", day)
            (self.deadline,) = add_dates(connection, self._list.id, [new], BEGIN, distances=(7, 2, 0))

    def write(self, at: datetime) -> None:
        number = len(self.written)
        octets = a_post("writer@school.example.nz", f"Thing{number}x", f"I tried thing {number}.")
        with self._database.begin() as connection:
            judged(connection, get_list(connection, "english"), octets, at)
        self.written.append(at)

    def tick(self, nodes: list[int], at: datetime) -> list[Done]:
        """What all the nodes did at this moment, less what was skipped."""

        def one(node: int) -> list[Done]:
            return tick(self._database, self._writers[node], self._tools, at)

        done = [each for some in at_once(one, nodes) for each in some]
        return [each for each in done if each.outcome is Outcome.SENT]

    def told(self, who: str) -> list[list[int]]:
        """Which posts each of her updates tells, in the order in which they went."""
        with self._database.read() as connection:
            place = connection.execute(
                select(subscriptions.c.id).where(
                    subscriptions.c.person_id == person_of(connection, f"{who}@school.example.nz")
                )
            ).scalar_one()
            statement = select(deliveries.c.recipients, contents.c.octets).join(contents)
            rows = connection.execute(statement.where(deliveries.c.kind == "digest").order_by(deliveries.c.id)).all()
        texts = [_text(bytes(row.octets)) for row in rows if place in unpack(row.recipients)]
        return [[number for number in range(len(self.written)) if f"Thing{number}x" in text] for text in texts]

    def covered_until(self, kind: str) -> datetime | None:
        with self._database.read() as connection:
            rows = connection.execute(select(schedule_runs.c.covers_until).where(schedule_runs.c.kind == kind))
            return max((until for until in rows.scalars() if until is not None), default=None)

    def reminded(self) -> list[str]:
        """The distances that were sent, each as often as it was."""
        statement = select(schedule_runs.c.period).where(
            schedule_runs.c.kind == "reminder", schedule_runs.c.outcome == Outcome.SENT.value
        )
        with self._database.read() as connection:
            keys = list(connection.execute(statement).scalars())
            mails = select(deliveries.c.id).where(deliveries.c.kind == "reminder")
            assert len(keys) == len(connection.execute(mails).all())
        return keys


def _text(octets: bytes) -> str:
    part = email.message_from_bytes(octets, policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


events = st.lists(
    st.tuples(moments, st.sampled_from(([0], [1], [2], [0, 1], [0, 1, 2]))) | st.tuples(moments, st.none()),
    min_size=10,
    max_size=30,
)
AUCKLAND = SchoolCalendar(ZoneInfo("Pacific/Auckland"))
WEEKS = [(BEGIN + number * timedelta(hours=8), [0, 1, 2] if number % 3 else None) for number in range(66)]


@settings(max_examples=10, deadline=None)
@given(calendars, st.tuples(days, hours), st.tuples(days, hours), st.integers(3, DAYS), events)
@example(AUCKLAND, (Weekday.FRIDAY, time(16)), (Weekday.SUNDAY, time(2, 30)), 24, WEEKS)
def test_each_update_goes_once_and_tells_each_post_once(
    calendar: SchoolCalendar,
    group: tuple[Weekday, time],
    own: tuple[Weekday, time],
    last: int,
    happens: list[tuple[datetime, list[int] | None]],
) -> None:
    with a_site() as (database, writers):
        play = Play(database, writers, calendar, group, own)
        play.remind(BEGIN.date() + last * DAY)
        went: dict[str, list[tuple[str, datetime]]] = {GROUPS: [], OWN: [], "reminder": []}
        edges = [(at, None) for rhythm in (play.rhythm, play.own_rhythm) for at in _edges(calendar, rhythm)]
        for at, nodes in sorted([*happens, *edges], key=lambda each: each[0]):
            if nodes is None:
                play.write(at)
                continue
            for done in play.tick(nodes, at):
                went[done.kind].append((done.period, at))
        for who, kind, rhythm in (("common", GROUPS, play.rhythm), ("own", OWN, play.own_rhythm)):
            _each_once(play, calendar, rhythm, who, kind, went[kind])
        planned = {each.key for each in reminders(calendar, play.rhythm, play.deadline)}
        keys = play.reminded()
        assert sorted(keys) == sorted(key for key, _ in went["reminder"])
        assert len(set(keys)) == len(keys) and set(keys) <= planned


def _edges(calendar: SchoolCalendar, rhythm: Rhythm) -> list[datetime]:
    """A second before the time of each of some updates ends, and the moment it does."""
    some = islice(periods(calendar, rhythm, DigestPeriod.WEEKLY, BEGIN, END), 4)
    return [each.covers_until - early for each in some for early in (timedelta(seconds=1), timedelta())]


def _each_once(
    play: Play, calendar: SchoolCalendar, rhythm: Rhythm, who: str, kind: str, went: list[tuple[str, datetime]]
) -> None:
    """Each period once, none late into a silent hour; each post in one update, as soon as its time is told.

    The first update of all tells the last period, so what is older than that may be in none.
    """
    keys = [key for key, _ in went]
    assert len(set(keys)) == len(keys)
    told = play.told(who)
    assert len(told) == len(went)
    known = [period_named(calendar, rhythm, DigestPeriod.WEEKLY, key) for key in keys]
    for period, (_, at) in zip(known, went, strict=True):
        assert period is not None and period.sends_at <= at
        assert at - period.sends_at <= PUNCTUAL or not is_silent(calendar, rhythm, at)
    since = known[0].covers_from if known and known[0] is not None else END
    until = play.covered_until(kind) or BEGIN
    for number, at in enumerate(play.written):
        count = sum(number in mail for mail in told)
        assert count <= (at < until)
        assert count == 1 or not since <= at < until
