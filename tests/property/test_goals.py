"""Prompts, reminders of goals and inquiries go once or not at all, whatever the zone, hour, terms, downtime and nodes.

Seven weeks of a small group are played against a real database: three nodes tick alone or at the same moment, or sleep
for weeks, people write when they like, the same thing twice as well, and what went out is held against what may.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Text, cast, select

from listserv.config.calendars import Calendars
from listserv.config.schools import School
from listserv.digest import goals as rules
from listserv.digest.plan import PUNCTUAL, is_silent, periods
from listserv.digest.run import Done
from listserv.digest.week import tick_week
from listserv.inbound.week.prompting import post_prompt
from listserv.model.calendar import DAY, Term, Terms
from listserv.model.goals import Goal, Place, Standing
from listserv.model.inquiry import Inquiry
from listserv.model.lists import DigestPeriod, MailList
from listserv.model.school import Rhythm, SchoolCalendar
from listserv.store.engine import Database
from listserv.store.goals import add_goal
from listserv.store.inquiries import add_inquiry
from listserv.store.lists import get_list
from listserv.store.participation import standings
from listserv.store.people import person_of
from listserv.store.prompts import add_prompt
from listserv.store.schema import addresses, deliveries, schedule_runs
from listserv.store.writer import Writer
from tests.clockwork import join, new_list, workshop
from tests.store_site import a_post, judged, new_database

ZONES = ("Pacific/Auckland", "Pacific/Chatham", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "UTC")
BEGIN = datetime(2026, 8, 31, tzinfo=UTC)  # before daylight saving begins (27 September) and the spring holidays
DAYS = 50

hours = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.integers(0, DAYS * 24 * 12).map(lambda number: BEGIN + number * timedelta(minutes=5))


@st.composite
def term_tables(draw: st.DrawFn) -> Terms:
    """Terms of one to ten weeks with holidays of one to three between them, or none known."""
    if draw(st.booleans()):
        return Terms()
    found, day = [], date(2026, 8, 3) + draw(st.integers(0, 6)) * DAY
    for number in range(1, 5):
        last = day + draw(st.integers(3, 70)) * DAY
        found.append(Term(2026, number, day, last))
        day = last + (7 + draw(st.integers(0, 21))) * DAY
    return Terms(tuple(found), date(2026, 7, 1), date(2027, 1, 31))


calendars = st.builds(
    SchoolCalendar,
    st.sampled_from(ZONES).map(ZoneInfo),
    term_tables(),
    st.sets(st.dates(date(2026, 8, 31), date(2026, 10, 31)), max_size=5).map(frozenset),
    st.none() | st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1]),
)
rhythms = st.builds(Rhythm, st.integers(0, 6), hours, hours, hours, st.booleans())


@dataclass(frozen=True)
class Fixed(Calendars):
    """Every group has the one calendar of the example."""

    calendar: SchoolCalendar
    schools: dict[str, School] = field(default_factory=dict)

    def of(self, _list: MailList, _school: str = "") -> SchoolCalendar:
        return self.calendar

    def all_of(self, _list: MailList) -> list[SchoolCalendar]:
        return [self.calendar]


@contextmanager
def a_site() -> Iterator[tuple[Database, list[Writer]]]:
    """A database and three nodes on it."""
    with TemporaryDirectory() as folder:
        database = new_database(f"sqlite:///{Path(folder) / 'week.db'}")
        others = [Database(f"sqlite:///{Path(folder) / 'week.db'}") for _ in range(2)]
        writers = [Writer(each) for each in (database, *others)]
        yield database, writers
        for writer in writers:
            writer.close()
        for each in (*others, database):
            each.close()


T = TypeVar("T")


def at_once(act: Callable[[int], T], nodes: Sequence[int]) -> list[T]:
    """What each of the nodes makes of the same moment; several do it at the same time."""
    if len(nodes) == 1:
        return [act(nodes[0])]
    with ThreadPoolExecutor(len(nodes)) as pool:
        return list(pool.map(act, nodes))


class Play:
    """A small group on three nodes, what its people wrote, and what the clock did."""

    def __init__(self, database: Database, writers: list[Writer], calendar: SchoolCalendar, hour: time) -> None:
        self.calendar, self.rhythm = calendar, Rhythm(reminder_at=hour)
        self.posted: list[datetime] = []
        self.reminded: defaultdict[str, list[datetime]] = defaultdict(list)
        self.asked: defaultdict[str, list[datetime]] = defaultdict(list)
        self._database, self._writers = database, writers
        self._tools = replace(workshop(), calendars=Fixed(calendar))
        self._list = new_list(database, "english", BEGIN, reminder_time=f"{hour:%H:%M}")
        self._written: Counter[str] = Counter()
        self._sent = 0
        self._inquiry: Inquiry | None = None
        for who in "abc":
            join(database, self._list, who, BEGIN)

    def plan(self, due_at: datetime, last: date) -> None:
        """One prompt, and two posts each by the day."""
        with self._database.begin() as connection:
            add_prompt(connection, self._list.id, "What will you try?", "What will you try?", due_at, BEGIN)
            self._goal = add_goal(connection, self._list.id, "Two posts", 2, BEGIN, day=last)

    def inquire(self, closes_at: datetime) -> None:
        """Who is called c asks everybody something."""
        with self._database.begin() as connection:
            asker = person_of(connection, "c@school.example.nz")
            assert asker is not None
            self._inquiry = add_inquiry(connection, self._list.id, "", asker, closes_at, BEGIN)

    def write(self, who: str, at: datetime) -> None:
        """She posts something new; in capitals what she posted last once more, as the same mail and in another."""
        new = who.islower() or not self._written[who.lower()]
        who = who.lower()
        self._written[who] += new
        number = self._written[who]
        self._sent += 1
        said = f"I tried thing {number} in the class of {who}."
        with self._database.begin() as connection:
            mail_list = get_list(connection, "english")
            for name in (f"{who}.{number}", f"{who}.{number}.{'' if new else self._sent}"):
                octets = a_post(
                    f"{who}@school.example.nz", f"Idea {who} {number}", said, Message_ID=f"<{name}@school.example.nz>"
                )
                judged(connection, mail_list, octets, at)

    @property
    def goal(self) -> Goal:
        return self._goal

    def look(self, node: Writer, at: datetime) -> None:
        """That node ticks."""
        tick_week(self._database, node, self._tools, post_prompt, at)
        node.close()

    def tick(self, nodes: list[int], at: datetime) -> None:
        """The nodes tick at the same time; every reminder that went meanwhile is one that may."""

        def one(node: int) -> list[Done]:
            return tick_week(self._database, self._writers[node], self._tools, post_prompt, at)

        done = [each for some in at_once(one, nodes) for each in some]
        self.posted += [at for each in done if each.kind == "prompt"]
        with self._database.read() as connection:
            found = standings(connection, self._goal, at)
        self._look_at_asked(at)
        for standing in found:
            who = standing.place.address[0]
            assert standing.posts == min(self._written[who], 2)
            if len(standing.reminded) > len(self.reminded[who]):
                assert self._written[who] < 2
                assert rules.in_school_hours(self.calendar, self.rhythm, at)
                self.reminded[who] = list(standing.reminded)

    def _look_at_asked(self, at: datetime) -> None:
        """Whoever was asked at this moment may be written to now."""
        if self._inquiry is None:
            return
        kind = f"inquiry:{self._inquiry.id}"
        with self._database.read() as connection:
            rows = connection.execute(
                select(addresses.c.address)
                .join(schedule_runs, schedule_runs.c.subject == cast(addresses.c.person_id, Text))
                .where(schedule_runs.c.kind == kind, schedule_runs.c.claimed_at == at)
            )
            for who in sorted({address[0] for address in rows.scalars()}):
                if at not in self.asked[who]:
                    assert who != "c" and at < self._inquiry.closes_at
                    assert rules.in_school_hours(self.calendar, self.rhythm, at)
                    self.asked[who].append(at)

    def is_not_too_much(self) -> None:
        """Three reminders of a goal, one question, and a week between any two."""
        for who in "abc":
            assert len(self.reminded[who]) <= rules.MOST_REMINDERS and len(self.asked[who]) <= 1
            days = [self.calendar.day_of(each) for each in sorted(self.reminded[who] + self.asked[who])]
            assert all((after - before).days >= rules.WEEK_DAYS for before, after in pairwise(days))

    def mails(self) -> Counter[str]:
        """How many mails of the clock each address was sent."""
        wanted = select(deliveries.c.to_address).where(deliveries.c.kind == "notice")
        with self._database.read() as connection:
            return Counter(address[0] for address in connection.execute(wanted).scalars())


events = st.lists(
    st.tuples(moments, st.sampled_from(([0], [1], [2], [0, 1, 2]))) | st.tuples(moments, st.sampled_from("abAB")),
    min_size=20,
    max_size=60,
)


@settings(max_examples=12, deadline=None)
@given(calendars, hours, moments, st.integers(5, DAYS), st.none() | moments, events)
def test_each_goes_once_or_not_at_all(
    calendar: SchoolCalendar,
    hour: time,
    due_at: datetime,
    last: int,
    closes_at: datetime | None,
    happens: list[tuple[datetime, list[int] | str]],
) -> None:
    with a_site() as (database, writers):
        play = Play(database, writers, calendar, hour)
        play.plan(due_at, BEGIN.date() + last * DAY)
        if closes_at is not None:
            play.inquire(closes_at)
        for at, what in sorted(happens, key=lambda each: each[0]):
            if isinstance(what, str):
                play.write(what, at)
            else:
                play.tick(what, at)
        assert play.mails() == Counter({who: len(play.reminded[who]) + len(play.asked[who]) for who in "abc"})
    play.is_not_too_much()
    assert len(play.posted) <= 1
    assert all(at >= due_at and not is_silent(calendar, play.rhythm, at) for at in play.posted)
    ticks = [at for at, what in happens if not isinstance(what, str)]
    due = [at for at in ticks if due_at <= at < due_at + PUNCTUAL and not is_silent(calendar, play.rhythm, at)]
    assert play.posted or not due


def test_the_play_reminds_in_ordinary_weeks() -> None:
    """So that what holds above is not held by silence."""
    calendar = SchoolCalendar(ZoneInfo("Pacific/Auckland"))
    with a_site() as (database, writers):
        play = Play(database, writers, calendar, time(8))
        play.plan(BEGIN + DAY, BEGIN.date() + 25 * DAY)
        play.write("a", BEGIN + 2 * DAY)
        for number in range(0, 30 * 24, 4):
            if number == 15 * 24:
                play.write("a", BEGIN + timedelta(hours=number))
            play.tick([0, 1], BEGIN + timedelta(hours=number))
        assert {who: len(times) for who, times in play.reminded.items()} == {"a": 1, "b": 3, "c": 3}
        assert play.mails() == Counter(a=1, b=3, c=3)
        play.is_not_too_much()
        assert len(play.posted) == 1


def test_the_play_asks_in_ordinary_weeks() -> None:
    calendar = SchoolCalendar(ZoneInfo("Pacific/Auckland"))
    with a_site() as (database, writers):
        play = Play(database, writers, calendar, time(8))
        play.plan(BEGIN + DAY, BEGIN.date() + 40 * DAY)
        play.inquire(BEGIN + 10 * DAY)
        for number in range(0, 12 * 24, 4):
            play.tick([0, 1, 2], BEGIN + timedelta(hours=number))
        assert play.mails() == Counter(a=1, b=1)
        assert {who: len(times) for who, times in play.asked.items()} == {"a": 1, "b": 1}


class Interrupted(Writer):
    """A node between whose look at what is due and its first job something happens."""

    def __init__(self, database: Database, act: Callable[[], None]) -> None:
        super().__init__(database)
        self._act: Callable[[], None] | None = act

    def run(self, job: Callable[[Connection], T], *, lazily: bool = False) -> T:
        act, self._act = self._act, None
        if act is not None:
            act()
        return super().run(job, lazily=lazily)


@settings(max_examples=10, deadline=None)
@given(calendars, hours, st.integers(8, DAYS), st.integers(0, 2), st.booleans())
@example(SchoolCalendar(ZoneInfo("Pacific/Auckland")), time(8), 30, 0, True)
@example(SchoolCalendar(ZoneInfo("Pacific/Auckland")), time(8), 30, 2, False)
def test_nobody_is_reminded_of_what_she_did_a_second_before(
    calendar: SchoolCalendar, hour: time, last: int, number: int, late: bool
) -> None:
    """A meets the goal a second before the reminders go, or between the clock's look and its job; B does not."""
    with a_site() as (database, writers):
        play = Play(database, writers, calendar, hour)
        play.plan(BEGIN + 2 * DAYS * DAY, BEGIN.date() + last * DAY)
        planned = rules.planned(calendar, play.rhythm, play.goal, BEGIN)
        if number >= len(planned) or not rules.in_school_hours(calendar, play.rhythm, planned[number]):
            return
        now = planned[number]
        play.write("a", BEGIN + DAY / 2)
        second = timedelta(seconds=1)
        if late:
            play.look(Interrupted(database, lambda: play.write("a", now - second)), now)
        else:
            play.write("a", now - second)
        play.tick([0, 1, 2], now)
        assert play.reminded["a"] == [] and play.reminded["b"] == play.reminded["c"] == [now]
        assert play.mails() == Counter(b=1, c=1)


