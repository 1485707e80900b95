"""docs/commands.md holds every command of the command line, and each says what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.cli.page import as_page, commands

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_in_docs_is_made_from_the_commands() -> None:
    assert PAGE.read_text("utf-8") == as_page(), "run `make docs`"


@pytest.mark.parametrize(
    "line",
    [
        "deadline set ID",
        "deadline add [LIST] WHEN TITLE",
        "network add NAME ADDRESS",
        "network remove NAME ADDRESS",
        "tick",
        "held [LIST]",
    ],
)
def test_a_command_stands_in_it_as_it_is_written(line: str) -> None:
    assert f"\n    listserv {line}\n" in as_page()


def test_each_command_and_each_option_says_what_it_is_for() -> None:
    lines = as_page().splitlines()
    assert [line for line in lines if line.startswith("- `") and line.endswith("`:")] == []
    for words in commands():
        at = next(at for at, line in enumerate(lines) if f"{line} ".startswith(f"    listserv {' '.join(words)} "))
        assert lines[at + 2][:1].isupper(), words
