"""A moderator's reply is an order only when it is plainly one; fifty others are asked back."""

from __future__ import annotations

from datetime import date

import pytest

from listserv.inbound.moderators.orders import Act, Order, read_order
from listserv.mail.parse import parse
from listserv.resources import translations
from tests.client_styles import STYLES, reply

TODAY = date(2026, 11, 16)
OURS = (
    "From: English Online <english-owner@lists.example.nz>\r\nReply-To: english-moderate+abc@lists.example.nz\r\n"
    "To: rahera@school.example\r\nSubject: Waiting for you: Running records\r\nMessage-ID: <1@lists.example.nz>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nKia ora Rāhera,\r\n\r\n"
    "Aroha Ngata <aroha@school.example> wrote to English Online:\r\n\r\nSubject: Running records\r\n\r\n"
    "Does anybody have one?\r\nyes\r\n\r\nReply with one of these:\r\n\r\n  yes\r\n  discard\r\n  reject: REASON\r\n"
).encode()

ORDERS = {
    "yes": Order(Act.APPROVE),
    "Yes.": Order(Act.APPROVE),
    "YES!": Order(Act.APPROVE),
    "approve": Order(Act.APPROVE),
    "Approve": Order(Act.APPROVE),
    "Approved.": Order(Act.APPROVE),
    "Kia ora\n\nYes please": Order(Act.APPROVE),
    "Hi Mere,\nreject: it names a child": Order(Act.REJECT, "it names a child"),
    "Rejected": Order(Act.REJECT),
    "Yes 👍": Order(Act.APPROVE),
    "OK! 😊": Order(Act.APPROVE),
    "Yes please 🙏🏽": Order(Act.APPROVE),
    "No thanks 🙂": Order(Act.REJECT),
    "āe": Order(Act.APPROVE),
    "Ae": Order(Act.APPROVE),
    "aae": Order(Act.APPROVE),
    "whakaae": Order(Act.APPROVE),
    "quietly": Order(Act.QUIETLY),
    "Yes, quietly": Order(Act.QUIETLY),
    "mārire": Order(Act.QUIETLY),
    "no": Order(Act.REJECT),
    "Kāo": Order(Act.REJECT),
    "reject": Order(Act.REJECT),
    "reject: off-topic": Order(Act.REJECT, "off-topic"),
    "Reject: it names a child": Order(Act.REJECT, "it names a child"),
    "whakakāhore: kua tuhia kētia": Order(Act.REJECT, "kua tuhia kētia"),
    "reject: too long,\nplease cut it": Order(Act.REJECT, "too long, please cut it"),
    "discard": Order(Act.DISCARD),
    "makaia": Order(Act.DISCARD),
    "ban": Order(Act.BAN),
    "post anonymously": Order(Act.ANONYMOUS),
    "Hold everything!": Order(Act.HOLD_ALL),
    "puritia te katoa": Order(Act.HOLD_ALL),
    "release": Order(Act.RELEASE),
    "hold this thread": Order(Act.HOLD_THREAD),
    "lock this conversation": Order(Act.LOCK_THREAD),
    "hold this member until 1 December": Order(Act.HOLD_MEMBER, until=date(2026, 12, 1)),
    "hold aroha@school.example until 1/12/2026": Order(
        Act.HOLD_MEMBER, until=date(2026, 12, 1), address="aroha@school.example"
    ),
    "puritia tēnei mema ki te 1 Hakihea": Order(Act.HOLD_MEMBER, until=date(2026, 12, 1)),
    "unban aroha@school.example": Order(Act.UNBAN, address="aroha@school.example"),
    "Whakakorea te aukati i <aroha@school.example>": Order(Act.UNBAN, address="aroha@school.example"),
    "release this member": Order(Act.FREE_MEMBER),
    "release aroha@school.example": Order(Act.FREE_MEMBER, address="aroha@school.example"),
}

