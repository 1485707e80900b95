"""What an answer about addresses says, and which member a stranger is like: pure, bounded, never a wild guess."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.inbound.commands.reading import read_line
from listserv.inbound.people.answers import said
from listserv.inbound.people.likeness import Known, likeliest

MEMBERS = [
    Known(1, "Mere Tāmati", "mere.tamati@school.example"),
    Known(2, "Jo Smith", "jo@school.example"),
    Known(3, "Aroha Ngata", "aroha@school.example"),
    Known(4, "", "hemi.paki@school.example"),
]


@pytest.mark.parametrize(
    "line", ["yes", "Yes!", "Āe", "ae", "Yes, that was me", "Yep it was", "yes please", "Āe, nāku"]
)
def test_a_yes(line: str) -> None:
    assert said(line) is True


@pytest.mark.parametrize(
    "line", ["no", "No.", "Kāo", "No, that was not me", "No, that wasn't me", "nope", "Kāo, ehara"]
)
def test_a_no(line: str) -> None:
    assert said(line) is False


@pytest.mark.parametrize(
    "line",
    ["", "maybe", "no problem", "No worries, go ahead", "Yes but not the second one", "yes and no", "Who is this?",
     "I said yes yesterday", "Not sure", "No, yes it was", "Yes, it wasn't me"],
)  # fmt: skip
def test_anything_else_is_asked_back(line: str) -> None:
    assert said(line) is None


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("Mere Tamati", "xyz@phone.example", 1),
        ("", "mere.tamati@phone.example", 1),
        ("", "mtamati@phone.example", 1),
        ("Mere", "tamati77@phone.example", 1),
        ("", "hemipaki@phone.example", 4),
        ("iPhone", "josmith@phone.example", 2),
        ("Mere", "mere@phone.example", None),
        ("Jo", "jo@phone.example", None),
        ("Mere Tamati-Smith Jo", "x@phone.example", None),
        ("", "", None),
    ],
)
def test_the_one_member_somebody_is_like(name: str, address: str, expected: int | None) -> None:
    assert likeliest(name, address, MEMBERS) == expected


@pytest.mark.parametrize(
    "line",
    [
        "my new address is mere@x.example",
        "My new address is: <mere@x.example>.",
        "my new address is mere@x.example<mailto:mere@x.example>",
        "Ko taku wāhitau hou ko mere@x.example",
        "ko tooku waahitau hou ko mere@x.example",
    ],
)
def test_a_new_address_is_read_as_people_write_it(line: str) -> None:
    wish = read_line(line, date(2026, 11, 20))
    assert wish is not None and (wish.command.name, wish.argument) == ("new_address", "mere@x.example")


@given(st.text(max_size=200), st.text(max_size=200), st.lists(st.tuples(st.integers(1, 9), st.text(), st.text())))
def test_any_text_gives_a_member_or_none(name: str, address: str, members: list[tuple[int, str, str]]) -> None:
    assert likeliest(name, address, [Known(*each) for each in members]) in {None, *(each[0] for each in members)}
    assert said(name) in (True, False, None)
