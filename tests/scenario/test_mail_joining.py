"""From a stranger's first mail to the last goodbye, by mail alone, against a real service."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from email.utils import parseaddr

import pytest

from tests.client_styles import reply as styled_reply
from tests.mailbox import Mailbox, body, settle
from tests.service import DOMAIN, Service

CLOCK = "2026-11-16T08:00+13:00"
AROHA, HONE = "aroha@school.example", "hone@school.example"
GROUPS = f"""
[networks.cluster]
title = "The cluster"
domain = "{DOMAIN}"
[groups.english]
network = "cluster"
title = "English Online"
join = "open"
norms = "No child is named."
first_prompt = "What would you like to try?"
[groups.esol]
network = "cluster"
title = "Primary ESOL"
join = "moderated"
[groups.vpld]
network = "cluster"
title = "VPLD"
join = "invitation"
[groups.maths]
network = "cluster"
title = "Maths Online"
join = "open"
"""
PEOPLE = f"""address,group,name,role
{AROHA},english,Aroha,owner
{AROHA},esol,Aroha,owner
{AROHA},vpld,Aroha,owner
{HONE},esol,Hone,facilitator
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": CLOCK}) as made:
        (made.folder / "groups.toml").write_text(GROUPS, "utf-8")
        (made.folder / "people.csv").write_text(PEOPLE, "utf-8")
        made.run("load", str(made.folder / "groups.toml"))
        made.run("member", "import", "--network", "cluster", str(made.folder / "people.csv"))
        made.start()
        yield made


@pytest.fixture
def aroha(service: Service) -> Mailbox:
    """The owner; what she was sent before is read."""
    return _opened(service, AROHA, "Aroha")


@pytest.fixture
def hone(service: Service) -> Mailbox:
    return _opened(service, HONE, "Hone")


def _opened(service: Service, address: str, name: str) -> Mailbox:
    found = Mailbox(service, address, name)
    settle(service)
    found.new()
    return found


def joined(service: Service, address: str, name: str = "", group: str = "english") -> Mailbox:
    """Somebody who has joined by mail, her welcome read."""
    who = Mailbox(service, address, name)
    who.write(f"{group}-join")
    who.reply(who.next("Do you want to join"))
    who.next("Welcome to")
    return who


def test_from_the_first_mail_to_the_last_goodbye(service: Service, aroha: Mailbox) -> None:
    mere = Mailbox(service, "mere@school.example", "Mere Tāmati")
    assert mere.write("english-join", "Kia ora, may I join? http://spam.example", "Buy my pills")[0] == 250
    asked = mere.next("Do you want to join English Online?")
    assert asked["Auto-Submitted"] == "auto-generated"
    assert asked["Return-Path"] == "<>"
    for stranger in ("Mere", "spam", "pills"):
        assert stranger not in asked.as_string()
    assert mere.reply(asked)[0] == 250

    welcome = mere.next("Welcome to English Online")
    told = body(welcome)
    for line in (
        "you asked to join, and confirmed it",
        "What would you like to try?",
        "No child is named.",
        "your name: Mere Tāmati",
        "your address: mere@school.example",
        f"english-leave@{DOMAIN}",
        f"english-request@{DOMAIN}",
        f"english-owner@{DOMAIN}",
    ):
        assert line in told
    assert parseaddr(welcome["Reply-To"])[1] == f"english@{DOMAIN}"
    mere.reply(welcome, "I would like to try running records.")
    assert "running records" in body(aroha.next("Welcome to English Online"))
    mere.next("Welcome to English Online")

    mere.write("english", "Please unsubscribe me")
    ask = mere.next("Do you want to leave English Online?")
    aroha.nothing_more()
    mere.reply(ask, "no")
    assert mere.reply(ask, "yes")[0] == 550
    mere.write("english-request", "leave\nmy posts off")
    mere.reply(mere.next("Shall we change your settings"), "yes")
    goodbye = mere.next("You have left English Online")
    mere.next("Your settings")
    aroha.write("english", "While Mere is away", "Week 6")
    aroha.next("Week 6")
    assert mere.reply(goodbye, "Thanks, goodbye!")[0] == 250
    mere.nothing_more()
    mere.reply(goodbye, "That was my phone, please put me back.")
    mere.next("You are in English Online again")
    aroha.write("english", "And now she is back", "Week 7")
    mere.next("Week 7")

    mere.write("english-leave")
    mere.reply(mere.next("Do you want to leave English Online?"))
    mere.next("You have left English Online")
    aroha.write("english", "Nobody reads this", "Week 8")
    aroha.next("Week 7")
    aroha.next("Week 8")
    mere.nothing_more()


