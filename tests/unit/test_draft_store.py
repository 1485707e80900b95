"""A draft and what was said of it, kept and joined, in both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from listserv.model.digest import Note, Section
from listserv.model.draft import Draft, Part, Said, note_of
from listserv.model.lists import Role
from listserv.store.drafts import draft_by_id, draft_of, facilitators, keep_said, note_for, open_draft
from listserv.store.engine import Connection
from listserv.store.schema import drafts, persons, roles
from listserv.store.week_texts import rewrite_texts
from tests.store_site import NOW, a_list, a_member, made

PARTS = (
    Part(1, "Running records", thread_id=31, fingerprint="aa"),
    Part(2, "Pānui", thread_id=32, fingerprint="bb"),
    Part(3, "Dates to be aware of", section=Section.DATES, fingerprint="cc"),
    Part(4, "Events", section=Section.EVENTS, fingerprint="dd"),
)
WEEK = "2026-W47"
HOUR = timedelta(hours=1)
AROHA = Said(7, "Aroha", NOW, "Kia ora koutou.", (2,), ((3, "No dates."), (4, "Hui on Friday.")))
JO = Said(8, "Jo", NOW + HOUR, "Tēnā koutou.", (4,), ((3, "One date: Friday."),), ok=True)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with made(database_url) as database, database.begin() as connection:
        yield connection


def opened(connection: Connection) -> Draft:
    return open_draft(connection, a_list(connection).id, WEEK, NOW + 24 * HOUR, PARTS, NOW)


def test_two_facilitators_are_joined_and_a_drop_wins() -> None:
    assert note_of(PARTS, [AROHA, JO]) == Note(
        "Kia ora koutou.\n\nTēnā koutou.",
        ("Aroha", "Jo"),
        (32,),
        ((Section.DATES, "One date: Friday."), (Section.EVENTS, "")),
    )
    assert note_of(iter(PARTS), iter([JO, AROHA])).edited == (
        (Section.DATES, "One date: Friday."),
        (Section.EVENTS, ""),
    )


def test_what_was_said_is_kept_and_released(connection: Connection) -> None:
    draft = opened(connection)
    assert draft_of(connection, draft.list_id, WEEK) == draft
    assert note_for(connection, draft.list_id, WEEK) is None
    assert keep_said(connection, draft, [AROHA], NOW).released_at is None
    kept = keep_said(connection, draft, [AROHA, JO], NOW + HOUR)
    assert kept == draft_by_id(connection, draft.id, lock=True)
    assert kept.released_at == NOW + HOUR
    assert note_for(connection, draft.list_id, WEEK) == note_of(PARTS, [AROHA, JO])
    assert keep_said(connection, kept, [AROHA], NOW + HOUR).released_at is None


def test_an_ok_alone_is_no_note(connection: Connection) -> None:
    draft = opened(connection)
    keep_said(connection, draft, [Said(7, "Aroha", NOW, ok=True)], NOW)
    assert note_for(connection, draft.list_id, WEEK) is None
    assert note_for(connection, draft.list_id, "2026-W48") is None


def test_taken_down_words_are_gone_from_notes(connection: Connection) -> None:
    draft = opened(connection)
    keep_said(connection, draft, [Said(7, "Aroha", NOW, "Hēmi’s photo is lovely.")], NOW)
    rewrite_texts(connection, draft.list_id, lambda text: text.replace("Hēmi", "…"))
    note = note_for(connection, draft.list_id, WEEK)
    assert note is not None and note.text == "…’s photo is lovely."


@pytest.mark.parametrize("broken", ["", "[]", "{}", '{"parts": [[1]], "said": [], "goes_at": "x"}', "null"])
def test_what_cannot_be_read_changes_nothing(connection: Connection, broken: str) -> None:
    draft = opened(connection)
    connection.execute(update(drafts).values(answers=broken))
    assert note_for(connection, draft.list_id, WEEK) is None and draft_by_id(connection, draft.id) is None


def test_facilitators_are_the_groups_and_the_networks(connection: Connection) -> None:
    mail_list = a_list(connection)
    for who, held in (("mere", ()), ("aroha", (Role.FACILITATOR,)), ("jo", (Role.OWNER,))):
        mail_list = a_member(connection, mail_list, f"{who}@school.example", name=who.title(), granted=held)
    assert [each.name for each in facilitators(connection, mail_list)] == ["Aroha"]
    for each in connection.execute(persons.select().where(persons.c.name.in_(["Jo", "Aroha"]))):
        values = {"person_id": each.id, "network_id": mail_list.network_id, "role": Role.FACILITATOR.value}
        connection.execute(insert(roles).values(**values))
    assert [each.name for each in facilitators(connection, mail_list)] == ["Aroha", "Jo"]


def test_two_replies_at_once_are_both_kept(database_url: str) -> None:
    with made(database_url) as database:
        with database.begin() as connection:
            draft = opened(connection)

        def reply(said: Said) -> None:
            with database.begin() as connection:
                found = draft_by_id(connection, draft.id, lock=True)
                assert found is not None
                time.sleep(0.2)
                keep_said(connection, found, [*found.said, said], NOW)

        replies = [threading.Thread(target=reply, args=(said,)) for said in (AROHA, JO)]
        for each in replies:
            each.start()
        for each in replies:
            each.join()
        with database.read() as connection:
            kept = draft_by_id(connection, draft.id)
    assert kept is not None and {each.name for each in kept.said} == {"Aroha", "Jo"}
