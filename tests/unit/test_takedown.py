"""What is taken down is nowhere: not in the database's file, its log, the index, exports, nor in unsent copies."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from listserv.config import Settings
from listserv.errors import NotFound, Refused
from listserv.inbound.desk import Desk
from listserv.inbound.exporting import export_mbox
from listserv.inbound.indexing import index_batch
from listserv.inbound.posting import post
from listserv.inbound.takeback.removing import attachments, find_post, remove_part, remove_post, remove_words
from listserv.inbound.takeback.withdrawing import withdraw
from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, compose
from listserv.outbound.copies import PostCopies
from listserv.resources import environment
from listserv.store import archive, bodies, outbox, reading, takedowns
from listserv.store.digests import told_threads
from listserv.store.engine import Connection, Database
from listserv.store.lists import get_list
from listserv.store.moderation import log_decision
from listserv.store.query import read_query
from listserv.store.schema import deliveries, drafts, post_texts, posts, prompts, shelf_items, threads
from listserv.store.schema import takedowns as taken
from listserv.store.scrubbing import scrub
from listserv.store.search import find
from listserv.store.writer import Writer
from tests.store_site import DOMAIN, NOW, a_list, a_member, a_post, arrived, judged, made

SECRET = "Zebulon Quandary of room seven was excluded from school on Monday"
TITLE = "Zebulon Quandary excluded"
WORDS = (b"ebulon", b"uandary", b"excluded")
MINUTE = timedelta(minutes=1)
PHOTO = b"\xff\xd8\xff JFIF the class photograph, with all the faces in it" * 2_000


@dataclass
class Group:
    database: Database
    settings: Settings

    def desk(self, connection: Connection, at: Any = NOW) -> Desk:
        return Desk(connection, self.settings, environment(), bytes(32), at)

    def post(self, octets: bytes, minutes: int = 0) -> int:
        with self.database.begin() as connection:
            mail_list = get_list(connection, f"english@{DOMAIN}")
            post_id = judged(connection, mail_list, octets, NOW + minutes * MINUTE).post_id
        assert post_id is not None
        return post_id

    def index(self) -> None:
        writer = Writer(self.database)
        while index_batch(self.database, writer, NOW):
            pass
        writer.close()

    def everything(self) -> bytes:
        """All octets an attacker with the disk could read; on PostgreSQL every row of every table there is."""
        assert scrub(self.database, NOW)
        if self.database.file is not None:
            found = [Path(f"{self.database.file}{end}") for end in ("", "-wal", "-shm")]
            return b"".join(file.read_bytes() for file in found if file.exists())
        with self.database.read() as connection:
            names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
            rows = [row for name in list(names) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]
        cells = [cell for row in rows for cell in row]
        return b"\n".join(bytes(c) if isinstance(c, (bytes, memoryview)) else str(c).encode() for c in cells)

    def exported(self) -> bytes:
        stream = io.BytesIO()
        with self.database.read() as connection:
            export_mbox(connection, f"english@{DOMAIN}", stream)
        return stream.getvalue()


@pytest.fixture
def group(database_url: str) -> Iterator[Group]:
    settings = Settings.model_validate({"site": {"domain": DOMAIN, "base_url": f"https://{DOMAIN}"}})
    with made(database_url) as database:
        with database.begin() as connection:
            mail_list = a_list(connection)
            for name in ("mere", "aroha", "hana"):
                mail_list = a_member(connection, mail_list, f"{name}@school.example", name=name.title())
        yield Group(database, settings)


def conversation(group: Group) -> tuple[int, int, int]:
    """A post, an answer that quotes it, wrapped anew and in HTML too, and one that has nothing to do with it."""
    first = group.post(a_post(subject=TITLE, body=f"Kia ora\n{SECRET}.", Message_ID="<a1@school.example>"))
    quoted = "I am sorry to hear it.\n\nMere wrote:\n> Kia ora\n> Zebulon Quandary of room seven was\n"
    quoted += "> excluded from school on Monday."
    html = f"<p>I am sorry to hear it.</p><blockquote>Kia ora<br>{SECRET.replace('of', '<b>of</b>')}.</blockquote>"
    headers: Any = {
        "From": Mailbox("Aroha", "aroha@school.example"),
        "To": Mailbox("", f"english@{DOMAIN}"),
        "Date": NOW + MINUTE,
        "Message-ID": b"<a2@school.example>",
        "References": b"<a1@school.example>",
        "Subject": f"Re: {TITLE}",
        "Thread-Topic": TITLE,
    }
    second = group.post(compose(headers, quoted, html), 1)
    third = group.post(
        a_post("hana@school.example", "Term dates", "Term ends on 18 December", Message_ID="<a3@s.x>"), 2
    )
    return first, second, third


def none_of_it(group: Group) -> None:
    for where, octets in {"database": group.everything(), "export": group.exported()}.items():
        assert [word for word in WORDS if word in octets] == [], where


def test_a_post_its_quotations_and_mail_about_it_are_nowhere_afterwards(group: Group) -> None:
    first, second, third = conversation(group)
    group.index()
    with group.database.begin() as connection:
        mail_list = get_list(connection, f"english@{DOMAIN}")
        original = archive.read_post(connection, first).octets
        headers: Any = {
            "From": Mailbox("x", "x@y.z"),
            "Date": NOW,
            "Message-ID": b"<d@y.z>",
            "Subject": f"Update: {TITLE}",
        }
        digest = compose(headers, f"{TITLE}\n\n  Mere: Kia ora {SECRET}.\n", f"<h2>{TITLE}</h2><p>{SECRET}</p>")
        outbox.enqueue_digest(connection, mail_list.id, archive.put_content(connection, digest), [1], NOW + MINUTE)
        asked = compose(headers, "Please decide", None, [Attachment("message/rfc822", original)])
        content = archive.put_content(connection, asked)
        outbox.enqueue_notice(connection, mail_list.id, content, "owner@school.example", NOW)
        letter = compose(headers, f"withdraw\n\n> {SECRET}\n> (<a1@school.example>)")
        new = archive.NewMessage(letter, "l1@y.z", b"h", "x@y.z", NOW)
        log_decision(connection, mail_list.id, archive.put_message(connection, new), "run", "answer", NOW)
    assert all(word in group.everything() for word in WORDS)
    with group.database.begin() as connection:
        removed = remove_post(group.desk(connection), first, "post", "mod@school.example", "complaint")
    assert (removed.changed, removed.others) == (1, 0)
    none_of_it(group)
    with group.database.read() as connection:
        kept = archive.read_post(connection, second)
        assert b"I am sorry to hear it." in kept.octets
        assert kept.subject == f"Re: [removed {first}]"
        stub = archive.read_post(connection, first)
        assert b"Message-ID: <a1@school.example>" in stub.octets
        assert b"taken down by a moderator on Monday 16 November 2026" in b" ".join(stub.octets.split())
        assert kept.thread_id == stub.thread_id
        assert connection.execute(select(threads.c.subject).where(threads.c.id == stub.thread_id)).scalar_one() == (
            f"[removed {first}]"
        )
        assert archive.read_post(connection, third).subject == "Term dates"
        log = connection.execute(select(taken)).one()
        assert (log.kind, log.actor, log.reason, log.post_id) == ("post", "mod@school.example", "complaint", first)
        states = connection.execute(select(deliveries.c.state).where(deliveries.c.post_id == first)).scalars().all()
        assert set(states) == {"dropped"}


def test_a_removal_waits_for_the_update_that_another_node_composes(group: Group) -> None:
    first, _, _ = conversation(group)
    group.index()

    def removed() -> None:
        with group.database.begin() as connection:
            remove_post(group.desk(connection), first, "post", "mod@school.example")

    with ThreadPoolExecutor(1) as other:
        with group.database.begin() as connection:
            assert takedowns.may_tell(connection)
            mail_list = get_list(connection, f"english@{DOMAIN}")
            [told, *_] = told_threads(connection, mail_list.id, NOW - MINUTE, NOW + 5 * MINUTE)
            removing = other.submit(removed)
            assert not wait([removing], 0.3).done
            headers: Any = {"From": Mailbox("x", "x@y.z"), "Date": NOW, "Message-ID": b"<d@y.z>"}
            digest = archive.put_content(connection, compose(headers, f"{told.subject}\n\n{told.posts[0].own}"))
            outbox.enqueue_digest(connection, mail_list.id, digest, [1], NOW + MINUTE)
        removing.result()
    none_of_it(group)


def test_pages_feed_and_search_have_nothing_of_it(group: Group) -> None:
    first, second, _ = conversation(group)
    group.index()
    with group.database.begin() as connection:
        withdraw(group.desk(connection), first)
    with group.database.read() as connection:
        here = reading.open_group(connection, reading.Viewer(None, NOW), "english")
        stub, answer = reading.open_posts(connection, here, [first, second])
        assert (stub.subject, stub.author_name, stub.author_address) == ("", "", "")
        assert stub.taken_down_at == NOW
        assert answer.thread_subject == f"[removed {first}]"
        assert first not in [post.id for post in reading.newest_posts(connection, here, 10)]
        for asked in ("zebulon", "quandary", "excluded"):
            assert find(connection, here, read_query(asked), 10).post_ids == []
        assert find(connection, here, read_query("sorry"), 10).post_ids == [second]
        told = told_threads(connection, here.mail_list.id, NOW - MINUTE, NOW + 5 * MINUTE)
        assert [post.id for thread in told for post in thread.posts if post.id == first] == []
        assert "ebulon" not in repr(told)
        with pytest.raises(NotFound):
            bodies.post_octets(connection, here, stub)


def test_shelf_prompts_drafts_and_dates_have_nothing_of_it(group: Group) -> None:
    first, _, third = conversation(group)
    group.index()
    with group.database.begin() as connection:
        list_id = get_list(connection, f"english@{DOMAIN}").id
        item = {"list_id": list_id, "at": NOW}
        connection.execute(shelf_items.insert().values(key="a", post_id=first, title="Excluded list", **item))
        connection.execute(shelf_items.insert().values(key="b", post_id=third, title="Zebulon Quandary", **item))
        connection.execute(shelf_items.insert().values(key="c", post_id=third, title="Readers", **item))
        prompt = {"list_id": list_id, "created_at": NOW, "due_at": NOW, "title": TITLE, "body": SECRET}
        connection.execute(prompts.insert().values(post_id=first, **prompt))
        answers = f'["see: {SECRET}"]'
        connection.execute(drafts.insert().values(list_id=list_id, period="w", asked_at=NOW, answers=answers))
        remove_words(group.desk(connection), first, "Zebulon Quandary", "mod")
        said = connection.execute(select(prompts.c.body)).scalar_one()
        assert said == "[removed] of room seven was excluded from school on Monday"
        assert connection.execute(select(drafts.c.answers)).scalar_one() == f'["see: {said}"]'
        assert connection.execute(select(shelf_items.c.key).order_by(shelf_items.c.key)).scalars().all() == ["a", "c"]
        remove_post(group.desk(connection), first, "post", "mod")
        assert connection.execute(select(shelf_items.c.key)).scalars().all() == ["c"]
    none_of_it(group)


def test_words_go_from_every_post_that_says_them_and_the_rest_stays(group: Group) -> None:
    first, _, third = conversation(group)
    fourth = group.post(a_post("hana@school.example", "Ngā mihi", "Was it ZEBULON quandary?", Message_ID="<a4@s.x>"), 3)
    group.index()
    with group.database.begin() as connection:
        held = outbox.claim(connection, "relay", NOW + 5 * MINUTE)
        removed = remove_words(group.desk(connection), first, "Zebulon Quandary", "mod", "")
    assert removed.changed == 2
    found = group.everything()
    assert [word for word in WORDS if word in found] == [b"excluded"]
    assert [word for word in WORDS if word in group.exported()] == [b"excluded"]
    with group.database.read() as connection:
        assert b"[removed] of room seven was excluded" in archive.read_post(connection, first).octets
        assert b"Was it [removed]?" in archive.read_post(connection, fourth).octets
        rows = connection.execute(select(post_texts.c.post_id, post_texts.c.own))
        texts = {row.post_id: row.own for row in rows}
        assert texts[fourth] == "Was it [removed]?"
        assert texts[third] == "Term ends on 18 December"
        assert connection.execute(select(deliveries.c.state).distinct()).scalars().all() == ["waiting"]
    with group.database.begin() as connection:
        assert held is not None
        assert not outbox.settle(connection, held, 1, NOW + 5 * MINUTE), "copies under way are made anew"
        with pytest.raises(Refused):
            remove_words(group.desk(connection), third, "Zebulon", "mod", "")


def test_an_attachment_goes_and_its_twin_in_an_answer_too(group: Group) -> None:
    def with_photo(number: int, **fields: Any) -> bytes:
        headers: Any = {
            "From": Mailbox("Mere", "mere@school.example"),
            "Date": NOW,
            "Message-ID": f"<p{number}@school.example>".encode(),
            "Subject": "Our class",
            **fields,
        }
        return compose(headers, f"Look at this, {number}", None, [Attachment("image/jpeg", PHOTO, "class.jpg")])

    first = group.post(with_photo(1))
    group.post(with_photo(2, References=b"<p1@school.example>"), 1)
    photo = next(line for line in with_photo(1).split(b"\r\n") if len(line) == 76)
    assert photo in group.everything()
    with group.database.begin() as connection:
        desk = group.desk(connection)
        (there,) = attachments(find_post(desk, first))
        with pytest.raises(Refused):
            remove_part(desk, first, there.part_index - 1, "mod")
        removed = remove_part(desk, first, there.part_index, "mod")
    assert removed.changed == 1
    assert photo not in group.everything()
    assert b"Look at this, 1" in group.exported()
    assert b"class.jpg" not in group.exported()


def test_a_post_in_two_lists_is_gone_from_both(group: Group) -> None:
    octets = a_post(subject=TITLE, body=SECRET, Message_ID="<both@school.example>")
    first = group.post(octets)
    with group.database.begin() as connection:
        other = a_member(connection, a_list(connection, "esol"), "mere@school.example")
        twin = judged(connection, other, octets).post_id
        remove_post(group.desk(connection), first, "withdrawn", "author")
        gone = connection.execute(select(posts.c.id).where(posts.c.taken_down_at.is_not(None))).scalars().all()
    assert set(gone) == {first, twin}
    none_of_it(group)


def test_what_was_taken_down_does_not_come_back_and_cannot_be_taken_down_twice(group: Group) -> None:
    octets = a_post(subject=TITLE, body=SECRET, Message_ID="<once@school.example>")
    first = group.post(octets)
    with group.database.begin() as connection:
        assert withdraw(group.desk(connection), first) is not None
        assert withdraw(group.desk(connection), first) is None
        mail_list = get_list(connection, f"english@{DOMAIN}")
        assert judged(connection, mail_list, octets).post_id is None
        with pytest.raises(NotFound):
            remove_post(group.desk(connection), 999, "post", "mod")
    group.index()
    none_of_it(group)


def test_who_has_a_copy_is_counted_by_what_the_relay_took(group: Group) -> None:
    first = group.post(a_post())
    with group.database.begin() as connection:
        own = outbox.claim(connection, "r", NOW)
        assert own is not None
        outbox.settle(connection, own, 1, NOW)
        others = outbox.claim(connection, "r", NOW)
        assert others is not None
        outbox.settle(connection, others, 2, NOW)
        assert len(takedowns.who_has(connection, first)) == 2
        outbox.put_off(connection, others, [others.recipients[0]], NOW + MINUTE)
        assert takedowns.who_has(connection, first) == {others.recipients[1]}
        outbox.record_failure(connection, others, others.recipients[1], "refused", "no", NOW)
        assert takedowns.who_has(connection, first) == set()


@pytest.mark.parametrize("how", ["post", "words"])
def test_an_answer_to_an_update_does_not_keep_the_subject_it_was_filed_under(group: Group, how: str) -> None:
    first, _, _ = conversation(group)
    answer = a_post("hana@school.example", "Re: English · 16 November", "I agree", Message_ID="<a9@s.x>")
    with group.database.begin() as connection:
        thread = connection.execute(select(posts.c.thread_id).where(posts.c.id == first)).scalar_one()
        arrival = replace(arrived(answer, "hana@school.example", NOW), thread_id=thread, answers_digest=True)
        filed = post(connection, get_list(connection, f"english@{DOMAIN}"), arrival, None).post_id
    group.index()
    copies = PostCopies(group.database, group.settings, bytes(32), environment(), lambda: NOW)

    def copy() -> bytes:
        with group.database.begin() as connection:
            mine = deliveries.c.post_id == filed
            connection.execute(deliveries.update().where(~mine).values(due_at=NOW + timedelta(days=1)))
            held = outbox.claim(connection, "relay", NOW)
        assert held is not None
        made = copies.submissions(held)
        assert isinstance(made, Iterator)
        submission = next(made)[1]
        assert submission is not None
        return submission.content

    assert f"Subject: Re: {TITLE}".encode() in copy()
    with group.database.begin() as connection:
        if how == "post":
            remove_post(group.desk(connection), first, "post", "mod")
        else:
            remove_words(group.desk(connection), first, TITLE, "mod", "")
        row = connection.execute(select(posts.c.subject, posts.c.base_subject).where(posts.c.id == filed)).one()
    assert row.subject.startswith("Re: [removed") and row.base_subject.startswith("[removed")
    made_anew = copy()
    assert [word for word in WORDS if word in made_anew] == []
    if how == "post":
        none_of_it(group)
