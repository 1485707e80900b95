"""A facilitator asks everybody, each by a mail of her own; what she may have of the answers comes as one document."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from listserv.digest.tick import tick
from listserv.digest.week import tick_week
from listserv.inbound.chores import do_chores
from listserv.inbound.week.consenting import Read, Says, read_answer
from listserv.inbound.week.document import by_name
from listserv.inbound.week.inquiring import read_question
from listserv.inbound.week.prompting import post_prompt
from listserv.mail.parse import parse
from listserv.model.lists import Delivery, DigestPeriod, Role
from listserv.model.smtp import Envelope
from listserv.resources import environment
from listserv.store.goals import add_goal
from listserv.store.inquiries import consented, open_inquiries
from listserv.store.lists import get_list
from listserv.store.people import person_of
from listserv.store.person_record import record
from listserv.store.schema import journal_entries
from tests.client_styles import STYLES
from tests.client_styles import reply as in_style
from tests.clockwork import silent, utc, workshop
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import a_list, a_member

QUESTION = "What did you try, and what happened?"
FAY, GUS, ANA, BEN, EVE, KIM = (f"{who}@school.example" for who in ("fay", "gus", "ana", "ben", "eve", "kim"))
MONDAY = utc("2026-11-16T09:00")
CLOSING = utc("2026-11-27T15:00")


class Room:
    """A group with two facilitators, three teachers and a guest, and its clock."""

    def __init__(self, site: Site) -> None:
        self.site = site
        site.now = MONDAY
        with site.database.begin() as connection:
            group = a_list(connection, "english", time_zone="Pacific/Auckland", drafts="none")
            for who, held in ((FAY, {Role.FACILITATOR}), (GUS, {Role.FACILITATOR}), (KIM, {Role.GUEST})):
                group = a_member(connection, group, who, name=who.split("@")[0].title(), granted=held)
            for who, name, school in ((ANA, "\u0100na Tipene", "Everglade"), (BEN, "Ben Carter", "Ramarama")):
                group = a_member(connection, group, who, name=name, school=school)
            weekly = {"digest": DigestPeriod.WEEKLY, "delivery": Delivery.NONE}
            a_member(connection, group, EVE, name="Eve Marsh", **weekly)

    def tick(self, now: datetime) -> dict[str, list[EmailMessage]]:
        """What a round of the clock then sends, by local part."""
        site = self.site
        site.now = now
        do_chores(site.writer, site.settings, environment(None), site.key, now)
        tick_week(site.database, site.writer, workshop(), post_prompt, now)
        tick(site.database, site.writer, workshop(silent), now)
        return self.came()

    def came(self) -> dict[str, list[EmailMessage]]:
        found: dict[str, list[EmailMessage]] = {}
        for mail in self.site.mails():
            found.setdefault(str(mail["To"].addresses[0].username), []).append(mail)
        return found

    def ask(self, words: str = "yes", who: str = FAY) -> str:
        """She asks everybody; gives what she is told."""
        self.site.send("english-request", who, "ask everybody")
        self.site.send(reply_address(self.site.mail()), who, words)
        return text(self.site.mail())

    def reply(self, who: str, to: EmailMessage, words: str) -> EmailMessage:
        """She answers; gives what she is told."""
        self.site.send(reply_address(to), who, words)
        return self.site.mail()


def text(mail: EmailMessage) -> str:
    """The mail's words on one line."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def page(mail: EmailMessage) -> str:
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "answers.html"
    return str(attached.get_content())


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    with a_site(database_url) as site:
        yield Room(site)


def test_each_member_is_asked_once_and_never_too_much(room: Room) -> None:
    assert "Friday 27 November 2026" in room.ask()
    came = room.tick(MONDAY + timedelta(minutes=1))
    assert set(came) == {"gus", "ana", "ben", "eve"}
    asked = text(came["ana"][0])
    assert QUESTION in asked and "Fay asks everybody in English" in asked and "yes, share" in asked
    assert "Friday 27 November" in asked and "no questions" in asked
    for day in range(16, 28):
        assert room.tick(utc(f"2026-11-{day}T14:00")) == {}


