"""Who follows and who mutes, thanks and their count, answers to digests: on both databases, through the judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from listserv.digest.compose import message_id
from listserv.inbound.desk import Desk
from listserv.inbound.functions import ASKS, Letter, follow_up
from listserv.inbound.judging import Judged, judge
from listserv.inbound.moderating import approve
from listserv.inbound.posting import Arrival
from listserv.inbound.thanked import thanked
from listserv.inbound.which_thread import tell_which
from listserv.mail.digestmark import DigestMark, digest_message_id, digest_number, read_digest_id, read_digest_number
from listserv.mail.parse import parse
from listserv.model.case import Accept, Ask, Hold, Reason, Run
from listserv.model.lists import DigestPeriod, MailList
from listserv.resources import environment
from listserv.store import hot
from listserv.store.archive import put_content
from listserv.store.digests import told_threads
from listserv.store.engine import Connection, Database
from listserv.store.gratitude import count_thanks, post_thanks_of, take_back_thanks, thanks_in
from listserv.store.lists import get_list
from listserv.store.migrate import signing_key
from listserv.store.moderation import waiting
from listserv.store.outbox import unpack
from listserv.store.people import add_member, find_member, person_of
from listserv.store.schedule import Outcome, claim_run, end_run
from listserv.store.schema import contents, deliveries, posts, subscriptions, threads
from listserv.store.thread_choices import choose, follow_unless_chosen
from listserv.store.threads import rethread
from listserv.store.tokens import Token, find
from tests.clockwork import SETTINGS
from tests.editions import SAMPLES
from tests.store_site import NOW, a_list, a_member, a_post, made

MERE, AROHA, HONE = "mere@school.example", "aroha@school.example", "hone@school.example"
WEEK = DigestMark(DigestPeriod.WEEKLY, "2026-W47")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with made(database_url) as opened:
        yield opened


def site(connection: Connection, **settings: Any) -> MailList:
    mail_list = a_list(connection, **settings)
    a_member(connection, mail_list, MERE, name="Mere")
    a_member(connection, mail_list, HONE, name="Hone")
    return a_member(connection, mail_list, AROHA, delivery="none", digest="weekly", name="Aroha")


def sent(connection: Connection, mail_list: MailList, octets: bytes, thread_id: int | None = None) -> Judged:
    arrival = Arrival(parse(octets), MERE, mail_list.address, NOW, NOW, thread_id)
    return judge(connection, mail_list, arrival, session=True, message_octets=10**6, handled=ASKS)


def readers(connection: Connection, judged: Judged) -> set[str]:
    """The addresses the post's copies go to."""
    rows = connection.execute(select(deliveries.c.recipients).where(deliveries.c.post_id == judged.post_id)).scalars()
    ids = {id for row in rows for id in unpack(row)}
    people = {person_of(connection, address): address for address in (MERE, HONE, AROHA)}
    found = connection.execute(select(subscriptions.c.person_id).where(subscriptions.c.id.in_(ids))).scalars()
    return {people[person] for person in found}


def thread_of(connection: Connection, judged: Judged) -> int:
    return int(connection.execute(select(posts.c.thread_id).where(posts.c.id == judged.post_id)).scalar_one())


def person(connection: Connection, address: str) -> int:
    found = person_of(connection, address)
    assert found is not None
    return found


# --- follow and mute


