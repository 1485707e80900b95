"""What announces a quotation is found in every language of the tables, wrapped or not, and ordinary prose is not."""

from __future__ import annotations

import pytest

from listserv.mail.text.attribution import openings
from listserv.mail.text.body_lines import split_lines
from listserv.mail.text.languages import LANGUAGES
from listserv.mail.text.quote import split_own
from tests.unit.text_samples import ATTRIBUTIONS, HEADER_BLOCKS

SENTENCES = [(tag, sentence) for tag, sentences in ATTRIBUTIONS.items() for sentence in sentences]
PLAIN = [(tag, sentence) for tag, sentence in SENTENCES if not sentence.startswith(">")]


def test_every_language_of_the_tables_has_a_sample() -> None:
    tags = {language.tag for language in LANGUAGES}
    assert tags == set(ATTRIBUTIONS)
    assert tags == {name.split()[0] for name in HEADER_BLOCKS}


@pytest.mark.parametrize(("tag", "sentence"), SENTENCES)
def test_attribution_above_quote_marks(tag: str, sentence: str) -> None:
    pieces = split_own(f"Kia ora\n\n{sentence}\n\n> what was said\n> before\n")
    assert pieces.own == "Kia ora", tag


@pytest.mark.parametrize(("tag", "sentence"), PLAIN)
def test_attribution_above_unmarked_text(tag: str, sentence: str) -> None:
    pieces = split_own(f"Kia ora\n\n{sentence}\n\nwhat was said\nbefore\n")
    assert pieces.own == "Kia ora", tag


@pytest.mark.parametrize(("tag", "sentence"), PLAIN)
def test_answer_below_the_quotation(tag: str, sentence: str) -> None:
    pieces = split_own(f"{sentence}\n\n> what was said\n\nKia ora\n")
    assert pieces.own == "Kia ora", tag


@pytest.mark.parametrize(("tag", "sentence"), PLAIN)
def test_attribution_right_under_the_answer(tag: str, sentence: str) -> None:
    pieces = split_own(f"Kia ora\n{sentence}\n> what was said\n")
    assert pieces.own == "Kia ora", tag


@pytest.mark.parametrize(("tag", "sentence"), [pair for pair in PLAIN if "<" in pair[1]])
def test_attribution_wrapped_at_the_address(tag: str, sentence: str) -> None:
    before, mark, after = sentence.partition("<")
    for wrapped in (f"{before.rstrip()}\n{mark}{after}", f"{before}{mark}\n{after}"):
        pieces = split_own(f"Kia ora\n\n{wrapped}\n\n> what was said\n")
        assert pieces.own == "Kia ora", (tag, wrapped)


@pytest.mark.parametrize(
    "wrapped",
    [
        "On Mon, 4 May 2026 at 10:12, Mere\nSmith <mere@example.school.nz>\nwrote:",
        "On Mon, 4 May 2026 at 10:12 Mere Smith\n\n<\nmailto:Mere Smith <mere@example.school.nz>\n> wrote:",
        "tir. 4. mai 2026 kl. 10:12 skrev Mere <mere@example.school.nz\n>:",
        "Mere Smith <mere@example.school.nz> schrieb am Mo., 4. Mai 2026\num 10:12 Uhr:",
    ],
)
def test_attribution_over_several_lines(wrapped: str) -> None:
    assert split_own(f"Kia ora\n\n{wrapped}\n\n> what was said\n").own == "Kia ora"


@pytest.mark.parametrize(("name", "block"), HEADER_BLOCKS.items())
def test_translated_header_block(name: str, block: str) -> None:
    for above in ("\n\n", "\n________________________________\n", "\n\n  ", "\n\n-----\n"):
        pieces = split_own(f"Kia ora{above}{block}\n\nwhat was said\n")
        assert pieces.own == "Kia ora", (name, above)
        assert pieces.quoted == "what was said"


@pytest.mark.parametrize(
    "rule",
    [
        "-----Original Message-----",
        "*-------- Original Message --------*",
        "-----Ursprüngliche Nachricht-----",
        "----- Message d'origine -----",
        "--- Karere taketake ---",
        "---------- Forwarded message ----------",
        "----- Forwarded message from Mere Smith <mere@example.school.nz> -----",
        "---\n*Previous Replies*",
        "-------- 元のメッセージ --------",
    ],
)
def test_titled_rule(rule: str) -> None:
    pieces = split_own(f"Kia ora\n\n{rule}\n\nwhat was said\n")
    assert (pieces.own, pieces.quoted) == ("Kia ora", "what was said")


@pytest.mark.parametrize(
    "marker",
    [
        "--- Reply above this line ---",
        "##- Please type your reply above this line -##",
        "--- Whakautua i runga ake i tēnei rārangi ---",
        "Tuhia tō whakautu ki runga ake i tēnei rārangi",
    ],
)
def test_reply_above_this_line(marker: str) -> None:
    pieces = split_own(f"Kia ora\n\n{marker}\n\n> not even this is an answer\n\nnor this\n")
    assert pieces.own == "Kia ora"


@pytest.mark.parametrize(
    "prose",
    [
        "On the other hand, we should wait.",
        "On Thursday:\n\nWe meet at 10:30 in the library.",
        "In 2019 he wrote:\n\na book about whales.",
        "From: what I saw in class last week\nSent: nothing yet\nTo: be honest, I am tired",
        "From Auckland to Wellington:\nDate: 3 May\nTo: all of us",
        "The manual says:\n\nturn it off",
        "mere@host:~$ probe version 9.2.1 of 20200304:\n\noutput",
        "The original message was lost.",
        "Check https://example.org/blog/on-date-someone-wrote-about-parsing",
        "2026-05-04 10:12:00\n04.05.2026 10:12\n05/04/2026 at 10:12 AM",
    ],
)
def test_prose_announces_nothing(prose: str) -> None:
    assert openings(split_lines(prose)) == []
    assert split_own(f"Kia ora\n\n{prose}\n").own == f"Kia ora\n\n{prose}"
