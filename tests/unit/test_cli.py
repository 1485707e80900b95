"""The command line as a person meets it: what it says, what it refuses, how it ends."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from listserv.cli.main import root
from listserv.store.engine import Database
from listserv.store.lists import get_list
from listserv.store.pauses import pause
from listserv.store.people import get_member


class Site:
    """One site's command line, in this process."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "site" / "listserv.toml"

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, ["--config", str(self.config), *arguments])

    def says(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    assert CliRunner().invoke(root, ["init", str(tmp_path / "site"), "--domain", "lists.example.nz"]).exit_code == 0
    return made


def test_init_makes_a_site_that_is_ready_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    said = CliRunner().invoke(root, ["init", str(folder), "--domain", "lists.example.nz"])
    assert said.exit_code == 0
    assert (folder / "listserv.toml").exists()
    assert (folder / "listserv.db").exists()
    assert f"export LISTSERV_CONFIG={folder / 'listserv.toml'}\n" in said.output
    again = CliRunner().invoke(root, ["init", str(folder)])
    assert again.exit_code == 1
    assert "lists.example.nz" in (folder / "listserv.toml").read_text("utf-8")


def test_a_wrong_domain_leaves_nothing_behind(tmp_path: Path) -> None:
    assert CliRunner().invoke(root, ["init", str(tmp_path), "--domain", "not a domain"]).exit_code == 1
    assert CliRunner().invoke(root, ["init", str(tmp_path), "--domain", "lists.example.nz"]).exit_code == 0


def test_without_a_configuration_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LISTSERV_CONFIG", raising=False)
    done = CliRunner().invoke(root, ["list", "all"])
    assert done.exit_code == 1
    assert "listserv init" in str(done.exception) + done.output


def test_a_list_is_made_shown_changed_and_closed(site: Site) -> None:
    site.says("list", "create", "english", "--title", "English Online")
    site.says("list", "set", "english", "nonmember=reject", "subject_tag=English", "footer=no", "title=English")
    shown = json.loads(site.says("list", "show", "english@lists.example.nz", "--json"))
    assert (shown["title"], shown["nonmember"], shown["subject_tag"], shown["footer"]) == (
        "English", "reject", "English", False,
    )  # fmt: skip
    site.says("list", "archive", "english")
    assert json.loads(site.says("list", "show", "english", "--json"))["archived"]
    assert [each["address"] for each in json.loads(site.says("list", "all", "--json"))] == ["english@lists.example.nz"]


def test_a_group_speaks_the_sites_language_unless_it_says_another(site: Site, tmp_path: Path) -> None:
    text = site.config.read_text("utf-8")
    site.config.write_text(text.replace('# locale = "en"', 'locale = "mi"'), "utf-8")
    (tmp_path / "groups.toml").write_text(
        '[networks.kura]\n[groups.reo]\nnetwork = "kura"\n[groups.english]\nnetwork = "kura"\nlanguage = "en"\n',
        "utf-8",
    )
    site.says("list", "create", "panui")
    site.says("load", str(tmp_path / "groups.toml"))
    languages = {name: json.loads(site.says("list", "show", name, "--json"))["language"] for name in ("panui", "reo")}
    assert languages == {"panui": "mi", "reo": "mi"}
    assert json.loads(site.says("list", "show", "english", "--json"))["language"] == "en"


def test_a_guests_last_day_is_told_as_it_was_named_and_taken_away_again(site: Site) -> None:
    site.says("list", "create", "english")
    site.says("member", "add", "english", "ana@other.example", "--role", "guest", "--until", "2026-12-18")
    assert "2026-12-18 " in site.says("member", "list", "english")
    site.says("member", "set", "english", "ana@other.example", "--until", "")
    assert json.loads(site.says("member", "list", "english", "--json"))[0]["until"] is None


def test_how_a_member_reads_is_told_as_it_was_set_and_a_pause_beside_it(site: Site) -> None:
    site.says("list", "create", "english")
    site.says("member", "add", "english", "ana@other.example", "--delivery", "none", "--digest", "weekly")
    site.says("member", "set", "english", "ana@other.example", "--delivery", "each")
    (row,) = json.loads(site.says("member", "list", "english", "--json"))
    assert (row["delivery"], row["digest"], row["paused"]) == ("each", "weekly", None)
    database = Database(f"sqlite:///{site.config.parent}/listserv.db")
    with database.begin() as connection:
        place = get_member(connection, get_list(connection, "english"), "ana@other.example", "ana@other.example")
        pause(connection, place.id, datetime(2099, 1, 31, tzinfo=UTC), datetime.now(UTC))
    database.close()
    (row,) = json.loads(site.says("member", "list", "english", "--json"))
    assert (row["delivery"], row["digest"], row["paused"]) == ("each", "weekly", "2099-01-31T00:00:00+00:00")
    assert "2099-01-31 13:00" in site.says("member", "list", "english")


def test_check_names_the_groups_that_nobody_looks_after(site: Site) -> None:
    site.says("list", "create", "english")
    site.says("member", "add", "english", "ana@other.example")
    said = site.says("check")
    assert "warn  people: nobody looks after english@lists.example.nz: what waits there" in said
    assert "warn  postmaster: nobody reads postmaster@" in said
    site.says("member", "add", "english", "ana@other.example", "--role", "owner")
    assert "nobody looks after" not in site.says("check")
    text = site.config.read_text("utf-8").replace('# postmaster = ""', 'postmaster = "admin@other.example"')
    site.config.write_text(text, "utf-8")
    site.says("list", "create", "maths")
    assert "nobody" not in site.says("check")


def test_nothing_named_changes_nothing_and_says_so(site: Site) -> None:
    site.says("list", "create", "english")
    site.says("member", "add", "english", "ana@other.example", "--name", "Ana")
    for wrong, word in (((), "Say what to change"), (("--name", ""), "--name")):
        done = site("member", "set", "english", "ana@other.example", *wrong)
        assert (done.exit_code, word in str(done.exception) + done.output) == (1, True)


def test_times_of_a_table_are_by_the_sites_clock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTSERV_CLOCK", "2026-11-16T08:00+13:00")
    site.says("list", "create", "english")
    site.says("list", "archive", "english")
    assert "2026-11-16 08:0" in site.says("list", "show", "english")
    assert json.loads(site.says("list", "show", "english", "--json"))["archived"].startswith("2026-11-15T19:0")


def test_a_sheet_that_cannot_be_read_says_what_to_do(site: Site, tmp_path: Path) -> None:
    site.says("list", "create", "english")
    sheet = tmp_path / "members.csv"
    said = site("member", "import", "english", str(sheet))
    assert str(sheet) in str(said.exception) and "Errno" not in str(said.exception)
    sheet.write_bytes("address,name\nana@other.example,André\n".encode("cp1252"))
    assert "CSV UTF-8" in str(site("member", "import", "english", str(sheet)).exception)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("list", "create", "english-owner"), "cannot be a list's name"),
        (("list", "create", "Ōtaki"), "cannot be a list's name"),
        (("list", "show", "nowhere"), "list all"),
        (("list", "set", "english", "nonmember=perhaps"), "'accept', 'hold' or 'reject'"),
        (("list", "set", "english", "colour=red"), "There is no setting 'colour'"),
        (("list", "set", "english", "emergency"), "KEY=VALUE"),
        (("list", "set", "english", "time_zone=Mars/Phobos"), "Pacific/Auckland"),
        (("list", "set", "english", "subject_tag=a\nb"), "subject_tag"),
        (("list", "create", "english"), "already"),
        (("member", "add", "english", "no address"), "no e-mail address"),
        (("member", "add", "english", "a@b.example", "--role", "king"), "no role"),
        (("member", "add", "english", "a@b.example", "--until", "31/12/2026"), "2026-12-18"),
        (("member", "remove", "english", "stranger@b.example"), "no member"),
        (("network", "show", "cluster"), "network list"),
        (("approve", "7"), "no held post 7"),
        (("queue", "drop", "7"), "no waiting delivery"),
    ],
)
def test_a_refusal_is_one_clear_sentence(site: Site, arguments: tuple[str, ...], word: str) -> None:
    site.says("list", "create", "english")
    done = site(*arguments)
    assert done.exit_code == 1
    assert word in str(done.exception)
    assert "Traceback" not in done.output


