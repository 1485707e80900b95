"""The sending days of the New Zealand school year, told one by one; what is owed after downtime and changes of mind."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from listserv.config.calendars import public_holidays
from listserv.config.terms import load_terms
from listserv.config.values import QuietHours
from listserv.digest.plan import NOTHING, due, period_named, periods
from listserv.model.calendar import DAY, NO_TERMS, Period, TermWeek
from listserv.model.lists import DigestPeriod, ListSettings
from listserv.model.school import Rhythm, SchoolCalendar, rhythm_of

AUCKLAND = ZoneInfo("Pacific/Auckland")
CALENDAR = SchoolCalendar(AUCKLAND, load_terms(None), public_holidays("NZ"))
PLAIN = SchoolCalendar(AUCKLAND)
FRIDAY = Rhythm()
DAILY, WEEKLY, MONTHLY = DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AUCKLAND).astimezone(UTC)


def local(at: datetime) -> str:
    return at.astimezone(AUCKLAND).strftime("%Y-%m-%d %H:%M")


def sent(calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, between: str, until: str) -> list[Period]:
    return list(periods(calendar, rhythm, kind, utc(between), utc(until)))


def test_the_defaults_of_a_group_are_friday_at_four_and_seven_in_the_morning() -> None:
    assert rhythm_of(ListSettings()) == FRIDAY == Rhythm(4, time(16), time(7), time(8), True)
    settings = ListSettings.model_validate({"digest_day": "monday", "digest_time": "07:30", "holiday_pause": False})
    assert rhythm_of(settings) == Rhythm(0, time(7, 30), time(7), time(8), False)


@pytest.mark.parametrize("value", ["7", "24:00", "07:60", "07:00\n", " 07:00", "seven"])
def test_an_hour_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="digest_time"):
        ListSettings.model_validate({"digest_time": value})


def test_every_week_of_the_school_year_has_one_digest() -> None:
    year = sent(CALENDAR, FRIDAY, WEEKLY, "2026-01-01", "2027-01-01")
    assert len(year) == 9 + 11 + 10 + 10
    weeks = [(period.term_week.term, period.term_week.week) for period in year if period.term_week]
    assert weeks == [
        (term, week) for term, weeks in ((1, 9), (2, 11), (3, 10), (4, 10)) for week in range(1, weeks + 1)
    ]
    assert year[0].key == "2026-W06"
    assert year[-1].key == "2026-W51"


@pytest.mark.parametrize(
    ("key", "goes"),
    [
        ("2026-W06", "2026-02-05 16:00"),  # Friday is Waitangi Day
        ("2026-W14", "2026-04-02 16:00"),  # Friday is Good Friday, and term ends on Thursday
        ("2026-W15", None),  # holidays
        ("2026-W39", "2026-09-25 16:00"),  # before daylight saving
        ("2026-W40", None),
        ("2026-W42", "2026-10-16 16:00"),  # after it
        ("2026-W47", "2026-11-20 16:00"),
        ("2027-W03", None),  # 22 January
        ("2027-W04", "2027-01-29 16:00"),  # nothing is known any more
    ],
)
def test_the_weekly_digest_goes_on_its_day_or_the_school_day_before(key: str, goes: str | None) -> None:
    period = period_named(CALENDAR, FRIDAY, WEEKLY, key)
    assert (None if period is None else local(period.sends_at)) == goes


def test_a_monday_digest_goes_after_a_monday_holiday() -> None:
    monday = Rhythm(weekday=0, weekly_at=time(7))
    labour_week = period_named(CALENDAR, monday, WEEKLY, "2026-W44")
    assert labour_week is not None
    assert local(labour_week.sends_at) == "2026-10-27 07:00"


def test_a_sunday_digest_stays_on_sunday() -> None:
    sunday = Rhythm(weekday=6, weekly_at=time(18))
    found = sent(CALENDAR, sunday, WEEKLY, "2026-09-20", "2026-10-20")
    assert [local(period.sends_at) for period in found] == [
        "2026-09-20 18:00",
        "2026-09-27 18:00",
        "2026-10-18 18:00",
    ]


def test_the_first_update_of_term_covers_the_break() -> None:
    last, first = sent(CALENDAR, FRIDAY, WEEKLY, "2026-09-20", "2026-10-20")
    assert first.covers_from == last.covers_until == utc("2026-09-25 15:59")
    assert first.covers_until == utc("2026-10-16 15:59")
    assert first.term_week == TermWeek(2026, 4, 1)


def test_the_first_update_of_the_year_covers_the_summer() -> None:
    [first] = sent(CALENDAR, FRIDAY, WEEKLY, "2026-01-01", "2026-02-08")
    assert local(first.covers_from) == "2025-12-19 15:59"


def test_without_a_pause_the_holidays_are_weeks_like_others() -> None:
    found = sent(CALENDAR, Rhythm(pauses=False), WEEKLY, "2026-03-30", "2026-04-25")
    assert [local(period.sends_at)[:10] for period in found] == ["2026-04-03", "2026-04-10", "2026-04-17", "2026-04-24"]


def test_with_no_terms_known_dates_are_plain() -> None:
    found = sent(PLAIN, FRIDAY, WEEKLY, "2026-04-01", "2026-04-20")
    assert [local(period.sends_at)[:10] for period in found] == ["2026-04-03", "2026-04-10", "2026-04-17"]
    assert {period.term_week for period in found} == {None}


@pytest.mark.parametrize(
    ("day", "instants"),
    [
        ("2026-09-27", ["2026-09-25T14:30Z", "2026-09-26T14:00Z", "2026-09-27T13:30Z"]),  # 02:30 is left out
        ("2026-04-05", ["2026-04-03T13:30Z", "2026-04-04T13:30Z", "2026-04-05T14:30Z"]),  # 02:30 comes twice
    ],
)
def test_a_daily_digest_at_half_past_two_comes_once_through_a_clock_change(day: str, instants: list[str]) -> None:
    middle = date.fromisoformat(day)
    start, end = (PLAIN.instant(middle + days * DAY, time()) for days in (-1, 2))
    found = list(periods(PLAIN, Rhythm(daily_at=time(2, 30)), DAILY, start, end))
    assert [period.sends_at for period in found] == [datetime.fromisoformat(instant) for instant in instants]
    assert [period.key for period in found] == [str(middle + days * DAY) for days in (-1, 0, 1)]


def test_daily_digests_pause_in_whole_weeks_of_holidays() -> None:
    found = [period.key for period in sent(CALENDAR, FRIDAY, DAILY, "2026-04-01", "2026-04-23")]
    assert found == [*(f"2026-04-0{day}" for day in range(1, 6)), "2026-04-20", "2026-04-21", "2026-04-22"]


def test_the_monthly_digest_goes_with_the_first_weekly_one_of_the_month() -> None:
    found = sent(CALENDAR, FRIDAY, MONTHLY, "2026-01-01", "2026-12-31")
    assert [local(period.sends_at)[:10] for period in found] == [
        "2026-02-05", "2026-03-06", "2026-04-02", "2026-05-01", "2026-06-05", "2026-07-03", "2026-08-07", "2026-09-04",
        "2026-10-16", "2026-11-06", "2026-12-04",
    ]  # fmt: skip
    assert [period.key for period in found[:2]] == ["2026-02", "2026-03"]


def test_quiet_hours_put_a_digest_off_and_the_week_is_that_of_the_hour_it_goes() -> None:
    quiet = SchoolCalendar(AUCKLAND, NO_TERMS, frozenset(), QuietHours(time(20), time(7)))
    found = sent(quiet, Rhythm(weekday=6, weekly_at=time(21)), WEEKLY, "2026-11-16", "2026-11-24")
    assert [(period.key, local(period.sends_at)) for period in found] == [
        ("2026-W47", "2026-11-16 07:00"),
        ("2026-W48", "2026-11-23 07:00"),
    ]


def test_quiet_hours_do_not_put_a_digest_off_into_the_holidays() -> None:
    quiet = SchoolCalendar(AUCKLAND, CALENDAR.terms, frozenset(), QuietHours(time(20), time(7)))
    late = Rhythm(weekday=6, weekly_at=time(21), daily_at=time(22))
    assert [local(each.sends_at) for each in sent(quiet, late, WEEKLY, "2026-09-14", "2026-10-20")] == [
        "2026-09-14 07:00", "2026-09-21 07:00", "2026-10-19 07:00",
    ]  # fmt: skip
    assert sent(quiet, late, DAILY, "2026-09-20", "2026-10-01")[-1].key == "2026-09-26"


@pytest.mark.parametrize("key", ["", "2026-W54", "W47", "2026-47", "2026-11-20", "0001-W01", "9999-W52", "-W", "é"])
def test_a_week_that_is_none_has_no_digest(key: str) -> None:
    assert period_named(PLAIN, FRIDAY, WEEKLY, key) is None


def owed(now: str, covered: str | None, since: str = "2026-01-01", **rhythm: bool) -> tuple[list[str], list[str]]:
    found = due(CALENDAR, Rhythm(**rhythm), WEEKLY, utc(covered) if covered else None, utc(since), utc(now))  # type: ignore[arg-type]
    return [period.key for period in found.skipped], [period.key for period in found.periods]


@pytest.mark.parametrize(
    ("now", "covered", "skipped", "sent"),
    [
        ("2026-11-20 15:59", "2026-11-13 15:59", [], []),
        ("2026-11-20 16:00", "2026-11-13 15:59", [], ["2026-W47"]),
        ("2026-11-20 16:00", "2026-11-20 15:59", [], []),
        ("2026-11-23 09:00", "2026-11-06 15:59", [], ["2026-W46", "2026-W47"]),
        ("2026-11-23 09:00", "2026-10-16 15:59", ["2026-W43", "2026-W44", "2026-W45"], ["2026-W46", "2026-W47"]),
        ("2026-09-26 09:00", "2026-09-18 15:59", [], ["2026-W39"]),  # the weekend after the last week of term
        ("2026-09-28 09:00", "2026-09-18 15:59", [], []),  # holidays: it waits
        ("2026-10-12 00:01", "2026-09-18 15:59", ["2026-W39"], []),  # too old, told with the next
        ("2026-10-16 16:00", "2026-09-18 15:59", ["2026-W39"], ["2026-W42"]),
    ],
)
def test_after_downtime_each_missed_digest_goes_once_in_order(
    now: str, covered: str, skipped: list[str], sent: list[str]
) -> None:
    assert owed(now, covered) == (skipped, sent)


def test_what_was_skipped_is_told_with_the_next() -> None:
    found = due(CALENDAR, FRIDAY, WEEKLY, utc("2026-09-18 15:59"), utc("2026-01-01"), utc("2026-10-16 16:00"))
    assert local(found.periods[0].covers_from) == "2026-09-18 15:59"


@pytest.mark.parametrize(
    ("since", "skipped", "sent"),
    [
        ("2026-11-20 12:00", [], ["2026-W47"]),  # joined this morning
        ("2026-11-20 16:30", [], []),  # joined just after it went
        ("2026-11-10 09:00", [], ["2026-W46", "2026-W47"]),  # the service was down since she joined
        ("2026-10-26 09:00", ["2026-W44", "2026-W45"], ["2026-W46", "2026-W47"]),
        ("2026-02-10 09:00", [], ["2026-W47"]),  # switched it on now: not the whole past
    ],
)
def test_a_first_reader_gets_what_is_sent_from_now_on(since: str, skipped: list[str], sent: list[str]) -> None:
    assert owed("2026-11-20 17:00", None, since) == (skipped, sent)


def test_a_first_digest_after_downtime_tells_everything_since_the_reader_joined() -> None:
    daily = due(CALENDAR, FRIDAY, DAILY, None, utc("2026-11-16 09:00"), utc("2026-11-22 09:00"))
    assert [period.key for period in daily.skipped] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert [period.key for period in daily.periods] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert daily.periods[0].covers_from == utc("2026-11-16 06:59")


@pytest.mark.parametrize(
    ("now", "goes"), [("2026-11-20 21:59", True), ("2026-11-20 23:30", False), ("2026-11-21 07:00", True)]
)
def test_a_late_digest_waits_for_the_end_of_quiet_hours(now: str, goes: bool) -> None:
    calendar = SchoolCalendar(AUCKLAND, CALENDAR.terms, frozenset(), QuietHours(time(22), time(7)))
    found = due(calendar, FRIDAY, WEEKLY, utc("2026-11-13 15:59"), utc("2026-01-01"), utc(now))
    assert (found != NOTHING) == goes


def test_a_digest_at_the_last_minute_before_the_holidays_still_goes() -> None:
    last_minute = Rhythm(weekday=6, weekly_at=time(23, 59))
    found = due(CALENDAR, last_minute, WEEKLY, utc("2026-09-20 23:58"), utc("2026-01-01"), utc("2026-09-28 00:00:15"))
    assert [period.key for period in found.periods] == ["2026-W39"]
