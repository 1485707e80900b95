"""The pages' words: each has its te reo Māori, with the same names in it; pages hold no words of their own."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from listserv.resources import templates_folder, translations

OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}


def templates() -> list[Path]:
    return sorted((templates_folder() / "web").iterdir())


def messages(file: Path) -> list[str]:
    """What the template says, singular and plural."""
    found = babel_extract(io.BytesIO(file.read_bytes()), ["_", "gettext", "ngettext"], [], OPTIONS)
    said = [message if isinstance(message, tuple) else (message,) for _, _, message, _ in found]
    return [each for message in said for each in message if each]


PLURALS = {"%(num)s posts": "%(num)s post", "%(num)s people said thanks.": "One person said thanks."}


@pytest.mark.parametrize("file", templates(), ids=lambda file: file.name)
def test_everything_is_said_in_te_reo(file: Path) -> None:
    catalogue = translations("mi")
    for message in messages(file):
        said = catalogue.gettext(message)
        if message in PLURALS:
            said = catalogue.ngettext(PLURALS[message], message, 2)
        elif message in PLURALS.values():
            said = catalogue.ngettext(message, "", 1)
            assert said
            continue  # what it says of one need not name the number
        assert said != message, message
        assert set(re.findall(r"%\(\w+\)s", said)) == set(re.findall(r"%\(\w+\)s", message))


@pytest.mark.parametrize("file", templates(), ids=lambda file: file.name)
def test_a_page_holds_no_words_outside_the_catalogue(file: Path) -> None:
    text = re.sub(r"\{%-?\s*trans.*?endtrans\s*-?%\}", "", file.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", " ", text, flags=re.DOTALL)
    assert re.findall(r"[A-Za-zāēīōū]{2,}", text) == []


def test_every_attribute_that_is_read_aloud_is_said_in_both() -> None:
    for file in templates():
        for label in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', file.read_text("utf-8")):
            assert "{{" in label or "{%" in label, (file.name, label)
