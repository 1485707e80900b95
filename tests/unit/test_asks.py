"""What a mail only asks of us: each wish in both languages, and what must stay a post."""

from __future__ import annotations

import pytest

from listserv.mail.parse import Message, parse
from listserv.mail.text.asks import ask_of
from listserv.model.case import Ask
from tests.client_styles import STYLES, reply
from tests.stopwatch import Stopwatch

OURS = (
    b"From: Aroha <aroha@school.example>\r\nTo: english@lists.example.nz\r\nSubject: Running records\r\n"
    b"Reply-To: English <english+abc@lists.example.nz>\r\nMessage-ID: <1@school.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Kia ora koutou,\r\nThanks for last week. Please follow the link and tell me how you keep running records.\r\n"
)


def mail(text: str, subject: str = "Re: Running records", author: str = "Mere Tāmati <mere@school.example>") -> Message:
    head = f"From: {author}\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parse((head + text.replace("\n", "\r\n")).encode())


WISHES = {
    "follow": Ask.FOLLOW,
    "Follow.": Ask.FOLLOW,
    "Please follow this conversation": Ask.FOLLOW,
    "Whāia": Ask.FOLLOW,
    "whai": Ask.FOLLOW,
    "mute": Ask.MUTE,
    "Mute please": Ask.MUTE,
    "unfollow": Ask.MUTE,
    "whakangū": Ask.MUTE,
    "Whakanguu": Ask.MUTE,
    "whakangu": Ask.MUTE,
    "unsubscribe me": Ask.LEAVE,
    "Please remove me from this mailing list": Ask.LEAVE,
    "Please take me off the list.": Ask.LEAVE,
    "wehe": Ask.LEAVE,
    "withdraw": Ask.WITHDRAW,
    "Please withdraw my post": Ask.WITHDRAW,
    "take it back": Ask.WITHDRAW,
    "Hi Aroha,\n\nmute\n\nNgā mihi,\nMere": Ask.MUTE,
    "Tēnā koutou\nfollow\n-- \nMere Tāmati\nReremoana School": Ask.FOLLOW,
}


@pytest.mark.parametrize(
    "text", ["subscribe", "Please subscribe me to the list", "Kia ora\n\nSubscribe please.\n\nMere"]
)
def test_who_writes_subscribe_to_the_group_wants_to_join(text: str) -> None:
    assert ask_of(mail(text, subject="")) is Ask.JOIN
    assert ask_of(mail("", subject="Subscribe")) is Ask.JOIN
    assert ask_of(mail(text)) is Ask.NOTHING  # who answers somebody says it to her


@pytest.mark.parametrize(("text", "subject"), [("Subscribe!", "Our magazine"), ("", "Subscribe")])
def test_who_sends_a_file_with_the_word_subscribe_wants_the_group_to_read_it(text: str, subject: str) -> None:
    octets = (
        f"From: Mere <mere@school.example>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        "--b\r\nContent-Type: application/pdf; name=term4.pdf\r\n\r\nPDF\r\n--b--\r\n"
    ).encode()
    assert ask_of(parse(octets)) is Ask.NOTHING
    assert ask_of(parse(octets.replace(b"application/pdf; name=term4.pdf", b"text/html"))) is Ask.JOIN


@pytest.mark.parametrize(
    "text", ["How do I subscribe?", "Please subscribe to the Listener", "subscribe to this: it is good"]
)
def test_who_speaks_of_subscribing_does_not(text: str) -> None:
    assert ask_of(mail(text, subject="Magazines")) is Ask.NOTHING


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_is_understood(text: str) -> None:
    assert ask_of(mail(text)) is WISHES[text]


