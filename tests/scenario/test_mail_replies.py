"""Replies to every kind of mail we send, from seven mail programs, through a real service: each where it belongs.

One site through two moments: on Thursday three conversations begin, on Friday the weekly update goes out. Everything is
said by SMTP and read from what was delivered.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import sqlite3
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from listserv.model.lists import ListSettings, Role
from listserv.store.lists import create_list, ensure_network, get_list
from listserv.store.people import add_member
from tests.client_styles import STYLES, delivered_text, reply
from tests.inline_answers import below
from tests.service import DOMAIN, Service
from tests.store_site import NOW, made

LIST, BIG = f"english@{DOMAIN}", f"big@{DOMAIN}"
JO, MERE, HONE, AROHA, PAUL = (f"{name}@school.example" for name in ("jo", "mere", "hone", "aroha", "paul"))
SAID = "We keep ours in one shared sheet, and every syndicate adds its own page to it."
TOPICS = {
    "Running records": "How do you keep your running records, on paper or on a tablet in the classroom?",
    "Matariki rauemi": "I have put together a unit of work for Matariki and would like somebody to read it.",
    "Moderation meeting": "Shall we meet in the last week of term to moderate the writing samples of Year 4?",
}
TRUSTED = "mx.school.example"


class Site:
    """The running site, and a counter for Message-IDs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._sent = 0

    def write(self, author: str, to: str, subject: str, body: str, **fields: str) -> str:
        """A mail of the author's is sent; the last SMTP reply."""
        self._sent += 1
        head = {"From": author, "To": to, "Subject": subject, "Date": "Mon, 16 Nov 2026 08:00:00 +1300"}
        head |= {"Message-ID": f"<{self._sent}@school.example>", "Content-Type": "text/plain; charset=utf-8"}
        head |= {name.replace("_", "-"): value for name, value in fields.items()}
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", *body.split("\n"), ""]
        return self.send("\r\n".join(lines).encode(), author)

    def send(self, octets: bytes, author: str) -> str:
        """The octets are sent to whom To names, and what follows is delivered."""
        to = email.message_from_bytes(octets, policy=email.policy.default)["To"].addresses[0].addr_spec
        code, text = self.service.send(octets, to, author)
        assert code == 250, text
        self.settle()
        return text

    def settle(self) -> None:
        """The outbox is empty: asked of the database, as a command line takes a second."""
        end = time.monotonic() + 60
        with contextlib.closing(sqlite3.connect(self.service.folder / "listserv.db")) as database:
            while database.execute("SELECT count(*) FROM delivery WHERE state = 'waiting'").fetchone()[0]:
                assert time.monotonic() < end, "still in the outbox"
                time.sleep(0.02)

    def own_words(self, words: str) -> str:
        """What the archive tells of the post with these words, once it is derived."""
        wanted = "SELECT own FROM post_text WHERE own LIKE ? OR quoted LIKE ?"
        end = time.monotonic() + 20
        with contextlib.closing(sqlite3.connect(self.service.folder / "listserv.db")) as database:
            while time.monotonic() < end:
                found = database.execute(wanted, (f"%{words}%", f"%{words}%")).fetchone()
                if found is not None:
                    return str(found[0])
                time.sleep(0.1)
        raise AssertionError("its text was not derived")

    def mails(self, address: str, subject: str = "") -> list[EmailMessage]:
        """What was delivered to the address under such a subject, oldest first."""
        found = [
            email.message_from_bytes(each, policy=email.policy.default) for each in self.service.delivered(address)
        ]
        return [message for message in found if subject in str(message["Subject"])]

    def last(self, address: str, subject: str = "") -> EmailMessage:
        return self.mails(address, subject)[-1]

    def update(self) -> EmailMessage:
        """Aroha's weekly update."""
        return next(mail for mail in self.mails(AROHA) if "Term 4" in str(mail["Subject"]) and mail["Precedence"])

    def thread_address(self, subject: str) -> str:
        """The reply address of the conversation, as its first copy has it."""
        return str(self.mails(HONE, subject)[0]["Reply-To"].addresses[0].addr_spec)

    def landed(self, reader: str, words: str) -> tuple[str, str]:
        """Reply address and subject of the reader's copy of the post with these words."""
        (copy,) = [mail for mail in self.mails(reader) if words in delivered_text(mail.as_bytes())]
        return str(copy["Reply-To"].addresses[0].addr_spec), str(copy["Subject"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": "2026-11-19T10:00+13:00"}) as service:
        file = service.folder / "listserv.toml"
        trust = f'[smtp]\nauthserv_id = "{TRUSTED}"\ntrusted_networks = ["127.0.0.0/8"]\n'
        file.write_text(file.read_text("utf-8").replace("[smtp]\n", trust), "utf-8")
        _people(service)
        service.start()
        site = Site(service)
        for subject, words in TOPICS.items():
            site.write(f"Mere Tāmati <{MERE}>", LIST, subject, words)
        service.run("deadline", "add", LIST, "2026-11-27", "Applications close")
        service.stop()
        service._environment["LISTSERV_CLOCK"] = "2026-11-20T16:10+13:00"
        service.start()
        service.run("tick", "--now", "2026-11-20T16:10+13:00")
        site.settle()
        yield site


def _people(service: Service) -> None:
    weekly: dict[str, Any] = {"delivery": "none", "digest": "weekly"}
    with made(f"sqlite:///{service.folder}/listserv.db") as database, database.begin() as connection:
        network = ensure_network(connection, DOMAIN, NOW).id
        create_list(connection, network, "english", DOMAIN, "English Online", ListSettings(), NOW)
        create_list(connection, network, "big", DOMAIN, "Big Group", ListSettings(thanks_to_author=True), NOW)
        english, big = get_list(connection, LIST), get_list(connection, BIG)
        add_member(connection, english, JO, JO, NOW, name="Jo", granted=[Role.OWNER], delivery="none")
        for address, name in ((MERE, "Mere Tāmati"), (HONE, "Hone Parata")):
            add_member(connection, english, address, address, NOW, name=name)
        for address in (AROHA, PAUL, *map(_reader, STYLES)):
            add_member(connection, english, address, address, NOW, **weekly)
        for address in (MERE, HONE, *(f"t{number}@school.example" for number in range(98))):
            add_member(connection, big, address, address, NOW)


def _reader(style: str) -> str:
    """A weekly reader for each style: five questions a day are enough for one person."""
    return f"{style.replace('_', '-')}@school.example"


# --- a copy


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_a_copy_lands_in_its_conversation(site: Site, style: str) -> None:
    words = f"{SAID} ({style})"
    copy = site.mails(HONE, "Running records")[0]
    site.send(reply(copy.as_bytes(), words, style, author=f"Hone Parata <{HONE}>"), HONE)
    assert site.landed(MERE, words)[0] == site.thread_address("Running records")


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_ones_own_copy_lands_in_its_conversation(site: Site, style: str) -> None:
    words = f"I forgot to say that we use the tablets of the library. ({style})"
    own = site.mails(MERE, "Running records")[0]
    site.send(reply(own.as_bytes(), words, style, author=f"Mere Tāmati <{MERE}>"), MERE)
    assert site.landed(HONE, words)[0] == site.thread_address("Running records")


def test_the_author_alone_can_be_answered(site: Site) -> None:
    copy = site.mails(HONE, "Running records")[0]
    assert copy["From"].addresses[0].addr_spec == MERE
    assert f"To answer the author alone: {MERE}" in delivered_text(copy.as_bytes())


# --- an update


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_by_an_items_address_lands_in_its_conversation(site: Site, style: str) -> None:
    update = site.update()
    text = delivered_text(update.as_bytes())
    address = re.findall(r"Reply: (\S+)", text)[1]
    words = f"{SAID} (item, {style})"
    site.send(reply(update.as_bytes(), words, style, author=f"Aroha <{AROHA}>", to=address), AROHA)
    assert site.landed(HONE, words) == (site.thread_address("Matariki"), "Re: Matariki rauemi")


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_the_whole_update_lands_in_the_conversation_whose_item_it_answers(site: Site, style: str) -> None:
    words = f"{SAID} (below, {style})"
    line = "Matariki and would like"
    site.send(below(site.update().as_bytes(), line, words, style, author=f"Aroha <{AROHA}>"), AROHA)
    assert site.landed(HONE, words) == (site.thread_address("Matariki"), "Re: Matariki rauemi")


@pytest.mark.parametrize("style", STYLES)
def test_of_an_answer_within_the_update_the_next_one_tells_her_own_words(site: Site, style: str) -> None:
    words = f"{SAID} (own, {style})"
    site.send(below(site.update().as_bytes(), "somebody to read it", words, style, author=f"Aroha <{AROHA}>"), AROHA)
    own = site.own_words(words)
    assert words in own
    assert "In this update" not in own and "running records" not in own.lower()


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_that_means_no_item_is_asked_about_and_then_posted(site: Site, style: str) -> None:
    words = f"What a good idea that is, we shall try it. ({style})"
    author = _reader(style)
    before = len(site.mails(HONE))
    site.send(reply(site.update().as_bytes(), words, style, author=author), author)
    assert len(site.mails(HONE)) == before, "nothing is posted before she has said where"
    question = site.last(author, "Which conversation")
    text = delivered_text(question.as_bytes())
    numbers = dict(re.findall(r"^ +([0-9]+)  (.+)$", text, re.MULTILINE))
    assert [numbers[number] for number in ("1", "2", "3")] == list(TOPICS)
    assert site.thread_address("Moderation") in text and words not in text
    site.send(reply(question.as_bytes(), "3", style, author=author), author)
    assert site.landed(HONE, words) == (site.thread_address("Moderation"), "Re: Moderation meeting")


def test_an_answer_that_is_no_number_is_asked_back_and_zero_goes_to_the_owners(site: Site) -> None:
    site.send(reply(site.update().as_bytes(), "Lovely, thank you all for this!", "gmail", author=AROHA), AROHA)
    question = site.last(AROHA, "Which conversation")
    site.send(reply(question.as_bytes(), "The second one I think", "gmail", author=AROHA), AROHA)
    again = site.last(AROHA, "Which conversation")
    assert "did not understand" in delivered_text(again.as_bytes())
    site.send(reply(again.as_bytes(), "0", "gmail", author=AROHA), AROHA)
    assert any("Lovely, thank you" in delivered_text(mail.as_bytes()) for mail in site.mails(JO))
    assert not any("Lovely, thank you" in delivered_text(mail.as_bytes()) for mail in site.mails(HONE))


def test_a_reply_to_all_goes_by_the_address_that_tells_most(site: Site) -> None:
    update = site.update()
    item = re.findall(r"Reply: (\S+)", delivered_text(update.as_bytes()))[0]
    whole = str(update["Reply-To"].addresses[0].addr_spec)
    for number, recipients in enumerate(([LIST, whole, item], [item, whole, LIST])):
        words = f"Tablets, with a stand, for us. ({number})"
        octets = reply(update.as_bytes(), words, "gmail", author=f"Aroha <{AROHA}>")
        assert site.service.send(octets, recipients, AROHA)[0] == 250
        site.settle()
        assert site.landed(HONE, words) == (site.thread_address("Running records"), "Re: Running records")


def test_a_new_mail_to_an_updates_address_is_a_new_conversation(site: Site) -> None:
    address = str(site.update()["Reply-To"].addresses[0].addr_spec)
    site.write(HONE, address, "Camp in week nine", "Who has gear that we could borrow for the camp?")
    assert site.mails(MERE, "Camp in week nine")[0]["Reply-To"] != site.thread_address("Running records")


# --- follow and mute


def test_who_reads_weekly_and_writes_gets_the_answers_until_she_mutes(site: Site) -> None:
    site.write(f"Aroha <{AROHA}>", LIST, "Spelling in Year 5", "Which spelling programme do you use with them?")
    address = site.thread_address("Spelling")
    site.write(HONE, address, "Re: Spelling in Year 5", "We use our own lists of words.")
    copy = site.last(AROHA, "Spelling")
    assert "own lists of words" in delivered_text(copy.as_bytes())
    assert not site.mails(AROHA, "Camp in week nine"), "only of the conversation she wrote in"
    site.send(reply(copy.as_bytes(), "mute", "iphone", author=AROHA), AROHA)
    question = site.last(AROHA, "Shall we ")
    assert not any(delivered_text(mail.as_bytes()).startswith("mute\n") for mail in site.mails(HONE))
    site.send(reply(question.as_bytes(), "Yes please, that was me", "outlook_web", author=AROHA), AROHA)
    assert site.last(AROHA, "You have muted")
    site.write(MERE, address, "Re: Spelling in Year 5", "And we have none at all.")
    assert "none at all" not in "".join(delivered_text(mail.as_bytes()) for mail in site.mails(AROHA, "Spelling"))
    made = site.last(AROHA, "You have muted")
    site.send(reply(made.as_bytes(), "follow", "gmail", author=AROHA), AROHA)
    site.write(MERE, address, "Re: Spelling in Year 5", "Then we tried another one.")
    assert "another one" in delivered_text(site.last(AROHA, "Spelling").as_bytes())


def test_a_forged_mute_changes_nothing_and_a_no_neither(site: Site) -> None:
    address = site.thread_address("Moderation")
    site.write(HONE, address, "Re: Moderation meeting", "mute", Authentication_Results=f"{TRUSTED}; dmarc=fail")
    site.write(MERE, address, "Re: Moderation meeting", "Wednesday suits us best.")
    assert "Wednesday suits" in delivered_text(site.last(HONE, "Moderation").as_bytes())
    question = site.last(HONE, "Shall we ")
    site.send(reply(question.as_bytes(), "no", "gmail", author=HONE), HONE)
    site.write(MERE, address, "Re: Moderation meeting", "Thursday would do as well.")
    assert "Thursday would" in delivered_text(site.last(HONE, "Moderation").as_bytes())


def test_a_vouched_word_is_done_at_once(site: Site) -> None:
    site.write(MERE, LIST, "Library week", "Who comes with us to the library in week eight?")
    address = site.thread_address("Library")
    vouched = f"{TRUSTED}; dmarc=pass header.from=school.example"
    site.write(f"Hone <{HONE}>", address, "Re: Library week", "Whakangū", Authentication_Results=vouched)
    assert site.last(HONE, "You have muted a conversation")
    site.write(MERE, address, "Re: Library week", "The bus leaves at nine.")
    assert "bus leaves" not in delivered_text(site.last(HONE, "Library").as_bytes())


def test_a_word_below_an_item_of_the_update_follows_that_conversation(site: Site) -> None:
    site.send(below(site.update().as_bytes(), "somebody to read it", "follow", "gmail", author=PAUL), PAUL)
    question = site.last(PAUL, "Shall we ")
    assert "Matariki rauemi" in delivered_text(question.as_bytes())


def test_a_strangers_word_is_neither_posted_nor_answered(site: Site) -> None:
    site.write(MERE, LIST, "Science fair", "Who judges the science fair with me?")
    before = len(site.mails(HONE))
    site.write("eve@elsewhere.example", site.thread_address("Science fair"), "Re: Science fair", "mute")
    assert len(site.mails(HONE)) == before
    assert not site.mails("eve@elsewhere.example")


# --- thanks


def test_a_short_thanks_goes_to_the_author_alone_until_its_writer_wants_it_posted(site: Site) -> None:
    site.write(f"Mere Tāmati <{MERE}>", BIG, "A unit on volcanoes", "Here is our unit on volcanoes for everybody.")
    copy = site.last(HONE, "volcanoes")
    site.send(reply(copy.as_bytes(), "Thanks Mere, brilliant!", "iphone", author=f"Hone Parata <{HONE}>"), HONE)
    thanks = site.last(MERE, "thanks you for your post")
    assert "Thanks Mere, brilliant!" in delivered_text(thanks.as_bytes())
    assert len(site.mails("t1@school.example")) == 1
    receipt = site.last(HONE, "Your thanks went to")
    site.send(reply(receipt.as_bytes(), "Post my thanks", "outlook_desktop", author=HONE), HONE)
    assert "Thanks Mere, brilliant!" in delivered_text(site.last("t1@school.example").as_bytes())
    site.send(reply(copy.as_bytes(), "Thank you again Mere", "gmail", author=f"Hone Parata <{HONE}>"), HONE)
    assert "Thank you again Mere" in delivered_text(site.last("t1@school.example").as_bytes())


def test_a_thanks_with_a_question_is_posted(site: Site) -> None:
    site.write(f"Mere Tāmati <{MERE}>", BIG, "A unit on rivers", "Here is our unit on rivers for everybody.")
    copy = site.last("t2@school.example", "rivers")
    words = "Thanks! Which year is it for?"
    site.send(reply(copy.as_bytes(), words, "gmail", author="t2@school.example"), "t2@school.example")
    assert words in delivered_text(site.last("t3@school.example").as_bytes())


# --- mails that are answered elsewhere


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_a_notice_goes_to_those_who_run_the_group(site: Site, style: str) -> None:
    if not site.mails(PAUL, "was not published"):
        site.service.run("list", "set", LIST, "emergency=true")
        site.write(PAUL, LIST, "Buy my old car", "It is red and nearly new, who wants it?")
        (held,) = [each for each in site.service.table("held", LIST) if each["subject"] == "Buy my old car"]
        site.service.run("reject", str(held["id"]), "--reason", "Not about school")
        site.service.run("list", "set", LIST, "emergency=false")
        site.settle()
    words = f"I see, sorry about that. ({style})"
    notice = site.last(PAUL, "was not published")
    site.send(reply(notice.as_bytes(), words, style, author=PAUL), PAUL)
    assert any(words in delivered_text(mail.as_bytes()) for mail in site.mails(JO))
    assert not any(words in delivered_text(mail.as_bytes()) for mail in site.mails(HONE))


@pytest.mark.parametrize("style", STYLES)
def test_a_reply_to_a_reminder_goes_to_those_who_run_the_group(site: Site, style: str) -> None:
    reminder = site.mails(HONE, "Applications close")[0]
    words = f"I cannot find the form for this. ({style})"
    before = len(site.mails(MERE))
    site.send(reply(reminder.as_bytes(), words, style, author=f"Hone Parata <{HONE}>"), HONE)
    assert any(words in delivered_text(mail.as_bytes()) for mail in site.mails(JO))
    assert len(site.mails(MERE)) == before