ASKED_BACK = (
    "no problem, approve",
    "yeah nah",
    "yes but take out her number",
    "nah yeah",
    "yes?",
    "no worries",
    "no problem",
    "not sure",
    "Yes, but only after Friday",
    "yes once she takes the name out",
    "yes and no",
    "yes/no",
    "approve or not?",
    "approved by whom?",
    "I would approve",
    "please approve",
    "do not approve",
    "don't approve",
    "no, approve",
    "yes, discard",
    "approve, then ban her",
    "reject?",
    "reject this one and approve the other",
    "reject - off topic",
    "reject",  # with a condition under it, see below
    "discard?",
    "ban the word",
    "ban aroha",
    "banned",
    "unban",
    "unban aroha",
    "unban aroha@school.example tomorrow",
    "hold on",
    "hold",
    "hold this",
    "hold this member",
    "hold this member until soon",
    "hold this member until 31 February",
    "hold everything?",
    "release the hounds",
    "lock",
    "lock this thread tomorrow",
    "Kia ora",
    "Kia ora, āe",
    "Kia ora\n\nyes but take out her number",
    "āe pea",
    "āe, engari tangohia te ingoa",
    "kāo, tukuna",
    "kāore au i te mōhio",
    "aua",
    "taihoa",
    "he pai tēnei",
    "whakaae ki te aha?",
    "tukuna",
    "I am away until Monday.",
    "👍",
    "yes 🤔",
    "yes ❓",
    "y/n",
    "yes yes no",
)


def read(own: str, style: str = "gmail") -> Order | None:
    return read_order(parse(reply(OURS, own, style, author="Rāhera <rahera@school.example>")), TODAY)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("own", ORDERS)
def test_an_order_is_read_in_every_style(own: str, style: str) -> None:
    assert read(own, style) == ORDERS[own]


OFFERED = (
    "yes, quietly, reject: REASON, no, discard, ban, hold this thread, lock this thread, open this thread,"
    " hold this member until 1 December, release this member, hold everything, release, waiting"
)


@pytest.mark.parametrize("words", OFFERED.split(", "))
def test_the_words_our_mails_offer_are_understood_in_either_language(words: str) -> None:
    offered = translations("mi").gettext(words)
    assert offered != words
    english, maori = order_of_reply(words), order_of_reply(offered)
    assert english is not None and maori is not None
    assert (english.act, english.until) == (maori.act, maori.until)


def order_of_reply(words: str) -> Order | None:
    return read(words, "iphone")


@pytest.mark.parametrize("own", ASKED_BACK)
def test_anything_else_is_asked_back(own: str) -> None:
    assert read("reject\nbut let me ask her first" if own == "reject" else own) is None


def test_there_are_fifty_of_them() -> None:
    assert len(set(ASKED_BACK)) >= 50


@pytest.mark.parametrize(
    "own",
    [
        "yes\nbut take out her number",
        "yes\n\nBut please take out her number first.",
        "Yes,\ntake out the number",
        "discard\nif she does not answer",
        "no\nproblem at all",
        "āe\n\nEngari tangohia te nama.",
    ],
)
def test_a_condition_under_an_order_is_asked_back(own: str) -> None:
    assert read(own) is None
    assert read(own, "outlook_desktop") is None


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_without_words_is_asked_back(style: str) -> None:
    assert read("", style) is None


@pytest.mark.parametrize(
    "footer",
    [
        "This email is confidential. If you are not the intended recipient, delete it.",
        "Please think of the trees first before printing this.",
        "Any views are only those of the sender and not those of the Board of Trustees unless it says so here, "
        "and if anything in this message was changed on its way to you, neither the school nor its principal, staff or "
        "trustees answer for it in any way; do remove it at once.",
    ],
)
def test_a_schools_footer_is_no_condition(footer: str) -> None:
    assert read(f"yes\n\nRāhera Paki\nDeputy Principal\n\n{footer}", "outlook_web") == Order(Act.APPROVE)
    assert read(f"yes\n\n{footer}") == Order(Act.APPROVE)


def test_a_name_and_a_greeting_under_an_order_are_none() -> None:
    assert read("yes\n\nNgā mihi,\nRāhera") == Order(Act.APPROVE)
    assert read("discard\nThanks\nRāhera Paki") == Order(Act.DISCARD)
