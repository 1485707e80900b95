"""Date lines on other days and in other zones, their titles and links, which lines they are, and hostile ones."""

from __future__ import annotations

from datetime import date
from datetime import time as hour
from zoneinfo import ZoneInfo

import pytest

from listserv.mail.when.heads import LINE_CHARACTERS, MOST_ENTRIES, MOST_LINES
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Dated, Doubt, Kind, Recurrence, Unclear
from listserv.model.calendar import NO_TERMS, TermWeek
from tests.stopwatch import Stopwatch
from tests.unit.test_when_forms import AUCKLAND, TERMS, TODAY, answer

D, E = Kind.DEADLINE, Kind.EVENT


def read(text: str) -> tuple[Dated | Unclear, ...]:
    return read_date_lines(text, TODAY, AUCKLAND, TERMS)


def one(text: str) -> Dated:
    (found,) = read(text)
    assert isinstance(found, Dated), found
    return found


@pytest.mark.parametrize(
    ("today", "line", "expected"),
    [
        (date(2026, 5, 8), "Event: next Friday, hui", "2026-05-15"),
        (date(2026, 5, 8), "Event: Friday, hui", "? which_day | 2026-05-08 | 2026-05-15"),
        (date(2026, 5, 8), "Event: this Friday, hui", "? which_day | 2026-05-08 | 2026-05-15"),
        (date(2026, 5, 8), "Event: Friday week, hui", "? which_day | 2026-05-22 | 2026-05-15"),
        (date(2026, 5, 8), "Event: coming Friday, hui", "2026-05-15"),
        (date(2026, 5, 10), "Event: Friday next week, hui", "? which_day | 2026-05-15 | 2026-05-22"),
        (date(2026, 5, 9), "Event: this Friday, hui", "? which_day | 2026-05-15"),
        (date(2026, 5, 10), "Event: Friday, hui", "2026-05-15"),
        (date(2026, 5, 10), "Event: next Friday, hui", "? which_day | 2026-05-15 | 2026-05-22"),
        (date(2026, 4, 10), "Event: Week 3 Friday, hui", "2026-05-08"),
        (date(2026, 4, 10), "Deadline: end of term, hui", "? which_day | 2026-07-03"),
        (date(2027, 1, 25), "Event: Week 3 Friday, hui", "? terms_unknown"),
        (date(2026, 12, 20), "Event: Week 3 Friday, hui", "? passed"),
        (date(2026, 5, 4), "Event: 3 March, hui", "2027-03-03"),
        (date(2026, 5, 4), "Event: 5 March, hui", "? passed | 2027-03-05"),
        (date(2026, 5, 4), "Event: 4 March, hui", "2027-03-04"),
        (date(2026, 5, 15), "Event: 15 May, hui", "2026-05-15"),
        (date(2026, 5, 16), "Event: 15 May, hui", "? passed | 2027-05-15"),
        (date(2026, 11, 19), "Event: Term 4 Week 6 Wednesday, hui", "? passed"),
        (date(2026, 11, 18), "Event: Term 4 Week 6 Wednesday, hui", "2026-11-18"),
        (date(2026, 12, 30), "Event: 1 January, hui", "2027-01-01"),
        (date(2027, 1, 1), "Event: 31 Dec - 2 Jan, hui", "? passed | 2027-12-31 | 2027-01-02"),
        (date(2028, 2, 1), "Event: 29 Feb, hui", "2028-02-29"),
        (date(2026, 9, 1), "Event: Fri 15 May, hui", "? contradiction | 2027-05-15 | 2027-05-14"),
        (date(2026, 9, 1), "Event: Sat 15 May, hui", "2027-05-15"),
        (date(2026, 7, 3), "Event: Friday 15th, hui", "? contradiction | 2027-01-15"),
        (date(2026, 3, 3), "Event: Sunday 15th, hui", "? passed | 2026-03-15"),
        (date(2026, 4, 30), "Event: Friday 15th, hui", "2026-05-15"),
        (date(2026, 5, 16), "Event: Monday 15th, hui", "2026-06-15"),
        (date(2026, 6, 20), "Event: week 2, hui", "? passed | 2026-07-27 to 2026-08-02"),
        (date(2026, 5, 6), "Event: week 3, hui", "? passed | 2026-08-03 to 2026-08-09"),
        (date(2026, 5, 6), "Event: week 3 Friday, hui", "2026-05-08"),
        (date(2026, 5, 6), "Event: weeks 3 and 5 Tuesday, hui", "? passed | 2026-08-04 and 2026-08-18"),
        (date(2026, 5, 4), "Event: week 3, Term 3 planning Friday, hui", "? which_day | 2026-08-07 | 2026-05-08"),
        (date(2026, 5, 4), "Event: Term 3, 2025, week 3 Friday, hui", "2025-08-01"),
    ],
)
def test_another_day_another_reading(today: date, line: str, expected: str) -> None:
    assert answer(line, today) == expected


