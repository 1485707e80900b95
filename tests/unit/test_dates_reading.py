"""The dates of a letter, and what its author's answer makes of those that were not clear."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.config.terms import load_terms
from listserv.inbound.dates.reading import (
    Draft,
    chosen,
    completed,
    corrected,
    read_back,
    read_draft,
    without_quotations,
    written,
)
from listserv.inbound.dates.telling import asked, distances, new_dates, shown
from listserv.mail.parse import parse
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Doubt, Kind
from tests.store_site import a_post

AUCKLAND = ZoneInfo("Pacific/Auckland")
TERMS = load_terms(None)
TODAY = date(2026, 4, 22)


def read(body: str, subject: str = "Dates") -> Draft:
    octets = a_post(body=body, subject=subject, Content_Type="text/plain; charset=utf-8")
    return read_draft(parse(octets), TODAY, AUCKLAND, TERMS)


def test_a_letter_with_greeting_and_signature() -> None:
    draft = read("Kia ora,\n\nDeadline: Fri 15 May, TESSOL awards, https://tessol.example.nz/\n\nNgā mihi\nMere")
    (line,) = draft.clear
    assert (line.kind, line.title, line.day) == (Kind.DEADLINE, "TESSOL awards", date(2026, 5, 15))
    assert (draft.unclear, draft.school, draft.more) == ((), "", 0)


def test_the_subject_counts_where_the_body_has_none_but_not_that_of_a_reply() -> None:
    assert read("Thanks", "Deadline: Fri 15 May, TESSOL").clear[0].title == "TESSOL"
    assert read("Thanks", "Re: Deadline: Fri 15 May, TESSOL") == Draft()


def test_other_peoples_lines_are_not_read() -> None:
    assert read("What do you think?\n\nOn Tue, 21 Apr 2026 Jo wrote:\n> Deadline: Fri 15 May, TESSOL") == Draft()


@pytest.mark.parametrize(
    "line", ["School: Everglade", "* school:  Everglade.", "Kura: Everglade", "**School:** Everglade"]
)
def test_a_school_is_a_line_of_its_own_and_no_part_of_a_title(line: str) -> None:
    draft = read(f"Deadline: Fri 15 May, reports\n{line}")
    assert (draft.school, draft.clear[0].title) == ("Everglade", "reports")


@pytest.mark.parametrize(
    "line", ["Groups: all", "For: all groups", "* **Group:** every group", "Rōpū: katoa", "Mō: katoa"]
)
def test_a_line_makes_the_dates_those_of_every_group(line: str) -> None:
    draft = read(f"Deadline: Fri 15 May, reports\n{line}")
    assert (draft.everywhere, draft.clear[0].title) == (True, "reports")
    assert not read("Deadline: Fri 15 May, reports\nFor: all Year 5 teachers").everywhere


@pytest.mark.parametrize(
    ("line", "remind", "unread"),
    [
        ("Remind: 7 and 1 days before", (7, 1), ""),
        ("Please remind us 7 and 1 days before.", (7, 1), ""),
        ("Reminders: none", (), ""),
        ("Whakamaumahara: 7 me te 1 rā i mua", (7, 1), ""),
        ("Remind: 3 days after", None, "3 days after"),
        ("Reminder: bring a plate", None, ""),
        ("Remind everybody that lunch is at 12", None, ""),
    ],
)
def test_a_line_says_when_the_group_is_reminded(line: str, remind: tuple[int, ...] | None, unread: str) -> None:
    draft = read(f"Deadline: Fri 15 May, reports\n{line}")
    assert (draft.remind, draft.unread, draft.clear[0].title) == (remind, unread, "reports")


def test_what_is_written_anew_of_all_dates_counts() -> None:
    draft = read("Deadline: Fri 15 May, reports\nRemind: 3 days after\nGroups: all")
    better = corrected(draft, read("Remind: the day before"))
    assert (better.remind, better.unread, better.everywhere, better.lines) == ((1,), "", True, draft.lines)
    assert corrected(better, read("School: Waiuku")) == replace(better, school="Waiuku")


def test_a_yes_with_a_line_about_reminders_keeps_that_line() -> None:
    draft = read("Deadline: Fri 15 May, awards")
    assert without_quotations(draft, read("Yes\nRemind: 3 days before\n\nDeadline: Friday 15 May 2026")) == Draft(
        remind=(3,)
    )


def test_at_most_ten_and_the_rest_is_counted() -> None:
    draft = read("\n".join(f"Deadline: {day} May, task {day}" for day in range(1, 15)))
    assert (len(draft.lines), draft.more) == (10, 4)


def test_a_day_that_has_been_is_asked_back_also_with_its_year() -> None:
    assert [line.doubt for line in read("Deadline: 15 May 2020, grants").unclear] == [Doubt.PASSED]
    assert read("Event: 20-24 April 2026, language week").unclear == ()


TWO = "Deadline: next Friday, abstracts\nDeadline: Fri 15 May, awards\nDeadline: 5/13/2026, spelling"


def test_numbers_choose_among_all_readings() -> None:
    draft = read(TWO)
    assert [[each["number"] for each in line["choices"]] for line in asked(draft.unclear, AUCKLAND, "en")] == [
        [1, 2],
        [3],
    ]
    one = chosen(draft, "2")
    assert one is not None and [line.day for line in one.clear] == [date(2026, 5, 1), date(2026, 5, 15)]
    both = chosen(draft, "1 and 3.")
    assert both is not None and not both.unclear


@pytest.mark.parametrize("answer", ["", "1, 2", "0", "4", "1 4", "the first", "15 May", "2?x", "1" * 9])
def test_no_number_of_a_reading_is_no_choice(answer: str) -> None:
    assert chosen(read(TWO), answer) is None


def test_a_clearer_line_stands_in_the_place_of_the_one_that_was_not() -> None:
    draft = corrected(read(TWO), read("Deadline: 8 May, abstracts"))
    assert [getattr(line, "day", None) for line in draft.lines] == [date(2026, 5, 8), date(2026, 5, 15), None]
    whole = corrected(read("Deadline: Fri 15 May, awards"), read("Deadline: Fri 22 May, awards"))
    assert [line.day for line in whole.clear] == [date(2026, 5, 22)]
    for body in (TWO, "Deadline: Fri 15 May, awards"):
        schooled = corrected(read(body), read("School: Waiuku"))
        assert (schooled.lines, schooled.school) == (read(body).lines, "Waiuku")


def test_a_yes_above_our_own_unmarked_question_corrects_nothing() -> None:
    draft = read("Deadline: Fri 15 May, awards\nEvent: staff meeting, Tuesday of weeks 3 and 8, 3:30 pm")
    question = "Deadline: Friday 15 May 2026\n\nEvent: Tuesday 5 May 2026, 3:30 pm\n       Tuesday 9 June 2026, 3:30 pm"
    assert without_quotations(draft, read(f"Yes\n\n{question}")) == Draft()
    kept = without_quotations(draft, read("Yes\n\nDeadline: Fri 22 May, awards")).clear
    assert [line.day for line in kept] == [date(2026, 5, 22)]


def test_a_day_alone_completes_the_one_open_line() -> None:
    draft = completed(read("Deadline: portfolios"), "Thursday 28 May", TODAY, AUCKLAND, TERMS)
    assert draft is not None and (draft.clear[0].title, draft.clear[0].day) == ("portfolios", date(2026, 5, 28))
    assert completed(read("Deadline: portfolios"), "no idea", TODAY, AUCKLAND, TERMS) is None
    assert completed(read("Deadline: portfolios"), "15 May 2020", TODAY, AUCKLAND, TERMS) is None
    assert completed(read(TWO), "28 May", TODAY, AUCKLAND, TERMS) is None


def test_weeks_of_term_are_a_date_each_and_whole_weeks_end_on_friday() -> None:
    (line,) = read("Event: staff meeting, weeks 3 and 8").clear
    made = new_dates(line, AUCKLAND, "Everglade")
    assert [(each.day, each.end_day, each.school) for each in made] == [
        (date(2026, 5, 4), date(2026, 5, 8), "Everglade"),
        (date(2026, 6, 8), date(2026, 6, 12), "Everglade"),
    ]
    assert distances(line) == (2,)


def test_hours_are_the_groups_on_both_sides_of_daylight_saving() -> None:
    (before, after) = read("Event: Fri 25 Sept 4pm-5pm, hui\nEvent: Mon 28 Sept 4pm, hui").clear
    (first,), (second,) = new_dates(before, AUCKLAND, ""), new_dates(after, AUCKLAND, "")
    assert first.at == datetime(2026, 9, 25, 16, tzinfo=AUCKLAND) and first.ends_at is not None
    assert second.at == datetime(2026, 9, 28, 16, tzinfo=AUCKLAND)
    assert shown(before, AUCKLAND, "mi")["when"] == ["Paraire 25 Hepetema 2026, 16:00 – 17:00"]
    assert before.end_hour == time(17)


def test_of_an_unproven_letter_no_word_is_told() -> None:
    told = json.dumps([*(shown(line, AUCKLAND, "en", with_words=False) for line in read(TWO).clear),
                       asked(read(TWO).unclear, AUCKLAND, "en", with_words=False)])  # fmt: skip
    assert "awards" not in told and "abstracts" not in told and "spelling" not in told


HEADS = st.sampled_from(["Deadline: ", "Event: ", "Rā kati: ", ""])
DAYS = st.sampled_from(
    ["Fri 15 May", "next Friday", "5/13/2026", "weeks 3 and 8", "4-6 May", "Tuesday of weeks 2-5, 3pm", ""]
)


@given(
    st.lists(st.tuples(HEADS, DAYS, st.text(max_size=30)), max_size=5),
    st.text(max_size=20),
    st.none() | st.lists(st.integers(0, 365), max_size=5).map(tuple),
)
def test_a_draft_comes_back_from_its_token_as_it_was(
    parts: list[tuple[str, str, str]], school: str, remind: tuple[int, ...] | None
) -> None:
    text = "\n".join(f"{head}{day}, {title}" for head, day, title in parts)
    lines = read_date_lines(text, TODAY, AUCKLAND, TERMS)
    draft = Draft(lines, school, everywhere=bool(school), remind=remind, unread=school)
    assert read_back(json.loads(json.dumps(written(draft)))) == draft


@given(st.text(max_size=60))
def test_no_answer_raises(answer: str) -> None:
    draft = read(TWO)
    chosen(draft, answer)
    completed(read("Deadline: portfolios"), answer, TODAY, AUCKLAND, TERMS)
