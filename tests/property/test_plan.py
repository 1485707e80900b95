"""For any zone, hour, term table, quiet hours and downtime: windows tile, each period comes once, none in the pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from listserv.config.values import QuietHours
from listserv.digest.plan import PUNCTUAL, due, due_reminders, is_silent, period_named, periods
from listserv.model.calendar import DAY, NO_TERMS, Deadline, Period, Term, Terms, monday_of
from listserv.model.lists import DigestPeriod
from listserv.model.reminders import deadline_ends_at, reminders
from listserv.model.school import Rhythm, SchoolCalendar

# Zones with clock changes at midnight, by half an hour, twice in Ramadan, at 02:45, and without any.
ZONES = [
    "Pacific/Auckland", "Pacific/Chatham", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca",
    "Europe/London", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Asia/Beirut", "UTC", "Pacific/Kiritimati",
]  # fmt: skip
KINDS = [DigestPeriod.DAILY, DigestPeriod.WEEKLY, DigestPeriod.MONTHLY]
NEW_ZEALAND = SchoolCalendar(
    ZoneInfo("Pacific/Auckland"),
    Terms(
        (Term(2026, 3, date(2026, 7, 20), date(2026, 9, 25)), Term(2026, 4, date(2026, 10, 12), date(2026, 12, 18))),
        date(2026, 7, 20),
        date(2026, 12, 31),
    ),
)

times = st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0, fold=0))
days = st.dates(date(2025, 1, 1), date(2028, 1, 1))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
kinds = st.sampled_from(KINDS)


@st.composite
def term_tables(draw: st.DrawFn) -> Terms:
    """Terms and breaks of any length in turn, or none known."""
    lengths = draw(st.lists(st.tuples(st.integers(1, 90), st.integers(8, 60)), max_size=10))
    day, terms = draw(days), []
    for number, (length, gap) in enumerate(lengths, start=1):
        terms.append(Term(day.year, number, day, day + length * DAY))
        day = max(monday_of(day + (length + gap) * DAY), terms[-1].weeks_end + DAY)
    if not terms:
        return NO_TERMS
    before, after = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    return Terms(tuple(terms), terms[0].weeks_begin - before * DAY, terms[-1].weeks_end + after * DAY)


TABLES = term_tables()


@st.composite
def calendars(draw: st.DrawFn, terms: st.SearchStrategy[Terms] = TABLES, quiet_hours: bool = True) -> SchoolCalendar:
    pairs = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1])
    quiet = draw(st.none() | pairs) if quiet_hours else None
    return SchoolCalendar(
        ZoneInfo(draw(st.sampled_from(ZONES))),
        draw(terms),
        draw(st.frozensets(days, max_size=30)),
        QuietHours(*quiet) if quiet else None,
    )


rhythms = st.builds(Rhythm, st.integers(0, 6), times, times, times, st.booleans())
pausing = rhythms.map(lambda rhythm: replace(rhythm, pauses=True))


@given(calendars(), rhythms, kinds, moments, st.integers(0, 400))
@example(NEW_ZEALAND, Rhythm(6, time(2, 30)), DigestPeriod.WEEKLY, datetime(2026, 8, 1, tzinfo=UTC), 120)
def test_windows_tile_and_none_is_sent_in_the_pause(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, start: datetime, length_days: int
) -> None:
    found = list(periods(calendar, rhythm, kind, start, start + length_days * DAY))
    for period in found:
        assert start <= period.sends_at < start + length_days * DAY
        assert period.covers_from < period.covers_until < period.sends_at
        assert not calendar.is_quiet(period.sends_at)
        assert not (rhythm.pauses and calendar.is_holiday(calendar.day_of(period.sends_at)))
    for before, after in pairwise(found):
        assert after.covers_from == before.covers_until
    assert len({period.key for period in found}) == len(found)


@given(calendars(), rhythms, kinds, moments, st.integers(0, 300), st.integers(0, 300))
def test_the_calendar_alone_decides_wherever_one_begins_to_look(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, start: datetime, some: int, more: int
) -> None:
    middle, end = start + some * DAY, start + (some + more) * DAY
    whole = list(periods(calendar, rhythm, kind, start, end))
    assert whole == [
        *periods(calendar, rhythm, kind, start, middle),
        *periods(calendar, rhythm, kind, middle, end),
    ]
    assert all(period_named(calendar, rhythm, kind, period.key) == period for period in whole)


@given(calendars(st.just(NO_TERMS), quiet_hours=False), rhythms, days)
def test_without_a_pause_each_week_has_its_digest_at_its_local_hour(
    calendar: SchoolCalendar, rhythm: Rhythm, day: date
) -> None:
    start = calendar.instant(monday_of(day), time())
    found = list(
        periods(calendar, rhythm, DigestPeriod.WEEKLY, start, calendar.instant(monday_of(day) + 364 * DAY, time()))
    )
    assert len(found) == 52
    for period in found:
        local = period.sends_at.astimezone(calendar.zone)
        assert local.weekday() == rhythm.weekday
        shown = local.replace(tzinfo=None)
        wanted = datetime.combine(local.date(), rhythm.weekly_at)
        if shown != wanted:  # a gap: nothing of that day's clock lies between the hour wanted and the one taken
            just_before = (period.sends_at - timedelta(seconds=1)).astimezone(calendar.zone).replace(tzinfo=None)
            assert just_before < wanted < shown


@given(calendars(quiet_hours=False), pausing)
def test_each_week_of_term_with_a_school_day_has_one(calendar: SchoolCalendar, rhythm: Rhythm) -> None:
    for term in calendar.terms.terms:
        start = calendar.instant(term.weeks_begin, time())
        end = calendar.instant(term.weeks_end + DAY, time())
        weeks = (term.weeks_end + DAY - term.weeks_begin).days // 7
        with_school = sum(
            any(calendar.is_school_day(term.weeks_begin + (week * 7 + day) * DAY) for day in range(7))
            for week in range(weeks)
        )
        found = list(periods(calendar, rhythm, DigestPeriod.WEEKLY, start, end))
        assert len(found) == (with_school if rhythm.weekday < 5 else weeks)


def lived_through(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, ticks: Sequence[datetime]
) -> tuple[list[Period], list[Period]]:
    """(sent, skipped) by a service that ran at these moments and remembers only how far it told."""
    covered: datetime | None = None
    sent: list[Period] = []
    skipped: dict[str, Period] = {}
    for now in ticks:
        owed = due(calendar, rhythm, kind, covered, ticks[0], now)
        skipped |= {period.key: period for period in owed.skipped}
        for period in owed.periods:
            assert now - owed.periods[-1].sends_at <= PUNCTUAL or not is_silent(calendar, rhythm, now)
            sent.append(period)
            covered = period.covers_until
    return sent, list(skipped.values())


@given(
    calendars(),
    rhythms,
    kinds,
    moments,
    st.lists(st.integers(1, 60 * 24 * 20), min_size=1, max_size=60),
)
@example(NEW_ZEALAND, Rhythm(), DigestPeriod.WEEKLY, datetime(2026, 9, 20, tzinfo=UTC), [1] * 30 + [60 * 24 * 20] * 3)
def test_after_any_downtime_every_period_comes_once_in_order_or_is_told_with_the_next(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, start: datetime, gaps_minutes: list[int]
) -> None:
    ticks = [start]
    for gap in gaps_minutes:
        ticks.append(ticks[-1] + timedelta(minutes=gap))
    sent, skipped = lived_through(calendar, rhythm, kind, ticks)
    end = ticks[-1] + timedelta(seconds=1)
    by_key = {period.key: period for period in periods(calendar, rhythm, kind, start, end)}
    keys = [period.key for period in (*sent, *skipped)]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(by_key)
    assert [period.key for period in sent] == sorted(
        (period.key for period in sent), key=lambda key: by_key[key].sends_at
    )
    if sent:
        assert sent[0].covers_from <= by_key[sent[0].key].covers_from
    for before, after in pairwise(sent):
        assert after.covers_from == before.covers_until
    for period in skipped:  # its time is in a window that was sent after it, or still to be sent
        later = [each for each in sent if each.sends_at > period.sends_at]
        assert not later or later[0].covers_from <= period.covers_from


@given(calendars(), rhythms, kinds, moments, st.integers(1, 200))
def test_a_service_that_is_never_down_sends_exactly_the_plan(
    calendar: SchoolCalendar, rhythm: Rhythm, kind: DigestPeriod, start: datetime, length_days: int
) -> None:
    planned = list(periods(calendar, rhythm, kind, start, start + length_days * DAY))
    # A tick just after each moment something can be due is as good as one every 20 seconds.
    ticks = [start, *(period.sends_at + timedelta(seconds=19) for period in planned)]
    sent, skipped = lived_through(calendar, rhythm, kind, ticks)
    assert sent == planned
    assert skipped == []


distances = st.lists(st.integers(0, 60), max_size=4).map(tuple)


@given(calendars(), rhythms, days, st.none() | moments, distances, st.lists(st.integers(1, 60 * 24 * 9), max_size=40))
def test_a_deadline_is_reminded_of_once_a_distance_and_never_after_it(
    calendar: SchoolCalendar,
    rhythm: Rhythm,
    day: date,
    at: datetime | None,
    wanted: tuple[int, ...],
    gaps_minutes: list[int],
) -> None:
    last = calendar.day_of(at) if at else day
    now = calendar.instant(last - 70 * DAY, time(12))
    deadline = Deadline(1, 1, "TESSOL", day, at, "", wanted, now)
    planned = reminders(calendar, rhythm, deadline)
    assert len({each.distance_days for each in planned}) == len(planned) <= len(set(wanted))
    assert {each.distance_days for each in planned} <= set(wanted)
    claimed: set[str] = set()
    for gap in gaps_minutes:
        now += timedelta(minutes=gap)
        owed = due_reminders(calendar, rhythm, deadline, now)
        if owed and owed[-1].key not in claimed:
            assert now < deadline_ends_at(calendar, deadline)
            assert now - owed[-1].sends_at <= PUNCTUAL or not is_silent(calendar, rhythm, now)
            claimed.add(owed[-1].key)
        claimed |= {each.key for each in owed}
    assert claimed <= {each.key for each in planned}


@given(calendars(quiet_hours=False), pausing, days, distances)
def test_reminders_go_on_school_days_where_the_terms_are_known(
    calendar: SchoolCalendar, rhythm: Rhythm, day: date, wanted: tuple[int, ...]
) -> None:
    deadline = Deadline(1, 1, "TESSOL", day, None, "", wanted, datetime(2020, 1, 1, tzinfo=UTC))
    for each in reminders(calendar, rhythm, deadline):
        planned_for = day - each.distance_days * DAY
        on = calendar.day_of(each.sends_at)
        near = [planned_for - number * DAY for number in range(60)]
        if calendar.terms.knows(planned_for) and any(calendar.is_school_day(other) for other in near):
            assert calendar.is_school_day(on)
            assert on <= day
        if on > planned_for:
            assert calendar.is_holiday(planned_for) or not calendar.is_school_day(planned_for)
