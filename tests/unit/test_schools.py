"""What goes to one person goes by her school's terms and public holidays, then by her group's; on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from listserv.cli.main import root
from listserv.config import Settings
from listserv.config.calendars import Calendars
from listserv.config.schools import load_schools, school_key
from listserv.config.terms import load_terms
from listserv.digest import goals as rules
from listserv.digest.editions import compose_editions
from listserv.digest.run import Workshop
from listserv.digest.tick import tick
from listserv.digest.week import tick_week
from listserv.errors import ConfigError
from listserv.inbound.week.prompting import post_prompt
from listserv.model.calendar import Term
from listserv.model.goals import Goal
from listserv.model.lists import DigestPeriod, ListSettings, MailList, Role
from listserv.resources import environment
from listserv.store.deadlines import NewDate, add_dates
from listserv.store.engine import Database
from listserv.store.goals import add_goal
from listserv.store.outbox import unpack
from listserv.store.people import add_member, person_of
from listserv.store.personal import choose_hour
from listserv.store.schema import addresses, deliveries, subscriptions
from listserv.store.writer import Writer
from tests.clockwork import DOMAIN, new_list, utc, workshop
from tests.store_site import new_database

START = utc("2026-11-10 09:00")
ENGLISH = MailList(1, 1, "english", DOMAIN, "English", "", ListSettings(), 1)
SHOW_DAY = date(2026, 11, 13)  # of Canterbury alone, a Friday
FILE = """
[schools."Kōwhai School"]
region = "NZ-CAN"
[schools."St Mary's".terms.2026]
4 = [2026-10-12, 2026-12-11]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "schools.toml"
    made.write_text(FILE, "utf-8")
    return made


@pytest.fixture
def settings(file: Path) -> Settings:
    calendar = {"region": "NZ", "schools": str(file)}
    return Settings.model_validate({"site": {"domain": DOMAIN}, "calendar": calendar}, context={"folder": file.parent})


@pytest.fixture
def calendars(settings: Settings) -> Calendars:
    return Calendars(settings)


def test_a_schools_days_are_its_own_and_every_others_the_groups(calendars: Calendars) -> None:
    group, kowhai = calendars.of(ENGLISH), calendars.of(ENGLISH, "Kowhai school ")
    assert calendars.of(ENGLISH, "Everglade") is group
    assert (group.is_school_day(SHOW_DAY), kowhai.is_school_day(SHOW_DAY)) == (True, False)
    mary = calendars.of(ENGLISH, "ST MARY’S")
    assert (group.is_holiday(date(2026, 12, 15)), mary.is_holiday(date(2026, 12, 15))) == (False, True)
    assert mary.terms.terms[0] == group.terms.terms[0], "terms the school does not name are the site's"
    assert mary.terms.terms[-1] == Term(2026, 4, date(2026, 10, 12), date(2026, 12, 11))
    assert mary.terms.known_until == group.terms.known_until
    assert calendars.of(ENGLISH, "St Mary's") is mary
    assert calendars.in_zone("Pacific/Chatham", "Kōwhai School").zone.key == "Pacific/Chatham"


def test_without_a_file_no_school_has_days_of_its_own() -> None:
    plain = Calendars(Settings.model_validate({"site": {"domain": DOMAIN}}))
    assert plain.all_of(ENGLISH) == [plain.of(ENGLISH)]
    assert plain.of(ENGLISH, "Kōwhai School") is plain.of(ENGLISH)


