"""What is written to -request a letter beside a command, or as a sentence that asks to leave, is understood."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.inbound.commands.reading import nearest
from listserv.mail.parse import parse
from tests.reception_site import Site, a_site
from tests.store_site import a_list, a_member, a_post

MERE = "mere@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        with made.database.begin() as connection:
            a_member(connection, a_list(connection), MERE, name="Mere Tāmati")
        yield made


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("setings", "status"),
        ("my setings", "status"),
        ("Pauze until 31 January", "pause"),
        ("Please pause my mails until 1 December", "pause"),
        ("my new adress is jo@new.example", "new_address"),
        ("mails of", "mails"),
        ("languge Maori", "language"),
        ("anwsers", "answers"),
    ],
)
def test_a_mistyped_command_is_recognized(written: str, meant: str) -> None:
    assert [command.name for command in nearest(parse(a_post(body=written)))] == [meant]


@pytest.mark.parametrize(
    "written",
    [
        "who",
        "no mail",
        "change my name to Jo",
        "Hi there",
        "Can somebody tell me where the agenda of last term is?",
        "x" * 9_000,
        "digests " * 2_000,
    ],
)
def test_something_else_is_not(written: str) -> None:
    assert nearest(parse(a_post(body=written))) == []


def test_she_is_asked_whether_she_meant_it_above_the_list_of_all(site: Site) -> None:
    site.send("english-request", MERE, "Kia ora\nmy setings\nThanks, Mere")
    told = str(site.mail().get_content()).replace("\r\n", "\n")
    assert told.index("Did you mean this?\n\n    my settings\n") < told.index("The program understands these lines:")


@pytest.mark.parametrize(
    "words", ["Please take me off this list", "Kia ora\n\nPlease remove me from the mailing list."]
)
def test_who_asks_to_leave_in_a_sentence_is_asked_about_leaving(site: Site, words: str) -> None:
    site.send("english-request", MERE, words)
    assert site.mail()["Subject"] == "Do you want to leave English?"


@pytest.mark.parametrize("to", ["english", "english-request"])
def test_a_stranger_who_writes_subscribe_is_asked_and_no_moderator(site: Site, to: str) -> None:
    assert site.send(to, "jo@school.example", "Please subscribe me to this list.").code == 250
    told = site.mail()
    assert (told["To"], told["Subject"]) == ("jo@school.example", "Do you want to join English?")
