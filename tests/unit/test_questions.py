"""Which posts ask something, and which questions nobody has answered, in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from listserv.inbound.indexing import derive
from listserv.mail.text.question import asks
from listserv.model.lists import MailList
from listserv.store.archive import posts_without_text
from listserv.store.engine import Connection
from listserv.store.questions import unanswered
from listserv.store.schema import posts, threads
from listserv.store.search import index_new
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

SOON = "Mon, 16 Nov 2026 21:30:00 +1300"
LATER = NOW + timedelta(days=3)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with made(database_url) as database, database.begin() as connection:
        yield connection


@pytest.mark.parametrize(
    "own",
    [
        "Has anybody found a way to keep them on a tablet?",
        "Does anyone have the 2025 exemplars",
        "Kia ora, I am looking for ideas for Matariki.",
        "He pātai tāku: kei hea ngā rauemi",
        "He paatai: kei a wai te pukapuka",
        "Me pēhea te whakaako i ngā tohutō",
        "Could someone share the form please",
        "Just wondering if the hui is still on",
        "Which edition do you use (the 2019 one?)",
        "What works for you, e hoa mā ?",
        "I'd love to hear how it went",
    ],
)
def test_it_asks(own: str) -> None:
    assert asks(own)


@pytest.mark.parametrize(
    "own",
    [
        "",
        "Thanks for sharing.",
        "See https://a.example/search?q=reading for the list",
        "Kia ora, how are you? The forms are in the office.",
        "Kei te pēhea koutou? Anei ngā rauemi.",
        "The forms are in the office.",
        "He rauemi hou tēnei.",
        "Great hui, right? See you next term.",
    ],
)
def test_it_does_not_ask(own: str) -> None:
    assert not asks(own)


def group(connection: Connection) -> MailList:
    mail_list = a_list(connection)
    for who in ("mere", "jo"):
        mail_list = a_member(connection, mail_list, f"{who}@school.example", name=who.title())
    return mail_list


def write(connection: Connection, mail_list: MailList, who: str, body: str, at: datetime = NOW, **fields: str) -> None:
    address = f"{who}@school.example"
    fields.setdefault("subject", body[:20])
    octets = a_post(address, fields.pop("subject"), body, **fields)
    assert judged(connection, mail_list, octets, at, return_path=address).post_id
    for row in posts_without_text(connection, 9):
        index_new(connection, [derive(connection, row)], at)


def subjects(connection: Connection, mail_list: MailList, until: datetime = LATER, waits: int = 2) -> list[str]:
    found = unanswered(connection, mail_list.id, until, until - timedelta(days=waits))
    return [question.subject for question in found]


def test_a_question_waits_until_somebody_else_answers(connection: Connection) -> None:
    mail_list = group(connection)
    write(connection, mail_list, "mere", "Does anyone know?", subject="A question", Message_ID="<a@school.example>")
    write(connection, mail_list, "jo", "Forms are in the office.", subject="News")
    (question,) = unanswered(connection, mail_list.id, LATER, LATER - timedelta(days=2))
    assert (question.subject, question.author, question.asked_at) == ("A question", "Mere", NOW)
    write(
        connection, mail_list, "mere", "Anybody?", subject="Re: A question", In_Reply_To="<a@school.example>", Date=SOON
    )
    assert subjects(connection, mail_list) == ["A question"]
    write(connection, mail_list, "jo", "Yes.", subject="Re: A question", In_Reply_To="<a@school.example>", Date=SOON)
    assert subjects(connection, mail_list) == []


def test_it_is_neither_too_young_nor_too_old(connection: Connection) -> None:
    mail_list = group(connection)
    write(connection, mail_list, "mere", "Does anyone know?", subject="A question")
    assert subjects(connection, mail_list, NOW + timedelta(days=1)) == []
    assert subjects(connection, mail_list, NOW + timedelta(days=29)) == ["A question"]
    assert subjects(connection, mail_list, NOW + timedelta(days=31)) == []


@pytest.mark.parametrize("change", [{"imported": True}, {"taken_down_at": NOW}])
def test_imported_and_taken_down_ones_are_none(connection: Connection, change: dict[str, object]) -> None:
    mail_list = group(connection)
    write(connection, mail_list, "mere", "Does anyone know?", subject="A question")
    connection.execute(update(posts).values(**change))
    assert subjects(connection, mail_list) == []


def test_in_a_locked_conversation_nobody_could_answer(connection: Connection) -> None:
    mail_list = group(connection)
    write(connection, mail_list, "mere", "Does anyone know?", subject="A question")
    connection.execute(update(threads).values(locked_at=NOW))
    assert subjects(connection, mail_list) == []


def test_an_answer_that_was_taken_down_is_none(connection: Connection) -> None:
    mail_list = group(connection)
    write(connection, mail_list, "mere", "Does anyone know?", subject="A question", Message_ID="<a@school.example>")
    write(connection, mail_list, "jo", "Yes.", subject="Re: A question", In_Reply_To="<a@school.example>", Date=SOON)
    connection.execute(update(posts).where(posts.c.is_reply).values(taken_down_at=NOW))
    assert subjects(connection, mail_list) == ["A question"]
