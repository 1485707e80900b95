"""Notifications of Amazon SES that SNS mails, whole, in an envelope, cut into lines, and broken."""

from __future__ import annotations

import json

import pytest

from listserv.mail.parse import parse
from listserv.mail.report.notification import notification
from listserv.mail.report.read import read_report
from listserv.model.report import Complaint, DeliveryReport, Kind, RecipientReport, Returned

TUI = "tui@school.example"
MAIL = {"messageId": "0101", "headers": [{"name": "Message-ID", "value": "<1@lists.example.nz>"}, "odd", {}]}
RETURNED = Returned("1@lists.example.nz")


def bounce(subtype: str = "General", **told: str) -> str:
    recipient = {"emailAddress": TUI, "action": "failed", **told}
    inner = {"bounceType": "Permanent", "bounceSubType": subtype, "bouncedRecipients": [recipient]}
    return json.dumps({"notificationType": "Bounce", "bounce": inner, "mail": MAIL})


def test_a_bounce() -> None:
    text = bounce(status="5.1.1", diagnosticCode="smtp; 550 5.1.1 user unknown")
    wanted = RecipientReport(TUI, TUI, Kind.HARD, "5.1.1", "550 5.1.1 user unknown")
    assert notification(text) == DeliveryReport((wanted,), RETURNED)


@pytest.mark.parametrize(
    ("subtype", "kind"),
    [
        ("General", Kind.SOFT),
        ("NoEmail", Kind.HARD),
        ("Suppressed", Kind.HARD),
        ("MailboxFull", Kind.SOFT),
        ("MessageTooLarge", Kind.CONTENT),
        ("ContentRejected", Kind.CONTENT),
        ("AttachmentRejected", Kind.CONTENT),
    ],
)
def test_a_bounce_without_words(subtype: str, kind: Kind) -> None:
    report = notification(bounce(subtype))
    assert isinstance(report, DeliveryReport)
    assert report.recipients[0].kind is kind


def test_a_complaint() -> None:
    inner = {"complainedRecipients": [{"emailAddress": TUI}, {"emailAddress": "x"}], "complaintFeedbackType": "abuse"}
    text = json.dumps({"notificationType": "Complaint", "complaint": inner, "mail": MAIL})
    assert notification(text) == Complaint((TUI,), "abuse", RETURNED)


def test_a_delivery() -> None:
    inner = {"recipients": [TUI, "x", 7], "smtpResponse": "250 ok"}
    report = notification(json.dumps({"notificationType": "Delivery", "delivery": inner}))
    assert report == DeliveryReport((RecipientReport(TUI, TUI, Kind.DELIVERED, "", "250 ok"),), Returned())


def test_an_envelope_and_cut_lines() -> None:
    text = bounce(status="5.1.1")
    assert notification(json.dumps({"Type": "Notification", "Message": text})) == notification(text)
    assert notification(text[:80] + "!\n " + text[80:] + "\n\n--\nIf you wish to stop") == notification(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kia ora",
        "{",
        "{}",
        "[1]",
        '{"notificationType":"Bounce"}',
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[1,null,{"emailAddress":"x"}]}}',
        '{"notificationType":"Bounce","bounce":7,"mail":[]}',
        '{"notificationType":"AmazonSnsSubscriptionSucceeded"}',
        '{"Message":"{"}',
        '{"a":' * 100_000,
        '{"notificationType":' + "[" * 100_000,
    ],
    ids=range(12),
)
def test_something_else(text: str) -> None:
    assert notification(text) is None


def test_only_from_sns() -> None:
    text = bounce(status="5.1.1").encode()
    told = b"From: SES <no-reply@sns.amazonaws.com>\r\nSubject: AWS Notification Message\r\n\r\n" + text
    assert isinstance(read_report(parse(told)), DeliveryReport)
    assert read_report(parse(told.replace(b"no-reply@", b"mere@"))) is None
