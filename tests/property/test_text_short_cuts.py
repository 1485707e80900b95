"""Each short cut of reading a text gives what the long way gives."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.mail import fields, params
from listserv.mail.charsets import _LONG_RUN, _may_hold_long_run
from listserv.mail.fields import cut_message_head
from listserv.mail.params import parse_parameters
from listserv.mail.parse import parse
from listserv.mail.shelf.gathering import gathered, text_and_items
from listserv.mail.shelf.weblink import LINK, links_in
from listserv.mail.text import attribution, html_tokens, reply_above
from listserv.mail.text.attribution import _has_address, _is_date, _says_wrote, openings
from listserv.mail.text.body_lines import split_lines, visible
from listserv.mail.text.html_marks import QUOTATION_NAMES, SIGNATURE_NAMES, may_hold_quotation, may_hold_signature
from listserv.mail.text.html_text import _squeezed
from listserv.mail.text.html_tokens import End, Start, tokens
from listserv.mail.text.languages import ABOVE, HEADER_KINDS, ORIGINAL, WROTE
from listserv.mail.text.phrases import Phrases
from listserv.mail.text.quote import split_own
from listserv.mail.text.repeated import _WORD, LINE_CHARACTERS, KnownText, KnownWords, LineWords, words_of
from listserv.mail.text.seams import derived_text
from listserv.mail.text.sign_offs import CONFIDENTIALITY, LIST_FOOTERS
from tests.property.test_text_pieces import BODIES, PAGES

ODD_TAGS = st.lists(
    st.sampled_from(
        [
            "<", "</", "<a", "<p", "<br", "<style", "</style>", "<title>", "<!--", "-->", "<!x", "<?", ">", "/>", "/",
            " ", "  ", "\n", "\u00a0", "=", "= ", '"', "'", '"x"', "'y z'", "href", "CLASS", "a:b", "&amp;", "é",
            "b" * 50, "c" * 101, '="q>r"', "='<'", "=a/b", "=/c", 'd=e"f', "<o:p>", "<div class='x' id=y>", "</div>",
            "</div x>", "</ p>", "<1", "text", "\x00", "\x1c", " e='&lt;' E=2", "<p a=" + "1" * 5_000,
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


def spelt(source: str) -> list[object]:
    return [
        (token.name, *token.attributes.items()) if isinstance(token, Start) else (End, token)
        for token in tokens(source)
    ]


@given(st.one_of(ODD_TAGS, PAGES))
def test_a_plain_tag_is_what_it_is_letter_by_letter(source: str) -> None:
    quickly = spelt(source)
    with patch.object(html_tokens, "_plain_tag", return_value=None):
        assert quickly == spelt(source)


@given(BODIES, st.lists(BODIES, max_size=3))
def test_only_passages_that_cannot_be_there_are_not_looked_for(text: str, ancestors: list[str]) -> None:
    quickly = split_own(text, ancestors=[*ancestors, text[::2], text[len(text) // 3 :]])
    with patch.object(KnownWords, "hold", return_value=True):
        assert quickly == split_own(text, ancestors=[*ancestors, text[::2], text[len(text) // 3 :]])


PARAMETERS = st.lists(
    st.sampled_from(
        [
            "text/plain",
            "Text/HTML",
            "a/b.c+d",
            "inline",
            ";",
            "; ",
            "charset=",
            "; name=",
            ";\r\n\tboundary=",
            "utf-8",
            '"a b/c=d"',
            '""',
            "NAME",
            "*=",
            "\\\\",
            "(c)",
            '"',
            "x=y",
            "é",
            " ",
        ]
    ),
    max_size=7,
).map("".join)


@given(PARAMETERS)
def test_a_usual_field_is_read_as_any_other(text: str) -> None:
    octets = text.encode()
    quickly = parse_parameters(octets)
    with patch.multiple(params, _often=lambda _: None, _usual=lambda _: None):
        assert quickly == parse_parameters(octets)


HEADERS = st.lists(
    st.sampled_from(
        [
            "From: a@b.nz", "from : c", "To:", "X-Y: z ", " goes on", "\t", "Thanks :-)", "Kia ora", ":", "\r", "-- ",
            "--b", ">From x", "Subject: 1\rTo: 2", "Date: 3", "é: x", "",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(HEADERS, st.sampled_from(["\r\n", "\n"]), st.sampled_from(["", "\n", "\r\n\r\nText: x\r\n"]))
def test_a_usual_header_is_cut_as_any_other(lines: list[str], line_end: str, rest: str) -> None:
    octets = (line_end.join(lines) + rest).encode()
    quickly = cut_message_head(octets)
    with patch.object(fields, "_usual_values", return_value=None):
        slowly = cut_message_head(octets)
    assert (quickly.values, [*quickly.values]) == (slowly.values, [*slowly.values])
    assert (quickly.fields, quickly.defects) == (slowly.fields, slowly.defects)
    assert (quickly.start, quickly.end, quickly.body_start) == (slowly.start, slowly.end, slowly.body_start)


LINKED = st.lists(
    st.sampled_from(
        ["https://nzmaths.co.nz/x", "www.tki.example/a", "WWW.b.example", "://", "x", " ", "\n", "\r", "> ", "@", "ſ"]
    ),
    max_size=12,
).map("".join)


@given(LINKED)
def test_links_are_found_in_the_lines_that_may_hold_them(text: str) -> None:
    assert list(links_in(text)) == [found[0] for found in LINK.finditer(text)]


@given(BODIES, LINKED, st.one_of(st.just(""), PAGES), st.lists(BODIES, max_size=2))
def test_text_and_items_are_those_of_each_alone(text: str, links: str, html: str, ancestors: list[str]) -> None:
    page = f"<p>{links}</p><a href='https://c.example/y'>Words</a>{html}" if html else ""
    octets = _message(f"{text}\n{links}\n", page)
    both = text_and_items(parse(octets), ancestors, "https://b.example/")
    assert both == (derived_text(parse(octets), ancestors), gathered(parse(octets), ancestors, "https://b.example/"))


def _message(text: str, page: str) -> bytes:
    parts = (("text/plain", text), *((("text/html", page),) if page else ()))
    bodies = "".join(f"--b\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{body}\r\n" for kind, body in parts)
    head = "From: mere@kura.example\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    return f"{head}{bodies}--b--\r\n".encode("utf-8", "replace")


@given(st.text(max_size=80), st.integers(1, 90))
def test_words_of_ascii_are_those_of_the_expression(text: str, times: int) -> None:
    spread = f"{text} {'Ab1_' * times}{'x' * times}"
    assert words_of(spread) == _WORD.findall(spread.lower())


@given(st.lists(st.sampled_from([0, 1, 2, 3]), max_size=30), st.integers(2, 5))
def test_a_word_is_repeated_when_it_stands_in_a_known_run(numbers: list[int], run_words: int) -> None:
    words = [f"w{number}" for number in numbers]
    known = "w1 w2 w3 w0 w1 w1 w2"
    runs = {tuple(known.split()[at : at + run_words]) for at in range(8 - run_words)}
    begins = [at for at in range(len(words) - run_words + 1) if tuple(words[at : at + run_words]) in runs]
    covered = {at + further for at in begins for further in range(run_words)}
    shares = KnownText([known], run_words).shares(split_lines("\n".join(words)))
    assert [share.repeated for share in shares] == [int(at in covered) for at in range(len(words))]


@pytest.mark.parametrize("name", QUOTATION_NAMES)
def test_no_name_of_a_quotation_is_overlooked(name: str) -> None:
    assert may_hold_quotation(f"<div class={name}>")


@pytest.mark.parametrize("name", SIGNATURE_NAMES)
def test_no_name_of_a_signature_is_overlooked(name: str) -> None:
    assert may_hold_signature(f"<div class={name}>")


@given(st.lists(st.sampled_from(["a", "é", "\u0304" * 200, "e\u0301", "\ud800", "\u00a0" * 257]), max_size=8))
def test_text_without_long_runs_is_normalised_at_once(parts: list[str]) -> None:
    text = "".join(parts)
    assert _may_hold_long_run(text) or _LONG_RUN.search(text) is None


SIGNS = st.sampled_from(
    [
        "1", "2", "19", "20", "2019", "12019", "20190", "10:31", "110:31", "10:310", "10 h 31", "3.4.2020",
        "113.4.2020", "2020-1-2", "12020-1-2", "٣", ".", "/", "-", ":", " ", "am", "pm", "時", "年", "@", "a@b",
        " at ", "x.y", "mailto:", "[hidden email]", "<a@b.nz>", "&lt;", "w", "_", "é", "on ", "…", "*", ">",
        "\n", "\n\n", "\n> ", "\n-----",
    ]
)  # fmt: skip
TITLES = st.sampled_from([f"\n----- {title} -----\n" for title in sorted(ORIGINAL)])
NAMES = st.sampled_from([*sorted(WROTE), *sorted(ABOVE), *(f"\n{name}: " for name in sorted(HEADER_KINDS))])
WHO_AND_WHEN = st.lists(st.one_of(SIGNS, NAMES, TITLES), max_size=14).map("".join)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONG_WROTE = re.compile(
    "|".join(re.escape(word) if _CJK.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(WROTE))
)
_LONG_ADDRESS = re.compile(r"[\w>]@\w|\w at \w[\w-]{0,62}\.\w|mailto:|\[hidden email\]|\[email protected\]")
_LONG_TIME_OR_DAY = re.compile(
    r"(?<!\d)\d{1,2}\s?[:.h]\s?\d{2}(?!\d)|\d\s?[時时点시]|\d\s?(?:am|pm)\b|"
    r"(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)|(?<!\d)\d{4}[./-]\s?\d{1,2}[./-]\s?\d{1,2}|\d\s?[年月日년월일]"
)
_LONG_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@given(WHO_AND_WHEN)
def test_dates_addresses_and_verbs_are_found_where_they_can_begin(text: str) -> None:
    has_year = _LONG_YEAR.search(text) is not None and len(re.findall(r"\d+", text)) > 1
    assert _is_date(text) == (_LONG_TIME_OR_DAY.search(text) is not None or has_year)
    assert _has_address(text) == (_LONG_ADDRESS.search(text) is not None)
    assert _says_wrote(text) == (_LONG_WROTE.search(text) is not None)


@given(st.one_of(WHO_AND_WHEN, BODIES))
def test_no_line_that_may_announce_a_quotation_is_passed_over(text: str) -> None:
    lines = split_lines(text)
    quickly = openings(lines)
    with (
        patch.object(attribution, "_may_begin_blocks", side_effect=lambda unmarked: {at for at, _ in unmarked}),
        patch.object(reply_above, "_may_reply_above", return_value=True),
        patch.object(attribution, "_NEVER_LAST", frozenset({""})),
        patch.object(attribution, "_DIGIT_OR_AT", re.compile("")),
        patch.object(attribution, "WRAPPED_END_CHARACTERS", 10_000),
    ):
        assert quickly == openings(lines)


PHRASED = st.lists(st.sampled_from([*LIST_FOOTERS, *CONFIDENTIALITY, "un", "subscribe", " ", "é"]), max_size=6)


@given(PHRASED.map("".join), st.sampled_from([LIST_FOOTERS, CONFIDENTIALITY, tuple(ABOVE)]))
def test_a_phrase_stands_in_a_text_as_its_expression_says(text: str, phrases: tuple[str, ...]) -> None:
    found = set(re.findall("|".join(map(re.escape, phrases)), text))
    assert Phrases(phrases).stand_in(text) is bool(found)
    assert Phrases(phrases).found_in(text) == found


LINED = st.lists(
    st.sampled_from(
        [
            "a b",
            "Mere's",
            "\u00a0",
            "kōrero",
            "x" * 70,
            "y " * 2_100,
            "\n",
            "\n",
            "> ",
            ">",
            "＞",
            ">From ",
            "From x",
            "\u200b",
        ]
    ),
    max_size=12,
).map("".join)


@given(LINED)
def test_lines_and_their_words_are_those_of_each_line(text: str) -> None:
    lines = split_lines(text)
    assert "".join(line.raw for line in lines) == text
    for line in lines:
        stuffed = re.match(r">+From [^\n>]", line.raw) is not None
        marked = re.match(r"[ \t]{0,3}[>＞]", line.raw) is not None and not stuffed
        assert line == (line.raw, visible(line.raw)[:600], marked, not visible(line.raw))
    words = [words_of(line.raw[:LINE_CHARACTERS]) for line in lines]
    known = LineWords(lines)
    assert [end - start for start, end in zip([0, *known.ends], known.ends, strict=False)] == list(map(len, words))
    assert known.runs(1) == [hash((word,)) for row in words for word in row]


@given(
    st.lists(st.sampled_from(["a", "é", "\u00a0", " ", "  ", "\n", "\t", "\r\n", "\f", "\x0b"]), max_size=12).map(
        "".join
    )
)
def test_white_space_is_squeezed_as_by_an_expression(text: str) -> None:
    assert _squeezed(text) == re.sub(r"[ \t\n\r\f]+", " ", text)
