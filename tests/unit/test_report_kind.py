"""What a refusal means for an address: by the action, the server's words and the code."""

from __future__ import annotations

import pytest

from listserv.mail.report.kind import recipient_kind
from listserv.mail.report.wording import Meaning, Stage, meaning, plain, stage
from listserv.model.report import Kind

WORDS = {
    Meaning.NO_ADDRESS: (
        "550 5.1.1 <tui@school.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "550 No such user here",
        "553 sorry, this recipient is not in my list: invalid recipient",
        "The email account that you tried to reach does not exist",
        "550 5.4.1 Recipient address rejected: Access denied",
        "550 Host unknown",
        "Unrouteable address",
        "tui@school.example no longer works here",
        "550 Requested action not taken: mailbox unavailable",
        "550 Benutzer unbekannt",
        "550 utilisateur inconnu",
        "550 宛先が見つかりません",
    ),
    Meaning.FULL: (
        "552 5.2.2 mailbox full",
        "452 4.2.2 The account is over quota",
        "Mail quota exceeded",
        "user's mailfolder is full",
        "not enough storage space",
        "550 permission denied: disk quota exceeded",
    ),
    Meaning.REFUSED: (
        "554 5.7.1 Message rejected as spam",
        "550 5.7.26 unauthenticated mail is not accepted due to the DMARC policy",
        "552 Message size exceeds fixed limit",
        "554 Service unavailable; client host [192.0.2.1] blocked using a list",
        "553 https://www.spamhaus.org/query/bl?ip=192.0.2.1",
        "550 Fix reverse DNS for 192.0.2.1",
        "551 Relaying denied",
        "550 this group takes mail from members only: members-only list",
        "550 5.1.8 Sender address rejected: domain of sender does not exist",
        "552 illegal attachment",
        "550 the account or domain may not exist, or you are blacklisted",
        "421 too many connections from your host",
        "550 message contains a virus",
    ),
    Meaning.CLOSED: (
        "550 5.2.1 The email account that you tried to reach is disabled",
        "account is locked, email bounced",
        "551 this mailbox is inactive",
    ),
    Meaning.NO_ANSWER: (
        "retry timeout exceeded",
        "connection timed out",
        "550 5.4.316 Message expired, connection refused",
        "Name service error for example: Host not found, try again",
        "this message has been in the queue too long",
    ),
    Meaning.BROKEN: ("554 5.4.6 Too many hops", "mail loop", "command died with status 17"),
    Meaning.UNCLEAR: ("550 no", "", "554 5.0.0 transaction failed"),
}


@pytest.mark.parametrize(("expected", "text"), [(kind, text) for kind, texts in WORDS.items() for text in texts])
def test_words(expected: Meaning, text: str) -> None:
    assert meaning(plain(text)) is expected


def test_an_address_is_no_word() -> None:
    assert meaning(plain("550 <spam-filter-quota@virus.example>")) is Meaning.UNCLEAR
    assert meaning(plain("see https://support.example/mail/?p=SpamVirusQuota")) is Meaning.UNCLEAR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(in reply to MAIL FROM command)", Stage.SENDER),
        ("host x refused to talk to me", Stage.SENDER),
        ("(in reply to end of DATA command)", Stage.TEXT),
        ("SMTP error from remote mail server after end of data:", Stage.TEXT),
        ("(in reply to RCPT TO command)", Stage.RECIPIENT),
        (">>> DATA", Stage.UNKNOWN),  # with pipelining (RFC 2920) the answer below it may be RCPT's
        ("no word of it", Stage.UNKNOWN),
    ],
)
def test_stage(text: str, expected: Stage) -> None:
    assert stage(plain(text)) is expected


@pytest.mark.parametrize(
    ("action", "code", "diagnostic", "people", "expected"),
    [
        ("delayed", "5.1.1", "550 user unknown", "", Kind.DELAYED),
        ("delivered", "2.0.0", "", "", Kind.DELIVERED),
        ("relayed", "", "", "", Kind.DELIVERED),
        ("failed", "2.1.5", "", "", Kind.DELIVERED),
        ("failed", "5.1.1", "", "", Kind.HARD),
        ("failed", "5.1.10", "", "", Kind.HARD),
        ("failed", "5.2.2", "", "", Kind.SOFT),
        ("failed", "5.2.3", "", "", Kind.CONTENT),
        ("failed", "5.7.1", "", "", Kind.CONTENT),
        ("failed", "5.7.509", "550 no", "", Kind.CONTENT),
        ("failed", "4.4.7", "", "", Kind.DELAYED),
        ("failed", "5.0.0", "", "", Kind.SOFT),
        ("failed", "", "", "", Kind.SOFT),
        # The server's words go before any code.
        ("failed", "5.1.1", "550 your IP is blacklisted", "", Kind.CONTENT),
        ("failed", "5.7.1", "550 user unknown", "", Kind.HARD),
        ("failed", "5.0.0", "550 user unknown", "", Kind.HARD),
        ("failed", "4.0.0", "450 user unknown", "", Kind.SOFT),
        ("failed", "4.2.2", "452 mailbox full", "", Kind.SOFT),
        ("failed", "4.7.1", "450 try again", "", Kind.CONTENT),
        # What is said before a recipient was named, or after the whole text, is about the sender or the message.
        ("failed", "5.0.0", "553 example.nz does not exist (in reply to MAIL FROM command)", "", Kind.CONTENT),
        ("failed", "5.0.0", "554 transaction failed (in reply to end of DATA command)", "", Kind.CONTENT),
        ("failed", "5.0.0", "550 unknown user (in reply to end of DATA command)", "", Kind.CONTENT),
        ("failed", "5.1.1", "550 5.1.1 unknown user (in reply to end of DATA command)", "", Kind.HARD),
        ("failed", "5.1.2", "550 no (in reply to MAIL FROM command)", "", Kind.CONTENT),
        # Words nobody has understood yet do not count; where nothing is said, something is wrong over there.
        ("failed", "5.0.0", "550 kua kati te kuaha", "", Kind.CONTENT),
        ("failed", "5.0.0", "", "could not be delivered", Kind.SOFT),
        # The part for people is asked last.
        ("failed", "5.0.0", "", "<tui@school.example>: 550 no such user", Kind.HARD),
        ("failed", "5.1.1", "", "this may be spam", Kind.HARD),
    ],
)
def test_kind(action: str, code: str, diagnostic: str, people: str, expected: Kind) -> None:
    assert recipient_kind(action, code, diagnostic, people) is expected


def test_only_hard_and_soft_count() -> None:
    assert {kind for kind in Kind if kind.counts} == {Kind.HARD, Kind.SOFT}
