"""Which conversation of an update an answer means: in each mail program, below an item, above it, with it alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from listserv.digest.compose import compose_digest
from listserv.mail.parse import Message, parse
from listserv.mail.text.body import body
from listserv.mail.text.digest_quote import answered_thread, sections
from listserv.mail.token import verify_reply
from listserv.resources import environment
from tests.client_styles import STYLES, reply
from tests.editions import SAMPLES
from tests.inline_answers import above, below, trimmed

EDITION = SAMPLES["busy"]
OURS = compose_digest(environment(), EDITION, EDITION.period.sends_at)
TEXT = body(parse(OURS)).text
ME = "Hone Parata <hone@school.example>"
SAID = "We use a shared sheet for that and it works for all of our syndicates."
THREADS = [thread.id for thread in EDITION.threads]


def thread_of(address: str) -> int | None:
    token = re.search(r"\+([a-z2-7]{21})@", address)
    return verify_reply(EDITION.key, EDITION.mail_list.name, token[1]) if token else None


def meant(octets: bytes) -> int | None:
    message: Message = parse(octets)
    return answered_thread(message, parse(OURS), thread_of)


def _last_lines() -> list[tuple[int, str]]:
    """For each conversation the line its item ends with, and its thread."""
    found = []
    for section in sections(TEXT, thread_of):
        if section.thread_id is not None:
            lines = [line for line in section.text.split("\n") if line.startswith("  ") and len(line.split()) > 1]
            found.append((section.thread_id, lines[-1]))
    return found


def test_the_digest_is_cut_into_its_conversations() -> None:
    found = [section.thread_id for section in sections(TEXT, thread_of) if section.thread_id is not None]
    assert found == THREADS


def test_a_rule_that_a_member_drew_cuts_no_conversation() -> None:
    text = TEXT.replace("Kia ora koutou\n", f"Kia ora koutou\n  {'-' * 30}\n", 1)
    assert text != TEXT
    assert len(sections(text, thread_of)) == len(sections(TEXT, thread_of))


def test_an_address_in_the_words_of_a_post_does_not_name_its_conversation() -> None:
    addresses = re.findall(r"Reply: (\S+)", TEXT)
    other = f"  For the other one write to {addresses[1]} please."
    text = TEXT.replace("Kia ora koutou\n", f"Kia ora koutou\n{other}\n", 1)
    assert text != TEXT
    found = [section.thread_id for section in sections(text, thread_of) if section.thread_id is not None]
    assert found == THREADS


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("at", range(len(THREADS)))
def test_words_below_an_item_answer_it(style: str, at: int) -> None:
    thread, line = _last_lines()[at]
    assert meant(below(OURS, line, SAID, style, author=ME)) == thread


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("at", range(len(THREADS)))
def test_words_above_an_item_answer_it(style: str, at: int) -> None:
    thread, line = _last_lines()[at]
    assert meant(above(OURS, line, SAID, style, author=ME)) == thread


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("at", range(len(THREADS)))
def test_words_below_its_address_answer_it(style: str, at: int) -> None:
    address = re.findall(r"Reply: (\S+)", TEXT)[at]
    if at == len(THREADS) - 1 and style == "thunderbird":
        return  # its own words stand below the whole quotation: see the next test
    assert meant(below(OURS, address, SAID, style, author=ME)) == THREADS[at]


@pytest.mark.parametrize("style", STYLES)
def test_words_beside_a_whole_digest_mean_none(style: str) -> None:
    assert meant(reply(OURS, SAID, style, author=ME)) is None
    assert meant(reply(OURS, "Thank you, lovely", style, author=ME)) is None


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("at", range(len(THREADS)))
def test_one_item_quoted_alone_is_meant(style: str, at: int) -> None:
    thread, line = _last_lines()[at]
    assert meant(trimmed(OURS, line, line, SAID, style, author=ME)) == thread
    address = re.findall(r"Reply: (\S+)", TEXT)[at]
    assert meant(trimmed(OURS, address, address, SAID, style, author=ME)) == thread


def test_answers_in_two_conversations_mean_none() -> None:
    (_, first), (_, second) = _last_lines()[:2]
    text = "\n".join(
        line
        for each in TEXT.split("\n")
        for line in ([f"> {each}", "", SAID, ""] if each in (first, second) else [f"> {each}"])
    )
    head = f"From: {ME}\r\nSubject: Re: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    assert meant((head + text.replace("\n", "\r\n")).encode()) is None


def html_reply(page: str) -> bytes:
    block = (
        "<div id=divRplyFwdMsg><b>From:</b> English Online &lt;english-owner@lists.example.nz&gt;<br><b>Sent:</b> "
        "Monday, 16 November 2026 9:00 PM<br><b>To:</b> Hone<br><b>Subject:</b> English Online</div>"
    )
    head = f"From: {ME}\r\nSubject: Re: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return f"{head}<html><body>{block}{page}</body></html>".encode()


@pytest.mark.parametrize(
    "quoted", ["{}", '<blockquote type="cite">{}</blockquote>', '<div class="gmail_quote">{}</div>']
)
@pytest.mark.parametrize(
    ("line", "at"), [("Simple wins.</p>", 0), ("every class I have had.</p>", 1), ("School Journals, level 2?</p>", 3)]
)
def test_words_typed_into_the_quoted_html_answer_their_item(quoted: str, line: str, at: int) -> None:
    page = body(parse(OURS)).html or ""
    assert page.count(line) == 1
    assert meant(html_reply(quoted.format(page.replace(line, f"{line}<p>{SAID}</p>")))) == THREADS[at]
    assert meant(html_reply(f"<p>{SAID}</p>" + quoted.format(page))) is None


def test_an_update_of_one_conversation_needs_no_quotation() -> None:
    edition = replace(EDITION, threads=EDITION.threads[:1])
    octets = f"From: {ME}\r\nSubject: Re: x\r\n\r\nYes\r\n".encode()
    digest = parse(compose_digest(environment(), edition, edition.period.sends_at))
    assert answered_thread(parse(octets), digest, thread_of) == THREADS[0]