@pytest.mark.parametrize(
    ("zone", "line", "expected"),
    [
        ("Pacific/Auckland", "Event: 15 May 5pm NZST, hui", "2026-05-15 17:00"),
        ("Pacific/Auckland", "Event: 15 January 5pm NZDT, hui", "2027-01-15 17:00"),
        ("Pacific/Auckland", "Event: 15 May 5am UTC, hui", "? other_zone | 2026-05-15 17:00 | 2026-05-15 05:00"),
        ("Australia/Brisbane", "Event: 15 May 5pm AEST, hui", "2026-05-15 17:00"),
        ("Pacific/Chatham", "Event: 15 May 5pm NZT, hui", "? other_zone | 2026-05-15 17:00"),
        ("Pacific/Auckland", "Event: 15 May 5pm PST, hui", "? other_zone | 2026-05-15 17:00"),
        ("Pacific/Auckland", "Event: 15 May 9pm GMT, hui", "? other_zone | 2026-05-16 09:00 | 2026-05-15 21:00"),
        ("Pacific/Auckland", "Event: 15 May 5pm New Zealand time, hui", "2026-05-15 17:00"),
        ("Pacific/Auckland", "Event: 15 May 3-4pm NZT, hui", "2026-05-15 15:00-16:00"),
        ("Europe/London", "Event: 15 May 5pm NZ time, hui", "? other_zone | 2026-05-15 17:00"),
    ],
)
def test_an_hour_in_a_zone_is_read_only_where_it_is_the_groups(zone: str, line: str, expected: str) -> None:
    assert answer(line, zone=ZoneInfo(zone)) == expected


@pytest.mark.parametrize("line", ["Event: Week 3 Friday, hui", "Event: end of term, hui", "Event: Term 2 Week 3, hui"])
def test_without_known_terms_weeks_are_asked_back(line: str) -> None:
    (found,) = read_date_lines(line, TODAY, AUCKLAND, NO_TERMS)
    assert isinstance(found, Unclear)
    assert found.doubt is Doubt.TERMS_UNKNOWN


def test_without_known_terms_a_week_beside_a_date_does_no_harm() -> None:
    (found,) = read_date_lines("Event: Fri 15 May (Week 9), hui", TODAY, AUCKLAND, NO_TERMS)
    assert isinstance(found, Dated)


def test_a_recurrence_tells_its_weeks() -> None:
    weeks = (TermWeek(2026, 2, 4), TermWeek(2026, 2, 8))
    wednesdays = Recurrence(weeks, 2, (date(2026, 5, 13), date(2026, 6, 10)))
    assert one("Event: weeks 4 and 8 Wednesday, staff meeting 3pm") == Dated(
        E, "staff meeting", date(2026, 5, 13), hour(15), recurrence=wednesdays
    )
    whole = Recurrence(weeks, None, (date(2026, 5, 11), date(2026, 6, 8)))
    assert one("Event: weeks 4 and 8, staff meeting") == Dated(
        E, "staff meeting", date(2026, 5, 11), end_day=date(2026, 5, 17), recurrence=whole
    )


