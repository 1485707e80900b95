"""Reports, complaints and automatic mail of the corpus: found, told apart, and nothing else taken for them."""

from __future__ import annotations

import csv
import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from listserv.inbound.traits import automatic_mark
from listserv.mail.automatic import automatic_reply
from listserv.mail.mbox import read_mbox
from listserv.mail.parse import Message, parse
from listserv.mail.report.read import read_report
from listserv.model.report import Complaint, DeliveryReport, Kind, RecipientReport, Report

FOUND_AT_LEAST = 0.95
ORDINARY = ("clients", "mime", "unicode", "threading", "replies")
REAL_REPORTS = {"zammad__mail018.box", "cpython__msg_16.txt", "cpython__msg_43.txt"}
POSTS = 400
NOTHING_TELLS_IT = "discourse__auto_generated_precedence.eml"

# Reasons of expected.tsv that are about the message, its sender or the way it came.
ABOUT_THE_MESSAGE = {
    "authfailure", "badreputation", "blocked", "contenterror", "exceedlimit", "failedstarttls", "mesgtoobig",
    "message_too_large", "norelaying", "notcompliantrfc", "policyviolation", "ratelimited", "rejected", "requireptr",
    "securityerror", "spam", "spamdetected", "speeding", "syntaxerror", "toomanyconn", "virusdetected",
}  # fmt: skip
FULL = {"mailboxfull", "over_quota"}

Row = dict[str, str]

pytestmark = pytest.mark.corpus


