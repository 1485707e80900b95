"""A group's shelf in the database: each thing once, its first sharer, who may see it, and what is done with it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from listserv.config import Settings
from listserv.errors import NotFound
from listserv.inbound.desk import Desk
from listserv.inbound.importing import import_mbox
from listserv.inbound.indexing import index_batch
from listserv.inbound.posting import Arrival, post
from listserv.inbound.takeback.removing import remove_part, remove_post, remove_words
from listserv.mail.address import Mailbox, address_key
from listserv.mail.compose import Attachment, compose
from listserv.mail.mbox import write_mbox_entry
from listserv.mail.parse import parse
from listserv.mail.shelf.gathering import link_item
from listserv.model.lists import MailList
from listserv.model.shelf import ShelfItem
from listserv.resources import environment
from listserv.store import archive, outbox, shelf
from listserv.store.engine import Connection, Database
from listserv.store.lists import get_list
from listserv.store.merging import merge_persons
from listserv.store.people import add_member, person_of
from listserv.store.reading import OpenGroup, Viewer, open_group
from listserv.store.week_texts import drop_from_shelf
from listserv.store.writer import Writer
from tests.store_site import DOMAIN, NOW, a_list, a_member, made

MINUTE = timedelta(minutes=1)
PAGE = "https://nzmaths.example/number-framework"
PLAN = Attachment("application/pdf", b"%PDF-1.4 the plan", "Plan.pdf")


@dataclass
class Room:
    database: Database

    def share(
        self,
        text: str,
        *files: Attachment,
        author: str = "Mere",
        at: datetime = NOW,
        name: str = "english",
        imported: bool = False,
        html: str | None = None,
    ) -> int:
        """A post of hers, on its way to the shelf; imported ones count at their own date."""
        headers: dict[str, Any] = {
            "From": Mailbox(author, f"{author.lower()}@school.example"),
            "Date": at,
            "Message-ID": f"<{abs(hash((text, author, at)))}@x.example>".encode(),
            "Subject": "Reading",
        }
        octets = compose(headers, text, html, list(files))
        if imported:
            return self.import_(octets, name)
        with self.database.begin() as connection:
            mail_list = get_list(connection, f"{name}@{DOMAIN}")
            arrival = Arrival(parse(octets), "", mail_list.address, at, at)
            person_id = person_of(connection, address_key(f"{author.lower()}@school.example"))
            post_id = post(connection, mail_list, arrival, person_id).post_id
        self.index()
        return post_id

    def import_(self, octets: bytes, name: str) -> int:
        settings = Settings.model_validate({"site": {"domain": DOMAIN, "base_url": f"https://{DOMAIN}"}})
        mbox = io.BytesIO(write_mbox_entry(octets, "", NOW))
        assert import_mbox(self.database, name, mbox, settings, lambda: NOW, workers=0).archived == 1
        with self.database.read() as connection:
            return int(connection.exec_driver_sql("SELECT max(id) FROM post").scalar_one())

    def index(self) -> None:
        writer = Writer(self.database)
        while index_batch(self.database, writer, NOW, f"https://{DOMAIN}"):
            pass
        writer.close()

    def open(self, connection: Connection, who: str = "", name: str = "english") -> OpenGroup:
        person_id = person_of(connection, f"{who}@school.example") if who else None
        return open_group(connection, Viewer(person_id, NOW + 60 * MINUTE), name)

    def items(self, who: str = "", tag: str = "", limit: int = 50, offset: int = 0) -> list[ShelfItem]:
        with self.database.read() as connection:
            return shelf.open_shelf(connection, self.open(connection, who), tag, limit, offset)

    def titles(self, who: str = "") -> list[str]:
        return [each.title for each in self.items(who)]

    def list_of(self, connection: Connection) -> MailList:
        return get_list(connection, f"english@{DOMAIN}")

    def desk(self, connection: Connection) -> Desk:
        settings = Settings.model_validate({"site": {"domain": DOMAIN, "base_url": f"https://{DOMAIN}"}})
        return Desk(connection, settings, environment(), bytes(32), NOW + 9 * MINUTE)


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    with made(database_url) as database:
        with database.begin() as connection:
            for name, private in (("english", False), ("huna", True)):
                mail_list = a_list(connection, name, private=private)
                for who in ("mere", "hana"):
                    mail_list = a_member(connection, mail_list, f"{who}@school.example", name=who.title())
        yield Room(database)


def test_the_number_of_what_was_taken_down_is_given_to_nothing_else(room: Room) -> None:
    """Somebody reads that 1 is the plan, and writes "withdraw 1" when it is gone already."""
    first = room.share("The plan", PLAN)
    (before,) = room.items()
    with room.database.begin() as connection:
        drop_from_shelf(connection, first)
    room.share(f"Number framework: {PAGE}")
    (after,) = room.items()
    assert after.id != before.id


def test_each_thing_is_there_once_under_who_shared_it_first(room: Room) -> None:
    first = room.share(f"Number framework: {PAGE}", PLAN)
    room.share(
        "This one again: http://www.nzmaths.example/number-framework/?utm_source=x",
        PLAN,
        author="Hana",
        at=NOW + MINUTE,
    )
    plan, page = sorted(room.items(), key=lambda each: each.url)
    assert (page.title, page.url, page.author_name, page.post_id, page.at) == (
        "Number framework",
        PAGE,
        "Mere",
        first,
        NOW,
    )
    assert (plan.title, plan.url, plan.part_index, plan.size_octets, plan.is_file) == ("Plan.pdf", "", 2, 17, True)
    assert plan.post_subject == "Reading"


def test_an_older_post_that_is_imported_later_shared_it_first(room: Room) -> None:
    room.share(f"Number framework: {PAGE}")
    old = room.share(f"We saw this: {PAGE}", author="Hana", at=NOW - timedelta(days=900), imported=True)
    (item,) = room.items()
    assert (item.author_name, item.post_id, item.title) == ("Hana", old, "Number framework")
    with room.database.read() as connection:
        since = NOW - MINUTE
        assert shelf.shared_in(connection, room.list_of(connection).id, since, NOW + MINUTE) == ()


def test_an_update_tells_what_its_time_brought(room: Room) -> None:
    first = room.share(f"Number framework: {PAGE}", PLAN)
    room.share(f"Again {PAGE} and new: https://tki.example/reading", author="Hana", at=NOW + MINUTE)
    room.share("Ours: https://lists.example.nz/groups/english/", at=NOW + MINUTE)
    with room.database.read() as connection:
        list_id = room.list_of(connection).id
        told = shelf.shared_in(connection, list_id, NOW, NOW + MINUTE)
        later = shelf.shared_in(connection, list_id, NOW + MINUTE, NOW + 2 * MINUTE)
    assert [(each.title, each.url, each.by, each.post_id) for each in told] == [
        ("Number framework", PAGE, "Mere", first),
        ("Plan.pdf", "", "Mere", first),
    ]
    assert (told[1].part_index, told[1].size_octets, told[1].post) == (2, 17, "Reading")
    assert [each.url for each in later] == ["https://tki.example/reading"]


def test_pinned_first_then_the_newest_page_by_page(room: Room) -> None:
    for number in range(5):
        room.share(f"Page {number} of some: https://tki.example/a/{number}", at=NOW + number * MINUTE)
    oldest = room.items()[-1]
    with room.database.begin() as connection:
        shelf.pin_item(connection, oldest.id, NOW)
    assert [each.title[:6] for each in room.items()] == ["Page 0", "Page 4", "Page 3", "Page 2", "Page 1"]
    assert [each.title[:6] for each in room.items(limit=2, offset=3)] == ["Page 2", "Page 1"]
    assert [each.pinned for each in room.items(limit=2)] == [True, False]
    with room.database.begin() as connection:
        shelf.pin_item(connection, oldest.id, None)
    assert room.titles()[-1].startswith("Page 0")


def test_tags_have_one_spelling_and_a_bound(room: Room) -> None:
    room.share(f"Number framework: {PAGE}\nReading: https://tki.example/reading")
    one, other = room.items()
    with room.database.begin() as connection:
        list_id = room.list_of(connection).id
        assert shelf.tag_item(connection, list_id, one, ["pānui", "maths"]).tags == ("pānui", "maths")
        assert shelf.tag_item(connection, list_id, other, ["panui", "Paanui"]).tags == ("pānui",)
        group = room.open(connection)
        assert shelf.open_tags(connection, group) == [("maths", 1), ("pānui", 2)]
        assert [each.id for each in shelf.open_shelf(connection, group, "maths", 9)] == [one.id]
        assert shelf.open_shelf(connection, group, "math", 9) == shelf.open_shelf(connection, group, "%", 9) == []
        many = shelf.tag_item(connection, list_id, other, [f"t{number}" for number in range(20)])
        assert len(many.tags) == shelf.TAGS_AN_ITEM
        tagged = shelf.open_item(connection, group, number=one.id)
        assert tagged is not None
        assert shelf.untag_item(connection, tagged, ["MATHS"]).tags == ("pānui",)
        assert shelf.untag_item(connection, tagged, []).tags == ()


def test_what_was_withdrawn_stays_so_and_says_nothing(room: Room) -> None:
    room.share(f"Number framework: {PAGE}")
    (item,) = room.items()
    with room.database.begin() as connection:
        shelf.withdraw_item(connection, item.id, NOW)
    room.share(f"Number framework once more: {PAGE}", author="Hana", at=NOW + MINUTE)
    room.share(f"Long ago: {PAGE}", author="Hana", at=NOW - timedelta(days=900), imported=True)
    new = link_item(PAGE, "By hand")
    assert new is not None
    with room.database.begin() as connection:
        list_id = room.list_of(connection).id
        assert shelf.add_item(connection, list_id, 1, new, ["maths"], NOW) is None
        group = room.open(connection)
        assert shelf.open_item(connection, group, number=item.id) is None
        assert shelf.open_item(connection, group, key=new.key) is None
        assert shelf.shared_in(connection, list_id, NOW - 999 * timedelta(days=1), NOW + 9 * MINUTE) == ()
        rows = connection.exec_driver_sql("SELECT * FROM shelf_item").all()
    assert room.items() == []
    assert "nzmaths" not in str(rows)
    assert "framework" not in str(rows)


def test_a_link_is_added_without_a_post(room: Room) -> None:
    new = link_item(f"{PAGE}?utm_source=x", "The framework")
    assert new is not None
    with room.database.begin() as connection:
        hana = person_of(connection, "hana@school.example")
        assert hana is not None
        item = shelf.add_item(connection, room.list_of(connection).id, hana, new, ["maths"], NOW)
    room.share(f"Number framework: {PAGE}", at=NOW + MINUTE)
    assert item is not None
    assert room.items() == [item]
    assert (item.title, item.url, item.author_name, item.post_id, item.tags) == (
        "The framework",
        PAGE,
        "Hana",
        None,
        ("maths",),
    )


def test_a_private_shelf_is_for_members_and_a_role_sees_no_history(room: Room) -> None:
    room.share(f"Number framework: {PAGE}", name="huna")
    new = link_item("https://tki.example/reading", "By hand")
    assert new is not None
    with room.database.begin() as connection:
        mail_list = get_list(connection, f"huna@{DOMAIN}")
        shelf.add_item(connection, mail_list.id, 1, new, ["early"], NOW)
        came = NOW + MINUTE
        add_member(connection, mail_list, "principal@school.example", "principal@school.example", came)
        for who, seen in (("mere", 2), ("principal", 0)):
            group = room.open(connection, who, "huna")
            assert len(shelf.open_shelf(connection, group, "", 9)) == seen, who
            assert shelf.open_tags(connection, group) == ([("early", 1)] if seen else []), who
        for who in ("", "aroha"):
            with pytest.raises(NotFound):
                room.open(connection, who, "huna")


def test_a_take_down_reaches_the_shelf(room: Room) -> None:
    first = room.share(f"Number framework of Zebulon: {PAGE}", PLAN)
    second = room.share("Zebulon Quandary: https://tki.example/zebulon", author="Hana", at=NOW + MINUTE)
    with room.database.begin() as connection:
        remove_part(room.desk(connection), first, 2, "moderator")
    assert "Plan.pdf" not in room.titles()
    with room.database.begin() as connection:
        remove_words(room.desk(connection), second, "Zebulon Quandary", "moderator")
    assert room.titles() == ["Number framework of Zebulon"]
    with room.database.begin() as connection:
        remove_post(room.desk(connection), first, "post", "moderator")
        rows = connection.exec_driver_sql("SELECT * FROM shelf_item").all()
    assert rows == []


def test_mail_that_told_of_what_is_taken_down_tells_it_no_more(room: Room) -> None:
    """The link stands behind words in the post's HTML, so its text alone does not know it."""
    link = "https://files.example/reports/zebulon-quandary.html"
    html = f'<p>The <a href="{link}">report of the panel in full</a> is out.</p>'
    first = room.share("The report of the panel in full is out.", PLAN, html=html)
    assert room.items()[0].url == link
    headers: dict[str, Any] = {"From": Mailbox("x", "x@y.z"), "Date": NOW, "Subject": "Update", "Message-ID": b"<u@y>"}
    line = f"- report of the panel in full · Mere\n  {link}"
    told = compose(headers, f"Links and files\n\n{line}\n\nNga mihi to all of you\n")
    with room.database.begin() as connection:
        list_id = room.list_of(connection).id
        at = NOW + MINUTE
        outbox.enqueue_digest(connection, list_id, archive.put_content(connection, told), [1], at)
        outbox.enqueue_notice(connection, list_id, archive.put_content(connection, told + b"."), "m@x.nz", at)
        remove_post(room.desk(connection), first, "post", "moderator")
        kept = connection.exec_driver_sql("SELECT octets FROM content").scalars().all()
    assert not [octets for octets in kept if b"uandary" in bytes(octets)]
    assert len([octets for octets in kept if b"Nga mihi to all of you" in bytes(octets)]) == 2


def test_a_post_taken_down_before_it_is_read_leaves_nothing(room: Room) -> None:
    room.share("A page: https://tki.example/a")
    with room.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM shelf_item")
        connection.exec_driver_sql("UPDATE post SET text_at = NULL")
        remove_post(room.desk(connection), 1, "post", "moderator")
    room.index()
    assert room.items() == []


def test_of_two_persons_that_are_one_the_shelf_knows_one(room: Room) -> None:
    new = link_item(PAGE, "The framework")
    assert new is not None
    with room.database.begin() as connection:
        mere, hana = (person_of(connection, f"{who}@school.example") for who in ("mere", "hana"))
        assert mere is not None and hana is not None
        shelf.add_item(connection, room.list_of(connection).id, hana, new, [], NOW)
        merge_persons(connection, mere, hana, "test", NOW)
    assert [each.person_id for each in room.items()] == [mere]