def test_a_member_who_asks_again_hears_the_same_in_the_session_and_learns_it_by_mail(service: Service) -> None:
    tama = joined(service, "tama@school.example")
    stranger = Mailbox(service, "eve@school.example")
    assert tama.write("maths-join") == stranger.write("maths-join")
    stranger.next("Do you want to join Maths Online?")
    member = Mailbox(service, AROHA, "Aroha")
    member.new()
    assert member.write("english-join") == stranger.write("english-join")
    assert "nothing was changed" in body(member.next("You are a member of English Online already"))
    tama.next("Do you want to join Maths Online?")  # he has said yes today, so he may be asked once more
    tama.nothing_more()
    stranger.nothing_more()


def test_one_confirmation_a_day_and_the_other_groups_follow_the_proof(service: Service) -> None:
    rewi = Mailbox(service, "rewi@school.example", "Rewi")
    for _ in range(3):
        for group in ("english", "maths"):
            rewi.write(f"{group}-join")
    asked = rewi.next("Do you want to join English Online?")
    rewi.nothing_more()
    rewi.reply(asked)
    assert {str(mail["Subject"]) for mail in (rewi.next(""), rewi.next(""))} == {
        "Welcome to English Online",
        "Do you want to join Maths Online?",
    }


def test_those_who_look_after_a_moderated_group_decide_by_a_word(
    service: Service, aroha: Mailbox, hone: Mailbox
) -> None:
    moana = Mailbox(service, "moana@school.example", "Moana")
    moana.write("esol-join")
    assert moana.reply(moana.next("Do you want to join Primary ESOL?"))[0] == 250
    moana.next("Your wish to join Primary ESOL")
    asked = hone.next("Moana would like to join Primary ESOL")
    assert "moana@school.example" in body(asked)
    for_aroha = aroha.next("Moana would like to join")
    hone.reply(asked, "Who is she?")
    again = hone.next("Moana would like to join")
    assert "neither a plain yes nor a plain no" in body(again)
    hone.reply(again, "Āe")
    assert "have let you in" in body(moana.next("Welcome to Primary ESOL"))
    assert "Hone has let Moana into Primary ESOL" in body(aroha.next("Moana would like to join"))
    assert aroha.reply(for_aroha, "no")[0] == 550

    piri = Mailbox(service, "piri@school.example")
    piri.write("esol-join")
    piri.reply(piri.next("Do you want to join"))
    piri.next("Your wish to join")
    aroha.reply(aroha.next("piri@school.example would like to join"), "no")
    assert "not to let you in" in body(piri.next("Your wish to join"))


def test_all_groups_are_left_in_one_step_and_taken_back_in_one_reply(service: Service) -> None:
    ngaire = joined(service, "ngaire@school.example", "Ngaire")
    service.run("member", "add", "maths", ngaire.address)
    ngaire.write("english-leave")
    ngaire.reply(ngaire.next("Do you want to leave English Online?"), "all")
    goodbye = ngaire.next("You have left English Online, Maths Online")
    ngaire.reply(goodbye)
    ngaire.next("You are in English Online, Maths Online again")


def test_help_is_asked_for_once_a_day_and_what_is_not_understood_reaches_a_person(
    service: Service, aroha: Mailbox
) -> None:
    hemi = joined(service, "hemi@school.example", "Hemi")
    hemi.write("english-help")
    assert "pause until 31 January" in body(hemi.next("What you can write to English Online"))
    hemi.write("english-request", subject="help")
    hemi.write("english-request", "When is the conference in Waiuku, and who goes?")
    assert "which did not understand it" in body(hemi.next("We did not understand"))
    hemi.write("english-request", "Is anybody there? The conference!")
    assert "The conference!" in body(aroha.next(""))
    hemi.nothing_more()


def test_phones_and_programs_confirm_with_and_without_words(service: Service) -> None:
    for number, (style, own) in enumerate(
        (("outlook_desktop", "Yes please"), ("gmail", ""), ("iphone", ""), ("apple_mail", "Āe"), ("bare_phone", "ok"))
    ):
        who = Mailbox(service, f"phone{number}@school.example")
        who.write("maths-join")
        asked = who.next("Do you want to join Maths Online?")
        octets = styled_reply(asked.as_bytes(), own, style, author=who.address)
        assert service.send(octets, parseaddr(asked["Reply-To"])[1], who.address)[0] == 250
        who.next("Welcome to Maths Online")
    for number, word in enumerate(("No", "kāo", "Please remove me from this list")):
        who = Mailbox(service, f"refuser{number}@school.example")
        who.write("maths-join")
        asked = who.next("Do you want to join")
        who.reply(asked, word)
        who.nothing_more()


