"""From octets to what is written: posts, holds, repeats, refusals; on both engines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listserv.config import Settings
from listserv.errors import NotFound, Refused
from listserv.inbound.moderating import approve, discard, reject
from listserv.model.case import Accept, Discard, Hold, Reason, Record, Reject
from listserv.store import moderation, outbox, queue
from listserv.store.archive import content_octets, post_count, read_post
from listserv.store.lists import archive_list, ban, change_list, get_list
from listserv.store.people import find_member, person_of, remove_member
from tests.store_site import NOW, a_list, a_member, a_post, judged, made

SETTINGS = Settings.model_validate(
    {"site": {"domain": "lists.example.nz"}, "relay": {"directory": "outbox"}}, context={"folder": Path("/")}
)


def test_a_members_post_is_archived_octet_for_octet_and_queued(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection), "mere@school.example")
        octets = a_post(body="Kia ora\n.dots\n\nngā mihi")
        done = judged(connection, mail_list, octets)
        assert done.verdict == Accept(Reason.WELCOME)
        assert done.post_id is not None
        assert read_post(connection, done.post_id).octets == octets
        assert queue.waiting_count(connection) == 1
        person = person_of(connection, "mere@school.example")
        assert person is not None
        author = find_member(connection, mail_list, person, NOW)
        assert author is not None
        assert author.posts == 1


def test_the_same_again_is_dropped_another_body_is_not(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept")
        first = a_post(Message_ID="<one@school.example>")
        assert judged(connection, mail_list, first).post_id is not None
        again = judged(connection, mail_list, first.replace(b"Subject:", b"X-New: 1\r\nSubject:"))
        assert again.verdict == Discard(Reason.DUPLICATE)
        other = judged(connection, mail_list, a_post(body="another", Message_ID="<one@school.example>"))
        assert isinstance(other.verdict, Accept)
        assert post_count(connection, mail_list.id) == 2


def test_the_same_octets_in_two_lists_are_kept_once(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        octets = a_post()
        for name in ("english", "maths"):
            assert judged(connection, a_list(connection, name, nonmember="accept"), octets).post_id is not None
        kept = connection.exec_driver_sql("SELECT count(*) FROM content").scalar()
        assert kept == 1


def test_held_then_approved_with_its_first_author_and_envelope(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, style="moderated"), "mere@school.example")
        octets = a_post()
        done = judged(connection, mail_list, octets)
        assert done.verdict == Hold(Reason.MODERATED)
        assert queue.waiting_count(connection) == 0
        held = moderation.waiting(connection, mail_list.id)
        assert [(each.id, each.octets) for each in held] == [(done.held_id, octets)]
        assert judged(connection, mail_list, octets).verdict == Discard(Reason.DUPLICATE)
        posted = approve(connection, held[0].id, NOW + timedelta(hours=3))
        assert posted.recipients == 1
        assert read_post(connection, posted.post_id).octets == octets
        assert moderation.waiting(connection) == []
        with pytest.raises(Refused, match="approved already"):
            approve(connection, held[0].id, NOW)
        with pytest.raises(NotFound):
            approve(connection, held[0].id + 99, NOW)


def test_quiet_approval_archives_and_mails_nobody(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, style="moderated"), "mere@school.example")
        held_id = judged(connection, mail_list, a_post()).held_id
        assert held_id is not None
        posted = approve(connection, held_id, NOW, quiet=True)
        assert posted.recipients == 0
        assert read_post(connection, posted.post_id).quiet
        assert queue.waiting_count(connection) == 0


def test_a_rejected_member_is_told_why_a_stranger_is_not(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, emergency=True), "mere@school.example", name="Mere")
        ours = judged(connection, mail_list, a_post(Message_ID="<m@school.example>")).held_id
        strange = judged(connection, mail_list, a_post("eve@elsewhere.example")).held_id
        assert ours is not None
        assert strange is not None
        assert reject(connection, ours, "Please leave out the child's name.", SETTINGS, NOW)
        assert not reject(connection, strange, "No.", SETTINGS, NOW)
        notice = outbox.claim(connection, "a", NOW)
        assert notice is not None
        assert (notice.kind, notice.to_address, notice.return_path) == ("notice", "mere@school.example", "")
        octets = content_octets(connection, notice.content_id or 0)
        assert b"Please leave out the child's name." in octets
        assert b"In-Reply-To: <m@school.example>" in octets
        assert outbox.claim(connection, "a", NOW) is None


def test_a_rejected_post_sent_again_waits_again(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection)
        held_id = judged(connection, mail_list, a_post()).held_id
        assert held_id is not None
        discard(connection, held_id, NOW)
        assert judged(connection, mail_list, a_post()).verdict == Hold(Reason.NOT_A_MEMBER)


def test_automatic_mail_is_kept_and_not_posted(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept")
        octets = a_post(Auto_Submitted="auto-replied")
        assert judged(connection, mail_list, octets).verdict == Record(Reason.AUTOMATIC)
        assert judged(connection, mail_list, a_post(), return_path="").verdict == Record(Reason.AUTOMATIC)
        assert post_count(connection, mail_list.id) == 0


def test_settings_and_bans_count_from_the_next_post_on(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept")
        assert isinstance(judged(connection, mail_list, a_post(body="1")).verdict, Accept)
        mail_list = change_list(connection, mail_list, {"emergency": True})
        assert judged(connection, mail_list, a_post(body="2")).verdict == Hold(Reason.EMERGENCY)
        mail_list = change_list(connection, mail_list, {"emergency": False})
        ban(connection, mail_list, "mere@school.example", NOW)
        assert isinstance(judged(connection, mail_list, a_post(body="3")).verdict, Reject)
        assert isinstance(judged(connection, mail_list, a_post("a@b.example", body="4")).verdict, Accept)
        archive_list(connection, mail_list, NOW)
        closed = get_list(connection, mail_list.address)
        assert isinstance(judged(connection, closed, a_post("a@b.example", body="5")).verdict, Reject)


def test_one_who_left_may_not_post_and_gets_nothing(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_member(connection, a_list(connection, nonmember="reject"), "mere@school.example")
        person = person_of(connection, "mere@school.example")
        assert person is not None
        member = find_member(connection, mail_list, person, NOW)
        assert member is not None
        remove_member(connection, mail_list, member, NOW)
        mail_list = get_list(connection, mail_list.address)
        assert isinstance(judged(connection, mail_list, a_post()).verdict, Reject)


def test_the_thread_brake_holds_and_lets_go(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept", thread_brake=3)
        judged(connection, mail_list, a_post(Message_ID="<root@x.example>"))

        def answer(number: int, at_minutes: int) -> object:
            octets = a_post(
                subject="Re: Running records",
                body=f"answer {number}",
                In_Reply_To="<root@x.example>",
                Message_ID=f"<answer{number}@x.example>",
            )
            return judged(connection, mail_list, octets, NOW + timedelta(minutes=at_minutes)).verdict

        assert isinstance(answer(1, 1), Accept)
        assert isinstance(answer(2, 2), Accept)
        assert answer(3, 3) == Hold(Reason.THREAD_BRAKE)
        assert isinstance(answer(4, 14), Accept)


def test_the_thread_brake_sees_answers_known_by_their_subject_alone(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        mail_list = a_list(connection, nonmember="accept", thread_brake=3)
        verdicts = [
            judged(connection, mail_list, a_post(subject=subject, body=f"answer {number}")).verdict
            for number, subject in enumerate(["Running records", *["RE: Running records"] * 4])
        ]
        assert [type(verdict) for verdict in verdicts] == [Accept, Accept, Accept, Hold, Hold]
        assert isinstance(judged(connection, mail_list, a_post(subject="Re: Another matter")).verdict, Accept)