def test_wrong_usage_ends_with_two(site: Site) -> None:
    assert site("list", "create").exit_code == 2
    assert site("nonsense").exit_code == 2
    assert site("serve", "--only", "everything").exit_code == 2
    assert site("export", "english").exit_code == 2


def test_members_come_and_go_by_file(site: Site, tmp_path: Path) -> None:
    site.says("list", "create", "english")
    file = tmp_path / "members.csv"
    file.write_text(
        "name;address;role;digest\nMere Tāmati;mere@school.example;facilitator moderator;weekly\n"
        "Aroha;Aroha@School.example;;\n",
        "utf-8-sig",
    )
    assert "2 would be added" in site.says("member", "import", "english", str(file), "--dry-run")
    assert json.loads(site.says("member", "list", "english", "--json")) == []
    assert "2 added, 0 were members" in site.says("member", "import", "english", str(file))
    assert "0 added, 2 were members" in site.says("member", "import", "english", str(file))
    found = {each["address"]: each for each in json.loads(site.says("member", "list", "english", "--json"))}
    assert found["mere@school.example"]["roles"] == ["facilitator", "member", "moderator"]
    assert found["mere@school.example"]["digest"] == "weekly"
    out = tmp_path / "out.csv"
    site.says("member", "export", "english", str(out))
    assert "0 added, 2 were members" in site.says("member", "import", "english", str(out))


