"""Reports that only people can read, in the forms of many servers and languages; and texts that are none."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from listserv.mail.parse import Message, parse
from listserv.mail.report.human import human
from listserv.mail.report.opening import begins_as_report
from listserv.mail.report.read import read_report
from listserv.model.report import DeliveryReport, Kind

TUI = "tui@school.example"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"


class Sample(NamedTuple):
    """A report as its server would word it, and what it means for Tui's address."""

    name: str
    sender: str
    subject: str
    text: str
    kind: Kind


SAMPLES = [
    Sample(
        "a could-not-be-reached list",
        "mailer-daemon@mx.example",
        "Message undeliverable: Reading list",
        "Your message did not reach some or all of the intended recipients.\n\n   Subject: Reading list\n\n"
        f"The following recipient(s) could not be reached:\n\n{TUI}\n   Error Type: SMTP\n"
        f"   sent: RCPT TO:<{TUI}>\n   replied: 550 5.1.1 User unknown\n",
        Kind.HARD,
    ),
    Sample(
        "an address behind SMTP:",
        "postmaster@mx.example",
        "Message Delivery Failure",
        f"The following recipient(s) could not be reached:\n\nRecipient: [SMTP:{TUI}]\n"
        "Reason: Remote SMTP Server Returned: 550 No such user here\n\nMessage headers follow:\n\nReceived: from a\n",
        Kind.HARD,
    ),
    Sample(
        "a session transcript",
        "MDaemon@mx.example",
        "Permanent Delivery Failure",
        f"The attached message had PERMANENT fatal delivery errors!\n\nFailed address: {TUI}\n\n"
        f"--- Session Transcript ---\n Mon: <-- 550 <{TUI}>: Recipient unknown\n--- End Transcript ---\n",
        Kind.HARD,
    ),
    Sample(
        "no reason at all",
        "postmaster@mx.example",
        "Returned Mail",
        f"The following recipients did not receive this message:\n\n     <{TUI}>\n\nPlease reply to "
        "Postmaster@mx.example\nif you feel this message to be in error.\n",
        Kind.SOFT,
    ),
    Sample(
        "an address in quotation marks",
        "postmaster@mx.example",
        "Mail delivery failure",
        f"A message addressed to '{TUI}' could not be delivered: no such user\n",
        Kind.HARD,
    ),
    Sample(
        "an old gateway's fields",
        "gateway@mx.example",
        "Undelivered mail",
        f"The following errors occurred when trying to deliver the attached mail:\nError-for:  {TUI}\n"
        "Error-Text: 550 5.1.1 unknown user\n",
        Kind.HARD,
    ),
    Sample(
        "a dialogue with the reason in it",
        '"Mail server at mx.example" <@>',
        "NOTICE: mail delivery status.",
        f"Your message to the following recipients cannot be delivered:\n\n<{TUI}>:\n     mx [192.0.2.1]:\n"
        f">>> RCPT TO:<{TUI}>\n<<< 550 5.1.1 <{TUI}>... User Unknown\n",
        Kind.HARD,
    ),
    Sample(
        "an old transcript without a list",
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\nWhile talking to mx.example:\n"
        f">>> RCPT To:<{TUI}>\n<<< 550 <{TUI}>... User unknown\n550 <{TUI}>... User unknown\n\n"
        "   ----- Unsent message follows -----\nReceived: by mx\nTo: rangi@school.example\n",
        Kind.HARD,
    ),
    Sample(
        "an old transcript of a refused sender",
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        "Returned mail: Host unknown",
        "   ----- Transcript of session follows -----\nWhile talking to mx.example:\n"
        f">>> MAIL From:<english@lists.example.nz>\n<<< 550 no\n554 <{TUI}>... Remote protocol error\n",
        Kind.CONTENT,
    ),
    Sample(
        "a full mailbox",
        "Mailer-Daemon@mx.example",
        "Message status - undeliverable",
        f"The message that you sent was undeliverable to the following:\n\t{TUI} (mailbox is full)\n",
        Kind.SOFT,
    ),
    Sample(
        "the reason above the address",
        "postmaster@mx.example",
        'Undeliverable Mail: "Reading"',
        "Your message:\n   From:    english@lists.example.nz\n   Subject: Reading\nCould not be delivered because of\n"
        f"550 5.7.1 Message rejected as spam\n\nThe following recipients were affected:\n    {TUI}\n",
        Kind.CONTENT,
    ),
    Sample(
        "a problem in words",
        "postmaster@mx.example",
        "[Postmaster] Email Delivery Failure",
        f"This is a delivery failure notification. An email to email address :\n-- {TUI}\n\ncould not be delivered.\n"
        "The problem appears to be :\n-- Recipient email address is possibly incorrect\n",
        Kind.HARD,
    ),
    Sample(
        "too large",
        "MAILER-DAEMON@mx.example",
        "failure notice",
        f"I was not able to deliver your message to the following addresses.\n\n<{TUI}>:\n192.0.2.1 does not like "
        "recipient.\nRemote host said: 552 5.3.4 Message size exceeds fixed limit\n",
        Kind.CONTENT,
    ),
    Sample(
        "a warning",
        "gateway@mx.example",
        "Delayed Mail",
        f"Your message with Subject: Reading list could not be delivered to the following recipients:\n\n{TUI}\n\n"
        "Delivery attempts will continue to be made for 5 days.\n",
        Kind.DELAYED,
    ),
    Sample(
        "a warning about a full mailbox",
        "Postmaster@mx.example",
        "Mail Delivery Warning",
        f'This is an advisory-only email.\nDelivery of email to this address\n\n"{TUI}"\n\nhas been postponed due to a '
        "full mailbox.\n",
        Kind.DELAYED,
    ),
    Sample(
        "given up waiting",
        "MAILER-DAEMON@mx.example",
        "failure notice",
        f"I'm afraid I wasn't able to deliver your message to the following addresses.\n\n<{TUI}>:\n"
        "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
        "I'm not going to try again; this message has been in the queue too long.\n",
        Kind.DELAYED,
    ),
    Sample(
        "a firewall",
        "MAILER-DAEMON <>",
        "**Message you sent blocked by our bulk email filter**",
        f"Your message to: {TUI}\nwas blocked by our Spam Firewall. It has NOT BEEN DELIVERED.\n",
        Kind.CONTENT,
    ),
    Sample(
        "French",
        "Postmaster@mx.example",
        "ECHEC DE LA REMISE : Utilisateur inconnu",
        f"Votre message\n\n  Objet: Liste\n\nn'a pas été remis à :\n\n  {TUI}\n\nmotif :\n\n  Utilisateur inconnu\n",
        Kind.HARD,
    ),
    Sample(
        "German",
        "MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Unzustellbare Nachricht zurück an Absender",
        f"Ihre Nachricht konnte nicht zugestellt werden.\n\n<{TUI}>: host mx[192.0.2.1] said: 550 5.1.1 User unknown\n",
        Kind.HARD,
    ),
    Sample(
        "Spanish",
        "postmaster@colegio.example",
        "No se puede entregar: Lista",
        f"Su mensaje\n\n  Para: {TUI}\n\nno llegó a los siguientes destinatarios:\n\n{TUI}\n    No existe el usuario\n",
        Kind.HARD,
    ),
    Sample(
        "Italian",
        "postmaster@mx.example",
        "Mancato recapito",
        f"Il messaggio non è stato recapitato ai seguenti destinatari:\n\n  {TUI}\n   casella piena\n",
        Kind.SOFT,
    ),
    Sample(
        "Portuguese",
        "postmaster@mx.example",
        "Falha na entrega",
        f"A sua mensagem não foi entregue aos seguintes destinatários:\n\n  {TUI}\n   usuário desconhecido\n",
        Kind.HARD,
    ),
    Sample(
        "Dutch",
        "postmaster@mx.example",
        "Onbestelbaar: lijst",
        f"Uw bericht kon niet worden bezorgd bij:\n\n{TUI}\n  adres onbekend\n",
        Kind.HARD,
    ),
    Sample(
        "Polish",
        "MAILER-DAEMON@mx.example",
        "Zwrot wiadomości: niedoręczona",
        f"Wiadomość nie została dostarczona do:\n\n<{TUI}>: użytkownik nie istnieje\n",
        Kind.HARD,
    ),
    Sample(
        "Russian",
        "Mailer-Daemon@mx.example",
        "Недоставленное сообщение",
        f"Ваше сообщение не было доставлено следующим получателям:\n\n{TUI}\n   пользователь не найден\n",
        Kind.HARD,
    ),
    Sample(
        "Japanese",
        "postmaster@mx.example",
        "配信不能",
        f"次の宛先にメールを配信できませんでした。\n\n{TUI}\n\n550 User unknown\n",
        Kind.HARD,
    ),
    Sample(
        "Chinese",
        "postmaster@mx.example",
        "系统退信",
        f"抱歉，您的邮件被退回来了。\n收件人邮件地址： {TUI}\n退信原因：550 User not found\n",
        Kind.HARD,
    ),
]