def a_standing(goal: Goal, posts: int, *reminded: datetime, digest: DigestPeriod = DigestPeriod.NONE) -> Standing:
    place = Place(1, 1, "mere@school.example", "Mere", "", BEGIN, digest, True, False)
    return Standing(goal, place, posts, reminded)


goals = st.builds(
    lambda wanted, day, within: Goal(1, 1, "Two posts", wanted, day, None if day else within, None, BEGIN),
    st.integers(1, 4),
    st.none() | st.dates(date(2026, 8, 31), date(2026, 12, 31)),
    st.integers(1, 60),
)


@given(calendars, rhythms, goals, moments, st.integers(0, 5), st.lists(moments, max_size=4))
def test_nobody_who_has_met_a_goal_or_is_out_of_school_is_reminded(
    calendar: SchoolCalendar, rhythm: Rhythm, goal: Goal, now: datetime, posts: int, reminded: list[datetime]
) -> None:
    standing = a_standing(goal, posts, *reminded)
    if rules.is_owed(calendar, rhythm, standing, now):
        assert posts < goal.posts_wanted
        assert len(reminded) < rules.MOST_REMINDERS
        assert now < rules.ends_at(calendar, goal, BEGIN)
    if rules.may_be_written_to(calendar, rhythm, standing.place, reminded, now):
        assert calendar.is_school_day(calendar.day_of(now))
        local = now.astimezone(calendar.zone)
        assert rules.SCHOOL_BEGINS <= local.time() < rules.SCHOOL_ENDS
        assert all(abs((calendar.day_of(now) - calendar.day_of(each)).days) >= 7 for each in reminded if each <= now)


@given(calendars, rhythms, goals)
def test_reminders_are_planned_on_school_days_before_the_end(
    calendar: SchoolCalendar, rhythm: Rhythm, goal: Goal
) -> None:
    planned = rules.planned(calendar, rhythm, goal, BEGIN)
    assert len(planned) <= rules.MOST_REMINDERS
    assert list(planned) == sorted(set(planned))
    for each in planned:
        assert calendar.is_school_day(calendar.day_of(each))
        assert BEGIN < each < rules.ends_at(calendar, goal, BEGIN)


@given(calendars, rhythms, moments)
def test_no_reminder_within_two_days_of_an_update(calendar: SchoolCalendar, rhythm: Rhythm, now: datetime) -> None:
    window = periods(calendar, rhythm, DigestPeriod.WEEKLY, now - 10 * DAY, now + 10 * DAY)
    near = any(abs(each.sends_at - now) <= rules.NEAR_UPDATE for each in window)
    assert rules.is_near_update(calendar, rhythm, DigestPeriod.WEEKLY, now) == near
    assert not rules.is_near_update(calendar, rhythm, DigestPeriod.DAILY, now)
