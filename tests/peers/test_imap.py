"""Mail out of a real mailbox: a real `listserv serve` against a private Dovecot."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from tests.imap_service import (
    AUTHOR,
    DOMAIN,
    LIST,
    READER,
    TO,
    a_mail,
    a_service,
    append_all,
    archived,
    check_line,
    reading,
    undeleted,
    wait_for,
    wait_until_taken,
)
from tests.servers.dovecot import Dovecot
from tests.servers.private import free_port
from tests.service import DOMAIN as SITE_DOMAIN
from tests.service import Service

pytestmark = pytest.mark.dovecot

NEWS_SECONDS = 5.0


@pytest.fixture
def service(tmp_path: Path, dovecot: Dovecot) -> Iterator[Service]:
    with a_service(tmp_path / "site", dovecot) as made:
        yield made


def _log(service: Service) -> str:
    return service.log.read_text("utf-8", "replace")


def _copies(service: Service, wanted: int, seconds: float = 20.0) -> list[bytes]:
    """The reader's copies once there are so many."""
    wait_for(lambda: len(service.delivered(READER)) >= wanted, f"{wanted} copies", seconds)
    copies = service.delivered(READER)
    assert len(copies) == wanted
    return copies


def _decisions(service: Service) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(service.folder / "listserv.db")) as database:
        return list(database.execute("SELECT verdict, reason FROM decision ORDER BY id"))


def test_a_new_message_is_fanned_out_within_five_seconds(service: Service, dovecot: Dovecot) -> None:
    service.start()
    wait_for(lambda: "reading INBOX" in _log(service), "the first look into the mailbox", 10)
    time.sleep(2)  # IDLE has begun
    for number in range(3):
        began = time.monotonic()
        dovecot.append(a_mail(number))
        _copies(service, number + 1, NEWS_SECONDS)
        assert time.monotonic() - began < NEWS_SECONDS
        time.sleep(1)
    wait_until_taken(dovecot)
    assert len(dovecot.messages("Done")) == 3
    assert service.stop() == 0


def test_taken_in_the_order_of_their_uids_octet_for_octet(service: Service, dovecot: Dovecot) -> None:
    mails = [
        a_mail(number, body=body) for number, body in enumerate(("Kia ora", "Ngā mihi", ".\r\n..\r\nFrom here", ""))
    ]
    append_all(dovecot, mails)
    service.start()
    wait_until_taken(dovecot)
    assert [post.octets for post in archived(service)] == mails
    assert dovecot.messages("Done") == mails
    assert {post.return_path for post in archived(service)} == {AUTHOR}


def test_seen_or_not_does_not_matter(service: Service, dovecot: Dovecot) -> None:
    dovecot.append(a_mail(1))
    with dovecot.connect() as session:
        session.select("INBOX")
        session.store("1", "+FLAGS", "\\Seen")
    service.start()
    wait_until_taken(dovecot)
    assert len(archived(service)) == 1


def test_a_reply_to_the_threads_address_threads(service: Service, dovecot: Dovecot) -> None:
    service.start()
    dovecot.append(a_mail(1, Subject="Running records"))
    found = re.search(rb"box\+english-r-[a-z2-7]+@provider\.example", _copies(service, 1)[0])
    assert found, "the copy names no address of its thread in mailbox mode"
    dovecot.append(a_mail(2, found[0].decode(), Subject="Re: quite another subject"))
    dovecot.append(a_mail(3, TO, Subject="Something else"))
    wait_for(lambda: len(archived(service)) == 3, "the archive")
    first, reply, other = archived(service)
    assert reply.thread_id == first.thread_id != other.thread_id


def test_every_address_in_a_copy_leads_back_into_the_mailbox(service: Service, dovecot: Dovecot) -> None:
    service.start()
    dovecot.append(a_mail(1))
    head, _, body = _copies(service, 1)[0].partition(b"\r\n\r\n")
    ours = set(re.findall(rb"[^\s<>:]+@provider\.example", head.replace(b"X-Listserv-Loop: english@", b"") + body))
    ours -= {b"english@provider.example"}  # the trace line names the list itself
    assert ours and all(address.startswith(b"box+english") for address in ours), ours
    assert b"List-Post: <mailto:box+english@provider.example>" in head


@pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Resent-To", "Cc"])
def test_the_list_is_named_by(field: str, service: Service, dovecot: Dovecot) -> None:
    dovecot.append(a_mail(1, "undisclosed-recipients:;", **{field: f"Somebody <BOX+English@{DOMAIN}>"}))
    service.start()
    wait_until_taken(dovecot)
    assert len(archived(service)) == 1


def test_what_is_refused_lies_in_refused_with_its_reason_in_the_log(service: Service, dovecot: Dovecot) -> None:
    nobody = a_mail(1, f"english@{DOMAIN}, box@{DOMAIN}, postmaster@{DOMAIN}, box+nothing@{DOMAIN}")
    two_authors = a_mail(2, author=f"{AUTHOR}, {READER}")
    looped = a_mail(3, X_Listserv_Loop=LIST)
    good = a_mail(4)
    append_all(dovecot, [nobody, two_authors, looped, good])
    service.start()
    wait_until_taken(dovecot)
    assert dovecot.messages("Refused") == [nobody, two_authors, looped]
    assert dovecot.messages("Done") == [good]
    log = _log(service)
    for reason in ("5.1.1 No recipient", "5.6.0 A post needs exactly one From", "5.4.6 This mail has been through"):
        assert reason in log
    service.wait_empty()
    assert len(service.delivered(READER)) == 1
    assert not list(service.outbox.glob("*/*Refused*"))


def test_a_stranger_waits_for_a_moderator_and_is_not_written_to(service: Service, dovecot: Dovecot) -> None:
    stranger = a_mail(1, author="stranger@elsewhere.example")
    service.run("list", "set", LIST, "nonmember=reject")
    dovecot.append(stranger)
    service.start()
    wait_until_taken(dovecot)
    assert len(service.table("held")) == 1
    assert dovecot.messages("Done") == [stranger]
    service.wait_empty()
    assert service.delivered("stranger@elsewhere.example") == []
    (asked,) = service.outbox.iterdir()  # who looks after the group
    assert asked.name == "admin@school.example"


def test_the_null_sender_is_respected(service: Service, dovecot: Dovecot) -> None:
    dovecot.append(a_mail(1, Return_Path="<>"))
    service.start()
    wait_until_taken(dovecot)
    assert archived(service) == []
    assert _decisions(service) == [("record", "automatic")]


def test_owners_get_their_mail_once(service: Service, dovecot: Dovecot) -> None:
    service.run("member", "add", LIST, "owner@school.example", "--role", "owner")
    mail = a_mail(1, f"box+english-owner@{DOMAIN}", author="parent@home.example")
    service.start()
    for _ in range(2):  # the second time as after a crash: the same octets again
        dovecot.append(mail)
        wait_until_taken(dovecot)
    service.wait_empty()
    assert len(service.delivered("owner@school.example")) == 1
    assert dovecot.messages("Done") == [mail, mail]


def test_too_large_is_refused_without_being_fetched(tmp_path: Path, dovecot: Dovecot) -> None:
    large, small = a_mail(1, body="x" * 60_000), a_mail(2)
    append_all(dovecot, [large, small])
    with a_service(tmp_path, dovecot) as service:
        text = (tmp_path / "listserv.toml").read_text("utf-8")
        (tmp_path / "listserv.toml").write_text(text + "[limits]\nmessage_octets = 50000\n", "utf-8")
        service.start()
        wait_until_taken(dovecot)
        assert dovecot.messages("Refused") == [large]
        assert [post.octets for post in archived(service)] == [small]
        assert "5.3.4 The message has" in _log(service)


