"""An import is the same however it is read: in how many processes, in what lots, broken off, killed, or once more."""

from __future__ import annotations

import base64
import io
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from listserv.inbound import deriving, importing
from listserv.inbound.deriving import Readers
from listserv.inbound.entries import Plan
from listserv.inbound.importing import Imported, import_mbox
from listserv.inbound.limits import bounds
from listserv.inbound.posting import Arrival
from listserv.mail.mbox import write_mbox_entry
from listserv.mail.parse import parse
from listserv.model.case import Reason
from listserv.store import hot
from listserv.store.archive import known, posts_without_text, put_message
from listserv.store.bulk import known_mails
from listserv.store.engine import Connection, Database
from listserv.store.moderation import hold
from tests import photos
from tests.store_site import NOW, made
from tests.web_site import WebSiteUnderTest, web_site

WORDS = "Our running records show that the Year 4 readers skip the endings of the longer words when they are tired."


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, database_url) as made:
        yield made


def the_mail() -> list[bytes]:
    """Conversations of three, mixed, with links and a file; some come twice, one is too large, one has no id."""
    mail = []
    for number in range(72):
        turn, conversation = divmod(number, 24)
        before = " ".join(f"<{each}.{conversation}@school.example>" for each in range(turn))
        names = f"References: {before}\r\n" if before else ""
        said = [f"Said {each} in {conversation}. {WORDS} Number {each}." for each in range(turn + 1)]
        mail.append(
            f"From: Mere <mere@school.example>\r\nSubject: {'Re: ' if turn else ''}Conversation {conversation}\r\n"
            f"Message-ID: <{turn}.{conversation}@school.example>\r\n{names}"
            f"Date: Mon, 16 Nov 2026 0{turn}:00:00 +1300\r\n\r\n"
            f"Ours: https://tki.example/{number % 5}\r\n\r\n".encode()
            + "\r\n\r\n".join(reversed(said)).encode()
            + b"\r\n"
        )
    nameless = b"From: hana@school.example\r\nDate: Mon, 16 Nov 2026 05:00:00 +1300\r\n\r\nNo id, no subject.\r\n"
    too_large = b"Subject: large\r\n" + b"X-Field: x\r\n" * 20_000 + b"\r\nx\r\n"
    picture = base64.encodebytes(photos.jpeg() + bytes(20_000)).replace(b"\n", b"\r\n")
    kind = b'Content-Type: image/jpeg; name="kura.jpg"\r\nContent-Transfer-Encoding: base64\r\n'
    photo = b"From: Hana <hana@school.example>\r\nSubject: Kura\r\nMessage-ID: <p@x>\r\n" + kind + b"\r\n" + picture
    return [*mail[:20], mail[3], too_large, nameless, photo, *mail[20:], nameless]


