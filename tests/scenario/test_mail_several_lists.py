"""One mail to several groups, by mail alone: one copy each, where it is from, where a reply goes; sibling groups."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mailbox import Mailbox, body, settle
from tests.service import DOMAIN, Service

CLOCK = "2026-11-16T08:00+13:00"
AROHA, HONE, MERE, TAMA = (f"{name}@school.example" for name in ("aroha", "hone", "mere", "tama"))
GROUPS = f"""
[networks.cluster]
title = "The cluster"
domain = "{DOMAIN}"
[groups.y1]
network = "cluster"
title = "Years 1 and 2"
join = "open"
siblings = true
nonmember = "reject"
[groups.y3]
network = "cluster"
title = "Years 3 and 4"
join = "open"
siblings = true
nonmember = "reject"
[groups.leaders]
network = "cluster"
title = "Leadership: redundancies"
private = true
post_pause_minutes = 0
nonmember = "reject"
[groups.literacy]
network = "cluster"
title = "Literacy"
join = "moderated"
siblings = true
style = "moderated"
"""
PEOPLE = f"""address,group,name,role
{AROHA},y1,Aroha,owner
{AROHA},y3,Aroha,owner
{AROHA},leaders,Aroha,owner
{AROHA},literacy,Aroha,owner
{HONE},y1,Hone,
{MERE},y3,Mere,
{MERE},literacy,Mere,
{TAMA},y1,Tama,
{TAMA},y3,Tama,
{TAMA},leaders,Tama,
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("site")
    with Service(folder, environment={"LISTSERV_CLOCK": CLOCK}, connections=1) as made:
        (made.folder / "groups.toml").write_text(GROUPS, "utf-8")
        (made.folder / "people.csv").write_text(PEOPLE, "utf-8")
        made.run("load", str(made.folder / "groups.toml"))
        made.run("member", "import", "--network", "cluster", str(made.folder / "people.csv"))
        made.start()
        yield made


@pytest.fixture
def people(service: Service) -> tuple[Mailbox, ...]:
    """Aroha (every group), Hone (y1), Mere (y3, literacy), Tama (y1, y3, leaders), their earlier mail read."""
    found = tuple(Mailbox(service, address) for address in (AROHA, HONE, MERE, TAMA))
    settle(service)
    for who in found:
        who.new()
    return found


def post(service: Service, author: str, names: list[str], subject: str, *, to: str = "", together: bool = True) -> None:
    """One mail whose To names the groups, handed over at once or group by group."""
    named = to or ", ".join(f"{name}@{DOMAIN}" for name in names)
    msgid = re.sub(r"\W", "", subject)
    for hop, part in enumerate([names] if together else [[name] for name in names]):
        octets = (
            f"Received: by mx{hop}\r\nFrom: {author}\r\nTo: {named}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{msgid}@school.example>\r\n\r\nKia ora koutou, {subject}\r\n"
        ).encode()
        assert service.send(octets, [name if "@" in name else f"{name}@{DOMAIN}" for name in part], author)[0] == 250
    settle(service)


def archived(service: Service, subject: str) -> list[str]:
    """The groups that have the post, the first that took it first."""
    wanted = "SELECT list.name FROM post JOIN list ON list.id = post.list_id WHERE subject = ? ORDER BY post.id"
    with contextlib.closing(sqlite3.connect(f"file:{service.folder}/listserv.db?mode=ro", uri=True)) as database:
        return [row[0] for row in database.execute(wanted, (subject,))]


def from_group(mail: EmailMessage) -> str:
    return str(mail["List-Id"]).rpartition("<")[2].removesuffix(f".{DOMAIN}>")


def reply_names(mail: EmailMessage) -> list[str]:
    """The groups a plain reply goes to."""
    return [box.addr_spec.partition("+")[0] for box in mail["Reply-To"].addresses]


@pytest.mark.parametrize("together", [True, False])
def test_one_copy_each_from_the_first_group_and_a_reply_stays_there(
    service: Service, people: tuple[Mailbox, ...], *, together: bool
) -> None:
    subject = f"Records {together}"
    post(service, AROHA, ["y1", "y3"], subject, together=together)
    copies = [who.new() for who in people]
    assert [len(mails) for mails in copies] == [1, 1, 1, 1]
    of_hone, of_mere, of_tama = (mails[0] for mails in copies[1:])
    assert [from_group(mail) for mail in (of_hone, of_mere, of_tama)] == ["y1", "y3", "y1"]
    assert [reply_names(mail) for mail in (of_hone, of_mere, of_tama)] == [["y1"], ["y3"], ["y1"]]
    for mail, other in ((of_mere, "Years 1 and 2"), (of_hone, "Years 3 and 4")):
        assert str(mail["To"]) == f"y1@{DOMAIN}, y3@{DOMAIN}"
        if together or other == "Years 1 and 2":
            assert f"Also sent to {other}; “reply all” answers there as well." in body(mail)
    assert archived(service, subject) == ["y1", "y3"]

    # Hone is in y1 alone: his plain reply is read in y1, and nobody of y3 alone sees it.
    Mailbox(service, HONE).reply(of_hone, "A plain reply")
    settle(service)
    assert [len(who.new()) for who in people] == [1, 1, 0, 1]
    # Tama is in both and replies to all: one conversation in each, one copy for each person.
    address = str(of_tama["Reply-To"].addresses[0].addr_spec)
    to = f"{address}, y1@{DOMAIN}, y3@{DOMAIN}"
    post(service, TAMA, [address, "y1", "y3"], f"Re: {subject}", to=to)
    assert archived(service, f"Re: {subject}")[-2:] == ["y1", "y3"]
    copies = [who.new() for who in people]
    assert [len(mails) for mails in copies] == [1, 1, 1, 1]
    in_y3 = copies[2][0]
    assert from_group(in_y3) == "y3"
    assert address.partition("@")[0] not in in_y3.as_string()
    assert f"y1@{DOMAIN}" in str(in_y3["To"])


