"""The command line about persons: shown, joined, corrected; a school's domain; a group's last owner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from listserv.cli.main import root

MERE, PRIVATE, JO = "mere@school.example", "mere@private.example", "jo@school.example"


class Site:
    """One site's command line, in this process."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "listserv.toml"

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, ["--config", str(self.config), *arguments])

    def says(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def refuses(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.exit_code == 1, done.output
        return str(done.exception) + done.output


@pytest.fixture
def site(tmp_path: Path) -> Site:
    assert CliRunner().invoke(root, ["init", str(tmp_path / "site"), "--domain", "lists.example.nz"]).exit_code == 0
    made = Site(tmp_path / "site")
    for name in ("english", "esol"):
        made.says("list", "create", name)
    made.says("member", "add", "english", JO, "--role", "owner")
    made.says("member", "add", "english", MERE, "--name", "Mear Tamati")
    made.says("member", "add", "esol", PRIVATE, "--name", "Mere Tāmati", "--role", "facilitator")
    return made


def test_two_records_are_shown_and_joined(site: Site) -> None:
    before = json.loads(site.says("person", "show", MERE, "--json"))
    assert (before["name"], before["addresses"], len(before["groups"])) == ("Mear Tamati", [MERE], 1)
    site.says("person", "merge", MERE, PRIVATE)
    assert site.says("person", "show", MERE) == site.says("person", "show", PRIVATE)
    shown = json.loads(site.says("person", "show", PRIVATE, "--json"))
    assert shown["addresses"] == [MERE, PRIVATE] and shown["roles"] == ["facilitator of esol"]
    assert len(shown["groups"]) == 2 and "merge" in shown["consents"][-1]
    assert "one person already" in site.refuses("person", "merge", MERE, PRIVATE)


def test_a_person_is_corrected_everywhere(site: Site) -> None:
    site.says("person", "correct", MERE, "--name", "Mere Tāmati", "--language", "mi")
    site.says("person", "correct", MERE, "--address", "mere.t@school.example")
    shown = json.loads(site.says("person", "show", "mere.t@school.example", "--json"))
    assert (shown["name"], shown["language"]) == ("Mere Tāmati", "mi")
    assert "Nobody here" in site.refuses("person", "show", MERE)
    assert "merge" in site.refuses("person", "correct", "mere.t@school.example", "--address", PRIVATE)
    assert "Say what" in site.refuses("person", "correct", PRIVATE)
    assert "no e-mail address" in site.refuses("person", "correct", PRIVATE, "--address", "nobody")


@pytest.mark.parametrize(
    "address",
    [
        "esol@lists.example.nz", "English@Lists.Example.NZ", "english-owner@lists.example.nz",
        "english-request@lists.example.nz", "english-bounces@lists.example.nz", "english+subscribe@lists.example.nz",
        "english-confirm+abcdefghijklmnopqrstuvwxyz@lists.example.nz",
    ],
)  # fmt: skip
def test_a_lists_own_address_is_nobodys(site: Site, tmp_path: Path, address: str) -> None:
    """Not one of the ways in takes it: its copies would come back as posts, wishes to leave or questions."""
    sheet, network_sheet = tmp_path / "members.csv", tmp_path / "network.csv"
    sheet.write_text(f"address\n{address}\nann@school.example\n", "utf-8")
    network_sheet.write_text(f"address,group\n{address},english\n", "utf-8")
    for arguments in (
        ("member", "add", "english", address),
        ("member", "invite", "english", address),
        ("member", "import", "english", str(sheet)),
        ("member", "import", "--network", "lists.example.nz", str(network_sheet)),
        ("network", "add", "lists.example.nz", address),
        ("person", "correct", MERE, "--address", address),
    ):
        assert "no person's" in site.refuses(*arguments), arguments
    assert {row["address"] for row in json.loads(site.says("member", "list", "english", "--json"))} == {JO, MERE}
    site.says("member", "add", "english", "nobodys-list@lists.example.nz")


def test_role_addresses_are_marked_and_never_joined(site: Site) -> None:
    site.says("member", "add", "english", "principal@school.example")
    assert "principal@school.example (role)" in site.says("person", "show", "principal@school.example")
    assert "role" in site.refuses("person", "merge", MERE, "principal@school.example")


def test_a_schools_new_domain(site: Site) -> None:
    site.says("member", "add", "english", "mere@kura.example")
    done = site("member", "rename-domain", "school.example", "kura.example")
    assert done.exit_code == 0 and "1 address of" in done.stdout
    assert "mere@school.example stays" in done.stderr and "person merge" in done.stderr
    assert "given up" in site.says("person", "show", JO)


def test_the_last_owner_stays(site: Site) -> None:
    for command in (("remove", "english", JO), ("set", "english", JO, "--role", "member")):
        assert "without an owner" in site.refuses("member", *command)
    site.says("list", "archive", "english")
    site.says("member", "remove", "english", JO)