def mail(sender: str, subject: str, text: str, *fields: str) -> Message:
    head = [
        f"From: {sender}",
        "To: english-bounces+abcdefghijklmnopqrstuvwxyz23@lists.example.nz",
        f"Subject: {subject}",
        "Content-Type: text/plain; charset=utf-8",
        *fields,
    ]
    return parse("\r\n".join([*head, "", text.replace("\n", "\r\n")]).encode())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_text(sample: Sample) -> None:
    report = read_report(mail(sample.sender, sample.subject, sample.text))
    assert isinstance(report, DeliveryReport)
    assert [(each.address, each.kind) for each in report.recipients] == [(TUI, sample.kind)]
    assert report.recipients[0].given_up is (report.recipients[0].kind is not Kind.DELAYED or "queue" in sample.text)


FAILED = f"Your message could not be delivered to the following recipients:\n\n{TUI}\n  550 user unknown\n"


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("Mere <mere@school.example>", "Fwd: Undelivered Mail Returned to Sender", FAILED),
        ("Mere <mere@school.example>", "Re: Delivery Status Notification (Failure)", FAILED),
        ("Mere <mere@school.example>", "Mail to Tui", FAILED),
        ("Mere <mere@school.example>", "Your message to Tui", "It was not delivered, ask her at tui@school.example."),
        (DAEMON, "Hello", f"The network will be down tonight. Ask {TUI}."),
        (DAEMON, "Undelivered Mail Returned to Sender", "Some words without any address."),
        (DAEMON, "", ""),
    ],
)
def test_no_report(sender: str, subject: str, text: str) -> None:
    assert read_report(mail(sender, subject, text)) is None


