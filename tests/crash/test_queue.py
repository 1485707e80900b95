"""docs/queue.md, line by line: the process is killed at that point, started again, and the ledger must balance.

Each test is named after its line under "A crash"; the last test holds the page and this file together.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.store.engine import Database
from tests.client_styles import reply, reply_address
from tests.imap_fake import FakeImap
from tests.peers.counting_sink import CountingSink
from tests.peers.flaky_relay import FlakyRelay, Rule, rules
from tests.servers.private import wait_until
from tests.service import DOMAIN, Service

VICTIM = "tests.crash.victim"
SUBSCRIBERS = 60
MERE = "mere@school.example"


def post(subject: str = "Running records", unique: str = "a1") -> bytes:
    return (
        f"From: {MERE}\r\nTo: english@{DOMAIN}\r\nSubject: {subject}\r\nMessage-ID: <{unique}@school.example>\r\n"
        "Date: Mon, 16 Nov 2026 20:00:00 +1300\r\n\r\nKia ora koutou\r\n"
    ).encode()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[CountingSink]:
    with CountingSink(tmp_path / "copies.tsv") as running:
        yield running


@pytest.fixture
def service(tmp_path: Path, sink: CountingSink) -> Iterator[Service]:
    with Service(tmp_path / "site", relay_port=sink.port) as made:
        _fill(made)
        yield made


def _fill(service: Service) -> None:
    service.run("list", "create", "english")
    rows = "".join(f"s{number}@school.example\n" for number in range(SUBSCRIBERS))
    (service.folder / "members.csv").write_text(f"address\n{MERE}\n{rows}", "utf-8")
    service.run("member", "import", "english", str(service.folder / "members.csv"))


def _send(service: Service, octets: bytes) -> tuple[int, str] | None:
    """The answer, or None when the connection broke before one came."""
    try:
        return service.send(octets, f"english@{DOMAIN}", MERE)
    except (OSError, smtplib.SMTPException):
        return None


def _posts(service: Service) -> int:
    return int(service.table("list", "show", "english")["posts"])


def _times(sink: CountingSink) -> Counter[int]:
    """How many recipients got the post once, twice, ..."""
    return Counter(sink.copies().values())


def _killed_then_resent(service: Service, at: str) -> None:
    """The client saw no 250, so it sends the same octets again to the service that was started anew."""
    service.start(victim=VICTIM, at=at)
    assert _send(service, post()) is None
    service.wait_dead()
    service.start()
    answer = _send(service, post())
    assert answer is not None
    assert answer[0] == 250
    service.wait_empty()


def test_the_content_arrives(service: Service, sink: CountingSink) -> None:
    service.start()
    with socket.create_connection(("127.0.0.1", service.port)) as peer:
        peer.sendall(f"EHLO x\r\nMAIL FROM:<{MERE}>\r\nRCPT TO:<english@{DOMAIN}>\r\nDATA\r\n".encode())
        peer.sendall(post()[:-20])
        service.kill()
    service.start()
    assert _posts(service) == 0
    assert _send(service, post()) is not None
    service.wait_empty()
    assert _times(sink) == {1: SUBSCRIBERS + 1}


def test_a_job_is_written_before_the_commit(service: Service, sink: CountingSink) -> None:
    _killed_then_resent(service, "job before commit")
    assert _posts(service) == 1
    assert _times(sink) == {1: SUBSCRIBERS + 1}


def test_after_the_commit_before_the_250(service: Service, sink: CountingSink) -> None:
    _killed_then_resent(service, "commit before reply")
    assert _posts(service) == 1
    # The relay thread may have been sending when the process died; the repeat itself adds no copy.
    assert _times(sink)[1] >= SUBSCRIBERS + 1 - 50
    assert sum(_times(sink).values()) == SUBSCRIBERS + 1


def test_a_message_of_the_mailbox_is_taken_before_it_is_put_away(tmp_path: Path, sink: CountingSink) -> None:
    fake = FakeImap()
    environment = {"HOST": "127.0.0.1", "PORT": str(fake.port), "SECURITY": "none", "USERNAME": "box", "PASSWORD": "p"}
    named = {f"LISTSERV__IMAP__{key}": value for key, value in environment.items()}
    with Service(tmp_path / "site", relay_port=sink.port, environment=named) as service:
        _fill(service)
        mail = post().replace(b"To: english@", b"To: box+english@")
        service.start(victim=VICTIM, at="before put away")
        fake.inbox[1] = mail
        service.wait_dead()
        assert fake.inbox == {1: mail}
        service.start()
        service.wait_empty()
        wait_until(lambda: not fake.inbox, "the message's move")
        assert fake.folders[b"Done"] == {1: mail}
        assert _posts(service) == 1
        # As above: the relay thread may have been sending when the process died.
        assert sum(_times(sink).values()) == SUBSCRIBERS + 1
    fake.close()


def test_before_the_claim(service: Service, sink: CountingSink) -> None:
    # The first claim of a start finds nothing; the second, after the post, never happens.
    service.start(victim=VICTIM, at="before claim of work")
    _send(service, post())
    service.wait_dead()
    assert sink.copies() == {}
    service.start()
    service.wait_empty()
    assert _times(sink) == {1: SUBSCRIBERS + 1}


def test_after_the_claim_before_the_first_copy(service: Service, sink: CountingSink) -> None:
    service.start(victim=VICTIM, at="after claim", short_lease=False)
    _send(service, post())
    service.wait_dead()
    assert sink.copies() == {}
    service.start()
    service.wait_empty(60)  # within a minute of the next start, whatever the dead process had claimed
    assert _times(sink) == {1: SUBSCRIBERS + 1}


@pytest.mark.parametrize("at", ["before settle:3", "before settle:1"])
def test_after_the_relays_250_before_the_settle(service: Service, sink: CountingSink, at: str) -> None:
    service.start(victim=VICTIM, at=at)
    _send(service, post())
    service.wait_dead()
    service.start()
    service.wait_empty(60)
    times = _times(sink)
    assert sum(times.values()) == SUBSCRIBERS + 1
    assert 0 < times[2] <= 25
    assert set(times) <= {1, 2}


def test_in_the_settle_before_its_commit(service: Service, sink: CountingSink) -> None:
    service.start(victim=VICTIM, at="settle before commit:3")
    _send(service, post())
    service.wait_dead()
    service.start()
    service.wait_empty(60)
    times = _times(sink)
    assert sum(times.values()) == SUBSCRIBERS + 1
    assert 0 < times[2] <= 25


def test_after_a_settle(service: Service, sink: CountingSink) -> None:
    service.start(victim=VICTIM, at="after settle:3")
    _send(service, post())
    service.wait_dead()
    left = service.table("queue", "show")[0]["to"]
    service.start()
    service.wait_empty(60)
    times = _times(sink)
    assert sum(times.values()) == SUBSCRIBERS + 1
    assert times[2] <= 25
    # One of the four settles may be of the author's own copy, which is a delivery of its own.
    assert int(left.split()[0]) <= SUBSCRIBERS - 24


def test_a_recipient_is_put_off(tmp_path: Path) -> None:
    later_once = rules(Rule(at="RCPT", act="450 4.2.0 greylisted", match="<s7@", times=1))
    with (
        FlakyRelay(judge=later_once) as relay,
        Service(tmp_path / "site", relay_port=relay.port, connections=1) as service,
    ):
        _fill(service)
        service.start(victim=VICTIM, at="put off")
        _send(service, post())
        service.wait_dead()
        service.start()
        service.wait_put_off(60)
        service.run("queue", "retry")
        service.wait_empty(60)
        taken = Counter(recipient for message in relay.taken for recipient in message.recipients)
        assert set(taken) == {f"s{number}@school.example" for number in range(SUBSCRIBERS)} | {MERE}
        assert max(taken.values()) <= 2


def test_copies_are_put_by_till_their_readers_hours(tmp_path: Path, sink: CountingSink) -> None:
    sleeping = {f"s{number}@school.example" for number in (3, 7)}
    clock = {"LISTSERV_CLOCK": "2026-11-16T21:00:00+13:00"}
    with Service(tmp_path / "site", relay_port=sink.port, connections=1, environment=clock) as service:
        _fill(service)
        for address in sleeping:
            service.run("member", "set", "english", address, "--hours", "07:00-19:00")
        service.start(victim=VICTIM, at="put by")
        _send(service, post())
        service.wait_dead()
        service.start()
        wait_until(lambda: [each["kind"] for each in service.table("queue", "show")] == ["hours"], "the others' copies")
        assert not sleeping & {to for to, _ in sink.copies()}
        service.move_clock("2026-11-17T07:00:01+13:00")
        service.wait_empty(60)
        assert {to for to, _ in sink.copies()} >= sleeping
        assert _times(sink) == {1: SUBSCRIBERS + 1}


def test_a_held_post_is_approved(service: Service, sink: CountingSink) -> None:
    service.run("list", "set", "english", "style=moderated")
    service.start()
    _send(service, post())
    held = service.table("held")[0]["id"]
    service.run_victim("approve", str(held), at="job before commit")
    assert _posts(service) == 0
    assert [waiting["id"] for waiting in service.table("held")] == [held]
    service.run("approve", str(held))
    service.wait_empty()
    # Its author knew that it waits, and where nobody moderates the postmaster is asked.
    assert _times(sink) == {1: SUBSCRIBERS + 1 + 2}
    service.run("approve", str(held), status=1)


def test_a_moderators_reply_is_taken(tmp_path: Path) -> None:
    with Service(tmp_path / "site") as service:
        _fill(service)
        service.run("list", "set", "english", "style=moderated")
        service.run("member", "set", "english", "s1@school.example", "--role", "moderator")
        service.start()
        _send(service, post())
        service.wait_empty()
        (asked,) = service.delivered("s1@school.example")
        answer = reply(asked, "yes", "gmail", author="s1@school.example")
        to = reply_address(asked)
        service.kill()
        service.start(victim=VICTIM, at="job before commit")
        with contextlib.suppress(OSError, smtplib.SMTPException):
            service.send(answer, to, "s1@school.example")
        service.wait_dead()
        service.start()
        assert _posts(service) == 0
        assert len(service.table("held")) == 1
        assert service.send(answer, to, "s1@school.example")[0] == 250
        service.wait_empty()
        assert _posts(service) == 1
        assert len(service.delivered("s2@school.example")) == 1
        assert service.send(answer, to, "s1@school.example")[0] == 550


def test_a_file_of_the_directory_relay_is_written(tmp_path: Path) -> None:
    with Service(tmp_path / "site") as service:
        _fill(service)
        service.start(victim=VICTIM, at="file written:30")
        _send(service, post())
        service.wait_dead()
        service.start()
        service.wait_empty(60)
        for number in range(SUBSCRIBERS):
            assert len(service.delivered(f"s{number}@school.example")) == 1
        assert len(service.delivered(MERE)) == 1


def test_the_search_index_is_written(service: Service) -> None:
    service.start(victim=VICTIM, at="index")
    _send(service, post("Kōrero about running records"))
    service.wait_dead()
    service.start()
    database = Database(f"sqlite:///{service.folder / 'listserv.db'}")
    end = time.monotonic() + 30
    found = 0
    while not found and time.monotonic() < end:
        with database.read() as connection:
            rows = connection.exec_driver_sql("SELECT rowid FROM post_search WHERE post_search MATCH 'korero'").all()
        found = len(rows)
        time.sleep(0.1)
    database.close()
    assert found == 1


def _taken_down(service: Service) -> tuple[bool, bool, int]:
    """Whether an export and the database's files are without the post's words, and how many copies wait."""
    export = service.folder / "out.mbox"
    service.run("export", "english", str(export))
    files = [service.folder / f"listserv.db{end}" for end in ("", "-wal")]
    octets = b"".join(file.read_bytes() for file in files if file.exists())
    waiting = sum(int(item["to"].split()[0]) for item in service.table("queue", "show") if item["kind"] == "post")
    return b"quandary" not in export.read_bytes(), b"quandary" not in octets, waiting


def _wait_for_copies(service: Service, sink: CountingSink) -> None:
    """A post in a private group: its author has her copy, the others' wait for the pause."""
    service.run("list", "set", "english", "private=true")
    service.start()
    assert _send(service, post("A quandary").replace(b"Kia ora koutou", b"Such a quandary")) is not None
    wait_until(lambda: len(sink.copies()) == 1, "the author's own copy")
    service.stop()


