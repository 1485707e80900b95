"""Complaints: whose copy it was and of which kind, whatever the provider tells or hides."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.mail.report.read import read_report
from listserv.model.report import Complaint

TO = "To: english-owner@lists.example.nz"


def arf(fields: str, original: str = "To: tui@school.example\r\n", kind: str = "report") -> bytes:
    fields = fields.replace("\n", "\r\n")
    return (
        f"From: fbl@mail.example\r\n{TO}\r\nContent-Type: multipart/{kind}; boundary=x\r\n\r\n--x\r\n\r\nIt is spam\r\n"
        f"--x\r\nContent-Type: message/feedback-report\r\n\r\n{fields}\r\n"
        f"--x\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\nKia ora\r\n--x--\r\n"
    ).encode()


def complaint(octets: bytes) -> Complaint:
    found = read_report(parse(octets))
    assert isinstance(found, Complaint)
    return found


@pytest.mark.parametrize(
    ("fields", "recipients", "feedback_type"),
    [
        ("Feedback-Type: abuse\nOriginal-Rcpt-To: <a@x.example>\n", ("a@x.example",), "abuse"),
        ("Original-Rcpt-To: a@x.example\nFeedback-Type:Fraud\n", ("a@x.example",), "fraud"),
        ("Feedback-Type: abuse\nOriginal-Rcpt-To: a@x.nz\nOriginal-Rcpt-To: b@x.nz\n", ("a@x.nz", "b@x.nz"), "abuse"),
        ("Feedback-Type: abuse\nRemoval-Recipient: a@x.example\n", ("a@x.example",), "abuse"),
        ("Feedback-Type: abuse\nOriginal-Rcpt-To: rfc822; a@x.example\n", ("a@x.example",), "abuse"),
        ("Feedback-Type: abuse\nRedacted-Address: redacted\n", ("tui@school.example",), "abuse"),
        ("Feedback-Type: not-spam\nOriginal-Rcpt-To: a@x.example\n", ("a@x.example",), "not-spam"),
        ("Feedback-Type: auth-failure\n", ("tui@school.example",), "auth-failure"),
        ("User-Agent: x\n", ("tui@school.example",), "abuse"),
        ("Feedback-Type: ???\n", ("tui@school.example",), "abuse"),
        ("", ("tui@school.example",), "abuse"),
    ],
)
def test_a_feedback_report(fields: str, recipients: tuple[str, ...], feedback_type: str) -> None:
    found = complaint(arf(fields))
    assert (found.recipients, found.feedback_type) == (recipients, feedback_type)


def test_a_wrong_type_of_the_whole_does_not_matter() -> None:
    assert complaint(arf("Feedback-Type: abuse\n", kind="mixed")).feedback_type == "abuse"


@pytest.mark.parametrize(
    ("feedback_type", "by_a_person"),
    [
        ("abuse", True),
        ("fraud", True),
        ("opt-out", True),
        ("auth-failure", False),
        ("not-spam", False),
        ("other", False),
    ],
)
def test_who_complains(feedback_type: str, by_a_person: bool) -> None:
    assert complaint(arf(f"Feedback-Type: {feedback_type}\n")).by_a_person is by_a_person


def test_a_report_on_list_mail_that_hides_its_reader_names_nobody() -> None:
    header = "To: english@lists.example.nz\r\nList-Id: <english.lists.example.nz>\r\nMessage-ID: <1@x>\r\n"
    found = complaint(arf("Feedback-Type: abuse\n", header))
    assert found.recipients == ()
    assert found.returned.message_id == "1@x"


def test_a_complaint_forwarded_by_a_person_is_hers() -> None:
    octets = (
        b"From: mere@school.example\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\nLook at this\r\n"
        b"--y\r\nContent-Type: message/rfc822\r\n\r\n" + arf("Feedback-Type: abuse\n") + b"--y--\r\n"
    )
    assert read_report(parse(octets)) is None


APPLE = "Apple Mail sent this email to unsubscribe from the message “Reading list”."


@pytest.mark.parametrize(
    ("submitted", "text", "taken"),
    [("auto-replied", APPLE, True), ("no", APPLE, False), ("auto-replied", "Please unsubscribe me", False)],
)
def test_a_mail_program_unsubscribing(submitted: str, text: str, taken: bool) -> None:
    head = f"From: tui@school.example\r\n{TO}\r\nAuto-Submitted: {submitted}\r\nContent-Type: text/plain; charset=utf-8"
    found = read_report(parse(f"{head}\r\n\r\n{text}\r\n".encode()))
    assert (found is not None) is taken
