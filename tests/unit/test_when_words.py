"""Every name of a month and a weekday, English and te reo, in every spelling people's keyboards give it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from listserv.mail.when.words import letter_of
from tests.unit.test_when_forms import answer

MONTHS = (
    "January Jan Kohitātea Hānuere", "February Feb Huitanguru Pēpuere", "March Mar Poutūterangi Māehe",
    "April Apr Paengawhāwhā Āperira", "May Haratua Mei", "June Jun Pipiri Hune", "July Jul Hōngongoi Hūrae",
    "August Aug Hereturikōkā Ākuhata", "September Sept Sep Mahuru Hepetema", "October Oct Whiringa-ā-nuku Oketopa",
    "November Nov Whiringa-ā-rangi Noema", "December Dec Hakihea Tīhema",
)  # fmt: skip
WEEKDAYS = (
    "Monday Mon Rāhina Mane", "Tuesday Tues Tue Rātū Tūrei", "Wednesday Weds Wed Rāapa Wenerei",
    "Thursday Thurs Thu Rāpare Tāite", "Friday Fri Rāmere Paraire", "Saturday Sat Rāhoroi Hātarei", "Sunday Sun Rātapu",
)  # fmt: skip
MACRONS = str.maketrans("āēīōūĀĒĪŌŪ", "aeiouAEIOU")
DOUBLED = {"ā": "aa", "ē": "ee", "ī": "ii", "ō": "oo", "ū": "uu", "Ā": "Aa", "Ō": "Oo"}
UMLAUTS = str.maketrans("āēīōūĀ", "äëïöüÄ")
MONDAY = date(2026, 5, 4)


def spellings(name: str) -> set[str]:
    bare, doubled = name.translate(MACRONS), "".join(DOUBLED.get(letter, letter) for letter in name)
    decomposed = "".join(f"{letter.translate(MACRONS)}\u0304" if letter in DOUBLED else letter for letter in name)
    return {name, bare, doubled, decomposed, name.translate(UMLAUTS), name.upper(), bare.lower()}


@pytest.mark.parametrize(("month", "name"), [(at, name) for at, row in enumerate(MONTHS, 1) for name in row.split()])
def test_every_name_of_a_month(month: int, name: str) -> None:
    for spelt in spellings(name):
        assert answer(f"Event: 15 {spelt} 2027, hui") == f"2027-{month:02}-15", spelt


@pytest.mark.parametrize("name", ["Whiringa ā nuku", "Whiringa-a-nuku", "Whiringaanuku", "whiringa aa nuku"])
def test_a_month_of_three_words(name: str) -> None:
    assert answer(f"Event: 15 {name}, hui") == "2026-10-15"


@pytest.mark.parametrize(("weekday", "name"), [(at, name) for at, row in enumerate(WEEKDAYS) for name in row.split()])
def test_every_name_of_a_weekday(weekday: int, name: str) -> None:
    day = MONDAY + timedelta(days=7 + weekday)
    for spelt in spellings(name):
        assert answer(f"Event: {spelt} {day.day}/5, hui") == day.isoformat(), spelt
        wrong = day + timedelta(days=1)
        assert answer(f"Event: {spelt} {wrong.day}/5, hui").startswith("? contradiction"), spelt


@pytest.mark.parametrize("name", ["Rātū", "Raatuu", "RĀTŪ", "Tūrei", "Rāapa", "Tāite", "Rāmere", "Ramere", "Paraire"])
def test_a_weekday_alone_is_read(name: str) -> None:
    assert answer(f"Event: {name}, hui")[:2] == "20"


@pytest.mark.parametrize("name", ["Ratu", "Turei", "Taite", "Mane", "Sun", "Sat", "Mon", "Wed"])
def test_a_name_that_is_another_word_as_well_is_not(name: str) -> None:
    assert answer(f"Event: {name}, hui").startswith("? which_day")


@pytest.mark.parametrize(
    ("word", "letter"),
    [
        ("may", ("m", 5)), ("May", ("M", 5)), ("MAY", ("M", 5)), ("march", ("m", 3)), ("ā", ("p", 0)), ("aa", ("p", 0)),
        ("a", ("J", 0)),
        ("one", ("u", 1)), ("pō", ("Q", 0)), ("po", ("a", 0)), ("Friday's", ("a", 0)), ("weeks'", ("k", 0)),
        ("noon", ("N", 0)), ("week", ("K", 0)), ("wiki", ("K", 0)), ("tuawhā", ("u", 4)), ("school", ("a", 0)),
    ],
)  # fmt: skip
def test_the_letter_of_a_word(word: str, letter: tuple[str, int]) -> None:
    assert letter_of(word) == letter
