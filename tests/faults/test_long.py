"""The long forms, for `make faults`: whole archives, every order, the whole corpus. Not part of `make test`."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest

from listserv.config import Settings
from listserv.inbound.exporting import export_threads
from listserv.inbound.importing import import_mbox
from listserv.mail.mbox import write_mbox_entry
from tests.conversations import evidence_of
from tests.plain_oracle import plain_threads
from tests.scenario import corpus_send, replay
from tests.scenario.replay import archive_messages
from tests.service import Service
from tests.store_site import NOW, a_list, made

ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")
SETTINGS = Settings.model_validate(
    {"site": {"domain": "lists.example.nz"}, "relay": {"directory": "outbox"}}, context={"folder": Path("/")}
)


@pytest.mark.timeout(1800)
def test_both_archives_through_smtp_over_three_kills(corpus: Path, tmp_path: Path) -> None:
    files = [corpus / "archive" / name for name in ARCHIVES]
    assert replay.run(tmp_path, files, subscribers=50, kills=3, limit=None) == []


@pytest.mark.timeout(1800)
def test_every_corpus_message_is_answered_and_kept(corpus: Path, tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.run("list", "create", "open")
        service.run("list", "set", "open", "nonmember=accept")
        service.run("member", "add", "open", "member@school.example")
        service.start()
        seen = corpus_send.send_all(service, corpus)
        assert corpus_send.send_lone_cr(service, corpus, seen) >= 47
        service.wait_empty(300)
        corpus_send.check_archive(service, seen)
    assert seen.faults == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ARCHIVES)
def test_the_order_of_arrival_changes_no_thread(corpus: Path, tmp_path: Path, name: str) -> None:
    messages = archive_messages(corpus / "archive" / name, None)
    evidence = {key: evidence_of(key, octets) for key, octets in enumerate(messages)}
    expected = {frozenset(evidence[key].node for key in group) for group in plain_threads(list(evidence.values()))}
    full = None
    for number in range(12):
        order = list(messages) if number == 0 else list(reversed(messages))
        if number > 1:
            random.Random(number).shuffle(order)
        plain, by_full_rule = _imported(tmp_path / f"{number}", order)
        assert plain == expected
        full = full or by_full_rule
        assert by_full_rule == full


def _imported(folder: Path, messages: list[bytes]) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """The partitions after an import in this order: by the plain rule, and as the archive's rows stand."""
    folder.mkdir()
    mbox = folder / "in.mbox"
    mbox.write_bytes(b"".join(write_mbox_entry(octets, "", NOW) for octets in messages))
    with made(f"sqlite:///{folder / 'listserv.db'}") as database:
        with database.begin() as connection:
            a_list(connection, "archive")
        with mbox.open("rb") as stream:
            import_mbox(database, "archive", stream, SETTINGS, lambda: NOW)
        with (folder / "plain.tsv").open("w+", encoding="utf-8") as table, database.read() as connection:
            export_threads(connection, "archive", "plain", table)
            table.seek(0)
            plain: dict[str, set[str]] = defaultdict(set)
            for line in table:
                node, label = line.rstrip("\n").split("\t")
                plain[label].add(node)
        with database.read() as connection:
            rows = connection.exec_driver_sql("SELECT node, thread_id FROM post").all()
    stored: dict[int, set[str]] = defaultdict(set)
    for node, thread_id in rows:
        stored[thread_id].add(node)
    return {frozenset(group) for group in plain.values()}, {frozenset(group) for group in stored.values()}