@pytest.mark.parametrize(
    "text",
    [
        "I follow what you say, but we mute the phones.",
        "follow\n\nI agree with Aroha about the records.",
        "Follow me?",
        "mute or not?",
        "Unsubscribe rates went up, has anybody else seen that.",
        "Please remove the second link, it is broken",
        "take the bus",
        "remove",
        "delete",
        "Leave them alone, they are fine",
        "We withdraw children from class for this.",
        "",
        "Ngā mihi",
        "Kia ora",
    ],
)
def test_what_says_more_is_a_post(text: str) -> None:
    assert ask_of(mail(text)) is Ask.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you so much Aroha!",
        "Kia ora Aroha,\nThanks heaps for sharing this great resource.\nMere",
        "Thanks everyone\n\nNgā mihi nui,\nMere",
        "Tino pai, thanks",
        "Whakawhetai koe",
    ],
)
def test_a_short_thanks_is_one(text: str) -> None:
    assert ask_of(mail(text)) is Ask.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, but where do I find it?",
        "Thanks. It is at https://school.example/records",
        "Thanks, I disagree.",
        "Thanks. Disagree.",
        "Thanks for sharing. We do the same with Year 3.",
        "Thanks\nCan I have the second part too",
        "Thanks, see you on 12 May",
        "Ngā mihi nui\nMere",
    ],
)
def test_a_thanks_that_says_more_is_a_post(text: str) -> None:
    assert ask_of(mail(text)) is Ask.NOTHING


def test_a_thanks_with_a_file_is_a_post() -> None:
    octets = (
        b'From: Mere <mere@school.example>\r\nSubject: Re: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nThanks!\r\n--b\r\nContent-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="a.pdf"\r\n\r\nx\r\n--b--\r\n'
    )
    assert ask_of(parse(octets)) is Ask.NOTHING


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("own", "wanted"), [("mute", Ask.MUTE), ("follow", Ask.FOLLOW), ("Thanks!", Ask.THANKS)])
def test_every_mail_program_can_say_it(style: str, own: str, wanted: Ask) -> None:
    assert ask_of(parse(reply(OURS, own, style, author="Mere Tāmati <mere@school.example>"))) is wanted


@pytest.mark.parametrize("style", STYLES)
def test_in_every_mail_program_an_answer_is_a_post(style: str) -> None:
    own = "We keep them in a shared folder, and follow up in week 6."
    assert ask_of(parse(reply(OURS, own, style, author="Mere Tāmati <mere@school.example>"))) is Ask.NOTHING


def test_html_alone_says_it_too() -> None:
    octets = b"From: a@x.example\r\nSubject: Re: x\r\nContent-Type: text/html\r\n\r\n" + (
        b"<html><head><style>p { margin: 0 }</style></head><body><div>mute</div><div><br></div></body></html>"
    )
    assert ask_of(parse(octets)) is Ask.MUTE


def test_unsubscribe_as_the_subject_of_an_empty_mail() -> None:
    assert ask_of(mail("", subject="unsubscribe")) is Ask.LEAVE
    assert ask_of(mail("", subject="Re: unsubscribe")) is Ask.NOTHING
    assert ask_of(mail("How do people unsubscribe their pupils from it", subject="unsubscribe")) is Ask.NOTHING


def test_an_ordinary_post_costs_little() -> None:
    text = "We keep our records in a folder that everybody in the team can open and change.\n" * 400
    messages = [mail(text) for _ in range(50)]
    for message in messages:
        _ = message.root
    with Stopwatch() as watch:
        assert all(ask_of(message) is Ask.NOTHING for message in messages)
    assert watch.seconds / len(messages) < 0.002


@pytest.mark.parametrize(
    "text",
    ["Can you unsubscribe me please?", "How do I unsubscribe?", "Could someone please remove me from this list?"],
)
def test_a_wish_to_leave_may_be_a_question(text: str) -> None:
    assert ask_of(mail(text)) is Ask.LEAVE


@pytest.mark.parametrize("text", ["Can we leave this?", "Can you remove the second link?", "How do you take the roll?"])
def test_these_questions_are_for_the_group(text: str) -> None:
    assert ask_of(mail(text)) is Ask.NOTHING


def test_outlooks_recall_takes_a_post_back_and_a_teacher_who_recalls_does_not() -> None:
    said = 'Tāmati, Mere would like to recall the message, "Trip to the marae".'
    assert ask_of(mail(said, "Recall: Trip to the marae")) is Ask.WITHDRAW
    assert ask_of(mail("I recall that Aroha had a list of them.", "Recall: Trip to the marae")) is Ask.NOTHING
    assert ask_of(mail(said, "Re: Trip to the marae")) is Ask.NOTHING
