"""Somebody's words without who she is."""

from __future__ import annotations

import pytest

from listserv.inbound.moderators.nameless import Nameless, of_forward, of_post
from listserv.mail.parse import parse

POST = """\
From: Hinemoa Tāmati <h.tamati@reremoana.school.example>
Reply-To: Hinemoa at home <hinemoa73@home.example>
To: english@lists.example.nz
Subject: Re: A question of Hinemoa's
Message-ID: <1@reremoana.school.example>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Kia ora koutou,

A parent of mine reads every mail. I am Hinemoa from room 5 (hinemoa73@home.example, 021 555 0123).
What would you say to her? Maaori, Māori: both are fine. HINEMOA TAMATI signs nothing.

Ngā mihi nui,
Hinemoa Taamati
"""
WORDS = """\
A parent reads every mail. I am hinemoa tāmati, call 021 555 0123 or write to hinemoa73@home.example.
What would you say to her?

Ngā mihi
Hinemoa"""


def without_a_trace(found: Nameless) -> None:
    said = (found.subject + found.text).lower()
    for trace in ("hinemoa", "tamati", "tāmati", "taamati", "@", "555"):
        assert trace not in said
    assert "What would you say to her?" in found.text


def forwarded(top: str) -> bytes:
    head = (
        "From: Rāhera Paki <rahera@school.example>\r\nTo: english-moderate+abc@lists.example.nz\r\n"
        "Subject: Fwd: A parent of Hinemoa's\r\nMessage-ID: <2@school.example>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + f"post anonymously\n\n{top}").replace("\r\n", "\n").encode()


def test_a_posts_words_lose_its_author() -> None:
    found = of_post(parse(POST.encode()))
    without_a_trace(found)
    assert found.subject == "Re: A question of …'s"
    assert "Maaori, Māori" in found.text
    assert found.text.endswith("signs nothing.")


STYLES = {
    "gmail": (
        "---------- Forwarded message ---------\nFrom: Hinemoa Tāmati <h.tamati@reremoana.school.example>\n"
        "Date: Mon, 16 Nov 2026 at 21:00\nSubject: A parent\nTo: Rāhera Paki <rahera@school.example>\n\n\n" + WORDS
    ),
    "outlook": (
        "________________________________\nFrom: Hinemoa Tāmati <h.tamati@reremoana.school.example>\n"
        "Sent: Monday, 16 November 2026 9:00 PM\nTo: Rāhera Paki <rahera@school.example>\nSubject: A parent\n\n" + WORDS
    ),
    "apple": (
        "> Begin forwarded message:\n> \n> From: Hinemoa Tāmati <h.tamati@reremoana.school.example>\n"
        "> Subject: A parent\n> Date: 16 November 2026 at 9:00:00 PM NZDT\n> To: Rāhera <rahera@school.example>\n> \n> "
        + WORDS.replace("\n", "\n> ")
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_a_forwarded_mail_loses_its_author(style: str) -> None:
    found = of_forward(parse(forwarded(STYLES[style])))
    without_a_trace(found)
    assert "Rāhera" not in found.text
    assert found.subject == "A parent"


def test_an_attached_mail_loses_its_author() -> None:
    octets = (
        b"From: rahera@school.example\nSubject: Fwd: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: text/plain\n\npost anonymously\n--b\nContent-Type: message/rfc822\n\n"
        + POST.encode()
        + b"\n--b--\n"
    )
    without_a_trace(of_forward(parse(octets)))


def test_without_a_named_author_nothing_is_passed_on() -> None:
    assert of_forward(parse(forwarded("Some words without any header above them"))).text == ""


def test_a_name_that_is_a_word_stays_one() -> None:
    octets = (
        b"From: Will Grace <w@school.example>\nSubject: x\n\nThis will do, with some grace.\nAsk Will, WILL.\n\nWill\n"
    )
    assert of_post(parse(octets)).text == "This will do, with some grace.\nAsk …, …."