def test_a_post_is_taken_down(service: Service, sink: CountingSink) -> None:
    _wait_for_copies(service, sink)
    for point in ("in take-down", "take-down before commit"):
        service.run_victim("takedown", "1", at=point)
        assert _taken_down(service) == (False, False, SUBSCRIBERS)
    service.run("takedown", "1")
    assert _taken_down(service) == (True, True, 0)
    assert [item["to"] for item in service.table("queue", "show")] == [MERE], "her notice"
    service.run("takedown", "1", status=1)


def test_what_was_taken_down_is_scrubbed_from_the_file(service: Service, sink: CountingSink) -> None:
    _wait_for_copies(service, sink)
    service.run_victim("takedown", "1", at="scrub")
    service.start()
    wait_until(lambda: _taken_down(service)[:2] == (True, True), "the scrubbing")


def test_the_page_and_the_tests_are_one(root: Path) -> None:
    page = (root / "docs" / "queue.md").read_text("utf-8").partition("## A crash")[2]
    lines = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    wanted = {"test_" + re.sub(r"[^a-z0-9]+", "_", line.lower().replace("'", "")).strip("_") for line in lines}
    assert wanted - {"test_killed_while"} == {
        name for name in globals() if name.startswith("test_") and name != "test_the_page_and_the_tests_are_one"
    }
