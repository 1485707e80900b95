"""The demonstration works, notices when it does not, moves out of the way, and ends when told to."""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from examples import verify
from examples.demo import Demo, run
from examples.folder import LMTP_PORT, MARK, SMTP_PORT, WEB_PORT, DemoFolder, NotOurs, empty_folder, free_port
from examples.hours import full_hours
from examples.mailbox_server import mailbox_server
from examples.mailboxes import Copy, count_copies, links_to_answer, read_mailbox
from examples.terminal import Terminal, plain
from examples.verify import dead_links, mailboxes, shelves, threads, updates
from examples.week import (
    BEGINS,
    ENDS,
    HERE,
    MESSAGES,
    Command,
    Expected,
    Sending,
    file_names,
    octets_of,
    read_expected,
    read_week,
    without_imap,
)
from listserv.cli.groups_file import apply_groups, read_groups
from listserv.mail.parse import parse
from listserv.store.engine import Database
from listserv.store.migrate import upgrade

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def busy(*ports: int) -> Iterator[None]:
    """Somebody listens on these ports (or somebody else did already)."""
    listening = []
    try:
        for port in ports:
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.append(server)
            try:
                server.bind(("127.0.0.1", port))
                server.listen()
            except OSError:
                continue
        yield
    finally:
        for server in listening:
            server.close()


def test_once_plays_the_week_verifies_it_and_ends(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "examples.demo", "--once", "--folder", str(folder)]
    environment = {**os.environ, "LISTSERV__RELAY__HOST": "mail.example", "PYTHONIOENCODING": "utf-8"}
    with busy(SMTP_PORT, LMTP_PORT, WEB_PORT):
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, check=False, timeout=240
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert f"Port {SMTP_PORT} is in use; SMTP listens on " in done.stdout
    assert f"Port {LMTP_PORT} is in use; LMTP listens on " in done.stdout
    assert f"Port {WEB_PORT} is in use; the web listens on " in done.stdout
    assert re.search(r"English Online +12 +10 +15 +5 +148 +8\n", done.stdout)
    assert "Short texts for Year 9 in Term 1? (7 posts)" in done.stdout
    assert "answers the mail about it: yes\n" in done.stdout
    assert "550 5.7.1 Only the editors post here" in done.stdout
    mails = due(read_expected(imap="the IMAP act is left out" not in done.stdout))
    assert f"Verified: {mails} mails in 25 mailboxes" in done.stdout
    assert count_copies(folder / "outbox") == mails
    assert (folder / "serve.log").read_text("utf-8") == ""
    subjects = [copy.subject for copy in read_mailbox(folder / "outbox", "tavita.toomata@waiuku.school.example")]
    assert subjects[2] == "Your post to ESOL Online: Primary ESOL was not published"
    assert "  |   Thanks Tavita, the swings it is!\n" in done.stdout
    assert (
        "Older readers (library.example) (Priya Raman): https://library.example/read-aloud/older-readers\n"
        in done.stdout
    )
    assert "  | 4. Year 10 writing - what we looked for.docx (1.1 kB)\n" in done.stdout
    assert "  16:00  The clock strikes. 16 copies.\n" in done.stdout


def due(expected: Expected) -> int:
    """How many mails the tables name."""
    singles = sum(sum(groups.values()) for groups in expected.mailboxes.values())
    return singles + sum(map(len, expected.updates.values()))


def test_the_tables_name_every_mail() -> None:
    assert (due(read_expected()), due(read_expected(imap=False))) == (237, 234)


def test_an_update_that_comes_twice_or_to_nobody_is_a_fault(tmp_path: Path) -> None:
    expected = replace(read_expected(), updates={"Week 6": frozenset({"a@b.example"})})
    copy = Copy("a@b.example", tmp_path, "english", "1@x.example", "", "Week 6", None, "", update=True)
    assert list(updates(expected, [copy])) == []
    assert list(updates(expected, [copy, copy])) == [
        '"Week 6": went to a@b.example, a@b.example instead of a@b.example'
    ]
    assert list(updates(expected, [])) == ['"Week 6": went to nothing instead of a@b.example']
    assert list(updates(expected, [replace(copy, subject="Week 7")])) != []


def test_a_link_that_leads_nowhere_and_a_private_page_that_opens_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/listserv.db")
    upgrade(database)
    with database.begin() as connection:
        apply_groups(connection, read_groups(HERE / "groups.toml"), "lists.example.nz", BEGINS)
    folder = DemoFolder(tmp_path, web_port=1)
    copies = []
    for group in ("english", "plg-y3-4"):
        file = tmp_path / group
        file.write_text(f"Subject: Week 6\n\nMore: http://127.0.0.1:1/groups/{group}/\n", "utf-8")
        copies.append(Copy("a@b.example", file, group, "1@x.example", "", "Week 6", None, "", update=True))
    found = {}
    for status in (200, 404):
        monkeypatch.setattr(verify, "_status", lambda _port, _path, status=status: status)
        found[status] = dead_links(copies, folder, database)
    database.close()
    assert found == {
        200: ["/groups/plg-y3-4/: 200 instead of 404"],
        404: ["/groups/english/: 404 instead of 200"],
    }


