"""The page "What you can do by e-mail" says what the program understands, in both languages, and all of it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from listserv.inbound.commands.page import LANGUAGES, as_page
from listserv.inbound.commands.reading import read_wishes
from listserv.inbound.commands.table import COMMANDS
from listserv.inbound.moderators.orders import Act, read_order
from listserv.mail.parse import parse
from listserv.mail.text.asks import ask_of
from listserv.model.case import Ask
from listserv.resources import environment
from tests.store_site import a_post

DOCS = Path(__file__).parents[2] / "docs"
TODAY = date(2026, 11, 16)


def rows(language: str, heading: int) -> list[list[str]]:
    """The cells of the table under that heading, without its head."""
    section = as_page(environment(), language).split("\n## ")[heading]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def marked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_in_docs_is_made_from_the_table(language: str) -> None:
    assert (DOCS / LANGUAGES[language]).read_text("utf-8") == as_page(environment(), language), "run `make docs`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_stands_in_it_and_is_understood_as_it_is_written(language: str) -> None:
    shown = [marked(row[0])[0] for row in rows(language, 3)]
    assert len(shown) == len(COMMANDS)
    for line, command in zip(shown, COMMANDS, strict=True):
        message = parse(a_post(body=line, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="8bit"))
        (wish,) = read_wishes(message, TODAY)
        assert wish.command.name == command.name, line
        assert wish.argument is not None, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_order_stands_in_it_and_is_read_as_one(language: str) -> None:
    acts = set()
    for row in rows(language, 4):
        for line in marked(row[0]):
            message = parse(a_post(body=line, Content_Type="text/plain; charset=utf-8"))
            order = read_order(message, TODAY)
            assert order is not None, line
            acts.add(order.act)
    assert acts == set(Act)


@pytest.mark.parametrize(
    ("language", "wishes"),
    [("en", [Ask.FOLLOW, Ask.MUTE, Ask.WITHDRAW, Ask.LEAVE]), ("mi", [Ask.FOLLOW, Ask.MUTE, Ask.WITHDRAW, Ask.LEAVE])],
)
def test_what_is_asked_of_a_conversation_is_understood(language: str, wishes: list[Ask]) -> None:
    said = [line for heading in (1, 2) for row in rows(language, heading) for line in marked(row[0])]
    assert [ask_of(parse(a_post(body=line, Content_Type="text/plain; charset=utf-8"))) for line in said] == wishes