@pytest.mark.parametrize(
    ("line", "kind", "title", "link"),
    [
        ("Deadline: Fri 15 May, TESSOL awards, https://x.nz/a", D, "TESSOL awards", "https://x.nz/a"),
        ("Deadline: TESSOL awards <https://x.nz/a>, Fri 15 May", D, "TESSOL awards", "https://x.nz/a"),
        ("Deadline: TESSOL awards (https://x.nz/a_(b)). Fri 15 May", D, "TESSOL awards", "https://x.nz/a_(b)"),
        ("Deadline for the TESSOL awards: Fri 15 May", D, "the TESSOL awards", ""),
        ("Deadline: TESSOL awards on Friday 15 May at 5pm in Hamilton", D, "TESSOL awards in Hamilton", ""),
        ("Deadline: by 5pm (NZT) on Friday 15 May: TESSOL awards", D, "TESSOL awards", ""),
        ("Deadline: what is literacy? Fri 15 May", D, "what is literacy?", ""),
        ("Deadline: (Fri 15 May) TESSOL awards (primary)", D, "TESSOL awards (primary)", ""),
        ("Deadline: TESSOL awards - Fri 15 May - primary", D, "TESSOL awards, primary", ""),
        ("Applications close Friday 15 May", D, "Applications close", ""),
        ("Ka kati ngā tono: 15 Haratua, ngā tohu", D, "Ka kati ngā tono: ngā tohu", ""),
        ("Rā kati: Rāmere 15 Haratua, tohu Māori", D, "tohu Māori", ""),
        ("RSVP: Fri 15 May, mere@kura.example", D, "RSVP: mere@kura.example", ""),
        ("Hui: Fri 15 May", E, "Hui", ""),
        ("Webinar: Fri 15 May, running records", E, "Webinar: running records", ""),
        ("Event: Year 5/6 camp, Fri 15 May", E, "Year 5/6 camp", ""),
        ("Event: Fri 15 May, Term 3 planning, 20th anniversary", E, "Term 3 planning, 20th anniversary", ""),
        ("Event: Thu 14 May, Friday Club", E, "Friday Club", ""),
        ("Event: Fri 15 May, Te Wiki o te Reo Māori", E, "Te Wiki o te Reo Māori", ""),
        ("Event: Fri 15 May, hui\u202e\u200b\x07 at our place", E, "hui at our place", ""),
        ("Event: Fri 15 May, https://x.nz/1 and https://x.nz/2 hui", E, "https://x.nz/2 hui", "https://x.nz/1"),
    ],
)
def test_what_is_left_is_the_title(line: str, kind: Kind, title: str, link: str) -> None:
    found = one(line)
    assert (found.kind, found.title, found.link, found.day.month) == (kind, title, link, 5)


@pytest.mark.parametrize(
    "line",
    [
        "Deadline: Fri 15 May, awards", "deadline : Fri 15 May, awards", "DEADLINE – Fri 15 May, awards",
        "* Deadline: Fri 15 May, awards", "  - **Deadline:** Fri 15 May, awards", "*Deadline*: Fri 15 May, awards",
        "2) Deadline: Fri 15 May, awards", "📅 Deadline: Fri 15 May, awards", "Deadline\tFri 15 May, awards",
        "Deadlines: Fri 15 May, awards", "The deadline: Fri 15 May, awards", "Due: Fri 15 May, awards",
        "Due date: Fri 15 May, awards", "Closing date: Fri 15 May, awards", "Closes: Fri 15 May, awards",
        "Closes Fri 15 May: awards", "Due by 15 May: awards", "Last day: Fri 15 May, awards",
        "Cut-off: Fri 15 May, awards", "Cut-off date: Fri 15 May, awards", "Rā kati: Fri 15 May, awards",
        "Ra kati: Fri 15 May, awards", "Raa kati: Fri 15 May, awards", "RĀ KATI: Fri 15 May, awards",
        "Te rā kati: Fri 15 May, awards", "Rā whakamutunga: Fri 15 May, awards", "Deadline：Fri 15 May, awards",
    ],
)  # fmt: skip
def test_the_forms_of_a_deadlines_head(line: str) -> None:
    assert one(line) == Dated(D, "awards", date(2026, 5, 15))


@pytest.mark.parametrize(
    "line",
    [
        "Event: Fri 15 May, hui", "Events: Fri 15 May, hui", "Date: Fri 15 May, hui", "When: Fri 15 May, hui",
        "Save the date: Fri 15 May, hui", "Save the date, Fri 15 May, hui", "Rā: Fri 15 May, hui",
        "Te rā: Fri 15 May, hui", "Rā hui: Fri 15 May, hui", "Event – Fri 15 May, hui", "Takunetanga: Fri 15 May, hui",
    ],
)  # fmt: skip
def test_the_forms_of_an_events_head(line: str) -> None:
    assert one(line) == Dated(E, "hui", date(2026, 5, 15))


def test_a_block_of_lines_is_one_event() -> None:
    block = "Event: ESOL meet-up\nDate: Wednesday 20 May\nTime: 4:00 – 5:00pm\nWhere: Zoom\nLink: https://x.nz/z\n"
    found = one(f"Kia ora koutou\n\n{block}\nNgā mihi\nMere")
    assert found == Dated(E, "ESOL meet-up Zoom", date(2026, 5, 20), hour(16), end_hour=hour(17), link="https://x.nz/z")
    assert one("Hui: rūma 3\nWā: 15.30\nRā: Rāmere 15 Haratua").hour == hour(15, 30)


