"""Whatever a line holds: nothing raises, what is rendered reads back to itself, and no reading is a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from hypothesis import assume, example, given
from hypothesis import strategies as st

from listserv.config.terms import load_terms
from listserv.mail.when.lines import MOST_GUESSES, read_date_lines
from listserv.mail.when.titles import TITLE_CHARACTERS
from listserv.mail.when.values import Dated, Doubt, Unclear
from listserv.model.calendar import NO_TERMS, Term, Terms

AUCKLAND = ZoneInfo("Pacific/Auckland")
TERMS = load_terms(None)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
MONTHS = (
    "Kohitātea", "Huitanguru", "Poutūterangi", "Paengawhāwhā", "Haratua", "Pipiri", "Hōngongoi", "Hereturikōkā",
    "Mahuru", "Whiringa-ā-nuku", "Whiringa-ā-rangi", "Hakihea",
)  # fmt: skip
WEEKDAYS = ("Rāhina", "Rātū", "Rāapa", "Rāpare", "Rāmere", "Rāhoroi", "Rātapu")


def th(day: date) -> str:
    return f"{day.day}" + ("th" if 10 <= day.day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th"))


def te_reo(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} te {day.day} o {MONTHS[day.month - 1]}"


Written = Callable[[date], str]
WITH_YEAR: list[Written] = [
    date.isoformat,
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day.day}/{day.month}/{day.year}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day.day}-{day.month}-{day.year}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day.day} {day:%B} {day.year}",
    lambda day: f"{day:%a} {day.day} {day:%b} {day.year}",
    lambda day: f"{day:%A}, {day.day} {day:%B}, {day.year}",
    lambda day: f"{th(day)} of {day:%B} {day.year}",
    lambda day: f"{day:%A} the {th(day)} of {day:%B} {day.year}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day:%b} {th(day)} {day.year}",
    lambda day: f"{day:%d-%b-%Y}",
    lambda day: f"{day:%A %d %B %Y}".upper(),
    lambda day: f"{te_reo(day)} {day.year}",
    # As our own mails and pages show days, so that a line copied from them can be read.
    lambda day: format_date(day, "EEEE d MMMM y", locale="en_NZ"),
    lambda day: format_date(day, "EEEE d MMMM y", locale="mi_NZ"),
    lambda day: format_date(day, "full", locale="en_NZ"),
    lambda day: format_date(day, "full", locale="mi_NZ"),
    lambda day: format_date(day, "short", locale="en_NZ"),
    lambda day: format_date(day, "short", locale="mi_NZ"),
]
WITHOUT_YEAR: list[Written] = [
    lambda day: f"{day.day} {day:%B}",
    lambda day: f"{day.day} {day:%b}",
    lambda day: f"{day:%a} {day.day} {day:%b}",
    lambda day: f"{day:%A}, {th(day)} {day:%B}",
    lambda day: f"{day:%B} {day.day}",
    lambda day: f"{day:%a} {day.day}/{day.month}",
    lambda day: f"{day:%A %d/%m}",
    te_reo,
    lambda day: f"te {day.day} o {MONTHS[day.month - 1]}",
    lambda day: format_date(day, "EEEE d MMMM", locale="en_NZ"),
    lambda day: format_date(day, "EEEE d MMMM", locale="mi_NZ"),
]
# Right or asked back: some days of these are an ambiguous one of another.
RISKY: list[Written] = [
    lambda day: f"{day.day}/{day.month}",
    lambda day: f"{day:%d/%m}",
    lambda day: f"{day:%d/%m/%y}",
    lambda day: f"{day:%d-%m-%y}",
    lambda day: f"{day:%d.%m.%y}",
    lambda day: f"{day.day} {day:%b} {day:%y}",
    lambda day: f"{day.day} {day:%B}".lower(),
    lambda day: f"{day.day}{day:%b}",
    lambda day: f"{day:%b}{day.day}",
    *WITHOUT_YEAR,
    *WITH_YEAR,
]
HOURS: list[Callable[[time], str]] = [
    lambda at: f"{at.hour % 12 or 12}:{at:%M}{at:%p}".lower(),
    lambda at: f"{at.hour % 12 or 12}.{at:%M} {at:%p}".lower(),
    lambda at: f"{at.hour % 12 or 12}.{at:%M} {'a.m.' if at.hour < 12 else 'p.m.'}",
    lambda at: f"{at.hour % 12 or 12}:{at:%M} {at:%p} NZT",
]
HEADS = st.sampled_from(["Deadline", "Event", "Rā kati", "Date", "Closing date"])
TITLES = st.sampled_from(
    [
        "TESSOL awards", "Year 5/6 camp", "Years 7-8 finals", "Room 12", "Friday Club", "Sunday school", "Term 4 plans",
        "Week 3 report", "Y9-13 exams", "NCEA Level 2", "3 workshops", "Top 10 books", "March for science", "May Day",
        "Matariki 2026", "2027 conference", "Curriculum 2030", "Māori Language Week", "Te Wiki o te Reo Māori",
        "24/7 youth work", "1/2 day release", "students under 15 may enter", "teaching today", "Tomorrow's Schools",
        "Mei Lin", "April Smith", "Ratu Sukuna Day", "Sun safety", "1-1 devices", "Part 2 of 3", "COVID19", "P5 staff",
        "$20 each", "100% online", "Hall 3", "12 Queen Street", "Level 5-6 reading", "Zoom 845 1234 5678",
        "09 236 8500",
        "3rd cohort", "2nd XV rugby", "week-long inquiry", "end of year", "first aid", "night market",
        "this week's news",
        "five schools", "10k run", "before school care", "wānanga 2", "the next steps", "15 schools", "at 12 marae",
    ]
)  # fmt: skip
FRAMES = st.sampled_from(
    [
        "{head}: {date}, {title}", "{head}: {title}, {date}", "{head}: {title} {date}", "{head}: {date} {title}",
        "{head}: {title} - {date}", "{head}: {date} - {title}", "{head}: {title} ({date})", "{head}: {title} on {date}",
        "{head}: {date} for {title}", "{head}: {title}\nDate: {date}", "{head}: {date}; {title}",
        "{head} {title}: {date}",
        "{head}: {title} by\n{date}", "{head}:\n{date}\n{title}",
    ]
)  # fmt: skip


def read(text: str, today: date) -> list[Dated | Unclear]:
    return list(read_date_lines(text, today, AUCKLAND, TERMS))


@given(DAYS, DAYS, st.sampled_from(WITH_YEAR))
def test_a_date_with_its_year_reads_back_on_any_day(day: date, today: date, written: Written) -> None:
    (found,) = read(f"Event: {written(day)}, hui", today)
    assert isinstance(found, Dated), (written(day), found)
    assert (found.day, found.title, found.end_day, found.hour) == (day, "hui", None, None)


@given(DAYS, st.integers(0, 300), st.sampled_from(WITHOUT_YEAR))
def test_a_date_of_the_next_ten_months_reads_back_without_its_year(today: date, ahead: int, written: Written) -> None:
    day = today + timedelta(days=ahead)
    (found,) = read(f"Deadline: {written(day)}: awards", today)
    assert isinstance(found, Dated), (written(day), found)
    assert (found.day, found.title) == (day, "awards")


@given(DAYS, st.integers(1, 60), st.sampled_from(WITHOUT_YEAR))
def test_a_date_that_has_just_passed_is_asked_back(today: date, ago: int, written: Written) -> None:
    (found,) = read(f"Deadline: {written(today - timedelta(days=ago))}: awards", today)
    assert isinstance(found, Unclear)
    leap_day = (today - timedelta(days=ago)).month == 2 and (today - timedelta(days=ago)).day == 29
    assert found.doubt is (Doubt.NO_SUCH_DAY if leap_day else Doubt.PASSED)


@given(DAYS, DAYS, st.sampled_from(WITH_YEAR[7:9]), st.integers(1, 6))
def test_another_days_weekday_is_always_asked_back(day: date, today: date, written: Written, off: int) -> None:
    right, wrong = (f"{each:%a}" for each in (day, day + timedelta(days=off)))
    line = written(day).replace(f"{day:%A}", wrong).replace(right, wrong)
    (found,) = read(f"Event: {line}, hui", today)
    assert isinstance(found, Unclear)
    assert found.doubt is Doubt.CONTRADICTION


@given(
    st.dates(date(2026, 1, 20), date(2026, 12, 20)), st.integers(0, 300), st.sampled_from(RISKY), HEADS, TITLES, FRAMES
)
@example(date(2026, 1, 20), 12, RISKY[8], "Deadline", "Hall 3", "{head}: {title} {date}")
@example(date(2026, 11, 1), 32, WITH_YEAR[8], "Event", "wānanga 2", "{head}: {title} - {date}")
@example(date(2026, 5, 24), 466, WITHOUT_YEAR[4], "Deadline", "wānanga 2", "{head}: {title} {date}")
def test_beside_any_title_a_date_is_read_right_or_asked_back(
    today: date, ahead: int, written: Written, head: str, title: str, frame: str
) -> None:
    day = today + timedelta(days=ahead)
    assume(ahead <= 300 or written in WITH_YEAR)
    for found in read(frame.format(head=head, date=written(day), title=title), today):
        if isinstance(found, Dated):
            assert (found.day, found.end_day, found.hour, found.recurrence) == (day, None, None, None)


def coming(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


RELATIVE: list[tuple[str, Callable[[int, date], date]]] = [
    ("tomorrow", lambda _, today: today + timedelta(days=1)),
    ("āpōpō", lambda _, today: today + timedelta(days=1)),
    ("in two weeks", lambda _, today: today + timedelta(days=14)),
    ("{weekday}", coming),
    ("{rā}", coming),
    ("ā te {rā}", coming),
    ("this {weekday}", lambda weekday, today: today + timedelta(days=weekday - today.weekday())),
    ("next {weekday}", lambda _, today: today + timedelta(days=7)),  # read on that weekday alone
    ("{weekday} week", lambda weekday, today: coming(weekday, today) + timedelta(days=7)),
    ("{weekday} next week", lambda weekday, today: today + timedelta(days=7 + weekday - today.weekday())),
]


@given(st.dates(date(2026, 1, 20), date(2026, 12, 20)), st.integers(0, 6), st.sampled_from(RELATIVE), TITLES, FRAMES)
def test_beside_any_title_a_day_told_from_today_is_read_right_or_asked_back(
    today: date, weekday: int, relative: tuple[str, Callable[[int, date], date]], title: str, frame: str
) -> None:
    words, meant = relative
    named = words.format(weekday=f"{date(2026, 5, 4 + weekday):%A}", rā=WEEKDAYS[weekday])
    for found in read(frame.format(head="Event", date=named, title=title), today):
        if isinstance(found, Dated):
            assert (found.day, found.end_day, found.recurrence) == (meant(weekday, today), None, None)


@given(DAYS, st.integers(1, 14), st.sampled_from(["-", " - ", "–", " to ", " – "]))
def test_a_range_reads_back(first: date, length: int, joint: str) -> None:
    last = first + timedelta(days=length)
    same = (first.year, first.month) == (last.year, last.month)
    begin = f"{first.day}" if same else f"{first.day} {first:%B} {first.year}"
    (found,) = read(f"Event: {begin}{joint}{last.day} {last:%B %Y}, hui", date(2026, 5, 4))
    assert isinstance(found, Dated), found
    assert (found.day, found.end_day) == (first, last)


@given(st.times().filter(lambda at: at.hour > 0), st.sampled_from(HOURS))
def test_an_hour_reads_back(at: time, written: Callable[[time], str]) -> None:
    at = at.replace(second=0, microsecond=0)
    for line in (f"Event: Fri 15 May {written(at)}, hui", f"Event: {written(at)} Fri 15 May: hui"):
        (found,) = read(line, date(2026, 5, 4))
        assert isinstance(found, Dated), (line, found)
        assert (found.day, found.hour, found.title) == (date(2026, 5, 15), at, "hui")


@given(st.sampled_from(TERMS.terms), st.integers(0, 90), st.integers(0, 50))
def test_a_day_told_by_its_week_of_term_reads_back(term: Term, offset: int, ago: int) -> None:
    day = term.first + timedelta(days=offset)
    assume(day <= term.last)
    week = TERMS.week_of(day)
    assert week is not None
    (found,) = read(f"Event: Term {week.term} Week {week.week} {day:%A}, hui", day - timedelta(days=ago))
    assert isinstance(found, Dated), found
    assert found.day == day
    (found,) = read(f"Event: {day:%a} {day.day} {day:%b %Y} (Term {week.term}, Week {week.week}), hui", day)
    assert isinstance(found, Dated), found


PIECES = st.sampled_from(
    [
        "Deadline", "Event", "Date", "When", "Time", "Rā kati", "Applications close", ":", ": ", " - ", "\n", "\n\n",
        ", ",
        "15", "5", "2026", "26", "31", "0", "99999", "15/5", "15/05/26", "5/13", "2026-05-15", "15.5", "15.30", "3pm",
        "3.30 p.m.", "noon", "midnight", "NZST", "UTC", "May", "may", "Haratua", "Whiringa-ā-nuku", "Fri", "Rāmere",
        "Sun",
        "th", "of", "o", "the", "te", "next", "this", "tērā", "week", "weeks", "term", "Wāhanga", "wiki", "tomorrow",
        "āpōpō", "today", "in", "two", "i te ahiahi", "to", "-", "–", "and", "or", "before", "end", "(", ")", "?",
        "TBC",
        "Year", "https://x.nz/15/5/2026", "awards", "hui", ">", "*", "\u0301", "٣", "１５", "'26", "\u2028", "K", "W6",
        "T4",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, PIECES, st.just(" "), st.text(max_size=4)), max_size=24).map("".join)
SPACED = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map(" ".join).map("Event: {}, hui".format)


@given(st.one_of(TEXTS, SPACED), st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from([TERMS, NO_TERMS]))
def test_no_text_raises_and_no_day_has_been_unless_its_year_is_written(text: str, today: date, terms: Terms) -> None:
    for found in read_date_lines(text, today, AUCKLAND, terms):
        if isinstance(found, Unclear):
            assert len(found.guesses) <= MOST_GUESSES
            assert len(found.line) <= 300
        for each in [found] if isinstance(found, Dated) else found.guesses:
            assert each.day >= today or "20" in text, found
            assert each.end_day is None or each.end_day > each.day
            assert len(each.title) <= TITLE_CHARACTERS
            assert each.title.isprintable()
        if isinstance(found, Dated):
            assert found.title
            assert found.end_hour is None or found.hour is not None


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_at_all(text: str) -> None:
    read(text, date(2026, 5, 4))
    read(f"Deadline: {text}", date(2026, 5, 4))