def an_mbox(mail: Sequence[bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join(write_mbox_entry(octets, "", NOW) for octets in mail))


def imported(site: WebSiteUnderTest, name: str, workers: int | None, mail: Sequence[bytes] | None = None) -> Imported:
    return import_mbox(site.database, name, an_mbox(mail or the_mail()), site.settings, lambda: NOW, workers)


def rows(site: WebSiteUnderTest, name: str) -> list[tuple[Any, ...]]:
    """All that an import leaves of a list, without ids."""
    statements = (
        "SELECT m.msgid, m.size_octets, p.author_name, p.subject, p.base_subject, p.linked_by, p.counts_at, t.subject,"
        " t.posts, t.first_at, t.last_at, x.author, x.own, x.quoted, p.text_at IS NULL, p.imported"
        " FROM post p JOIN message m ON m.id = p.message_id JOIN thread t ON t.id = p.thread_id"
        " JOIN list l ON l.id = p.list_id LEFT JOIN post_text x ON x.post_id = p.id"
        " WHERE l.name = {name} ORDER BY p.id",
        "SELECT s.key, s.title, s.url, s.at, p.node FROM shelf_item s JOIN post p ON p.id = s.post_id"
        " JOIN list l ON l.id = s.list_id WHERE l.name = {name} ORDER BY s.key",
    )
    with site.database.read() as connection:
        return [tuple(row) for each in statements for row in connection.exec_driver_sql(each.format(name=f"'{name}'"))]


@pytest.fixture
def small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LOT", 5)


@pytest.mark.usefixtures("small_lots")
def test_it_is_the_same_in_one_process_and_in_three(site: WebSiteUnderTest) -> None:
    for name in ("alone", "three", "later"):
        site.group(name)
    done = imported(site, "alone", 0)
    assert (done.archived, done.known, [number for number, _ in done.refused]) == (74, 2, [22])
    assert imported(site, "three", 3) == done
    assert imported(site, "later", None) == done
    with site.database.read() as connection:
        assert len(posts_without_text(connection, 100)) == 74
    site.index()
    expected = rows(site, "alone")
    assert len(expected) == 74 + 6
    assert expected == rows(site, "three")
    assert expected == rows(site, "later")
    (size,) = [row[1] for row in expected if row[0] == "p@x"]
    assert size == len(parse(the_mail()[23]).unplaced or b"") > 20_000
    assert "Conversation 7" in site.get("/groups/three/search?q=endings").text


@pytest.mark.usefixtures("small_lots")
def test_what_does_not_fit_into_shared_memory_is_read_all_the_same(
    site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.group("one")
    site.group("other")
    imported(site, "one", 0)
    for module in (importing, deriving):
        monkeypatch.setattr(module, "LOT_OCTETS", 600)
    imported(site, "other", 2)
    with site.database.read() as connection:
        assert not posts_without_text(connection, 1)
    assert rows(site, "other") == rows(site, "one")


@pytest.mark.usefixtures("small_lots")
def test_an_import_that_was_broken_off_is_finished_by_the_next(site: WebSiteUnderTest) -> None:
    site.group("one")
    site.group("other")
    imported(site, "one", 0)
    octets = an_mbox(the_mail()).getvalue()

    class Torn(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("the disk is gone")
            return super().read(len(octets) * 2 // 3)

    with pytest.raises(OSError, match="the disk is gone"):
        import_mbox(site.database, "other", Torn(octets), site.settings, lambda: NOW, 2)
    begun = len(rows(site, "other"))
    assert 0 < begun < len(rows(site, "one"))
    done = imported(site, "other", 2)
    assert (done.archived > 0, done.archived + done.known) == (True, 76)
    assert rows(site, "other") == rows(site, "one")


@pytest.mark.usefixtures("small_lots")
def test_an_import_that_was_killed_is_finished_by_the_next(site: WebSiteUnderTest) -> None:
    site.group("one")
    site.group("other")
    imported(site, "one", 0)

    def killed() -> None:
        written = importing._write
        left = [4]

        def write(*arguments: Any) -> None:
            written(*arguments)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        pytest.MonkeyPatch().setattr(importing, "_write", write)
        import_mbox(Database(site.database.url), "other", an_mbox(the_mail()), site.settings, lambda: NOW, 2)

    child = get_context("fork").Process(target=killed)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with site.database.read() as connection:
        assert len(rows(site, "other")) > 0
        assert not posts_without_text(connection, 1)
    done = imported(site, "other", 2)
    assert (done.archived, done.known) == (59, 17)  # the fourth lot had no commit
    assert rows(site, "other") == rows(site, "one")


def test_when_a_worker_dies_its_messages_are_archived_and_get_their_words_later(site: WebSiteUnderTest) -> None:
    mail_list = site.group("one")
    lot = the_mail()[:20]
    with Readers(Plan(mail_list, bounds(site.settings), ""), site.database.url, 2) as readers:
        for worker in readers._workers[:1]:
            worker._process.kill()
            worker._process.join()
        readers.hand_out(lot, NOW)
        readers.hand_out(lot, NOW)
        for _ in range(2):
            entries = [each for each in readers.take() if not isinstance(each, str)]
            assert [each.subject for each in entries] == [parse(octets).subject for octets in lot]
    assert 0 < sum(each.words is None for each in entries) <= 20


def test_importing_again_changes_nothing(site: WebSiteUnderTest) -> None:
    site.group("one")
    imported(site, "one", 2)
    before = rows(site, "one")
    done = imported(site, "one", 2)
    assert (done.archived, done.known) == (0, 76)
    assert rows(site, "one") == before


def test_mail_that_another_list_has_is_kept_once(site: WebSiteUnderTest) -> None:
    for name in ("one", "other"):
        site.group(name)
        imported(site, name, 0)
    with site.database.read() as connection:
        counted = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("content", "message", "post", "post_text")
        ]
    assert counted == [74, 74, 148, 148]


def test_two_imports_at_once_may_share_their_mail_in_any_order(
    site: WebSiteUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lots that wait for one another's rows: PostgreSQL ends one of them, and with it that import."""
    monkeypatch.setattr(importing, "LOT", 600)
    mail = [f"Message-ID: <{at}@x>\r\n\r\n{WORDS} {at}\r\n".encode() for at in range(600)]
    for name in ("one", "other"):
        site.group(name)
    with ThreadPoolExecutor(2) as both:
        done = [both.submit(imported, site, "one", 0, mail), both.submit(imported, site, "other", 0, mail[::-1])]
        assert [each.result().archived for each in done] == [600, 600]


def test_a_file_of_another_kind_of_lines_makes_no_empty_post(site: WebSiteUnderTest) -> None:
    site.group("one")
    lines = io.BytesIO(b"From a\rSubject: a\r\rx\r\rFrom b\rSubject: b\r\ry\r\r")
    done = import_mbox(site.database, "one", lines, site.settings, lambda: NOW, 0)
    assert (done.archived, done.known, len(done.refused)) == (0, 0, 1)
    assert "end in LF or CRLF" in done.refused[0][1]


def test_held_mail_is_known(site: WebSiteUnderTest) -> None:
    mail_list = site.group("one")
    message = parse(the_mail()[0])
    mail = (message.message_id or "", message.body_hash)
    with site.database.begin() as connection:
        assert known_mails(connection, mail_list.id, [mail]) == set()
        new = Arrival(message, "", mail_list.address, NOW, NOW).as_new()
        hold(connection, mail_list.id, put_message(connection, new), "", mail_list.address, Reason.MODERATED, NOW)
        assert known(connection, mail_list.id, *mail).seen
        assert known_mails(connection, mail_list.id, [mail, ("x@x", b"")]) == {mail}
        assert known_mails(connection, mail_list.id + 1, [mail]) == set()
    assert imported(site, "one", 0, [message.octets]).known == 1


def test_what_a_lot_asks_does_not_walk_through_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long archive's last lot would cost as much as all before it."""
    asked: dict[str, Any] = {}
    sent = hot._sent

    def noted(connection: Connection, text: str, parameters: Any) -> Any:
        asked[text] = parameters
        return sent(connection, text, parameters)

    monkeypatch.setattr(hot, "_sent", noted)
    indexes = [base64.b64encode(b"\x01" + bytes([number]) * 26) for number in range(6)]
    mail = [
        octets.replace(b"\r\n", b"\r\nThread-Index: " + indexes[at % 6] + b"\r\n", 1)
        for at, octets in enumerate(the_mail())
    ]
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'a.db'}") as site:
        site.group("one")
        imported(site, "one", 0, mail)
        with site.database.read() as connection:
            plans = {
                row[3]: text
                for text, values in asked.items()
                if text.startswith("SELECT")
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))
            }
    assert len(plans) > 5
    assert {each: text for each, text in plans.items() if each.startswith("SCAN") or each.endswith("(list_id=?)")} == {}


def test_what_may_be_done_again_waits_for_the_disk_at_its_end(tmp_path: Path) -> None:
    said: list[str] = []
    with made(f"sqlite:///{tmp_path / 'a.db'}") as database:
        with database.unflushed() as begin:
            for _ in range(2):
                with begin() as connection:
                    raw: Any = connection.connection.dbapi_connection
                    assert raw.execute("PRAGMA synchronous").fetchone() == (1,)
            raw.set_trace_callback(said.append)
        raw.set_trace_callback(None)
        assert said[0] == "PRAGMA synchronous=FULL"
        # A commit that writes nothing would wait for nothing.
        assert said[-2:] == ["PRAGMA user_version=0", "COMMIT"]
        with pytest.raises(OSError, match="gone"), database.unflushed() as begin, begin() as connection:
            raise OSError("the file is gone")
        with database.begin() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_a_text_archive_of_mailman_2_names_its_authors(site: WebSiteUnderTest) -> None:
    """It hides their addresses from robots; ours are shown to members alone."""
    mail = b"From: mere at school.example (Mere Ngata)\nSubject: Endings\nMessage-ID: <1@x>\n\nKia ora\n"
    site.group("english", "jo@school.example")
    assert imported(site, "english", None, [mail]).archived == 1
    with site.database.read() as connection:
        found = connection.exec_driver_sql("SELECT author_name, author_address FROM post").all()
    assert [tuple(row) for row in found] == [("Mere Ngata", "mere@school.example")]
