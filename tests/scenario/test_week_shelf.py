"""A group's links and files by mail alone: gathered from posts, shown, added, tagged, pinned, withdrawn, told."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from tests.mail_room import Room, fill, words
from tests.service import DOMAIN, Service

PAGE = "https://nzmaths.example/resource/number-framework"
READING = "https://tki.example/literacy/running-records.html"
PLAN = b"%PDF-1.4 the plan of the term"
UPDATE = "2026-W47"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("site"), environment={"LISTSERV_CLOCK": "2026-11-17T10:00+13:00"}) as made:
        fill(made, 2, private="true", post_pause_minutes="0", nonmember="reject")
        made.run("list", "set", f"g1@{DOMAIN}", "style=moderated")
        made.start()
        yield made


def share(room: Room, text: str, *files: tuple[str, bytes]) -> None:
    """Mere posts it, and the shelf has what is in it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Mere Tāmati <{room.mere}>", room.group, "Maths next term"
    message["Date"], message["Message-ID"] = "Tue, 17 Nov 2026 09:00:00 +1300", f"<shelf@{room.school}>"
    message.set_content(text)
    for name, octets in files:
        message.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    assert room.send(message.as_bytes().replace(b"\n", b"\r\n"), room.group, room.mere).startswith("250")
    wait_for(room, 1 + len(files))


def wait_for(room: Room, items: int) -> None:
    """The indexer is a thread of its own."""
    end = time.monotonic() + 20
    while len(shelved(room)) < items:
        assert time.monotonic() < end, shelved(room)
        time.sleep(0.05)


def shelved(room: Room) -> dict[str, int]:
    """The number of each item by its title."""
    with contextlib.closing(sqlite3.connect(room.service.folder / "listserv.db")) as database:
        wanted = "SELECT item.title, item.id FROM shelf_item AS item JOIN list ON list.id = list_id WHERE name = ?"
        return dict(database.execute(f"{wanted} AND withdrawn_at IS NULL", (room.name,)))


def said(room: Room, who: str, line: str) -> str:
    """She writes it to -request, says yes to the question, and is told what became of it."""
    before = len(room.mails(who, "Your settings"))
    room.write(who, room.request, "", line)
    room.reply(who, room.question(who), "yes")
    told = room.mails(who, "Your settings")
    assert len(told) == before + 1, [str(each["Subject"]) for each in room.mails(who)]
    return words(told[-1])


def shown(room: Room, who: str, line: str = "resources") -> str:
    room.write(who, room.request, "", line)
    body = room.mails(who, "Links and files")[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_group_shares_links_and_files_by_mail(service: Service) -> None:
    room = Room(service, 0, timedelta(days=3650))
    share(
        room, f"Kia ora\n\nThe number framework: {PAGE}?utm_source=staffroom\n\nNgā mihi\nMere", ("Term plan.pdf", PLAN)
    )
    told = shown(room, room.jo)
    number = shelved(room)["The number framework"]
    assert f"{number}. The number framework\n    17 Nov 2026 · Mere Tāmati\n    {PAGE}\n" in told
    assert "Term plan.pdf (29 Bytes)" in told

    address = re.search(rf"g0-confirm\+[a-z2-7]+@{DOMAIN}", told)
    assert address is not None
    room.write(room.jo, address[0], "send", "send")
    (plan,) = room.mails(room.jo)[-1].iter_attachments()
    assert plan.get_payload(decode=True) == PLAN

    added = said(room, room.jo, f"add link {READING} Running records on one page #reading #level-2")
    assert "“Running records on one page” is among the group's links and files now" in added
    assert "was there already" in said(room, room.aroha, f"add link {READING}?fbclid=x Something else")
    records = shelved(room)["Running records on one page"]

    assert "was shared by somebody else" in said(room, room.mere, f"remove item {records}")
    assert "Only those who run the group" in said(room, room.mere, f"pin {READING}")
    assert "There is no number 999" in said(room, room.mere, "remove item 999")
    done = said(room, room.aroha, f"pin item {number}\ntag item {number} #maths\nuntag {records} #level-2")
    assert "stands above" in done and "tags now: #maths" in done and "tags now: #reading" in done
    assert "no longer among" in said(room, room.mere, f"remove item {shelved(room)['Term plan.pdf']}")

    told = shown(room, room.mere)
    assert told.index("The number framework") < told.index("Running records on one page")
    assert "Mere Tāmati · pinned · #maths" in told
    assert "Tags: #maths (1), #reading (1)" in told
    assert "Term plan.pdf" not in told
    assert "Running records" not in shown(room, room.mere, "resources #maths")

    preview = service.run("digest", "preview", room.group, "--week", UPDATE)
    section = preview.partition("Links and files\n")[2]
    assert re.match(rf"\n- The number framework · Mere Tāmati\n  {re.escape(PAGE)}\n- Running records", section), (
        preview
    )


def test_where_posts_wait_a_link_does_not_pass_by_the_moderator(service: Service) -> None:
    room = Room(service, 1, timedelta(days=3650))
    assert "write it to the group" in said(room, room.mere, f"add link {READING}")
    assert shelved(room) == {}
    assert "as number" in said(room, room.aroha, f"add link {READING}")
    room.write(room.eve, room.request, "", "resources")
    assert room.mails(room.eve, "Links and files") == []
    room.write(room.mere, room.request, "", "add link nzmaths")
    assert "add link https://" in words(room.mails(room.mere)[-1])