def test_an_update_is_answered_by_the_link_below_a_conversation(tmp_path: Path) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<a href='x'>x</a>"
        b'<a href="mailto:english+abc@lists.example.nz?subject=Re%3A%20A%20film%3F">Reply</a>'
    )
    copy = Copy("a@b.example", file, "english", "1@x.example", "", "Week 6", None, "", update=True)
    assert links_to_answer(copy) == {"Re: A film?": "english+abc@lists.example.nz"}


def test_the_clock_strikes_every_full_hour_once() -> None:
    hours = [*full_hours(BEGINS, BEGINS + timedelta(hours=3)), *full_hours(BEGINS + timedelta(hours=3), ENDS)]
    assert hours[:2] == [BEGINS + timedelta(hours=1), BEGINS + timedelta(hours=2)]
    assert len(hours) == len(set(hours)) == 6 * 24 + 13
    assert hours[-1] == ENDS


def test_without_dovecot_its_act_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    said: list[str] = []
    with mailbox_server(said.append) as server:
        assert server is None
    assert said == ["Dovecot is not installed here; the IMAP act is left out."]
    left = without_imap(read_week())
    assert len(read_week()) - len(left) == 1
    assert not any(isinstance(event, Sending) and event.imap for event in left)


class Impatient(io.StringIO):
    """A terminal whose reader presses Ctrl-C as soon as a line begins with `at`."""

    encoding = "utf-8"

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def write(self, text: str) -> int:
        if text.strip().startswith(self._at):
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def short_demo(path: Path, screen: io.StringIO) -> Demo:
    """Only Monday morning, and with it much that was expected is missing."""
    path.mkdir()
    return Demo(Terminal(screen), path, read_week()[:3], read_expected(), ends=BEGINS + timedelta(hours=2))


def test_a_mismatch_is_told_and_is_status_1(tmp_path: Path) -> None:
    screen = Impatient("never")
    assert asyncio.run(run(short_demo(tmp_path / "demo", screen), once=True)) == 1
    said = screen.getvalue()
    assert "NOT AS EXPECTED" in said
    assert "  priya.raman@kowhai-high.school.example: 1 of english instead of 15\n" in said
    assert "  te-reo: no conversation of matariki-1-te-ariki.eml, matariki-2-aroha.eml\n" in said
    assert '  "Y5&6 PLG · Term 4, Week 6 · nothing new": went to nothing instead of rob.castle@' in said
    assert "  waiting for a moderator: nothing instead of webinar-moana-proposal.eml\n" in said


def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    demo = short_demo(tmp_path / "demo", screen := Impatient("Still serving"))
    empty = replace(demo.expected, mailboxes={}, updates={}, threads={}, waiting=frozenset(), shelf={})
    demo.week, demo.expected = demo.week[:1], empty
    assert asyncio.run(run(demo, once=False)) == 0
    assert screen.getvalue().rstrip().endswith("the next demonstration empties it.")
    assert re.search(r"\n    http://127.0.0.1:\d+/sign-in/[a-z2-7]+\?next=/groups/plg-y3-4/\n", screen.getvalue())


def test_ctrl_c_ends_the_week_too(tmp_path: Path) -> None:
    demo = short_demo(tmp_path / "demo", screen := Impatient("07:48"))
    demo.week = read_week()
    assert asyncio.run(run(demo, once=False)) == 130
    assert "Stopped before the week was over." in screen.getvalue()
    assert 2 <= len(demo.played) < len(demo.week)


def test_only_a_folder_of_its_own_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(NotOurs), empty_folder(tmp_path, print):
        pass
    assert (tmp_path / "thesis.txt").exists()
    (tmp_path / "listserv.toml").write_text(MARK, "utf-8")
    with empty_folder(tmp_path, print) as path:
        assert list(path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    with empty_folder(tmp_path / "demo", said.append) as first, empty_folder(tmp_path / "demo", said.append) as second:
        assert (first.name, second.name) == ("demo", "demo-2")
    assert len(said) == 1


def test_a_busy_port_moves_to_the_next_free_one() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = free_port(port, frozenset({port + 1}), "SMTP", said.append)
    assert found > port + 1
    assert said == [f"Port {port} is in use; SMTP listens on {found} instead."]


def test_a_terminal_without_macrons_gets_plain_letters() -> None:
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding="ascii", write_through=True)
    Terminal(stream).say("Rāhera, ʻAna: “Matariki” – 8 copies…")
    assert octets.getvalue() == b'Rahera, \'Ana: "Matariki" - 8 copies...\n'
    assert plain("日") == "?"


def test_each_message_is_sent_and_each_name_in_the_tables_is_one() -> None:
    week, expected = read_week(), read_expected()
    sent = [event.message for event in week if isinstance(event, Sending)]
    assert set(sent) == {path.name for path in MESSAGES.glob("*.eml")} == set(file_names().values())
    named = {file for group in expected.threads.values() for thread in group for file in thread} | expected.waiting
    named |= {event.answers for event in week if isinstance(event, Sending)} - {""}
    named |= {event.held for event in week if isinstance(event, Command)} - {""}
    assert named <= set(sent)
    assert all(parse(octets_of(file)).message_id for file in sent)


def test_the_check_can_fail() -> None:
    expected = read_expected()
    assert list(mailboxes(expected, [])) != []
    assert len(list(threads(expected, {"te-reo": []}, {}))) == 1
    assert len(list(shelves(expected, {}))) == len(expected.shelf) == 3
