"""Whatever facilitators reply to a draft: only words under a mark get into the update, and all are shown back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listserv.inbound.drafting.reading import read_reply
from listserv.model.digest import Note, Section
from listserv.model.draft import Part, fingerprint
from listserv.model.lists import Role
from listserv.store import tokens
from listserv.store.drafts import PURPOSE, draft_of, note_for, open_draft
from listserv.store.engine import Connection
from listserv.store.lists import get_list
from tests.mail_room import words
from tests.reception_site import MONDAY, Site, a_site
from tests.stopwatch import Stopwatch
from tests.store_site import DOMAIN, a_list, a_member

TEXTS = (
    ("Running records", "Mere: We stop doing them on paper.", 31, None),
    ("Camp forms", "Jo: Forms are in the office.", 32, None),
    ("Dates to be aware of", "- Fri 27 November: applications close", None, Section.DATES),
    ("Events", "- Wed 2 December: PLG hui", None, Section.EVENTS),
)
PARTS = tuple(
    Part(number, title, thread, section, fingerprint(f"{title}\n{text}"))
    for number, (title, text, thread, section) in enumerate(TEXTS, 1)
)
DRAFT = "\n\n".join([*(f"[{at}] {title}\n\n{text}" for at, (title, text, *_) in enumerate(TEXTS, 1)), "[end]"])
QUOTED = "\n".join(f"> {line}" for line in DRAFT.split("\n"))
MARKS = ["Note:", "Kupu: tēnā koutou", "End", "Mutu", "drop 1", "drop 3 and 4", "[3]", "4: hui", "2: no", "[1] x", "ok",
         "āe", "stop", "kati", "drop this", "[end]", "tangohia 2"]  # fmt: skip
TALK = ["Looks great, Jane", "Kia ora", "", "Could you move it?", "Ngā mihi", "no", "kāo", "Mere is away",
        "10:30 it is", "1. first", "drop them all", "noted", "the note is fine", "Thanks!", "> hm"]  # fmt: skip
STRANGE = st.text(max_size=30).map(lambda text: "".join(each for each in text if each not in "[:：\r\n"))
ORDINARY = st.lists(st.sampled_from(TALK) | STRANGE.filter(lambda line: "kupu" not in line.casefold()), max_size=9)
REPLIES = st.lists(st.sampled_from(MARKS) | st.sampled_from(TALK) | st.text(max_size=30), max_size=12)


@given(ORDINARY)
def test_without_a_mark_no_word_gets_into_the_update(lines: list[str]) -> None:
    own = "\n".join(line for line in lines if line.strip().casefold() not in ("note", "notes"))
    wishes = read_reply(own, f"{own}\n{QUOTED}", PARTS)
    assert not (wishes.note or wishes.edits)


@given(REPLIES, st.booleans())
def test_the_words_taken_are_the_replys_own(lines: list[str], quotes: bool) -> None:
    own = "\n".join(lines)
    wishes = read_reply(own, f"{own}\n{QUOTED}" if quotes else own, PARTS)
    known = set(" ".join(own.split()).split(" ")) | set(DRAFT.split())
    for text in (wishes.note, *(text for _, text in wishes.edits)):
        for word in text.split():
            assert any(word in each for each in known) or not word.isascii() or not word.isprintable()
    assert all(1 <= number <= 4 for number in wishes.drops)
    assert {number for number, _ in wishes.edits} <= {3, 4}


@pytest.mark.parametrize(
    "hostile",
    ["a" * 200_000, "drop 1 " * 28_000, "drop 1\n" * 28_000, "[1] " * 50_000, "[1] x\n" * 33_000, "> " * 99_000,
     " \n" * 99_000, "Note:" * 40_000, "Note: " + " " * 199_000, "-_*" * 66_000 + "x", "4: " + "<" * 199_000],
    ids=lambda text: text[:8].strip(),
)  # fmt: skip
def test_hostile_replies_take_no_time(hostile: str) -> None:
    with Stopwatch() as watch:
        read_reply(hostile, hostile, PARTS)
    assert watch.seconds < 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(tmp_path_factory.mktemp("site")) as made:
        with made.database.begin() as connection:
            mail_list = a_list(connection)
            for who in ("aroha", "jo"):
                address = f"{who}@school.example"
                options = {"name": who.title(), "granted": (Role.FACILITATOR,)}
                mail_list = a_member(connection, mail_list, address, **options)
        yield made


def opened(connection: Connection, key: str) -> str:
    """The answer address of Aroha's draft of that week."""
    mail_list = get_list(connection, f"english@{DOMAIN}")
    draft = open_draft(connection, mail_list.id, key, MONDAY + timedelta(days=4), PARTS, MONDAY)
    token = tokens.issue(connection, mail_list.id, PURPOSE, MONDAY, timedelta(days=9), person_id=1, object_id=draft.id)
    return f"english-confirm+{token}"


_weeks = iter(range(1, 1_000_000))


def test_the_site_takes_replies(site: Site) -> None:
    with site.database.begin() as connection:
        to = opened(connection, "first-week")
    site.send(to, "aroha@school.example", "Note: Kia ora koutou\r\n\r\ndrop 4")
    with site.database.read() as connection:
        note = note_for(connection, get_list(connection, f"english@{DOMAIN}").id, "first-week")
    assert note == Note("Kia ora koutou", ("Aroha",), (), ((Section.EVENTS, ""),))


def test_replies_that_change_nothing_are_answered_a_few_times_a_day(site: Site) -> None:
    with site.database.begin() as connection:
        to = opened(connection, "chatty-week")
    site.mails()
    for _ in range(8):
        site.send(to, "aroha@school.example", "What is this?")
    assert len(site.mails()) == 5
    site.send(to, "aroha@school.example", "Note: Kia ora")
    assert [mail["To"].addresses[0].username for mail in site.mails()] == ["aroha", "jo"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(replies=st.lists(REPLIES, min_size=1, max_size=3))
def test_nothing_is_in_the_update_that_was_not_shown_back(site: Site, replies: list[list[str]]) -> None:
    key = f"week-{next(_weeks)}"
    with site.database.begin() as connection:
        to = opened(connection, key)
    shown = ""
    for lines in replies:
        site.mails()
        text = "\r\n".join(lines).replace("\x00", "")
        assert site.send(to, "aroha@school.example", text).code == 250
        for mail in site.mails():  # replies that change nothing are not all answered
            if mail["To"].addresses[0].username == "aroha":
                shown = words(mail)
        with site.database.read() as connection:
            list_id = get_list(connection, f"english@{DOMAIN}").id
            draft = draft_of(connection, list_id, key)
            note = note_for(connection, list_id, key) or Note()
        for told in (note.text, *(text for _, text in note.edited)):
            assert " ".join(told.split()) in shown
        assert draft is not None
        for part in draft.parts:
            if part.thread_id in note.dropped or (part.section and note.words_for(part.section) == ""):
                assert f": [{part.number}] {part.title}" in shown