def messages(folder: Path) -> Iterator[tuple[str, Message]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix not in (".tsv", ".md", ".yml", ".xz"):
            yield path.name, parse(path.read_bytes())


def expected(folder: Path) -> list[Row]:
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def bounces(corpus: Path) -> list[tuple[Row, Report | None]]:
    """Each row of what is expected with the report its file was read as."""
    rows = [row for name in ("bounces", "malformed") for row in expected(corpus / name)]
    folder = {
        row["file"]: corpus / ("bounces" if (corpus / "bounces" / row["file"]).exists() else "malformed")
        for row in rows
    }
    reports = {name: read_report(parse((folder[name] / name).read_bytes())) for name in folder}
    return [(row, reports[row["file"]]) for row in rows]


def about(row: Row, report: Report | None) -> RecipientReport | None:
    """What the report says of the row's recipient; of the first where the source does not state one."""
    if not isinstance(report, DeliveryReport):
        return None
    address = row["recipient"].lower()
    found = [each for each in report.recipients if address in (each.address.lower(), each.final_address.lower())]
    return found[0] if found else None if address else report.recipients[0]


def test_the_address_is_found(bounces: list[tuple[Row, Report | None]]) -> None:
    rows = [(row, report) for row, report in bounces if row["recipient"]]
    missed = [row["file"] for row, report in rows if about(row, report) is None]
    assert len(missed) <= (1 - FOUND_AT_LEAST) * len(rows), missed


def test_nothing_is_made_of_what_is_no_report(bounces: list[tuple[Row, Report | None]]) -> None:
    assert [row["file"] for row, report in bounces if row["verdict"] in ("none", "vacation") and report] == []


def test_no_delay_and_no_refusal_of_the_message_counts(bounces: list[tuple[Row, Report | None]]) -> None:
    spared = [
        (row, said)
        for row, report in bounces
        if row["action"] == "delayed" or row["reason"] in ABOUT_THE_MESSAGE or row["verdict"] == "delivered"
        if (said := about(row, report)) is not None
    ]
    assert len(spared) > 150
    assert [(row["file"], row["reason"], said.kind) for row, said in spared if said.kind.counts] == []


def test_a_full_mailbox_is_soft(bounces: list[tuple[Row, Report | None]]) -> None:
    full = [about(row, report) for row, report in bounces if row["reason"] in FULL and row["action"] != "delayed"]
    kinds = [said.kind for said in full if said is not None]
    assert Kind.HARD not in kinds
    assert kinds.count(Kind.SOFT) >= 0.9 * len(kinds)


def test_dead_addresses_count(bounces: list[tuple[Row, Report | None]]) -> None:
    """Sparing everybody would be easy; `userunknown` and its like are hard in nine of ten, and counted in more."""
    reasons = ("userunknown", "user_unknown", "hostunknown", "hasmoved")
    dead = [about(row, report) for row, report in bounces if row["verdict"] == "permanent" and row["reason"] in reasons]
    kinds = [said.kind for said in dead if said is not None]
    assert len(kinds) > 120
    assert sum(kind is Kind.HARD for kind in kinds) >= 0.9 * len(kinds)
    assert sum(kind.counts for kind in kinds) >= 0.94 * len(kinds)


def test_the_original_is_known_where_it_is_quoted(corpus: Path) -> None:
    """By the Message-ID below the report's own header, wherever one stands there."""
    quoting = known = 0
    for _, message in messages(corpus / "bounces"):
        report = read_report(message)
        if report is not None and b"\nmessage-id:" in message.octets[message.body_start :].lower():
            quoting += 1
            known += bool(report.returned.message_id)
    assert quoting > 400
    assert known >= 0.97 * quoting


@pytest.mark.parametrize("folder", [*ORDINARY, "autoreplies"])
def test_nothing_else_is_taken_for_a_report(corpus: Path, folder: str) -> None:
    taken = {name for name, message in messages(corpus / folder) if read_report(message) is not None}
    assert taken <= REAL_REPORTS


def test_the_real_reports_among_other_mail_are_found(corpus: Path) -> None:
    names = [("clients", "zammad__mail018.box"), ("mime", "cpython__msg_16.txt"), ("mime", "cpython__msg_43.txt")]
    for folder, name in names:
        assert isinstance(read_report(parse((corpus / folder / name).read_bytes())), DeliveryReport)


def test_every_complaint_is_recognised(corpus: Path) -> None:
    folder = corpus / "feedback"
    for row in expected(folder):
        report = read_report(parse((folder / row["file"]).read_bytes()))
        assert isinstance(report, Complaint), row["file"]
        assert row["recipient"].lower() in [address.lower() for address in report.recipients], row["file"]
    for name, message in messages(folder):
        if any(part.content_type == "message/feedback-report" for part in message.root.walk()):
            assert isinstance(read_report(message), Complaint), name


def test_aggregate_reports_are_no_complaints(corpus: Path) -> None:
    aggregate = [message for name, message in messages(corpus / "feedback") if name.startswith("parsedmarc-agg")]
    assert aggregate
    assert [read_report(message) for message in aggregate] == [None] * len(aggregate)


def return_path(message: Message) -> str:
    """What Return-Path says, as the envelope would have."""
    value = message.header("Return-Path")
    return "someone@example.nz" if value is None else value.strip().strip("<>")


def test_automatic_mail_is_recognised(corpus: Path) -> None:
    found = {name: automatic_mark(message, return_path(message)) for name, message in messages(corpus / "autoreplies")}
    assert [name for name, mark in found.items() if not mark] == [NOTHING_TELLS_IT]


@pytest.mark.parametrize("folder", ORDINARY)
def test_no_ordinary_message_has_the_form_of_an_automatic_reply(corpus: Path, folder: str) -> None:
    unmarked = [(name, message) for name, message in messages(corpus / folder) if not message.raw("Auto-Submitted")]
    assert [name for name, message in unmarked if automatic_reply(message)] == []


def test_no_post_of_a_list_is_taken_for_either(corpus: Path) -> None:
    with lzma.open(corpus / "archive" / "ksummit-discuss-all.mbox.xz") as file:
        posts = [parse(octets) for octets in islice(read_mbox(iter(lambda: file.read(65_536), b"")), POSTS)]
    assert len(posts) == POSTS
    assert [post.message_id for post in posts if read_report(post) or automatic_mark(post, "someone@example.nz")] == []
