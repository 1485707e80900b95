"""What a stranger cannot do: make us write to others by the dozen, learn who is a member, or guess a token."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.config import Settings
from listserv.inbound.functions import is_good
from listserv.inbound.joining import JOIN
from listserv.inbound.reception import Reception
from listserv.mail.digestmark import DigestMark, digest_number
from listserv.mail.listaddress import Purpose
from listserv.mail.token import sign_reply
from listserv.model.lists import DigestPeriod, Role
from listserv.store import tokens
from listserv.store.addresses import add_address, on_file, stop
from listserv.store.lists import archive_list, ban, get_list
from listserv.store.people import person_of
from tests.join_flood import flood
from tests.reception_site import Site, a_site, reply_address
from tests.stopwatch import Stopwatch
from tests.store_site import a_list, a_member

MERE = "mere@school.example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made:
        yield made


def a_group(site: Site, name: str = "english", join: str = "open") -> None:
    with site.database.begin() as connection:
        a_list(connection, name, join=join)


def test_a_thousand_forged_requests_for_a_hundred_victims_make_a_hundred_mails_at_most(site: Site) -> None:
    assert flood(site, requests=1_000, victims=100) == 100


def test_a_source_causes_so_many_mails_a_day_and_no_more(site: Site) -> None:
    a_group(site)
    for number in range(30):
        site.send("english-join", f"v{number}@school.example", return_path="one@forger.example")
    assert len(site.mails()) == 10
    for number in range(300):
        site.send(
            "english-join", f"w{number}@school.example", return_path=f"p{number}@forger.example", peer="203.0.113.9"
        )
    assert len(site.mails()) == 200
    site.send("english-join", "late@school.example", return_path="one@forger.example")
    assert site.mails() == []
    site.after(days=1, minutes=1)
    site.send("english-join", "late@school.example", return_path="one@forger.example", peer="203.0.113.9")
    assert len(site.mails()) == 1


def test_an_mta_of_our_own_is_no_source(site: Site) -> None:
    a_group(site)
    for number in range(250):
        site.send("english-join", f"w{number}@school.example", peer="::1")
    assert len(site.mails()) == 250


def test_members_strangers_and_the_banned_hear_one_sentence_in_the_session(site: Site) -> None:
    with site.database.begin() as connection:
        group = a_member(connection, a_list(connection, "english", join="open"), MERE)
        ban(connection, group, "banned@school.example", site.now)
    people = (MERE, "eve@school.example", "banned@school.example")
    assert len({site.send("english-join", who) for who in people}) == 1
    assert {str(mail["To"]) for mail in site.mails()} == {MERE, "eve@school.example"}
    assert len({site.send("english-leave", who) for who in (*people, "other@school.example")}) == 1
    assert len({site.send("english-request", who, "my settings") for who in people}) == 1


def test_automatic_mail_is_answered_by_nothing(site: Site) -> None:
    a_group(site)
    for name in ("english-join", "english-leave", "english-request", "english-help"):
        site.send(name, MERE, "join", Auto_Submitted="auto-replied")
        site.send(name, MERE, "join", return_path="")
    assert site.mails() == []


def test_a_vacation_message_confirms_nothing(site: Site) -> None:
    a_group(site)
    site.send("english-join", MERE)
    address = reply_address(site.mail())
    site.send(address, MERE, "I am away", Auto_Submitted="auto-replied")
    assert site.mails() == []
    site.send(address, MERE)
    assert site.mail()["Subject"] == "Welcome to English"


def test_used_ended_random_and_other_lists_tokens_are_refused_with_one_sentence(site: Site) -> None:
    a_group(site)
    a_group(site, "maths")
    site.send("english-join", MERE)
    used = reply_address(site.mail())
    site.send(used, MERE)
    site.send("english-join", "hone@school.example")
    fresh = reply_address(site.mails()[-1])
    replies = {site.send(used, MERE), site.send(fresh.replace("english", "maths"), MERE)}
    replies.add(site.send(f"english-confirm+{'a' * 26}", MERE))
    replies.add(site.send("english-confirm+short", MERE))
    site.after(days=15)
    replies.add(site.send(fresh, MERE))
    assert len(replies) == 1
    assert replies.pop().code == 550
    assert site.mails() == []


def test_a_hundred_thousand_random_tokens_open_nothing(site: Site) -> None:
    with site.database.begin() as connection:
        group = a_list(connection, "english", join="open")
        real = tokens.issue(connection, group.id, JOIN, site.now, tokens.KEPT_AFTER, payload={"address": MERE})
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    with Stopwatch() as watch, site.database.read() as connection:
        for _ in range(100_000):
            guess = "".join(alphabet[octet & 31] for octet in secrets.token_bytes(26))
            assert not is_good(connection, site.key, group, Purpose.CONFIRM, guess, site.now)
        assert is_good(connection, site.key, group, Purpose.CONFIRM, real.upper(), site.now)
    assert watch.seconds < 60


def test_whoever_has_said_yes_may_ask_for_the_next_group_on_the_same_day(site: Site) -> None:
    for name in ("english", "maths", "esol"):
        a_group(site, name)
    for name in ("english", "maths", "esol"):
        site.send(f"{name}-join", MERE)
        asked = site.mail()
        site.send(f"{name}-join", MERE)
        assert site.mails() == []  # nobody is asked twice before she has answered
        site.send(reply_address(asked), MERE)
        assert "Welcome to" in {str(mail["Subject"])[:10] for mail in site.mails()}


def test_nobody_is_said_to_have_been_asked_where_nobody_was(site: Site) -> None:
    a_group(site, join="moderated")
    site.send("english-join", MERE)
    site.send(reply_address(site.mail()), MERE)
    assert {str(mail["To"]) for mail in site.mails()} == {MERE, "admin@school.example"}
    alone = Settings.model_validate({"site": {"domain": "lists.example.nz"}})
    site.reception = Reception(alone, site.database, site.writer, site.key, lambda: site.now, lambda: None)
    site.send("english-join", "hone@school.example")
    site.send(reply_address(site.mail()), "hone@school.example")
    told = str(site.mail().get_content())
    assert "nobody could be asked" in told and "they have been asked" not in told


@pytest.mark.parametrize(
    "answer", ["no", "Kāo.", "No thanks!", "I did not ask for this", "That wasn't me!", "unsubscribe"]
)
def test_whoever_denies_it_is_not_in(site: Site, answer: str) -> None:
    a_group(site)
    site.send("english-join", MERE)
    asked = reply_address(site.mail())
    assert site.send(asked, MERE, answer).code == 250
    assert site.mails() == []
    assert site.send(asked, MERE, "yes").code == 550


@pytest.mark.parametrize(
    "answer", ["", "Yes", "āe", "No worries, count me in", "Kia ora, please do!", "Sent from my iPhone"]
)
def test_whatever_else_she_answers_she_is_in(site: Site, answer: str) -> None:
    a_group(site)
    site.send("english-join", MERE)
    site.send(reply_address(site.mail()), MERE, answer)
    assert site.mail()["Subject"] == "Welcome to English"


def test_banned_or_closed_in_between_nobody_comes_in(site: Site) -> None:
    a_group(site)
    a_group(site, "maths")
    for group in ("english", "maths"):
        site.send(f"{group}-join", f"{group}@school.example")
    asked = {str(mail["To"]): reply_address(mail) for mail in site.mails()}
    with site.database.begin() as connection:
        ban(connection, get_list(connection, "english"), "english@school.example", site.now)
        archive_list(connection, get_list(connection, "maths"), site.now)
    for author, address in asked.items():
        site.send(address, author)
    assert [str(mail["Subject"]) for mail in site.mails()] == ["About joining Maths"]


def test_who_was_banned_while_the_keepers_were_asked_is_not_let_in_by_a_yes(site: Site) -> None:
    with site.database.begin() as connection:
        group = a_list(connection, join="moderated")
        for keeper in ("jo@school.example", "hemi@school.example"):
            group = a_member(connection, group, keeper, granted=(Role.OWNER,))
    site.send("english-join", MERE)
    site.send(reply_address(site.mail()), MERE, "yes")
    asked = {str(mail["To"]): mail for mail in site.mails()}
    with site.database.begin() as connection:
        ban(connection, group, MERE, site.now)
    site.send(reply_address(asked["jo@school.example"]), "jo@school.example", "yes")
    with site.database.read() as connection:
        assert person_of(connection, MERE) is None
    told = {str(mail["To"]): str(mail.get_content()) for mail in site.mails()}
    assert set(told) == {"jo@school.example", "hemi@school.example"}
    assert all("has been banned here since it asked" in text for text in told.values())


def test_a_question_about_leaving_goes_to_the_subscribed_address_or_where_that_is_dead_to_another_of_hers(
    site: Site,
) -> None:
    home = "mere@home.example"
    with site.database.begin() as connection:
        group = a_member(connection, a_list(connection, "english"), MERE)
        person_id = person_of(connection, MERE)
        assert person_id is not None
        add_address(connection, person_id, home, site.now)
        known = on_file(connection, MERE)
    assert known is not None
    site.send("english-leave", home)
    assert site.mail()["To"] == MERE
    site.after(days=1)
    with site.database.begin() as connection:
        stop(connection, known.id, "bounced", site.now)
    site.send(f"{group.name}-leave", home)
    assert site.mail()["To"] == home


def test_how_an_address_stands_on_file_is_not_told_to_whoever_names_it(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection), MERE, name="Mere Tāmati")
    told = []
    for old in (MERE.upper(), "NOBODY@SCHOOL.EXAMPLE"):
        site.send("english-request", "eve@elsewhere.example", f"my old address was {old}")
        told.append(str(site.mail().get_content()).replace(old, "OLD"))
        site.after(days=1)
    assert told[0] == told[1]


def test_smtp_does_not_tell_that_a_name_is_a_members(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection, nonmember="hold"), MERE, name="Mere Tamati")
    known = site.send("english", '"Mere Tamati" <m@elsewhere.example>', "Kia ora", "One")
    unknown = site.send("english", '"Nobody Here" <n@elsewhere.example>', "Kia ora", "Two")
    assert known == unknown


def test_where_strangers_are_refused_each_guess_of_a_name_is_told_to_her_once_and_a_no_ends_it(site: Site) -> None:
    """What the digit of the reply tells (docs/adr/0011) is not had in silence."""
    with site.database.begin() as connection:
        a_member(connection, a_list(connection, nonmember="reject"), MERE, name="Mere Tamati")
    assert site.send("english", '"Nobody Here" <n@elsewhere.example>', "Kia ora", "One").code == 550
    assert site.send("english", '"Mere" <m@elsewhere.example>', "Kia ora", "One").code == 550
    assert site.mails() == []
    assert site.send("english", '"Mere Tamati" <m@elsewhere.example>', "Kia ora", "Two").code == 250
    asked = site.mail()
    assert MERE in str(asked["To"])
    assert "m@elsewhere.example" in str(asked["Subject"])
    site.send(reply_address(asked), MERE, "no")
    assert site.send("english", '"Mere Tamati" <m@elsewhere.example>', "Kia ora", "Three").code == 550


def test_who_writes_from_two_new_addresses_on_a_day_is_asked_about_the_second_another_day(site: Site) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection), MERE, name="Mere Tamati")

    def asked(number: int, host: str) -> list[str]:
        site.send("english", f'"Mere Tamati" <m@{host}>', f"Text {number}", f"Post {number}")
        return [str(each["Subject"]) for each in site.mails() if MERE in str(each["To"])]

    assert asked(1, "one.example") == ["Was this you? A post to English from m@one.example"]
    assert asked(2, "two.example") == []
    site.after(days=1)
    assert asked(3, "two.example") == ["Was this you? A post to English from m@two.example"]
    site.after(days=1)
    assert asked(4, "two.example") == []


@pytest.mark.parametrize("private", [True, False])
def test_a_private_group_tells_a_stranger_no_titles(site: Site, private: bool) -> None:
    with site.database.begin() as connection:
        a_member(connection, a_list(connection, private=private, nonmember="accept"), MERE, name="Mere Tamati")
    mark = DigestMark(DigestPeriod.WEEKLY, "2026-W46")
    reply = f"english+{sign_reply(site.key, 'english', digest_number(mark))}"
    for number in range(2):
        site.send("english", MERE, "Kia ora", f"Tama in Room {number}", Message_ID=f"<t{number}@school.example>")
    site.mails()
    site.send(reply, "eve@elsewhere.example", "And?", "Re: update", In_Reply_To="<x@y.example>")
    told = [str(each.get_content()) for each in site.mails() if "eve" in str(each["To"])]
    assert bool(told) is not private


def test_where_there_are_no_pages_nobody_is_told_that_anybody_can_read_them(site: Site) -> None:
    a_group(site)
    site.send("english-join", MERE)
    assert site.settings.site.base_url == ""
    assert "Only members of the group read its posts." in str(site.mail().get_content())


def test_those_who_decide_are_asked_about_an_address_once_until_they_have_answered(site: Site) -> None:
    owner = "aroha@school.example"
    with site.database.begin() as connection:
        a_member(connection, a_list(connection, "english", join="moderated"), owner, granted={Role.OWNER})

    def asks() -> list[str]:
        site.send("english-join", MERE)
        site.send(reply_address(site.mail()), MERE)
        return [reply_address(mail) for mail in site.mails() if mail["To"] == owner]

    (question,) = asks()
    assert asks() == []
    assert asks() == []
    site.send(question, owner, "no")
    assert [str(mail["To"]) for mail in site.mails()] == [MERE]
    assert len(asks()) == 1
    site.after(days=1)
    assert len(asks()) == 1


def test_the_postmaster_who_stood_in_hears_too_that_the_address_was_banned_since(site: Site) -> None:
    a_group(site, join="moderated")
    site.send("english-join", MERE)
    site.send(reply_address(site.mail()), MERE)
    question = next(mail for mail in site.mails() if mail["To"] == "admin@school.example")
    with site.database.begin() as connection:
        group = get_list(connection, "english")
        a_member(connection, group, "aroha@school.example", granted={Role.OWNER})
        ban(connection, group, MERE, site.now)
    site.send(reply_address(question), "admin@school.example", "yes")
    told = site.mails()
    assert {str(mail["To"]) for mail in told} == {"admin@school.example", "aroha@school.example"}
    assert all("has been banned here since it asked" in " ".join(str(mail.get_content()).split()) for mail in told)
