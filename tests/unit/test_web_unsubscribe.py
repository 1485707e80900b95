"""Leaving by the link of a copy: the page, the mail program's one click, the way back, and who cannot come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from listserv.mail.address import address_key
from listserv.model.lists import Delivery, DigestPeriod, MailList, Role
from listserv.store.engine import Connection
from listserv.store.lists import ban, get_list
from listserv.store.merging import merge_persons
from listserv.store.people import add_member, find_member, get_member, members, remove_member
from tests.store_site import NOW
from tests.web_site import Answer, WebSiteUnderTest, web_site

MERE = "mere@school.example"
ONE_CLICK = b"List-Unsubscribe=One-Click"


class Room:
    """One list with Mere in it, who is its owner, reads the weekly update and no single mails."""

    def __init__(self, site: WebSiteUnderTest) -> None:
        self.site = site
        self.mail_list = site.group("english", "jo@school.example")
        site.write(self._other_owner)
        self.other = site.group("maths", MERE)
        site.write(self._join)
        self.link = site.unsubscribe_link(self.mail_list, MERE)

    def _other_owner(self, connection: Connection) -> None:
        """Without whom Mere could not leave."""
        jo = "jo@school.example"
        add_member(connection, self.mail_list, jo, address_key(jo), self.site.now, granted=[Role.OWNER])

    def _join(self, connection: Connection) -> None:
        options: dict[str, Any] = {"delivery": Delivery.NONE, "digest": DigestPeriod.WEEKLY, "granted": [Role.OWNER]}
        add_member(connection, self.mail_list, MERE, address_key(MERE), self.site.now, name="Mere", **options)

    def addresses(self, mail_list: MailList | None = None) -> list[str]:
        with self.site.database.read() as connection:
            there = get_list(connection, (mail_list or self.mail_list).address)
            return [member.address for member in members(connection, there)]

    def version(self) -> int:
        with self.site.database.read() as connection:
            return get_list(connection, "english").version

    def one_click(self, body: bytes = ONE_CLICK, kind: str = "application/x-www-form-urlencoded") -> Answer:
        """As a mail provider sends it: from nowhere, without a cookie."""
        return self.site.ask("POST", self.link, headers={"content-type": kind}, body=body)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as site:
        yield Room(site)


def test_the_page_asks_and_the_button_leaves_that_one_list(room: Room) -> None:
    page = room.site.get(room.link)
    assert page.status == 200
    assert "Leave English?" in page.text
    assert '<button type="submit" name="act" value="leave">Leave English</button>' in page.text
    assert MERE in room.addresses()
    before = room.version()
    answer = room.site.post(room.link, {"act": "leave"})
    assert answer.status == 200
    assert "You have left English" in answer.text
    assert 'value="return"' in answer.text
    assert room.addresses() == ["jo@school.example"]
    assert room.addresses(room.other) == [MERE]
    assert room.version() > before


def test_the_links_of_older_mails_leave_after_records_became_one(room: Room) -> None:
    """She was in the group with three addresses, and each of her mailboxes is full of links."""
    links = [room.link]
    for address, stays in (("mere@home.example", True), ("mere@old.example", False)):
        room.site.write(partial(_add, room.mail_list, address, room.site.now))
        links.append(room.site.unsubscribe_link(room.mail_list, address))
        room.site.write(partial(_join_records, room.mail_list, *((MERE, address) if stays else (address, MERE))))
    for link in links:
        assert "Leave English?" in room.site.get(link).text
    room.link = links[1]
    assert room.one_click().status == 200
    assert room.addresses() == ["jo@school.example"]
    for link in links:
        assert "You have left English" in room.site.get(link).text


def _add(mail_list: MailList, address: str, now: datetime, connection: Connection) -> None:
    add_member(connection, mail_list, address, address_key(address), now)


def _join_records(mail_list: MailList, kept: str, other: str, connection: Connection) -> None:
    stays, goes = (get_member(connection, mail_list, each, address_key(each)).person_id for each in (kept, other))
    merge_persons(connection, stays, goes, "test", NOW)


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [(ONE_CLICK, "application/x-www-form-urlencoded"), (MULTIPART, "multipart/form-data; boundary=b")],
)
def test_one_click_needs_neither_cookie_nor_page(room: Room, body: bytes, kind: str) -> None:
    answer = room.one_click(body, kind)
    assert answer.status == 200
    assert "location" not in answer.headers  # RFC 8058 §3.1: no redirect
    assert MERE not in room.addresses()
    assert MERE in room.addresses(room.other)
    assert room.one_click(body, kind).status == 200
    assert MERE not in room.addresses()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"act=leave",
        b"List-Unsubscribe=One-Click&act=return",
        b"List-Unsubscribe=Yes",
        b"list-unsubscribe=One-Click",
    ],
)
def test_nothing_else_is_a_click(room: Room, body: bytes) -> None:
    assert room.one_click(body).status == 403
    assert MERE in room.addresses()


def test_coming_back_restores_everything(room: Room) -> None:
    room.one_click()
    room.site.now += timedelta(days=29)
    answer = room.site.post(room.link, {"act": "return"})
    assert "You are in English again" in answer.text
    with room.site.database.read() as connection:
        back = find_member(connection, room.mail_list, room.site.person(MERE), room.site.now)
    assert back is not None
    assert (back.delivery, back.digest) == (Delivery.NONE, DigestPeriod.WEEKLY)
    assert back.roles == {Role.MEMBER, Role.OWNER}
    assert "You are in English again" in room.site.post(room.link, {"act": "return"}).text


def test_after_thirty_days_it_is_too_late(room: Room) -> None:
    room.one_click()
    room.site.now += timedelta(days=31)
    assert 'value="return"' not in room.site.get(room.link).text
    assert "You are not in English" in room.site.post(room.link, {"act": "return"}).text
    assert MERE not in room.addresses()


def test_whom_an_owner_removed_does_not_come_back_by_an_old_link(room: Room) -> None:
    room.one_click()
    room.site.post(room.link, {"act": "return"})
    room.site.now += timedelta(days=1)

    def remove(connection: Connection) -> None:
        member = get_member(connection, room.mail_list, MERE, address_key(MERE))
        remove_member(connection, room.mail_list, member, room.site.now)

    room.site.write(remove)
    assert 'value="return"' not in room.site.get(room.link).text
    room.site.post(room.link, {"act": "return"})
    room.one_click()
    room.site.post(room.link, {"act": "return"})
    assert MERE not in room.addresses()


def test_a_banned_person_does_not_come_back(room: Room) -> None:
    room.one_click()
    room.site.write(lambda c: ban(c, room.mail_list, address_key(MERE), room.site.now))
    room.site.post(room.link, {"act": "return"})
    assert MERE not in room.addresses()


def test_leaving_twice_and_returning_gives_back_what_was_there_last(room: Room) -> None:
    for _ in range(3):
        room.one_click()
        room.site.now += timedelta(hours=1)
        room.site.post(room.link, {"act": "return"})
        room.site.now += timedelta(hours=1)
    with room.site.database.read() as connection:
        back = find_member(connection, room.mail_list, room.site.person(MERE), room.site.now)
        left = connection.exec_driver_sql("SELECT count(*) FROM departure WHERE undone_at IS NULL").scalar_one()
    assert back is not None
    assert back.roles == {Role.MEMBER, Role.OWNER}
    assert left == 0


def test_what_was_done_is_kept_with_its_words(room: Room) -> None:
    room.one_click()
    room.site.post(room.link, {"act": "return"})
    room.site.post(room.link, {"act": "leave"})
    with room.site.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT act, how, wording FROM consent ORDER BY id").all()
    assert [tuple(row) for row in kept] == [
        ("leave", "one-click", "List-Unsubscribe=One-Click"),
        ("join", "page", "Come back to English"),
        ("leave", "page", "Leave English"),
    ]


def test_the_page_speaks_her_language_else_the_groups(room: Room) -> None:
    room.site.write(
        lambda c: c.exec_driver_sql("""UPDATE list SET settings = '{"language":"mi"}' WHERE name = 'english'""")
    )
    assert "Wehe i English?" in room.site.get(room.link).text
    room.site.write(lambda c: c.exec_driver_sql("UPDATE person SET language = 'en'"))
    assert "Leave English?" in room.site.get(room.link).text


def test_a_title_is_text(room: Room) -> None:
    room.site.write(lambda c: c.exec_driver_sql("UPDATE list SET title = '<i>x</i> & y' WHERE name = 'english'"))
    text = room.site.get(room.link).text
    assert "<i>" not in text
    assert "&lt;i&gt;x&lt;/i&gt; &amp; y" in text
    room.site.post(room.link, {"act": "leave"})
    with room.site.database.read() as connection:
        wording = connection.exec_driver_sql("SELECT wording FROM consent").scalar_one()
    assert wording == "Leave <i>x</i> & y"


def test_a_link_for_nobody_is_not_found(room: Room) -> None:
    for path in ("/unsubscribe/x", room.link[:-1], room.link + "a"):
        assert room.site.get(path).status == 404
        assert (
            room.site.ask(
                "POST", path, headers={"content-type": "application/x-www-form-urlencoded"}, body=ONE_CLICK
            ).status
            == 404
        )


@pytest.mark.parametrize("one_click", [True, False])
def test_the_last_owner_stays_and_reads_what_to_do(room: Room, one_click: bool) -> None:
    link = room.site.unsubscribe_link(room.mail_list, "jo@school.example")
    assert room.site.post(room.link, {"act": "leave"}).status == 200
    page = room.site.get(link)
    assert page.status == 200 and "only owner" in page.text and "english-request@" in page.text
    assert "<button" not in page.text
    kind = {"content-type": "application/x-www-form-urlencoded"}
    in_one = room.site.ask("POST", link, headers=kind, body=ONE_CLICK) if one_click else None
    answer = in_one or room.site.post(link, {"act": "leave"})
    assert answer.status == 409 and "hand over to" in answer.text
    assert room.addresses() == ["jo@school.example"]
