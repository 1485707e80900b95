"""docs/setup.md can be followed literally: its configurations load, its unit and its roster of Mailman hold."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

from listserv.config import load_settings

PAGE = (Path(__file__).parents[2] / "docs" / "setup.md").read_text("utf-8")
ROSTER = 'Mere Smith <mere@school.example>\nwiremu@school.example\n"Tāne, J" <tane@school.example>\n'


def block(first_line: str) -> str:
    """What stands indented from this line on, up to the next text."""
    lines = PAGE[PAGE.index(f"    {first_line}\n") :].splitlines()
    end = next(number for number, line in enumerate(lines) if line and not line.startswith("    "))
    return "\n".join(line.removeprefix("    ") for line in lines[:end])


def test_the_mailboxs_configuration_loads(tmp_path: Path) -> None:
    sections, _, commands = block("[smtp]").partition("export ")
    file = tmp_path / "listserv.toml"
    file.write_text(f'[site]\ndomain = "provider.example"\n{sections}', "utf-8")
    settings = load_settings(file, {"LISTSERV__IMAP__PASSWORD": "x", "LISTSERV__RELAY__PASSWORD": "x"})
    assert "LISTSERV__IMAP__PASSWORD=" in commands
    assert (settings.relay.port, settings.imap.port) == (587, 993)
    assert settings.mailbox == "box@provider.example"
    assert settings.box("provider.example") == "box"


def test_a_roster_of_mailman_becomes_a_sheet() -> None:
    recipe = block("(echo address,name; mailman members english@lists.example.nz |").partition("> members.csv")[0]
    script = recipe.replace("mailman members english@lists.example.nz", "cat")
    done = subprocess.run(["sh", "-c", script], input=ROSTER, capture_output=True, text=True, check=True)
    assert list(csv.reader(done.stdout.splitlines(), strict=True)) == [
        ["address", "name"],
        ["mere@school.example", "Mere Smith"],
        ["wiremu@school.example", ""],
        ["tane@school.example", "Tāne, J"],
    ]
