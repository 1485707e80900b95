"""What a digest is told of a list: which posts, in which thread, with which words; who reads it in which language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import event

from listserv.digest.editions import compose_editions
from listserv.inbound.indexing import index_batch
from listserv.inbound.judging import judge
from listserv.inbound.posting import Arrival
from listserv.mail.parse import parse
from listserv.model.calendar import Period
from listserv.model.digest import ToldThread
from listserv.model.lists import DigestPeriod, MailList
from listserv.resources import environment
from listserv.store.digests import told_threads
from listserv.store.engine import Connection, Database
from listserv.store.people import add_member
from listserv.store.schema import persons
from listserv.store.writer import Writer
from tests.clockwork import SETTINGS
from tests.store_site import DOMAIN, NOW, a_list, a_member, a_post, made

HOUR = timedelta(hours=1)
WEEK = Period(DigestPeriod.WEEKLY, "2026-W47", NOW + 96 * HOUR, NOW, NOW + 96 * HOUR)
QUOTED = "Paper, I think.\n\nOn Mon, 16 Nov 2026 Mere wrote:\n> Kia ora koutou\n> Running records?"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with made(database_url) as database:
        yield database


def site(connection: Connection, **settings: Any) -> MailList:
    mail_list = a_list(connection, **settings)
    for name in ("mere", "wiremu"):
        mail_list = a_member(connection, mail_list, f"{name}@school.example", name=name.title(), delivery="none")
    return mail_list


def posted(connection: Connection, mail_list: MailList, octets: bytes, at: datetime) -> None:
    author = parse(octets).author
    arrival = Arrival(parse(octets), author.address if author else "", f"english@{DOMAIN}", at, at)
    assert judge(connection, mail_list, arrival, session=True, message_octets=10_000_000).post_id is not None


def first(**fields: str) -> bytes:
    return a_post("Mere <mere@school.example>", body="Kia ora koutou\nRunning records?", Message_ID="<1@x>", **fields)


def answer(body: str = QUOTED, number: int = 2) -> bytes:
    named = {"Message_ID": f"<{number}@x>", "In_Reply_To": "<1@x>"}
    return a_post("Wiremu <wiremu@school.example>", "Re: Running records", body, **named)


def told(connection: Connection, mail_list: MailList, since: datetime = NOW, hours: int = 96) -> list[ToldThread]:
    return told_threads(connection, mail_list.id, since, since + hours * HOUR)


def test_posts_come_by_thread_with_their_own_words(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        posted(connection, mail_list, first(), NOW)
        other = a_post("Mere <mere@school.example>", "Texts", "Which?", Message_ID="<9@x>")
        posted(connection, mail_list, other, NOW + HOUR)
        posted(connection, mail_list, answer(), NOW + 2 * HOUR)
        records, texts = told(connection, mail_list)
    assert (records.subject, texts.subject) == ("Running records", "Texts")
    assert [(post.author, post.own, post.quotes) for post in records.posts] == [
        ("Mere", "Kia ora koutou\nRunning records?", False),
        ("Wiremu", "Paper, I think.", True),
    ]
    assert not records.continued


def test_derived_text_and_text_derived_here_are_the_same(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        posted(connection, mail_list, first(), NOW)
        posted(connection, mail_list, answer(), NOW + HOUR)
        before = told(connection, mail_list)
    writer = Writer(database)
    try:
        assert index_batch(database, writer, NOW) == 2
    finally:
        writer.close()
    with database.read() as connection:
        assert told(connection, mail_list) == before


def test_the_end_of_the_time_belongs_to_the_next_one(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        posted(connection, mail_list, first(), NOW)
        posted(connection, mail_list, answer(), NOW + HOUR)
        (early,), (late,) = told(connection, mail_list, hours=1), told(connection, mail_list, NOW + HOUR)
    assert [post.author for post in early.posts] == ["Mere"]
    assert [post.author for post in late.posts] == ["Wiremu"]
    assert (early.continued, late.continued) == (False, True)
    assert early.public_id == late.public_id


def test_an_address_is_never_shown_as_a_name(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        posted(connection, mail_list, a_post('"mere@school.example" <mere@school.example>', Message_ID="<1@x>"), NOW)
        posted(connection, mail_list, a_post("wiremu@school.example", "Two", Message_ID="<2@x>"), NOW)
        connection.execute(persons.update().where(persons.c.name == "Wiremu").values(name="w@school.example"))
        names = [post.author for thread in told(connection, mail_list) for post in thread.posts]
    assert names == ["Mere", ""]


def test_a_picture_alone_says_so_and_is_measured(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        picture = a_post(
            "Mere <mere@school.example>",
            body="/9j/4AAQSkZJRg==",
            Message_ID="<1@x>",
            MIME_Version="1.0",
            Content_Type='image/jpeg; name="pānui.jpg"',
            Content_Transfer_Encoding="base64",
        )
        posted(connection, mail_list, picture, NOW)
        ((post,),) = (thread.posts for thread in told(connection, mail_list))
    assert (post.own, post.only) == ("", "picture")
    assert [(file.name, file.size_octets) for file in post.enclosures] == [("pānui.jpg", 10)]


@pytest.mark.parametrize(
    ("body", "only"), [("\u200b\u00a0", "empty"), ("", "empty"), ("-----BEGIN PGP MESSAGE-----\n\nhQEMA", "encrypted")]
)
def test_what_nobody_can_read_is_said_in_words(body: str, only: str, database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        octets = first(Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="8bit")
        posted(connection, mail_list, octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body.encode() + b"\r\n", NOW)
        ((post,),) = (thread.posts for thread in told(connection, mail_list))
    assert (post.own, post.only) == ("", only)


def test_a_very_long_post_is_read_up_to_a_bound(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        octets = a_post("Mere <mere@school.example>", body="word word word word\n" * 4000, Message_ID="<1@x>")
        posted(connection, mail_list, octets, NOW)
        ((post,),) = (thread.posts for thread in told(connection, mail_list))
    assert 20_000 < len(post.own) <= 25_000


def test_a_language_the_message_names_is_kept_and_nonsense_is_not(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        for number, tag in enumerate(("mi-NZ", 'x"><script>', "en, mi")):
            posted(connection, mail_list, first(Content_Language=tag).replace(b"<1@", b"<%d@" % number), NOW)
        found = [post.language for thread in told(connection, mail_list) for post in thread.posts]
    assert found == ["mi-NZ", "", ""]


def test_the_queries_do_not_grow_with_the_posts(database: Database) -> None:
    counts = []
    with database.begin() as connection:
        mail_list = site(connection)
        posted(connection, mail_list, first(), NOW)
        for number in range(2, 12):
            posted(connection, mail_list, answer(f"{number} {QUOTED}", number), NOW)
            asked: list[str] = []

            def note(_c: object, _cursor: object, statement: str, *_: object, into: list[str] = asked) -> None:
                into.append(statement)

            event.listen(connection, "before_cursor_execute", note)
            told(connection, mail_list)
            event.remove(connection, "before_cursor_execute", note)
            counts.append(len(asked))
    assert set(counts) == {5}


def test_one_content_a_language_each_with_its_readers(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        for name in ("aroha", "hemi", "sione", "anna"):
            add_member(
                connection, mail_list, f"{name}@s.example", f"{name}@s.example", NOW,
                delivery="none", digest="weekly" if name != "anna" else "daily",
            )  # fmt: skip
        posted(connection, mail_list, first(), NOW)
        people = connection.execute(persons.select().order_by(persons.c.id)).all()
        for row, language in zip(people[-4:], ("mi", "mi-NZ", "tlh", "mi"), strict=True):
            connection.execute(persons.update().where(persons.c.id == row.id).values(language=language))
        composed = compose_editions(connection, mail_list, WEEK, SETTINGS, environment(), NOW)
    subjects = {
        str(message_from_bytes(octets, policy=policy.default)["Subject"]).split(" · ")[1]: len(ids)
        for ids, octets in composed
    }
    assert len(composed) == 2 and sorted(subjects.values()) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "quiet", "mails"),
    [(DigestPeriod.WEEKLY, "say", 1), (DigestPeriod.WEEKLY, "skip", 0), (DigestPeriod.DAILY, "say", 0)],
)
def test_a_quiet_time_is_told_as_the_group_wishes(
    kind: DigestPeriod, quiet: str, mails: int, database: Database
) -> None:
    with database.begin() as connection:
        mail_list = site(connection, quiet_digest=quiet)
        add_member(connection, mail_list, "a@s.example", "a@s.example", NOW, digest=kind)
        period = Period(kind, "2026-W47", WEEK.sends_at, WEEK.covers_from, WEEK.covers_until)
        assert len(compose_editions(connection, mail_list, period, SETTINGS, environment(), NOW)) == mails
