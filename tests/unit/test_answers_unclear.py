"""What is no clear wish brings nobody back, and what a help desk's program writes by itself confirms nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.inbound.people.answers import consents, consents_to_leave, says_goodbye, wants_back
from listserv.mail.parse import Message, parse
from listserv.store.lists import get_list
from listserv.store.people import find_member, person_of
from tests.client_styles import STYLES, reply
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member, a_post

MERE, DESK = "mere@school.example", "helpdesk@school.example"
QUOTED = "> Somebody, probably you, asked that you leave English.\n> To leave, reply to this mail."
RECEIPTS = (
    ("Re: Do you want to leave English?", "Thank you for contacting IT Support.\nWe will be in touch within two days."),
    ("Re: Do you want to leave English?", "Your request has been received and is being reviewed by our staff."),
    ("[#48213] Do you want to leave English?", "Kia ora, a member of our team will be with you soon."),
    ("Re: Do you want to leave English? [Ticket 4821]", ""),
    ("Case 0048213: Do you want to leave English?", "We are on it."),
    ("Thank you for your e-mail", "We answer on Mondays and Thursdays."),
    ("We have your mail", ""),
    ("Re: Do you want to leave English?", "A new ticket (4711) was made from your mail."),
    ("Re: Do you want to leave English?", "Ihre Anfrage ist bei uns eingegangen und wird so bald wie es geht von den "
     "Leuten gelesen, die dafür da sind. Bitte haben Sie ein wenig Geduld, es sind gerade viele Anfragen offen. "
     "Wenn Sie etwas dazu schreiben wollen, dann antworten Sie einfach auf diese Mail und lassen den Betreff so."),
)  # fmt: skip
BACK = (
    *("", "back", "Back please", "Yes", "yes please, thanks!", "I left by mistake, please put me back, thanks"),
    *(
        "Kia ora\n\nThat was an accident\nMere",
        "Undo",
        "I want to stay",
        "I didn't mean to leave",
        "hoki",
        "Āe",
        "rejoin",
    ),
    *("Can you let me back in? Thanks", "Please bring me back"),
)
GOODBYES = (
    *("Thanks, goodbye!", "Thank you!", "Ngā mihi nui", "Bye", "Haere rā", "Thanks for everything, all the best\nMere"),
    *("I'll be back next year, thanks!", "Cheers", "Thank you\nMere", "Thanks. I may come back one day."),
)
UNCLEAR = (
    "That was my phone, sorry!",
    "What happened?",
    "Too many mails",
    "Please restore this, thanks",
    "Who did that?",
)


def mail(text: str, subject: str = "Re: Do you want to leave English?") -> Message:
    head = f"From: {MERE}\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parse((head + text.replace("\n", "\r\n")).encode())


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            group = a_member(connection, a_list(connection, join="open"), MERE, name="Mere")
            a_member(connection, group, DESK, name="Help desk")
        yield made


def is_in(site: Site, address: str) -> bool:
    with site.database.read() as connection:
        mail_list = get_list(connection, f"english@{DOMAIN}")
        place = find_member(connection, mail_list, person_of(connection, address) or 0, site.now)
        return place is not None and bool(place.id)


@pytest.mark.parametrize(("subject", "text"), RECEIPTS)
def test_a_receipt_without_a_mark_is_no_answer(subject: str, text: str) -> None:
    for words in (text, f"{text}\n\n{QUOTED}"):
        message = mail(words, subject)
        assert consents(message) is None
        assert consents_to_leave(message) is None
        assert wants_back(message) is not True


def test_no_reply_of_a_program_that_people_have_collected_is_an_answer(corpus: Path) -> None:
    files = [file for file in (corpus / "autoreplies").iterdir() if file.suffix in (".eml", ".msg")]
    assert len(files) > 10
    told = {file.name: parse(file.read_bytes()) for file in files if "discourse" not in file.name}
    assert [name for name, message in told.items() if consents_to_leave(message) is True] == []


@pytest.mark.parametrize("text", BACK)
def test_who_wants_back(text: str) -> None:
    assert wants_back(mail(text)) is True


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize(("text", "back"), [("", True), ("Back please", True), ("Thanks, goodbye!", None)])
def test_in_every_program(style: str, text: str, back: bool | None) -> None:
    ours = a_post(
        f"english@{DOMAIN}", "You have left English", "You have left English.\n\nWas that not meant? Reply back."
    )
    message = parse(reply(ours, text, style, author=f"Mere Tāmati <{MERE}>"))
    closing_alone = style == "apple_mail" and not text  # "Ngā mihi, Mere" may be a thanks: it is asked back
    assert wants_back(message) is (None if closing_alone else back)
    assert says_goodbye(message) is text.startswith("Thanks")
    assert consents(message) is True


@pytest.mark.parametrize("text", [*GOODBYES, *UNCLEAR])
def test_who_does_not_say_so(text: str) -> None:
    assert wants_back(mail(text)) is not True
    assert says_goodbye(mail(text)) is (text in GOODBYES)


@pytest.mark.parametrize("text", ["no", "No thanks", "please leave me alone", "unsubscribe"])
def test_who_wants_to_be_left_alone(text: str) -> None:
    assert wants_back(mail(text)) is not True


def leave(site: Site) -> str:
    """Mere leaves; gives where an answer to the goodbye goes."""
    site.send("english-leave", MERE)
    site.send(reply_address(site.mail()), MERE, "yes")
    assert not is_in(site, MERE)
    return reply_address(site.mail())


def test_thanks_are_taken_for_thanks_and_the_way_back_stays_open(site: Site) -> None:
    goodbye = leave(site)
    assert site.send(goodbye, MERE, "Thanks, goodbye!").code == 250
    assert site.mails() == []
    assert not is_in(site, MERE)
    site.after(days=3)
    site.send(goodbye, MERE, "Back, please")
    assert is_in(site, MERE)
    assert site.mail()["Subject"] == "You are in English again"


def test_what_cannot_be_told_is_asked_back_once_a_day(site: Site) -> None:
    goodbye = leave(site)
    site.send(goodbye, MERE, "That was my phone, sorry!")
    again = site.mail()
    assert again["Subject"] == "Do you want to come back to English?"
    assert not is_in(site, MERE)
    site.send(goodbye, MERE, "Did you hear me?")
    assert site.mails() == []
    site.send(reply_address(again), MERE, "yes")
    assert is_in(site, MERE)


def test_a_help_desk_is_taken_out_by_nobody_who_forges_its_name(site: Site) -> None:
    subject, receipt = RECEIPTS[1]
    site.send("english-leave", DESK, return_path="forger@elsewhere.example")
    asked = site.mail()
    site.send(reply_address(asked), DESK, f"{receipt}\n\n{QUOTED}", subject)
    again = site.mail()
    site.send(reply_address(again), DESK, f"{receipt}\n\n> Please answer", subject)
    assert site.mails() == []
    assert is_in(site, DESK)
    site.send(reply_address(again), DESK, "yes")
    assert not is_in(site, DESK)
