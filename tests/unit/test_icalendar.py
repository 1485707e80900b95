"""A group's dates as an independent library and a strict eye read them: right hours, stable UIDs, nothing injected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from listserv.config.terms import load_terms
from listserv.digest.icalendar import MOST_ENTRIES, CalendarEntry, calendar_octets, entry_of, uid_of
from listserv.inbound.dates.telling import new_dates
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Dated
from listserv.model.calendar import Deadline
from listserv.model.school import SchoolCalendar

AUCKLAND = ZoneInfo("Pacific/Auckland")
CALENDAR = SchoolCalendar(AUCKLAND, load_terms(None))
CHANGED = datetime(2026, 4, 20, 21, 30, tzinfo=UTC)
AWARDS = CalendarEntry(
    uid_of("deadline", 3, "lists.example.nz"), "TESSOL awards", date(2026, 5, 15), CHANGED,
    link="https://tessol.example.nz/a,b;c",
)  # fmt: skip


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return CALENDAR.instant(day, time(hour, minute))


def events(octets: bytes) -> list[Any]:
    return list(Calendar.from_ical(octets).events)


def written_down(letter: str, today: date) -> list[CalendarEntry]:
    """The entries of what a facilitator writes, by the functions that read it, write it down and tell calendars."""
    found: list[CalendarEntry] = []
    for read in read_date_lines(letter, today, AUCKLAND, load_terms(None)):
        assert isinstance(read, Dated), read
        for new in new_dates(read, AUCKLAND, ""):
            row = Deadline(len(found) + 1, 1, new.title, new.day, new.at, new.link, (), CHANGED, event=new.event,
                           end_day=new.end_day, ends_at=new.ends_at)  # fmt: skip
            found.append(entry_of(row, "x.nz"))
    return found


def lines(octets: bytes) -> list[bytes]:
    assert octets.endswith(b"\r\n")
    return octets[:-2].split(b"\r\n")


def test_a_deadline_is_a_whole_day() -> None:
    octets = calendar_octets([AWARDS], "ESOL Online", page="https://lists.example.nz/groups/esol/", language="en")
    (event,) = events(octets)
    assert event.decoded("DTSTART") == date(2026, 5, 15)
    assert event.decoded("DTEND") == date(2026, 5, 16)
    assert str(event["SUMMARY"]) == "TESSOL awards"
    assert str(event["UID"]) == "deadline-3@lists.example.nz"
    assert str(event["URL"]) == str(event["DESCRIPTION"]) == "https://tessol.example.nz/a,b;c"
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == CHANGED
    assert (event["SEQUENCE"], event["STATUS"], event["TRANSP"]) == (0, "CONFIRMED", "TRANSPARENT")


def test_every_line_of_it() -> None:
    assert calendar_octets([AWARDS], "ESOL Online", language="en").decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//listserv//dates of a group//EN",
        "CALSCALE:GREGORIAN",
        "NAME;LANGUAGE=en:ESOL Online",
        "X-WR-CALNAME:ESOL Online",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "BEGIN:VEVENT",
        "UID:deadline-3@lists.example.nz",
        "DTSTAMP:20260420T213000Z",
        "LAST-MODIFIED:20260420T213000Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20260515",
        "DTEND;VALUE=DATE:20260516",
        "SUMMARY;LANGUAGE=en:TESSOL awards",
        "DESCRIPTION;LANGUAGE=en:https://tessol.example.nz/a\\,b\\;c",
        "URL:https://tessol.example.nz/a,b;c",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_days_that_follow_one_another_end_the_day_after_the_last() -> None:
    camp = CalendarEntry("event-1@x.nz", "Camp", date(2026, 5, 15), CHANGED, end_day=date(2026, 5, 17))
    (event,) = events(calendar_octets([camp], "x"))
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2026, 5, 15), date(2026, 5, 18))


def test_several_days_with_a_first_hour_alone_are_whole_days() -> None:
    first, last = date(2026, 5, 15), date(2026, 5, 17)
    camp = CalendarEntry("event-1@x.nz", "Camp", first, CHANGED, end_day=last, starts_at=local(first, 9))
    (event,) = events(calendar_octets([camp], "x"))
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (first, date(2026, 5, 18))
    ended = replace(camp, ends_at=local(last, 15))
    (event,) = events(calendar_octets([ended], "x"))
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (local(first, 9), local(last, 15))


@pytest.mark.parametrize(
    ("days", "utc_hours"),
    [
        # Daylight saving begins on Sunday 27 September 2026 and ends on Sunday 5 April 2026.
        ([date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 5)], [3, 2, 2]),
        ([date(2026, 3, 30), date(2026, 4, 6)], [2, 3]),
    ],
)
def test_the_same_hour_on_both_sides_of_a_clock_change(days: list[date], utc_hours: list[int]) -> None:
    letter = "\n".join(f"Event: {day:%d/%m/%Y} 3pm-4.30pm, hui" for day in days)
    found = events(calendar_octets(written_down(letter, date(2026, 3, 23)), "x"))
    starts = [event.decoded("DTSTART") for event in found]
    assert [start.astimezone(AUCKLAND).replace(tzinfo=None) for start in starts] == [
        datetime.combine(day, time(15)) for day in days
    ]
    assert [start.astimezone(UTC).hour for start in starts] == utc_hours
    ends = [event.decoded("DTEND").astimezone(AUCKLAND).time() for event in found]
    assert ends == [time(16, 30)] * len(days)
    assert len({str(event["UID"]) for event in found}) == len(days)


def test_an_hour_in_the_twice_told_hour_stays_the_instant_it_is() -> None:
    first, second = (datetime(2026, 4, 4, hour, 30, tzinfo=UTC) for hour in (13, 14))
    made = [CalendarEntry(f"e-{at.hour}@x.nz", "x", date(2026, 4, 5), CHANGED, starts_at=at) for at in (first, second)]
    found = events(calendar_octets(made, "x"))
    assert [event.decoded("DTSTART") for event in found] == [first, second]
    assert {event.decoded("DTSTART").astimezone(AUCKLAND).time() for event in found} == {time(2, 30)}


def test_weeks_of_term_are_an_entry_each_to_their_friday() -> None:
    found = events(calendar_octets(written_down("Event: weeks 3 and 8, Book week", date(2026, 4, 22)), "x"))
    assert [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in found] == [
        (date(2026, 5, 4), date(2026, 5, 9)),
        (date(2026, 6, 8), date(2026, 6, 13)),
    ]
    assert [str(event["UID"]) for event in found] == ["deadline-1@x.nz", "deadline-2@x.nz"]


def test_an_end_that_is_not_later_is_left_out() -> None:
    at = local(date(2026, 5, 15), 15)
    for ends_at in (at, at - timedelta(hours=1)):
        entry = CalendarEntry("e@x.nz", "x", date(2026, 5, 15), CHANGED, starts_at=at, ends_at=ends_at)
        assert b"DTEND" not in calendar_octets([entry], "x")
    backwards = CalendarEntry("e@x.nz", "x", date(2026, 5, 15), CHANGED, end_day=date(2026, 5, 1))
    assert events(calendar_octets([backwards], "x"))[0].decoded("DTEND") == date(2026, 5, 16)


def test_a_moved_deadline_keeps_its_uid_and_raises_its_sequence() -> None:
    moved = CalendarEntry(AWARDS.uid, AWARDS.title, date(2026, 5, 22), CHANGED + timedelta(days=1), sequence=1)
    gone = CalendarEntry(AWARDS.uid, AWARDS.title, AWARDS.day, CHANGED, sequence=2, cancelled=True)
    before, after, last = (events(calendar_octets([entry], "x"))[0] for entry in (AWARDS, moved, gone))
    assert before["UID"] == after["UID"] == last["UID"]
    assert [event["SEQUENCE"] for event in (before, after, last)] == [0, 1, 2]
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")
    assert last["STATUS"] == "CANCELLED"


def test_the_same_dates_are_the_same_octets_in_any_order() -> None:
    others = [CalendarEntry(f"e-{n}@x.nz", "x", date(2026, 5, n), CHANGED) for n in (9, 3, 6)]
    assert calendar_octets([AWARDS, *others], "x") == calendar_octets([*reversed(others), AWARDS], "x")


def test_a_calendar_without_dates_is_one_too() -> None:
    octets = calendar_octets([], "Pānui")
    assert events(octets) == []
    assert Calendar.from_ical(octets)["NAME"] == "Pānui"
    assert len(Calendar.from_ical(octets).subcomponents) == 1


def test_a_title_can_add_nothing() -> None:
    title = "a\r\nATTENDEE:mailto:eve@evil.example\nb\x00\x85c\u2028d\\ne; f, g"
    entry = CalendarEntry(
        "a b\r\nX:1@x.nz", title, date(2026, 5, 15), CHANGED, link="https://x.nz/\r\nX:1", text="y\rz"
    )
    octets = calendar_octets([entry], "n\r\nX:1")
    assert not [line for line in lines(octets) if line.startswith((b"ATTENDEE", b"X:1", b"URL"))]
    (event,) = events(octets)
    assert str(event["SUMMARY"]) == "a\nATTENDEE:mailto:eve@evil.example\nbcd\\ne; f, g"
    assert set(event.keys()) == {
        "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP",
    }  # fmt: skip


def test_the_latest_thousand_are_kept() -> None:
    many = [
        CalendarEntry(f"e-{n}@x.nz", "x", date(2026, 1, 1) + timedelta(n), CHANGED) for n in range(MOST_ENTRIES + 5)
    ]
    octets = calendar_octets(many, "x")
    assert octets.count(b"BEGIN:VEVENT") == MOST_ENTRIES
    assert b"UID:e-4@" not in octets
    assert b"UID:e-5@" in octets


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200), st.integers(0, 60))
def test_any_text_comes_back_and_no_line_is_too_long(title: str, padding: int) -> None:
    text = "ā" * padding + title
    octets = calendar_octets([CalendarEntry("e@x.nz", text, date(2026, 5, 15), CHANGED)], text)
    for line in lines(octets):
        assert len(line) <= 75
        assert b"\n" not in line and b"\r" not in line
        line.decode("utf-8")  # folded between characters
    assert str(events(octets)[0]["SUMMARY"]) == text
    # The library has no type for NAME; it is written as the title is.
    raw = dict(line.split(b":", 1) for line in lines(octets.replace(b"\r\n ", b"")))
    assert raw[b"NAME"] == raw[b"X-WR-CALNAME"] == raw[b"SUMMARY"]


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_nothing_that_is_called_a_title_can_raise_or_add_a_line(text: str) -> None:
    entry = CalendarEntry(text, text, date(2026, 5, 15), CHANGED, link=text, text=text)
    octets = calendar_octets([entry], text, page=text, language=text)
    unfolded = octets.replace(b"\r\n ", b"")
    names = {line.split(b":")[0].split(b";")[0] for line in lines(unfolded)}
    assert names <= {
        b"BEGIN", b"VERSION", b"PRODID", b"CALSCALE", b"NAME", b"X-WR-CALNAME", b"URL", b"REFRESH-INTERVAL", b"END",
        b"X-PUBLISHED-TTL", b"UID", b"DTSTAMP", b"LAST-MODIFIED", b"SEQUENCE", b"DTSTART", b"DTEND", b"SUMMARY",
        b"DESCRIPTION", b"STATUS", b"TRANSP",
    }  # fmt: skip
    assert lines(octets).count(b"BEGIN:VEVENT") == 1