def test_an_empty_return_path_with_the_words_is_a_report_but_no_absence_notice() -> None:
    null = "Return-Path: <>"
    assert read_report(mail("nobody@mx.example", "Mail", FAILED, null)) is not None
    away = f"Automatic reply. I have left; your mail could not be delivered. Write to {TUI}, not to me.\n"
    assert read_report(mail("Rangi <rangi@school.example>", "Automatic reply: Mail", away, null)) is None


def test_several_recipients_each_have_their_own_reason() -> None:
    text = (
        "Unable to deliver message to the following address(es).\n\n<a@x.example>:\nThis user doesn't have an account\n"
        "<b@x.example>:\nThis account is over quota\n\n<c@x.example>:\nrejected by our spam filter\n"
    )
    report = read_report(mail(DAEMON, "Delivery failure", text))
    assert isinstance(report, DeliveryReport)
    assert [(each.address, each.kind) for each in report.recipients] == [
        ("a@x.example", Kind.HARD),
        ("b@x.example", Kind.SOFT),
        ("c@x.example", Kind.CONTENT),
    ]


def test_what_the_address_stands_for() -> None:
    text = (
        "   ----- The following addresses had permanent fatal errors -----\n<tui@inner.example>\n"
        f"    (reason: 550 5.1.1 user unknown)\n    (expanded from: <{TUI}>)\n"
    )
    report = read_report(mail(DAEMON, "Returned mail: see transcript for details", text))
    assert isinstance(report, DeliveryReport)
    assert [(each.address, each.final_address) for each in report.recipients] == [(TUI, "tui@inner.example")]


def test_addresses_of_the_returned_message_and_of_helpers_are_no_recipients() -> None:
    text = (
        f"Could not be delivered. For help write to helpdesk@mx.example.\n\n  {TUI}\n    no such user\n\n"
        "---- Original message ----\nFrom: mere@school.example\n\nrangi@school.example\n"
    )
    report = read_report(mail(DAEMON, "Undeliverable", text))
    assert isinstance(report, DeliveryReport)
    assert [each.address for each in report.recipients] == [TUI]


