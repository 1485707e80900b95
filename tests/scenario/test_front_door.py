"""A real service, met as its users meet it: mail in by SMTP and LMTP, decisions by command line, files out."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections import defaultdict
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.conversations import evidence_of
from tests.plain_oracle import plain_threads
from tests.scenario.replay import archive_messages
from tests.service import DOMAIN, Service

MERE = "mere@school.example"
AROHA = "aroha@school.example"


def post(
    author: str, subject: str, body: str = "Kia ora koutou", to: str = f"english@{DOMAIN}", **fields: str
) -> bytes:
    head = {"From": author, "To": to, "Subject": subject, "Date": "Mon, 16 Nov 2026 20:00:00 +1300"}
    head |= {"Message-ID": f"<{abs(hash((author, subject, body)))}@school.example>"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    return "\r\n".join([*(f"{name}: {value}" for name, value in head.items()), "", body, ""]).encode()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site"), forked=False) as made:
        made.run("list", "create", "english", "--title", "English Online")
        made.run("list", "set", "english", "nonmember=reject", "subject_tag=English")
        made.run("list", "create", "esol", "--title", "Primary ESOL", "--style", "moderated")
        made.run("member", "add", "english", MERE, "--name", "Mere Tāmati", "--role", "owner")
        made.run("member", "add", "english", AROHA, "--name", "Aroha")
        made.run("member", "add", "esol", MERE)
        made.start()
        yield made


def copies(service: Service, address: str, subject: str) -> list[EmailMessage]:
    found = []
    for octets in service.delivered(address):
        message = email.message_from_bytes(octets, policy=email.policy.default)
        if subject in str(message["Subject"]):
            found.append(message)
    return found


def test_a_members_post_reaches_each_member_with_all_it_needs(service: Service) -> None:
    code, text = service.send(post(MERE, "Running records"), f"english@{DOMAIN}", MERE)
    assert code == 250, text
    service.wait_empty()
    (copy,) = copies(service, AROHA, "Running records")
    assert copy["Subject"] == "[English] Running records"
    assert copy["From"] == MERE
    assert copy["List-Id"] == f"English Online <english.{DOMAIN}>"
    assert copy["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<https://{DOMAIN}/unsubscribe/" in copy["List-Unsubscribe"]
    assert copy["Archived-At"].startswith(f"<https://{DOMAIN}/groups/english/posts/")
    assert copy["Return-Path"].startswith("<english-bounces+")
    assert "english+" in copy["Reply-To"]
    (own,) = copies(service, MERE, "Running records")
    assert own["List-Unsubscribe"] != copy["List-Unsubscribe"]
    assert "english-confirm+" in own["Reply-To"]


def test_a_reply_without_any_header_threads_by_its_address(service: Service) -> None:
    service.send(post(MERE, "A question of spelling"), f"english@{DOMAIN}", MERE)
    service.wait_empty()
    reply_to = copies(service, AROHA, "A question of spelling")[0]["Reply-To"].addresses[0].addr_spec
    code, text = service.send(post(AROHA, "Re: A question of spelling", "Yes"), reply_to, AROHA)
    assert code == 250, text
    tsv = service.folder / "full.tsv"
    service.run("export", "english", "--threads", str(tsv), "--rule", "full")
    labels = dict(line.split("\t") for line in tsv.read_text("utf-8").splitlines())
    ids = [f"{abs(hash((author, subject, body)))}@school.example" for author, subject, body in (
        (MERE, "A question of spelling", "Kia ora koutou"), (AROHA, "Re: A question of spelling", "Yes"))]  # fmt: skip
    assert labels[ids[0]] == labels[ids[1]]


def test_strangers_unknown_addresses_and_repeats_are_answered_in_the_session(service: Service) -> None:
    code, text = service.send(post("eve@elsewhere.example", "Buy"), f"english@{DOMAIN}", "eve@elsewhere.example")
    assert (code, text[:5]) == (550, "5.7.1")
    assert f"english-join@{DOMAIN}" in text
    assert service.send(post(MERE, "x"), f"nothing@{DOMAIN}", MERE)[0] == 550
    assert service.send(post(MERE, "x"), f"english-bounces+{'a' * 28}@{DOMAIN}", MERE)[0] == 550
    once = post(MERE, "Said once")
    assert "on its way" in service.send(once, f"english@{DOMAIN}", MERE)[1]
    assert "already" in service.send(once, f"english@{DOMAIN}", MERE)[1]
    service.wait_empty()
    assert len(copies(service, AROHA, "Said once")) == 1


def test_a_held_post_is_listed_explained_and_approved(service: Service, tmp_path: Path) -> None:
    octets = post(MERE, "Te reo in week 6", to=f"esol@{DOMAIN}")
    assert "waiting for a moderator" in service.send(octets, f"esol@{DOMAIN}", MERE)[1]
    (held,) = service.table("held", "esol")
    assert (held["reason"], held["author"], held["subject"]) == ("moderated", MERE, "Te reo in week 6")
    file = tmp_path / "post.eml"
    file.write_bytes(octets)
    answers = {line["rule"]: line for line in service.table("explain", str(file), "--list", "esol")}
    assert answers["duplicate"]["answer"] == "discard"
    assert answers["moderated"]["answer"] == "hold"
    service.run("approve", str(held["id"]))
    service.wait_empty()
    assert [str(copy["Subject"]) for copy in copies(service, MERE, "Te reo in week 6")] == [
        "Waiting for a moderator: Te reo in week 6",
        "Te reo in week 6",
    ]
    assert "approved already" in service.run("reject", str(held["id"]), status=1)


def test_a_rejected_member_reads_why(service: Service) -> None:
    service.send(post(MERE, "Not for everybody", to=f"esol@{DOMAIN}"), f"esol@{DOMAIN}", MERE)
    (held,) = service.table("held", "esol")
    service.run("reject", str(held["id"]), "--reason", "Please leave out the child's name.")
    service.wait_empty()
    (notice,) = copies(service, MERE, "was not published")
    assert "Please leave out the child's name." in notice.get_content()
    assert notice["Auto-Submitted"] == "auto-replied"
    assert notice["Return-Path"] == "<>"


def test_automatic_mail_is_never_posted_or_answered(service: Service) -> None:
    before = {address: len(service.delivered(address)) for address in (MERE, AROHA)}
    octets = post(AROHA, "Out of office", Auto_Submitted="auto-replied")
    assert "not posted" in service.send(octets, f"english@{DOMAIN}", AROHA)[1]
    assert "not posted" in service.send(post(AROHA, "Bounce"), f"english@{DOMAIN}", "")[1]
    service.wait_empty()
    assert before == {address: len(service.delivered(address)) for address in (MERE, AROHA)}


def test_mail_for_people_reaches_them(service: Service) -> None:
    assert service.send(post(AROHA, "May I join maths?"), f"english-owner@{DOMAIN}", AROHA)[0] == 250
    assert service.send(post(AROHA, "Spam from you"), f"abuse@{DOMAIN}", AROHA)[0] == 250
    service.wait_empty()
    assert len(copies(service, MERE, "May I join maths?")) == 1
    assert len(copies(service, "admin@school.example", "Spam from you")) == 1


def test_lmtp_answers_each_recipient_smtp_once(service: Service) -> None:
    with smtplib.LMTP("127.0.0.1", service.lmtp_port) as client:
        client.ehlo("mta.example")
        client.mail(MERE)
        recipients = [f"english@{DOMAIN}", f"esol@{DOMAIN}", f"nothing@{DOMAIN}"]
        assert [client.rcpt(recipient)[0] for recipient in recipients] == [250, 250, 550]
        client.putcmd("data")
        client.getreply()
        client.send(post(MERE, "To two groups") + b".\r\n")
        answers = [client.getreply()[1].decode() for _ in range(2)]
    assert "on its way" in answers[0]
    assert "waiting for a moderator" in answers[1]
    code, text = service.send(
        post("eve@elsewhere.example", "To both"), [f"english@{DOMAIN}", f"esol@{DOMAIN}"], "eve@e.nz"
    )
    assert code == 250
    assert "waiting" in text


def test_a_line_of_8_bit_octets_and_a_megabyte_line_are_kept(service: Service) -> None:
    octets = post(MERE, "Ngā mihi", "ā" * 500_000).replace(b"Subject: ", b"Subject: \xe9 ")
    assert service.send(octets, f"english@{DOMAIN}", MERE)[0] == 250
    service.wait_empty()
    mbox = service.folder / "all.mbox"
    service.run("export", "english", str(mbox))
    assert octets.replace(b"\r\n", b"\n")[-200_000:] in mbox.read_bytes()


def test_it_stops_in_good_order_and_starts_again(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.start()
        assert service.stop() == 0
        service.start()
        with service.client() as client:
            assert client.noop()[0] == 250
        assert "ok" in service.run("check")


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["ksummit-discuss-all.mbox.xz"])
def test_exported_threads_are_the_plain_rule(corpus: Path, tmp_path: Path, name: str) -> None:
    """The whole way: an mbox file in by command line, a table out, against an oracle written from the rule's words."""
    messages = archive_messages(corpus / "archive" / name, None)
    evidence = {found.key: found for found in (evidence_of(key, octets) for key, octets in enumerate(messages))}
    expected = {frozenset(evidence[key].node for key in group) for group in plain_threads(list(evidence.values()))}
    for order in (messages, messages[::-1]):
        folder = tmp_path / str(id(order))
        with Service(folder) as service:
            service.run("list", "create", "archive")
            mbox = folder / "in.mbox"
            mbox.write_bytes(
                b"".join(
                    b"From x\n" + octets.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") + b"\n"
                    for octets in order
                )
            )
            service.run("import", "archive", str(mbox))
            service.run("export", "archive", "--threads", str(folder / "threads.tsv"))
        groups: dict[str, set[str]] = defaultdict(set)
        for line in (folder / "threads.tsv").read_text("utf-8").splitlines():
            node, label = line.split("\t")
            groups[label].add(node)
        assert {frozenset(group) for group in groups.values()} == expected
