"""The command line against wrong files and numbers and a damaged database: one sentence, status 1 or 2, no loss."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from listserv.cli.main import root
from tests.forks import run


class Site:
    """One site in a folder; `says` runs in this process, `ends` in one of its own, as a person would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.config = self.folder / "listserv.toml"

    def says(self, *arguments: str) -> str:
        done = CliRunner().invoke(root, ["--config", str(self.config), *arguments])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def ends(self, status: int, *arguments: str | bytes) -> str:
        given = ["--config", str(self.config), *map(os.fsdecode, arguments)]
        ended, _, errors = run("listserv", given, os.environ)
        said = errors.decode("utf-8", "replace")
        assert ended == status, said
        assert "Traceback" not in said
        return said

    def members(self) -> dict[str, dict[str, object]]:
        rows = json.loads(self.says("member", "list", "english", "--json"))
        return {row["address"]: row for row in rows}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    CliRunner().invoke(root, ["init", str(made.folder), "--domain", "lists.example.nz"])
    made.says("list", "create", "english")
    return made


@pytest.mark.parametrize(
    "verb", [("approve",), ("reject",), ("discard",), ("queue", "retry"), ("queue", "drop"), ("deadline", "remove")]
)
def test_a_number_no_database_can_hold_is_wrong_usage(site: Site, verb: tuple[str, ...]) -> None:
    assert "not in the range" in site.ends(2, *verb, "99999999999999999999999")


def test_a_folder_of_templates_that_cannot_be_used_is_told_before_mail_is_taken(site: Site) -> None:
    own = site.folder / "own"
    site.config.write_text(site.config.read_text().replace("[site]\n", '[site]\ntemplates = "own"\n'))
    assert f"there is no folder {own}" in site.ends(1, "serve")
    (own / "email").mkdir(parents=True)
    (own / "email" / "first_mail.txt").write_text("{% if %}")
    assert "first_mail.txt, line 1" in site.ends(1, "serve")
    done = CliRunner().invoke(root, ["--config", str(site.config), "check"])
    assert done.exit_code == 1
    assert "FAIL  templates:" in done.stdout


def test_a_delivery_that_does_not_wait_cannot_be_retried(site: Site) -> None:
    assert "no waiting delivery 5" in site.ends(1, "queue", "retry", "5")


def test_octets_that_are_no_text_are_refused(site: Site) -> None:
    assert "no UTF-8" in site.ends(1, "list", "set", "english", b"description=\xff")
    site.ends(1, "member", "add", "english", "anna@school.example", "--name", b"\xff")


def test_a_date_beyond_the_calendar_is_refused(site: Site) -> None:
    assert "no date" in site.ends(1, "member", "add", "english", "anna@school.example", "--until", "9999-12-31")
    assert "no time" in site.ends(2, "tick", "--now", "9999-12-31")
    assert "beyond" in site.ends(1, "prompt", "add", "english", "--at", "0001-01-01", "--title", "T", "--text", "T")


