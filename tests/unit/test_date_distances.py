"""How people say when they want to be reminded, each read right or asked back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.inbound.dates.distances import read_distances

READ = [
    ("7 and 1 days before", (7, 1)),
    ("7 and 1 day before", (7, 1)),
    ("7, 2 and 0 days before", (7, 2, 0)),
    ("7,1", (7, 1)),
    ("7 days", (7,)),
    ("7d, 1d", (7, 1)),
    ("1 day before", (1,)),
    ("the day before", (1,)),
    ("The day before.", (1,)),
    ("a week before", (7,)),
    ("the week before and the day before", (7, 1)),
    ("a week and a day before", (7, 1)),
    ("two weeks before, 2 days before and on the day", (14, 2, 0)),
    ("a fortnight & a week ahead", (14, 7)),
    ("2 and 1 weeks before", (14, 7)),
    ("that morning", (0,)),
    ("on the day", (0,)),
    ("1 and 7 days beforehand", (7, 1)),
    ("seven days and three days before", (7, 3)),
    ("7, 7 and 1 days", (7, 1)),
    ("none", ()),
    ("no reminders", ()),
    ("never", ()),
    ("7 me te 1 rā i mua", (7, 1)),
    ("e 7 ngā rā i mua", (7,)),
    ("kotahi wiki me te rā kotahi i mua", (7, 1)),
    ("te rā i mua", (1,)),
    ("rua wiki i mua, i taua rā", (14, 0)),
    ("kāore", ()),
]
ASKED = [
    "", "soon", "7 and 1 week before", "3 days after", "a month before", "366 days before", "1, 2, 3, 4, 5, 6",
    "every day", "day", "the day", "7 days before 15 May", "1000", "days", "on Friday", "1-7 days before", "2.5 days",
    "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), READ)
def test_it_is_read(said: str, expected: tuple[int, ...]) -> None:
    assert read_distances(said) == expected
    assert read_distances(said.upper()) == expected


@pytest.mark.parametrize("said", ASKED)
def test_it_is_asked_back(said: str) -> None:
    assert read_distances(said) is None


@given(st.text(max_size=200))
def test_no_text_raises_and_nothing_is_out_of_bounds(said: str) -> None:
    found = read_distances(said)
    assert found is None or (len(found) <= 5 and all(0 <= each <= 365 for each in found))
