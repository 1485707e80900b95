"""A newsletter by mail alone: the test copy, the word that sends it, a time in the group's zone, a forged "send"."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

import pytest

from tests.mailbox import Mailbox, body, settle
from tests.service import DOMAIN, Service

CLOCK = "2026-11-18T08:00+13:00"  # a Wednesday
MOANA, RAWIRI, MERE = "moana@hub.example", "rawiri@hub.example", "mere@school.example"
GROUPS = f"""
[networks.hub]
title = "The hub"
domain = "{DOMAIN}"
[groups.news]
network = "hub"
title = "Science Hub news"
style = "announce"
time_zone = "Pacific/Auckland"
"""
PEOPLE = f"""address,group,name,role
{MOANA},news,Moana,owner
{RAWIRI},news,Rāwiri,moderator
{MERE},news,Mere,
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "site", environment={"LISTSERV_CLOCK": CLOCK}, connections=1) as made:
        (made.folder / "groups.toml").write_text(GROUPS, "utf-8")
        (made.folder / "people.csv").write_text(PEOPLE, "utf-8")
        made.run("load", str(made.folder / "groups.toml"))
        made.run("member", "import", "--network", "hub", str(made.folder / "people.csv"))
        made.start()
        yield made


def test_a_newsletter_by_mail_alone(service: Service) -> None:
    moana, rawiri, mere = (
        Mailbox(service, MOANA, "Moana"),
        Mailbox(service, RAWIRI, "Rāwiri"),
        Mailbox(service, MERE, "Mere"),
    )
    code, text = moana.write("news", "Kākāpō are counted again.", "November news")
    assert (code, "waiting" in text.lower()) == (250, True)
    test_copy = moana.next("November news")
    assert "Kākāpō are counted again." in body(test_copy)
    assert "Science Hub news" in body(test_copy)
    assert test_copy["List-Id"] == f"Science Hub news <news.{DOMAIN}>"
    assert "Reply-To" not in test_copy
    asked = moana.next("Shall it go out? November news")
    for line in ("as 3 subscribers would get it", "send –", "send Tue 7am –", "stop –"):
        assert line in body(asked)
    rawiri.next("November news")
    for_rawiri = rawiri.next("Shall it go out? November news")
    assert "in the name of Moana" in body(for_rawiri)
    mere.nothing_more()

    # From alone releases nothing: a "send" to the group is one more newsletter, and replaces nothing.
    forger = Mailbox(service, MOANA, "Moana")
    service.send(b"From: moana@hub.example\r\nSubject: send\r\n\r\nsend\r\n", f"news@{DOMAIN}", "eve@evil.example")
    moana.next("send")
    second = moana.next("Shall it go out? send")
    assert "- November news" in body(second)
    moana.reply(second, "stop")
    moana.next("Stopped: send")
    assert [str(mail["Subject"]) for mail in forger.new()][-1] == "Stopped: send"
    rawiri.next("send")
    rawiri.next("Shall it go out? send")
    assert "Moana has stopped" in body(rawiri.next("Stopped: send"))
    mere.nothing_more()

    for unclear in ("Looks good!", "send next Tuesday", "send Wed", "send yesterday 7am", "send 7"):
        moana.reply(asked, unclear)
        if unclear in ("Looks good!", "send next Tuesday", "send Wed"):
            again = moana.next("Not understood, nothing sent")
            assert unclear in body(again)
    mere.nothing_more()
    assert moana.new() == []
    moana.reply(again, "Send Thu 7am")
    assert "Thursday 19 November 2026" in str(moana.next("Goes out Thursday 19 November 2026, 7:00")["Subject"])
    assert "Moana has given" in body(rawiri.next("Goes out Thursday"))
    mere.nothing_more()

    service.move_clock("2026-11-19T06:58+13:00")
    service.run("tick", "--now", "2026-11-19T06:59:30+13:00")
    mere.nothing_more()
    service.move_clock("2026-11-19T07:00:10+13:00")
    news = mere.next("November news")
    assert parseaddr(str(news["Reply-To"] or news["From"]))[1] == MOANA
    assert not any(mark in news.as_string().lower() for mark in ("<img", "pixel", "track"))
    settle(service)
    assert sorted(str(mail["Subject"]) for mail in moana.new()) == ["November news", "On its way: November news"]
    assert sorted(str(mail["Subject"]) for mail in rawiri.new()) == ["November news", "On its way: November news"]
    rawiri.reply(for_rawiri, "stop")
    assert "had gone out before your reply" in body(rawiri.next("Decided before: November news"))
    service.run("tick", "--now", "2026-11-19T09:00+13:00")
    mere.nothing_more()


def test_another_editor_may_send_and_the_first_word_wins(service: Service) -> None:
    moana, rawiri, mere = (
        Mailbox(service, MOANA, "Moana"),
        Mailbox(service, RAWIRI, "Rāwiri"),
        Mailbox(service, MERE, "Mere"),
    )
    mere.write("news", "May I?", "A member's")
    moana.write("news", "Words.", "December news")
    moana.next("December news")
    asked = moana.next("Shall it go out?")
    rawiri.next("December news")
    rawiri.reply(rawiri.next("Shall it go out?"), "tuku")
    mere.next("December news")
    settle(service)
    assert sorted(str(mail["Subject"]) for mail in rawiri.new()) == ["December news", "On its way: December news"]
    told = [mail for mail in moana.new() if "On its way" in str(mail["Subject"])]
    assert "Rāwiri has sent “December news” out." in body(told[0])
    assert "3 subscribers" in body(told[0])
    moana.reply(asked, "stop")
    assert "Rāwiri had sent" in body(moana.next("Decided before"))
    mere.nothing_more()
