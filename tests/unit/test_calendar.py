"""School terms, local hours and quiet hours mean what a New Zealand school's wall calendar says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from listserv.config import Settings
from listserv.config.calendars import Calendars, public_holidays
from listserv.config.terms import load_terms, read_terms
from listserv.config.values import QuietHours
from listserv.errors import ConfigError
from listserv.model.calendar import NO_TERMS, Term, TermWeek
from listserv.model.lists import ListSettings, MailList
from listserv.model.school import SchoolCalendar

AUCKLAND = ZoneInfo("Pacific/Auckland")
SHIPPED = load_terms(None)
CALENDAR = SchoolCalendar(AUCKLAND, SHIPPED, public_holidays("NZ-AUK"))


def settings(**calendar: object) -> Settings:
    return Settings.model_validate({"site": {"domain": "lists.example.nz"}, "calendar": calendar})


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2025, 2, 3), TermWeek(2025, 1, 1)),
        (date(2025, 4, 11), TermWeek(2025, 1, 10)),
        (date(2025, 4, 13), TermWeek(2025, 1, 10)),  # the Sunday of the last week
        (date(2025, 4, 14), None),
        (date(2025, 12, 19), TermWeek(2025, 4, 11)),
        (date(2026, 1, 15), None),
        (date(2026, 4, 3), TermWeek(2026, 1, 9)),  # Good Friday, the day after term
        (date(2026, 9, 27), TermWeek(2026, 3, 10)),
        (date(2026, 9, 28), None),
        (date(2026, 10, 12), TermWeek(2026, 4, 1)),
        (date(2026, 11, 16), TermWeek(2026, 4, 6)),
        (date(2026, 11, 22), TermWeek(2026, 4, 6)),
        (date(2027, 3, 1), None),
    ],
)
def test_weeks_of_term_run_monday_to_sunday(day: date, week: TermWeek | None) -> None:
    assert CALENDAR.term_week(day) == week


def test_a_term_that_begins_on_a_wednesday_has_its_first_week_from_the_monday() -> None:
    terms = read_terms({"terms": {"2026": {"1": ["2026-02-04", "2026-04-02"]}}}, "here")
    assert terms.week_of(date(2026, 2, 2)) == TermWeek(2026, 1, 1)
    assert terms.knows(date(2026, 2, 2))
    assert not terms.knows(date(2026, 2, 1))


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 9, 30), True),
        (date(2027, 1, 24), True),
        (date(2027, 1, 25), False),  # nothing is known of 2027's terms: no pause
        (date(2024, 12, 31), False),
        (date(2026, 10, 26), False),  # Labour Day is no school holiday
    ],
)
def test_only_what_is_known_is_a_holiday(day: date, holiday: bool) -> None:
    assert CALENDAR.is_holiday(day) == holiday


@pytest.mark.parametrize(
    ("day", "school"),
    [
        (date(2026, 2, 5), True),
        (date(2026, 2, 6), False),  # Waitangi Day
        (date(2026, 2, 7), False),  # Saturday
        (date(2026, 4, 2), True),
        (date(2026, 4, 3), False),
        (date(2026, 10, 26), False),
        (date(2026, 9, 30), False),
        (date(2027, 3, 1), True),  # a Monday of which nothing else is known
    ],
)
def test_school_days(day: date, school: bool) -> None:
    assert CALENDAR.is_school_day(day) == school


def test_regions_have_their_own_holidays() -> None:
    auckland, nowhere = public_holidays("NZ-AUK"), public_holidays("")
    assert date(2026, 1, 26) in auckland
    assert date(2026, 1, 26) not in public_holidays("NZ")
    assert date(2026, 2, 6) in public_holidays("NZ")
    assert date(2026, 2, 6) not in nowhere


@pytest.mark.parametrize("region", ["XX", "NZ-ZZZ"])
def test_an_unknown_region_is_refused(region: str) -> None:
    with pytest.raises(ConfigError, match=f'calendar.region = "{region}"'):
        public_holidays(region)


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Pacific/Auckland", date(2026, 9, 25), time(16), "2026-09-25T04:00Z"),
        ("Pacific/Auckland", date(2026, 10, 2), time(16), "2026-10-02T03:00Z"),
        ("Pacific/Auckland", date(2026, 9, 27), time(1, 59), "2026-09-26T13:59Z"),
        ("Pacific/Auckland", date(2026, 9, 27), time(2), "2026-09-26T14:00Z"),  # left out: 03:00 is the next
        ("Pacific/Auckland", date(2026, 9, 27), time(2, 30), "2026-09-26T14:00Z"),
        ("Pacific/Auckland", date(2026, 9, 27), time(3), "2026-09-26T14:00Z"),
        ("Pacific/Auckland", date(2026, 4, 5), time(2, 30), "2026-04-04T13:30Z"),  # twice: the first
        ("Pacific/Auckland", date(2026, 4, 5), time(3), "2026-04-04T15:00Z"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03T15:30Z"),  # half an hour is left out
        ("America/Santiago", date(2026, 9, 6), time(0), "2026-09-06T04:00Z"),  # midnight is left out
        ("Pacific/Apia", date(2011, 12, 30), time(16), "2011-12-30T10:00Z"),  # a whole day was left out
        ("UTC", date(2026, 4, 5), time(2, 30), "2026-04-05T02:30Z"),
    ],
)
def test_every_local_hour_is_one_instant(zone: str, day: date, at: time, instant: str) -> None:
    assert SchoolCalendar(ZoneInfo(zone)).instant(day, at) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("quiet", "at", "after"),
    [
        (("20:00", "07:00"), "2026-11-20T19:59+13:00", None),
        (("20:00", "07:00"), "2026-11-20T20:00+13:00", "2026-11-21T07:00+13:00"),
        (("20:00", "07:00"), "2026-11-21T06:59+13:00", "2026-11-21T07:00+13:00"),
        (("20:00", "07:00"), "2026-11-21T07:00+13:00", None),
        (("12:00", "13:30"), "2026-11-21T12:45+13:00", "2026-11-21T13:30+13:00"),
        (("12:00", "13:30"), "2026-11-21T11:45+13:00", None),
        (("20:00", "02:30"), "2026-09-26T23:00+12:00", "2026-09-27T03:00+13:00"),  # ends in a gap
        (("20:00", "02:30"), "2026-04-05T02:15+12:00", None),  # the second 02:15: it ended before
    ],
)
def test_quiet_hours(quiet: tuple[str, str], at: str, after: str | None) -> None:
    begins, ends = (time.fromisoformat(text) for text in quiet)
    calendar = SchoolCalendar(AUCKLAND, NO_TERMS, frozenset(), QuietHours(begins, ends))
    now = datetime.fromisoformat(at).astimezone(UTC)
    assert calendar.is_quiet(now) == (after is not None)
    assert calendar.after_quiet_hours(now) == (datetime.fromisoformat(after) if after else now)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[terms.2026]\n1 = [2026-02-02]", "terms.2026.1 = [2026-02-02]: write the term's number"),
        ("[terms.2026]\n1 = [2026-02-02, 2026-02-30]", "Invalid date"),
        ('[terms.2026]\n1 = ["2 Feb", "2026-04-02"]', "terms.2026.1 = [2 Feb, 2026-04-02]"),
        ("[terms.2026]\n1 = [2026-04-02, 2026-02-02]", "from 2026-04-02 to 2026-02-02 is no term"),
        ("[terms.2026]\none = [2026-02-02, 2026-04-02]", "terms.2026.one"),
        ("[terms.next]\n1 = [2026-02-02, 2026-04-02]", "terms.next: write [terms.2026]"),
        ("terms = 3", "terms must be tables"),
        ("[term.2026]\n", "there is no 'term' here; there are known_from, known_until, terms"),
        ("known_until = 3", "known_until = 3: write a day"),
        (
            "[terms.2026]\n1 = [2026-02-02, 2026-04-01]\n2 = [2026-04-02, 2026-07-03]",
            "terms.2026.2 begins in the week in which, or before, terms.2026.1 ends (2026-04-01)",
        ),
        ("not toml", "terms.toml: "),
    ],
)
def test_a_wrong_table_says_what_to_write(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "terms.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_terms(file)
    assert fault in caught.value.public
    assert str(file) in caught.value.public


def test_every_fault_of_a_table_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "terms.toml"
    file.write_text("known_from = 1\n[terms.2026]\n1 = []\n2 = [2026-07-03, 2026-04-20]\n")
    with pytest.raises(ConfigError) as caught:
        load_terms(file)
    assert len(caught.value.public.splitlines()) == 3


def test_a_missing_or_huge_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml"):
        load_terms(tmp_path / "no.toml")
    (tmp_path / "huge.toml").write_text("#" * 200_001)
    with pytest.raises(ConfigError, match="octets"):
        load_terms(tmp_path / "huge.toml")


def test_a_site_may_have_terms_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[terms.2027]\n1 = [2027-02-03, 2027-04-16]\n")
    terms = Calendars(settings(terms=str(file))).terms
    assert terms.terms == (Term(2027, 1, date(2027, 2, 3), date(2027, 4, 16)),)
    assert (terms.known_from, terms.known_until) == (date(2027, 2, 1), date(2027, 4, 18))


def test_a_table_without_terms_knows_nothing() -> None:
    assert read_terms({}, "here") == NO_TERMS
    assert not NO_TERMS.knows(date(2026, 11, 20))


@pytest.mark.parametrize(("group", "zone"), [("", "Pacific/Auckland"), ("Pacific/Chatham", "Pacific/Chatham")])
def test_a_group_has_its_own_zone_or_the_sites(group: str, zone: str) -> None:
    mail_list = MailList(1, 1, "english", "lists.example.nz", "English", "", ListSettings(time_zone=group), 1)
    assert Calendars(settings()).of(mail_list).zone.key == zone


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2026-03-01", ""),
        ("2026-11-20", ""),
        ("2026-12-20", "until 2027-01-24"),
        ("2027-03-01", "no longer"),
        ("2024-01-01", "no"),
    ],
)
def test_check_warns_in_time(now: str, says: str) -> None:
    warning = Calendars(settings()).warning(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert bool(warning) == bool(says)
    assert says in warning
