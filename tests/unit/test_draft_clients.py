"""Replies to a real draft from every mail program we know: what is said above it, and what is changed inside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from listserv.digest.drafts import parts_of
from listserv.digest.items import wrapped
from listserv.inbound.drafting.reading import Wishes, read_reply
from listserv.mail.notice import Notice, compose_notice
from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.resources import environment
from tests.client_styles import STYLES, delivered_text, reply
from tests.copies import mail_list
from tests.editions import AROUND, RECORDS, SENT_AT, THANKED, edition

TEMPLATES = environment(None)
DATE = "Fri 27 November"


def parts(language: str) -> Any:
    return parts_of(TEMPLATES, edition(RECORDS, THANKED, around=AROUND, language=language))


def draft(language: str, other: str = DATE) -> bytes:
    """The draft's octets; with another date in it."""
    shown = [replace(each, text=each.text.replace(DATE, other)) for each in parts(language)]
    values: dict[str, Any] = {"parts": shown, "buddies": ["Jo"], "wrapped": wrapped, "day": "Friday 20 November"}
    values |= {"hour": "16:00", "term": None}
    notice = Notice(
        "email/draft.txt",
        mail_list(),
        "Aroha",
        "a@school.example",
        answers_to="english-confirm+abc@lists.example.nz",
        language=language,
        values=values,
    )
    return compose_notice(TEMPLATES, notice, SENT_AT)


def wishes(octets: bytes, language: str) -> Wishes:
    found = body(parse(octets))
    own = split_own(found.text, found.html, ()).own
    return read_reply(own, found.text, [each.part for each in parts(language)])


@pytest.mark.parametrize("language", ["en", "mi"])
@pytest.mark.parametrize("style", sorted(STYLES))
def test_an_ok_above_the_quoted_draft_is_nothing_else(style: str, language: str) -> None:
    read = wishes(reply(draft(language), "ok", style, author="Aroha <a@school.example>"), language)
    assert (read.ok, read.note, read.drops, read.edits, read.refused) == (True, "", (), (), ())


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_note_above_the_quoted_draft_is_the_note(style: str) -> None:
    text = "Note:\nKia ora koutou, a full week.\nEnd\n\ndrop 2"
    read = wishes(reply(draft("en"), text, style, author="Aroha <a@school.example>"), "en")
    assert (read.note, read.drops, read.edits, read.refused) == ("Kia ora koutou, a full week.", (2,), (), ())


@pytest.mark.parametrize("style", sorted(STYLES))
def test_words_changed_in_the_quoted_draft_are_found_where_it_is_quoted(style: str) -> None:
    ours = draft("en")
    text = delivered_text(ours)
    assert text.count(DATE) == 1
    octets = reply(ours, "Kia ora", style, author="Aroha <a@school.example>")
    if DATE not in body(parse(octets)).text:
        pytest.skip("this program quotes nothing")
    edited = reply(draft("en", "Mon 30 November"), "Kia ora", style, author="Aroha <a@school.example>")
    read = wishes(edited, "en")
    ((number, words),) = read.edits
    assert "Mon 30 November" in words and not (read.refused or read.note or read.drops)
    assert next(each.part.title for each in parts("en") if each.part.number == number) == "Dates to be aware of"
