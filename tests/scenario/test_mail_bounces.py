"""A dead address, a complaint and an Unsubscribe button, by mail alone against a real service over eight days."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.mail_room import Room, fill, words
from tests.service import DOMAIN, Service

START = datetime.fromisoformat("2026-11-16T20:00:00+00:00")  # nine in the morning at the group's


def dsn(address: str, copy: EmailMessage) -> bytes:
    """What a school's server returns for a copy."""
    return (
        f"From: MAILER-DAEMON@mx.school.example\r\nTo: {copy['Return-Path']}\r\nSubject: Undelivered Mail\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\n"
        "I am sorry.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.school.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
    ).encode() + b"Subject: x\r\n\r\ny\r\n--x--\r\n"


def complaint(copy: bytes) -> bytes:
    """What a provider sends when its user presses Junk: it hides who it was, and returns the copy."""
    return (
        b"From: feedback@provider.example\r\nTo: postmaster\r\nSubject: Complaint\r\n"
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=zz\r\n\r\n--zz\r\n\r\n"
        b"Nobody wants to read this.\r\n--zz\r\nContent-Type: message/feedback-report\r\n\r\n"
        b"Feedback-Type: abuse\r\nUser-Agent: FBL/1\r\nVersion: 1\r\n\r\n--zz\r\nContent-Type: message/rfc822\r\n\r\n"
        + copy
        + b"\r\n--zz--\r\n"
    )


def last(service: Service, address: str) -> EmailMessage:
    return email.message_from_bytes(service.delivered(address)[-1], policy=email.policy.default)


def path(copy: EmailMessage) -> str:
    return str(copy["Return-Path"]).strip("<>")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("bounces")
    with Service(folder, environment={"LISTSERV_CLOCK": START.isoformat()}) as made:
        fill(made, 2)
        made.start()
        yield made


def later(service: Service, **time: float) -> datetime:
    at = START + timedelta(**time)
    service.move_clock(at.isoformat())
    return at


def room(service: Service, number: int, at: datetime) -> Room:
    ahead = at - datetime.now().astimezone() + timedelta(minutes=5)  # what is due by then has left
    made = Room(service, number, ahead)
    made._sent = 100 * at.toordinal()  # or its Message-IDs began anew
    return made


def test_a_week_of_a_dead_address(service: Service) -> None:
    at = START
    for day in range(3):
        at = later(service, days=day) if day else at
        plg = room(service, 0, at)
        plg.write(plg.jo, plg.group, f"Day {day}")
        copy = last(service, plg.mere)
        assert f"Day {day}" in str(copy["Subject"])
        for to in (path(copy), path(copy), plg.group):
            code, text = service.send(dsn(plg.mere, copy), to, "")
            assert code == 250, text
    before = len(service.delivered(plg.mere))
    plg.write(plg.jo, plg.group, "Nobody at Mere's reads this")
    assert len(service.delivered(plg.mere)) == before
    assert len(plg.mails(plg.jo, "Nobody at Mere's")) == 1
    assert plg.mere in plg.members()

    service.run("tick", "--now", (START + timedelta(days=3, hours=1)).isoformat())
    plg = room(service, 0, later(service, days=3, hours=1))
    plg.settle()
    told = plg.the(plg.jo, "mail to these members was stopped")
    assert f"Mere Tāmati <{plg.mere}>: mail came back on several days (5.1.1)" in words(told)
    assert "No such user" not in words(told)
    (row,) = [
        each
        for each in service.table("member", "deliveries", plg.group, plg.mere)
        if each["at"].startswith("2026-11-18")
    ]
    assert (row["kind"], row["status"], "No such user" in row["reply"]) == ("hard", "5.1.1", True)
    assert "No mail goes to" in service.run("member", "deliveries", plg.group, plg.mere)

    probe = plg.the(plg.mere, "Does this reach you?")
    assert path(probe).startswith("g0-bounces+")
    service.send(dsn(plg.mere, probe), path(probe), "")
    later(service, days=8)
    service.run("tick", "--now", (START + timedelta(days=9, hours=1)).isoformat())
    plg = room(service, 0, later(service, days=9, hours=1))
    plg.settle()
    assert len(plg.mails(plg.mere, "Does this reach you?")) == 2
    plg.reply(plg.mere, plg.mails(plg.mere, "Does this reach you?")[-1], "resume")
    assert plg.mere in words(plg.the(plg.mere, "Your mail comes again"))
    plg.write(plg.jo, plg.group, "Welcome back")
    plg.the(plg.mere, "Welcome back")
    plg.write(plg.mere, plg.request, "", "my deliveries")
    history = words(plg.the(plg.mere, "Your deliveries"))
    assert "mail goes there" in history
    assert history.count("no such mailbox (5.1.1)") == 4
    assert len(plg.mails(plg.jo, "mail to these members was stopped")) == 1


def test_junk_pressed_and_unsubscribe_pressed(service: Service) -> None:
    at = later(service, days=10)
    plg = room(service, 1, at)
    plg.write(plg.jo, plg.group, "A post")
    copy = service.delivered(plg.mere)[-1]
    code, _ = service.send(complaint(copy), f"postmaster@{DOMAIN}", "feedback@provider.example")
    assert code == 250
    plg.write(plg.jo, plg.group, "Another")
    assert plg.mails(plg.mere, "Another") == []
    assert service.delivered("admin@school.example") == []
    service.run("tick", "--now", (at + timedelta(days=1)).isoformat())
    plg = room(service, 1, later(service, days=11))
    plg.settle()
    told = words(plg.the(plg.jo, "mail to these members was stopped"))
    assert "reported as unwanted" in told
    assert "Nobody wants" not in told

    button = "Apple Mail sent this email to unsubscribe from the message"
    plg.write(
        plg.aroha, f"g1-leave@{DOMAIN}", "unsubscribe", button, Auto_Submitted="auto-replied", X_Mailer="iPhone Mail"
    )
    assert plg.aroha in plg.members()
    plg.reply(plg.aroha, plg.question(plg.aroha), "yes")
    assert plg.aroha not in plg.members()