def test_a_follower_gets_answers_and_a_muter_none(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        first = sent(connection, mail_list, a_post(MERE, "Running records", Message_ID="<1@x>"))
        assert readers(connection, first) == {MERE, HONE}
        thread = thread_of(connection, first)
        choose(connection, thread, person(connection, AROHA), Ask.FOLLOW, NOW)
        choose(connection, thread, person(connection, HONE), Ask.MUTE, NOW)
        answer = sent(connection, mail_list, a_post(MERE, "Re: Running records", "More", In_Reply_To="<1@x>"))
        assert readers(connection, answer) == {MERE, AROHA}
        other = sent(connection, mail_list, a_post(MERE, "Something else"))
        assert readers(connection, other) == {MERE, HONE}
        choose(connection, thread, person(connection, HONE), Ask.FOLLOW, NOW + timedelta(hours=1))
        choose(connection, thread, person(connection, AROHA), Ask.MUTE, NOW + timedelta(hours=1))
        answer = sent(connection, mail_list, a_post(MERE, "Re: Running records", "Again", In_Reply_To="<1@x>"))
        assert readers(connection, answer) == {MERE, HONE}


def test_who_writes_follows_unless_she_said_otherwise(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        first = sent(connection, mail_list, a_post(AROHA, "Spelling", Message_ID="<1@x>"))
        assert readers(connection, first) == {MERE, HONE}, "her own copy is none of what she gets"
        answer = sent(connection, mail_list, a_post(MERE, "Re: Spelling", "We do", In_Reply_To="<1@x>"))
        assert readers(connection, answer) == {MERE, HONE, AROHA}
        copied = a_post(MERE, "Re: Spelling", "We did", In_Reply_To="<1@x>", Cc=AROHA)
        assert readers(connection, sent(connection, mail_list, copied)) == {MERE, HONE}
        choose(connection, thread_of(connection, first), person(connection, AROHA), Ask.MUTE, NOW)
        follow_unless_chosen(connection, thread_of(connection, first), person(connection, AROHA), NOW)
        answer = sent(connection, mail_list, a_post(HONE, "Re: Spelling", "And we", In_Reply_To="<1@x>"))
        assert readers(connection, answer) == {MERE, HONE}


@pytest.mark.parametrize("why", ["left", "over", "paused"])
def test_who_is_gone_or_away_gets_nothing_she_followed(database: Database, why: str) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        first = sent(connection, mail_list, a_post(AROHA, "Spelling", Message_ID="<1@x>"))
        assert first.post_id is not None
        column = {"left": "left_at", "over": "until", "paused": "paused_until"}[why]
        at = NOW + timedelta(days=1) if why == "paused" else NOW
        connection.execute(
            subscriptions.update().where(subscriptions.c.person_id == person(connection, AROHA)).values({column: at})
        )
        answer = sent(connection, mail_list, a_post(MERE, "Re: Spelling", "We do", In_Reply_To="<1@x>"))
        assert readers(connection, answer) == {MERE, HONE}


def test_the_latest_choice_counts_where_threads_were_merged(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        one = sent(connection, mail_list, a_post(MERE, "One", Message_ID="<1@x>"))
        two = sent(connection, mail_list, a_post(MERE, "Two", "B", Message_ID="<2@x>"))
        choose(connection, thread_of(connection, one), person(connection, HONE), Ask.MUTE, NOW)
        choose(connection, thread_of(connection, two), person(connection, HONE), Ask.FOLLOW, NOW + timedelta(hours=1))
        choose(connection, thread_of(connection, two), person(connection, AROHA), Ask.FOLLOW, NOW)
        sent(connection, mail_list, a_post(MERE, "Re: Two", "Both", References="<1@x> <2@x>"))
        assert thread_of(connection, one) == thread_of(connection, two)
        answer = sent(connection, mail_list, a_post(MERE, "Re: Two", "More", In_Reply_To="<2@x>"))
        assert readers(connection, answer) == {MERE, HONE, AROHA}


def test_a_new_conversation_asks_for_no_choices(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        sent(connection, mail_list, a_post(MERE, "Warm", Message_ID="<1@x>"))
        asked: list[str] = []
        short_way = hot._sent

        def noted(connection: Connection, text: str, parameters: object) -> Any:
            asked.append(text)
            return short_way(connection, text, parameters)

        monkeypatch.setattr(hot, "_sent", noted)
        event.listen(connection, "before_cursor_execute", lambda *found: asked.append(found[2]))
        sent(connection, mail_list, a_post(MERE, "New"))
        assert not any("thread_choice" in statement for statement in asked)
        sent(connection, mail_list, a_post(MERE, "Re: Warm", "x", In_Reply_To="<1@x>"))
        assert sum("thread_choice" in statement for statement in asked) == 1


# --- wishes


def test_a_wish_nobody_does_is_a_post(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        arrival = Arrival(parse(a_post(MERE, "Re: x", "mute")), MERE, mail_list.address, NOW, NOW)
        judged = judge(connection, mail_list, arrival, session=True, message_octets=10**6)
        assert isinstance(judged.verdict, Accept)
        arrival = Arrival(parse(a_post(MERE, "Re: x", "mute ")), MERE, mail_list.address, NOW, NOW)
        judged = judge(connection, mail_list, arrival, session=True, message_octets=10**6, handled=[Ask.MUTE])
        assert judged.verdict == Run(Reason.ASKED, Ask.MUTE)


# --- thanks


def crowd(connection: Connection, mail_list: MailList, count: int) -> MailList:
    for number in range(count):
        address = f"t{number}@school.example"
        add_member(connection, mail_list, address, address, NOW)
    return get_list(connection, mail_list.address)


def test_thanks_are_kept_from_the_group_only_where_all_conditions_hold(database: Database) -> None:
    with database.begin() as connection:
        mail_list = crowd(connection, site(connection, thanks_to_author=True), 97)
        first = sent(connection, mail_list, a_post(MERE, "Volcanoes", Message_ID="<1@x>"))
        words = a_post(HONE, "Re: Volcanoes", "Thanks Mere!", In_Reply_To="<1@x>")
        assert sent(connection, mail_list, words).verdict == Run(Reason.ASKED, Ask.THANKS)
        own = a_post(MERE, "Re: Volcanoes", "Thanks!", In_Reply_To="<1@x>")
        assert isinstance(sent(connection, mail_list, own).verdict, Accept), "nobody thanks herself"
        nobody = a_post(HONE, "Thanks", "Thanks!")
        assert isinstance(sent(connection, mail_list, nobody).verdict, Accept), "it is not known whom"
        stranger = a_post("eve@x.example", "Re: Volcanoes", "Thanks!", In_Reply_To="<1@x>")
        assert isinstance(sent(connection, mail_list, stranger).verdict, Hold)
        post_thanks_of(connection, mail_list.id, person(connection, HONE), NOW)
        again = a_post(HONE, "Re: Volcanoes", "Thanks again Mere!", In_Reply_To="<1@x>")
        assert isinstance(sent(connection, mail_list, again).verdict, Accept), "she wants hers posted"
        assert first.post_id is not None


def test_in_a_small_group_or_where_it_is_not_wanted_thanks_are_posts(database: Database) -> None:
    with database.begin() as connection:
        small = crowd(connection, site(connection, thanks_to_author=True), 96)
        sent(connection, small, a_post(MERE, "Volcanoes", Message_ID="<1@x>"))
        words = a_post(HONE, "Re: Volcanoes", "Thanks Mere!", In_Reply_To="<1@x>")
        assert isinstance(sent(connection, small, words).verdict, Accept)


def test_thanks_are_counted_once_a_person_and_told(database: Database) -> None:
    with database.begin() as connection:
        mail_list = crowd(connection, site(connection, thanks_to_author=True), 97)
        first = sent(connection, mail_list, a_post(MERE, "Volcanoes", Message_ID="<1@x>"))
        thread = thread_of(connection, first)
        octets = a_post(HONE, "Re: Volcanoes", "Thanks Mere!")
        arrival = Arrival(parse(octets), HONE, mail_list.address, NOW, NOW, thread)
        to = thanked(connection, mail_list, arrival, find_member(connection, mail_list, person(connection, HONE), NOW))
        assert to is not None and to.person_id == person(connection, MERE)
        assert count_thanks(connection, to, person(connection, HONE), NOW)
        assert not count_thanks(connection, to, person(connection, HONE), NOW)
        assert count_thanks(connection, to, person(connection, AROHA), NOW + timedelta(days=9))
        assert thanks_in(connection, thread) == 2
        (told,) = told_threads(connection, mail_list.id, NOW, NOW + timedelta(days=7))
        assert told.thanks == 1
        take_back_thanks(connection, to.post_id, person(connection, HONE))
        assert thanks_in(connection, thread) == 1


# --- digests


def digest(connection: Connection, mail_list: MailList) -> None:
    """An update that told of everything so far."""
    octets = b"Subject: English \xc2\xb7 Term 4\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    content = put_content(connection, octets)
    assert claim_run(connection, "weekly-digest", mail_list.id, WEEK.key, NOW)
    until = NOW + timedelta(minutes=1)
    end_run(connection, "weekly-digest", mail_list.id, WEEK.key, Outcome.SENT, until, [content])


def in_reply(mail_list: MailList) -> str:
    return f"<{digest_message_id(mail_list, WEEK, 'en')}>"


def test_two_answers_to_one_digest_stay_two_conversations(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        one = sent(connection, mail_list, a_post(MERE, "One", Message_ID="<1@x>"))
        two = sent(connection, mail_list, a_post(MERE, "Two", "B", Message_ID="<2@x>"))
        digest(connection, mail_list)
        index = "AdxTYQAAAAAAAAAAAAAAAAAAAAAAAAAA"
        for first in (one, two):
            octets = a_post(
                AROHA,
                "Re: English · Term 4",
                f"Yes {first.post_id}",
                In_Reply_To=in_reply(mail_list),
                Thread_Index=index,
                Date="Mon, 16 Nov 2026 20:30:00 +1300",
            )
            answer = sent(connection, mail_list, octets, thread_of(connection, first))
            assert thread_of(connection, answer) == thread_of(connection, first)
        assert rethread(connection, mail_list.id) == 0
        subjects = connection.execute(select(threads.c.subject).order_by(threads.c.id)).scalars().all()
        assert subjects == ["One", "Two"]
        assert connection.execute(select(posts.c.subject).order_by(posts.c.id)).scalars().all()[2:] == [
            "Re: One",
            "Re: Two",
        ]


def test_an_answer_to_a_digest_waits_by_each_of_its_marks(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        sent(connection, mail_list, a_post(MERE, "One", Message_ID="<1@x>"))
        sent(connection, mail_list, a_post(MERE, "Two", "B", Message_ID="<2@x>"))
        digest(connection, mail_list)
        by_id = a_post(AROHA, "Anything", "Lovely", In_Reply_To=in_reply(mail_list))
        by_subject = a_post(AROHA, "Re: English · Term 4", "Lovely too")
        by_address = a_post(AROHA, "Re: Anything", "Lovely three")
        for octets, number in ((by_id, None), (by_subject, None), (by_address, digest_number(WEEK))):
            verdict = sent(connection, mail_list, octets, number).verdict
            assert verdict == Hold(Reason.WHICH_THREAD)
        titled = sent(connection, mail_list, a_post(AROHA, "Re: Two", "This one", In_Reply_To=in_reply(mail_list)))
        assert isinstance(titled.verdict, Accept)
        word = a_post(AROHA, "Re: English · Term 4", "follow", In_Reply_To=in_reply(mail_list))
        assert sent(connection, mail_list, word).verdict == Hold(Reason.WHICH_THREAD), "which conversation?"


def test_what_only_looks_like_an_answer_to_a_digest_is_a_post(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        first = sent(connection, mail_list, a_post(MERE, "One", Message_ID="<1@x>"))
        digest(connection, mail_list)
        new = sent(connection, mail_list, a_post(MERE, "Camp", "Who has gear?"), digest_number(WEEK))
        assert isinstance(new.verdict, Accept)
        assert thread_of(connection, new) != thread_of(connection, first)
        both = f"{in_reply(mail_list)} <1@x>"
        deeper = sent(connection, mail_list, a_post(MERE, "Re: One", "Deeper", References=both))
        assert thread_of(connection, deeper) == thread_of(connection, first)


@pytest.mark.parametrize(
    "mark",
    [WEEK, DigestMark(DigestPeriod.DAILY, "2026-11-16"), DigestMark(DigestPeriod.MONTHLY, "2026-12")],
)
def test_a_digest_is_named_by_its_id_and_its_number(mark: DigestMark) -> None:
    mail_list = SAMPLES["busy"].mail_list
    assert read_digest_number(digest_number(mark)) == mark
    assert read_digest_id(digest_message_id(mail_list, mark, "mi"), mail_list) == mark


def test_nothing_else_names_a_digest() -> None:
    edition = SAMPLES["busy"]
    mail_list = edition.mail_list
    assert read_digest_id(message_id(edition), mail_list) is not None
    for other in ("1@x", "digest.media.weekly.2026-w47.en@lists.example.nz", "digest.english.weekly.nonsense.en@x", ""):
        assert read_digest_id(other, mail_list) is None
    for number in (0, 1, 2**38, 2**39 | 7 << 32, 2**39, 2**40 - 1):
        assert read_digest_number(number) is None or digest_number(read_digest_number(number)) == number  # type: ignore[arg-type]


def room(connection: Connection) -> Desk:
    return Desk(connection, SETTINGS, environment(), signing_key(connection), NOW)


def asked_about(connection: Connection, mail_list: MailList) -> tuple[Desk, Letter, Token]:
    """An answer to a digest of two conversations that waits, and the question to its author."""
    sent(connection, mail_list, a_post(MERE, "One", Message_ID="<1@x>"))
    sent(connection, mail_list, a_post(MERE, "Two", "B", Message_ID="<2@x>"))
    for held in waiting(connection, mail_list.id):
        approve(connection, held.id, NOW)
    digest(connection, mail_list)
    octets = a_post(AROHA, "Re: English · Term 4", "We shall try that.", In_Reply_To=in_reply(mail_list))
    judged = sent(connection, mail_list, octets)
    assert judged.verdict == Hold(Reason.WHICH_THREAD)
    arrival = Arrival(parse(octets), AROHA, mail_list.address, NOW, NOW)
    desk = room(connection)
    follow_up(desk, Letter(mail_list, arrival), judged)
    notice = connection.execute(
        select(contents.c.octets)
        .join(deliveries, deliveries.c.content_id == contents.c.id)
        .where(deliveries.c.to_address == AROHA)
        .order_by(deliveries.c.id.desc())
    ).scalars()
    address = parse(next(iter(notice))).mailboxes("Reply-To")[0].address
    token = find(connection, mail_list.id, address.partition("+")[2].partition("@")[0], NOW)
    assert token is not None
    return desk, Letter(mail_list, arrival), token


def answered(desk: Desk, mail_list: MailList, token: Token, words: str) -> None:
    octets = a_post(AROHA, "Re: Which conversation", words)
    tell_which(desk, Letter(mail_list, Arrival(parse(octets), AROHA, "", NOW, NOW)), token)


@pytest.mark.parametrize("words", ["2", "2.", "no. 2", "Number 2", "#2", "2 Two", "Two", "2\n-- \nAroha"])
def test_a_number_or_a_title_posts_what_waited(database: Database, words: str) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        desk, _, token = asked_about(connection, mail_list)
        answered(desk, mail_list, token, words)
        assert connection.execute(select(posts.c.subject).order_by(posts.c.id)).scalars().all()[-1] == "Re: Two"
        assert not waiting(connection, mail_list.id)
        assert find(connection, mail_list.id, "x", NOW) is None
        answered(desk, mail_list, token, "1")
        assert connection.execute(select(func.count()).select_from(posts)).scalar_one() == 3, "an answer is good once"


@pytest.mark.parametrize("words", ["7", "the second", "2nd or 3rd?", "2 or 3", "2 of us like it", "", "yes", "2 One"])
def test_what_is_no_choice_changes_nothing_and_the_question_stays(database: Database, words: str) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        desk, _, token = asked_about(connection, mail_list)
        answered(desk, mail_list, token, words)
        assert [held.reason for held in waiting(connection, mail_list.id)] == [Reason.WHICH_THREAD]
        answered(desk, mail_list, token, "1")
        assert connection.execute(select(posts.c.subject).order_by(posts.c.id)).scalars().all()[-1] == "Re: One"


def test_a_no_posts_nothing(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        desk, _, token = asked_about(connection, mail_list)
        answered(desk, mail_list, token, "Kāo")
        assert not waiting(connection, mail_list.id)
        assert connection.execute(select(func.count()).select_from(posts)).scalar_one() == 2


def test_her_choice_lets_nobody_past_a_moderator(database: Database) -> None:
    with database.begin() as connection:
        mail_list = site(connection, style="moderated")
        desk, _, token = asked_about(connection, mail_list)
        answered(desk, mail_list, token, "2")
        (held,) = waiting(connection, mail_list.id)
        assert held.reason is Reason.MODERATED
        approve(connection, held.id, NOW)
        last = connection.execute(select(posts.c.subject, posts.c.thread_id).order_by(posts.c.id.desc())).first()
        two = connection.execute(select(posts.c.thread_id).where(posts.c.subject == "Two")).scalar_one()
        assert last is not None and tuple(last) == ("Re: Two", two)


def test_a_moderator_who_approves_what_waits_for_its_author_makes_no_thread_of_the_digests_name(
    database: Database,
) -> None:
    with database.begin() as connection:
        mail_list = site(connection)
        asked_about(connection, mail_list)
        (held,) = waiting(connection, mail_list.id)
        approve(connection, held.id, NOW)
        assert (
            connection.execute(select(threads.c.subject).order_by(threads.c.id.desc())).scalars().first() == "English"
        )
