"""Each short cut of reading a text gives what the long way gives."""

from __future__ import annotations

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
from listserv.mail.text import html_tokens
from listserv.mail.text.body_lines import split_lines
from listserv.mail.text.html_marks import QUOTATION_NAMES, SIGNATURE_NAMES, may_hold_quotation, may_hold_signature
from listserv.mail.text.html_tokens import End, Start, tokens
from listserv.mail.text.quote import split_own
from listserv.mail.text.repeated import _WORD, KnownText, KnownWords, words_of
from listserv.mail.text.seams import derived_text
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
