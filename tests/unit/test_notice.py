"""Our own notices as a person and a machine read them."""

from __future__ import annotations

import email
import email.policy

import pytest

from listserv.mail.notice import Notice, compose_notice
from listserv.resources import environment
from tests.copies import mail_list
from tests.store_site import NOW


def composed(template: str, **values: str) -> email.message.EmailMessage:
    notice = Notice(template, mail_list(), "Mere Tāmati", "mere@school.example", "one@school.example", values=values)
    octets = compose_notice(environment(), notice, NOW)
    assert octets == compose_notice(environment(), notice, NOW)
    return email.message_from_bytes(octets, policy=email.policy.default)


@pytest.mark.parametrize("template", ["email/rejected.txt", "email/undelivered.txt"])
def test_a_notice_is_marked_so_that_no_machine_answers(template: str) -> None:
    message = composed(template, subject="Rōpū", reason="")
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["To"] == "Mere Tāmati <mere@school.example>"
    assert message["In-Reply-To"] == "<one@school.example>"
    assert message["From"].addresses[0].addr_spec == "english-owner@lists.example.nz"


@pytest.mark.parametrize("template", ["email/rejected.txt", "email/undelivered.txt"])
@pytest.mark.parametrize("reason", ["", "It names a child."])
def test_paragraphs_stand_apart_by_one_blank_line(template: str, reason: str) -> None:
    text = composed(template, subject="Rōpū", reason=reason).get_content().replace("\r\n", "\n")
    assert "Kia ora Mere Tāmati," in text
    assert "\n\n\n" not in text
    paragraphs = text.strip().split("\n\n")
    assert len(paragraphs) == 3 + (bool(reason) and "rejected" in template)
    assert all("\n" not in paragraph for paragraph in paragraphs)


def test_the_moderators_words_arrive_as_they_are() -> None:
    reason = "{{ 7 * 7 }} <b>ngā</b> mihi\nnaku noa"
    assert "{{ 7 * 7 }} <b>ngā</b> mihi" in composed("email/rejected.txt", subject="x", reason=reason).get_content()
