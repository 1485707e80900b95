"""What people write to our questions: a greeting before the word, a no in a sentence, a question instead of a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.config import Settings
from listserv.inbound.people.answers import consents, consents_to_leave, refuses
from listserv.inbound.reception import Reception
from listserv.mail.parse import Message, parse
from listserv.mail.text.answer import first_own_line
from listserv.model.lists import Role
from listserv.store.lists import ban, get_list
from listserv.store.people import find_member, person_of
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

MERE, JO, HEMI, EVE = (f"{each}@school.example" for each in ("mere", "jo", "hemi", "eve"))
NOT_A_YES = (
    "No, I don't want this",
    "no, please leave me alone",
    "Kāo, aroha mai",
    "I never asked for this",
    "What is this? Who are you?",
    "not interested",
    "Wrong person",
    "Sorry, no",
    "Don't",
    "cancel",
    "Hi, no\nMere",
    "Kia ora,\n\nI did not write that",
)


def mail(text: str) -> Message:
    head = f"From: {MERE}\r\nSubject: Re: ?\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return parse((head + text.replace("\n", "\r\n")).encode())


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            for name in ("english", "maths"):
                group = a_member(connection, a_list(connection, name, join="open"), MERE, name="Mere")
                a_member(connection, group, JO, name="Jo", granted={Role.OWNER})
        yield made


def is_in(site: Site, address: str, name: str = "english") -> bool:
    with site.database.read() as connection:
        mail_list = get_list(connection, f"{name}@{DOMAIN}")
        person_id = person_of(connection, address)
        place = find_member(connection, mail_list, person_id, site.now) if person_id is not None else None
        return place is not None and bool(place.id)


def owns(site: Site, address: str, name: str) -> bool:
    with site.database.read() as connection:
        mail_list = get_list(connection, f"{name}@{DOMAIN}")
        place = find_member(connection, mail_list, person_of(connection, address) or 0, site.now)
        return place is not None and Role.OWNER in place.roles


@pytest.mark.parametrize("text", NOT_A_YES)
def test_what_is_no_yes_neither_lets_in_nor_takes_out(text: str) -> None:
    assert consents(mail(text)) is not True
    assert consents_to_leave(mail(text)) is not True


@pytest.mark.parametrize("text", ["", "yes", "Kia ora Jo,\n\nyes", "Āe", "Please add me", "Mere Tāmati\nRoom 5", "ok!"])
def test_any_other_reply_is_a_yes(text: str) -> None:
    assert consents(mail(text)) is True


@pytest.mark.parametrize(
    "text", ["", "stop", "unsubscribe me please", "No longer at this school", "Please stop sending these", "all"]
)
def test_who_leaves_may_say_so_in_these_words(text: str) -> None:
    assert consents_to_leave(mail(text)) is True


def test_a_wish_to_be_left_alone_is_a_refusal() -> None:
    assert refuses(mail("stop"))
    assert refuses(mail("unsubscribe"))
    assert not refuses(mail("Who is this?"))


def test_a_greeting_is_looked_past_but_never_a_word_in_it() -> None:
    assert first_own_line(mail("Tēnā koe Jo,\n\nāe\nMere")) == "āe"
    assert first_own_line(mail("Hi, no\nMere")) == "Hi, no"
    assert first_own_line(mail("Kia ora")) == "Kia ora"


def test_a_doubtful_answer_to_a_confirmation_is_asked_back_and_the_address_stays_good(site: Site) -> None:
    site.send("english-join", EVE)
    asked = site.mail()
    site.send(reply_address(asked), EVE, "What is this?")
    again = site.mail()
    assert not is_in(site, EVE)
    assert "yes or no" in str(again["Subject"])
    site.send(reply_address(asked), EVE, "Who writes this?")
    assert site.mails() == []
    site.send(reply_address(asked), EVE, "Hi,\nyes please")
    assert is_in(site, EVE)


def test_a_forged_request_to_leave_answered_with_indignation_takes_nobody_out(site: Site) -> None:
    site.send("english-leave", MERE, return_path="forger@elsewhere.example")
    asked = site.mail()
    site.send(reply_address(asked), MERE, "I don't want to leave!")
    assert is_in(site, MERE)
    site.send(reply_address(site.mail()), MERE, "no")
    assert is_in(site, MERE)
    assert site.mails() == []


def test_who_was_banned_after_the_invitation_stays_out(site: Site) -> None:
    site.send("english-request", JO, f"invite {EVE}")
    site.send(reply_address(site.mail()), JO)
    invitation = next(each for each in site.mails() if EVE in str(each["To"]))
    with site.database.begin() as connection:
        ban(connection, get_list(connection, f"english@{DOMAIN}"), EVE, site.now)
    site.send(reply_address(invitation), EVE, "yes")
    assert not is_in(site, EVE)


@pytest.mark.parametrize("wish", ["invite {}", "hand over to {}", "my new address is {}"])
def test_a_lists_own_address_is_written_to_for_nobody(site: Site, wish: str) -> None:
    own = f"maths-owner@{DOMAIN}"
    site.send("english-request", JO, wish.format(own))
    site.send(reply_address(site.mail()), JO, "yes")
    told = site.mail()
    assert JO in str(told["To"])
    assert f"{own} is an address of a group here and no person's" in str(told.get_content())


def test_the_mailbox_we_read_is_nobodys_either(site: Site) -> None:
    box = {"host": "imap.provider.example", "username": "x", "password": "y", "address": f"Groups@{DOMAIN}"}
    settings = Settings.model_validate({"site": {"domain": DOMAIN}, "imap": box})
    site.reception = Reception(settings, site.database, site.writer, site.key, lambda: site.now, lambda: None)
    site.send("groups+english-request", JO, f"invite groups@{DOMAIN}")
    site.send(reply_address(site.mail()), JO, "yes")
    assert "no person's" in str(site.mail().get_content())


def test_two_groups_are_handed_over_side_by_side(site: Site) -> None:
    offers = []
    for name in ("english", "maths"):
        site.send(f"{name}-request", JO, f"hand over to {HEMI}")
        site.send(reply_address(site.mail()), JO, "yes")
        offers += [each for each in site.mails() if HEMI in str(each["To"])]
    for offer in offers:
        site.send(reply_address(offer), HEMI, "yes")
    assert [owns(site, HEMI, name) for name in ("english", "maths")] == [True, True]


def test_a_program_that_answers_for_an_owner_is_asked_back_once_a_day(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        with site.database.begin() as connection:
            a_member(connection, a_list(connection, join="moderated"), JO, granted={Role.OWNER})
        site.send("english-join", EVE)
        site.send(reply_address(site.mail()), EVE)
        question = next(each for each in site.mails() if JO in str(each["To"]))
        site.send(reply_address(question), JO, "Your mail matters to me; I read mail on Mondays")
        again = site.mail()
        site.send(reply_address(again), JO, "Your mail matters to me; I read mail on Mondays")
        assert site.mails() == []
        site.send(reply_address(again), JO, "Yes, and welcome to her!")
        assert is_in(site, EVE)


def test_whoever_claims_a_members_address_is_named_to_her_and_what_a_yes_would_give(site: Site) -> None:
    site.send("english-request", MERE, f"my new address is {JO}")
    site.send(reply_address(site.mail()), MERE)
    asked = next(each for each in site.mails() if JO in str(each["To"]))
    assert str(asked["Subject"]) == f"Is {MERE} yours as well?"
    text = " ".join(str(asked.get_content()).split())
    assert text.startswith("Kia ora Jo,")
    assert f"whoever reads mail to {MERE} can then do everything here that you can" in text
    site.send(reply_address(asked), JO, "no")
    assert owns(site, JO, "english")
    assert not owns(site, MERE, "english")


def test_an_address_that_acts_for_her_is_dead_before_others_read_it(site: Site) -> None:
    site.send("english-request", MERE, "my settings")
    hers = reply_address(site.mail())
    site.send(hers, MERE, "Could somebody ring me about this?")
    assert "did not understand" in str(site.mail()["Subject"])
    site.send(hers, MERE, "I would rather have a person read this")
    assert "rather have a person" in str(site.mail().get_content())
    assert site.send(hers, JO, "leave").code == 550
    assert is_in(site, MERE)


def test_what_is_said_where_one_word_was_offered_is_read_by_a_person(site: Site) -> None:
    site.send("english", JO, "What do you use?", "Running records", Message_ID="<one@school.example>")
    site.send("english", MERE, "follow", "Re: Running records", In_Reply_To="<one@school.example>")
    site.mails()
    site.send("english", MERE, "mute", "Re: Running records", In_Reply_To="<one@school.example>")
    site.send(reply_address(site.mail()), MERE, "yes")
    made = reply_address(site.mail())
    site.send(made, MERE, "Thanks!")
    assert site.mails() == []
    site.send(made, MERE, "This group is too loud for me, can we talk?")
    assert "too loud" in str(site.mail().get_content())