def test_a_known_message_comes_again_with_another_uidvalidity(service: Service, dovecot: Dovecot) -> None:
    mails = [a_mail(number) for number in range(5)]
    append_all(dovecot, mails)
    service.start()
    wait_until_taken(dovecot)
    _copies(service, 5)
    dovecot.stop()
    _restore_backup(dovecot)
    dovecot.start()
    dovecot.append(a_mail(9))
    wait_until_taken(dovecot, 90)
    wait_for(lambda: len(archived(service)) == 6, "the new message")
    assert [post.octets for post in archived(service)] == [*mails, a_mail(9)]
    _copies(service, 6)
    assert "new UIDVALIDITY" in _log(service)


def _restore_backup(dovecot: Dovecot) -> None:
    """What lay in Done lies in INBOX again, and the server has forgotten every UID it gave."""
    inbox = dovecot.folder / "mail" / dovecot.username
    for file in [*inbox.glob("dovecot*"), *(inbox / ".Done").glob("dovecot*")]:
        file.unlink()
    for file in (inbox / ".Done" / "cur").iterdir():
        shutil.move(file, inbox / "cur" / file.name)
    (inbox / "dovecot-uidlist").write_text("3 V1234567890 N1\n")
    shutil.chown(inbox / "dovecot-uidlist", "dovecot", "dovecot")


def test_the_server_restarts(service: Service, dovecot: Dovecot) -> None:
    service.start()
    dovecot.append(a_mail(1))
    _copies(service, 1)
    dovecot.stop()
    wait_for(lambda: "next try in" in _log(service), "a word in the log", 30)
    assert service.send(a_mail(5, LIST), LIST, AUTHOR)[0] == 250, "the rest of the service goes on"
    dovecot.start()
    dovecot.append(a_mail(2))
    wait_until_taken(dovecot, 30)
    assert len(archived(service)) == 3


def test_a_wrong_password_is_said_and_the_rest_goes_on(tmp_path: Path, dovecot: Dovecot) -> None:
    with a_service(tmp_path, dovecot, password="wrong-Secret-77") as service:
        ok, said = check_line(service)
        assert not ok
        assert "does not let box@provider.example in: [AUTHENTICATIONFAILED]" in said
        service.run("check", status=1)
        service.start()
        wait_for(lambda: "next try in 30 s" in _log(service), "a word in the log", 20)
        assert service.send(a_mail(1, LIST), LIST, AUTHOR)[0] == 250
        _copies(service, 1)
        assert "does not let box@provider.example in" in _log(service)
        assert "wrong-Secret-77" not in _log(service) + said
        assert _log(service).count("next try in") == 1, "tried again at once"
        assert service.stop() == 0