def test_a_private_group_is_neither_named_nor_answered_by_outsiders(
    service: Service, people: tuple[Mailbox, ...]
) -> None:
    post(service, TAMA, ["leaders", "y3"], "Hidden", to=f"y3@{DOMAIN}")
    for who in people:
        for mail in who.new():
            assert "redundancies" not in body(mail) or from_group(mail) == "leaders"
            if who.address == MERE:
                assert from_group(mail) == "y3"
                assert "leaders" not in mail.as_string()
    post(service, TAMA, ["leaders", "y3"], "Shown")
    (of_mere,) = people[2].new()
    assert f"Also sent to leaders@{DOMAIN};" in body(of_mere)
    assert "redundancies" not in of_mere.as_string()
    assert reply_names(of_mere) == ["y3"]
    for who in (people[0], people[3]):
        who.new()
    people[2].reply(of_mere, "Mere's reply")
    settle(service)
    assert [from_group(mail) for mail in people[0].new()] == ["y3"]


def test_what_one_group_holds_comes_from_the_other_and_not_again_when_approved(
    service: Service, people: tuple[Mailbox, ...]
) -> None:
    aroha, hone, mere, _tama = people
    post(service, TAMA, ["literacy", "y1"], "Held")
    assert [len(who.new()) for who in (hone, mere)] == [1, 0]
    mails = {str(mail["Subject"]): mail for mail in aroha.new()}
    assert from_group(mails["Held"]) == "y1"
    asked = next(mail for subject, mail in mails.items() if subject.startswith("Waiting for you"))
    aroha.reply(asked, "yes")
    settle(service)
    (of_mere,) = mere.new()
    assert from_group(of_mere) == "literacy"
    assert "Also sent to Years 1 and 2" in body(of_mere)
    assert hone.new() == []
    assert "Held" not in [str(mail["Subject"]) for mail in aroha.new()]


def test_sibling_groups_are_joined_with_one_answer(service: Service) -> None:
    aroha = Mailbox(service, AROHA, "Aroha")
    settle(service)
    aroha.new()
    rewi = Mailbox(service, "rewi@school.example", "Rewi")
    rewi.write("y1-join")
    asked = rewi.next("Do you want to join Years 1 and 2?")
    assert "1 Literacy\n2 Years 3 and 4\n" in body(asked)
    assert "Leadership" not in body(asked)
    rewi.reply(asked, "2")
    settle(service)
    assert {str(mail["Subject"]) for mail in rewi.new()} == {"Welcome to Years 1 and 2", "Welcome to Years 3 and 4"}

    ana = Mailbox(service, "ana@school.example", "Ana")
    ana.write("y3-join")
    ana.reply(ana.next("Do you want to join Years 3 and 4?"), "All, please")
    settle(service)
    assert {str(mail["Subject"]) for mail in ana.new()} == {
        "Welcome to Years 1 and 2",
        "Welcome to Years 3 and 4",
        "Your wish to join Literacy",
    }
    aroha.reply(aroha.next("Ana would like to join Literacy"), "yes")
    ana.next("Welcome to Literacy")
    rows = service.table("member", "list", "literacy")
    assert "ana@school.example" in [each["address"] for each in rows]

    wiremu = Mailbox(service, "wiremu@school.example", "Wiremu")
    wiremu.write("y1-join")
    wiremu.reply(wiremu.next("Do you want to join"), "Yes, and what about the other 2 groups?")
    wiremu.next("Welcome to Years 1 and 2")
    wiremu.nothing_more()
    shown = service.table("network", "show", "cluster")
    assert shown["siblings"] == [f"{name}@{DOMAIN}" for name in ("literacy", "y1", "y3")]


def test_plain_text_and_receipts_are_a_persons_choice(service: Service, people: tuple[Mailbox, ...]) -> None:
    aroha, hone, _mere, _tama = people
    hone.write("y1-request", "plain text on\nreceipts on")
    hone.reply(hone.next("Shall we change your settings"), "yes")
    told = body(hone.next("Your settings"))
    assert "as plain text alone" in told
    assert "what became of each post" in told
    octets = (
        f"From: {AROHA}\r\nTo: y1@{DOMAIN}\r\nSubject: Photos\r\nMessage-ID: <photos@school.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Kia ora <b>koutou</b></p>\r\n"
        '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n\r\n'
        "%PDF-1.4\r\n--b--\r\n"
    ).encode()
    service.send(octets, f"y1@{DOMAIN}", AROHA)
    settle(service)
    (plain,) = hone.new()
    assert plain.get_content_type() == "text/plain"
    assert "Kia ora koutou" in body(plain)
    assert "plan.pdf" in body(plain)
    assert f"https://{DOMAIN}/groups/y1/posts/" in body(plain)
    assert "Enough of this conversation?" in body(plain)
    assert plain["Message-ID"] == "<photos@school.example>"
    assert [mail.get_content_type() for mail in aroha.new()] == ["multipart/mixed"]
    hone.write("y1", "Thank you all, I shall try that in week six.", "A reply of mine")
    settle(service)
    receipt = next(mail for mail in hone.new() if str(mail["Subject"]) == "Received: A reply of mine")
    others = len(service.table("member", "list", "y1")) - 1
    assert f"on its way to {others} other people in Years 1 and 2" in body(receipt)