def test_nobody_is_asked_at_night_at_a_weekend_or_near_her_update(room: Room) -> None:
    room.site.now = utc("2026-11-20T20:00")
    room.ask("What worked?\nby 11 December")
    for quiet in ("2026-11-20T20:01", "2026-11-21T10:00", "2026-11-23T07:00"):
        assert room.tick(utc(quiet)) == {}
    assert "eve" in room.tick(utc("2026-11-23T08:01"))


def test_who_was_reminded_this_week_is_asked_in_the_next(room: Room) -> None:
    with room.site.database.begin() as connection:
        goal = get_list(connection, "english")
        add_goal(connection, goal.id, "Two posts", 2, utc("2026-11-02T08:00"), day=date(2026, 12, 1))
    assert "ana" in room.tick(utc("2026-11-17T08:01"))
    room.site.now = utc("2026-11-17T09:00")
    room.ask()
    assert set(room.tick(utc("2026-11-17T09:01"))) == {"gus"}
    asked = room.tick(utc("2026-11-24T09:00"))
    assert [QUESTION in text(mail) for mail in asked["ana"]] == [True]  # and no second reminder beside it


def test_the_document_has_what_may_be_shared_and_no_more(room: Room) -> None:
    room.ask("Kia ora,\nWhat did you try this term,\nand what will you keep?\nby Friday 27 November")
    asked = room.tick(MONDAY + timedelta(minutes=1))
    kept = room.reply(BEN, asked["ben"][0], "It did not go well.\n\nBen")
    assert "nobody but you reads it" in text(kept)
    shared = room.reply(ANA, asked["ana"][0], "Kia ora\nYes, share\n\nRunning records on a tablet.\n\nI keep them.")
    assert "These words will stand" in text(shared) and "I keep them." in text(shared)
    gus = room.reply(GUS, asked["gus"][0], "Share: one group a day.")
    assert str(gus["Subject"]) == "Your answer is shared"
    room.site.send("english-request", FAY, "answers")
    assert "the answers of 2 people" in text(room.site.mail())
    room.site.send("english-request", BEN, "answers")
    assert "You have asked nothing" in text(room.site.mail())
    assert room.tick(CLOSING - timedelta(minutes=1)) == {}
    assert text(room.reply(GUS, gus, "withdraw")).startswith("Kia ora Gus, What you wrote is in your journal")
    [sent] = room.tick(CLOSING)["fay"]
    assert room.tick(CLOSING + timedelta(minutes=1)) == {}
    told = text(sent)
    assert str(sent["Subject"]) == "English: one answer to your question"
    assert "What did you try this term, and what will you keep?" in told
    assert "\u0100na Tipene, Everglade Running records on a tablet. I keep them." in told
    assert "share" not in told and "Ben" not in told and "group a day" not in told
    shown = page(sent)
    assert "<h2>\u0100na Tipene</h2>" in shown and "Everglade" in shown and "Ben" not in shown and "Gus" not in shown
    room.reply(BEN, kept, "Yes, share")
    room.site.send("english-request", FAY, "answers")
    again = text(room.site.mail())
    assert again.index("\u0100na Tipene") < again.index("Ben Carter, Ramarama It did not go well.")


def test_consent_and_its_end_are_on_record(room: Room) -> None:
    room.ask()
    [asked] = room.tick(MONDAY + timedelta(minutes=1))["ana"]
    shared = room.reply(ANA, asked, "A tablet.\n\nyes, share\n\nNg\u0101 mihi\n\u0100na")
    room.reply(ANA, shared, "withdraw")
    with room.site.database.read() as connection:
        person_id = person_of(connection, ANA)
        assert person_id is not None
        given, taken = (line for line in record(connection, person_id).consents if "answer" in line)
    assert "answer shared english by mail" in given and "put this line above it" in given and "> yes, share" in given
    assert "answer taken back english by mail" in taken and taken.endswith("> withdraw")