def test_lines_one_below_the_other_are_several() -> None:
    found = read("Deadline: Fri 15 May, awards\nEvent: Sat 23 May, hui\nDate: Sun 24 May, picnic\nSee you on Monday!")
    assert [(each.day, each.title) for each in found if isinstance(each, Dated)] == [
        (date(2026, 5, 15), "awards"), (date(2026, 5, 23), "hui"), (date(2026, 5, 24), "picnic"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Deadline: TESSOL awards for teachers of Pacific learners, by Friday\n15 May 2026",
        "Deadline: TESSOL awards by Friday\n15 May",
        "Deadline: TESSOL awards, 15\nMay",
        "Deadline:\nTESSOL awards, Fri 15 May",
        "Deadline: TESSOL awards for teachers of learners from the Pacific who are in\nYear 9, Fri 15 May",
    ],
)
def test_a_date_that_was_wrapped_is_whole(text: str) -> None:
    assert one(text).day == date(2026, 5, 15)


def test_what_stands_on_the_next_line_is_not_drawn_in() -> None:
    assert one("Deadline: Fri 15 May, awards\nThanks to everyone who came").title == "awards"
    assert one("Deadline: Fri 15 May, awards\n\n16 May").day == date(2026, 5, 15)


def test_the_line_above_is_offered_as_the_title() -> None:
    (found,) = read("ESOL meet-up\nDate: Fri 15 May")
    assert isinstance(found, Unclear)
    assert (found.doubt, found.line) == (Doubt.NO_TITLE, "Date: Fri 15 May")
    assert found.guesses == (Dated(E, "ESOL meet-up", date(2026, 5, 15)),)


def test_the_header_of_a_forwarded_mail_and_quotations_are_not_read() -> None:
    assert read("From: Mere <mere@kura.example>\nDate: Fri, 15 May 2026 10:32\nSubject: hui\n") == ()
    assert read("> Deadline: Fri 15 May, awards\n>> Event: Sat 16 May, hui") == ()


def test_a_guess_carries_the_title_and_link_so_that_yes_is_an_answer() -> None:
    (found,) = read("Deadline: Thu 15 May 5pm, TESSOL awards, https://x.nz/a")
    assert isinstance(found, Unclear)
    assert found.line == "Deadline: Thu 15 May 5pm, TESSOL awards, https://x.nz/a"
    assert found.guesses == tuple(
        Dated(D, "TESSOL awards", date(2026, 5, day), hour(17), link="https://x.nz/a") for day in (15, 14)
    )


@pytest.mark.parametrize(
    "line", ["12/31/9999 11pm UTC", "31/12/9999 11pm UTC", "9999-31-12 11pm", "1/13/0001 1am NZDT"]
)
def test_the_ends_of_the_calendar_are_no_cliff(line: str) -> None:
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        assert answer(f"Event: {line}, hui", zone=ZoneInfo(zone)).startswith("? ")


def test_the_line_is_given_back_as_it_was_written() -> None:
    text = "- Event: hui\n  Date: Rāapa 15 Whiringa-ā-rangi\n  Where: rūma 3"
    (found,) = read(f"Kia ora\n\n{text}\n\nMere")
    assert isinstance(found, Unclear)
    assert (found.doubt, found.line) == (Doubt.CONTRADICTION, text)


def test_limits() -> None:
    (found,) = read("Deadline: Fri 15 May, " + "x" * LINE_CHARACTERS)
    assert isinstance(found, Unclear)
    assert (found.doubt, len(found.line)) == (Doubt.LONG_LINE, 300)
    assert len(read("Deadline: Fri 15 May, awards\n\n" * 200)) == MOST_ENTRIES
    assert read("\n" * MOST_LINES + "Deadline: Fri 15 May, awards") == ()
    assert len(one("Deadline: Fri 15 May, " + "ā" * 400).title) == 200


@pytest.mark.parametrize(
    "unit",
    [
        "15 ", "15-", "15/", "15,", "May ", "Fri ", "Fri, ", "week 3 and ", "weeks 3, 4, ", "3.30", "3pm - ", "1:",
        "to ", "15 to ", "(", "15th ", "year 5, ", "the ", "next ", "w/c ", "http://", "a@", "a.", "Whiringa-a-", "'",
        "\u0301", "of ", "K 1 - 1", "term 1 ", "15 May - ", "15/5/26 ", "-", "٣ ",
        "\u2028", "no later than ", "1" * 400,
    ],
)  # fmt: skip
def test_a_hostile_line_takes_no_longer_than_others(unit: str) -> None:
    line = "Deadline: " + unit * (480 // len(unit))
    with Stopwatch() as watch:
        read(line + "\n\n" + (line + "\n") * 20)
        read("Deadline: " + unit * (90_000 // len(unit)))
        read((unit * 60 + "\n") * 400)
    assert watch.seconds < 2
