"""The weekly update as a draft: sent a school day before, changed by reply, shown back, and what then goes out."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.mail_room import Room, fill, words
from tests.service import Service

MONDAY, THURSDAY = "2026-11-23T10:00+13:00", "2026-11-26T15:00:05+13:00"
FRIDAY, HOLIDAYS = "2026-11-27T16:00:05+13:00", "2026-12-24T15:00:05+13:00"
ROOMS = 8
NOTE, STOP, PARTS, TWO, SILENT, PRAISE, LATE, OK = range(ROOMS)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": MONDAY}) as made:
        fill(made, ROOMS)
        with contextlib.closing(sqlite3.connect(made.folder / "listserv.db")) as database:
            database.execute("UPDATE subscription SET digest = 'weekly', delivery = 'none'")
            database.commit()
        made.run("member", "set", f"g{TWO}", f"jo@school{TWO}.example", "--role", "owner", "--role", "facilitator")
        made.start()
        for number in range(ROOMS):
            group = room(made, number, MONDAY)
            group.write(group.mere, group.group, "Running records", "Has anybody found a way to keep them on a tablet?")
            group.write(group.jo, group.group, "Camp forms", "The forms are in the office.")
        yield made


def room(service: Service, number: int, at: str) -> Room:
    moment = datetime.fromisoformat(at)
    made = Room(service, number, moment - datetime.now().astimezone() + timedelta(minutes=5))
    made._sent = 100 * moment.toordinal()  # or its Message-IDs began anew
    return made


def draft(group: Room, whose: str) -> EmailMessage:
    return group.the(whose, f"{group.title}: draft of the update for Friday 27 November")


def said_back(group: Room, whose: str) -> str:
    return words(group.mails(whose, "the update")[-1])


def update(group: Room, reader: str = "") -> str:
    """The update as Mere reads it."""
    return words(group.mails(reader or group.mere, "Week 7")[-1])


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_draft_goes_a_school_day_before_in_working_hours(service: Service) -> None:
    assert "draft" not in service.run("tick", "--now", "2026-11-26T14:59+13:00")
    service.move_clock(THURSDAY)
    service.run("tick")
    group = room(service, NOTE, THURSDAY)
    group.settle()
    shown = text(draft(group, group.aroha))
    assert "[1] Running records" in shown and "[2] Camp forms" in shown and "[3] Still waiting for an answer" in shown
    assert "The forms are in the office." in shown and "Friday 27 November at 16:00" in " ".join(shown.split())
    assert group.mails(group.mere, "draft") == [] and group.mails(group.jo, "draft") == []
    service.run("tick", "--now", "2026-11-26T15:30+13:00")
    assert len(group.mails(group.aroha, "draft")) == 1


def test_a_note_by_reply_is_shown_back(service: Service) -> None:
    group = room(service, NOTE, THURSDAY)
    group.reply(group.aroha, draft(group, group.aroha), "Note:\nKia ora koutou, what a week!\nEnd\n\nNgā mihi\nAroha")
    told = said_back(group, group.aroha)
    assert "At the top, from Aroha Ngata: Kia ora koutou, what a week!" in told and "reply: stop" in told
    group.reply(group.aroha, group.question(group.aroha), "Thanks, looks great!")
    assert "Kia ora koutou, what a week!" in said_back(group, group.aroha)


def test_stop_takes_it_back(service: Service) -> None:
    group = room(service, STOP, THURSDAY)
    group.reply(group.aroha, draft(group, group.aroha), "Kupu: He wiki pai tēnei.\nMutu\ndrop 2")
    assert "He wiki pai tēnei." in said_back(group, group.aroha)
    group.reply(group.aroha, group.question(group.aroha), "Stop")
    told = said_back(group, group.aroha)
    assert "He wiki pai tēnei." not in told and "as it stands in the draft" in told


def test_parts_are_dropped_and_replaced(service: Service) -> None:
    group = room(service, PARTS, THURSDAY)
    group.reply(
        group.aroha, draft(group, group.aroha), "drop 2\n\n[3]\nMere would love to hear from you.\nEnd\n\n1: No!"
    )
    told = said_back(group, group.aroha)
    assert "Told in one line: [2] Camp forms" in told and "Mere would love to hear from you." in told
    assert "Not changed: [1] Running records" in told


def test_two_facilitators_share_it(service: Service) -> None:
    group = room(service, TWO, THURSDAY)
    assert "Aroha Ngata got this draft as well" in words(draft(group, group.jo))
    group.reply(group.aroha, draft(group, group.aroha), "Note: From Aroha with love.")
    assert "has looked at the update" in str(group.mails(group.jo)[-1]["Subject"])
    group.reply(group.jo, group.question(group.jo), "Note: And from Jo.\n\ndrop 2")
    both = "Kia ora Aroha Ngata, Jo Smith"
    assert words(group.mails(group.aroha)[-1]).startswith(both)
    assert "From Aroha with love. And from Jo." in said_back(group, group.jo)


def test_praise_and_what_nobody_understands_change_nothing(service: Service) -> None:
    group = room(service, PRAISE, THURSDAY)
    group.reply(group.aroha, draft(group, group.aroha), "Looks great, Jane")
    assert "as a kind word" in said_back(group, group.aroha)
    group.reply(group.aroha, draft(group, group.aroha), "Could you move the camp forms up a bit?")
    told = words(group.mails(group.aroha)[-1])
    assert "nothing is changed" in told and "Could you move the camp forms up a bit?" in told


def test_ok_releases_it(service: Service) -> None:
    group = room(service, OK, THURSDAY)
    group.reply(group.aroha, draft(group, group.aroha), "Āe")
    assert "Said to be fine by Aroha Ngata." in said_back(group, group.aroha)


def test_what_goes_out_on_friday(service: Service) -> None:
    service.move_clock(FRIDAY)
    service.run("tick")
    groups = [room(service, number, FRIDAY) for number in range(ROOMS)]
    groups[0].settle()
    told = {number: update(group) for number, group in enumerate(groups)}
    assert "From Aroha Ngata Kia ora koutou, what a week!" in told[NOTE]
    assert "From Aroha Ngata and Jo Smith" in told[TWO] and "From Aroha with love. And from Jo." in told[TWO]
    assert "Mere would love to hear from you." in told[PARTS] and "asked on" not in told[PARTS]
    for number in (PARTS, TWO):
        assert "The forms are in the office." not in told[number] and "Camp forms" in told[number]
    for number in (STOP, SILENT, PRAISE, OK):
        assert "The forms are in the office." in told[number] and "asked on Mon 23 November" in told[number]
        for strange in ("He wiki pai", "Jane", "move the camp", "From Aroha"):
            assert strange not in told[number]


def test_a_reply_after_that_changes_nothing_and_says_so(service: Service) -> None:
    group = room(service, LATE, FRIDAY)
    group.reply(group.aroha, draft(group, group.aroha), "Note: Too late?")
    told = words(group.the(group.aroha, "has gone out already"))
    assert "changed nothing" in told and group.group in told
    assert "Too late?" not in update(group)


def test_in_the_holidays_there_is_none(service: Service) -> None:
    assert "draft" in service.run("tick", "--now", "2026-12-17T15:00:05+13:00")
    assert "draft" not in service.run("tick", "--now", HOLIDAYS)