def test_deleted_answers_are_gone_and_a_no_is_heard(room: Room) -> None:
    room.ask()
    asked = room.tick(MONDAY + timedelta(minutes=1))
    shared = room.reply(ANA, asked["ana"][0], "yes, share\nA tablet.")
    assert "no longer in your journal" in text(room.reply(ANA, shared, "delete"))
    room.site.send(reply_address(asked["ben"][0]), BEN, "No thanks")
    assert room.site.mails() == []
    assert "no more questions" in text(room.reply(GUS, asked["gus"][0], "no questions"))
    with room.site.database.read() as connection:
        assert connection.execute(select(journal_entries.c.id)).first() is None
    [sent] = room.tick(CLOSING)["fay"]
    assert "There is no answer that you may have" in text(sent) and not list(sent.iter_attachments())
    room.site.now = utc("2026-11-30T09:00")
    room.ask()
    assert "gus" not in room.tick(utc("2026-11-30T09:01"))


def test_only_who_asked_and_still_facilitates_gets_the_document(room: Room) -> None:
    room.site.send("english-request", ANA, "ask everybody")
    assert "Only the facilitators" in text(room.site.mail())
    room.ask()
    room.site.send("english-request", GUS, "ask everybody")
    room.site.send(reply_address(room.site.mail()), GUS, "yes")
    assert "still open" in text(room.site.mail())
    [asked] = room.tick(MONDAY + timedelta(minutes=1))["ana"]
    room.reply(ANA, asked, "yes, share\nA tablet.")
    with room.site.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM role WHERE person_id = (SELECT min(person_id) FROM role)")
    assert room.tick(CLOSING) == {}


def test_an_ended_question_asks_nobody_and_makes_no_document(room: Room) -> None:
    room.site.send("english-request", FAY, "ask everybody")
    room.site.send(reply_address(room.site.mail()), FAY, "yes")
    begun = room.site.mail()
    assert "no document is made" in text(room.reply(FAY, begun, "stop"))
    assert room.tick(MONDAY + timedelta(minutes=1)) == {} == room.tick(CLOSING)


def test_a_question_comes_only_from_her_own_mailbox(room: Room) -> None:
    """A forged From makes us write to the facilitator alone, and repeats nothing of what it said."""
    room.site.send("english-request", FAY, "ask everybody: buy at http://evil.example", return_path="x@evil.example")
    asked = room.site.mail()
    assert str(asked["To"].addresses[0].addr_spec) == FAY and "evil" not in asked.as_string()
    assert room.tick(MONDAY + timedelta(minutes=1)) == {}