def test_a_used_an_invented_and_another_lists_token_are_one_and_the_same(service: Service) -> None:
    who = Mailbox(service, "token@school.example")
    who.write("english-join")
    asked = who.next("Do you want to join")
    address = parseaddr(asked["Reply-To"])[1]
    elsewhere = address.replace("english-", "maths-")
    invented = f"english-confirm+{secrets.token_hex(13)}@{DOMAIN}".replace("0", "a").replace("1", "b")
    answers = {who.write(elsewhere), who.write(invented.replace("8", "c").replace("9", "d"))}
    who.reply(asked)
    who.next("Welcome to")
    answers.add(who.write(address))
    assert len(answers) == 1
    assert answers.pop()[0] == 550
    who.nothing_more()


def test_a_pause_remembers_and_one_digest_catches_up(service: Service, aroha: Mailbox) -> None:
    wiremu = joined(service, "wiremu@school.example", "Wiremu")
    assert (
        wiremu.write("english-request", "Kia ora\npause until 1 December\nmails: perhaps\n\nNgā mihi\nWiremu")[0] == 250
    )
    question = wiremu.next("Shall we change your settings in English Online?")
    assert "pause until Tuesday 1 December 2026" in body(question)
    assert "mails off" in body(question)
    wiremu.reply(question, "yes please")
    settings = wiremu.next("Your settings in English Online")
    assert "comes again on Tuesday 1 December 2026" in body(settings)
    for number in (1, 2):
        aroha.write("english", f"Records, part {number}", f"What Wiremu missed {number}")
    wiremu.nothing_more()
    wiremu.reply(settings, "my posts off")
    assert "Your own posts do not come back" in body(wiremu.next("Your settings in English Online"))
    service.move_clock("2026-12-01T07:01+13:00")
    missed = wiremu.next("What Wiremu missed")
    assert "Records, part 1" in body(missed)
    assert "Records, part 2" in body(missed)
    aroha.write("english", "Kia ora", "He is back")
    wiremu.next("He is back")
    (row,) = (each for each in service.table("member", "list", "english") if each["address"] == wiremu.address)
    assert (row["delivery"], row["digest"]) == ("each", "none")


def test_a_guest_by_invitation_with_a_host_and_an_end(service: Service, aroha: Mailbox) -> None:
    guest = Mailbox(service, "ana@other.example", "Ana")
    guest.write("vpld-join")
    assert "by invitation" in body(guest.next("About joining VPLD"))
    aroha.write("vpld-request", "invite ana@other.example Ana Lima until 18 December 2026")
    question = aroha.next("Shall we change your settings")
    guest.nothing_more()
    aroha.reply(question, "yes")
    assert "on its way to ana@other.example" in body(aroha.next("Your settings in VPLD"))
    invitation = guest.next("An invitation to VPLD")
    assert "Aroha invites you to join VPLD." in body(invitation)
    guest.reply(invitation)
    welcome = body(guest.next("Welcome to VPLD"))
    assert "You are a guest until Friday 18 December 2026." in welcome

    service.move_clock("2026-12-12T08:00+13:00")
    assert "Aroha has been asked" in body(guest.next("ends on Friday 18 December 2026"))
    asked = aroha.next("Ana Lima is a guest in VPLD until Friday 18 December 2026")
    aroha.reply(asked, "as long as she likes")
    again = aroha.next("Ana Lima is a guest")
    assert "found no day" in body(again)
    aroha.reply(again, "until 31 January 2027")
    assert "until Sunday 31 January 2027" in body(aroha.next("until Sunday 31 January 2027"))
    guest.next("until Sunday 31 January 2027")
    service.move_clock("2027-01-31T08:00+13:00")
    guest.next("Your time as a guest in VPLD ends on Sunday 31 January 2027")
    service.move_clock("2027-02-01T08:00+13:00")
    guest.next("Your time as a guest in VPLD is over")
    aroha.new()
    aroha.write("vpld", "She does not read this", "Week 1")
    aroha.next("Week 1")
    guest.nothing_more()
