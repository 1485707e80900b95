"""docs/by-mail.md and by-mail.mi.md: what people can do by e-mail, made from the table of commands."""

from __future__ import annotations

import sys
from pathlib import Path

from jinja2 import Environment

from listserv.inbound.commands.showing import in_words
from listserv.inbound.commands.table import COMMANDS
from listserv.resources import environment

LANGUAGES = {"en": "by-mail.md", "mi": "by-mail.mi.md"}


def as_page(templates: Environment, language: str) -> str:
    """The page in this language, as it stands in docs/ under the name in `LANGUAGES`."""
    values = {"locale": language, "commands": in_words(COMMANDS, language)}
    return templates.get_template(f"docs/by-mail.{language}.md").render(values)


def main(folder: Path) -> None:
    """Writes the pages into the folder."""
    for language, name in LANGUAGES.items():
        (folder / name).write_text(as_page(environment(), language), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
