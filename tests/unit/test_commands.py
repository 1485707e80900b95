"""The table of commands: each row whole in both languages, every example understood, and who may do what by mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from listserv.inbound.commands.command import Command
from listserv.inbound.commands.reading import read_line, read_wishes
from listserv.inbound.commands.table import COMMANDS
from listserv.inbound.days import read_day
from listserv.mail.parse import Message, parse
from listserv.model.lists import Delivery, DigestPeriod, Role
from listserv.resources import environment
from listserv.store.folding import fold
from listserv.store.hours import hours_of
from listserv.store.lists import get_list
from listserv.store.people import find_member, person_of
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import a_list, a_member

MERE, ARO = "mere@school.example", "aroha@school.example"
TODAY = date(2026, 11, 16)
ids = [command.name for command in COMMANDS]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        with made.database.begin() as connection:
            group = a_member(connection, a_list(connection, "english", join="open"), MERE, name="Mere")
            a_member(connection, group, ARO, name="Aroha", granted={Role.OWNER})
        yield made


def mail(text: str, subject: str = "") -> Message:
    head = f"From: {MERE}\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parse((head + text.replace("\n", "\r\n")).encode())


def wishes(text: str, subject: str = "") -> list[tuple[str, str | None]]:
    return [(wish.command.name, wish.argument) for wish in read_wishes(mail(text, subject), TODAY)]


def sentence(command: Command, language: str) -> str:
    template = environment(None).get_template("email/command_words.txt")
    module = template.make_module({"locale": language})
    return str(module.what(command.name)).strip()  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS, ids=ids)
def test_a_row_is_whole_in_both_languages(command: Command) -> None:
    assert command.act or command.at_once
    for language in ("en", "mi"):
        assert command.words[language]
        found = read_line(command.examples[language], TODAY)
        assert found is not None
        assert found.command is command
        assert found.argument is not None
    english, maori = sentence(command, "en"), sentence(command, "mi")
    assert english.endswith(".")
    assert maori.endswith(".")
    assert english != maori


def test_no_two_commands_share_words() -> None:
    words = [fold(word) for command in COMMANDS for some in command.words.values() for word in some]
    assert len(words) == len(set(words))
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Pause until 31 January, please.", ("pause", "2027-01-31")),
        ("pause until Sunday 31/1/2027", ("pause", "2027-01-31")),
        ("whakata ki te 31 o Kohitaatea", ("pause", "2027-01-31")),
        ("pause until 16 November", ("pause", None)),
        ("pause until 2030-01-01", ("pause", None)),
        ("DIGEST: Weekly", ("digest", "weekly")),
        ("pānui ā-wiki", ("digest", "weekly")),
        ("panui a marama", ("digest", "monthly")),
        ("mails OFF", ("mails", "off")),
        ("unsubscribe", ("leave", "")),
        ("leave all", ("leave_all", "")),
        ("my name is Mere Tāmati", ("name", "Mere Tāmati")),
        ("name http://spam.example", ("name", None)),
        ("invite <ana@other.example> Ana Lima until 18 December", ("invite", "ana@other.example|Ana Lima|2026-12-18")),
        ("invite ana@other.example", ("invite", "ana@other.example||")),
        ("invite Ana", ("invite", None)),
        ("language te reo Māori", ("language", "mi")),
        ("> pause until 31 January", ("pause", "2027-01-31")),
    ],
)
def test_lines_are_read_as_people_write_them(line: str, expected: tuple[str, str | None]) -> None:
    found = read_line(line, TODAY)
    assert found is not None
    assert (found.command.name, found.argument) == expected


@pytest.mark.parametrize(
    "line", ["Kia ora koutou", "Thanks, Mere", "help me to find the agenda please, somebody", "leave it as it is", ""]
)
def test_what_is_no_command_is_passed_over(line: str) -> None:
    assert wishes(line) == []


def test_greetings_quotes_and_signatures_around_commands_do_no_harm() -> None:
    text = "Kia ora,\n\ndigest weekly\nmails off\nmails on\n\nNgā mihi\nMere\n\nOn Monday Aroha wrote:\n> leave\n"
    assert wishes(text) == [("digest", "weekly"), ("mails", "on")]
    assert wishes("", "Re: my settings") == [("status", "")]
    assert wishes("digest weekly", "unsubscribe") == [("digest", "weekly")]


@pytest.mark.parametrize(
    "text", ["31 January", "31st of Jan", "Jan 31", "31/1", "2027-01-31", "31 Hānuere", "31.1.2027"]
)
def test_one_day_has_many_names(text: str) -> None:
    assert read_day(text, TODAY) == date(2027, 1, 31)


@pytest.mark.parametrize(
    "text", ["", "soon", "31", "31 31", "30 February 2027", "99/99", "1/2/3", "٣ January x", "a" * 500]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text, TODAY) is None


def place(site: Site, address: str = MERE) -> tuple[Delivery, DigestPeriod] | None:
    with site.database.read() as connection:
        person_id = person_of(connection, address)
        found = find_member(connection, get_list(connection, "english"), person_id or 0, site.now)
    return (found.delivery, found.digest) if found else None


def test_a_forged_from_changes_nothing_and_is_told_only_at_the_known_address(site: Site) -> None:
    site.send("english-request", MERE, "mails off\nname Somebody Rude", return_path="eve@elsewhere.example")
    asked = site.mail()
    assert asked["To"] == f"Mere <{MERE}>"
    assert "Rude" not in asked.as_string()
    assert place(site) == (Delivery.EACH, DigestPeriod.NONE)
    site.send(reply_address(asked), MERE, "yes")
    assert place(site) == (Delivery.NONE, DigestPeriod.NONE)
    assert "Your name is now Somebody Rude." in site.mail().get_content()


def test_a_no_to_the_question_does_none_of_it(site: Site) -> None:
    site.send("english-request", MERE, "mails off")
    site.send(reply_address(site.mail()), MERE, "No!")
    assert site.mails() == []
    assert place(site) == (Delivery.EACH, DigestPeriod.NONE)


def test_a_mail_about_settings_is_answered_with_commands_at_once(site: Site) -> None:
    site.send("english-request", MERE, "my settings")
    shown = site.mail()
    assert "You get each mail of the group." in shown.get_content()
    assert MERE in shown.get_content()
    site.send(reply_address(shown), MERE, "digest weekly\nmails off\npause until never")
    done = site.mail()
    assert place(site) == (Delivery.NONE, DigestPeriod.WEEKLY)
    assert "pause until 31 January" in done.get_content()
    assert site.send(reply_address(shown), MERE, "mails on").code == 550
    site.send(reply_address(done), MERE, "What now?")
    assert "did not understand" in str(site.mail()["Subject"])
    site.send(reply_address(done), MERE, "leave")
    assert site.mail()["Subject"] == "You have left English"
    assert site.send(reply_address(done), MERE, "mails on").code == 550


def test_only_those_who_look_after_the_group_invite(site: Site) -> None:
    for author, expected in ((MERE, "Only those who look after the group"), (ARO, "An invitation is on its way")):
        site.send("english-request", author, "invite ana@other.example Ana")
        site.send(reply_address(site.mail()), author)
        mails = site.mails()
        assert expected in mails[-1].get_content()
    assert [str(each["To"]) for each in mails] == ["Ana <ana@other.example>", f"Aroha <{ARO}>"]


def test_five_questions_a_day_and_then_silence(site: Site) -> None:
    for _ in range(9):
        site.send("english-request", MERE, "mails off")
    assert len(site.mails()) == 5
    site.after(days=1)
    site.send("english-request", MERE, "mails off")
    assert len(site.mails()) == 1


def test_help_speaks_the_readers_language_and_holds_every_command(site: Site) -> None:
    site.send("english-help", MERE)
    text = site.mail().get_content().replace("\r\n", "\n")
    for command in COMMANDS:
        assert re.search(rf"^    {re.escape(command.examples['en'])}$", text, re.MULTILINE), command.name
    site.send("english-request", MERE, "reo Māori")
    site.send(reply_address(site.mail()), MERE)
    site.mails()
    site.after(days=1)
    site.send("english-request", MERE, "āwhina")
    assert "whakatā ki te 31 Kohitātea" in site.mail().get_content()


def test_a_stranger_with_a_wish_for_members_is_told_that_she_is_none(site: Site) -> None:
    site.send("english-request", "eve@elsewhere.example", "mails off")
    assert site.mail()["Subject"] == "This address is not in English"


def test_several_people_are_invited_in_one_mail(site: Site) -> None:
    lines = [f"invite guest{number}@other.example" for number in range(12)]
    site.send("english-request", ARO, "\n".join(lines))
    site.send(reply_address(site.mail()), ARO, "yes")
    invited = [str(each["To"]) for each in site.mails() if "An invitation" in str(each["Subject"])]
    assert invited == [f"guest{number}@other.example" for number in range(12)]


@pytest.mark.parametrize(
    "text", ['"Ann Bee" <ann@other.example>', "Ann Bee ann@other.example", "ann@other.example Ann Bee"]
)
def test_an_invitation_names_its_person_before_or_after_the_address(text: str) -> None:
    assert wishes(f"invite {text}") == [("invite", "ann@other.example|Ann Bee|")]


def test_two_addresses_in_one_invitation_are_asked_back() -> None:
    assert wishes("invite ann@other.example, bob@other.example") == [("invite", None)]


def test_a_group_is_closed_by_a_yes_and_by_no_other_reply(site: Site) -> None:
    def is_closed() -> bool:
        with site.database.read() as connection:
            return get_list(connection, "english@lists.example.nz").archived_at is not None

    site.send("english-request", ARO, "close this group")
    asked = site.mail()
    site.send(reply_address(asked), ARO, "")
    assert not is_closed()
    assert "yes or no" in str(site.mail()["Subject"])
    site.send(reply_address(asked), ARO, "Thank you for your message, it is dealt with in turn")
    assert not is_closed()
    site.send(reply_address(asked), ARO, "Kia ora,\nyes")
    assert is_closed()


@pytest.mark.parametrize(
    ("line", "argument"),
    [
        ("each post in my hours", "in my hours"),
        ("Each mail in my hours, please", "in my hours"),
        ("each post at once", "at once"),
        ("each post from 8am to 5pm", "08:00-17:00"),
        ("each post between 8.30 am and 17:00", "08:30-17:00"),
        ("my hours are 7am – 6.15pm", "07:00-18:15"),
        ("ia karere i aku hāora", "in my hours"),
        ("ia karere mai i te 8am ki te 5pm", "08:00-17:00"),
        ("ia karere i taua wa tonu", "at once"),
        ("each post from 8 to 5", None),
        ("each post from 8am to 8am", None),
        ("each post from 8am", None),
        ("my hours", None),
    ],
)
def test_hours_are_read_as_people_write_them(line: str, argument: str | None) -> None:
    assert wishes(line) == [("hours", argument)]


def test_hours_are_chosen_shown_again_and_given_up(site: Site) -> None:
    with site.database.read() as connection:
        mere = person_of(connection, MERE)
        assert mere is not None

    def hours() -> str:
        with site.database.read() as connection:
            return hours_of(connection, mere)

    site.send("english-request", MERE, "mails off\neach post in my hours")
    question = site.mail()
    assert "each post in my hours" in question.get_content()
    assert hours() == ""
    site.send(reply_address(question), MERE, "yes")
    told = site.mail()
    assert hours() == "07:00-19:00"
    assert "between 7:00 am and 7:00 pm, in every group" in " ".join(told.get_content().split())
    with site.database.read() as connection:
        member = find_member(connection, get_list(connection, "english"), mere, site.now)
    assert member is not None
    assert member.delivery is Delivery.EACH
    site.send(reply_address(told), MERE, "my settings\neach post from 8am to 5pm")
    shown = " ".join(" ".join(each.get_content().split()) for each in site.mails())
    assert hours() == "08:00-17:00"
    assert "between 7:00 am and 7:00 pm" in shown
    assert "between 8:00 am and 5:00 pm" in shown
    site.send("english-request", MERE, "each post at once")
    question = site.mail()
    site.send(reply_address(question), MERE, "")
    assert hours() == ""
    assert "at once, whatever the hour" in " ".join(site.mail().get_content().split())
