"""Answers to an author's own copy, and orders of moderators: what each line of a mail does and does not do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from listserv.config import Settings
from listserv.inbound.desk import Desk
from listserv.inbound.functions import Letter, answer, is_good
from listserv.inbound.takeback import waiting
from listserv.inbound.takeback.requesting import Order, read_order
from listserv.inbound.takeback.withdrawing import ask_to_withdraw, thread_of
from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.listaddress import Purpose
from listserv.mail.parse import parse
from listserv.mail.token import sign_withdraw
from listserv.model.lists import MailList, Role
from listserv.resources import environment
from listserv.store import archive, moderation, outbox
from listserv.store.engine import Connection
from listserv.store.lists import change_list, get_list
from listserv.store.schema import contents, deliveries, posts
from listserv.store.tokens import issue
from tests.store_site import DOMAIN, NOW, a_list, a_member, a_post, arrived, judged, made

KEY = bytes(32)
DAY = timedelta(days=1)
MERE = "mere@school.example"


class Group:
    """A list with a post of Mere's, inside one transaction."""

    def __init__(self, connection: Connection, **settings: Any) -> None:
        mail_list = a_list(connection)
        people: dict[str, dict[str, Any]] = {MERE: {"granted": [Role.FACILITATOR]}, "aroha@school.example": {}}
        for name, options in people.items():
            mail_list = a_member(connection, mail_list, name, **options)
        self.connection = connection
        mail_list = get_list(connection, f"english@{DOMAIN}")
        found = judged(connection, mail_list, a_post(Message_ID="<one@school.example>")).post_id
        assert found is not None
        self.mail_list: MailList = change_list(connection, mail_list, settings) if settings else mail_list
        self.post_id = found
        self.desk = Desk(connection, _settings(), environment(), KEY, NOW)
        self.token = sign_withdraw(KEY, "english", found)

    def answers(self, text: str, author: str = MERE, **fields: str) -> int | None:
        """The thread the answer to the own copy is handed on to; where to none, it is answered."""
        octets = a_post(author, "Re: Running records", text, Message_ID=f"<{hash(text)}@school.example>", **fields)
        letter = Letter(self.mail_list, arrived(octets, author))
        thread_id = thread_of(self.desk, letter, Purpose.CONFIRM, self.token)
        if thread_id is None:
            answer(self.desk, letter, Purpose.CONFIRM, self.token)
        return thread_id

    @property
    def is_gone(self) -> bool:
        found = select(posts.c.taken_down_at).where(posts.c.id == self.post_id)
        return self.connection.execute(found).scalar_one() is not None

    def notices(self) -> list[str]:
        """The subjects of our mail to single people so far."""
        statement = (
            select(contents.c.octets)
            .join(deliveries, deliveries.c.content_id == contents.c.id)
            .where(deliveries.c.kind == "notice")
            .order_by(deliveries.c.id)
        )
        return [parse(bytes(octets)).subject for octets in self.connection.execute(statement).scalars()]


def _settings() -> Settings:
    return Settings.model_validate({"site": {"domain": DOMAIN, "base_url": f"https://{DOMAIN}"}})


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with made(database_url) as database, database.begin() as opened:
        yield opened


@pytest.mark.parametrize("text", ["withdraw", "Withdraw.", "Please withdraw", "tangohia", "Take it back\n\nMere"])
def test_these_answers_take_the_post_back(connection: Connection, text: str) -> None:
    group = Group(connection)
    assert group.answers(text) is None
    assert group.is_gone
    assert group.notices() == ["Your post to English was taken back"]
    group.answers(text + " ")
    assert len(group.notices()) == 1


@pytest.mark.parametrize("text", ["I withdraw from the contest, sorry", "Withdraw? No!", "One more thing: it is red"])
def test_these_are_posts_like_any_other(connection: Connection, text: str) -> None:
    group = Group(connection)
    assert group.answers(text) is not None
    assert not group.is_gone
    assert group.notices() == []