def test_a_local_part_alone_is_of_the_reporting_domain() -> None:
    text = (
        "Your mail to the following recipients could not be delivered as they take no mail with attachments:\n\ttui\n"
    )
    report = read_report(mail("Mail Delivery Subsystem <MAILER-DAEMON@school.example>", "Mail Delivery Problem", text))
    assert isinstance(report, DeliveryReport)
    assert [each.address for each in report.recipients] == [TUI]


@pytest.mark.parametrize("where", ["in the text", "in another part"])
def test_fields_in_text_are_read(where: str) -> None:
    fields = f"Final-Recipient: rfc822; {TUI}\nAction: failed\nStatus: 5.1.1\n"
    between = (
        "Technical report:\n\n" if where == "in the text" else "--x\nContent-Type: text/plain; name=details.txt\n\n"
    )
    text = f"--x\n\nAn error occurred while delivering.\n\n{between}{fields}--x--\n"
    head = [
        "From: " + DAEMON,
        "Subject: Delivery Status Notification (Failure)",
        "Content-Type: multipart/mixed; boundary=x",
    ]
    report = read_report(parse("\n".join([*head, "", text]).encode()))
    assert isinstance(report, DeliveryReport)
    assert [(each.address, each.kind, each.status) for each in report.recipients] == [(TUI, Kind.HARD, "5.1.1")]


@pytest.mark.parametrize(("action", "kind"), [("", Kind.DELAYED), ("Action: failed\n", Kind.HARD)])
def test_without_an_action_the_text_says_whether_it_is_over(action: str, kind: Kind) -> None:
    text = f"--x\n\nStill being retried: {TUI}\n--x\nContent-Type: message/delivery-status\n\n"
    status = f"Final-Recipient: rfc822; {TUI}\n{action}Status: 5.1.1\n--x--\n"
    head = "From: a@b.cc\nContent-Type: multipart/report; boundary=x\n\n"
    report = read_report(parse((head + text + status).encode()))
    assert isinstance(report, DeliveryReport)
    assert report.recipients[0].kind is kind
    assert report.recipients[0].given_up is (kind is Kind.HARD)


def test_where_the_text_names_nobody_the_returned_message_does() -> None:
    text = (
        "Your message could not be delivered: no such user.\n\n--- Original message follows ---\n"
        "Return-Path: <x@lists.example.nz>\nReceived: from a by b for <tui@school.example>; Mon\n"
        "To: english@lists.example.nz\nList-Id: <english.lists.example.nz>\nMessage-ID: <1@lists.example.nz>\n\nHi\n"
    )
    report = read_report(mail(DAEMON, "Undeliverable", text))
    assert isinstance(report, DeliveryReport)
    assert [each.address for each in report.recipients] == [TUI]
    assert report.returned.message_id == "1@lists.example.nz"


def test_a_diagnostic_is_one_bounded_line() -> None:
    report = read_report(
        mail(DAEMON, "Undeliverable", f"could not be delivered\n{TUI}: 550 " + "no\x07 such\tuser " * 200)
    )
    assert isinstance(report, DeliveryReport)
    diagnostic = report.recipients[0].diagnostic
    assert len(diagnostic) == 500
    assert diagnostic.isprintable()


@pytest.mark.parametrize(
    "line",
    [
        "------ This is a copy of the message, including all the headers. ------",
        "--- Below this line is a copy of the message.",
        "--- Original message follows.",
        "   ----- Unsent message follows -----",
        "-------- Returned Mail --------",
        "Included is a copy of the message header:",
        "---------- Forwarded message ----------",
        "The first 50 lines of your original message follow:",
        "Message headers follow.",
    ],
)
def test_the_returned_message_begins_below(line: str) -> None:
    told = human(mail(DAEMON, "x", f"Not delivered.\n{line}\ntui@school.example\n").root)
    assert told.own == ("Not delivered.",)
    assert "tui@school.example" in told.behind


@pytest.mark.parametrize(
    "line", ["The original message was received at Mon, 16 Nov", "Your message to the group", "From here on"]
)
def test_the_returned_message_does_not_begin_below(line: str) -> None:
    assert len(human(mail(DAEMON, "x", f"Not delivered.\n{line}\ntui@school.example\n").root).own) == 3


@pytest.mark.parametrize(
    "subject", ["Re: Undeliverable: x", "Fwd: Returned mail: x", "Mail for you", "Message from Tui", "Returned books"]
)
def test_people_write_subjects_too(subject: str) -> None:
    assert not begins_as_report(subject)
