"""A group in other hands, in no hands, and at its end: by mail alone, on a real server."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count

import pytest

from tests.mail_room import POSTMASTER, Room, change, fill, stop_mail_to, words
from tests.service import Service

ROOMS = 10
_number = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site")) as made:
        fill(made, ROOMS, nonmember="hold")
        made.start()
        yield made


@pytest.fixture
def room(service: Service) -> Room:
    return Room(service, next(_number), timedelta())


def agreed(room: Room, author: str, command: str) -> EmailMessage:
    """The command is written and confirmed; gives the mail that tells what became of it."""
    room.write(author, room.request, "please", command)
    room.reply(author, room.question(author), "yes")
    return room.mails(author)[-1]


def test_a_successor_accepts_and_gets_what_waits(room: Room) -> None:
    room.write("stranger@elsewhere.example", room.group, "A guest's question")
    assert "asked" in words(agreed(room, room.jo, f"hand over to {room.mere}"))
    assert room.members()[room.mere] == ["member"]
    offer = room.the(room.mere, "Will you look after")
    assert "Jo Smith" in words(offer) and "14 days" in words(offer)
    room.reply(room.mere, offer, "Yes")
    assert (room.members()[room.mere], room.members()[room.jo]) == (["member", "owner"], ["member"])
    assert "One post waits" in words(room.the(room.mere, "You look after"))
    assert "new hands" in str(room.mails(room.jo)[-1]["Subject"])
    waiting = next(each for each in room.mails(room.mere) if "-moderate+" in str(each["Reply-To"]))
    assert "A guest's question" in words(waiting)
    room.reply(room.mere, waiting, "ok")
    assert len(room.mails(room.aroha, "A guest's question")) == 1
    assert room.reply(room.mere, offer, "Yes").startswith("550")


def test_a_colleague_from_outside_says_no_and_nothing_moves(room: Room) -> None:
    agreed(room, room.jo, f"hand over to {room.private}")
    room.reply(room.private, room.the(room.private, "Will you look after"), "no")
    assert "stays with you" in str(room.mails(room.jo)[-1]["Subject"])
    assert room.private not in room.members() and "owner" in room.members()[room.jo]
    agreed(room, room.jo, f"hand over to {room.eve}")
    room.reply(room.eve, room.the(room.eve, "Will you look after"), "Āe")
    assert room.members()[room.eve] == ["member", "owner"]


def test_who_is_no_owner_hands_nothing_over_and_closes_nothing(room: Room) -> None:
    for command in (f"hand over to {room.eve}", "close this group"):
        room.write(room.mere, room.request, "please", command)
    assert "Only the group's owner" in words(agreed(room, room.mere, f"hand over to {room.eve}"))
    assert room.mails(room.eve) == [] and room.mails(room.aroha) == []
    room.write(room.jo, room.request, "forged", "close this group")
    room.write(room.jo, room.group, "Re: please", "yes")
    assert "on its way" in room.write(room.mere, room.group, "Still open")


def test_the_last_owner_cannot_leave_in_any_way(room: Room) -> None:
    assert "without an owner" in room.service.run("member", "remove", room.name, room.jo, status=1)
    assert "without an owner" in room.service.run("member", "set", room.name, room.jo, "--role", "member", status=1)
    room.write(room.jo, f"{room.name}-leave@{room.group.partition('@')[2]}", "leave")
    room.reply(room.jo, room.question(room.jo), "yes")
    told = words(room.mails(room.jo)[-1])
    assert (
        "only owner" in told and "hand over to" in told and room.request in told and "owner" in room.members()[room.jo]
    )
    room.service.run("member", "add", room.name, room.mere, "--role", "owner")
    room.service.run("member", "remove", room.name, room.jo)


def test_a_group_whose_owners_no_mail_reaches_is_told_to_those_above(room: Room) -> None:
    stop_mail_to(room, room.jo)
    room.service.run("tick")
    room.service.run("tick")
    room.settle()
    told = room.the(POSTMASTER, f"Nobody looks after {room.title}")
    assert room.group in words(told) and "one e-mail address" in words(told)
    room.reply(POSTMASTER, told, f"Kia ora, Aroha could: {room.aroha}.")
    room.reply(room.aroha, room.the(room.aroha, "Will you look after"), "yes")
    assert "owner" in room.members()[room.aroha]
    room.service.run("tick", "--now", (datetime.now(UTC) + timedelta(days=8)).isoformat())
    assert len(room.mails(POSTMASTER, f"Nobody looks after {room.title}")) == 1


def test_the_networks_administrator_comes_before_the_postmaster(room: Room) -> None:
    person = "(SELECT person_id FROM address WHERE address = ?)"
    network = "(SELECT network_id FROM list WHERE name = ?)"
    role = f"INSERT INTO role (person_id, network_id, role) VALUES ({person}, {network}, 'administrator')"
    change(room, role, room.aroha, room.name)
    stop_mail_to(room, room.jo)
    room.service.run("tick")
    room.settle()
    assert len(room.mails(room.aroha, f"Nobody looks after {room.title}")) == 1
    assert room.mails(POSTMASTER, f"Nobody looks after {room.title}") == []
    change(room, "DELETE FROM role WHERE role = 'administrator'")


def test_a_closed_group_tells_everybody_and_gives_each_her_own(room: Room) -> None:
    room.write(room.mere, room.group, "What I tried", "We read aloud every day.")
    room.write(room.aroha, room.group, "What Aroha tried", "Not hers.")
    assert "closed" in words(agreed(room, room.jo, "close this group"))
    assert room.write(room.mere, room.group, "Too late").startswith("550")
    closed = [room.the(address, "is closed") for address in (room.mere, room.jo, room.aroha)]
    assert closed[0]["Auto-Submitted"] and "List-Unsubscribe" in closed[0]
    room.reply(room.mere, closed[0], "send me my posts")
    (mine,) = room.mails(room.mere, "Your posts in")
    page, data, file = mine.iter_attachments()
    assert "<p>We read aloud every day.</p>" in page.get_content() and "Not hers." not in page.get_content()
    [entry] = json.loads(data.get_content())
    assert (entry["subject"], entry["text"], entry["group"]) == ("What I tried", "We read aloud every day.", room.title)
    octets = file.get_payload(decode=True)
    assert isinstance(octets, bytes) and file.get_filename() == f"{room.name}.mbox"
    assert octets.startswith(b"From ") and b"We read aloud every day." in octets and b"Not hers." not in octets
    inner = email.message_from_bytes(octets.split(b"\n", 1)[1], policy=email.policy.default)
    assert inner["Subject"] == "What I tried"
    room.write(room.mere, room.request, "send me my posts")
    assert len(room.mails(room.mere, "Your posts in")) == 1
    room.service.run("member", "remove", room.name, room.jo)