def test_a_day_before_which_there_is_no_school_is_asked_back(room: Room) -> None:
    room.site.now = utc("2026-12-19T09:00")
    assert "no school day" in room.ask("What worked?\nby 15 January")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Kia ora Fay", "It worked."], Read(Says.WORDS)),
        (["Yes, share.", "It worked."], Read(Says.WORDS, "Yes, share.")),
        (["It worked.", "\u0101e, tohaina", "Ng\u0101 mihi", "Ana"], Read(Says.WORDS, "\u0101e, tohaina")),
        (["Share: it worked."], Read(Says.WORDS, "Share:")),
        (["Yes, share. It worked."], Read(Says.WORDS, "Yes, share.")),
        (["Share", "Cheers", "Ana Tipene"], Read(Says.SHARE, "Share")),
        (["withdraw", "Ana Tipene", "Deputy Principal | Everglade", "P 09 555 0123"], Read(Says.WITHDRAW)),
        (["Ng\u0101 mihi", "Ana"], Read(Says.NOTHING)),
        (["share", "Ana"], Read(Says.SHARE, "share")),
        (["Share time on Fridays worked best."], Read(Says.WORDS)),
        (["Yes, share time was the best."], Read(Says.WORDS)),
        (["Yes", "It worked."], Read(Says.WORDS)),
        (["yes, share", "Please don't share this.", "It failed."], Read(Says.WORDS)),
        (["Don\u2019t share it"], Read(Says.WITHDRAW)),
        (["They could not share the tablets.", "Yes, share"], Read(Says.WORDS, "Yes, share")),
        (["withdraw"], Read(Says.WITHDRAW)),
        (["K\u0101o"], Read(Says.WITHDRAW)),
        (["Delete it", "Ana"], Read(Says.DELETE)),
        (["no more questions"], Read(Says.OFF)),
        ([], Read(Says.NOTHING)),
        (["Kia ora"], Read(Says.NOTHING)),
    ],
)
def test_how_an_answer_is_read(lines: list[str], expected: Read) -> None:
    assert read_answer(lines, "Ana Tipene") == expected


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_mail_program_is_understood_and_what_it_quotes_is_no_consent(style: str, tmp_path: Path) -> None:
    """Our mail names the words of consent, and each program quotes it in its own way, some without a mark."""
    with a_site(tmp_path) as site:
        room = Room(site)
        room.ask()
        asked = room.tick(MONDAY + timedelta(minutes=1))["ana"][0].as_bytes()

        def answered(own: str) -> tuple[str, str]:
            """The subject of what she is told, and what the document would then say."""
            octets = in_style(asked, own, style, author=ANA)
            site.reception.submit(Envelope(ANA, (reply_address_of(octets),)), parse(octets)).result()
            told = site.mail()
            with site.database.read() as connection:
                [inquiry] = open_inquiries(connection, site.now)
                given = by_name(consented(connection, inquiry))
            return str(told["Subject"]), " ".join(each for answer in given for each in answer.paragraphs)

        assert answered("")[1] == ""
        assert answered("We kept it.") == ("Your answer is in your journal", "")
        told, words = answered("Yes, share\n\nIt worked.")
        assert told == "Your answer is shared"
        assert words.startswith("It worked.") and "Fay" not in words and "hare" not in words and "We kept" not in words
        assert answered("withdraw") == ("Your answer is in your journal", "")
        told, words = answered("share")
        assert told == "Your answer is shared" and "We kept it." in words and "It worked." in words
        assert answered("delete") == ("Your answer is deleted", "")


def reply_address_of(octets: bytes) -> str:
    return str(email.message_from_bytes(octets, policy=email.policy.default)["To"].addresses[0].addr_spec)


def test_how_a_question_is_read() -> None:
    today = date(2026, 11, 16)
    assert read_question(["Hi,", "What worked?", "By Friday 27 November"], today) == (
        "What worked?",
        date(2026, 11, 27),
    )
    assert read_question(["By trying it, what did you learn?"], today) == ("By trying it, what did you learn?", None)
    assert read_question(["K\u014drerohia mai", "hei te 27 Noema"], today) == ("K\u014drerohia mai", date(2026, 11, 27))
    assert read_question([], today) == (None, None)
    assert read_question(["Fay Brown", "Deputy Principal | Everglade"], today) == (None, None)
    assert read_question(["Yes", "Fay Brown", "Lead teacher"], today, "Fay Brown") == ("", None)
    assert read_question(["\u0100e", "Lead Teacher | Everglade", "P 09 555 0123"], today) == ("", None)
    assert read_question(["Yes please", "What worked for you?"], today) == ("What worked for you?", None)
    assert read_question(["What worked?", "Ng\u0101 mihi", "Fay"], today) == ("What worked?", None)
    assert read_question(["No"], today) == (None, None)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_an_empty_reply_never_asks_everybody_what_we_wrote(style: str, tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        room = Room(site)
        site.send("english-request", FAY, "ask everybody")
        how = site.mail().as_bytes()
        for own, told in (("", "no question in your reply"), ("no", "no question in your reply"), ("yes", QUESTION)):
            octets = in_style(how, own, style, author=FAY)
            site.reception.submit(Envelope(FAY, (reply_address_of(octets),)), parse(octets)).result()
            assert told in text(site.mail())
        asked = text(room.tick(MONDAY + timedelta(minutes=1))["ana"][0])
        assert QUESTION in asked and "Principal" not in asked and "Reply to this mail with" not in asked