@pytest.mark.parametrize("name", ["Kōwhai School", "Koowhai school", "KOWHAI  SCHOOL.", " kōwhai school"])
def test_a_schools_name_has_one_key(name: str) -> None:
    assert school_key(name) == school_key("Kowhai School") != school_key("Kowhai Schools")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[schools.A]\nregion = "Auckland"', "NZ-AUK"),
        ("[schools.A]\nzone = 1", "region or terms"),
        ("[school.A]\n", "[schools."),
        ("schools = 7", "[schools."),
        ("[schools]\nA = 7", "region or terms"),
        ("[schools.A]\n[schools.a]\n", "stands above"),
        ('[schools.""]\n', "needs a name"),
        ("[schools.A.terms.2026]\n4 = [2026-09-01, 2026-12-11]", "begins in the week"),
        ("[schools.A.terms.2026]\n4 = 7", "terms.2026.4"),
        ("[schools.A]\nterms = 7", "terms must be"),
        ("[schools.A.terms]\n2026 = 7", "terms.2026"),
        ("[schools", "schools.toml"),
    ],
)
def test_a_wrong_file_is_answered_with_what_is_allowed(file: Path, text: str, says: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_schools(file, load_terms(None))
    assert says in refused.value.public


def test_a_region_nobody_knows_is_refused_with_its_name(file: Path, settings: Settings) -> None:
    file.write_text('[schools.A]\nregion = "NZ-XXX"', "utf-8")
    with pytest.raises(ConfigError, match="NZ-XXX"):
        Calendars(settings)


def test_ten_school_days_are_her_schools(calendars: Calendars) -> None:
    goal = Goal(1, 1, "Two posts", 2, None, 10, None, START)
    group, kowhai = calendars.of(ENGLISH), calendars.of(ENGLISH, "Kōwhai School")
    assert rules.last_day(group, goal, START) == date(2026, 11, 24)
    assert rules.last_day(kowhai, goal, START) == date(2026, 11, 25)


class Clock:
    """A database with two teachers, of whom Kōwhai's has her school's day off on Show Day."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.database: Database = new_database(url)
        self.writer = Writer(self.database)
        self.workshop: Workshop = replace(
            workshop(compose_editions), settings=settings, environment=environment(), calendars=Calendars(settings)
        )
        self.english = new_list(self.database, "english", START)
        self.join("kowhai", "Kōwhai School")
        self.join("other", "Everglade")

    def join(self, who: str, school: str, mail_list: MailList | None = None, digest: str = "none") -> None:
        address = f"{who}@school.example.nz"
        with self.database.begin() as connection:
            add_member(
                connection,
                mail_list or self.english,
                address,
                address,
                START,
                school=school,
                digest=DigestPeriod(digest),
            )

    def reached(self, at: str) -> list[str]:
        """Who gets mail of a tick at that time, by the part of her address before the @, in the order of sending."""
        before = self._sent()
        tick(self.database, self.writer, self.workshop, utc(at))
        tick_week(self.database, self.writer, self.workshop, post_prompt, utc(at))
        return self._sent()[len(before) :]

    def _sent(self) -> list[str]:
        statement = select(subscriptions.c.id, addresses.c.key).join(
            addresses, addresses.c.id == subscriptions.c.address_id
        )
        with self.database.read() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.id)).all()
            keys = {row.id: row.key for row in connection.execute(statement)}
        found = [
            [row.to_address] if row.to_address else [keys[each] for each in unpack(row.recipients)] for row in rows
        ]
        return [key.partition("@")[0] for each in found for key in each]


@pytest.fixture
def clock(database_url: str, settings: Settings) -> Iterator[Clock]:
    made = Clock(database_url, settings)
    yield made
    made.writer.close()
    made.database.close()


def test_a_reminder_of_a_date_goes_on_a_school_day_of_hers(clock: Clock) -> None:
    with clock.database.begin() as connection:
        add_dates(connection, clock.english.id, [NewDate("Awards", date(2026, 11, 15))], START, distances=(2,))
    assert clock.reached("2026-11-12 07:59") == []
    assert clock.reached("2026-11-12 08:00") == ["kowhai"]
    assert clock.reached("2026-11-13 08:00") == ["other"]
    assert [clock.reached(f"2026-11-{day} 09:00") for day in (12, 13, 14)] == [[], [], []]


def test_a_date_of_one_school_reminds_by_that_schools_days(clock: Clock) -> None:
    made = [
        NewDate("Pānui", date(2026, 11, 15), school="Kowhai School"),
        NewDate("Hui", date(2026, 11, 15), school="Everglade"),
    ]
    with clock.database.begin() as connection:
        add_dates(connection, clock.english.id, made, START, distances=(2,))
    assert clock.reached("2026-11-12 08:00") == ["kowhai"]
    assert clock.reached("2026-11-13 08:00") == ["other"]


def test_the_school_of_another_group_counts_where_this_one_names_none(clock: Clock) -> None:
    esol = new_list(clock.database, "esol", START)
    clock.join("kowhai", "", esol)
    with clock.database.begin() as connection:
        add_dates(connection, esol.id, [NewDate("Awards", date(2026, 11, 15))], START, distances=(2,))
    assert clock.reached("2026-11-12 08:00") == ["kowhai"]
    assert clock.reached("2026-11-13 08:00") == []


def test_a_reminder_of_a_goal_goes_on_a_school_day_of_hers(clock: Clock) -> None:
    with clock.database.begin() as connection:
        add_goal(connection, clock.english.id, "Two posts", 2, START, day=date(2026, 11, 14))
    assert clock.reached("2026-11-11 09:00") == []
    assert clock.reached("2026-11-12 09:00") == ["kowhai"]
    assert clock.reached("2026-11-13 09:00") == ["other"]


def test_a_day_off_of_the_group_is_none_of_hers(clock: Clock) -> None:
    """The group's own region has the day off; who is at a school elsewhere is reminded all the same."""
    calendar = clock.workshop.settings.calendar.model_copy(update={"region": "NZ-CAN"})
    assert calendar.schools is not None
    calendar.schools.write_text('[schools.Everglade]\nregion = "NZ-AUK"\n', "utf-8")
    settings = clock.workshop.settings.model_copy(update={"calendar": calendar})
    clock.workshop = replace(clock.workshop, settings=settings, calendars=Calendars(settings))
    with clock.database.begin() as connection:
        add_goal(connection, clock.english.id, "Two posts", 2, START, day=date(2026, 11, 14))
    assert clock.reached("2026-11-12 09:00") == ["kowhai"]
    assert clock.reached("2026-11-13 09:00") == ["other"]


def test_a_brief_waits_for_its_readers_school_day_and_passes_over_who_has_holidays(clock: Clock) -> None:
    def facilitates(who: str, school: str) -> None:
        address = f"{who}@school.example.nz"
        with clock.database.begin() as connection:
            add_member(connection, clock.english, address, address, START, school=school, granted={Role.FACILITATOR})

    with clock.database.begin() as connection:
        add_goal(connection, clock.english.id, "Two posts", 2, START, within_days=200)
    facilitates("kowhai", "Kōwhai School")
    assert clock.reached("2026-11-13 09:00") == [], "Show Day"
    assert clock.reached("2026-11-16 09:00") == ["kowhai"]
    facilitates("mary", "St Mary's")
    assert clock.reached("2026-11-30 09:00") == ["mary"]
    assert clock.reached("2026-12-14 09:00") == ["kowhai"], "it is Mary's turn, and she has holidays"


def test_an_update_at_her_own_hour_keeps_her_schools_days_and_the_common_one_the_groups(clock: Clock) -> None:
    for who in ("kowhai", "other", "common"):
        clock.join(who, "Kōwhai School" if who == "common" else "", digest="weekly")
    with clock.database.begin() as connection:
        connection.execute(subscriptions.update().where(subscriptions.c.id == 1).values(school="Kōwhai School"))
        for who in ("kowhai", "other"):
            person = person_of(connection, f"{who}@school.example.nz")
            assert person is not None
            choose_hour(connection, person, "friday", "07:00", START)
    assert clock.reached("2026-11-12 07:00") == ["kowhai"], "Friday is no school day of hers"
    assert clock.reached("2026-11-13 07:00") == ["other"]
    assert clock.reached("2026-11-13 16:00") == ["common"]


def test_in_her_schools_holidays_her_own_update_pauses(clock: Clock) -> None:
    with clock.database.begin() as connection:
        for who, school in (("kowhai", "St Mary's"), ("other", "Everglade")):
            address = f"{who}@school.example.nz"
            add_member(connection, clock.english, address, address, START, school=school, digest=DigestPeriod.WEEKLY)
            person = person_of(connection, address)
            assert person is not None
            choose_hour(connection, person, "tuesday", "07:00", START)
    times = [datetime(2026, 12, day) for day in (8, 15)]
    assert [sorted(clock.reached(f"{each:%Y-%m-%d} 07:00")) for each in times] == [["kowhai", "other"], ["other"]]


def test_the_command_line_says_whose_days_each_school_goes_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, runner = tmp_path / "site", CliRunner()

    def run(*words: str) -> str:
        config = [] if words[0] == "init" else ["--config", str(site / "listserv.toml")]
        done = runner.invoke(root, [*config, *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("init", str(site))
    (site / "schools.toml").write_text(FILE, "utf-8")
    monkeypatch.setenv("LISTSERV__CALENDAR__SCHOOLS", str(site / "schools.toml"))
    run("list", "create", "english")
    run("member", "add", "english", "aroha@school.example", "--school", "Kowhai school")
    run("member", "add", "english", "ben@school.example", "--school", "Everglade")
    run("member", "set", "english", "ben@school.example", "--school", "Ramarama", "--hours", "08:00-17:00")
    assert json.loads(run("school", "list", "--json")) == [
        {"school": "Kowhai school", "people": 1, "region": "NZ-CAN", "own_terms": False},
        {"school": "Ramarama", "people": 1, "region": "NZ", "own_terms": False},
        {"school": "St Mary's", "people": 0, "region": "NZ", "own_terms": True},
    ]
