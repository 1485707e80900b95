"""Programs that answer everything, wired in a circle with two lists; and the limits that are the last defence."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from listserv.mail.parse import parse
from listserv.model.smtp import Envelope
from listserv.outbound.copies import PostCopies
from listserv.resources import environment
from listserv.store import outbox
from listserv.store.hours import PutBy
from listserv.store.lists import get_list
from listserv.store.moderation import waiting
from listserv.store.schema import posts
from tests.reception_site import Site, a_site
from tests.store_site import DOMAIN, a_list, a_member

MERE, ROBOT = "mere@school.example", "robot@school.example"

Answer = Callable[[EmailMessage, str, int], bytes | None]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        yield made


def posted(site: Site, name: str = "english") -> int:
    with site.database.read() as connection:
        list_id = get_list(connection, f"{name}@{DOMAIN}").id
        return int(connection.execute(select(func.count()).where(posts.c.list_id == list_id)).scalar_one())


def pump(site: Site, answer: Answer, rounds: int = 30) -> int:
    """Delivers what is due, ours to us and the robot's to the robot, until nothing moves; gives the rounds it took."""
    copies = PostCopies(site.database, site.settings, site.key, environment(None), lambda: site.now)
    sent = 0
    for turn in range(rounds):
        moved = False
        while True:
            held = site.writer.run(lambda connection: outbox.claim(connection, "test", site.now))
            if held is None:
                break
            moved = True
            drawn = copies.submissions(held)
            assert not isinstance(drawn, PutBy)
            for _, submission in drawn:
                if submission is None:
                    continue
                octets = submission.content.replace(b"\r\n..", b"\r\n.") if submission.stuffed else submission.content
                for recipient in submission.recipients:
                    sent += 1
                    deliver(site, octets, submission.return_path, recipient, answer, sent)
            site.writer.run(partial(outbox.settle, held=held, done=10_000, now=site.now))
        if not moved:
            return turn
        site.after(seconds=20)
    return rounds


def deliver(site: Site, octets: bytes, return_path: str, recipient: str, answer: Answer, number: int) -> None:
    if recipient.endswith(DOMAIN):
        site.reception.submit(Envelope(return_path, (recipient,)), parse(octets)).result()
    elif recipient == ROBOT:
        mail = email.message_from_bytes(octets, policy=email.policy.default)
        for where in (str(mail["Reply-To"] or mail["From"]), return_path):
            reply = answer(mail, where, number)
            if reply is not None and where:
                to = email.message_from_bytes(reply, policy=email.policy.default)["To"].addresses[0].addr_spec
                site.reception.submit(Envelope(ROBOT, (to,)), parse(reply)).result()


def answering(text: str, subject: str = "Re: {}", *, quotes: bool = False, mark: str = "") -> Answer:
    """A program that answers every mail so, at Reply-To, else From, and at the return path too."""

    def answer(mail: EmailMessage, where: str, number: int) -> bytes:
        head = {"From": ROBOT, "To": where, "Subject": subject.format(mail["Subject"])}
        head |= {"Message-ID": f"<robot-{number}-{len(where)}@school.example>", "In-Reply-To": str(mail["Message-ID"])}
        body = mail.get_body(("plain",))
        quoted = "\r\n".join(f"> {line}" for line in str(body.get_content()).splitlines()) if body else ""
        head |= {"Auto-Submitted": mark} if mark else {}
        lines = [f"{name}: {value}" for name, value in head.items()]
        return "\r\n".join([*lines, "", text, "", quoted if quotes else "", ""]).encode()

    return answer


ROBOTS: dict[str, Answer] = {
    "marked": answering("I am away.", mark="auto-replied"),
    "a form that is known": answering("I am away.", "Automatic reply: {}"),
    "nothing tells it": answering("Thank you for your mail. I read it next week."),
    "nothing tells it, and it quotes": answering("Thank you for your mail. I read it next week.", quotes=True),
    "it changes the subject": answering("Thank you for your mail. I read it next week.", "Got it: {}"),
}


@pytest.mark.parametrize("answer", ROBOTS.values(), ids=ROBOTS)
def test_two_lists_and_a_responder_in_a_circle_come_to_rest(site: Site, answer: Answer) -> None:
    """Each list is a member of the other, and the robot of both; a marked one is never posted, another one once."""
    with site.database.begin() as connection:
        for name, other in (("english", "esol"), ("esol", "english")):
            mail_list = a_list(connection, name, nonmember="accept")
            for member in (MERE, ROBOT, f"{other}@{DOMAIN}"):
                mail_list = a_member(connection, mail_list, member)
    site.send("english", MERE, "Kia ora koutou", "Running records", Message_ID="<1@school.example>")
    assert pump(site, answer) <= 6
    is_told = answer in (ROBOTS["marked"], ROBOTS["a form that is known"])
    for name in ("english", "esol"):
        assert posted(site, name) <= (1 if is_told else 3)


def test_a_person_may_say_the_same_in_two_conversations_and_answer_herself(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection), MERE)
    said = [("Re: One", "Thanks!"), ("Re: Two", "Thanks!"), ("Re: Two", "And the file"), ("Re: Two", "And the other")]
    for number, (subject, text) in enumerate(said):
        site.send("english", MERE, text, subject, Message_ID=f"<{number}@school.example>")
        site.after(minutes=1)
    assert posted(site) == len(said)
    site.send("english", MERE, "And the other", "Re: Two", Message_ID="<9@school.example>")
    assert posted(site) == len(said)
    with site.database.read() as connection:
        assert [held.reason.value for held in waiting(connection)] == ["repeated"]


def test_more_than_so_many_posts_a_day_wait_and_the_next_day_begins_anew(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection, posts_a_day=3), MERE)
    codes = [
        site.send("english", MERE, f"Line {n}", f"Post {n}", Message_ID=f"<{n}@school.example>").code for n in range(5)
    ]
    assert codes == [250] * 5
    assert posted(site) == 3
    with site.database.read() as connection:
        assert {held.reason.value for held in waiting(connection)} == {"sender_brake"}
    site.after(days=1)
    site.send("english", MERE, "Good morning", "Today", Message_ID="<today@school.example>")
    assert posted(site) == 4


def test_one_address_gets_so_many_answers_a_day_and_no_more(site: Site) -> None:
    """Whatever a forger thinks of: every kind of answer counts together."""
    limits = site.settings.limits.model_copy(update={"answers": 4})
    site.reception._settings = site.settings.model_copy(update={"limits": limits})
    with site.database.begin() as connection:
        for number in range(4):
            a_member(connection, a_list(connection, f"g{number}"), MERE)
    for number in range(4):
        for local in ("join", "leave", "help", "request"):
            site.send(f"g{number}-{local}", MERE, "my settings", return_path=f"x{number}{local}@evil.example")
    assert len(site.mails()) == 4
    site.after(days=1)
    site.send("g1-help", MERE, "help")
    assert len(site.mails()) == 1
