"""What is meant for its author alone is never posted because of how a mail program wrote it."""

from __future__ import annotations

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.headed import headed
from listserv.model.case import Ask
from tests.client_styles import STYLES, reply
from tests.store_site import a_post

PROMPT = a_post(
    "Y3&4 <y34@lists.example.nz>",
    "What do you want to try?",
    "What do you want to try?\n\nTo answer for yourself alone, let it begin with a line that says only: journal",
)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize(
    "own", ["journal\n\nI doubt it.", "Journal:\nI doubt it.", "*Journal*\n\nNot yet.", "Rātaka\n\nKāore anō."]
)
def test_a_reply_headed_journal_is_one_in_every_mail_program(style: str, own: str) -> None:
    assert headed(parse(reply(PROMPT, own, style, author="dan@school.example"))) is Ask.JOURNAL


@pytest.mark.parametrize("style", sorted(STYLES))
def test_an_ordinary_reply_that_quotes_the_prompt_is_none(style: str) -> None:
    octets = reply(PROMPT, "I want to keep a reading journal with my class.", style, author="dan@school.example")
    assert headed(parse(octets)) is Ask.NOTHING


@pytest.mark.parametrize("style", sorted(STYLES))
def test_no_reminders_is_a_wish(style: str) -> None:
    octets = reply(PROMPT, "No reminders", style, author="dan@school.example")
    assert headed(parse(octets)) is Ask.REMINDERS


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("journal", "Only for me.", Ask.JOURNAL),
        ("Re: Journal: week 3", "Only for me.", Ask.JOURNAL),
        ("Journals for year 4", "Which ones do you use?", Ask.NOTHING),
        ("Re: What do you want to try?", "Journal writing every Friday, I think.", Ask.NOTHING),
        ("Re: What do you want to try?", "journal: I tried it and it failed.", Ask.JOURNAL),
        ("Hello", "I hear of no reminders at your school?\nHow do you do it?", Ask.NOTHING),
        ("Re: x", "no reminders\n\nMere", Ask.REMINDERS),
        ("Re: x", "Kāti ngā whakamaumahara", Ask.REMINDERS),
        ("", "", Ask.NOTHING),
    ],
)
def test_only_the_head_counts(subject: str, body: str, expected: Ask) -> None:
    assert headed(parse(a_post(subject=subject, body=body))) is expected
