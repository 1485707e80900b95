"""January's sheet on the command line: joins, moves, leavings, one mail a person; invitations and welcomes."""

from __future__ import annotations

import email
import email.policy
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from listserv.cli.main import root
from listserv.store.engine import Database
from listserv.store.pauses import pause
from listserv.store.schema import subscriptions

MERE, ARO, TAMA, HONE = (f"{name}@school.example" for name in ("mere", "aroha", "tama", "hone"))


class Network:
    """A network of three groups, its command line, and what it would mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        CliRunner().invoke(root, ["init", str(folder)], catch_exceptions=False)
        self.says("network", "create", "cluster", "--title", "The cluster", "--domain", "lists.example.org")
        for name in ("y12", "y34", "news"):
            self.says("list", "create", f"{name}@lists.example.org", "--title", f"Group {name}", "--network", "cluster")

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, ["--config", str(self.folder / "listserv.toml"), *arguments])

    def says(self, *arguments: str) -> str:
        result = self(*arguments)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result.output

    def sheet(self, *lines: str) -> str:
        file = self.folder / "sheet.csv"
        file.write_text("\n".join(["address,group,name", *lines]) + "\n", "utf-8")
        return str(file)

    def members(self, name: str) -> dict[str, str]:
        """Address and roles of each member."""
        lines = self.says("member", "export", name).splitlines()[1:]
        return {line.split(",")[0]: ",".join(line.split(",")[2:5]) for line in lines}

    def pause(self, day: str) -> None:
        """Mere pauses until that day."""
        until = datetime.fromisoformat(f"{day}T07:00+13:00")
        with closing(Database(f"sqlite:///{self.folder / 'listserv.db'}")) as database, database.begin() as connection:
            (place,) = connection.execute(select(subscriptions.c.id)).scalars()
            pause(connection, place, until, datetime.now(UTC))

    def reads(self) -> list[tuple[str, str, str]]:
        """Delivery, digest and the last day of the pause of each place that somebody has."""
        statement = select(subscriptions).where(subscriptions.c.left_at.is_(None))
        with closing(Database(f"sqlite:///{self.folder / 'listserv.db'}")) as database, database.read() as connection:
            rows = connection.execute(statement).all()
        zone = timezone(timedelta(hours=13))
        return [
            (row.delivery, row.digest, str(row.paused_until.astimezone(zone).date()) if row.paused_until else "")
            for row in rows
        ]

    def mails(self) -> list[EmailMessage]:
        with sqlite3.connect(self.folder / "listserv.db") as database:
            rows = database.execute(
                "SELECT octets FROM delivery JOIN content ON content.id = content_id ORDER BY delivery.id"
            ).fetchall()
        return [email.message_from_bytes(row[0], policy=email.policy.default) for row in rows]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "site")


def test_a_sheet_moves_whom_it_names_and_nobody_else(network: Network) -> None:
    network.says("member", "add", "y12", MERE, "--delivery", "none", "--digest", "weekly")
    network.says("member", "add", "y12", ARO, "--role", "facilitator")
    network.says("member", "add", "y12", HONE)
    network.says("member", "add", "news", MERE)
    sheet = network.sheet(f"{MERE},y34,Mere", f"{ARO},y34,Aroha", f"{TAMA},y12,Tama")
    planned = network.says("member", "import", "--network", "cluster", sheet, "--dry-run")
    assert planned.splitlines() == [
        f"{MERE}: moves from y12 to y34",
        f"{ARO}: joins y34",
        f"{TAMA}: joins y12",
        "2 would join, 1 would move, 0 would leave, 0 stay as they are.",
    ]
    assert set(network.members("y34")) == set()
    assert "2 joined, 1 moved, 0 left" in network.says("member", "import", "--network", "cluster", sheet)
    assert network.members("y34") == {MERE: ",none,weekly", ARO: ",each,none"}
    assert network.members("y12") == {ARO: "facilitator,each,none", HONE: ",each,none", TAMA: ",each,none"}
    assert set(network.members("news")) == {MERE}
    assert "0 joined, 0 moved, 0 left, 3 stay" in network.says("member", "import", "--network", "cluster", sheet)
    assert network.mails() == []


def test_who_pauses_is_moved_with_her_pause_and_reads_as_before_when_it_ends(network: Network) -> None:
    network.says("member", "add", "y12", MERE, "--digest", "weekly")
    network.pause("2027-01-31")
    network.says("member", "import", "--network", "cluster", network.sheet(f"{MERE},y34,Mere", f"{TAMA},y12,Tama"))
    assert network.reads() == [("none", "none", "2027-01-31"), ("each", "none", "")]
    assert network.members("y34") == {MERE: ",each,weekly"}
    network.says("tick", "--now", "2027-01-31T08:00+13:00")
    assert network.reads() == [("each", "weekly", ""), ("each", "none", "")]


def test_what_is_set_of_who_pauses_is_so_after_the_pause(network: Network) -> None:
    """On the command line and by a file; and a file that was exported meanwhile, read again, changes nothing."""
    network.says("member", "add", "y12", MERE)
    network.pause("2027-01-31")
    network.says("member", "set", "y12", MERE, "--digest", "weekly")
    file = str(network.folder / "out.csv")
    network.says("member", "export", "y12", file)
    network.says("member", "import", "y12", file)
    assert network.reads() == [("none", "none", "2027-01-31")]
    network.says("member", "add", "y12", MERE, "--delivery", "none")
    network.says("tick", "--now", "2027-01-31T08:00+13:00")
    assert network.reads() == [("none", "weekly", "")]


def test_a_row_without_a_group_takes_its_person_out_of_the_sheets_groups(network: Network) -> None:
    for name in ("y12", "news"):
        network.says("member", "add", name, HONE)
    sheet = network.sheet(f"{MERE},y12,Mere", f"{HONE},,Hone")
    assert f"{HONE}: leaves y12" in network.says("member", "import", "--network", "cluster", sheet)
    assert set(network.members("y12")) == {MERE}
    assert set(network.members("news")) == {HONE}


def test_a_stranger_may_stand_in_a_file_more_than_once(network: Network) -> None:
    file = network.folder / "strangers.csv"
    rows = (f"{MERE},Mere,facilitator,each", f"{TAMA.upper()},,,none", f"{TAMA},Tama,moderator,each", f"{ARO},,,")
    file.write_text("\n".join(["address,name,role,delivery", *rows, ""]), "utf-8")
    assert "3 added, 1 were members already" in network.says("member", "import", "y12", str(file))
    lines = network.says("member", "export", "y12").splitlines()[1:]
    assert [line.split(",")[:4] for line in lines] == [
        [ARO, "", "", "each"],
        [MERE, "Mere", "facilitator", "each"],
        [TAMA.upper(), "Tama", "moderator", "each"],
    ]
    assert "0 added, 4 were members already" in network.says("member", "import", "y12", str(file))
    with sqlite3.connect(network.folder / "listserv.db") as database:
        assert database.execute("SELECT act, how, count(*) FROM consent").fetchall() == [("added", "file", 3)]
        assert database.execute("SELECT count(*), count(verified_at) FROM address").fetchall() == [(3, 3)]


def test_everybody_whose_groups_changed_gets_one_mail(network: Network) -> None:
    network.says("member", "add", "y12", MERE)
    network.says("member", "add", "y12", HONE)
    sheet = network.sheet(
        f"{MERE},y34,Mere", f"{TAMA},y12,Tama", f"{TAMA},y34,Tama", f"{ARO},y34,Aroha", f"{HONE},y12,Hone"
    )
    network.says("member", "import", "--network", "cluster", sheet, "--welcome")
    mails = {str(mail["To"]): mail for mail in network.mails()}
    assert len(network.mails()) == len(mails) == 3
    moved = mails[f"Mere <{MERE}>"].get_content()
    assert "New: Group y34" in moved
    assert "No longer: Group y12" in moved
    both = mails[f"Tama <{TAMA}>"].get_content()
    assert "New: Group y12" in both
    assert "New: Group y34" in both
    assert "y34-leave@lists.example.org" in both
    alone = mails[f"Aroha <{ARO}>"]
    assert alone["Subject"] == "Welcome to Group y34"
    assert "have put you in" in alone.get_content()
    assert f"your address: {ARO}" in alone.get_content()


def test_a_fault_changes_nothing_and_mails_nobody(network: Network) -> None:
    network.says("member", "add", "y12", MERE)
    sheet = network.sheet(f"{MERE},y34,Mere", f"{TAMA},y99,Tama")
    done = network("member", "import", "--network", "cluster", sheet, "--welcome")
    assert "line 3: there is no group 'y99'" in str(done.exception)
    assert set(network.members("y12")) == {MERE}
    assert network.mails() == []


def test_add_and_import_welcome_only_whom_they_are_told_to(network: Network) -> None:
    network.says("member", "add", "y12", MERE)
    network.says("member", "add", "y12", ARO, "--welcome")
    network.says("member", "add", "y12", ARO, "--welcome")
    file = network.folder / "one.csv"
    file.write_text(f"address\n{MERE}\n{TAMA}\n", "utf-8")
    assert "1 would be added" in network.says("member", "import", "y12", str(file), "--welcome", "--dry-run")
    assert "1 added, 1 were members" in network.says("member", "import", "y12", str(file), "--welcome")
    assert [str(mail["To"]) for mail in network.mails()] == [ARO, TAMA]


def test_an_invitation_by_command_goes_out_once_a_day(network: Network) -> None:
    network.says("member", "add", "y12", MERE, "--name", "Mere")
    told = network.says("member", "invite", "y12", TAMA, "--name", "Tama", "--until", "2099-12-18", "--host", MERE)
    assert told == f"An invitation to y12@lists.example.org is on its way to {TAMA}.\n"
    (mail,) = network.mails()
    assert "Mere invites you to join Group y12." in mail.get_content()
    assert "18 December 2099" in mail.get_content()
    assert "y12-confirm+" in mail["Reply-To"]
    for address in (TAMA, MERE):
        assert "is a member" in str(network("member", "invite", "y12", address).exception)
    assert "no date" in str(network("member", "invite", "y12", ARO, "--until", "soon").exception)
    assert "is no member" in str(network("member", "invite", "y12", ARO, "--host", HONE).exception)
    assert len(network.mails()) == 1