def test_a_mistyped_list_leaves_the_file_of_an_earlier_export_alone(site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept.mbox"
    kept.write_text("precious")
    site.ends(1, "export", "englisch", str(kept))
    site.ends(1, "export", "englisch", "--threads", str(kept))
    assert kept.read_text() == "precious"


@pytest.mark.parametrize("before", [(), ("--threads",)])
def test_a_file_that_cannot_be_written_is_one_sentence(site: Site, tmp_path: Path, before: tuple[str, ...]) -> None:
    said = site.ends(1, "export", "english", *before, str(tmp_path / "nowhere" / "x"))
    assert said.count("\n") == 1


def test_init_where_nothing_can_be_made_is_one_sentence(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / "file").write_text("")
    assert "cannot be used" in site.ends(1, "init", str(tmp_path / "file" / "below"))


def test_a_file_that_is_no_mbox_is_refused_an_empty_one_is_not(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("address\nanna@school.example\n")
    assert "no message" in site.ends(1, "import", "english", str(file))
    file.write_text("")
    assert "0 archived" in site.says("import", "english", str(file))


@pytest.mark.parametrize("text", ["networks = 3\n", "groups = [1]\n", '[networks.a]\ndomain = "x y"\n'])
def test_a_groups_file_of_the_wrong_shape_is_refused(site: Site, tmp_path: Path, text: str) -> None:
    file = tmp_path / "groups.toml"
    file.write_text(text)
    assert "groups.toml" in site.ends(1, "load", str(file))


@pytest.mark.parametrize("address", ["maths@not a domain", "a@b@c"])
def test_a_list_needs_a_domain_that_mail_can_reach(site: Site, address: str) -> None:
    assert "no domain" in site.ends(1, "list", "create", address)
    assert "no domain" in site.ends(1, "network", "create", "n", "--domain", address.partition("@")[2])


@pytest.mark.parametrize("title", ["", "two\r\nlines", "x" * 201])
def test_a_title_is_one_short_line(site: Site, title: str) -> None:
    assert "one line" in site.ends(1, "list", "set", "english", f"title={title}")


def test_adding_a_member_again_takes_nothing_from_her(site: Site, tmp_path: Path) -> None:
    anna = "anna@school.example"
    site.says("member", "add", "english", anna, "--role", "moderator", "--digest", "weekly", "--delivery", "none")
    before = site.members()
    site.says("member", "add", "english", anna)
    file = tmp_path / "members.csv"
    file.write_text(f"address,name\n{anna},Anna\n")
    site.says("member", "import", "english", str(file))
    assert site.members()[anna] == before[anna] | {"name": "Anna"}
    file.write_text(f"address,role,delivery\n{anna},,each\n")
    site.says("member", "import", "english", str(file))
    assert (site.members()[anna]["roles"], site.members()[anna]["digest"]) == (["member"], "weekly")
    assert site.members()[anna]["delivery"] == "each"


def test_who_comes_back_begins_anew(site: Site) -> None:
    anna = "anna@school.example"
    site.says("member", "add", "english", anna, "--role", "moderator", "--digest", "weekly")
    site.says("member", "remove", "english", anna)
    site.says("member", "add", "english", anna)
    assert (site.members()[anna]["roles"], site.members()[anna]["digest"]) == (["member"], "none")


def test_a_guest_whose_time_is_over_can_be_given_more_or_removed(site: Site) -> None:
    guest = "guest@school.example"
    site.says("member", "add", "english", guest, "--role", "guest", "--until", "2020-01-31")
    site.says("member", "set", "english", guest, "--until", "2099-01-31")
    assert str(site.members()[guest]["until"]).startswith("2099-01-31")
    site.says("member", "set", "english", guest, "--until", "2020-01-31")
    site.says("member", "remove", "english", guest)
    assert site.members() == {}


def test_a_guest_whose_time_is_over_may_not_post(site: Site, tmp_path: Path) -> None:
    site.says("member", "add", "english", "guest@school.example", "--role", "guest", "--until", "2020-01-31")
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: guest@school.example\r\nSubject: s\r\nMessage-ID: <1@x.example>\r\n\r\ntext\r\n")
    lines = json.loads(site.says("explain", str(mail), "--list", "english", "--json"))
    assert next(line["rule"] for line in lines if line["decides"]) == "nonmember"


@pytest.mark.parametrize("time_zone", ["UTC", "America/Chicago", "Pacific/Auckland"])
def test_the_last_day_of_a_guest_survives_export_and_import(site: Site, tmp_path: Path, time_zone: str) -> None:
    text = site.config.read_text("utf-8").replace('time_zone = "Pacific/Auckland"', f'time_zone = "{time_zone}"')
    assert f'time_zone = "{time_zone}"' in text
    site.config.write_text(text.replace(f'# time_zone = "{time_zone}"', f'time_zone = "{time_zone}"'), "utf-8")
    site.says("member", "add", "english", "guest@school.example", "--role", "guest", "--until", "2026-12-18")
    file = tmp_path / "members.csv"
    site.says("member", "export", "english", str(file))
    assert "2026-12-18" in file.read_text("utf-8")


def test_a_column_that_stands_twice_is_named(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("address,address\na@school.example,b@school.example\n")
    assert "twice" in site.ends(1, "member", "import", "english", str(file))


def test_a_name_with_control_characters_is_refused_with_its_line(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_bytes(b"address,name\na@school.example,a\x00b\n")
    assert "line 2" in site.ends(1, "member", "import", "english", str(file))


@pytest.mark.parametrize("verb", [("list", "all"), ("held",), ("check",), ("serve",), ("rethread", "english")])
def test_a_damaged_database_is_one_sentence(site: Site, verb: tuple[str, ...]) -> None:
    for name in ("listserv.db-wal", "listserv.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    (site.folder / "listserv.db").write_bytes(b"no database at all " * 500)
    site.ends(1, *verb)


def test_the_database_is_for_its_owner_alone(site: Site) -> None:
    assert (site.folder / "listserv.db").stat().st_mode & 0o077 == 0


def test_a_network_with_a_new_domain_gets_no_second_group_of_a_name(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "groups.toml"
    for domain in ("a.example.nz", "b.example.nz"):
        file.write_text(f'[networks.n]\ndomain = "{domain}"\n[groups.science]\nnetwork = "n"\ntitle = "{domain}"\n')
        site.says("load", str(file))
    rows = [row for row in json.loads(site.says("list", "all", "--json")) if row["network"] == "n"]
    assert [(row["address"], row["title"]) for row in rows] == [("science@a.example.nz", "b.example.nz")]


@pytest.mark.parametrize("null", ["", "<>"])
def test_explain_takes_the_null_sender_as_people_write_it(site: Site, tmp_path: Path, null: str) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@school.example\r\nSubject: s\r\nMessage-ID: <1@x.example>\r\n\r\ntext\r\n")
    lines = json.loads(site.says("explain", str(mail), "--list", "english", "--from", null, "--json"))
    assert next(line["rule"] for line in lines if line["decides"]) == "automatic"
