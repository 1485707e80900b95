"""A full mailbox, a bad line and a process that is killed: every message is archived and sent once, none is lost."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.imap_service import (
    AUTHOR,
    LIST,
    READER,
    CuttingProxy,
    a_mail,
    a_service,
    append_all,
    archived,
    count,
    wait_for,
    wait_until_taken,
)
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.dovecot

MESSAGES = 1_000
KILLED_AT = (800, 450, 150)  # so many left in INBOX
CUT_AFTER_OCTETS = 150_000


def test_a_thousand_waiting_messages(tmp_path: Path, dovecot: Dovecot) -> None:
    mails = [a_mail(number, body="Ngā mihi " * (1 + number % 90)) for number in range(MESSAGES)]
    append_all(dovecot, mails)
    proxy = CuttingProxy(dovecot.port, CUT_AFTER_OCTETS)
    began = time.monotonic()
    with a_service(tmp_path, dovecot, port=str(proxy.port)) as service, dovecot.connect() as session:
        for left in KILLED_AT:
            service.start()
            wait_for(lambda left=left: count(session) <= left, f"{left} left", 120)  # type: ignore[misc]
            service.kill()
        service.start()
        wait_until_taken(dovecot, 120)
        seconds = time.monotonic() - began
        service.wait_empty(120)
        assert proxy.cuts >= 3, "the test has cut no connection"
        assert Counter(post.octets for post in archived(service)) == Counter(mails)
        assert Counter(dovecot.messages("Done")) == Counter(mails)
        assert dovecot.messages("Refused") == []
        for address in (AUTHOR, READER):
            subjects = Counter(_subject(copy) for copy in service.delivered(address))
            assert subjects == Counter(f"Running records {number}" for number in range(MESSAGES))
        proxy.close()
    print(f"{MESSAGES} messages in {seconds:.1f} s, {proxy.cuts} cuts, {len(KILLED_AT)} kills of {LIST}")


def test_an_undisturbed_backlog_is_quick(tmp_path: Path, dovecot: Dovecot) -> None:
    append_all(dovecot, [a_mail(number) for number in range(MESSAGES)])
    with a_service(tmp_path, dovecot) as service:
        service.start()
        seconds = wait_until_taken(dovecot, 60)
        assert len(archived(service)) == MESSAGES
    print(f"{MESSAGES} messages in {seconds:.1f} s")


def _subject(copy: bytes) -> str:
    return next(line for line in copy.decode().splitlines() if line.startswith("Subject: ")).removeprefix("Subject: ")
