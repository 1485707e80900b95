"""The clock's values: school terms and weeks, the periods digests cover, deadlines. Pure, without a clock or a zone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from operator import attrgetter

from listserv.model.lists import DigestPeriod

DAY = timedelta(days=1)
YEARS = range(1971, 2201)  # far enough from where the calendar ends that days can be counted on and back
LONGEST_DISTANCE_DAYS = 365
_SECOND = timedelta(seconds=1)


def monday_of(day: date) -> date:
    """The Monday of the day's week; weeks run Monday to Sunday."""
    return day - day.weekday() * DAY


def instant_of(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment (UTC) the zone's clock shows that time on that day: the first of two, or the end of a gap."""
    local = datetime.combine(day, at)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: tzinfo) -> datetime:
    """The clock change that leaves out `local`, found between what the offsets after and before make of it."""
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone).astimezone(UTC)
    while late - early > _SECOND:
        middle = early + (late - early) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) > local:
            late = middle
        else:
            early = middle
    return late


def end_of_rest(begins: time, ends: time, at: datetime, zone: tzinfo) -> datetime:
    """The time itself, or the end of the daily stretch of rest, which may run over midnight, that it falls into."""
    today = at.astimezone(zone).date()
    for day in (today - DAY, today):
        end = instant_of(day if begins < ends else day + DAY, ends, zone)
        if instant_of(day, begins, zone) <= at < end:
            return end
    return at


@dataclass(frozen=True, slots=True)
class Term:
    """A school term, its first and last day both in it."""

    year: int
    number: int
    first: date
    last: date

    @property
    def weeks_begin(self) -> date:
        """The Monday of week 1, which is the week that holds the first day."""
        return monday_of(self.first)

    @property
    def weeks_end(self) -> date:
        """The Sunday of the last week."""
        return monday_of(self.last) + 6 * DAY


_weeks_begin = attrgetter("weeks_begin")


@dataclass(frozen=True, slots=True)
class TermWeek:
    """Where a day is in the school year: Term 4, Week 6."""

    year: int
    term: int
    week: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that are known, by time; no two share a week (`config.terms` checks that).

    From `known_from` to `known_until` a day outside every term is a holiday; beyond them nothing is known.
    """

    terms: tuple[Term, ...] = ()
    known_from: date = date.max
    known_until: date = date.min

    def knows(self, day: date) -> bool:
        """Whether it is known if this is a day of term."""
        return self.known_from <= day <= self.known_until

    def term_of(self, day: date) -> Term | None:
        """The term one of whose weeks, Monday to Sunday, holds the day."""
        begun = bisect_right(self.terms, day, key=_weeks_begin)
        return self.terms[begun - 1] if begun and day <= self.terms[begun - 1].weeks_end else None

    def week_of(self, day: date) -> TermWeek | None:
        """The week of term the day is in, its weekend included; None in holidays and where nothing is known."""
        term = self.term_of(day)
        return None if term is None else TermWeek(term.year, term.number, (day - term.weeks_begin).days // 7 + 1)


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch of time one digest covers, and when it goes out. All times are aware, in UTC.

    A post is in it when `covers_from <= counts_at < covers_until`. `key` names it for good: "2026-W47" is the ISO week
    that holds the sending hour, "2026-11-20" the day, "2026-11" the month. `term_week` is that of the sending day.
    """

    kind: DigestPeriod
    key: str
    sends_at: datetime
    covers_from: datetime
    covers_until: datetime
    term_week: TermWeek | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date a group is reminded of, or an `event`: a whole day or, with `at`, an instant of it.

    `distances` are days before it; the group is reminded once at each. `end_day` is the last of several days, itself
    in it. With `network_id` it is a date of every group of that network, and `list_id` the one it was written in. With
    `school` it concerns that school's members alone. Dates of one `series` were written down together;
    `sequence` grows with each change, of which `changed_at` is the last. A `removed` one is told to calendars only,
    a `proposed` one to those who decide about it.
    """

    id: int
    list_id: int
    title: str
    day: date
    at: datetime | None
    link: str
    distances: tuple[int, ...]
    created_at: datetime
    event: bool = False
    school: str = ""
    end_day: date | None = None
    ends_at: datetime | None = None
    series: str = ""
    sequence: int = 0
    changed_at: datetime | None = None
    removed: bool = False
    proposed: bool = False
    network_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of a deadline: so many days before it, as planned, and when it goes out (UTC).

    `sequence` is the deadline's: after it was moved the group is reminded anew.
    """

    distance_days: int
    sends_at: datetime
    sequence: int = 0

    @property
    def key(self) -> str:
        """Its name in the schedule: "7d", "7d.1" once the deadline was moved."""
        return f"{self.distance_days}d" + (f".{self.sequence}" if self.sequence else "")