def test_check_says_how_the_mailbox_is(service: Service, dovecot: Dovecot) -> None:
    dovecot.append(a_mail(1))
    assert "imap: box@provider.example at 127.0.0.1, INBOX holds 1 messages" in service.run("check")
    assert dovecot.messages() == [a_mail(1)]
    assert dovecot.messages("Done") == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_protected_connection(
    security: str, tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    imaps = _protected(dovecot, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    port = imaps if security == "tls" else dovecot.port
    dovecot.append(a_mail(1))
    with a_service(tmp_path / "stranger", dovecot, security=security, port=str(port)) as service:
        ok, said = check_line(service)
        assert not ok
        assert "shows a certificate that is not valid for it: " in said
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with a_service(tmp_path / "site", dovecot, security=security, port=str(port)) as service:
        service.start()
        wait_until_taken(dovecot, 20)
        assert len(archived(service)) == 1


def _protected(dovecot: Dovecot, authority: trustme.CA) -> int:
    """The server restarts with a certificate of this authority; gives the port for TLS from the start."""
    certificate, port = authority.issue_cert("127.0.0.1"), free_port()
    certificate.private_key_pem.write_to_path(str(dovecot.folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(dovecot.folder / "chain.pem"))
    dovecot.stop()
    with (dovecot.folder / "dovecot.conf").open("a") as file:
        file.write(f"ssl = yes\nssl_cert = <{dovecot.folder}/chain.pem\nssl_key = <{dovecot.folder}/key.pem\n")
        file.write(f"service imap-login {{\n inet_listener imaps {{\n port = {port}\n ssl = yes\n }}\n}}\n")
    dovecot.start()
    return port


def _limited(dovecot: Dovecot, capabilities: str) -> None:
    """The server restarts and says it can do no more than this."""
    dovecot.stop()
    with (dovecot.folder / "dovecot.conf").open("a") as file:
        file.write(f"imap_capability = IMAP4rev1 {capabilities}\n")
    dovecot.start()


@pytest.mark.parametrize(
    ("capabilities", "left"), [("IDLE UIDPLUS NAMESPACE", 0), ("IDLE", 3)], ids=["copy and expunge", "copy alone"]
)
def test_a_server_without_move(capabilities: str, left: int, service: Service, dovecot: Dovecot) -> None:
    _limited(dovecot, capabilities)
    append_all(dovecot, [a_mail(number) for number in range(3)])
    service.start()
    wait_for(lambda: undeleted(dovecot) == 0, "three in Done, none left to copy")
    # Killed between COPY and the flag it would copy again: twice in Done, once in the archive. Between the flag and
    # EXPUNGE it would leave three flagged ones behind.
    wait_for(lambda: len(dovecot.messages()) == left, "the end of expunging")
    service.kill()
    service.start()
    dovecot.append(a_mail(9))
    wait_for(lambda: len(archived(service)) == 4, "the new one")
    wait_for(lambda: len(dovecot.messages("Done")) == 4, "four in Done")
    wait_for(lambda: undeleted(dovecot) == 0, "the new one's flag")
    wait_for(lambda: len(dovecot.messages()) == (left + 1 if left else 0), "the end of expunging again")
    time.sleep(1)
    assert len(archived(service)) == len(dovecot.messages("Done")) == 4


def test_a_folder_that_cannot_be_made(tmp_path: Path, dovecot: Dovecot) -> None:
    """What can be moved nowhere is marked, taken once, and stays."""
    with a_service(tmp_path, dovecot, done_folder="a//b") as service:
        append_all(dovecot, [a_mail(1), a_mail(2, author=f"{AUTHOR}, {READER}")])
        service.start()
        wait_for(lambda: len(archived(service)) == 1, "the archive")
        wait_for(lambda: len(dovecot.messages("Refused")) == 1, "the refused one")
        service.kill()
        service.start()
        dovecot.append(a_mail(3))
        wait_for(lambda: len(archived(service)) == 2, "the new one")
        assert dovecot.messages() == [a_mail(1), a_mail(3)]
        with dovecot.connect() as session:
            session.select("INBOX", readonly=True)
            assert session.search(None, "KEYWORD $ListservTaken")[1] == [b"1 2"]


def test_a_mailbox_that_gets_all_mail_of_its_domain(tmp_path: Path, dovecot: Dovecot) -> None:
    with a_service(tmp_path, dovecot, addressing="domain") as service:
        service.start()
        dovecot.append(a_mail(1, LIST))
        copy = _copies(service, 1)[0]
        assert re.search(rb"Reply-To: .*<english\+[a-z2-7]+@provider\.example>", copy)
        assert not re.search(rb"\bbox[+@]", copy)  # a token may hold these letters by chance


def test_a_list_of_ones_own_domain_is_reached_behind_the_mailbox_too(tmp_path: Path, dovecot: Dovecot) -> None:
    with reading(tmp_path, dovecot) as service:
        service.run("list", "create", f"maths@{SITE_DOMAIN}")
        service.run("member", "add", f"maths@{SITE_DOMAIN}", AUTHOR)
        append_all(dovecot, [a_mail(1, f"box+maths@{DOMAIN}"), a_mail(2, f"maths@{SITE_DOMAIN}")])
        service.start()
        wait_until_taken(dovecot)
        assert len(archived(service, f"maths@{SITE_DOMAIN}")) == 2
