"""Postfix in front of us, configured as docs/setup.md says: what is no address of ours is refused at SMTP time."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.servers.private import wait_until
from tests.service import DOMAIN, Service
from tests.unit.test_setup_page import block

pytestmark = pytest.mark.postfix

_RELAYS = "mynetworks, reject_unauth_destination"
STRANGER, MEMBER = "stranger@school.example", "mere@school.example"


@pytest.fixture
def front(postfix: Postfix, tmp_path: Path) -> Iterator[Service]:
    """A site behind a Postfix whose main.cf holds the page's block; 127.0.0.1 is its own, other clients strangers."""
    with Service(tmp_path, relay_port=postfix.port) as service:
        ours = block("relay_domains = lists.example.nz").replace("127.0.0.1:8024", f"127.0.0.1:{service.lmtp_port}")
        main = postfix.folder / "config" / "main.cf"
        text = main.read_text("utf-8").replace("transport_maps = ", "# ").replace("mynetworks, reject", _RELAYS)
        main.write_text(f"{text}mynetworks = 127.0.0.1/32\naddress_verify_poll_delay = 1s\n{ours}\n", "utf-8")
        service.run("list", "create", "english")
        service.run("member", "add", "english", MEMBER)
        service.start()
        postfix.route("elsewhere.example", "virtual:")  # reads main.cf anew
        yield service


def _from_outside(postfix: Postfix) -> smtplib.SMTP:
    return smtplib.SMTP(postfix.host, postfix.port, source_address=("127.0.0.9", 0), timeout=30)


@pytest.mark.usefixtures("front")
def test_what_is_no_address_of_ours_is_refused_while_the_sender_waits(postfix: Postfix) -> None:
    with _from_outside(postfix) as client:
        client.ehlo()
        client.mail(STRANGER)
        codes = {name: client.rcpt(f"{name}@{DOMAIN}")[0] for name in ("english", "english-owner", "nobody")}
        assert codes == {"english": 250, "english-owner": 250, "nobody": 550}
        client.rset()
        client.sendmail(MEMBER, [f"english@{DOMAIN}"], f"From: {MEMBER}\r\nSubject: Kia ora\r\n\r\nKia ora\r\n")
    wait_until(lambda: len(postfix.delivered()) > 0, "the author's own copy")
    [copy] = postfix.delivered()
    assert b"Return-Path: <english-bounces+" in copy, "nothing is sent back to the stranger"
