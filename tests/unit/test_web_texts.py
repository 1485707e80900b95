"""Texts fit to be shown: names, links, addresses left out, paragraphs, snippets, days. All pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail.text.secrets import without_secrets
from listserv.web.cleaning import without_split_addresses
from listserv.web.days import Days
from listserv.web.snippets import snippet
from listserv.web.texts import (
    author_name,
    beginning,
    linked,
    one_line,
    reflowed,
    tidy,
    without_addresses,
)
from tests.stopwatch import Stopwatch


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Mere Ngata", "mere@school.example", "Mere Ngata"),
        ("", "mere@school.example", "mere@…"),
        ("mere@school.example", "mere@school.example", "mere@…"),
        ("'mere@school.example' via English", "english@lists.example.nz", "mere@…"),
        ("Mere <mere@school.example>", "x@y.example", "Mere"),
        ("<mere@school.example>", "x@y.example", "x@…"),
        ("", "", ""),
        ("\u202eerem", "m@s.example", "erem"),
        ("Mere\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "m@s.example", "Mere\u0301\u0301\u0301\u0301"),
        ("M" * 5000, "m@s.example", "M" * 199 + "…"),
        ("\n\tMere\r\n Ngata ", "m@s.example", "Mere Ngata"),
    ],
)
def test_an_author_is_never_called_by_an_address(name: str, address: str, shown: str) -> None:
    for is_member in (False, True):
        assert author_name(name, address, is_member=is_member) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to mere.n+x@school.example.", "write to mere.n+x@…."),
        ("<mailto:mere@school.example>", "<mailto:mere@…>"),
        ("mere@ōtaki.school.nz, jo@x.example", "mere@…, jo@…"),
        ("at 3 @ school, @mere, mere@localhost", "at 3 @ school, @mere, mere@localhost"),
        ("https://medium.example/@mere/x.html", "https://medium.example/@mere/x.html"),
        ("https://maps.example/maps/@-41.29,174.75,17z", "https://maps.example/maps/@-41.29,174.75,17z"),
        ("https://f.example/?e=mere%40school.example&x=1", "https://f.example/?e=mere%40…&x=1"),
        ("https://f.example/?u=e%3Dmere%2540school.example", "https://f.example/?u=e%3Dmere%2540…"),
        ('"mere ngata"@school.example', '"mere ngata"@…'),
    ],
)
def test_a_stranger_reads_no_address(text: str, shown: str) -> None:
    assert without_addresses(text) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p><span>mere</span>@school.example</p>", "<p><span>mere</span>@…</p>"),
        ("mere@<b>school.example</b>.", "mere@…<b></b>."),
        ("<small>mere</small>@<sup>school</sup>.example", "<small>mere</small>@…<sup></sup>"),
        (
            '<a href="https://x.example"><i>me</i>re@school<u>.example</u></a>',
            '<a href="https://x.example"><i>me</i>re@…<u></u></a>',
        ),
        ("<p>mere</p><p>@school.example</p>", "<p>mere</p><p>@school.example</p>"),
        ("mere <b>@school.example</b>", "mere <b>@school.example</b>"),
    ],
)
def test_a_stranger_reads_no_address_with_tags_in_it(html: str, shown: str) -> None:
    assert without_split_addresses(html) == shown


def test_what_is_cut_is_cut_between_words() -> None:
    assert beginning("write to mere@school.example", 28) == "write to mere@school.example"
    for limit in range(9, 27):
        assert beginning("write to mere@school.example", limit) == "write to"
        assert beginning("write to mere@school.example" + " and" * 999, limit) == "write to"
    assert beginning("kia\nora", 5) == "kia"
    assert beginning("x" * 9_000, 8_000) == "x" * 8_000
    assert beginning("a " + "x" * 9_000, 8_000) == "a " + "x" * 7_998


@given(st.text(alphabet="abc.@-_ <>é+%204", max_size=80))
def test_what_is_left_holds_no_address(text: str) -> None:
    left = without_addresses(text)
    assert without_addresses(left) == left


def test_the_tokens_of_our_links_are_not_passed_on() -> None:
    token = "abcdefghijklmnopqrstuvwxyz2345672345"
    for before, after in (
        ("https://l.example/sign-in/", ""),
        ("/unsubscribe/", "?x"),
        ("https://l.example/calendar/", ".ics"),
        ("https://l.example/groups/english@l.example/calendar.ics?key=", ""),
        ("english-confirm+", "@l.example"),
    ):
        assert without_secrets(f"{before}{token}{after}") == f"{before}…{after}"
    assert without_secrets("/sign-in/short /groups/english") == "/sign-in/short /groups/english"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://en.example/Foo_(bar))", ["https://en.example/Foo_(bar)"]),
        ("<http://a.example/?q=1&b=2>", ["http://a.example/?q=1&b=2"]),
        ("javascript:alert(1) data:text/html,x ftp://x file:///etc", []),
        ("HTTPS://A.EXAMPLE and http://b.example!", ["HTTPS://A.EXAMPLE", "http://b.example"]),
        ("https://a.example/māori…", ["https://a.example/māori"]),
        ("http://", []),
    ],
)
def test_only_whole_web_addresses_are_links(text: str, urls: list[str]) -> None:
    pieces = linked(text)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.link for piece in pieces if piece.link] == urls


@given(st.text(max_size=200))
def test_linking_loses_nothing(text: str) -> None:
    assert "".join(piece.text for piece in linked(text)) == text


WRAPPED = (
    "I have a new entrant class this term, and two of my ākonga have just\n"
    "arrived from Tonga with hardly any English. We do running records every\n"
    "second week."
)


def test_a_paragraph_a_program_broke_is_joined() -> None:
    assert "\n" not in reflowed(WRAPPED)
    assert reflowed(WRAPPED + "\n\n" + WRAPPED).count("\n") == 2


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red,\nviolets are blue,\nsugar is sweet",
        "Mere Ngata\nEverglade School\nRoom 5, 09 555 0100",
        "- retell first in whichever language comes to them\n- count only what is about the meaning of the words",
        "1. retell first in whichever language comes to them\n2. count only what is about the meaning of the word",
        "    def f(x):\n        return x + 1  # something long enough to pass for text\n    y = 2",
        "Ngā mihi\nMere",
        "a line that is long enough to be thought of as one that was broken by a program\nshort\nand another line",
    ],
)
def test_what_a_person_broke_stays_broken(text: str) -> None:
    assert reflowed(text) == text


@given(st.text(alphabet="ab c\n-> ", max_size=200))
def test_reflowing_changes_only_white_space(text: str) -> None:
    assert reflowed(text).split() == text.split()


def marked(text: str, *words: tuple[str, bool]) -> list[str]:
    return [piece.text for piece in snippet(text, words) if piece.marked]


def test_a_snippet_marks_what_the_index_found() -> None:
    text = "Te reo Māori, MAAORI and maori; teaching teach reteach"
    assert marked(text, ("maori", False)) == ["Māori", "MAAORI", "maori"]
    assert marked(text, ("teach", False)) == ["teach"]
    assert marked(text, ("teach", True)) == ["teaching", "teach"]
    assert marked(text) == []


def test_a_snippet_is_short_and_begins_near_the_word() -> None:
    text = "before " * 500 + "kupu " + "after " * 500
    pieces = snippet(text, [("kupu", False)])
    whole = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.marked] == ["kupu"]
    assert len(whole) < 260
    assert whole.startswith("… before")
    assert whole.endswith("after …")


@given(st.text(max_size=400), st.lists(st.tuples(st.sampled_from(["a", "e", "kupu"]), st.booleans())))
def test_a_snippet_is_a_stretch_of_the_text(text: str, words: list[tuple[str, bool]]) -> None:
    whole = "".join(piece.text for piece in snippet(text, words)).removeprefix("… ").removesuffix(" …")
    assert whole in " ".join(text.split())


def test_days_are_said_day_first_in_the_groups_zone() -> None:
    at = datetime(2026, 11, 16, 7, 5, tzinfo=UTC)
    days = Days(ZoneInfo("Pacific/Auckland"), "en")
    assert days.long(at).replace("\u202f", " ") == "Monday 16 November 2026, 8:05 pm"
    assert days.short(at) == "16 November 2026"
    assert days.machine(at) == "2026-11-16T20:05:00+13:00"
    assert Days(ZoneInfo("Pacific/Chatham"), "en").machine(at).endswith("+13:45")
    assert Days(ZoneInfo("Pacific/Auckland"), "mi").long(at) == "Mane 16 Noema 2026, 20:05"


@pytest.mark.parametrize("typed", ["2026-04-05", "5/4/2026", "05.04.2026", " 5-4-2026 "])
def test_a_day_is_read_day_first_and_lasts_as_long_as_it_does(typed: str) -> None:
    days = Days(ZoneInfo("Pacific/Auckland"), "en")
    start, end = days.start_of(typed), days.end_of(typed)
    assert start == datetime(2026, 4, 4, 11, tzinfo=UTC)
    assert end == datetime(2026, 4, 5, 12, tzinfo=UTC)  # daylight saving ends: 25 hours


@pytest.mark.parametrize(
    "typed", ["", "x", "2026-13-01", "31/2/2026", "0/0/0000", "99999-01-01", "1/1/1500", "1/1/2400", "\0"]
)
def test_what_is_no_day_is_none(typed: str) -> None:
    days = Days(ZoneInfo("Pacific/Auckland"), "en")
    assert days.start_of(typed) is None
    assert days.end_of(typed) is None


HARD: list[tuple[Callable[[str], object], Callable[[int], str]]] = [
    (without_addresses, lambda n: "a" * n),
    (without_addresses, lambda n: "a@" * n),
    (without_addresses, lambda n: "a@" + "b." * n),
    (without_split_addresses, lambda n: "a@" * n),
    (without_split_addresses, lambda n: "a" + "<b>" * n + "@" + "<b>" * n + "a" + "<b>" * n),
    (without_split_addresses, lambda n: "a@b<b>.</b>" * n),
    (without_split_addresses, lambda n: "a<b " * n),
    (without_secrets, lambda n: "/sign-in/" * n),
    (without_secrets, lambda n: "/sign-in/" + "a" * n),
    (linked, lambda n: "http://" * n),
    (linked, lambda n: "http://a" + ")" * n),
    (linked, lambda n: "http://a" + "(" * n + ")" * n),
    (linked, lambda n: "http://a" + "." * n),
    (reflowed, lambda n: "x " * n),
    (reflowed, lambda n: "\n \n" * n),
    (reflowed, lambda n: "\n" * n),
    (reflowed, lambda n: " \t" * n + "\n"),
    (tidy, lambda n: "e" + "\u0301" * n),
    (tidy, lambda n: "\u202e" * n),
    (one_line, lambda n: " \n" * n),
    (lambda text: snippet(text, [("a", True)]), lambda n: "a " * n),
]


@pytest.mark.parametrize(("function", "make"), HARD, ids=range(len(HARD)))
def test_every_text_function_is_linear(function: Callable[[str], object], make: Callable[[int], str]) -> None:
    """Ten times the text takes at most some ten times as long (and 200,000 letters no second)."""

    def seconds(size: int) -> float:
        text = make(size)
        best = 9.9
        for _ in range(3):
            with Stopwatch() as watch:
                function(text)
            best = min(best, watch.seconds)
        return best

    short, long = seconds(10_000), seconds(100_000)
    assert long < 30 * short + 0.1
    assert long < 1