def test_one_faulty_row_changes_nothing_and_each_fault_is_named(site: Site, tmp_path: Path) -> None:
    site.says("list", "create", "english")
    file = tmp_path / "members.csv"
    file.write_text("address,delivery\ngood@school.example,each\nbad,each\nother@school.example,sometimes\n", "utf-8")
    done = site("member", "import", "english", str(file))
    assert done.exit_code == 1
    assert "line 3" in str(done.exception)
    assert "line 4" in str(done.exception)
    assert json.loads(site.says("member", "list", "english", "--json")) == []


def test_an_unknown_column_is_named(site: Site, tmp_path: Path) -> None:
    site.says("list", "create", "english")
    file = tmp_path / "members.csv"
    file.write_text("address,colour\ngood@school.example,red\n", "utf-8")
    assert "'colour'" in str(site("member", "import", "english", str(file)).exception)


def test_a_spreadsheet_does_not_run_what_is_exported(site: Site) -> None:
    site.says("list", "create", "english")
    site.says("member", "add", "english", "mere@school.example", "--name", "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in site.says("member", "export", "english")


def test_groups_are_loaded_twice_with_the_same_end(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "groups.toml"
    file.write_text(
        '[networks.cluster]\ntitle = "e-WRaPpER"\ndomain = "wrapper.example.nz"\n'
        '[groups.y12]\nnetwork = "cluster"\ntitle = "Years 1 & 2"\nstyle = "moderated"\nprivate = true\n',
        "utf-8",
    )
    assert "2 made" in site.says("load", str(file))
    assert "0 made, 0 changed, 2 as they were" in site.says("load", str(file))
    file.write_text(file.read_text("utf-8").replace('"moderated"', '"discussion"'), "utf-8")
    assert "0 made, 1 changed, 1 as they were" in site.says("load", str(file))
    assert json.loads(site.says("network", "show", "cluster", "--json"))["lists"] == ["y12@wrapper.example.nz"]


def test_a_network_gets_an_administrator_and_a_facilitator_and_loses_one(site: Site) -> None:
    site.says("network", "create", "cluster")
    assert site.says("network", "add", "cluster", "Ana@kura.example", "--name", "Ana Tāmati") == (
        "Ana@kura.example is administrator of cluster.\n"
    )
    site.says("network", "add", "cluster", "jo@kura.example", "--role", "facilitator")
    assert "already" in str(site("network", "add", "cluster", "ana@kura.example").exception)
    people = json.loads(site.says("network", "show", "cluster", "--json"))["people"]
    assert people == ["Ana@kura.example (administrator)", "jo@kura.example (facilitator)"]
    assert "no facilitator" in str(
        site("network", "remove", "cluster", "ana@kura.example", "--role", "facilitator").exception
    )
    site.says("network", "remove", "cluster", "ana@kura.example")
    assert json.loads(site.says("network", "show", "cluster", "--json"))["people"] == ["jo@kura.example (facilitator)"]
    assert site("network", "add", "cluster", "jo@kura.example", "--role", "owner").exit_code == 2


def test_a_wrong_groups_file_is_reported_whole(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "groups.toml"
    file.write_text('[groups.y12]\nnetwork = "none"\nstyle = "loud"\n[extra]\n', "utf-8")
    said = str(site("load", str(file)).exception)
    assert "extra" in said
    assert "'none'" in said
    assert "style" in said


def test_version_is_quick_to_say(site: Site) -> None:
    assert site.says("version").startswith("listserv ")


def test_check_warns_when_no_school_terms_are_known(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTSERV_CLOCK", "2026-11-21T09:00+13:00")
    assert "ok    calendar" in site.says("check")
    monkeypatch.setenv("LISTSERV_CLOCK", "2031-02-21T09:00+13:00")
    assert "warn  calendar: school terms are known no longer" in site.says("check")


def test_init_says_what_to_type_where_the_program_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "listserv"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    calls = {"here": "bin/listserv", "on the path": str(program), "module": str(tmp_path / "listserv/__main__.py")}
    monkeypatch.setenv("PATH", str(program.parent))
    said = {}
    for name, called in calls.items():
        monkeypatch.setattr("sys.argv", [called])
        said[name] = CliRunner().invoke(root, ["init", str(tmp_path / name)]).output.splitlines()[-1]
    assert said == {
        "here": "  bin/listserv serve",
        "on the path": "  listserv serve",
        "module": f"  {sys.executable} -m listserv serve",
    }


def test_a_list_in_a_mailbox_is_told_by_the_address_people_write_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTSERV__IMAP__HOST", "imap.provider.example")
    monkeypatch.setenv("LISTSERV__IMAP__USERNAME", "box@lists.example.nz")
    told = "List english@lists.example.nz made. People write to box+english@lists.example.nz.\n"
    assert site.says("list", "create", "english") == told