def test_a_machines_answer_is_no_post_and_takes_nothing_back(connection: Connection) -> None:
    group = Group(connection)
    assert group.answers("withdraw", Auto_Submitted="auto-replied") is None
    assert group.answers("I am away", Auto_Submitted="auto-replied") is None
    assert not group.is_gone
    assert group.notices() == []


@pytest.mark.parametrize("settings", [{"style": "announce"}, {"reply_to": "author"}])
def test_where_answers_go_to_one_person_hers_goes_to_nobody(connection: Connection, settings: dict[str, Any]) -> None:
    group = Group(connection, **settings)
    assert group.answers("And bring a plate") is None
    assert group.notices() == ["English: your answer went to nobody"]
    assert not group.is_gone
    assert group.answers("withdraw") is None
    assert group.is_gone


def test_somebody_else_with_her_address_causes_a_question_and_no_more(connection: Connection) -> None:
    group = Group(connection)
    group.answers("withdraw", "aroha@school.example")
    assert not group.is_gone
    assert group.notices() == ["Take back your post to English?"]


def test_a_post_that_waits_for_a_moderator_is_taken_back_too(connection: Connection) -> None:
    group = Group(connection)
    mail_list = change_list(connection, group.mail_list, {"style": "moderated"})
    octets = a_post(subject="A quandary", body="Such a quandary", Message_ID="<held@school.example>")
    held_id = judged(connection, mail_list, octets).held_id
    headers: dict[str, HeaderValue] = {
        "From": Mailbox("", "x@y.z"),
        "Date": NOW,
        "Message-ID": b"<q@y.z>",
        "Subject": "Approve?",
    }
    asked = compose(headers, "Approve?", None, [Attachment("message/rfc822", octets)])
    content_id = archive.put_content(connection, asked)
    outbox.enqueue_notice(connection, mail_list.id, content_id, "owner@school.example", NOW)
    wish = a_post(subject="Re: A quandary", body="withdraw\n\n> Such a quandary", In_Reply_To="<held@school.example>")
    arrival = arrived(wish)
    ask_to_withdraw(group.desk, Letter(mail_list, arrival))
    ask_to_withdraw(group.desk, Letter(mail_list, arrival))
    assert [subject for subject in group.notices() if "Take back" in subject] == ["Take back your post to English?"]
    token = issue(connection, mail_list.id, waiting.PURPOSE, NOW, DAY, person_id=1, object_id=held_id)
    answer(group.desk, Letter(mail_list, arrived(a_post(body="yes"))), Purpose.CONFIRM, token)
    assert group.notices()[-1] == "Your post to English was taken back"
    assert not group.is_gone
    assert b"quandary" not in archive.content_octets(connection, content_id)
    found = moderation.held_by_id(connection, held_id or 0)
    assert found is not None
    assert found.state == "withdrawn"
    assert b"quandary" not in found.octets


def test_a_token_is_good_for_its_list_and_its_purpose_alone(connection: Connection) -> None:
    group = Group(connection)
    other = a_list(connection, "maths")
    for mail_list, purpose, expected in (
        (group.mail_list, Purpose.CONFIRM, True),
        (group.mail_list, Purpose.MODERATE, False),
        (other, Purpose.CONFIRM, False),
    ):
        assert is_good(connection, KEY, mail_list, purpose, group.token, NOW) is expected
    letter = Letter(other, arrived(a_post(body="withdraw")))
    assert answer(group.desk, letter, Purpose.CONFIRM, group.token).code == 550


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("take down 412", Order(412)),
        ("Kia ora,\nplease take down https://lists.example.nz/groups/english/posts/412\nThanks", Order(412)),
        ("take down #412 part: class 7.jpg", Order(412, part="class 7.jpg")),
        ("Take down 412\nwords: “Tama Smith”", Order(412, words="Tama Smith")),
        ("tangohia te karere 412", Order(412)),
        ("take down", Order()),
        ("take down 412 kupu: Tama", Order(412, words="Tama")),
        ("We should take down the tent at 4", None),
    ],
)
def test_orders_are_read(text: str, order: Order | None) -> None:
    assert read_order(parse(a_post(body=text))) == order
