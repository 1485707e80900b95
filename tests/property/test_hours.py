"""For any zone, hours, change of the clocks and moment of posting: a copy goes out once, within its reader's hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from listserv.model.calendar import instant_of
from listserv.model.hours import Hours, next_open, read_hours
from listserv.store.engine import Database
from tests.night import AUTHOR, Night
from tests.store_site import made

ZONES = (
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Europe/London",
    "Asia/Kathmandu",
)
A_DAY = timedelta(days=1)
# The nights in which the clocks of these zones change, and ordinary ones.
CHANGES = [datetime(2026, *day, tzinfo=UTC) for day in ((4, 4), (4, 5), (9, 26), (9, 27), (3, 28), (10, 24), (6, 10))]

zones = st.sampled_from(ZONES)
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
hours_of_day = st.builds(Hours, clock_times, clock_times).filter(lambda each: each.opens != each.closes)
moments = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(0, 2 * 24 * 60)
)
names = count()


def is_open(hours: Hours, at: datetime, zone: str) -> bool:
    """By another way: the moments of opening and closing around it, in their order."""
    day = at.astimezone(ZoneInfo(zone)).date()
    opened = [instant_of(day + ahead * A_DAY, hours.opens, ZoneInfo(zone)) for ahead in (-2, -1, 0, 1)]
    closed = [instant_of(day + ahead * A_DAY, hours.closes, ZoneInfo(zone)) for ahead in (-2, -1, 0, 1)]
    last_opened = max(each for each in opened if each <= at)
    last_closed = max(each for each in closed if each <= at)
    # Where the clocks leave out the stretch between them they are one moment, and the later of the two holds.
    return last_opened > last_closed or (last_opened == last_closed and hours.opens > hours.closes)


@given(hours_of_day)
def test_hours_are_read_as_they_are_written(hours: Hours) -> None:
    assert read_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "text", ["", "07:00", "7:00-19:00", "07:00-07:00", "07:00-25:00", "07:00-19:00 ", "٠٧:٠٠-19:00"]
)
def test_what_are_no_hours_is_none(text: str) -> None:
    assert read_hours(text) is None


@given(hours_of_day, moments, zones)
@example(Hours(time(2, 0), time(2, 1)), datetime(2026, 9, 26, tzinfo=UTC), "Pacific/Auckland")
@example(Hours(time(2, 1), time(2, 0)), datetime(2026, 9, 26, 14, tzinfo=UTC), "Pacific/Auckland")
@settings(max_examples=300)
def test_the_next_opening_is_never_past_never_far_and_open(hours: Hours, at: datetime, zone: str) -> None:
    opens_at = next_open(hours, at, ZoneInfo(zone))
    assert at <= opens_at <= at + 2 * A_DAY + timedelta(hours=1)
    assert (opens_at == at) == is_open(hours, at, zone)
    assert is_open(hours, opens_at, zone)
    assert next_open(hours, opens_at, ZoneInfo(zone)) == opens_at


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("hours")
    with made(f"sqlite:///{folder / 'listserv.db'}") as opened:
        yield opened


@given(
    st.lists(st.tuples(zones, st.none() | hours_of_day), min_size=1, max_size=4),
    moments,
    st.lists(st.tuples(st.integers(0, 900), st.booleans()), min_size=1, max_size=4),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_copy_goes_out_once_in_its_readers_hours_and_none_is_lost(
    database: Database, readers: list[tuple[str, Hours | None]], start: datetime, posts: list[tuple[int, bool]]
) -> None:
    night = Night(database, f"l{next(names)}")
    known = {f"s{number}@{night.list_id}.example": each for number, each in enumerate(readers)}
    for address, (zone, hours) in known.items():
        night.add(address, str(hours or ""), zone)
    sent, at = {}, start
    for number, (minutes, down) in enumerate(posts):
        night.down = False
        at += timedelta(minutes=minutes)
        night.go_to(at)
        night.down = down
        sent[f"p{night.list_id}.{number}"] = at
        night.post(f"p{night.list_id}.{number}", at)
        night.work()
    night.down = False
    night.go_to(at + 4 * A_DAY)
    night.end()
    assert night.waiting() == []
    expected = sorted((to, name) for to in (*known, AUTHOR) for name in sent)
    assert sorted((to, name) for to, name, _ in night.ledger) == expected
    for to, name, out in night.ledger:
        zone, hours = known.get(to, ("", None))
        assert sent[name] <= out
        assert hours is None or is_open(hours, out, zone)
