"""Her own clock, by mail: what people write for a place, and that her hours follow it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from listserv.inbound.commands.reading import read_wishes
from listserv.mail.parse import parse
from listserv.store.people import person_of
from listserv.store.personal import own_readers, own_way
from listserv.store.schema import deliveries
from tests.reception_site import MONDAY, Site, a_site, reply_address
from tests.store_site import a_list, a_member, a_post

MERE, HEMI = "mere@school.example", "hemi@school.example"


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("my time zone is Rarotonga", "Pacific/Rarotonga"),
        ("Time zone: Pacific/Chatham", "Pacific/Chatham"),
        ("timezone Cook Islands, please", "Pacific/Rarotonga"),
        ("my time zone is Brisbane", "Australia/Brisbane"),
        ("my time zone is New York", "America/New_York"),
        ("taku rohe wā ko Aotearoa", "Pacific/Auckland"),
        ("taku rohe wa ko Rekohu", "Pacific/Chatham"),
        ("time zone the group’s", "group"),
        ("rohe wā te rōpū", "group"),
        ("my time zone is GMT+12", None),
        ("my time zone is Nowhere", None),
        ("my time zone is ../../etc/passwd", None),
        ("my time zone", None),
    ],
)
def test_a_place_is_read_as_people_write_it(line: str, zone: str | None) -> None:
    message = parse(a_post(body=line, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="8bit"))
    (wish,) = read_wishes(message, MONDAY.date())
    assert (wish.command.name, wish.argument) == ("time_zone", zone)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url) as made:
        with made.database.begin() as connection:
            group = a_member(connection, a_list(connection, time_zone="Pacific/Auckland"), MERE, digest="weekly")
            a_member(connection, group, HEMI)
        yield made


def text_of(site: Site) -> str:
    return " ".join(str(site.mail().get_content()).split())


def test_her_clock_is_asked_back_chosen_shown_and_given_up(site: Site) -> None:
    site.send("english-request", MERE, "my time zone is Rarotonga\nupdate on Tuesday at 7am")
    asked = site.mail()
    assert "Pacific/Rarotonga" in str(asked.get_content())
    with site.database.read() as connection:
        mere = person_of(connection, MERE) or 0
        assert own_way(connection, mere).time_zone == ""
    site.send(reply_address(asked), MERE, "yes")
    done = site.mail()
    assert "by the clock of this time zone: Pacific/Rarotonga" in " ".join(str(done.get_content()).split())
    with site.database.read() as connection:
        (reader,) = own_readers(connection, site.now)
    assert (reader.day, reader.time, reader.time_zone) == ("tuesday", "07:00", "Pacific/Rarotonga")
    site.send(reply_address(done), MERE, "my settings")
    assert "Pacific/Rarotonga" in text_of(site)
    site.send("english-request", MERE, "time zone the group's")
    site.send(reply_address(site.mail()), MERE, "yes")
    assert "by each group's clock" in text_of(site)
    with site.database.read() as connection:
        assert own_way(connection, mere).time_zone == ""


def test_what_waits_for_her_hours_is_looked_at_anew(site: Site) -> None:
    site.send("english-request", MERE, "each post from 8am to 5pm")
    site.send(reply_address(site.mail()), MERE, "yes")
    done = site.mail()
    with site.database.begin() as connection:
        row = connection.execute(select(deliveries)).first()
        assert row is not None
        waits = {"kind": "hours", "list_id": 1, "state": "waiting", "recipients": b"", "attempts": 0}
        at = {"created_at": site.now, "due_at": site.now.replace(hour=20), "turn_at": site.now.replace(hour=20)}
        number = connection.execute(deliveries.insert().values(**waits, **at).returning(deliveries.c.id)).scalar_one()
    site.send(reply_address(done), MERE, "my time zone is Rarotonga")
    with site.database.read() as connection:
        due = connection.execute(select(deliveries.c.due_at).where(deliveries.c.id == number)).scalar_one()
    assert due == site.now
