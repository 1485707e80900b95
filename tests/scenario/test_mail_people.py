"""People, not addresses, by mail alone: a private account, a new address, a colleague's word, a school's domain."""

from __future__ import annotations

import contextlib
import email
import email.policy
import sqlite3
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.service import DOMAIN, Service

MERE = "mere@school.example"
PRIVATE = "mere.tamati@private.example"
AROHA = "aroha@school.example"
JO = "jo@school.example"
GROUP = f"english@{DOMAIN}"
REQUEST = f"english-request@{DOMAIN}"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as made:
        made.run("list", "create", "english", "--title", "English Online")
        made.run("list", "set", "english", "nonmember=reject")
        made.run("member", "add", "english", JO, "--name", "Jo Smith", "--role", "owner")
        made.run("member", "add", "english", MERE, "--name", "Mere Tāmati")
        made.run("member", "add", "english", AROHA, "--name", "Aroha Ngata", "--role", "facilitator")
        made.start()
        yield made


def mail(author: str, to: str, subject: str, body: str = "Kia ora koutou", **fields: str) -> bytes:
    head = {"From": author, "To": to, "Subject": subject, "Date": "Mon, 16 Nov 2026 20:00:00 +1300"}
    head |= {"Message-ID": f"<{abs(hash((author, to, subject, body)))}@school.example>"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "\r\n".join(body.split("\n"))
    return "\r\n".join([*(f"{name}: {value}" for name, value in head.items()), "", lines, ""]).encode()


def write(service: Service, author: str, to: str, subject: str, body: str = "Kia ora koutou", **fields: str) -> str:
    """The mail is sent, and what follows from it delivered; gives the reply."""
    sender = author.rpartition("<")[2].rstrip(">")
    code, text = service.send(mail(author, to, subject, body, **fields), to, sender)
    all_left(service)
    return f"{code} {text}"


def all_left(service: Service) -> None:
    """Nothing that is due waits in the outbox; asked of the database, as a command line takes a second."""
    end = time.monotonic() + 60
    with contextlib.closing(sqlite3.connect(service.folder / "listserv.db")) as database:
        due = "SELECT count(*) FROM delivery WHERE state = 'waiting' AND due_at <= ?"
        while database.execute(due, (time.time_ns() // 1000,)).fetchone()[0]:
            assert time.monotonic() < end, "still in the outbox"
            time.sleep(0.02)


def got(service: Service, address: str, subject: str) -> list[EmailMessage]:
    """What was delivered to the address with this in its subject, oldest first."""
    found = [email.message_from_bytes(octets, policy=email.policy.default) for octets in service.delivered(address)]
    return [message for message in found if subject in str(message["Subject"])]


def the(service: Service, address: str, subject: str) -> EmailMessage:
    """The one such mail."""
    (found,) = got(service, address, subject)
    return found


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def reply(service: Service, author: str, to: EmailMessage, body: str) -> str:
    """Answers a mail of ours as a mail program does: to Reply-To, with its text quoted below."""
    address = to["Reply-To"].addresses[0].addr_spec
    quoted = "".join(f"\n> {line}" for line in words(to).split(". "))
    subject = f"Re: {to['Subject']}"
    return write(
        service, author, address, subject, f"{body}\n\nOn Monday we wrote:{quoted}", In_Reply_To=to["Message-ID"]
    )


# --- the iPhone that answers from a private account -----------------------------------------------------------------


def test_the_phones_private_account_is_asked_about_once_and_then_known(service: Service) -> None:
    assert write(service, f"Mere Tamati <{PRIVATE}>", GROUP, "Spelling").startswith("250")
    assert got(service, AROHA, "Spelling") == []
    asked = the(service, MERE, "Was this you?")
    assert PRIVATE in words(asked) and "Spelling" not in words(asked)
    assert write(service, f"Mere Tamati <{PRIVATE}>", GROUP, "A second one").startswith("250")
    assert len(got(service, MERE, "Was this you?")) == 1
    reply(service, MERE, asked, "Yes, that was me")
    assert len(got(service, AROHA, "Spelling")) == len(got(service, AROHA, "A second one")) == 1
    assert PRIVATE in words(the(service, MERE, "now yours"))
    assert "on its way" in write(service, f"Mere <{PRIVATE}>", GROUP, "Known now")
    assert len(got(service, MERE, "Known now")) == 1 and service.delivered(PRIVATE) == []
    assert {row["address"]: row["posts"] for row in service.table("member", "list", "english")}[MERE] == 3


def test_a_reply_without_a_name_is_known_by_its_address(service: Service) -> None:
    write(service, JO, GROUP, "Reading logs")
    sent = the(service, MERE, "Reading logs")
    write(service, "m.tamati@phone.example", GROUP, "Re: Reading logs", In_Reply_To=sent["Message-ID"])
    asked = the(service, MERE, "Was this you?")
    assert 'in the conversation "reading logs"' in words(asked).lower()
    reply(service, MERE, asked, "Āe")
    assert len(got(service, AROHA, "Re: Reading logs")) == 1


def test_no_ends_it_and_a_stranger_without_likeness_is_refused(service: Service) -> None:
    assert write(service, "Eve <eve@elsewhere.example>", GROUP, "Buy").startswith("550")
    write(service, f"Mere Tāmati <{PRIVATE}>", GROUP, "Not hers")
    reply(service, MERE, the(service, MERE, "Was this you?"), "No, that was not me")
    assert service.table("held") == [] and got(service, AROHA, "Not hers") == []
    assert write(service, f"Mere Tāmati <{PRIVATE}>", GROUP, "Again not hers").startswith("550")
    assert len(got(service, MERE, "Was this you?")) == 1


def test_an_answer_that_says_neither_is_asked_back_and_a_forged_yes_changes_nothing(service: Service) -> None:
    write(service, f"Mere Tāmati <{PRIVATE}>", GROUP, "Waits")
    token = f"english-confirm+{'a' * 26}@{DOMAIN}"
    assert write(service, MERE, token, "Re: Was this you?", "yes").startswith("550")
    write(service, MERE, f"english-owner@{DOMAIN}", "Re: Was this you?", "yes")
    assert len(service.table("held")) == 1 and got(service, AROHA, "Waits") == []
    reply(service, MERE, the(service, MERE, "Was this you?"), "no problem, what is this about?")
    assert len(service.table("held")) == 1
    reply(service, MERE, the(service, MERE, "yes or no"), "yes")
    assert len(got(service, AROHA, "Waits")) == 1


def test_a_moderated_group_still_sees_it_first(service: Service) -> None:
    service.run("list", "set", "english", "style=moderated")
    write(service, f"Mere Tāmati <{PRIVATE}>", GROUP, "To be seen")
    reply(service, MERE, the(service, MERE, "Was this you?"), "yes")
    (held,) = service.table("held")
    assert held["reason"] == "moderated" and got(service, AROHA, "To be seen") == []


def test_a_roles_address_is_nobodys(service: Service) -> None:
    assert write(service, "Mere Tāmati <office@school.example>", GROUP, "From the office").startswith("550")
    assert service.delivered(MERE) == []
