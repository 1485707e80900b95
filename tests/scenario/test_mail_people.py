"""People, not addresses, by mail alone: a private account, a new address, a colleague's word, a school's domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.mail_room import POSTMASTER, Room, fill, stop_mail_to, words
from tests.service import DOMAIN, Service

ROOMS = 18
_number = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site")) as made:
        fill(made, ROOMS, nonmember="reject")
        made.start()
        yield made


@pytest.fixture
def room(service: Service) -> Room:
    return Room(service, next(_number), timedelta())


# --- the iPhone that answers from a private account -----------------------------------------------------------------


def test_the_phones_private_account_is_asked_about_once_and_then_known(room: Room) -> None:
    assert room.write(f"Mere Tamati <{room.private}>", room.group, "Spelling").startswith("250")
    assert room.mails(room.aroha, "Spelling") == []
    asked = room.the(room.mere, "Was this you?")
    assert room.private in words(asked) and "Spelling" not in words(asked)
    assert room.write(f"Mere Tamati <{room.private}>", room.group, "A second one").startswith("250")
    assert len(room.mails(room.mere, "Was this you?")) == 1
    room.reply(room.mere, asked, "Yes, that was me")
    assert len(room.mails(room.aroha, "Spelling")) == len(room.mails(room.aroha, "A second one")) == 1
    assert room.private in words(room.the(room.mere, "now yours"))
    assert "on its way" in room.write(f"Mere <{room.private}>", room.group, "Known now")
    assert len(room.mails(room.mere, "Known now")) == 1 and room.service.delivered(room.private) == []
    assert {row["address"]: row["posts"] for row in room.service.table("member", "list", room.name)}[room.mere] == 3


def test_a_reply_without_a_name_is_known_by_its_address(room: Room) -> None:
    room.write(room.jo, room.group, "Reading logs")
    sent = room.the(room.mere, "Reading logs")
    room.write(f"m.tamati@phone.{room.school}", room.group, "Re: Reading logs", In_Reply_To=sent["Message-ID"])
    asked = room.the(room.mere, "Was this you?")
    assert 'in the conversation "reading logs"' in words(asked).lower()
    room.reply(room.mere, asked, "Āe")
    assert len(room.mails(room.aroha, "Re: Reading logs")) == 1


def test_no_ends_it_and_a_stranger_without_likeness_is_refused(room: Room) -> None:
    assert room.write(f"Eve <{room.eve}>", room.group, "Buy").startswith("550")
    room.write(f"Mere Tāmati <{room.private}>", room.group, "Not hers")
    room.reply(room.mere, room.the(room.mere, "Was this you?"), "No, that was not me")
    assert room.service.table("held", room.name) == [] and room.mails(room.aroha, "Not hers") == []
    assert room.write(f"Mere Tāmati <{room.private}>", room.group, "Again not hers").startswith("550")
    assert len(room.mails(room.mere, "Was this you?")) == 1


def test_an_answer_that_says_neither_is_asked_back_and_a_forged_yes_changes_nothing(room: Room) -> None:
    room.write(f"Mere Tāmati <{room.private}>", room.group, "Waits")
    token = f"{room.name}-confirm+{'a' * 26}@{DOMAIN}"
    assert room.write(room.mere, token, "Re: Was this you?", "yes").startswith("550")
    room.write(room.mere, f"{room.name}-owner@{DOMAIN}", "Re: Was this you?", "yes")
    assert len(room.service.table("held", room.name)) == 1 and room.mails(room.aroha, "Waits") == []
    room.reply(room.mere, room.the(room.mere, "Was this you?"), "no problem, what is this about?")
    assert len(room.service.table("held", room.name)) == 1
    room.reply(room.mere, room.the(room.mere, "yes or no"), "yes")
    assert len(room.mails(room.aroha, "Waits")) == 1


def test_a_moderated_group_still_sees_it_first(room: Room) -> None:
    room.service.run("list", "set", room.name, "style=moderated")
    room.write(f"Mere Tāmati <{room.private}>", room.group, "To be seen")
    room.reply(room.mere, room.the(room.mere, "Was this you?"), "yes")
    (held,) = room.service.table("held", room.name)
    assert held["reason"] == "moderated" and room.mails(room.aroha, "To be seen") == []


def test_a_roles_address_is_nobodys(room: Room) -> None:
    assert room.write(f"Mere Tāmati <office@{room.school}>", room.group, "From the office").startswith("550")
    assert room.service.delivered(room.mere) == []


# --- a new address, proven at both; an old one that died ------------------------------------------------------------


def test_my_new_address_is_proven_at_the_old_and_at_the_new_and_moves_everywhere(room: Room) -> None:
    new = f"mere@new.{room.school}"
    room.service.run("list", "create", "esol", "--title", "Primary ESOL")
    room.service.run("member", "add", "esol", room.mere)
    room.write(room.mere, room.request, "please", f"my new address is {new}")
    assert room.service.delivered(new) == []
    room.reply(room.mere, room.question(room.mere), "yes")
    room.write(room.jo, room.group, "Before both")
    assert len(room.mails(room.mere, "Before both")) == 1 and room.mails(new, "Before both") == []
    room.reply(new, room.the(new, "Is this your address?"), "Yes")
    for address in (room.mere, new):
        told = words(room.the(address, "Your address is now"))
        assert room.title in told and "Primary ESOL" in told
    room.write(room.jo, room.group, "After both")
    assert len(room.mails(new, "After both")) == 1 and room.mails(room.mere, "After both") == []
    assert "on its way" in room.write(room.mere, room.group, "From the old one")
    assert [row["address"] for row in room.service.table("member", "list", "esol")] == [new]


def test_a_forged_change_of_address_moves_nothing(room: Room) -> None:
    eve = room.eve
    room.write(room.mere, room.request, "x", f"my new address is {eve}")
    confirm = room.question(room.mere)
    room.write(room.mere, room.group, "Re: yes", "yes")
    assert room.service.delivered(eve) == []
    room.reply(room.mere, confirm, "no")
    assert room.service.delivered(eve) == []


def test_a_dead_address_is_replaced_on_a_colleagues_word(room: Room) -> None:
    new = f"mere@home.{room.school}"
    room.write(new, room.request, "moved", f"Kia ora\nmy old address was {room.mere}\nMere")
    assert room.mails(room.aroha, "do you know") == []
    room.reply(new, room.the(new, "your old address"), "yes")
    assert "Mere Tāmati" in words(room.the(room.aroha, "do you know")) and len(room.mails(room.jo, "do you know")) == 1
    assert new in words(room.the(room.mere, "your new address"))
    room.reply(room.aroha, room.the(room.aroha, "do you know"), "Yes, I met her yesterday")
    assert [len(room.mails(each, "Your address is now")) for each in (new, room.mere)] == [1, 1]
    assert room.reply(room.jo, room.the(room.jo, "do you know"), "yes").startswith("550")
    room.write(room.jo, room.group, "To the new one")
    assert len(room.mails(new, "To the new one")) == 1 and room.mails(room.mere, "To the new one") == []


def test_a_post_from_a_new_address_while_the_old_one_is_dead(room: Room) -> None:
    stop_mail_to(room, room.mere)
    room.write(f"Mere Tamati <{room.private}>", room.group, "I have moved")
    asked = room.the(room.aroha, "do you know")
    assert room.private in words(asked) and "does not arrive" in words(asked) and "I have moved" not in words(asked)
    room.reply(room.aroha, asked, "Yes")
    assert room.mails(room.jo, "I have moved") == []
    room.reply(room.private, room.the(room.private, "Is this your address?"), "yes")
    assert len(room.mails(room.jo, "I have moved")) == len(room.mails(room.private, "I have moved")) == 1
    assert list(room.members()) == sorted([room.aroha, room.jo, room.private])


def test_who_owns_another_group_is_vouched_for_by_nobody_here(room: Room) -> None:
    room.service.run("list", "create", f"other-{room.name}")
    room.service.run("member", "add", f"other-{room.name}", room.mere, "--role", "owner")
    room.write(room.eve, room.request, "moved", f"my old address was {room.mere}")
    room.reply(room.eve, room.the(room.eve, "your old address"), "yes")
    assert room.mails(room.aroha, "do you know") == room.mails(room.jo, "do you know") == []
    assert len(room.mails(POSTMASTER, f"{room.title}: do you know")) == 1


def test_the_old_address_that_lives_ends_it(room: Room) -> None:
    eve = room.eve
    room.write(eve, room.request, "moved", f"my old address was {room.mere}")
    room.reply(eve, room.the(eve, "your old address"), "yes")
    room.reply(room.mere, room.the(room.mere, "your new address"), "no")
    assert room.reply(room.aroha, room.the(room.aroha, "do you know"), "yes").startswith("550")
    assert "Nothing has changed" in words(room.mails(eve, "your old address")[-1])
    assert room.mere in [row["address"] for row in room.service.table("member", "list", room.name)]


def test_who_looks_after_the_group_is_not_vouched_for_by_a_facilitator(room: Room) -> None:
    eve = room.eve
    room.write(eve, room.request, "moved", f"my old address was {room.jo}")
    room.reply(eve, room.the(eve, "your old address"), "yes")
    assert room.mails(room.aroha, "do you know") == []
    assert len(room.mails(POSTMASTER, f"{room.title}: do you know")) == 1
    room.write("stranger@e.example", room.request, "x", "my old address was nobody@elsewhere.example")
    room.reply("stranger@e.example", room.the("stranger@e.example", "your old"), "yes")
    asked = room.mails("stranger@e.example", "your old address")[-1]
    assert words(asked).replace("nobody@elsewhere.example", "X") == words(
        room.mails(eve, "your old address")[-1]
    ).replace(room.jo, "X")


# --- role addresses, a school's domain, signing out -----------------------------------------------------------------


def test_sign_me_out_is_confirmed_once_a_day(room: Room) -> None:
    for _ in range(2):
        room.write(room.mere, room.request, "lost my phone", f"sign me out {' ' * _}")
    assert "every browser" in words(room.the(room.mere, "signed out"))


def test_a_school_that_changes_its_domain(room: Room) -> None:
    said = room.service.run("member", "rename-domain", room.school, f"kura.{room.school}")
    assert "3 addresses" in said
    room.write(room.jo, room.group, "From the old domain")
    assert (
        len(room.mails(f"mere@kura.{room.school}", "From the old domain")) == 1
        and room.service.delivered(room.mere) == []
    )


def test_a_role_address_is_asked_in_january_and_stops_in_silence(tmp_path: Path) -> None:
    """On a site of its own, whose clock goes over a New Year."""
    room, office = "room5@school0.example", "office@school0.example"
    with Service(tmp_path, environment={"LISTSERV_CLOCK": "2026-11-16T08:00+13:00"}) as site:
        fill(site, 1)
        for address in (room, office):
            site.run("member", "add", "g0", address)
    with at(tmp_path, "2027-01-05T08:00+13:00") as january:
        asked = january.the(room, "still read")
        assert len(january.mails(office, "still read")) == 1 and january.mails(january.mere) == []
        january.reply(room, asked, "Yes, still me")
    with at(tmp_path, "2027-02-06T08:00+13:00") as february:
        february.write(february.jo, february.group, "Welcome back")
        assert len(february.mails(room, "Welcome back")) == 1 and february.mails(office, "Welcome back") == []
        february.reply(office, february.the(office, "still read"), "new")
        february.write(february.jo, february.group, "For the new one")
        assert len(february.mails(office, "For the new one")) == 1 and february.the(room, "still read")


@contextmanager
def at(folder: Path, moment: str) -> Iterator[Room]:
    """The site's one group at another time, when the clock has done what was due."""
    now = datetime.fromisoformat(moment)
    ahead = now - datetime.now(now.tzinfo)
    with Service(folder, environment={"LISTSERV_CLOCK": moment}) as site:
        site.run("tick", "--now", moment)
        site.start()
        room = Room(site, 0, ahead)
        room.settle()
        yield room
